"""What a painter in one pass paints over, coarse to fine: first a small picture, then partly what became of that."""

import torch
from torch import Tensor
from torch.nn import functional as F

_COARSEST_SIDE = 96
"""Pixels of the long side of the coarsest scale, at least: below, the built-in painter leaves little of a picture."""


USUAL_SHARE = 0.4
"""Of the coarser painting in what is painted over, at the usual strength: about as much of a picture is left then as by
optimising, and faces are still faces."""


def scale_count(long_side: int) -> int:
    """In how many scales pictures of this long side are painted, each twice as large as the one before."""
    return max(1, (long_side // _COARSEST_SIDE).bit_length())


def halvings(picture: Tensor, count: int) -> list[Tensor]:
    """Pictures (N, 3, H, W) and so many in all, each half as large as the one before.

    Last rows and columns are repeated first, so that all sides can be halved.
    """
    multiple = 1 << (count - 1)
    height, width = picture.shape[-2:]
    found = [F.pad(picture, (0, -width % multiple, 0, -height % multiple), mode="replicate")]
    while len(found) < count:
        found.append(F.avg_pool2d(found[-1], 2))
    return found


def painted_over(picture: Tensor, painting: Tensor | None, share: float) -> Tensor:
    """A picture with this share of a painting of half its size in it; without one, the picture."""
    if painting is None or share == 0:
        return picture
    return torch.lerp(picture, F.interpolate(painting.clamp(0, 1), scale_factor=2.0, mode="bilinear"), share)
