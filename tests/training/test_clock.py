import pytest

from artgan.training import clock as module
from artgan.training.clock import Clock


class Time:
    now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    time = Time()
    monkeypatch.setattr(module, "time", time)
    return time


def test_age_counts_over_sessions(time: Time) -> None:
    clock = Clock(seconds=50)
    time.now += 10
    assert clock.seconds() == 60


def test_speed_leaves_out_what_is_not_training(time: Time) -> None:
    clock = Clock(images_seen=1000)
    time.now += 4
    with clock.aside():
        time.now += 100
    assert clock.speed(1080) == 20
    clock.line(1080)
    time.now += 1
    assert clock.speed(1090) == 10


def test_the_first_step_says_nothing_of_the_time_left(time: Time) -> None:
    clock = Clock()
    assert clock.seconds_left(0, steps=100, seconds=None) is None
    time.now += 30
    clock.stepped(1)
    assert clock.seconds_left(1, steps=100, seconds=None) is None
    assert clock.seconds_left(1, steps=100, seconds=9000) is None  # the steps may take a minute
    assert clock.seconds_left(1, steps=None, seconds=9000) == 8970
    time.now += 2
    clock.stepped(2)
    assert clock.seconds_left(2, steps=100, seconds=None) == 196
    assert clock.seconds_left(2, steps=100, seconds=60) == 28
    assert clock.seconds_left(2, steps=None, seconds=10) == 0


def test_a_look_a_second(time: Time) -> None:
    clock = Clock()
    looks = []
    for _ in range(10):
        time.now += 0.25
        looks.append(clock.look_due())
    assert looks == [False, False, False, True] * 2 + [False, False]


def test_time_since_a_checkpoint(time: Time) -> None:
    clock = Clock()
    time.now += 5
    assert clock.since_save() == 5
    clock.saved()
    assert clock.since_save() == 0
