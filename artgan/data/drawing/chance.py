"""Random numbers that stay the same for picture i of a seed, however many pictures are drawn beside it."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
"""Numbers of the drawing: float32 unless said otherwise; float64 where a sum made it so."""


def throw(n: int, seed: int, count: int, *, stream: int) -> Array:
    """Uniform numbers (n, count) in [0, 1): row i depends on `seed`, `stream` and i alone."""
    rows = [np.random.default_rng((stream, seed, i)).random(count, dtype=np.float32) for i in range(n)]
    return np.stack(rows) if rows else np.empty((0, count), np.float32)


class Chance:
    """Deals the columns of `throw` out in order, so that every trait of a picture has numbers of its own."""

    def __init__(self, numbers: Array) -> None:
        self._numbers = numbers
        self._next = 0

    def uniform(self, low: float, high: float) -> Array:
        """One number a picture, (n,)."""
        return self.several(1, low, high)[:, 0]

    def several(self, count: int, low: float, high: float) -> Array:
        """Numbers (n, count) between `low` and `high`."""
        columns = self._numbers[:, self._next : self._next + count]
        if columns.shape[1] < count:
            raise IndexError(
                f"{self._next + count} random numbers a picture are dealt, {self._numbers.shape[1]} thrown"
            )
        self._next += count
        return np.asarray(low + np.float32(high - low) * columns)

    def bell(self, spread: float, limit: float = 2.0) -> Array:
        """One roughly normal number a picture (n,), of this deviation, never beyond `limit` deviations."""
        total = self.several(3, -1, 1).sum(1)
        return np.asarray(np.clip(total, -limit, limit) * np.float32(spread))

    def coin(self, chance: float) -> NDArray[np.bool_]:
        """True with this chance, (n,)."""
        return self.uniform(0, 1) < chance

    def pick(self, weights: Sequence[float]) -> NDArray[np.int64]:
        """Indices (n,), each drawn as often as its weight says."""
        edges = np.cumsum(np.asarray(weights, np.float64)) / sum(weights)
        return np.minimum(np.searchsorted(edges, self.uniform(0, 1), side="right"), len(weights) - 1)
