"""A style as the mean and the covariance of its features, and how far two of them are apart.

A Gram matrix is both at once: covariance + mean mean^T. Told apart, the mean of a layer does not drown how its channels
vary together. Two distances, float32 whatever the features come in, independent of the pictures' sizes:

- `covariance_loss`: squared distances of means and of covariances, half each.
- `wasserstein_loss`: the squared 2-Wasserstein distance of Gaussians (Peyré and Cuturi 2019, remark 2.31),
  |m - n|^2 + tr(A + B - 2 (B^1/2 A B^1/2)^1/2): what moving one cloud of features onto the other takes.

`moments` hold a layer's Gram matrix with the mean as a last row, (N, C + 1, C): like Gram matrices, those of two
pictures may be averaged. `metric` is that of `losses.perceptual`: with M = W^T W, features f are compared as W f.
"""

from typing import Any, Literal

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from artgan.losses.perceptual import gram_matrix, gram_squares
from artgan.losses.transport import symmetric_root

Normalization = Literal["relative", "mean"]

_SMALLEST = 0.01
"""Of the second moments' squares: a smaller mean or covariance counts as this. A flat style's covariance is zero."""
_SMALLEST_EIGENVALUE = 1e-7
"""Of the largest: below, a root's slope is that of this one. float32 features tell no smaller ones apart."""
_SMALLEST_SIZE = 1e-12
"""Of a matrix: those of flat pictures are taken as this large, so that no slope is infinite."""
_ITERATIONS = 15


def feature_moments(features: Tensor, guide: Tensor | None = None) -> Tensor:
    """Second and first moments of the channels, (N, C, H, W) -> (N, C + 1, C), float32.

    `guide` weighs positions as in `gram_matrix`.
    """
    second = gram_matrix(features, guide)
    wide = features.float()
    mean = wide.mean((2, 3)) if guide is None else (wide * guide).sum((2, 3)) / guide.sum()
    return torch.cat([second, mean.unsqueeze(1)], dim=1)


def covariance_loss(
    moments: Tensor,
    target: Tensor,
    normalization: Normalization,
    *,
    metric: Tensor | None = None,
    channels: int | None = None,
) -> Tensor:
    """Half the squared distance of means and half that of covariances: a scalar.

    `relative` divides each by the target's own, `mean` by their number of elements, C and C^2 (`channels` where the
    nominal number differs).
    """
    mean, covariance = _parted(moments)
    wanted_mean, wanted = _parted(target)
    of_mean = _vector_squares(mean - wanted_mean, metric)
    of_covariance = gram_squares(covariance - wanted, metric)
    if normalization == "mean":
        count = channels or moments.shape[-1]
        return (of_mean / count + of_covariance / count**2) / (2 * moments.shape[0])
    second = target[..., :-1, :]
    least = _SMALLEST * _trace(second, metric), _SMALLEST * gram_squares(second, metric)
    mean_part = of_mean / torch.maximum(_vector_squares(wanted_mean, metric), least[0]).clamp_min(1e-12)
    covariance_part = of_covariance / torch.maximum(gram_squares(wanted, metric), least[1]).clamp_min(1e-12)
    return (mean_part + covariance_part) / (2 * moments.shape[0])


def wasserstein_loss(
    moments: Tensor,
    target: Tensor,
    normalization: Normalization,
    *,
    root: Tensor,
    metric: Tensor | None = None,
    channels: int | None = None,
) -> Tensor:
    """The squared Wasserstein distance of Gaussians with these moments: a scalar.

    `root` is `target_root(target, metric)`, made once. `relative` divides by the target's mean square of features,
    `mean` by the number of channels.
    """
    mean, covariance = _parted(moments)
    wanted_mean, wanted = _parted(target)
    spread = _trace(covariance, metric) + moments.shape[0] * _trace(wanted, metric)
    distance = _vector_squares(mean - wanted_mean, metric) + spread - 2 * _shared_spread(covariance, root)
    if normalization == "mean":
        return distance / (moments.shape[0] * (channels or moments.shape[-1]))
    return distance / (moments.shape[0] * _trace(target[..., :-1, :], metric)).clamp_min(1e-12)


