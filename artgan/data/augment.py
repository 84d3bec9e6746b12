"""Differentiable augmentation: D sees real and generated pictures alike through random changes, so that little data is
not learned by heart, and G, through which the gradient passes, still learns pictures without them.

Zhao et al. 2020, "Differentiable Augmentation for Data-Efficient GAN Training" (arXiv:2006.10738), whose three kinds
and ranges these are. With a probability below one per change and picture, as in Karras et al. 2020 (ADA,
arXiv:2006.06676), changes do not leak into what G draws. Everything is matrix products and masks: computed batched on
the device, the same each time on a GPU too, and differentiable twice.
"""

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

SHIFT = 1 / 8
"""Translations reach this share of the side."""
CUTOUT = 1 / 2
"""The square that is cut out has this share of the side."""


class _Draw:
    """Random numbers for N pictures, drawn on the CPU and moved, and which pictures a change applies to."""

    def __init__(self, images: Tensor, probability: float | Tensor, random: torch.Generator) -> None:
        self._images, self._probability, self._random = images, probability, random

    def uniform(self, low: float, high: float) -> Tensor:
        """(N, 1, 1, 1) uniform in [low, high)."""
        drawn = torch.rand(len(self._images), 1, 1, 1, generator=self._random)
        return (low + (high - low) * drawn).to(self._images, non_blocking=True)

    def chosen(self) -> Tensor:
        """(N, 1, 1, 1) bool, True with the probability of a change."""
        return self.uniform(0, 1) < self._probability


def augment(
    images: Tensor, kinds: Sequence[str], random: torch.Generator, *, probability: float | Tensor = 1.0
) -> Tensor:
    """Change pictures at random.

    Args:
        images: (N, 3, H, W) float32 in [-1, 1].
        kinds: of `KINDS`, done in the order given.
        random: CPU generator; the same one draws the same changes on every device and for every probability.
        probability: of each change for each picture; may be a 0-d tensor on the pictures' device.

    Returns:
        (N, 3, H, W); colours may leave [-1, 1], and what comes from outside of a picture is 0, middle gray.
    """
    draw = _Draw(images, probability, random)
    for kind in kinds:
        images = KINDS[kind](images, draw)
    return images


def mirror(images: Tensor, random: torch.Generator) -> Tensor:
    """Flip each picture (N, 3, H, W) left to right with probability 1/2."""
    chosen = torch.rand(len(images), 1, 1, 1, generator=random) < 0.5
    return torch.where(chosen.to(images.device), images.flip(3), images)


def _colour(images: Tensor, draw: _Draw) -> Tensor:
    """Brightness up to +-0.5 of a range of 2, saturation times 0 to 2, contrast times 0.5 to 1.5, chosen together."""
    chosen = draw.chosen()
    brightness = torch.where(chosen, draw.uniform(-0.5, 0.5), 0.0)
    saturation = torch.where(chosen, draw.uniform(0.0, 2.0), 1.0)
    contrast = torch.where(chosen, draw.uniform(0.5, 1.5), 1.0)
    images = images + brightness
    images = torch.lerp(images.mean(1, keepdim=True), images, saturation)
    return torch.lerp(images.mean((1, 2, 3), keepdim=True), images, contrast)


def _translation(images: Tensor, draw: _Draw) -> Tensor:
    """Whole pixels up, down and sideways, up to `SHIFT` of the side."""
    chosen = draw.chosen()
    height, width = images.shape[2:]
    down, right = (_whole(draw.uniform(-SHIFT, SHIFT) * side, chosen) for side in (height, width))
    return _shifter(height, down, images) @ images @ _shifter(width, right, images).mT


def _cutout(images: Tensor, draw: _Draw) -> Tensor:
    """A gray square whose centre lies anywhere in the picture."""
    chosen = draw.chosen()
    inside = chosen
    for axis, side in ((2, images.shape[2]), (3, images.shape[3])):
        centre = draw.uniform(0, side)
        pixels = torch.arange(side, device=images.device).view([side if a == axis else 1 for a in range(4)]) + 0.5
        inside = inside & ((pixels - centre).abs() < side * CUTOUT / 2)
    return images * (~inside).to(images.dtype)


KINDS: Mapping[str, Callable[[Tensor, _Draw], Tensor]] = {
    "color": _colour,
    "translation": _translation,
    "cutout": _cutout,
}
"""The kinds of change by name."""


def _whole(pixels: Tensor, chosen: Tensor) -> Tensor:
    return torch.where(chosen, pixels.round(), 0.0)


def _shifter(side: int, by: Tensor, like: Tensor) -> Tensor:
    """Matrices (N, 1, side, side) that move a column of pixels down by whole numbers (N, 1, 1, 1)."""
    places = torch.arange(side, device=like.device, dtype=like.dtype)
    return (places.view(side, 1) - by == places).to(like.dtype)
