"""The discriminator of CycleGAN, which judges patches of 70x70 pixels (Isola et al. 2017, arXiv:1611.07004)."""

from typing import Literal

import torch
from torch import Tensor, nn

from artgan.models.instance_norm import InstanceNorm
from artgan.models.layers import TrainableNetwork, initialise_normal

PatchNorm = Literal["instance", "batch", "none"]

_SLOPE = 0.2


class PatchDiscriminator(TrainableNetwork):
    """Pictures in, a map of logits out, one a patch: above zero means real.

    With three halvings, width 64 and one head it has 2,764,737 parameters with instance norm; with batch norm, as the
    report "Homework 4 Report" (R06922068) has it, 2,765,633, and 1,792 running statistics.

    Args:
        width: channels of the largest maps, 64 in the paper.
        halvings: convolutions of stride 2; three judge 70x70 pixels, two 34x34, one 16x16.
        norm: "instance", "batch", or "none".
        heads: opinions on each patch, which share all but the last layer; a loss of its own can teach each of them.
    """

    def __init__(self, *, width: int, halvings: int = 3, norm: PatchNorm = "instance", heads: int = 1) -> None:
        super().__init__()
        self.norm = norm
        layers: list[nn.Module] = [nn.Conv2d(3, width, 4, stride=2, padding=1), nn.LeakyReLU(_SLOPE, inplace=True)]
        before = width
        for level in range(1, halvings + 1):
            after = width * min(8, 2**level)
            layers.append(
                nn.Conv2d(before, after, 4, stride=2 if level < halvings else 1, padding=1, bias=norm != "batch")
            )
            if norm != "none":
                layers.append(InstanceNorm(after) if norm == "instance" else nn.BatchNorm2d(after))
            layers.append(nn.LeakyReLU(_SLOPE, inplace=True))
            before = after
        self.layers = nn.Sequential(*layers, nn.Conv2d(before, heads, 4, padding=1))

    def forward(self, images: Tensor) -> Tensor:
        """(N, 3, H, W) in [-1, 1] -> logits (N, heads, H', W')."""
        logits: Tensor = self.layers(images)
        return logits

    def initialise(self, random: torch.Generator) -> None:
        """The paper's: weights N(0, 0.02), batch norm's scales N(1, 0.02)."""
        initialise_normal(self, random)
