"""Progress is told often enough, and of the last item always."""

import pytest

from artgan.events import Event, ItemsProgress
from artgan.pipelines.telling import Telling


def test_the_first_and_the_last_are_told_and_few_between(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(1000))
    monkeypatch.setattr("artgan.pipelines.telling.monotonic", lambda: 100 + next(clock) / 64)
    events: list[Event] = []
    telling = Telling(events.append, "counting", total=60, done=10)
    for done in range(11, 61):
        telling.tell(done, {"damaged": 1})
    told = [event for event in events if isinstance(event, ItemsProgress)]
    assert [event.done for event in told] == [11, 18, 25, 32, 39, 46, 53, 60]
    assert told[-1].per_second == pytest.approx(64)
    assert told[-2].seconds_left == pytest.approx(7 / 64)
