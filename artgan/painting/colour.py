"""Colours as people see them: Oklab (B. Ottosson, "A perceptual color space for image processing", 2020)."""

import torch
from torch import Tensor

# The post's matrices: linear sRGB to cone responses, and their cube roots to Oklab.
_RGB_TO_LMS = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
_LMS_TO_LAB = (
    (0.2104542553, 0.7936177850, -0.0040720468),
    (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)


def to_oklab(images: Tensor) -> Tensor:
    """sRGB in [0, 1] to Oklab, (N, 3, H, W)."""
    linear = torch.where(images <= 0.04045, images / 12.92, ((images.clamp_min(0) + 0.055) / 1.055) ** 2.4)
    cones = _mixed(linear, _RGB_TO_LMS)
    return _mixed(cones.sign() * cones.abs() ** (1 / 3), _LMS_TO_LAB)


def _mixed(images: Tensor, rows: tuple[tuple[float, ...], ...]) -> Tensor:
    matrix = torch.tensor(rows, dtype=images.dtype, device=images.device)
    return (matrix @ images.flatten(2)).view_as(images)
