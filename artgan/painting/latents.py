"""Latent vectors: one for each seed, truncated on demand, and closed paths through several."""

import math

import torch
from torch import Tensor

from artgan.runtime import generator

Place = tuple[int, int, float]
"""On a closed path: the stop behind, the stop ahead, and the share of the way between them."""


def latent(seed: int, latent_dim: int, *, truncation: float | None = None) -> Tensor:
    """The latent vector (latent_dim,) of a seed, float32 on the CPU: standard normal, the same on every device.

    `truncation` bounds each element, in deviations. The elements then follow the normal distribution truncated there,
    which Brock et al. 2019 (arXiv:1809.11096, section 3.1) get by drawing anew what falls outside; here each is moved
    to the same quantile of the narrower distribution, so that a seed's picture changes little by little with the bound.
    """
    z = torch.randn(latent_dim, generator=generator(seed))
    return z if truncation is None else _truncated(z, truncation)


def _truncated(z: Tensor, bound: float) -> Tensor:
    edge = torch.tensor(bound, dtype=torch.float64)
    below, above = torch.special.ndtr(-edge), torch.special.ndtr(edge)
    quantiles = below + torch.special.ndtr(z.double()) * (above - below)
    z_truncated: Tensor = torch.special.ndtri(quantiles).clamp(-bound, bound).float()
    return z_truncated


def slerp(start: Tensor, end: Tensor, share: float) -> Tensor:
    """The vector at `share` of the way along the arc from `start` to `end` (White 2016, arXiv:1609.04468).

    Half way between two normal vectors the straight line is 0.7 times as long as either, where a generator has seen
    nothing; the arc keeps the length. Vectors that point the same or opposite ways are joined by the straight line.
    """
    cosine = torch.dot(start, end) / (start.norm() * end.norm()).clamp_min(1e-12)
    angle = math.acos(max(-1.0, min(1.0, float(cosine))))
    if math.sin(angle) < 1e-4:
        return torch.lerp(start, end, share)
    first, second = (math.sin(part * angle) / math.sin(angle) for part in (1 - share, share))
    return first * start + second * end


def stops(count: int, frames: int) -> list[Place]:
    """Where each frame of a loop through `count` stops is.

    The way is the same from stop to stop and from the last back to the first, whose frame does not come again at the
    end; it begins and ends slowly at each (smoothstep), so that turning there is not seen as a jerk.
    """
    places = []
    for frame in range(frames):
        behind, share = divmod(frame * count / frames, 1)
        places.append((int(behind) % count, (int(behind) + 1) % count, share * share * (3 - 2 * share)))
    return places
