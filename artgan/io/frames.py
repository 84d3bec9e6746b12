"""Frames on their way into a file: how long each is shown, and which part of it has changed."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from math import ceil

import numpy as np
from numpy.typing import NDArray

Levels = NDArray[np.uint8]
"""(H, W, 3), or (H, W, 4) with transparency, from 0 to 255."""


Timed = tuple[Levels, float]
"""A frame and how long it is shown, in milliseconds."""
ALIKE = "an animation needs frames, all of one size"


def begun(frames: Iterable[Timed]) -> tuple[Levels, Iterator[Timed]]:
    """The first frame, and all as they come, the first one too.

    Raises ValueError where there is none, and, when it comes, at one of another size.
    """
    coming = iter(frames)
    if (first := next(coming, None)) is None:
        raise ValueError(ALIKE)
    return first[0], _of_shape(first[0].shape, chain([first], coming))


def _of_shape(shape: tuple[int, ...], frames: Iterable[Timed]) -> Iterator[Timed]:
    for frame, shown in frames:
        if frame.shape != shape:
            raise ValueError(ALIKE)
        yield frame, shown


@dataclass(frozen=True)
class Part:
    """A rectangle of a frame."""

    left: int
    top: int
    right: int
    bottom: int

    def of(self, frame: Levels) -> Levels:
        """What a frame shows there."""
        return frame[self.top : self.bottom, self.left : self.right]


def changed_part(frame: Levels, before: Levels | None, step: int = 1) -> Part:
    """The smallest rectangle, from multiples of `step`, without which a frame is as the one before; never empty."""
    height, width = frame.shape[:2]
    if before is None:
        return Part(0, 0, width, height)
    differs = (frame != before).any(axis=2)
    rows, columns = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs.any(axis=0))
    if not len(rows):
        return Part(0, 0, 1, 1)
    left, top = (int(first) // step * step for first in (columns[0], rows[0]))
    return Part(left, top, int(columns[-1]) + 1, int(rows[-1]) + 1)


@dataclass
class Clock:
    """Times in whole units, rounded so that their sum stays what it was.

    None becomes shorter than `least` units that was not so before.
    """

    unit: float
    least: int
    _owed: float = 0.0

    def units(self, time: float) -> int:
        """For the next time."""
        units = max(min(self.least, ceil(time / self.unit)), round((time + self._owed) / self.unit))
        self._owed += time - units * self.unit
        return units
