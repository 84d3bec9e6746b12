"""A picture cut into tiles that an encoder sees one by one, each with as much around it as its features depend on.

Tiles begin at multiples of the encoder's stride, so that the grids of its poolings are those of the whole picture. What
the encoder pads at a tile's edge inside the picture reaches no further than the margin, which is cut off; at the
picture's own edges there is no margin, and it pads as it does the whole picture.
"""

from collections.abc import Collection
from dataclasses import dataclass
from itertools import pairwise, product

from torch import Tensor

from artgan.models.encoder import Encoder

_SMALLEST = 4
"""Side of the smallest tiles, in strides: below, nearly all that is computed is margin."""


@dataclass(frozen=True)
class Tile:
    """Pixels whose features are wanted, and those that have to be seen for it: rows and columns from, to."""

    rows: tuple[int, int]
    columns: tuple[int, int]
    seen_rows: tuple[int, int]
    seen_columns: tuple[int, int]

    @property
    def pixels(self) -> int:
        """That are seen."""
        return (self.seen_rows[1] - self.seen_rows[0]) * (self.seen_columns[1] - self.seen_columns[0])

    def seen(self, maps: Tensor) -> Tensor:
        """What is to be seen of the whole picture's maps, (..., H, W)."""
        return maps[..., slice(*self.seen_rows), slice(*self.seen_columns)]

    def own(self, maps: Tensor, stride: int = 1) -> Tensor:
        """The tile's own part of the whole picture's maps of a stride."""
        return maps[..., _strided(self.rows, stride), _strided(self.columns, stride)]

    def cut(self, maps: Tensor, stride: int = 1) -> Tensor:
        """The tile's own part of the maps of a stride that were made of what was seen."""
        rows, columns = (
            _strided((begin - start, end - start), stride)
            for (begin, end), (start, _) in ((self.rows, self.seen_rows), (self.columns, self.seen_columns))
        )
        return maps[..., rows, columns]


@dataclass(frozen=True)
class Sight:
    """What a position of the deepest of some layers sees: tiles begin at multiples of `stride`, and see `margin` more.

    Both in pixels; the margin is a multiple of the stride.
    """

    stride: int
    margin: int

    @property
    def smallest(self) -> int:
        """Pixels that are seen of the smallest tiles that are made."""
        return (_SMALLEST * self.stride + 2 * self.margin) ** 2


def sight(encoder: Encoder, layers: Collection[str]) -> Sight:
    """Of the deepest of these layers."""
    stride, radius, wanted = 1, 0, set(layers)
    for layer, pool_before in encoder.plan:
        if not wanted:
            break
        stride *= 2 if pool_before else 1
        radius += stride  # of a 3x3 convolution
        wanted.discard(layer)
    return Sight(stride, -(-radius // stride) * stride)


def tiles(height: int, width: int, sight: Sight, pixels: float) -> list[Tile]:
    """Tiles of about the same size that cover a picture, each seeing no more than so many pixels, with little overlap.

    One tile that is all of the picture where that fits; the smallest ones where nothing does.
    """
    if height * width <= pixels:
        return [Tile((0, height), (0, width), (0, height), (0, width))]
    side = _SMALLEST * sight.stride
    best: tuple[int, list[Tile]] | None = None
    for number in range(1, max(1, height // side) + 1):
        rows = _spans(height, number, sight)
        across = max(end - begin for _, (begin, end) in rows)
        left = pixels / across
        columns = [((0, width), (0, width))]
        if width > left:
            core = int((left - 2 * sight.margin) // sight.stride) * sight.stride
            if core < side:
                continue
            columns = _spans(width, -(-width // core), sight)
        found = [Tile(row[0], column[0], row[1], column[1]) for row, column in product(rows, columns)]
        cost = sum(tile.pixels for tile in found)
        if max(tile.pixels for tile in found) <= pixels and (best is None or cost < best[0]):
            best = cost, found
    if best is not None:
        return best[1]
    smallest = product(*(_spans(length, max(1, length // side), sight) for length in (height, width)))
    return [Tile(row[0], column[0], row[1], column[1]) for row, column in smallest]


def _spans(length: int, number: int, sight: Sight) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """So many stretches of about the same length, each with what has to be seen for it."""
    ends = [round(length * part / number / sight.stride) * sight.stride for part in range(number)] + [length]
    return [
        ((begin, end), (max(0, begin - sight.margin), min(length, end + sight.margin))) for begin, end in pairwise(ends)
    ]


def _strided(span: tuple[int, int], stride: int) -> slice:
    """Positions of a stride; what poolings drop at the picture's far edge has none."""
    return slice(span[0] // stride, span[1] // stride)