def target_root(target: Tensor, metric: Tensor | None = None) -> Tensor:
    """What `wasserstein_loss` needs of its target, (1, C, C): P with (B^1/2 A B^1/2)^1/2 = (P a P^T)^1/2.

    a is the covariance of the features and A = H a H that of what is compared, H the root of the metric.
    """
    _, covariance = _parted(target)
    # As precisely as the device can, on the CPU: this is done once a scale, and not all devices know eigenvalues.
    covariance = covariance.cpu().double()
    if metric is None:
        return symmetric_root(covariance).to(target)
    half = symmetric_root(metric.cpu().double())
    return (symmetric_root(half @ covariance @ half) @ half).to(target)


def _parted(moments: Tensor) -> tuple[Tensor, Tensor]:
    """Mean (N, C) and covariance (N, C, C)."""
    mean = moments[..., -1, :]
    return mean, moments[..., :-1, :] - mean.unsqueeze(-1) * mean.unsqueeze(-2)


def _vector_squares(difference: Tensor, metric: Tensor | None) -> Tensor:
    return (difference * (difference if metric is None else difference @ metric)).sum()


def _trace(covariance: Tensor, metric: Tensor | None) -> Tensor:
    """tr(M C), summed over the batch."""
    if metric is None:
        return covariance.diagonal(dim1=-2, dim2=-1).sum()
    return (covariance * metric).sum()


def _shared_spread(covariance: Tensor, root: Tensor) -> Tensor:
    """tr (P a P^T)^1/2, summed over the batch."""
    if covariance.device.type != "cpu":
        return _spread(root @ covariance @ root.mT)
    return _spread(root.double() @ covariance.double() @ root.double().mT).to(covariance.dtype)


def _spread(matrix: Tensor) -> Tensor:
    spread: Tensor = _TraceOfRoot.apply(matrix)
    return spread.sum()


class _TraceOfRoot(torch.autograd.Function):
    """tr K^1/2 of symmetric positive semi-definite matrices, (N, C, C) -> (N,).

    Its gradient is K^-1/2 / 2. Autograd's, through eigenvectors, divides by differences of eigenvalues, which are zero
    for the many channels that never answer.
    """

    @staticmethod
    def forward(ctx: Any, matrix: Tensor) -> Tensor:
        # Eigenvalues are exact, and quick on CPUs; accelerators are quicker at products of matrices.
        trace, inverse = (by_eigenvalues if matrix.device.type == "cpu" else by_products)(matrix)
        ctx.save_for_backward(inverse)
        return trace

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        inverse: Tensor = ctx.saved_tensors[0]
        return gradients[0].view(-1, 1, 1) * inverse / 2


def by_eigenvalues(matrix: Tensor) -> tuple[Tensor, Tensor]:
    """tr K^1/2 and K^-1/2 of (N, C, C); the smallest eigenvalues are taken as somewhat larger in the latter."""
    values, vectors = torch.linalg.eigh(matrix)
    values = values.clamp_min(0)
    least = (_SMALLEST_EIGENVALUE * values[..., -1:]).clamp_min(_SMALLEST_SIZE)
    inverse = (vectors / torch.maximum(values, least).sqrt().unsqueeze(-2)) @ vectors.mT
    return values.sqrt().sum(-1), inverse


def by_products(matrix: Tensor) -> tuple[Tensor, Tensor]:
    """The same by Newton and Schulz's coupled iteration (N. Higham, "Functions of Matrices", 2008, eq. 6.35).

    Eigenvalues that are too small for the iterations to reach them come out too small, with a bounded inverse.
    """
    size = torch.linalg.matrix_norm(matrix, keepdim=True).clamp_min(_SMALLEST_SIZE)
    unit = torch.eye(matrix.shape[-1], dtype=matrix.dtype, device=matrix.device)
    root, inverse = matrix / size, unit.expand_as(matrix)
    for _ in range(_ITERATIONS):
        step = 1.5 * unit - 0.5 * inverse @ root
        root, inverse = root @ step, step @ inverse
    scale = size.sqrt()
    return (root * scale).diagonal(dim1=-2, dim2=-1).sum(-1), inverse / scale
