"""The painter of `artgan transfer --method fast`: any picture in any styles, in one pass of a trained network.

What a pixel becomes depends on its neighbourhood, on the styles, and on the whole picture through the colours and
through means and deviations of features alone. So a large picture is walked through twice in tiles with margins, first
for the statistics of the whole and then for the painting, which is the same as in one piece, but for rounding.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor

from artgan.config.transfer import TransferConfig
from artgan.errors import PictureError, UsageError
from artgan.losses.recolouring import Colours, colour_map, colours_of, mixed_colours
from artgan.models.encoder import Encoder
from artgan.models.fast_style import FastStyle
from artgan.models.restyling import LEVELS, MULTIPLE, Look, Moments, gathered, look_of, mixed, moments_of, restyled
from artgan.painting.colour import keep_chroma, match_palette, palette
from artgan.painting.normalisation import Moments as Gathering
from artgan.painting.optimise import Iterate
from artgan.painting.places import SMALLEST_SHARE, opaque, shared_out
from artgan.painting.pyramid import fit, resize
from artgan.painting.styles import Style, by_mask
from artgan.painting.styling import Painting, Watch
from artgan.painting.tensors import crop_to, mirrored
from artgan.painting.tiles import Sight, Tile, sight, tiles

_BORDER = 16
"""Pixels of mirror image around a picture, which keep what convolutions do at edges out of it."""
_AT_ONCE = 2**20
"""Pixels that go through the networks at once; a larger picture is cut into tiles."""


@dataclass(frozen=True, kw_only=True)
class Taste:
    """What is kept of the styles that are wanted in one place."""

    colours: Colours
    look: Look


@dataclass(kw_only=True)
class FastPainter:
    """Repaints contents in a blend of styles, in the network's precision or a lower one.

    Args:
        eyes: the encoder that the network was trained with.
        at_once: pixels that the networks may see at once.

    Raises:
        UsageError: a style without a picture, or of some layers only.
    """

    config: TransferConfig
    network: FastStyle
    eyes: Encoder
    styles: Sequence[Style]
    size: int
    at_once: float = _AT_ONCE
    _tastes: dict[tuple[int, int], Taste] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse, before any work, what a painter in one pass cannot do."""
        for style in self.styles:
            if not isinstance(style.image, Tensor):
                raise UsageError("a style file has no picture to look at: --method optimize paints with it")
            if style.layers is not None:
                raise UsageError(",layers= of a style is for --method optimize")
        self._groups = by_mask(self.styles)

    @property
    def layers(self) -> set[str]:
        """Every layer that a picture is seen through."""
        return set(LEVELS)

    @torch.inference_mode()
    def paint(
        self,
        content: Tensor,
        on_step: Callable[[Iterate, int], None] = lambda iterate, scales: None,
        should_stop: Callable[[], bool] = lambda: False,
        *,
        alpha: Tensor | None = None,
        watch: Watch | None = None,
        state: Mapping[str, Tensor] | None = None,
    ) -> Painting:
        """Repaint one content, (1, 3, H, W) in [0, 1], with its transparency (1, 1, H, W), None where it is opaque.

        It is one step, with nothing to watch or to go on from.

        Raises:
            PictureError: the styles' masks leave nothing to paint.
        """
        began = time.monotonic()
        height, width = fit(content.shape[-2], content.shape[-1], self.size)
        image = self.repainted(resize(content, height, width), alpha)
        return Painting(
            image=image,
            steps=1,
            scales=((width, height, 1),),
            content_loss=None,
            style_loss=None,
            seconds=time.monotonic() - began,
            interrupted=False,
        )

    @torch.inference_mode()
    def repainted(self, picture: Tensor, alpha: Tensor | None = None) -> Tensor:
        """A picture (1, 3, H, W) in [0, 1] at its own size."""
        covers = shared_out([group[0].mask for group in self._groups], picture, alpha)
        seen = [cover is None or cover.max().item() >= SMALLEST_SHARE for cover in covers]
        if not any(seen):
            raise PictureError("there is nothing to paint: the masks are black all over this picture")
        amount = 1.0 if self.config.strength is None else self.config.strength / 100
        painting = picture
        for number, cover in enumerate(covers):
            if not seen[number] or amount == 0:
                continue
            made = self._in_taste(picture, self._taste(number, picture, cover, alpha), amount)
            share = min(1.0, sum(style.share for style in self._groups[number])) if len(covers) > 1 else 1.0
            painting = made if cover is None else painting + cover * share * (made - picture)
        if self.config.keep_color and self.config.color_method == "luminance":
            painting = keep_chroma(painting, picture, self.config.keep_color)
        return painting.clamp(0, 1)

    def _taste(self, number: int, picture: Tensor, cover: Tensor | None, alpha: Tensor | None) -> Taste:
        """Of a group of styles, for a picture of this size; where colours are kept, for this picture."""
        long_side = max(picture.shape[-2:])
        styles = self._groups[number]
        if self.config.keep_color and self.config.color_method == "match":
            wanted = palette(picture, opaque(cover, picture, alpha))
            moved = [match_palette(_picture_of(style), wanted, self.config.keep_color) for style in styles]
            return self._seen([replace(s, image=image) for s, image in zip(styles, moved, strict=True)], long_side)
        if (number, long_side) not in self._tastes:
            self._tastes[number, long_side] = self._seen(styles, long_side)
        return self._tastes[number, long_side]

    def _seen(self, styles: Sequence[Style], long_side: int) -> Taste:
        colours, looks = [], []
        for style in styles:
            image = _picture_of(style)
            side = style.side(long_side, self.config.style_scale)
            height, width = fit(image.shape[-2], image.shape[-1], side)
            # Whole cells of the coarsest layer: a stretch by a few pixels is nothing to a style.
            image = resize(image, *(max(2, round(side / MULTIPLE)) * MULTIPLE for side in (height, width)))
            colours.append(colours_of(image))
            looks.append(look_of(self.eyes(image, LEVELS)))
        shares = [style.share for style in styles]
        return Taste(colours=mixed_colours(colours, shares), look=mixed(looks, shares))

    def _in_taste(self, picture: Tensor, taste: Taste, amount: float) -> Tensor:
        height, width = picture.shape[-2:]
        moved = colour_map(colours_of(picture), taste.colours, amount)(picture)
        canvas = _bordered(moved)
        cut = tiles(canvas.shape[-2], canvas.shape[-1], self._sight, self.at_once)
        if len(cut) == 1:
            features = self.eyes(canvas, LEVELS)
            return crop_to(self._drawn(canvas, features, moments_of(features), taste.look, amount), height, width)
        own = self._measured(canvas, cut)
        painting = torch.empty_like(canvas)
        for tile in cut:
            piece = tile.seen(canvas)
            drawn = self._drawn(piece, self.eyes(piece, LEVELS), own, taste.look, amount)
            tile.own(painting).copy_(tile.cut(drawn))
        return crop_to(painting, height, width)

    def _drawn(
        self, moved: Tensor, features: Mapping[str, Tensor], own: Mapping[str, Moments], look: Look, amount: float
    ) -> Tensor:
        style = {level: own[level].toward(look.moments[level], amount) for level in LEVELS}
        made = restyled(features, own, look, amount)
        with self._precision():
            drawn: Tensor = self.network(moved, made, style)
        return drawn

    def _measured(self, canvas: Tensor, cut: Sequence[Tile]) -> dict[str, Moments]:
        """The moments of the whole canvas' features, tile by tile."""
        gatherings = {level: Gathering() for level in LEVELS}
        for tile in cut:
            for level, features in self.eyes(tile.seen(canvas), LEVELS).items():
                gatherings[level].add(tile.cut(features, self.eyes.strides[level]))
        return {
            level: gathered(*(one.float().to(canvas.device).view(1, -1, 1, 1) for one in (of.mean, of.variance)))
            for level, of in gatherings.items()
        }

    @property
    def _sight(self) -> Sight:
        """What decides what is painted at a pixel: what the encoder sees of what the decoder looks at."""
        eyes = sight(self.eyes, LEVELS)
        return Sight(MULTIPLE, -(-(self.network.reach + eyes.margin) // MULTIPLE) * MULTIPLE)

    def _precision(self) -> AbstractContextManager[Any]:
        device = next(self.network.parameters()).device
        return torch.autocast(device.type, torch.bfloat16, enabled=self.eyes.precision != torch.float32)


def _picture_of(style: Style) -> Tensor:
    assert isinstance(style.image, Tensor)  # the painter has seen to it
    return style.image


def _bordered(image: Tensor) -> Tensor:
    """With a mirror image around, so that both sides are multiples of MULTIPLE."""
    return mirrored(image, *(-(-(side + 2 * _BORDER) // MULTIPLE) * MULTIPLE - side for side in image.shape[-2:]))
