"""Instance normalisation (Ulyanov et al. 2016, arXiv:1607.08022) for every layout, precision and map size."""

import torch
from torch import Tensor, nn


class InstanceNorm(nn.Module):
    """Each map of each picture with mean 0 and variance 1; with `affine`, then scaled and shifted by channel.

    Statistics are float32 whatever comes in. There are none to keep: training and evaluation are the same. Of a single
    pixel the result is zero (or the shift), where PyTorch's own layer refuses.
    """

    def __init__(self, channels: int, *, affine: bool = False, eps: float = 1e-5) -> None:
        super().__init__()
        self.channels, self.eps = channels, eps
        self.weight = nn.Parameter(torch.ones(channels)) if affine else None
        self.bias = nn.Parameter(torch.zeros(channels)) if affine else None

    def forward(self, maps: Tensor) -> Tensor:
        """(N, channels, H, W) -> the same shape and precision."""
        if maps.device.type == "cpu":
            # Of groups of one channel this is the same, and on a CPU the quicker of the two.
            return torch.group_norm(maps, self.channels, self.weight, self.bias, self.eps)
        return torch.instance_norm(maps, self.weight, self.bias, None, None, True, 0.0, self.eps, True)

    def extra_repr(self) -> str:
        """For printing a network."""
        return f"{self.channels}, affine={self.weight is not None}, eps={self.eps}"
