"""Convolutions of ResNet generators, which see a mirror image beyond the edge.

The mathematics are PyTorch's own, and so is everything on a GPU. On a CPU two things are done otherwise:

- Maps are padded in the precision that they are convolved in. Autocast would pad in float32, converting to it and back.
- Towards the three channels of a picture a convolution is one of stride 2 that draws the four pixels of each 2x2 block
  as channels (Shi et al. 2016, arXiv:1609.07009): a third more arithmetic, in half the time.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from artgan.models.strided import computing_dtype

_FEW_CHANNELS = 4
_BLOCK = 2


class ReflectingConvolution(nn.Conv2d):
    """A convolution with an odd kernel, after which maps are as large as before."""

    def __init__(self, in_channels: int, out_channels: int, kernel: int) -> None:
        super().__init__(in_channels, out_channels, kernel, padding=kernel // 2, padding_mode="reflect")

    def forward(self, maps: Tensor) -> Tensor:
        """(N, in, H, W) -> (N, out, H, W)."""
        if maps.device.type != "cpu":
            return super().forward(maps)
        beyond = self.kernel_size[0] // 2
        with torch.autocast("cpu", enabled=False):
            padded = F.pad(maps.to(computing_dtype(maps)), (beyond,) * 4, mode="reflect")
        height, width = maps.shape[-2:]
        if self.out_channels > _FEW_CHANNELS or height % _BLOCK or width % _BLOCK:
            return F.conv2d(padded, self.weight, self.bias)
        return F.pixel_shuffle(F.conv2d(padded, *self._of_blocks(), stride=_BLOCK), _BLOCK)

    def _of_blocks(self) -> tuple[Tensor, Tensor | None]:
        """Weights (4 out, in, k + 1, k + 1) and shifts of the blocks' pixels, in rows."""
        places = [(row, column) for row in range(_BLOCK) for column in range(_BLOCK)]
        taps = [F.pad(self.weight, (column, 1 - column, row, 1 - row)) for row, column in places]
        bias = None if self.bias is None else self.bias.repeat_interleave(len(places))
        return torch.stack(taps, dim=1).flatten(0, 1), bias
