"""Gaussians moved onto each other: roots of symmetric matrices, and the optimal map between two covariances.

G. Peyré and M. Cuturi, "Computational Optimal Transport" (2019), remark 2.31. Matrices are symmetric and positive
semi-definite, (..., C, C), of any floating type.
"""

import torch
from torch import Tensor


def symmetric_root(matrix: Tensor) -> Tensor:
    """The symmetric root R of a matrix A: R R = A. Eigenvalues that rounding has left below zero count as zero."""
    values, vectors = torch.linalg.eigh(matrix)
    root: Tensor = (vectors * values.clamp_min(0).sqrt().unsqueeze(-2)) @ vectors.mT
    return root


def transport_map(source: Tensor, target: Tensor) -> Tensor:
    """The symmetric T that moves a Gaussian the least: T source T = target. `source` is positive definite.

    T = S^-1 (S target S)^1/2 S^-1 with S the root of `source` (Monge's map between Gaussians; remark 2.31, eq. 2.40).
    """
    root = symmetric_root(source)
    inverse: Tensor = torch.linalg.inv(root)
    return inverse @ symmetric_root(root @ target @ root) @ inverse
