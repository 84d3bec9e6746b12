"""Painting coarse to fine while a painter in one pass learns, as it will paint later."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from artgan.losses.recolouring import recoloured
from artgan.models.encoder import Encoder
from artgan.models.fast_style import painted
from artgan.models.grounds import USUAL_SHARE, halvings, painted_over
from artgan.models.restyling import LEVELS, look_of


@dataclass(frozen=True, kw_only=True)
class Laid:
    """Paintings of one scale, with the contents and styles as they are seen there; (N, 3, S, S) each, the paintings
    not clipped."""

    contents: Tensor
    styles: Tensor
    paintings: Tensor


def coarse_to_fine(
    network: nn.Module,
    eyes: Encoder,
    contents: Tensor,
    styles: Tensor,
    *,
    scales: int,
    share: float = USUAL_SHARE,
    autocast: Callable[[], AbstractContextManager[Any]] = nullcontext,
) -> list[Laid]:
    """Paint contents (N, 3, S, S) in [0, 1], each in the style of its number, in so many scales, the coarsest first.

    S is a multiple of 8 in each. Of what is painted at one scale, `share` is in what the next paints over. The gradient
    of a painting reaches the network where it is painted, and not through the scale before: whatever is painted over,
    its own scale is to make the best of it.
    """
    laid: list[Laid] = []
    images = zip(*(halvings(one, scales) for one in (contents, styles, recoloured(contents, styles))), strict=True)
    for content, style, moved in reversed(list(images)):
        before = laid[-1].paintings.detach() if laid else None
        look = look_of(eyes(style, LEVELS))
        ground = painted_over(moved, before, share)
        with autocast():
            paintings = painted(network, eyes, ground, look)
        laid.append(Laid(contents=content, styles=style, paintings=paintings))
    return laid


@torch.no_grad()
def paint_pairs(
    painter: nn.Module, eyes: Encoder, contents: Tensor, styles: Tensor, *, scales: int = 1, at_once: int = 4
) -> Tensor:
    """The finest paintings of contents (N, 3, S, S) in [0, 1], each in the style of its number, (N, 3, S, S) clipped;
    a few at once, as memory allows."""
    pairs = zip(torch.split(contents, at_once), torch.split(styles, at_once), strict=True)
    return torch.cat([coarse_to_fine(painter, eyes, *pair, scales=scales)[-1].paintings.clamp(0, 1) for pair in pairs])
