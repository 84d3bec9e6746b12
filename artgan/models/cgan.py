"""Anime faces from tags: the conditional GAN of "Homework 4 Report" (R06922068), layer by layer.

At 64 px, width 64, latent_dim 100 and 23 tags the discriminator has 4,589,185 parameters, the generator 5,323,779 and
1,920 statistics of batch norm, as the report's own table says. Padding, batch norm's momentum and epsilon, and the
order in which maps are flattened are Keras', in which the report was written.
"""

from typing import Literal, TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import parametrizations

from artgan.models.layers import (
    SMALLEST,
    SameConvolution,
    SameTransposedConvolution,
    TrainableNetwork,
    Upsampling,
    channels,
    doubling,
    initialise_truncated,
)

Norm = Literal["none", "batch", "spectral"]

CONDITION_FEATURES = 256
"""Width of the dense layer through which the report's first attempt, a WGAN-GP, passed its condition."""

_SLOPE = 0.2  # DCGAN's; the report names none
_Layer = TypeVar("_Layer", bound=nn.Module)


class Condition(nn.Module):
    """Tags (N, tags) to what the networks join to their input.

    The tags themselves, or, with `features` above zero, a dense layer of that width and a ReLU. `size` is the number
    of features that come out.
    """

    def __init__(self, tags: int, features: int) -> None:
        super().__init__()
        self.dense = nn.Linear(tags, features) if features else None
        self.size = features or tags

    def forward(self, tags: Tensor) -> Tensor:
        """(N, tags) of 0 and 1, a group that is unknown all 0 -> (N, size)."""
        return tags if self.dense is None else F.relu(self.dense(tags))


class Generator(TrainableNetwork):
    """Latent vectors and tags in, pictures out.

    Args:
        tags: length of a tag vector.
        size: side of the pictures, a power of two from 8 on; doubling it adds a layer.
        width: channels of the largest map.
        latent_dim: length of z.
        condition_features: width of a dense layer for the tags; 0 joins the tags themselves.
        upsample: "transpose", the report's 5x5, or "nearest" or "bilinear" before a 3x3 convolution, which make no
            checkerboards.

    Raises:
        UsageError: the size is no power of two.
    """

    def __init__(
        self,
        *,
        tags: int,
        size: int,
        width: int,
        latent_dim: int,
        condition_features: int = 0,
        upsample: Upsampling = "transpose",
    ) -> None:
        super().__init__()
        self.latent_dim = latent_dim
        self.condition = Condition(tags, condition_features)
        widths = channels(size, width)
        self.dense = nn.Linear(latent_dim + self.condition.size, SMALLEST**2 * widths[0])
        layers: list[nn.Module] = []
        for before, after in zip(widths, [*widths[1:], 3], strict=True):
            # Keras counts its momentum the other way round.
            layers += [nn.BatchNorm2d(before, eps=1e-3, momentum=0.01), nn.ReLU(inplace=True)]
            report = upsample == "transpose"
            layers.append(SameTransposedConvolution(before, after) if report else doubling(before, after, upsample))
        self.layers = nn.Sequential(*layers, nn.Tanh())

    def forward(self, z: Tensor, tags: Tensor) -> Tensor:
        """(N, latent_dim), standard normal, and (N, tags) of 0 and 1, a group that is unknown all 0 -> pictures
        (N, 3, size, size) in [-1, 1]."""
        start = self.dense(torch.cat([z, self.condition(tags)], dim=1))
        images: Tensor = self.layers(start.view(len(z), SMALLEST, SMALLEST, -1).permute(0, 3, 1, 2))
        return images

    def initialise(self, random: torch.Generator) -> None:
        """The report's initial weights."""
        initialise_truncated(self, random)


class Discriminator(TrainableNetwork):
    """Pictures and tags in, logits out: above zero means a real picture with its right tags.

    The tags enter late, at 4x4, so a picture judged with several tags passes the convolutions once: `see` and then
    `judge` for each. The arguments are the generator's, and

        norm: "none", the report's; "batch" behind all convolutions but the first, as DCGAN has it; "spectral" (Miyato
            et al. 2018, arXiv:1802.05957) on every layer.
    """

    def __init__(self, *, tags: int, size: int, width: int, condition_features: int = 0, norm: Norm = "none") -> None:
        super().__init__()
        self.norm = norm
        self.condition = Condition(tags, condition_features)
        widths = channels(size, width)[::-1]
        layers: list[nn.Module] = []
        for position, (before, after) in enumerate(zip([3, *widths[:-1]], widths, strict=True)):
            layers.append(self._limited(SameConvolution(before, after)))
            if norm == "batch" and position > 0:
                layers.append(nn.BatchNorm2d(after))
            layers.append(nn.LeakyReLU(_SLOPE, inplace=True))
        self.layers = nn.Sequential(*layers)
        self.joint = self._limited(nn.Conv2d(widths[-1] + self.condition.size, widths[-1], 1))
        self.dense = self._limited(nn.Linear(SMALLEST**2 * widths[-1], 1))

    def forward(self, images: Tensor, tags: Tensor) -> Tensor:
        """(N, 3, size, size) in [-1, 1] and (N, tags) -> logits (N,)."""
        return self.judge(self.see(images), tags)

    def see(self, images: Tensor) -> Tensor:
        """What the pictures contribute to the 1x1 convolution of maps and tags, (N, C, 4, 4)."""
        maps = self.layers(images)
        return F.conv2d(maps, self.joint.weight[:, : maps.shape[1]])

    def judge(self, seen: Tensor, tags: Tensor) -> Tensor:
        """Logits (N,) of pictures already seen, with these tags."""
        weight = self.joint.weight[:, seen.shape[1] :].flatten(1)
        told = F.linear(self.condition(tags), weight, self.joint.bias)
        maps = F.leaky_relu(seen + told[:, :, None, None], _SLOPE)
        logits: Tensor = self.dense(maps.permute(0, 2, 3, 1).flatten(1))
        return logits.flatten()

    def initialise(self, random: torch.Generator) -> None:
        """The report's initial weights; with spectral norm, which leaves of weights only their direction, those that
        PyTorch drew."""
        if self.norm != "spectral":
            initialise_truncated(self, random)

    def _limited(self, layer: _Layer) -> _Layer:
        if self.norm == "spectral":
            parametrizations.spectral_norm(layer)
        return layer
