"""Instance normalisation of a picture in pieces: statistics gathered over all of them, then kept fixed."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from artgan.models.channel_statistics import mean_and_variance
from artgan.models.instance_norm import InstanceNorm


class Moments:
    """Mean and variance of each channel of a map that comes in pieces.

    Pieces are merged by Chan, Golub and LeVeque (1979), in float64: sums of squares would lose the variance of
    channels whose mean is large. They are kept on the CPU, since not every device has float64.
    """

    def __init__(self) -> None:
        self._count = 0
        self._mean: Tensor | None = None
        self._squares: Tensor | None = None

    def add(self, maps: Tensor) -> None:
        """Take in a piece (1, C, H, W)."""
        mean, variance = (one[0].cpu().double() for one in mean_and_variance(maps))
        count = maps.numel() // maps.shape[1]
        squares = variance * count
        if self._mean is None or self._squares is None:
            self._count, self._mean, self._squares = count, mean, squares
            return
        total, change = self._count + count, mean - self._mean
        self._squares += squares + change.square() * (self._count * count / total)
        self._mean += change * (count / total)
        self._count = total

    @property
    def mean(self) -> Tensor:
        """(C,), float64. There must have been a piece."""
        assert self._mean is not None
        return self._mean

    @property
    def variance(self) -> Tensor:
        """(C,), float64: of all pixels, as instance normalisation divides by, not an estimate from a sample."""
        assert self._squares is not None
        return self._squares / self._count


class FixedNorm(nn.Module):
    """What an instance normalisation does to a map with these moments, to any piece of it, on `device`."""

    factor: Tensor
    shift: Tensor

    def __init__(self, norm: InstanceNorm, moments: Moments, device: torch.device | None = None) -> None:
        super().__init__()
        factor, shift = (moments.variance + norm.eps).rsqrt(), -moments.mean
        if norm.weight is not None:
            factor = factor * norm.weight.cpu().double()
        shift = shift * factor
        if norm.bias is not None:
            shift = shift + norm.bias.cpu().double()
        self.register_buffer("factor", factor.float()[:, None, None].to(device))
        self.register_buffer("shift", shift.float()[:, None, None].to(device))

    def forward(self, maps: Tensor) -> Tensor:
        """(N, C, H, W) -> the same shape and precision."""
        return torch.addcmul(self.shift, maps.float(), self.factor).to(maps.dtype)


@contextmanager
def measured(network: nn.Module) -> Iterator[dict[str, Moments]]:
    """While the block runs `network`, the moments of what comes into each instance normalisation, by its name."""
    found: dict[str, Moments] = {}

    def watch(name: str, norm: InstanceNorm) -> torch.utils.hooks.RemovableHandle:
        def take(_: nn.Module, inputs: tuple[Tensor, ...]) -> None:
            found.setdefault(name, Moments()).add(inputs[0])

        return norm.register_forward_pre_hook(take)

    handles = [watch(name, norm) for name, norm in _norms(network)]
    try:
        yield found
    finally:
        for handle in handles:
            handle.remove()


def fixed_copy(network: nn.Module, moments: dict[str, Moments]) -> nn.Module:
    """The network with every instance normalisation fixed to the moments of its name."""
    fixed = copy.deepcopy(network)
    device = next(network.parameters()).device
    for name, norm in _norms(fixed):
        fixed.set_submodule(name, FixedNorm(norm, moments[name], device))
    return fixed


def _norms(network: nn.Module) -> list[tuple[str, InstanceNorm]]:
    return [(name, module) for name, module in network.named_modules() if isinstance(module, InstanceNorm)]
