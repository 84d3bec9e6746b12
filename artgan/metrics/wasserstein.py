"""How far one cloud of points has to be moved to become another."""

import numpy as np
import torch
from torch import Tensor


def sliced_wasserstein(real: Tensor, fake: Tensor, *, projections: int = 512, seed: int = 0) -> float:
    """Mean Wasserstein-1 distance between features (N, F) and (M, F) seen along random directions (Rabin et al. 2011).

    Sets of different sizes are compared by as many quantiles as the smaller one has members.
    """
    directions = torch.randn(real.shape[1], projections, generator=torch.Generator().manual_seed(seed))
    directions /= directions.norm(dim=0)
    count = min(len(real), len(fake))
    places = (torch.arange(count) + 0.5) / count
    seen = [_quantiles(_ordered(features @ directions), places) for features in (real, fake)]
    return float((seen[0] - seen[1]).abs().mean())


def _ordered(seen: Tensor) -> Tensor:
    """Each column sorted; by NumPy, which takes a tenth of the time of torch's sort, since that also tells whence."""
    return torch.from_numpy(np.sort(seen.numpy(), axis=0))


def _quantiles(ordered: Tensor, places: Tensor) -> Tensor:
    """The rows (K, P) of sorted columns (N, P) at the given places in [0, 1], nearest rank."""
    return ordered[(places * len(ordered)).long().clamp_max(len(ordered) - 1)]
