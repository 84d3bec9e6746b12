from itertools import accumulate

import numpy as np

from artgan.io.frames import Clock, Part, changed_part


def test_times_are_rounded_without_drift() -> None:
    clock = Clock(10, 2)
    units = [clock.units(1000 / 30) for _ in range(30)]
    assert set(units) == {3, 4}
    assert sum(units) == 100
    for number, total in enumerate(accumulate(units), start=1):
        assert abs(total * 10 - number * 1000 / 30) <= 5


def test_no_time_becomes_too_short() -> None:
    clock = Clock(10, 2)
    assert [clock.units(time) for time in (1000 / 60, 1000 / 60, 1000 / 60)] == [2, 2, 2]
    clock = Clock(10, 2)
    assert [clock.units(time) for time in (0, 10, 20, 30, 250)] == [0, 1, 2, 3, 25]  # what was so short stays so


def test_what_has_changed() -> None:
    before = np.zeros((9, 12, 3), np.uint8)
    after = before.copy()
    after[3:5, 5:8, 1] = 7
    assert changed_part(after, None) == Part(0, 0, 12, 9)
    assert changed_part(after, before) == Part(5, 3, 8, 5)
    assert changed_part(after, before, step=2) == Part(4, 2, 8, 5)
    assert Part(5, 3, 8, 5).of(after).all(axis=(0, 1)).tolist() == [False, True, False]
    assert changed_part(before, before) == Part(0, 0, 1, 1)
