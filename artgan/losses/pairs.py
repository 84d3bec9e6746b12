"""How far paintings are from their contents and styles, each pair for itself: what a painter in one pass is trained by.

The losses are those of `perceptual`, relative to the target. Styles are compared by the root of the squared distance,
the relative error of the Gram matrix: squares would let the pairs that are furthest from each other decide alone.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from artgan.losses.perceptual import content_loss, style_loss

_SMALLEST = 1e-4
"""Added below the root, which has no slope at zero."""


def pair_content(features: Tensor, target: Tensor, metric: Tensor | None = None) -> Tensor:
    """Squared distance of features (N, C, H, W) to those of the contents, relative to these: (N,)."""
    pairs = zip(torch.split(features, 1), torch.split(target, 1), strict=True)
    return torch.stack([content_loss(own, wanted, "relative", metric=metric) for own, wanted in pairs])


def pair_style(grams: Tensor, targets: Tensor, metric: Tensor | None = None) -> Tensor:
    """Relative error of Gram matrices (N, C, C) of one layer: (N,)."""
    pairs = zip(torch.split(grams, 1), torch.split(targets, 1), strict=True)
    squares = torch.stack([style_loss(own, wanted, "relative", metric=metric) for own, wanted in pairs])
    return (squares.clamp_min(0) + _SMALLEST).sqrt()


def weighted(losses: Mapping[str, Tensor], weights: Mapping[str, float]) -> Tensor:
    """The sum of losses by layer, by these weights."""
    return torch.stack([losses[layer] * weight for layer, weight in weights.items()]).sum(0)
