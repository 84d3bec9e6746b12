"""Frames on their way into a file: how long each is shown, and which part of it has changed."""

from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

Levels = NDArray[np.uint8]
"""(H, W, 3), or (H, W, 4) with transparency, from 0 to 255."""


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
