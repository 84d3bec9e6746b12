"""Layers of the generators and discriminators, and how they are initialised."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from artgan.errors import UsageError
from artgan.models.strided import convolve, convolve_transposed

Upsampling = Literal["transpose", "nearest", "bilinear"]

SMALLEST = 4
"""Side of the map that a generator starts from and a discriminator ends at."""


class TrainableNetwork(nn.Module, ABC):
    """A network that draws its own first weights."""

    @abstractmethod
    def initialise(self, random: torch.Generator) -> None:
        """Draw the weights anew from a CPU generator; the network is on the CPU."""


def doublings(size: int) -> int:
    """How many times 4 px are doubled to reach `size`. Raises UsageError unless it is a power of two from 8 on."""
    if size < 2 * SMALLEST or size & (size - 1):
        side = max(2 * SMALLEST, 2 ** (size.bit_length() - 1))
        raise UsageError(f"pictures of a GAN are a power of two wide, not {size} px (--size {side} would do)")
    return size.bit_length() - SMALLEST.bit_length()


def channels(size: int, width: int) -> list[int]:
    """Channels of the maps of 4, 8, ..., size / 2 px: `width` at the largest, doubled at every halving up to eight
    times, as in the 64 px networks; deeper ones stay there, lest a 256 px network has 60 million parameters."""
    return [width * min(8, 2**step) for step in reversed(range(doublings(size)))]


class FromLatent(nn.ConvTranspose2d):
    """Latent vectors (N, in) to maps (N, out, 4, 4): the transposed convolution of a 1x1 map, as one matrix product."""

    def __init__(self, latent_dim: int, out_channels: int) -> None:
        super().__init__(latent_dim, out_channels, SMALLEST, bias=False)

    def forward(self, z: Tensor, output_size: list[int] | None = None) -> Tensor:
        """(N, latent_dim) -> (N, out_channels, 4, 4), channels last in memory."""
        weight = self.weight.permute(0, 2, 3, 1).flatten(1)
        return (z @ weight).view(len(z), SMALLEST, SMALLEST, self.out_channels).permute(0, 3, 1, 2)


class ToLogit(nn.Conv2d):
    """Maps (N, in, 4, 4) to logits (N,): the convolution whose kernel covers the map, as one matrix product."""

    def __init__(self, in_channels: int) -> None:
        super().__init__(in_channels, 1, SMALLEST, bias=False)

    def forward(self, maps: Tensor) -> Tensor:
        """(N, in_channels, 4, 4) -> (N,)."""
        return F.linear(maps.permute(0, 2, 3, 1).flatten(1), self.weight.permute(0, 2, 3, 1).flatten(1)).flatten()


class ResizedConvolution(nn.Module):
    """Enlarge a map twice, by nearest or bilinear interpolation, then convolve it 3x3: no checkerboards (Odena et al.
    2016, "Deconvolution and Checkerboard Artifacts").

    Both steps are linear, so they are one transposed convolution whose kernel is the 3x3 one smeared by the
    interpolation's: 4x4 for nearest, which then costs what a DCGAN's own layer costs and not 2.25 times as much, 6x6
    for bilinear. Nearest is one box filter, bilinear three. Beyond the border everything is zero.
    """

    smear: Tensor

    def __init__(self, in_channels: int, out_channels: int, *, boxes: Literal[1, 3]) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(in_channels, out_channels, 3, 3))
        nn.init.kaiming_uniform_(self.weight, a=5**0.5)  # as PyTorch's own layers begin
        self.boxes = boxes
        self.register_buffer("smear", _smear(boxes), persistent=False)

    def kernel(self) -> Tensor:
        """The transposed convolution's kernel, (in, out, 3 + boxes, 3 + boxes), channels last in memory."""
        side = 3 + self.boxes
        taps = self.smear @ self.weight.permute(0, 2, 3, 1).flatten(1, 2)
        return taps.view(len(taps), side, side, -1).permute(0, 3, 1, 2)

    def forward(self, maps: Tensor) -> Tensor:
        """(N, in, H, W) -> (N, out, 2 H, 2 W), in memory as what it came from."""
        kernel = self.kernel()
        if maps.is_contiguous():  # else the kernel's order would be that of what comes out
            kernel = kernel.contiguous()
        return convolve_transposed(maps, kernel, None, (1 + self.boxes) // 2)


def _smear(boxes: int) -> Tensor:
    """The linear map from the nine taps of a 3x3 kernel to those of the smeared one, ((3 + boxes)^2, 9)."""
    line = torch.eye(3)
    for _ in range(boxes):
        line = F.pad(line, (0, 0, 1, 0)) + F.pad(line, (0, 0, 0, 1))
    return torch.kron(line, line) * 4.0 ** (1 - boxes)


class HalvingConvolution(nn.Conv2d):
    """A DCGAN discriminator's layer."""

    def __init__(self, in_channels: int, out_channels: int, *, bias: bool) -> None:
        super().__init__(in_channels, out_channels, 4, stride=2, padding=1, bias=bias)

    def forward(self, maps: Tensor) -> Tensor:
        """(N, in, 2 H, 2 W) -> (N, out, H, W)."""
        return convolve(maps, self.weight, self.bias, 1)


class DoublingConvolution(nn.ConvTranspose2d):
    """A DCGAN generator's layer, without bias."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__(in_channels, out_channels, 4, stride=2, padding=1, bias=False)

    def forward(self, maps: Tensor, output_size: list[int] | None = None) -> Tensor:
        """(N, in, H, W) -> (N, out, 2 H, 2 W)."""
        return convolve_transposed(maps, self.weight, None, 1)


def doubling(in_channels: int, out_channels: int, upsample: Upsampling) -> nn.Module:
    """A DCGAN generator's layer (N, in, H, W) -> (N, out, 2 H, 2 W) without bias."""
    if upsample == "transpose":
        return DoublingConvolution(in_channels, out_channels)
    return ResizedConvolution(in_channels, out_channels, boxes=1 if upsample == "nearest" else 3)


class SameConvolution(nn.Conv2d):
    """A 5x5 convolution of stride 2 with TensorFlow's "same" padding.

    Of an even side that is one row of zeros before and two behind, which no symmetric padding gives.
    """

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__(in_channels, out_channels, 5, stride=2)

    def forward(self, maps: Tensor) -> Tensor:
        """(N, in, 2 H, 2 W) -> (N, out, H, W)."""
        return convolve(F.pad(maps, (1, 2, 1, 2)), self.weight, self.bias, 0)


class SameTransposedConvolution(nn.ConvTranspose2d):
    """A transposed 5x5 convolution of stride 2 with TensorFlow's "same" cropping: one row before, two behind, so that
    it is the gradient of `SameConvolution`."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__(in_channels, out_channels, 5, stride=2, padding=1)

    def forward(self, maps: Tensor, output_size: list[int] | None = None) -> Tensor:
        """(N, in, H, W) -> (N, out, 2 H, 2 W)."""
        # What follows is slow on a map with gaps in memory.
        maps = convolve_transposed(maps, self.weight, self.bias, 1)
        return maps[..., :-1, :-1].contiguous(memory_format=torch.channels_last)


@torch.no_grad()
def initialise_normal(network: nn.Module, random: torch.Generator) -> None:
    """DCGAN's initialisation (Radford et al. 2016, section 4): weights N(0, 0.02), batch norm's scales N(1, 0.02), all
    shifts zero."""
    for module in _weighted(network):
        if isinstance(module, nn.BatchNorm2d):
            module.weight.normal_(1.0, 0.02, generator=random)
        else:
            module.get_parameter("weight").normal_(0.0, 0.02, generator=random)


@torch.no_grad()
def initialise_he(network: nn.Module, random: torch.Generator, *, slope: float = 0.2) -> None:
    """He et al. 2015 for a network without normalisation, whose signals N(0, 0.02) would let fade or grow with its
    width."""
    for module in _weighted(network):
        nn.init.kaiming_normal_(module.get_parameter("weight"), a=slope, generator=random)


@torch.no_grad()
def initialise_truncated(network: nn.Module, random: torch.Generator) -> None:
    """Keras' TruncatedNormal(0, 0.02), cut at two deviations, for weights; N(1, 0.02) for batch norm's scales; all
    shifts zero."""
    for module in _weighted(network):
        if isinstance(module, nn.BatchNorm2d):
            module.weight.normal_(1.0, 0.02, generator=random)
        else:  # torch's a and b are absolute
            nn.init.trunc_normal_(module.get_parameter("weight"), 0.0, 0.02, a=-0.04, b=0.04, generator=random)


def _weighted(network: nn.Module) -> Iterator[nn.Module]:
    """The layers with weights, in order, their shifts set to zero."""
    for module in network.modules():
        own = dict(module.named_parameters(recurse=False))
        if "bias" in own:
            own["bias"].zero_()
        if "weight" in own:
            yield module
