"""The same losses and gradients of a picture that does not fit into memory: tile by tile, and yet of the whole picture.

A style is compared by statistics of the whole picture, so a tile's gradient depends on all other tiles, but only
through those statistics, which are sums over positions. So a step goes twice over the tiles: once to gather them,
without gradients, and once to bring back, through each tile, the loss's slope at them. Nothing is approximated: the
result is the whole picture's but for rounding.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor

from artgan.losses.perceptual import feature_squares
from artgan.painting.objective import Backdrop, Losses, Objective, Targets, Wanted
from artgan.painting.room import Room
from artgan.painting.tiles import Tile, sight, tiles

_Result = TypeVar("_Result")

Guides = Mapping[str, Sequence[Tensor | None]]
"""By layer, how much each position counts for each of the statistics, (1, 1, H, W) of the features' size."""


@dataclass(frozen=True, kw_only=True)
class TiledObjective(Objective):
    """An objective for pictures that may be cut into tiles: where they, or a style, are larger than `room`."""

    room: Room

    @torch.no_grad()
    def targets(
        self, content: Tensor, style: Mapping[str, Sequence[Wanted]], backdrop: Backdrop | None = None
    ) -> Targets:
        """As of any objective; features that are not to be kept are left out."""
        if not self.content_weight:
            return Targets(content={}, style=style, backdrop=backdrop)
        features, squares = self._attempt(lambda: self._content(content), content)
        again = None if features else content
        return Targets(content=features, style=style, backdrop=backdrop, seen_again=again, content_squares=squares)

    def gradient(self, picture: Tensor, targets: Targets) -> tuple[Losses, Tensor]:
        """As of any objective, whatever the picture's size. The losses have no graph."""
        return self._attempt(lambda: self._gradient(picture, targets), picture)

    def _of_style(self, style: Tensor | Mapping[str, Tensor], layers: Collection[str]) -> dict[str, Tensor]:
        if isinstance(style, Mapping):
            return super()._of_style(style, layers)
        return self._attempt(lambda: self._of_picture(style, layers), style)

    def _of_picture(self, style: Tensor, layers: Collection[str]) -> dict[str, Tensor]:
        cut = self._tiles(style)
        if len(cut) == 1:
            return super()._of_style(style, layers)
        found = self._gathered(cut, style, {layer: [None] for layer in layers})
        return {layer: own[0] for layer, own in found.items()}

    def _content(self, content: Tensor) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """Features by layer, none where they are not to be kept, and the sums of their squares."""
        cut, layers = self._tiles(content), set(self.content_layers)
        keep = self.room.keep_content
        kept: dict[str, Tensor] = {}
        squares: dict[str, Tensor] = {}
        for tile in cut:
            for layer, features in self.encoder(tile.seen(content), layers).items():
                stride = self.encoder.strides[layer]
                own = tile.cut(features, stride)
                part = feature_squares(own.float(), self.encoder.metric(layer))
                squares[layer] = squares[layer] + part if layer in squares else part
                if len(cut) == 1:
                    kept[layer] = features
                elif keep:
                    if layer not in kept:
                        kept[layer] = _empty(own, content.shape[-2] // stride, content.shape[-1] // stride)
                    tile.own(kept[layer], stride).copy_(own)
        return kept, squares

    def _gradient(self, picture: Tensor, targets: Targets) -> tuple[Losses, Tensor]:
        cut = self._tiles(picture)
        if len(cut) == 1:
            return super().gradient(picture, targets)
        picture = picture.detach()
        style, slopes = self._style(cut, picture, targets)
        content, rough = torch.zeros_like(style), torch.zeros_like(style)
        gradient = torch.zeros_like(picture)
        for tile in cut:
            wanted = self._wanted_content(tile, targets)
            leaf = tile.seen(picture).clone().requires_grad_(True)
            shown = _shown(leaf, tile, targets)
            ends, seeds = [], []
            for layer, features in self.encoder(shown, self.layers).items():
                piece = _Piece(tile, self.encoder.strides[layer], picture.shape[-2:])
                # Alone for each layer, so that what its loss needs is free again before the next one's.
                own = features.detach().requires_grad_(True)
                loss = torch.zeros_like(content)
                if layer in wanted:
                    loss = self._content_part(layer, piece.cut(own), wanted[layer], targets, piece)
                    content = content + loss.detach()
                for place, slope in zip(targets.style.get(layer, ()), slopes.get(layer, ()), strict=True):
                    part = self._part(piece.cut(own), place.guide, piece)
                    loss = loss if part is None else loss + (part * slope).sum()
                if loss.requires_grad:
                    ends.append(features)
                    seeds += torch.autograd.grad(loss, own)
            if self.tv_weight:
                variation = self.tv_weight * _variation(tile, shown, picture.shape[-2:])
                rough = rough + variation.detach()
                ends.append(variation)
                seeds.append(torch.ones_like(variation))
            if ends:
                tile.seen(gradient).add_(*torch.autograd.grad(ends, leaf, seeds))
        return Losses(content=content, style=style, total=content + style + rough), gradient

    def _style(self, cut: Sequence[Tile], picture: Tensor, targets: Targets) -> tuple[Tensor, dict[str, list[Tensor]]]:
        """The style's loss, and its slopes at the statistics of each layer and place."""
        style = torch.zeros((), device=picture.device)
        if not self.style_weight or not targets.style:
            return style, {}
        guides = {layer: [place.guide for place in places] for layer, places in targets.style.items()}
        found = self._gathered(cut, picture, guides, targets)
        leaves = [one.requires_grad_(True) for own in found.values() for one in own]
        for layer, own in found.items():
            for statistics, place in zip(own, targets.style[layer], strict=True):
                loss = self._distance(layer, statistics, place)
                style = style + self.style_weight * self.style_layers[layer] * place.share * loss
        slopes = iter(torch.autograd.grad(style, leaves))
        return style.detach(), {layer: [next(slopes) for _ in own] for layer, own in found.items()}

    @torch.no_grad()
    def _gathered(
        self, cut: Sequence[Tile], picture: Tensor, guides: Guides, targets: Targets | None = None
    ) -> dict[str, list[Tensor]]:
        """The picture's statistics by layer, for each guide."""
        sums: dict[str, list[Tensor | None]] = {}
        for tile in cut:
            shown = _shown(tile.seen(picture), tile, targets)
            for layer, features in self.encoder(shown, set(guides)).items():
                piece = _Piece(tile, self.encoder.strides[layer], picture.shape[-2:])
                parts = [self._part(piece.cut(features), guide, piece) for guide in guides[layer]]
                before = sums.get(layer, [None] * len(parts))
                sums[layer] = [_added(*both) for both in zip(before, parts, strict=True)]
        return {layer: [one for one in own if one is not None] for layer, own in sums.items()}

    def _part(self, features: Tensor, guide: Tensor | None, piece: "_Piece") -> Tensor | None:
        """What a piece of a layer contributes to the statistics of the whole layer; None: nothing."""
        if guide is None:
            return self._statistics(features) * (piece.positions / piece.of) if piece.positions else None
        within = piece.own(guide)
        weight = within.sum()
        return self._statistics(features, within) * (weight / guide.sum()) if weight.item() > 0 else None

    def _wanted_content(self, tile: Tile, targets: Targets) -> dict[str, Tensor]:
        """The content's features in a tile, by layer."""
        strides = self.encoder.strides
        if targets.seen_again is None:
            return {layer: tile.own(features, strides[layer]) for layer, features in targets.content.items()}
        with torch.no_grad():
            seen = self.encoder(tile.seen(targets.seen_again), set(self.content_layers))
        return {layer: tile.cut(features, strides[layer]) for layer, features in seen.items()}

    def _content_part(self, layer: str, own: Tensor, wanted: Tensor, targets: Targets, piece: "_Piece") -> Tensor:
        """A piece's part of the content's loss, as `artgan.losses.perceptual.content_loss` is of the whole layer."""
        squares = feature_squares(own.float() - wanted.float(), self.encoder.metric(layer))
        weight = self.content_weight * self.content_layers[layer]
        if self.normalization == "gatys":
            return squares * (weight / 2)
        if self.normalization == "mean":
            return squares * (weight / (self.encoder.channels[layer] * piece.of))
        return weight * squares / targets.content_squares[layer].clamp_min(1e-12)

    def _tiles(self, picture: Tensor) -> list[Tile]:
        height, width = picture.shape[-2:]
        cut = tiles(height, width, sight(self.encoder, self.layers), self.room.pixels)
        self.room.cut |= len(cut) > 1
        return cut

    def _attempt(self, work: Callable[[], _Result], picture: Tensor) -> _Result:
        height, width = picture.shape[-2:]
        return self.room.attempt(work, height, width, sight(self.encoder, self.layers).smallest)


@dataclass(frozen=True)
class _Piece:
    """A tile at the positions of a layer, in a picture of a size."""

    tile: Tile
    stride: int
    size: Sequence[int]

    @property
    def of(self) -> int:
        """Positions of the whole layer."""
        return (self.size[0] // self.stride) * (self.size[1] // self.stride)

    @property
    def positions(self) -> int:
        """Of the tile's own."""
        rows, columns = (
            end // self.stride - begin // self.stride for begin, end in (self.tile.rows, self.tile.columns)
        )
        return rows * columns

    def cut(self, features: Tensor) -> Tensor:
        return self.tile.cut(features, self.stride)

    def own(self, maps: Tensor) -> Tensor:
        return self.tile.own(maps, self.stride)


def _shown(seen: Tensor, tile: Tile, targets: Targets | None) -> Tensor:
    """What shows in a tile: the picture, and the content where no style is wanted."""
    if targets is None or targets.backdrop is None:
        return seen
    behind = targets.backdrop
    return Backdrop(content=tile.seen(behind.content), cover=tile.seen(behind.cover)).behind(seen)


def _variation(tile: Tile, seen: Tensor, size: Sequence[int]) -> Tensor:
    """A tile's part of `artgan.losses.perceptual.total_variation`: the differences of its pixels to the next ones."""
    (height, width), channels = size, seen.shape[1]
    rows, columns = (
        slice(begin - start, min(end + 1, length) - start)
        for (begin, end), (start, _), length in (
            (tile.rows, tile.seen_rows, height),
            (tile.columns, tile.seen_columns, width),
        )
    )
    own = seen[..., rows, columns]
    down = (own[..., 1:, :] - own[..., :-1, :])[..., : tile.columns[1] - tile.columns[0]]
    right = (own[..., :, 1:] - own[..., :, :-1])[..., : tile.rows[1] - tile.rows[0], :]
    return down.square().sum() / (channels * (height - 1) * width) + right.square().sum() / (
        channels * height * (width - 1)
    )


def _empty(like: Tensor, height: int, width: int) -> Tensor:
    """Room for maps of another size, in the encoder's layout."""
    size, layout = (1, like.shape[1], height, width), torch.channels_last
    return torch.empty(size, dtype=like.dtype, device=like.device, memory_format=layout)


def _added(total: Tensor | None, part: Tensor | None) -> Tensor | None:
    return part if total is None else total if part is None else total + part
