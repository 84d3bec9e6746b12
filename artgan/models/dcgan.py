"""DCGAN (Radford, Metz and Chintala 2016, arXiv:1511.06434): the paper's 64 px networks, and other sizes by depth.

At 64 px and width 64 the generator has 3,576,704 parameters and the discriminator 2,765,568, both without biases, as
in the widely copied PyTorch example.
"""

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrizations

from artgan.models.layers import (
    FromLatent,
    HalvingConvolution,
    ToLogit,
    TrainableNetwork,
    Upsampling,
    channels,
    doubling,
    initialise_he,
    initialise_normal,
)

Norm = Literal["batch", "none", "spectral"]

_SLOPE = 0.2


class Generator(TrainableNetwork):
    """Latent vectors in, pictures out.

    Args:
        size: side of the pictures, a power of two from 8 on; doubling it adds a layer.
        width: channels of the largest map, 64 in the paper.
        latent_dim: length of z, 100 in the paper.
        upsample: "transpose", the paper's, or "nearest" or "bilinear" before a 3x3 convolution, which make no
            checkerboards.

    Raises:
        UsageError: the size is no power of two.
    """

    def __init__(self, *, size: int, width: int, latent_dim: int, upsample: Upsampling = "transpose") -> None:
        super().__init__()
        self.latent_dim = latent_dim
        widths = channels(size, width)
        layers: list[nn.Module] = [FromLatent(latent_dim, widths[0])]
        for before, after in zip(widths, [*widths[1:], 3], strict=True):
            layers += [nn.BatchNorm2d(before), nn.ReLU(inplace=True), doubling(before, after, upsample)]
        self.layers = nn.Sequential(*layers, nn.Tanh())

    def forward(self, z: Tensor) -> Tensor:
        """(N, latent_dim), standard normal -> pictures (N, 3, size, size) in [-1, 1]."""
        images: Tensor = self.layers(z)
        return images

    def initialise(self, random: torch.Generator) -> None:
        """The paper's initial weights."""
        initialise_normal(self, random)


class Discriminator(TrainableNetwork):
    """Pictures in, logits out: above zero means real.

    Args:
        size: side of the pictures, a power of two from 8 on.
        width: channels of the largest map, 64 in the paper.
        norm: "batch", the paper's; "none", which penalties of gradients need; "spectral" (Miyato et al. 2018,
            arXiv:1802.05957) on every layer.

    Raises:
        UsageError: the size is no power of two.
    """

    def __init__(self, *, size: int, width: int, norm: Norm = "batch") -> None:
        super().__init__()
        self.norm = norm
        widths = channels(size, width)[::-1]
        layers: list[nn.Module] = []
        for position, (before, after) in enumerate(zip([3, *widths[:-1]], widths, strict=True)):
            layers.append(self._limited(HalvingConvolution(before, after, bias=norm != "batch")))
            if norm == "batch" and position > 0:
                layers.append(nn.BatchNorm2d(after))
            layers.append(nn.LeakyReLU(_SLOPE, inplace=True))
        self.layers = nn.Sequential(*layers, self._limited(ToLogit(widths[-1])))

    def forward(self, images: Tensor) -> Tensor:
        """(N, 3, size, size) in [-1, 1] -> logits (N,)."""
        logits: Tensor = self.layers(images)
        return logits

    def initialise(self, random: torch.Generator) -> None:
        """The paper's initial weights with batch norm, He's without; with spectral norm, which leaves of weights only
        their direction, those that PyTorch drew."""
        if self.norm == "batch":
            initialise_normal(self, random)
        else:
            initialise_he(self, random, slope=_SLOPE)

    def _limited(self, layer: nn.Module) -> nn.Module:
        return parametrizations.spectral_norm(layer) if self.norm == "spectral" else layer
