"""The painter of `artgan transfer --method fast`: any picture in any styles, in one pass of a trained network a scale.

It paints coarse to fine, as painters do: a small version first, whose strokes are broad, then twice the size over that,
up to the picture's own. What is painted over is partly the picture and partly what was painted before, so that forms
of a style come along that are larger than what the network sees at once.

What a pixel becomes depends on its neighbourhood, on the styles, and on the whole picture through the colours and
through means and deviations of features alone. So a large picture is walked through twice in tiles with margins, first
for the statistics of the whole and then for the painting, which is the same as in one piece, but for rounding.
"""

import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor

from artgan.config.transfer import EVEN, TransferConfig
from artgan.errors import PictureError, UsageError
from artgan.losses.recolouring import colour_map, colours_of, mixed_colours
from artgan.models.encoder import Encoder
from artgan.models.fast_style import FastStyle
from artgan.models.grounds import USUAL_SHARE, halvings, painted_over, scale_count
from artgan.models.restyling import LEVELS, MULTIPLE, Look, Moments, Restyled, mixed, moments_of, restyled
from artgan.painting.colour import keep_chroma, match_palette, palette
from artgan.painting.forecast import Demand, demand_in_one_pass
from artgan.painting.gathering import whole_look, whole_moments
from artgan.painting.manners import Manner, Taste
from artgan.painting.optimise import Iterate
from artgan.painting.places import SMALLEST_SHARE, opaque, shared_out
from artgan.painting.pyramid import fit, resize
from artgan.painting.room import Room
from artgan.painting.styles import Style, by_mask
from artgan.painting.styling import Painting, Watch
from artgan.painting.tensors import crop_to, mirrored
from artgan.painting.tiles import Sight, sight, tiles

_BORDER = 16
"""Pixels of mirror image around a picture, which keep what convolutions do at edges out of it."""
_AT_ONCE = 1.5 * 2**20
"""Pixels that go through the networks at once where neither a limit nor an earlier painting says it: about a
billion bytes."""
_ALL_THE_WAY = 25.0
"""The strength from which on everything has the styles' statistics."""

_Result = TypeVar("_Result")
_Drawing = tuple[Restyled, Mapping[str, Moments]]
"""Features in a style, and the moments that they should have: what the network draws from."""


