"""How much goes through the encoder at once: what was asked for, else what is free, else all."""

import math

import pytest
import torch

from artgan.errors import DeviceError
from artgan.painting.forecast import Demand, Fit
from artgan.painting.room import Room

CPU = torch.device("cpu")
NEEDED = Demand(process=100, outside=200, features=300, each=2, width=20, height=50, smallest=10)
WHOLE = Fit(pixels=math.inf, keep_content=True)


def fit(monkeypatch: pytest.MonkeyPatch, limit: float | None, free: float | None) -> Fit:
    monkeypatch.setattr("artgan.painting.room.free_memory", lambda device: free)
    room = Room()
    room.renew(NEEDED, limit, CPU)
    return Fit(pixels=room.pixels, keep_content=room.keep_content)


def test_a_limit_counts_whatever_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    assert fit(monkeypatch, 2300, 1) == WHOLE
    assert fit(monkeypatch, 900, 1e9) == Fit(pixels=150, keep_content=True)


def test_without_one_it_is_what_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    assert fit(monkeypatch, None, None) == WHOLE
    assert fit(monkeypatch, None, 3000) == WHOLE
    # Nine tenths of it, beside the process, which is there: 1000 in all, of which 700 are for the encoder.
    assert fit(monkeypatch, None, 1000) == Fit(pixels=200, keep_content=True)
    assert fit(monkeypatch, None, 1) == Fit(pixels=10, keep_content=False), "nothing is refused that may succeed"


def test_a_limit_that_is_too_little_is_one_line() -> None:
    needed = Demand(process=0.8e9, outside=2e9, features=1, each=1000, width=10**4, height=10**4, smallest=1000)
    with pytest.raises(DeviceError, match=r"takes 2\.7G whatever the tiles: lower --size or raise --max-memory"):
        Room().renew(needed, 2e9, CPU)


def test_each_picture_begins_anew() -> None:
    told: list[str] = []
    room = Room(pixels=1, cut=True, tell=told.append)
    assert room.renew(NEEDED, 2300, CPU) == 2300
    assert told == []
    assert room.renew(NEEDED, 900, CPU) == 900
    assert (room.pixels, room.cut) == (150, False)
    assert told == ["20x50 px go through the encoder in tiles of about 12x12 px"]
    room.renew(NEEDED, 900, CPU, most=70)
    assert room.pixels == 70


def test_what_goes_on_is_cut_as_before() -> None:
    room = Room(pixels=500)
    state = room.state()
    for pixels, expected in ((math.inf, 500), (800, 500), (300, 300)):
        other = Room(pixels=pixels)
        other.take_up(state)
        assert other.pixels == expected
    other.take_up({})
    assert other.pixels == 300


@pytest.mark.parametrize(
    ("limit", "treated"),
    [
        (2300 * 2, ["given back", "kept"]),
        (2300, ["given back"]),
        (900, ["given back"]),
    ],
    ids=["roomy", "just enough", "tiles"],
)
def test_freed_memory_is_kept_where_there_is_enough(
    monkeypatch: pytest.MonkeyPatch, limit: float, treated: list[str]
) -> None:
    done: list[str] = []
    monkeypatch.setattr("artgan.painting.room.keep_freed_memory", lambda: done.append("kept"))
    monkeypatch.setattr("artgan.painting.room.give_back_freed_memory", lambda: done.append("given back"))
    Room().renew(NEEDED, limit, CPU)
    assert done == treated
    done.clear()
    Room().renew(NEEDED, limit, torch.device("cuda"))
    assert done == [], "the CPU's memory has nothing to do with it"


@pytest.mark.parametrize(
    ("free", "most", "treated"),
    [
        (2300 * 2, math.inf, ["kept"]),
        (2300, math.inf, ["given back"]),
        (2300 * 2, 1, ["given back"]),
    ],
    ids=["roomy", "just enough", "tiles"],
)
def test_pictures_one_after_another_use_the_same_memory(
    monkeypatch: pytest.MonkeyPatch, free: float, most: float, treated: list[str]
) -> None:
    """Where nobody has set a limit and there is plenty beside what the picture before has left."""
    done: list[str] = []
    monkeypatch.setattr("artgan.painting.room.keep_freed_memory", lambda: done.append("kept"))
    monkeypatch.setattr("artgan.painting.room.give_back_freed_memory", lambda: done.append("given back"))
    monkeypatch.setattr("artgan.painting.room.free_memory", lambda device: free)
    Room().renew(NEEDED, None, CPU, most=most)
    assert done == treated
