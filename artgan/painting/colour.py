"""Keeping a picture's colours while it takes on a painting's strokes: statistics matched before, or chroma kept after.

Both work in Oklab (B. Ottosson, "A perceptual color space for image processing", 2020), where equal steps look about
equally large and lightness is told apart from colour. L. Gatys et al., "Controlling Perceptual Factors in Neural Style
Transfer" (CVPR 2017), section 5, do the same in RGB and YIQ; of the maps that match mean and covariance the symmetric
one is taken, which changes colours the least. Pictures are (1, 3, H, W), sRGB in [0, 1]; Oklab is L in [0, 1], a and b.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from artgan.losses.transport import transport_map

# The post's matrices: linear sRGB to cone responses, their cube roots to Oklab, and both back.
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
_LAB_TO_LMS = (
    (1.0, 0.3963377774, 0.2158037573),
    (1.0, -0.1055613458, -0.0638541728),
    (1.0, -0.0894841775, -1.2914855480),
)
_LMS_TO_RGB = (
    (4.0767416621, -3.3077115913, 0.2309699292),
    (-1.2684380046, 2.6097574011, -0.3413193965),
    (-0.0041960863, -0.7034186147, 1.7076147010),
)

SMALLEST_DEVIATION = 0.01
"""Oklab units added, squared, to every variance: so a gray painting gets the photo's mean colour, and what chroma its
scan or JPEG left in it is not blown up to the photo's."""
_GAMUT_TOLERANCE = 1e-4
_BAND = 2**20
"""Pixels that are changed at once."""
_HALVINGS = 12
"""Of the interval in which the largest chroma that sRGB can show is looked for: exact to 1/4096."""


@dataclass(frozen=True, kw_only=True)
class Palette:
    """Mean (3,) and covariance (3, 3) of a picture's colours in Oklab; float64, on the CPU."""

    mean: Tensor
    covariance: Tensor


def palette(image: Tensor, weights: Tensor | None = None) -> Palette:
    """The colours of a picture, all pixels alike or by `weights` (1, 1, H, W), which are not all zero."""
    total = torch.zeros((), dtype=torch.float64)
    first, second = torch.zeros(3, dtype=torch.float64), torch.zeros(3, 3, dtype=torch.float64)
    for rows in _bands(image):
        pixels = to_oklab(image[..., rows, :])[0].flatten(1).cpu().double()
        shares = torch.ones_like(pixels[:1]) if weights is None else weights[..., rows, :].reshape(1, -1).cpu().double()
        total += shares.sum()
        first += (pixels * shares).sum(1)
        second += (pixels * shares) @ pixels.T
    mean = first / total
    return Palette(mean=mean, covariance=second / total - mean.outer(mean))


def match_palette(image: Tensor, wanted: Palette, amount: float) -> Tensor:
    """The picture with its colours moved the share `amount` of the way to those wanted, each by the same linear map."""
    own = palette(image)
    floor = SMALLEST_DEVIATION**2 * torch.eye(3, dtype=torch.float64)
    moved = transport_map(own.covariance + floor, wanted.covariance + floor)
    matrix = torch.lerp(torch.eye(3, dtype=torch.float64), moved, amount)
    mean = torch.lerp(own.mean, wanted.mean, amount)
    shift = mean - matrix @ own.mean
    matrix, shift = matrix.float().to(image.device), shift.float().to(image.device).view(1, 3, 1, 1)
    return _in_bands(lambda band: from_oklab(_mixed(to_oklab(band), matrix) + shift), image)


def keep_chroma(painting: Tensor, content: Tensor, amount: float) -> Tensor:
    """The painting's lightness with its chroma moved the share `amount` of the way to the content's (same size)."""

    def kept(painting: Tensor, content: Tensor) -> Tensor:
        painted, own = to_oklab(painting), to_oklab(content)
        return from_oklab(torch.cat([painted[:, :1], torch.lerp(painted[:, 1:], own[:, 1:], amount)], dim=1))

    return _in_bands(kept, painting, content)


def to_oklab(images: Tensor) -> Tensor:
    """sRGB in [0, 1] to Oklab, (N, 3, H, W)."""
    linear = torch.where(images <= 0.04045, images / 12.92, ((images.clamp_min(0) + 0.055) / 1.055) ** 2.4)
    return linear_to_oklab(linear)


def linear_to_oklab(images: Tensor) -> Tensor:
    """Linear sRGB, also beyond [0, 1], to Oklab, (N, 3, H, W)."""
    cones = _mixed(images, _matrix(_RGB_TO_LMS, images))
    return _mixed(cones.sign() * cones.abs() ** (1 / 3), _matrix(_LMS_TO_LAB, images))


def from_oklab(lab: Tensor) -> Tensor:
    """Oklab to sRGB in [0, 1], (N, 3, H, W). A colour that sRGB cannot show keeps lightness and hue, not chroma."""
    light, chroma = lab[:, :1].clamp(0, 1), lab[:, 1:]
    linear = _to_linear(light, chroma)
    outside = ((linear < -_GAMUT_TOLERANCE) | (linear > 1 + _GAMUT_TOLERANCE)).any(dim=1, keepdim=True)
    if outside.any():
        least, most = torch.zeros_like(light), torch.ones_like(light)
        for _ in range(_HALVINGS):
            middle = (least + most) / 2
            shown = _to_linear(light, chroma * middle)
            fits = ((shown >= 0) & (shown <= 1)).all(dim=1, keepdim=True)
            least, most = torch.where(fits, middle, least), torch.where(fits, most, middle)
        linear = torch.where(outside, _to_linear(light, chroma * least), linear)
    linear = linear.clamp(0, 1)
    return torch.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055).clamp(0, 1)


def _in_bands(change: Callable[..., Tensor], *images: Tensor) -> Tensor:
    """What changes each pixel for itself, of pictures of one size, some rows at a time: it takes many maps to do it."""
    return torch.cat([change(*(image[..., rows, :] for image in images)) for rows in _bands(images[0])], dim=2)


def _bands(image: Tensor) -> Iterator[slice]:
    height, width = image.shape[-2:]
    rows = max(1, _BAND // width)
    for top in range(0, height, rows):
        yield slice(top, min(height, top + rows))


def _to_linear(light: Tensor, chroma: Tensor) -> Tensor:
    lab = torch.cat([light, chroma], dim=1)
    return _mixed(_mixed(lab, _matrix(_LAB_TO_LMS, lab)) ** 3, _matrix(_LMS_TO_RGB, lab))


def _mixed(images: Tensor, matrix: Tensor) -> Tensor:
    """The channels of (N, 3, H, W) through a matrix (3, 3)."""
    return (matrix @ images.flatten(2)).view_as(images)


def _matrix(rows: tuple[tuple[float, ...], ...], like: Tensor) -> Tensor:
    return torch.tensor(rows, dtype=like.dtype, device=like.device)
