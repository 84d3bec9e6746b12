"""Content, style and smoothness losses of neural style transfer.

Gatys, Ecker and Bethge, "A Neural Algorithm of Artistic Style" (2015), arXiv:1508.06576, and "Image Style Transfer
Using Convolutional Neural Networks" (CVPR 2016). Losses are float32 whatever the features come in.

Three normalisations of the same squared differences:

- `gatys`: the paper's. Content (eq. 1): 1/2 sum (F - P)^2. Style (eq. 4): 1/(4 N^2 M^2) sum (G - A)^2 with Gram
  matrices summed over the M positions. Contents and styles of different sizes are compared through Gram matrices that
  are already divided by their own M, which is the same thing when the sizes agree.
- `mean`: means of squares, as in many tutorials.
- `relative`: divided by the squared norm of the target, so that a weight means the same at every size, layer and
  encoder.

`metric` (C, C), when given, measures differences d of C channels as d^T metric d instead of d^T d: a thin encoder's way
of comparing in the space of the network it was distilled from.
"""

from typing import Any, Literal

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

Normalization = Literal["relative", "gatys", "mean"]


def gram_matrix(features: Tensor, guide: Tensor | None = None) -> Tensor:
    """Second moments of the channels, averaged over positions: (N, C, H, W) -> (N, C, C), float32.

    This is Gatys' Gram matrix (eq. 3) divided by the number of positions H W, which makes sizes comparable. `guide`,
    (1, 1, H, W), not negative and not all zero, weighs the positions: with T^2 = guide / sum(guide) it is the guided
    Gram matrix of Gatys et al. 2017 (arXiv:1611.07865, section 4).
    """
    batch, channels, height, width = features.shape
    flat = features.permute(0, 2, 3, 1).reshape(batch, height * width, channels)
    if guide is not None:
        flat = flat * guide.reshape(1, height * width, 1).sqrt().to(flat.dtype)
    moments: Tensor = _Moments.apply(flat)
    return moments / (height * width if guide is None else guide.sum())


class _Moments(torch.autograd.Function):
    """flat^T flat, (N, P, C) -> (N, C, C) float32, summed in float32 from the features' precision.

    Autograd would multiply once for each of the two factors and add; they are the same, so once is enough.
    """

    @staticmethod
    def forward(ctx: Any, flat: Tensor) -> Tensor:
        ctx.save_for_backward(flat)
        return torch.bmm(flat.transpose(1, 2), flat).float()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        (flat,) = ctx.saved_tensors
        both = gradients[0] + gradients[0].transpose(1, 2)
        return torch.bmm(flat, both.to(flat.dtype))


def content_loss(
    features: Tensor,
    target: Tensor,
    normalization: Normalization,
    *,
    metric: Tensor | None = None,
    channels: int | None = None,
) -> Tensor:
    """Squared distance of features (N, C, H, W) to a target of the same shape: a scalar.

    `channels` is the layer's nominal number of channels where it differs from C; only `mean` needs it.
    """
    difference = features.float() - target.float()
    squares = feature_squares(difference, metric)
    if normalization == "gatys":
        return squares / 2
    if normalization == "mean":
        batch, own, height, width = features.shape
        return squares / (batch * (channels or own) * height * width)
    return squares / feature_squares(target.float(), metric).clamp_min(1e-12)


def style_loss(
    gram: Tensor,
    target: Tensor,
    normalization: Normalization,
    *,
    metric: Tensor | None = None,
    channels: int | None = None,
) -> Tensor:
    """Squared distance of one layer's Gram matrices (N, C, C) to a target of the same or (1, C, C) shape: a scalar.

    `channels` is the paper's N_l, the layer's nominal number of channels, where it differs from C.
    """
    squares = gram_squares(gram - target, metric)
    count = channels or gram.shape[-1]
    if normalization == "gatys":
        return squares / (4 * count**2)
    if normalization == "mean":
        return squares / (gram.shape[0] * count**2)
    return squares / (gram.shape[0] * gram_squares(target, metric)).clamp_min(1e-12)


def total_variation(images: Tensor) -> Tensor:
    """Mean squared difference of neighbouring pixels, both directions added: (N, C, H, W) -> scalar."""
    down = images[..., 1:, :] - images[..., :-1, :]
    right = images[..., :, 1:] - images[..., :, :-1]
    return down.square().mean() + right.square().mean()


def feature_squares(difference: Tensor, metric: Tensor | None) -> Tensor:
    """|d|^2 of a difference of features (N, C, H, W), summed; with a metric M = W^T W, |W d|^2 = d^T M d."""
    squares: Tensor = _Squares.apply(difference, metric)
    return squares


class _Squares(torch.autograd.Function):
    """The sum over positions of d^T metric d for differences (N, C, H, W), or of d^T d; the metric is symmetric.

    Autograd would multiply by the metric for each of the two factors again, in another layout than the encoder's.
    """

    @staticmethod
    def forward(ctx: Any, difference: Tensor, metric: Tensor | None) -> Tensor:
        measured = difference if metric is None else (difference.permute(0, 2, 3, 1) @ metric).permute(0, 3, 1, 2)
        ctx.save_for_backward(measured)
        return (measured * difference).sum()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        (measured,) = ctx.saved_tensors
        return measured * (2 * gradients[0]), None


def gram_squares(difference: Tensor, metric: Tensor | None) -> Tensor:
    """|D|^2 of a difference of symmetric matrices; with a metric M = W^T W, |W D W^T|^2 = tr(M D M D)."""
    if metric is None:
        return difference.square().sum()
    product = metric @ difference
    return (product * product.transpose(-1, -2)).sum()
