"""Colours as a Gaussian, and pictures whose colours are moved from one to another, each by the same linear map.

The maps are `transport`'s, in sRGB as it is stored: quick, the same for every piece of a picture, and close enough for
a network that goes on from there. (`painting.colour` does it in Oklab, for colours that are kept to the end.)
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from artgan.losses.transport import transport_map

_FLOOR = 0.01**2
"""Added to every variance, so that a gray picture's noise is not blown up to colours."""

_AT_ONCE = 2**16
"""Pixels whose sums are float32."""


@dataclass(frozen=True)
class Colours:
    """Mean (N, 3) and covariance (N, 3, 3) of the colours of pictures; float64, on the CPU."""

    mean: Tensor
    covariance: Tensor


def colours_of(images: Tensor) -> Colours:
    """Of pictures (N, 3, H, W) in [0, 1], each for itself."""
    count = images.shape[-2] * images.shape[-1]
    mean = torch.zeros(len(images), 3, dtype=torch.float64)
    second = torch.zeros(len(images), 3, 3, dtype=torch.float64)
    for some in torch.split(images.flatten(2), _AT_ONCE, dim=2):  # a large picture is not copied whole
        pixels = some.float()
        mean += pixels.sum(2).cpu().double() / count
        second += (pixels @ pixels.transpose(1, 2)).cpu().double() / count
    return Colours(mean, second - _outer(mean))


def mixed_colours(parts: Sequence[Colours], shares: Sequence[float]) -> Colours:
    """Of a picture that holds several, each on its share of the area; shares need not sum to one."""
    weights = [share / sum(shares) for share in shares]
    mean = torch.stack([part.mean * weight for part, weight in zip(parts, weights, strict=True)]).sum(0)
    seconds = [part.covariance + _outer(part.mean) for part in parts]
    second = torch.stack([one * weight for one, weight in zip(seconds, weights, strict=True)]).sum(0)
    return Colours(mean, second - _outer(mean))


@dataclass(frozen=True)
class ColourMap:
    """A linear map of colours: `matrix` (N, 3, 3), `shift` (N, 3, 1)."""

    matrix: Tensor
    shift: Tensor

    def __call__(self, images: Tensor) -> Tensor:
        """Pictures (N, 3, H, W), or pieces of them, moved and clipped to [0, 1]."""
        moved = self.matrix.to(images) @ images.flatten(2) + self.shift.to(images)
        return moved.clamp_(0, 1).view_as(images)


def colour_map(own: Colours, wanted: Colours, amount: float = 1.0) -> ColourMap:
    """What moves pictures with these colours the share `amount` of the way to those wanted."""
    floor = _FLOOR * torch.eye(3, dtype=torch.float64)
    full = transport_map(own.covariance + floor, wanted.covariance + floor)
    matrix = torch.lerp(torch.eye(3, dtype=torch.float64).expand_as(full), full, amount)
    mean = torch.lerp(own.mean, wanted.mean.expand_as(own.mean), amount)
    return ColourMap(matrix, (mean[..., None] - matrix @ own.mean[..., None]))


def recoloured(images: Tensor, styles: Tensor, amount: float = 1.0) -> Tensor:
    """Pictures (N, 3, H, W) in [0, 1] in the colours of as many styles, or of one."""
    return colour_map(colours_of(images), colours_of(styles), amount)(images)


def _outer(mean: Tensor) -> Tensor:
    return mean[..., :, None] * mean[..., None, :]
