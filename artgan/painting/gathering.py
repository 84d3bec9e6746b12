"""What is known of a picture as a whole, its moments and its look, of one that an encoder sees in tiles."""

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from artgan.models.encoder import Encoder
from artgan.models.restyling import (
    COARSEST,
    LEVELS,
    Look,
    Moments,
    gathered,
    look_from,
    look_of,
    positions,
    values_of,
)
from artgan.painting.normalisation import Moments as Gathering
from artgan.painting.tiles import Tile, sight, tiles


def whole_moments(eyes: Encoder, pictures: Iterable[Tensor], at_once: float) -> dict[str, Moments]:
    """The moments of the features at LEVELS of pictures as if they were one, of which so many pixels are seen at once.
    There must be one; each is looked at as it comes."""
    gathering = _Gathering(eyes)
    for picture in pictures:
        for tile in _tiles(eyes, picture, at_once):
            gathering.add(tile, picture)
    return gathering.moments()


def whole_look(eyes: Encoder, picture: Tensor, at_once: float) -> Look:
    """The look of a style, (1, 3, H, W) with multiples of `restyling.MULTIPLE` as sides."""
    cut = _tiles(eyes, picture, at_once)
    if len(cut) == 1:
        return look_of(eyes(picture, LEVELS))
    stride = eyes.strides[COARSEST]
    across = picture.shape[-1] // stride
    kept = positions(across * (picture.shape[-2] // stride), picture.device)
    rows, columns = kept // across, kept % across
    gathering = _Gathering(eyes)
    values: Tensor | None = None
    for tile in cut:
        here = values_of(gathering.add(tile, picture))
        (top, bottom), (left, right) = ((begin // stride, end // stride) for begin, end in (tile.rows, tile.columns))
        inside = (rows >= top) & (rows < bottom) & (columns >= left) & (columns < right)
        if values is None:
            values = here.new_empty(1, len(kept), here.shape[2])
        values[:, inside] = here[:, ((rows - top) * (right - left) + columns - left)[inside]]
    assert values is not None
    return look_from(gathering.moments(), values)


def _tiles(eyes: Encoder, picture: Tensor, at_once: float) -> Sequence[Tile]:
    return tiles(picture.shape[-2], picture.shape[-1], sight(eyes, LEVELS), at_once)


class _Gathering:
    """Moments of layers that come tile by tile."""

    def __init__(self, eyes: Encoder) -> None:
        self._eyes = eyes
        self._layers = {level: Gathering() for level in LEVELS}
        self._device = torch.device("cpu")

    def add(self, tile: Tile, picture: Tensor) -> dict[str, Tensor]:
        """Take in a tile of a picture; the features that are its own."""
        self._device = picture.device
        seen = self._eyes(tile.seen(picture), LEVELS)
        own = {level: tile.cut(features, self._eyes.strides[level]) for level, features in seen.items()}
        for level, features in own.items():
            self._layers[level].add(features)
        return own

    def moments(self) -> dict[str, Moments]:
        """Of all that were taken in."""
        return {
            level: gathered(*(one.float().to(self._device).view(1, -1, 1, 1) for one in (of.mean, of.variance)))
            for level, of in self._layers.items()
        }
