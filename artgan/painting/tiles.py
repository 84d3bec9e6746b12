"""A picture cut into tiles that an encoder sees one by one, each with as much around it as its features depend on.

Tiles begin at multiples of the encoder's stride, so that the grids of its poolings are those of the whole picture. What
the encoder pads at a tile's edge inside the picture reaches no further than the margin, which is cut off; at the
picture's own edges there is no margin, and it pads as it does the whole picture.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import product

from torch import Tensor

from artgan.models.encoder import Encoder

_SMALLEST = 4
"""Side of the smallest tiles, in strides: below, nearly all that is computed is margin."""


_Span = tuple[int, int]
"""From, to."""


@dataclass(frozen=True)
class Tile:
    """Pixels whose features are wanted, and those that have to be seen for it, by rows and columns."""

    rows: _Span
    columns: _Span
    seen_rows: _Span
    seen_columns: _Span

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
        left = pixels / max(seen[1] - seen[0] for _, seen in rows)
        across = int((left - 2 * sight.margin) // sight.stride) * sight.stride
        if width > left and across < side:
            continue
        found = _tiles(rows, _spans(width, 1 if width <= left else -(-width // across), sight))
        cost = sum(tile.pixels for tile in found)
        if best is None or cost < best[0]:
            best = cost, found
    if best is not None:
        return best[1]
    return _tiles(*(_spans(length, -(-length // side), sight) for length in (height, width)))


def _tiles(rows: Sequence[tuple[_Span, _Span]], columns: Sequence[tuple[_Span, _Span]]) -> list[Tile]:
    return [Tile(row[0], column[0], row[1], column[1]) for row, column in product(rows, columns)]


def _spans(length: int, number: int, sight: Sight) -> list[tuple[_Span, _Span]]:
    """About so many stretches, none longer than needed for that, each with what has to be seen for it."""
    each = -(-length // (number * sight.stride)) * sight.stride
    own = [(begin, min(length, begin + each)) for begin in range(0, length, each)]
    return [((begin, end), (max(0, begin - sight.margin), min(length, end + sight.margin))) for begin, end in own]


def _strided(span: _Span, stride: int) -> slice:
    """Positions of a stride; what poolings drop at the picture's far edge has none."""
    return slice(span[0] // stride, span[1] // stride)
