"""Coarse to fine: the sizes a picture is optimised at, the steps each gets, and resampling between them."""

import math
from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor

COARSEST = 128
"""Long side in pixels from which the pyramid starts: small enough to be quick, large enough for whole strokes."""

Taken = tuple[int, int, int]
"""Width and height of a scale, and the steps taken at it."""


@dataclass(frozen=True, kw_only=True)
class Scale:
    """One level: the picture's height and width, and how many steps it may take."""

    height: int
    width: int
    steps: int

    @property
    def pixels(self) -> int:
        """Area, which the cost of a step grows with."""
        return self.height * self.width

    @property
    def long_side(self) -> int:
        """The larger of height and width."""
        return max(self.height, self.width)


def fit(height: int, width: int, long_side: int) -> tuple[int, int]:
    """Height and width with this long side and the same proportions, at least one pixel each."""
    factor = long_side / max(height, width)
    return max(1, round(height * factor)), max(1, round(width * factor))


def plan(
    height: int,
    width: int,
    *,
    long_side: int,
    steps: int,
    scales: int | None = None,
    growth: float = 2.0,
    minimum_side: int = 1,
) -> list[Scale]:
    """Scales from coarse to fine, each with `growth` times the area of the one before, ending at `long_side`.

    Steps are shared by the square root of each scale's cost, upside down: a coarse step is cheap and moves whole forms,
    a fine one only sharpens. Every scale gets at least one step, so more scales than steps are not made. Scales whose
    short side would be below `minimum_side` are left out, but for the last.
    """
    factor = math.sqrt(growth)
    count = scales or 1 + max(0, math.floor(math.log(long_side / COARSEST, factor) + 1e-9))
    count = min(count, steps)
    sides = [round(long_side / factor**level) for level in reversed(range(count))]
    sides = [side for side in sides if min(fit(height, width, side)) >= minimum_side] or [long_side]
    count = len(sides)
    shares = [1 / math.sqrt(side) for side in sides]
    # One step each first, so that rounding can starve no scale.
    ends = [round((steps - count) * sum(shares[: level + 1]) / sum(shares)) for level in range(count)]
    counts = [1 + end - begin for begin, end in zip([0, *ends], ends, strict=False)]
    return [
        Scale(height=h, width=w, steps=n)
        for (h, w), n in zip((fit(height, width, side) for side in sides), counts, strict=True)
    ]


def resize(images: Tensor, height: int, width: int) -> Tensor:
    """Resample (N, C, H, W) in [0, 1] with an antialiased bicubic filter; overshoot is clipped."""
    if images.shape[-2:] == (height, width):
        return images
    resized = F.interpolate(images, size=(height, width), mode="bicubic", antialias=True, align_corners=False)
    return resized.clamp(0, 1)
