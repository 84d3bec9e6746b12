"""The ResNet generator of CycleGAN (Zhu et al. 2017, arXiv:1703.10593, appendix 7.2; Johnson et al. 2016)."""

import torch
from torch import Tensor, nn

from artgan.models.instance_norm import InstanceNorm
from artgan.models.layers import TrainableNetwork, initialise_normal
from artgan.models.reflecting import ReflectingConvolution
from artgan.models.translation_layers import Enlarging, enlarging


class ResnetGenerator(TrainableNetwork):
    """Pictures in, pictures of the same size out: two halvings, residual blocks, two doublings.

    Of width 64 with 9 blocks it has 11,378,179 parameters, with 6 7,837,699, with 4 5,477,379. Between two norms it is
    local, so that it runs on pictures of any size whose sides are multiples of `multiple`.

    Args:
        width: channels of the largest maps, 64 in the paper.
        blocks: residual blocks, in the paper 9 at 256 px and more, 6 at 128.
        upsample: see `enlarging`.
    """

    multiple = 4

    def __init__(self, *, width: int, blocks: int, upsample: Enlarging = "transpose") -> None:
        super().__init__()
        layers = _normed(ReflectingConvolution(3, width, 7), width)
        for before in (width, 2 * width):
            layers += _normed(nn.Conv2d(before, 2 * before, 3, stride=2, padding=1), 2 * before)
        layers += [ResidualBlock(4 * width) for _ in range(blocks)]
        for after in (2 * width, width):
            layers += _normed(enlarging(2 * after, after, upsample, kernel=3), after)
        self.layers = nn.Sequential(*layers, ReflectingConvolution(width, 3, 7), nn.Tanh())

    def forward(self, images: Tensor) -> Tensor:
        """(N, 3, H, W) in [-1, 1] -> the same."""
        translated: Tensor = self.layers(images)
        return translated

    def initialise(self, random: torch.Generator) -> None:
        """The paper's: weights N(0, 0.02)."""
        initialise_normal(self, random)


class ResidualBlock(nn.Module):
    """Two convolutions whose result is added to what came in."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        first = _normed(ReflectingConvolution(channels, channels, 3), channels)
        self.layers = nn.Sequential(*first, ReflectingConvolution(channels, channels, 3), InstanceNorm(channels))

    def forward(self, maps: Tensor) -> Tensor:
        """(N, channels, H, W) -> the same."""
        change: Tensor = self.layers(maps)
        return maps + change


def _normed(layer: nn.Module, channels: int) -> list[nn.Module]:
    return [layer, InstanceNorm(channels), nn.ReLU(inplace=True)]
