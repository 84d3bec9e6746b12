"""What an encoder sees in pictures, as one vector a picture: the space in which sets of pictures are compared."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from artgan.models.encoder import Encoder

LAYERS = ("relu3_1", "relu4_1")
"""Texture and parts: deep enough to tell a face from a smear, shallow enough for the embedded encoder to see well."""

_SMALLEST, _LARGEST = 64, 128
_BATCH = 64


class Features:
    """Mean activations of an encoder's layers over the picture.

    Pictures below 64 px are enlarged to it and those above 128 px reduced to it: VGG was trained on objects larger
    than a thumbnail, and detail beyond 128 px says little about whether a set of faces looks like faces.

    The embedded encoder's features are thin; they are mapped so that distances between them are those between the
    VGG19 features they stand for.
    """

    def __init__(self, encoder: Encoder, device: torch.device | None = None) -> None:
        self._encoder = encoder
        self._device = device or torch.device("cpu")
        self._maps = {layer: _isometry(encoder.metric(layer)) for layer in LAYERS}
        self.name = f"{encoder.name} {'+'.join(LAYERS)}"
        """What a distance measured here is called by, such as "embedded relu3_1+relu4_1"."""

    def __call__(self, images: Tensor) -> Tensor:
        """The vectors (N, F), float32 on the CPU, of pictures (N, 3, S, S): uint8, or float in [-1, 1]."""
        return torch.cat([self._of(batch) for batch in torch.split(images, _BATCH)])

    @torch.no_grad()
    def _of(self, images: Tensor) -> Tensor:
        images = images.to(self._device)
        unit = images.float() / 255 if images.dtype == torch.uint8 else (images.float() + 1) / 2
        side = min(max(max(unit.shape[-2:]), _SMALLEST), _LARGEST)
        if unit.shape[-2:] != (side, side):
            unit = F.interpolate(unit, size=(side, side), mode="bilinear", antialias=True)
        parts = []
        for layer, activations in self._encoder(unit.clamp(0, 1), LAYERS).items():
            means = activations.float().mean(dim=(2, 3))
            to_vgg = self._maps[layer]
            parts.append(means if to_vgg is None else means @ to_vgg)
        return torch.cat(parts, dim=1).cpu()


@dataclass(frozen=True)
class Standard:
    """Moves and scales features so that the reals lie around the origin with a mean variance of 1.

    One factor for all dimensions: their relative sizes are the encoder's and stay. Distances then mean the same for
    every encoder, and a polynomial kernel sees differences instead of the activations' common level.
    """

    mean: Tensor
    factor: Tensor

    @classmethod
    def of(cls, reals: Tensor) -> "Standard":
        """The standard set by the reals' features (N, F)."""
        return cls(reals.mean(dim=0), reals.var(dim=0).mean().clamp_min(1e-12).rsqrt())

    def __call__(self, features: Tensor) -> Tensor:
        """Features (N, F) in that standard."""
        return (features - self.mean) * self.factor


def _isometry(metric: Tensor | None) -> Tensor | None:
    """The square root R of the metric M = R R^T, with which |x R| is the length of x in that metric."""
    if metric is None:
        return None
    values, vectors = torch.linalg.eigh(metric.cpu().double())  # not every device knows float64
    root: Tensor = (vectors * values.clamp_min(0).sqrt()).float()
    return root.to(metric.device)
