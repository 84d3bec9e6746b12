"""How generators of picture translation enlarge their maps."""

from typing import Literal

import torch
from torch import Tensor, nn

from artgan.models.layers import ResizedConvolution

Enlarging = Literal["transpose", "resize", "blur"]
ENLARGINGS: tuple[Enlarging, ...] = ("transpose", "resize", "blur")


class SmoothDoubling(nn.Module):
    """Enlarge a map twice and convolve it 3x3, with a bias: by nearest neighbour ("resize"), or by bilinear
    interpolation ("blur"), which is the filter 1 3 3 1 (Zhang 2019, arXiv:1904.11486). Neither makes checkerboards."""

    def __init__(self, before: int, after: int, *, blur: bool) -> None:
        super().__init__()
        self.convolution = ResizedConvolution(before, after, boxes=3 if blur else 1)
        self.bias = nn.Parameter(torch.zeros(after))

    def forward(self, maps: Tensor) -> Tensor:
        """(N, before, H, W) -> (N, after, 2 H, 2 W)."""
        enlarged: Tensor = self.convolution(maps)
        return enlarged + self.bias.to(enlarged.dtype)[:, None, None]


def enlarging(before: int, after: int, kind: Enlarging, *, kernel: Literal[3, 4]) -> nn.Module:
    """A layer (N, before, H, W) -> (N, after, 2 H, 2 W) with a bias. `kernel` is the side of the transposed
    convolution's: 3 in ResNet generators, 4 in U-Nets."""
    if kind != "transpose":
        return SmoothDoubling(before, after, blur=kind == "blur")
    return nn.ConvTranspose2d(before, after, kernel, stride=2, padding=1, output_padding=4 - kernel)
