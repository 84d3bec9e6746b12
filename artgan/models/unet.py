"""U-Net generators (Ronneberger et al. 2015; Isola et al. 2017, arXiv:1611.07004, appendix 6.1), and the notebook's."""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from artgan.errors import UsageError
from artgan.models.instance_norm import InstanceNorm
from artgan.models.layers import TrainableNetwork, initialise_normal
from artgan.models.translation_layers import Enlarging, enlarging

_SLOPE = 0.2
_DROPPED = 3
"""So many of the innermost doublings have dropout."""
_NOTEBOOK_SKIPS = 4
_NOTEBOOK_SLOPE = 0.3  # what Keras' LeakyReLU has when nothing is said
_NOTEBOOK_EPS = 1e-3


def halvings(size: int, *, fewest: int) -> int:
    """How often `size` is halved down to one pixel. Raises UsageError unless it is a power of two, large enough."""
    if size < 2**fewest or size & (size - 1):
        raise UsageError(f"a U-Net's pictures are a power of two wide, from {2**fewest} px on, not {size}")
    return size.bit_length() - 1


def _widths(width: int, depth: int) -> list[int]:
    return [width * min(8, 2**level) for level in range(depth)]


class UnetGenerator(TrainableNetwork):
    """Pictures in, pictures of the same size out: halvings down to one pixel, doublings, and skips between the two.

    Every map of the way down is also given to the way up, and at one pixel, where it would leave nothing, there is no
    norm. Of width 64 it has 54,409,603 parameters at 256 px and 41,825,667 at 128. It runs on pictures whose sides are
    multiples of `multiple`.

    Args:
        size: side of the pictures it is made for, a power of two from 16 on.
        width: channels of the largest maps, 64 in the paper.
        dropout: probability in the innermost doublings.
        upsample: see `enlarging`.

    Raises:
        UsageError: the size is no power of two, or too small.
    """

    def __init__(self, *, size: int, width: int, dropout: float = 0.0, upsample: Enlarging = "transpose") -> None:
        super().__init__()
        depth = halvings(size, fewest=4)
        self.multiple = size
        widths = _widths(width, depth)
        self.down = nn.ModuleList()
        self.up = nn.ModuleList()
        for level, after in enumerate(widths):
            layers: list[nn.Module] = [nn.Conv2d(widths[level - 1] if level else 3, after, 4, stride=2, padding=1)]
            if 0 < level < depth - 1:
                layers.append(InstanceNorm(after))
            self.down.append(nn.Sequential(*layers, nn.LeakyReLU(_SLOPE, inplace=True)))
        for level in reversed(range(1, depth)):
            before = widths[level] if level == depth - 1 else 2 * widths[level]
            layers = [enlarging(before, widths[level - 1], upsample, kernel=4), InstanceNorm(widths[level - 1])]
            if depth - _DROPPED <= level + 1 < depth:  # not the innermost itself
                layers.append(nn.Dropout(dropout))
            self.up.append(nn.Sequential(*layers, nn.ReLU(inplace=True)))
        self.last = enlarging(2 * width, 3, upsample, kernel=4)

    def forward(self, images: Tensor) -> Tensor:
        """(N, 3, H, W) in [-1, 1] -> the same."""
        maps, skips = images, []
        for layer in self.down:
            maps = layer(maps)
            skips.append(maps)
        skips.pop()
        for layer in self.up:
            maps = torch.cat([layer(maps), skips.pop()], dim=1)
        return torch.tanh(self.last(maps))

    def initialise(self, random: torch.Generator) -> None:
        """The paper's: weights N(0, 0.02)."""
        initialise_normal(self, random)


class NotebookUnetGenerator(TrainableNetwork):
    """The generator of the notebook "monet-Van_Gogh_cyclegan" (H. Yao), layer by layer, for comparison.

    Of width 64 it has 41,851,075 parameters at 256 px. At one pixel its norm leaves nothing of the picture, and the
    inner doublings have no skips, so that four fifths of it give the same whatever comes in: `UnetGenerator` is what
    came of it. Padding, slopes, epsilon and the scales' first values, N(0, 0.02), are Keras' and TensorFlow Addons'.
    The arguments are those of `UnetGenerator`, the size from 32 on.
    """

    def __init__(self, *, size: int, width: int, dropout: float = 0.5) -> None:
        super().__init__()
        depth = halvings(size, fewest=_NOTEBOOK_SKIPS + 1)
        self.multiple = size
        widths = _widths(width, depth)
        self.first = nn.Conv2d(3, width, 7, stride=2, bias=False)
        self.down = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(before, after, 4, stride=2, padding=1, bias=False),
                InstanceNorm(after, affine=True, eps=_NOTEBOOK_EPS),
                nn.LeakyReLU(_NOTEBOOK_SLOPE, inplace=True),
            )
            for before, after in pairwise(widths)
        )
        self.up = nn.ModuleList()
        before = widths[-1]
        for place, level in enumerate(reversed(range(depth - 1))):
            after = widths[level]
            layers: list[nn.Module] = [
                nn.ConvTranspose2d(before, after, 4, stride=2, padding=1, bias=False),
                InstanceNorm(after, affine=True, eps=_NOTEBOOK_EPS),
            ]
            if place < _DROPPED:
                layers.append(nn.Dropout(dropout))
            self.up.append(nn.Sequential(*layers, nn.ReLU(inplace=True)))
            before = 2 * after if level < _NOTEBOOK_SKIPS else after
        self.last = nn.ConvTranspose2d(before, 3, 7, stride=2)

    def forward(self, images: Tensor) -> Tensor:
        """(N, 3, H, W) in [-1, 1] -> the same."""
        height, width = images.shape[2:]
        maps = F.leaky_relu(self.first(F.pad(images, (2, 3, 2, 3))), _NOTEBOOK_SLOPE)
        skips = [maps]
        for layer in self.down:
            maps = layer(maps)
            skips.append(maps)
        skips = skips[:_NOTEBOOK_SKIPS]
        for layer in self.up:
            maps = layer(maps)
            if skips and maps.shape == skips[-1].shape:
                maps = torch.cat([maps, skips.pop()], dim=1)
        return torch.tanh(self.last(maps)[..., 2 : 2 + height, 2 : 2 + width])

    def initialise(self, random: torch.Generator) -> None:
        """The notebook's: weights and scales N(0, 0.02)."""
        initialise_normal(self, random)