@dataclass(kw_only=True)
class FastPainter:
    """Repaints contents in a blend of styles, in the network's precision or a lower one.

    Args:
        eyes: the encoder that the network was trained with.
        of_strength: how much of the strength that is asked for; less than 1 for what is only begun in one pass.
        pixels_at_once: that the networks saw of an earlier painting that is painted again.
        tell: hears a line when a picture is cut into tiles, and when memory has run out.

    Raises:
        UsageError: a style without a picture, or of some layers only.
    """

    config: TransferConfig
    network: FastStyle
    eyes: Encoder
    styles: Sequence[Style]
    size: int
    of_strength: float = 1.0
    pixels_at_once: float | None = None
    tell: Callable[[str], None] = lambda text: None
    _tastes: dict[tuple[int, int], Taste] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse, before any work, what a painter in one pass cannot do."""
        for style in self.styles:
            if not isinstance(style.image, Tensor):
                raise UsageError(
                    "a style file has no picture to look at: --method optimize paints with it, but not from --init fast"
                )
            if style.layers is not None:
                raise UsageError(",layers= of a style is for --method optimize")
        self._groups = by_mask(self.styles)
        self._room = Room(tell=self.tell)
        self._room_for: tuple[int, int, int] | None = None

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
            DeviceError: it takes more memory than there may be, whatever the tiles.
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
            pixels_at_once=int(self._room.pixels) if self._room.cut else None,
        )

    @torch.inference_mode()
    def repainted(
        self, picture: Tensor, alpha: Tensor | None = None, manners: Sequence[Manner] | None = None
    ) -> Tensor:
        """A picture (1, 3, H, W) in [0, 1] at its own size; in these manners where it is a part of something."""
        return self._attempt(lambda: self._painted(picture, alpha, manners), picture)

    def _attempt(self, work: Callable[[], _Result], picture: Tensor, held: int = 0) -> _Result:
        """In the room that there is for pictures of a size, beside so many of them that are held: it is looked for once
        for all that follow each other."""
        height, width = picture.shape[-2:]
        if self._room_for is None or self._room_for[:2] != (height, width) or self._room_for[2] < held:
            most = self.pixels_at_once
            if most is None:
                most = _AT_ONCE if self.config.memory_limit is None else math.inf
            self._room.renew(self._demand(picture, held), self.config.memory_limit, picture.device, most=most)
            self._room_for = (height, width, held)
        return self._room.attempt(work, height, width, self._sight.smallest)

    def _demand(self, picture: Tensor, held: int) -> Demand:
        height, width = picture.shape[-2:]
        masks = sum(group[0].mask is not None for group in self._groups)
        return demand_in_one_pass(
            self.eyes,
            self.network.width,
            width,
            height,
            smallest=self._sight.smallest,
            places=masks,
            held=held,
            on_cpu=picture.device.type == "cpu",
        )

    def _painted(self, picture: Tensor, alpha: Tensor | None, manners: Sequence[Manner] | None) -> Tensor:
        covers = shared_out([group[0].mask for group in self._groups], picture, alpha)
        seen = [cover is None or cover.max().item() >= SMALLEST_SHARE for cover in covers]
        if not any(seen):
            raise PictureError("there is nothing to paint: the masks are black all over this picture")
        painting = picture
        for number, cover in enumerate(covers):
            if not seen[number] or self._amount == 0:
                continue
            made = self._in(
                picture, self._own_manner(number, picture, cover, alpha) if manners is None else manners[number]
            )
            share = min(1.0, sum(style.share for style in self._groups[number])) if len(covers) > 1 else 1.0
            painting = made if cover is None else painting + cover * share * (made - picture)
        if self.config.keep_color and self.config.color_method == "luminance":
            painting = keep_chroma(painting, picture, self.config.keep_color)
        return painting.clamp(0, 1) if painting is picture else painting.clamp_(0, 1)

    @torch.inference_mode()
    def settled(self, pictures: Sequence[Tensor], alphas: Sequence[Tensor | None]) -> list[Manner]:
        """By group of styles, how pictures (1, 3, H, W) of one size are painted that are parts of one, as some frames
        of a film are: as if they stood side by side. `alphas` are their transparencies, of any size."""
        return self._attempt(lambda: self._settled(pictures, alphas), pictures[0], held=len(pictures))

    def _settled(self, pictures: Sequence[Tensor], alphas: Sequence[Tensor | None]) -> list[Manner]:
        colours = mixed_colours([colours_of(picture) for picture in pictures], [1.0] * len(pictures))
        manners = []
        for number in range(len(self._groups)):
            whole = self._side_by_side(number, pictures, alphas) if self._keeps_palette else (pictures[0], None, None)
            taste = self._taste(number, max(pictures[0].shape[-2:]), *whole)
            manner = Manner(taste=taste, colours=colours, moments=None)
            manners.append(replace(manner, moments=self._moments(pictures, manner)))
        return manners

    def _side_by_side(
        self, number: int, pictures: Sequence[Tensor], alphas: Sequence[Tensor | None]
    ) -> tuple[Tensor, Tensor | None, Tensor | None]:
        """Pictures as one, with what a group of styles covers of it, and its transparency."""
        shown = None
        if any(alpha is not None for alpha in alphas):
            pairs = zip(pictures, alphas, strict=True)
            shown = torch.cat(
                [torch.ones_like(p[:, :1]) if a is None else resize(a, *p.shape[-2:]) for p, a in pairs], -1
            )
        masks = [group[0].mask for group in self._groups]
        places = [shared_out(masks, picture, alpha)[number] for picture, alpha in zip(pictures, alphas, strict=True)]
        covers = [cover for cover in places if cover is not None]
        return torch.cat(list(pictures), -1), torch.cat(covers, -1) if covers else None, shown

    def _moments(self, pictures: Sequence[Tensor], manner: Manner) -> list[Mapping[str, Moments]]:
        """By scale, from the finest: of pictures that are painted with what they have in common."""
        # Those of the finest scale take the most room, and are made once more, one by one.
        coarse = [self._grounds(picture, manner)[1:] for picture in pictures]
        paintings: list[Tensor | None] = [None] * len(pictures)
        found: list[Mapping[str, Moments]] = []
        for scale in reversed(range(1, len(manner.taste.looks))):
            grounds = [
                painted_over(own.pop(), painting, self._share) for own, painting in zip(coarse, paintings, strict=True)
            ]
            found.insert(0, self._measured(_bordered(ground) for ground in grounds))
            paintings = [self._laid(ground, manner.taste.looks[scale], found[0]) for ground in grounds]
        fine = (
            painted_over(self._grounds(picture, manner)[0], painting, self._share)
            for picture, painting in zip(pictures, paintings, strict=True)
        )
        return [self._measured(_bordered(ground) for ground in fine), *found]

    def _own_manner(self, number: int, picture: Tensor, cover: Tensor | None, alpha: Tensor | None) -> Manner:
        """Of a picture for itself."""
        taste = self._taste(number, max(picture.shape[-2:]), picture, cover, alpha)
        return Manner(taste=taste, colours=colours_of(picture), moments=None)

    def _taste(self, number: int, long_side: int, picture: Tensor, cover: Tensor | None, alpha: Tensor | None) -> Taste:
        """Of a group of styles, for pictures of this long side; where colours are kept, for this picture."""
        styles = self._groups[number]
        weights = opaque(cover, picture, alpha)
        shows = weights is None or weights.max().item() >= SMALLEST_SHARE
        if self._keeps_palette and shows:
            wanted = palette(picture, weights)
            moved = [match_palette(_picture_of(style), wanted, self.config.keep_color) for style in styles]
            return self._seen([replace(s, image=image) for s, image in zip(styles, moved, strict=True)], long_side)
        if (number, long_side) not in self._tastes:
            self._tastes[number, long_side] = self._seen(styles, long_side)
        return self._tastes[number, long_side]

    def _seen(self, styles: Sequence[Style], long_side: int) -> Taste:
        shares = [style.share for style in styles]
        images = [self._at_side(style, long_side) for style in styles]
        looks = []
        for scale in range(scale_count(long_side)):
            seen = [self._at_side(style, long_side / 2**scale) for style in styles] if scale else images
            looks.append(mixed([whole_look(self.eyes, image, self._room.pixels) for image in seen], shares))
        return Taste(colours=mixed_colours([colours_of(image) for image in images], shares), looks=looks)

    def _at_side(self, style: Style, long_side: float) -> Tensor:
        """A style's picture as it is seen beside a painting of this long side."""
        image = _picture_of(style)
        height, width = fit(image.shape[-2], image.shape[-1], style.side(round(long_side), self.config.style_scale))
        # Whole cells of the coarsest layer: a stretch by a few pixels is nothing to a style.
        return resize(image, *(max(2, round(side / MULTIPLE)) * MULTIPLE for side in (height, width)))

    def _in(self, picture: Tensor, manner: Manner) -> Tensor:
        painting: Tensor | None = None
        grounds = self._grounds(picture, manner)
        for scale, look in reversed(list(enumerate(manner.taste.looks))):
            moments = None if manner.moments is None else manner.moments[scale]
            painting = self._laid(painted_over(grounds.pop(), painting, self._share), look, moments)
        assert painting is not None
        return painting[..., : picture.shape[-2], : picture.shape[-1]]

    def _grounds(self, picture: Tensor, manner: Manner) -> list[Tensor]:
        """By scale, from the finest: the picture in the styles' colours."""
        moved = colour_map(manner.colours, manner.taste.colours, self._amount)(picture)
        return halvings(moved, len(manner.taste.looks))

    def _laid(self, ground: Tensor, look: Look, own: Mapping[str, Moments] | None) -> Tensor:
        """A ground (1, 3, H, W) painted over at its scale; with these moments where it is a part of something."""
        canvas = _bordered(ground)
        cut = tiles(canvas.shape[-2], canvas.shape[-1], self._sight, self._room.pixels)
        if len(cut) == 1:
            return crop_to(self._drawn(canvas, self._restyled(canvas, own, look)), *ground.shape[-2:])
        self._room.cut = True
        own = own or self._measured([canvas])
        painting = torch.empty_like(canvas)
        for tile in cut:
            piece = tile.seen(canvas)
            tile.own(painting).copy_(tile.cut(self._drawn(piece, self._restyled(piece, own, look))))
        return crop_to(painting, *ground.shape[-2:])

    def _measured(self, canvases: Iterable[Tensor]) -> dict[str, Moments]:
        return whole_moments(self.eyes, canvases, self._room.pixels)

    def _restyled(self, moved: Tensor, own: Mapping[str, Moments] | None, look: Look) -> _Drawing:
        """What is to be drawn of a picture, or of a piece of one whose moments are known."""
        features = self.eyes(moved, LEVELS)
        own = own or moments_of(features)
        style = {level: own[level].toward(look.moments[level], self._amount) for level in LEVELS}
        return restyled(features, own, look, self._amount), style

    def _drawn(self, moved: Tensor, drawing: _Drawing) -> Tensor:
        with self._precision():
            drawn: Tensor = self.network(moved, *drawing)
        return drawn

    @property
    def _keeps_palette(self) -> bool:
        return bool(self.config.keep_color) and self.config.color_method == "match"

    @property
    def _amount(self) -> float:
        """How far to go from the picture to the styles."""
        return min(1.0, self._strength / _ALL_THE_WAY)

    @property
    def _share(self) -> float:
        """Of the coarser painting in what is painted over: none before it is all the way, all at full strength."""
        return float(np.interp(self._strength, (_ALL_THE_WAY, EVEN, 100), (0, USUAL_SHARE, 1)))

    @property
    def _strength(self) -> float:
        return self.of_strength * (EVEN if self.config.strength is None else self.config.strength)

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
