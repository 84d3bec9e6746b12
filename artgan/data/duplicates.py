"""Pictures that are the same to the eye: perceptual hashes, groups of near duplicates, and a memory of what was seen.

Two pictures are near duplicates when both of imagehash's hashes agree within a threshold, upright or mirrored, and
their mean colour does. One hash alone is fooled by empty skies; both are blind to colour, and the same drawing with
red and with blonde hair is two pictures for a network that learns tags.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import imagehash
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageStat

THRESHOLD = 6
"""Bits, of 64, that may differ in each hash.

Measured on 300 Monets, 172 Van Goghs, 900 landscape photos, 911 painted and 5,000 photographed portraits at 64 to 256
pixels: every copy at JPEG quality 60 or two thirds of the size, 97 % of those cropped by 1 % at each side and 75 % by
2 % are found, and no two of the Monets (water lilies, stacks, cliffs in series) are taken for one another; at 8 bits
portraits begin to be.
"""

_HASHED_SIDE = 64  # the hashes look at 32 x 32 and 9 x 8: from a larger picture most of their time is resizing
_ROWS, _COLUMNS = 256, 4096  # compared at a time: the block stays in the processor's cache
_TINT = 10.0  # of 255: how far red and blue, against green, may be off in the mean ...
_TINT_SHARE = 0.25  # ... and the part of a strong tint that may go with brightness or contrast
_GREEN = 10.0  # of 255: the same of green, for flat pictures
_FLAT = 2.0  # of 255: below this contrast hashes are noise, and the brightness must agree as well


@dataclass(frozen=True, slots=True)
class Hashes:
    """What is compared of a picture. The four hashes are 64 bits; the rest is there for what they do not see.

    Attributes:
        dhash: whether each place is brighter than its left neighbour.
        phash: whether each low frequency is stronger than the median.
        dhash_mirrored: that of the mirrored picture.
        phash_mirrored: that of the mirrored picture.
        red: mean, 0 to 255.
        green: mean, 0 to 255.
        blue: mean, 0 to 255.
        contrast: standard deviation of the grey picture, 0 to 128.
    """

    dhash: int
    phash: int
    dhash_mirrored: int
    phash_mirrored: int
    red: float
    green: float
    blue: float
    contrast: float

    @property
    def bits(self) -> tuple[int, int, int, int]:
        """The four hashes."""
        return self.dhash, self.phash, self.dhash_mirrored, self.phash_mirrored

    def to_text(self) -> str:
        """For a database or a manifest: one word."""
        rest = (self.red, self.green, self.blue, self.contrast)
        return "-".join(["".join(f"{value:016x}" for value in self.bits), *(f"{value:.1f}" for value in rest)])

    @classmethod
    def from_text(cls, text: str) -> "Hashes":
        """The reverse of `to_text`. Raises ValueError for anything else."""
        first, *rest = text.split("-")
        if len(first) != 64 or len(rest) != 4:
            raise ValueError("not the hashes of a picture")
        bits = [int(first[start : start + 16], 16) for start in range(0, 64, 16)]
        return cls(*bits, *(float(value) for value in rest))


def hashes(pixels: NDArray[np.uint8]) -> Hashes:
    """The hashes of a picture (H, W, 3), uint8 sRGB; those of the square that training sees are best."""
    image = Image.fromarray(pixels)
    factor = min(image.size) // _HASHED_SIDE
    if factor > 1:
        image = image.reduce(factor)
    grey = image.convert("L")
    mirrored = grey.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    red, green, blue = (round(value, 1) for value in ImageStat.Stat(image).mean)
    return Hashes(
        dhash=_bits(imagehash.dhash(grey)),
        phash=_bits(imagehash.phash(grey)),
        dhash_mirrored=_bits(imagehash.dhash(mirrored)),
        phash_mirrored=_bits(imagehash.phash(mirrored)),
        red=red,
        green=green,
        blue=blue,
        contrast=round(float(np.asarray(grey).std()), 1),
    )


def cluster(items: Sequence[Hashes], *, threshold: int = THRESHOLD) -> NDArray[np.int64]:
    """The cluster number (N,) of each picture: 0, 1, ... in the order of their first members.

    Near duplicates of near duplicates are in one cluster. Time grows with the square of the number of different
    pictures, memory with the number: 50,000 take seconds.

    Raises:
        ValueError: a threshold outside of 0 to 64.
    """
    if not 0 <= threshold <= 64:
        raise ValueError(f"the threshold is 0 to 64 bits, not {threshold}")
    places: dict[Hashes, int] = {}
    which = [places.setdefault(item, len(places)) for item in items]
    table = _Table(list(places))
    first = np.arange(len(table.tints))
    for start in range(0, len(first), _ROWS):
        for column in range(start, len(first), _COLUMNS):
            rows, columns = slice(start, start + _ROWS), slice(column, column + _COLUMNS)
            _join(first, table.near(rows, columns, threshold, first))
    numbers: dict[int, int] = {}
    return np.array([numbers.setdefault(int(first[place]), len(numbers)) for place in which], dtype=np.int64)


class _Table:
    """Hashes as columns, compared in blocks."""

    def __init__(self, items: Sequence[Hashes]) -> None:
        bits = np.array([item.bits for item in items], dtype=np.uint64).reshape(-1, 4)
        self.dhash, self.phash, self.dhash_mirrored, self.phash_mirrored = np.ascontiguousarray(bits.T)
        means = np.array([(item.red, item.green, item.blue) for item in items], dtype=np.float32).reshape(-1, 3)
        self.tints = means[:, [0, 2]] - means[:, [1]]
        self.greens = means[:, 1]
        self.flat = np.array([item.contrast < _FLAT for item in items], dtype=bool)

    def near(self, rows: slice, columns: slice, threshold: int, cluster_of: NDArray[np.int64]) -> NDArray[np.int64]:
        """Pairs (K, 2) of a row and a later column that are near duplicates and in different clusters so far."""
        pairs = []
        for dhash, phash in ((self.dhash, self.phash), (self.dhash_mirrored, self.phash_mirrored)):
            close = np.bitwise_count(dhash[rows, None] ^ self.dhash[None, columns]) <= threshold
            one, other = np.nonzero(close)
            one, other = one + (rows.start or 0), other + (columns.start or 0)
            new = (one < other) & (cluster_of[one] != cluster_of[other])
            one, other = one[new], other[new]
            agree = np.bitwise_count(phash[one] ^ self.phash[other]) <= threshold
            one, other = one[agree], other[agree]
            strong = np.minimum(np.abs(self.tints[one]), np.abs(self.tints[other])).max(axis=1, keepdims=True)
            agree = (np.abs(self.tints[one] - self.tints[other]) <= _TINT + _TINT_SHARE * strong).all(axis=1)
            bright = np.abs(self.greens[one] - self.greens[other]) <= _GREEN
            agree &= bright | ~(self.flat[one] | self.flat[other])
            pairs.append(np.stack([one[agree], other[agree]], axis=1))
        return np.concatenate(pairs)


@dataclass(frozen=True, slots=True)
class Match:
    """A picture seen before: its key, and whether its bytes were the same or only its looks."""

    key: str
    exact: bool


class Seen:
    """Pictures seen so far, to ask of a new one whether it is among them. Not safe among threads."""

    def __init__(self, *, threshold: int = THRESHOLD) -> None:
        self._threshold = threshold
        self._by_sha256: dict[str, str] = {}
        self._keys: list[str] = []
        self._bits = np.zeros((4, 256), dtype=np.uint64)
        self._hashes: list[Hashes] = []

    def __len__(self) -> int:
        """How many pictures of different bytes were added."""
        return len(self._by_sha256)

    def add(self, key: str, sha256: str, looks: Hashes | None = None) -> None:
        """Remember a picture under `key`; without `looks` only by its bytes. The first of equal ones is kept."""
        if sha256 in self._by_sha256:
            return
        self._by_sha256[sha256] = key
        if looks is None:
            return
        place = len(self._keys)
        if place == self._bits.shape[1]:
            self._bits = np.concatenate([self._bits, np.zeros_like(self._bits)], axis=1)
        self._bits[:, place] = looks.bits
        self._keys.append(key)
        self._hashes.append(looks)

    def find(self, sha256: str, looks: Hashes | None = None) -> Match | None:
        """The picture with the same bytes, or else the first near duplicate, or None."""
        if sha256 in self._by_sha256:
            return Match(self._by_sha256[sha256], exact=True)
        if looks is None or not self._keys:
            return None
        known = self._bits[:, : len(self._keys)]
        near = np.zeros(len(self._keys), dtype=bool)
        for dhash, phash in ((looks.dhash, looks.phash), (looks.dhash_mirrored, looks.phash_mirrored)):
            near |= (np.bitwise_count(known[0] ^ np.uint64(dhash)) <= self._threshold) & (
                np.bitwise_count(known[1] ^ np.uint64(phash)) <= self._threshold
            )
        for place in np.flatnonzero(near).tolist():
            pair = _Table([self._hashes[place], looks])
            if len(pair.near(slice(0, 1), slice(1, None), self._threshold, np.arange(2))):
                return Match(self._keys[place], exact=False)
        return None


def _bits(found: imagehash.ImageHash) -> int:
    return int.from_bytes(np.packbits(found.hash).tobytes(), "big")


def _join(first: NDArray[np.int64], pairs: NDArray[np.int64]) -> None:
    """Put the clusters of each pair (K, 2) together: `first` (N,) has the first member of each picture's cluster.

    All pairs at once, not one by one: 3,000 nearly equal frames of a film have millions.
    """
    while len(pairs := pairs[first[pairs[:, 0]] != first[pairs[:, 1]]]):
        ends = first[pairs]
        np.minimum.at(first, ends.max(axis=1), ends.min(axis=1))
        while not np.array_equal(nearer := first[first], first):
            first[:] = nearer
