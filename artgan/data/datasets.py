"""What training reads: pictures decoded once and kept as bytes, with their tags, splits and origin."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from artgan.data.vocabulary import Vocabulary


@dataclass(frozen=True, kw_only=True, eq=False)
class Dataset:
    """Square pictures of one size in memory or memory-mapped.

    Attributes:
        name: what people call it: the folder's name, "synthetic:faces".
        pixels: (N, S, S, 3) uint8 sRGB.
        tags: (N, vocabulary.dimensions) uint8 of 0 and 1, or None without tags.
        vocabulary: the meaning of the tags' dimensions, or None.
        train: indices of the pictures to learn from, ascending.
        held_out: indices of the pictures never trained on, ascending; may be empty.
        fingerprint: SHA-256 in hexadecimal of pixels and tags: the same data, the same fingerprint.
        licences: how many pictures are under which licence; "unknown" where nothing was said.
        ai_training: how many pictures are "allowed", "restricted" or "unknown" for training.
    """

    name: str
    pixels: NDArray[np.uint8]
    tags: NDArray[np.uint8] | None = None
    vocabulary: Vocabulary | None = None
    train: NDArray[np.int64]
    held_out: NDArray[np.int64]
    fingerprint: str
    licences: Mapping[str, int] = field(default_factory=dict)
    ai_training: Mapping[str, int] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """The side of the pictures in pixels."""
        return int(self.pixels.shape[1])
