"""Several styles in one picture: which blend is wanted where, scale by scale, and what shows where none is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from artgan.errors import PictureError
from artgan.painting.colour import palette
from artgan.painting.masks import Mask, guides
from artgan.painting.objective import Backdrop, Objective, Wanted
from artgan.painting.pyramid import Scale, resize
from artgan.painting.styles import Blend
from artgan.painting.tensors import pad_to

SMALLEST_SHARE = 1 / 255
"""Of a mask: less is the rounding of a black or white one."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """A blend and where it is wanted: `cover` (1, 1, H, W) of the picture, None for all of it."""

    blend: Blend
    cover: Tensor | None

    def in_colours_of(self, picture: Tensor, alpha: Tensor | None, amount: float) -> "Place":
        """The same place with the blend's colours moved towards those that the picture has there."""
        weights = opaque(self.cover, picture, alpha)
        if weights is not None and weights.max().item() < SMALLEST_SHARE:
            return self
        return Place(blend=self.blend.in_colours(palette(picture, weights), amount), cover=self.cover)


def opaque(cover: Tensor | None, picture: Tensor, alpha: Tensor | None) -> Tensor | None:
    """How much each pixel of a picture that is covered so far shows; None where all of them do."""
    if alpha is None:
        return cover
    shown = resize(alpha, *picture.shape[-2:])
    return shown if cover is None else cover * shown


def covered(blends: Sequence[Blend], picture: Tensor, alpha: Tensor | None) -> list[Place]:
    """Each blend in its place in a picture (1, 3, H, W); the one without a mask takes what the masks leave.

    Raises PictureError when nothing would be painted.
    """
    covers = shared_out([blend.mask for blend in blends], picture, alpha)
    if all(cover is not None and cover.max().item() < SMALLEST_SHARE for cover in covers):
        raise PictureError("there is nothing to paint: the masks are black all over this picture")
    return [Place(blend=blend, cover=cover) for blend, cover in zip(blends, covers, strict=True)]


def shared_out(masks: Sequence[Mask | None], picture: Tensor, alpha: Tensor | None) -> list[Tensor | None]:
    """What each mask covers of a picture (1, 3, H, W), as (1, 1, H, W); None, where there is any mask, takes what those
    leave, and else all, for which None is returned."""
    over = [None if mask is None else mask.over(picture, alpha) for mask in masks]
    if all(cover is None for cover in over):
        return over
    taken = torch.zeros_like(picture[:, :1])
    for cover in over:
        taken = taken if cover is None else taken + cover
    rest = (1 - taken).clamp_min(0)
    return [rest if cover is None else cover for cover in over]


class Arrangement:
    """All places of one picture. `canvas` is the content at full size, (1, 3, H, W), padded where it is thin."""

    def __init__(self, places: Sequence[Place], canvas: Tensor, objective: Objective) -> None:
        shortest = min(canvas.shape[-2:])
        self._places = [
            place if place.cover is None else replace(place, cover=pad_to(place.cover, shortest)) for place in places
        ]
        self._canvas = canvas
        self._objective = objective
        self._cover = _together(self._places)

    @property
    def covers(self) -> list[Tensor]:
        """Of the places that are not the whole picture."""
        return [place.cover for place in self._places if place.cover is not None]

    def wanted(self, scale: Scale) -> dict[str, list[Wanted]]:
        """By layer, what is wanted where. A place too small for a layer to see only it has no say there."""
        found: dict[str, list[Wanted]] = {}
        for place in self._places:
            statistics = place.blend.statistics(scale.long_side)
            if place.cover is None:
                for layer, own in statistics.items():
                    found.setdefault(layer, []).append(self._objective.wanted(layer, own))
                continue
            cover = resize(place.cover, scale.height, scale.width)
            for layer, guide in guides(cover, self._objective.encoder, statistics).items():
                # By its area, so that a position counts the same in a small place as in a large one.
                share = place.blend.strength * guide.mean().item()
                if guide.max().item() >= SMALLEST_SHARE:
                    wanted = self._objective.wanted(layer, statistics[layer], guide, share)
                    found.setdefault(layer, []).append(wanted)
        return found

    def backdrop(self, scale: Scale) -> Backdrop | None:
        """The content at this scale, where it shows."""
        if self._cover is None:
            return None
        size = (scale.height, scale.width)
        return Backdrop(content=resize(self._canvas, *size), cover=resize(self._cover, *size))

    def finished(self, image: Tensor) -> Tensor:
        """A picture of the canvas' size, with the content where no style is wanted."""
        return image if self._cover is None else Backdrop(content=self._canvas, cover=self._cover).behind(image)


def _together(places: Sequence[Place]) -> Tensor | None:
    """How far each pixel is covered; None where all of them are."""
    total: Tensor | None = None
    for place in places:
        if place.cover is None:
            return None
        total = place.cover if total is None else total + place.cover
    if total is None or total.min().item() > 1 - SMALLEST_SHARE:
        return None
    return total.clamp(max=1)
