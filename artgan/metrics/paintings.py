"""How much a painting kept of its content and took of its style: likenesses of features, Gram matrices, colours, forms.

The measures of Z. Wang et al., "Evaluate and improve the quality of neural style transfer" (CVIU 2021), section 3, in
simpler form. A number alone says little, since even two unrelated pictures have much in common for a network; so each
is read between two ends, what the content itself gets and what the style itself gets.
"""

from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from artgan.losses.perceptual import style_loss
from artgan.metrics.wasserstein import sliced_wasserstein

COLOURS = 4096
"""Pixels that stand for a picture's palette."""
_DIRECTIONS = 64
_LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601
_WINDOW, _DEVIATION = 11, 1.5
_STEADY = (0.01**2, 0.03**2)  # the constants of SSIM's equation 13, for values in [0, 1]

SMALLEST = _WINDOW
"""Pixels that each side of a picture needs at least."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A score of a painting, and those of its content and style; `towards_style` says which of them is to be 100."""

    value: float
    content: float
    style: float
    towards_style: bool

    @property
    def percent(self) -> float | None:
        """From 0 at one end to 100 at the other, not beyond; None where the ends are no different."""
        none, full = (self.content, self.style) if self.towards_style else (self.style, self.content)
        if abs(full - none) < 1e-6:
            return None
        return 100 * min(1.0, max(0.0, (self.value - none) / (full - none)))

    def to_json(self) -> dict[str, Any]:
        """For receipts and programs, rounded to what is worth telling."""
        percent = self.percent
        return {
            "value": round(self.value, 4),
            "of_content": round(self.content, 4),
            "of_style": round(self.style, 4),
            "percent": None if percent is None else round(percent, 1),
        }


def content_fidelity(features: Tensor, target: Tensor, *, metric: Tensor | None = None) -> float:
    """Cosine between one layer's features (1, C, H, W) and the content's, of the same shape; 1 where they are alike.

    `metric` is the encoder's inner product, as in `artgan.losses.perceptual`.
    """
    own, wanted = features.float()[0].flatten(1), target.float()[0].flatten(1)
    seen, looked_for = (own, wanted) if metric is None else (metric @ own, metric @ wanted)
    product = (seen * wanted).sum()
    norms = (seen * own).sum() * (looked_for * wanted).sum()
    return float(product / norms.sqrt().clamp_min(1e-12))


def style_similarity(gram: Tensor, target: Tensor, *, metric: Tensor | None = None) -> float:
    """1 - |G - T| / |T| of a layer's Gram matrix (1, C, C) and the style's: 1 for the style, 0 for black, or below."""
    return 1 - float(style_loss(gram, target, "relative", metric=metric).clamp_min(0).sqrt())


def palette(lab: Tensor, most: int = COLOURS) -> Tensor:
    """Colours (N, 3) that stand for those of a picture in Oklab (1, 3, H, W): at most so many, evenly over it."""
    return evenly(lab[0].flatten(1).T.cpu(), most)


def evenly(colours: Tensor, most: int) -> Tensor:
    """At most so many of the rows (N, 3), from the first on at equal distances."""
    return colours if len(colours) <= most else colours[(torch.arange(most) * len(colours)) // most]


def palette_distance(one: Tensor, other: Tensor) -> float:
    """How far colours (N, 3) in Oklab have to be moved to become others (M, 3), seen along 64 directions."""
    return sliced_wasserstein(one, other, projections=_DIRECTIONS)


def structural_similarity(one: Tensor, other: Tensor) -> float:
    """SSIM of the luma of two pictures (1, 3, H, W) in [0, 1] (Wang, Bovik, Sheikh and Simoncelli 2004, eq. 13).

    torchmetrics has it, too, and agrees; but importing torchmetrics takes longer than importing torch.
    """
    weights = torch.tensor(_LUMA, device=one.device).view(1, 3, 1, 1)
    a, b = ((picture.float() * weights).sum(1, keepdim=True) for picture in (one, other))
    mean_a, mean_b, square_a, square_b, product = (_windows(x) for x in (a, b, a * a, b * b, a * b))
    steady, steady_contrast = _STEADY
    alike = (2 * mean_a * mean_b + steady) * (2 * (product - mean_a * mean_b) + steady_contrast)
    size = (mean_a**2 + mean_b**2 + steady) * (square_a - mean_a**2 + square_b - mean_b**2 + steady_contrast)
    return float((alike / size).mean())


def _windows(luma: Tensor) -> Tensor:
    """Means under a Gaussian window around every pixel, the picture reflected at its edges."""
    border = _WINDOW // 2
    luma = F.pad(luma, (border, border, border, border), mode="reflect")
    distance = torch.arange(_WINDOW, device=luma.device) - (_WINDOW - 1) / 2
    bell = torch.exp(-(distance**2) / (2 * _DEVIATION**2))
    bell = bell / bell.sum()
    down: Tensor = F.conv2d(luma, bell.view(1, 1, -1, 1))
    return F.conv2d(down, bell.view(1, 1, 1, -1))
