"""A painter in one pass: it draws, from features that already have a style's statistics, what is to be seen.

A frozen encoder sees the content in the style's colours; `restyling` gives its features the style's statistics. What is
left to learn is to make a picture of these: a U-shaped decoder, from the coarsest layer up, which adds strokes to the
recoloured content. It has no normalisation, so that it sees neighbourhoods only, and enlarges maps by nearest neighbour
before it convolves them, so that it makes no checkerboards (Odena et al. 2016). How it goes about this may depend on
the style: means and deviations of the style's features scale and shift its maps (E. Perez et al., "FiLM", 2018,
arXiv:1709.07871).
"""

from collections.abc import Mapping
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from artgan.models.encoder import Encoder
from artgan.models.layers import TrainableNetwork, initialise_he
from artgan.models.restyling import COARSEST, FINER, LEVELS, Look, Moments, Restyled, moments_of, restyled

_WIDTHS = (1, 2, 4, 6)
"""Channels of the decoder by level, from the finest, in multiples of its width."""
_GAIN = 0.2
"""Of what is added to the recoloured content: so the first steps of training, all of one size, do not splash it."""
_MOST_UNUSUAL = 4.0
"""Deviations from what is usual beyond which a style's moments are no more unusual."""
_CODE = 128
"""Numbers that the style's moments become before they scale and shift."""


class FastStyle(TrainableNetwork):
    """Restyled features and the recoloured content in, a painting out.

    Args:
        channels: of the encoder by level, with commas: "32,64,128,256".
        width: channels of the decoder's largest maps.
        blocks: residual blocks at the coarsest level; the others have one.
        encoder: SHA-256 of the encoder that it was trained with, for whoever loads it.
    """

    def __init__(self, *, channels: str, width: int, blocks: int = 2, encoder: str = "") -> None:
        super().__init__()
        self.encoder = encoder
        self.width = width
        seen = dict(zip(LEVELS, map(int, channels.split(",")), strict=True))
        own = {level: width * multiple for level, multiple in zip(LEVELS, _WIDTHS, strict=True)}
        borrowed = {level: 2 if level in (COARSEST, FINER) else 1 for level in LEVELS}
        self.scales = nn.ModuleDict({level: _Scale(count) for level, count in seen.items()})
        self.enter = nn.ModuleDict({level: nn.Conv2d(borrowed[level] * seen[level], own[level], 1) for level in LEVELS})
        self.rise = nn.ModuleDict({fine: nn.Conv2d(own[coarse], own[fine], 1) for fine, coarse in pairwise(LEVELS)})
        self.blocks = nn.ModuleDict(
            {
                level: nn.Sequential(*(_Block(own[level]) for _ in range(blocks if level == COARSEST else 1)))
                for level in LEVELS
            }
        )
        self.code = nn.Sequential(nn.Linear(2 * sum(seen.values()), _CODE), nn.ReLU())
        self.tune = nn.ModuleDict({level: nn.Linear(_CODE, 2 * own[level]) for level in LEVELS})
        self.leave = nn.Conv2d(width, 3, 3, padding=1)

    def forward(self, recoloured: Tensor, features: Restyled, style: Mapping[str, Moments]) -> Tensor:
        """A painting, not clipped.

        Args:
            recoloured: the content in the style's colours, (N, 3, H, W) in [0, 1], H and W multiples of 8.
            features: of `restyling.restyled`.
            style: the style's moments by level, for a batch of N or of 1.
        """
        code = self.code(torch.cat([self._scale(level).of_moments(style[level]) for level in LEVELS], 1))
        maps: Tensor | None = None
        for level in reversed(LEVELS):
            entered = self.enter[level](self.scales[level](features[level]))
            if maps is not None:
                entered += F.interpolate(self.rise[level](maps), scale_factor=2.0, mode="nearest")
            factor, shift = self.tune[level](code)[:, :, None, None].chunk(2, dim=1)
            maps = torch.addcmul(shift, entered, 1 + factor)
            maps = self.blocks[level](maps)
        assert maps is not None
        strokes: Tensor = self.leave(maps)
        return recoloured + _GAIN * strokes.float()

    @property
    def reach(self) -> int:
        """How many pixels away a feature still counts for a pixel of the painting."""
        pixels = 1  # the last convolution's
        for number, level in enumerate(LEVELS):
            convolutions = 2 * len(list(self.blocks[level].children()))
            pixels += (convolutions + 1) * 2**number  # and the position itself
        return pixels

    @torch.no_grad()
    def initialise(self, random: torch.Generator) -> None:
        """He et al. 2015; what ends a block, tunes or leaves begins at zero, so that the first painting is the
        recoloured content and nothing else."""
        initialise_he(self, random, slope=0.0)
        for layer in (self.leave, *self.tune.children()):
            nn.init.zeros_(layer.get_parameter("weight"))
        for blocks in self.blocks.children():
            for block in blocks.children():
                nn.init.zeros_(block.get_submodule("second").get_parameter("weight"))

    @torch.no_grad()
    def calibrate(self, features: Mapping[str, Tensor]) -> None:
        """Learn from features (N, C, H, W) at LEVELS of some pictures what is usual, so that all levels and channels
        come into the network about equally large."""
        for level in LEVELS:
            scale = self._scale(level)
            variance, mean = torch.var_mean(features[level].float(), dim=(0, 2, 3), correction=0)
            deviation = variance.sqrt()
            scale.mean.copy_(mean[:, None, None])
            # A channel that hardly ever answers is not blown up.
            scale.deviation.copy_(deviation.clamp_min(0.1 * deviation.mean())[:, None, None])

    def _scale(self, level: str) -> "_Scale":
        scale = self.scales[level]
        assert isinstance(scale, _Scale)
        return scale


class _Scale(nn.Module):
    """Brings one level's features to mean 0 and deviation 1, as they usually are: constants, not statistics."""

    mean: Tensor
    deviation: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(channels, 1, 1))
        self.register_buffer("deviation", torch.ones(channels, 1, 1))

    def forward(self, maps: Tensor) -> Tensor:
        """(N, C, H, W) or (N, 2 C, H, W), whose halves are features of the same channels -> the same shape."""
        times = maps.shape[1] // len(self.mean)
        return (maps - self.mean.repeat(times, 1, 1)).div_(self.deviation.repeat(times, 1, 1))

    def of_moments(self, moments: Moments) -> Tensor:
        """What is unusual about moments, (N, 2 C)."""
        mean, deviation = (moments.mean - self.mean) / self.deviation, (moments.deviation / self.deviation).log()
        return torch.cat([mean, deviation], 1).flatten(1).clamp(-_MOST_UNUSUAL, _MOST_UNUSUAL)


class _Block(nn.Module):
    """Two convolutions whose result is added to what came in."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, maps: Tensor) -> Tensor:
        """(N, channels, H, W) -> the same."""
        change: Tensor = self.second(self.first(F.relu(maps)).relu_())
        return change.add_(maps)


def painted(network: nn.Module, encoder: Encoder, recoloured: Tensor, look: Look, amount: float = 1.0) -> Tensor:
    """Whole pictures (N, 3, H, W) in [0, 1] in a look; H and W are multiples of 8. The gradient reaches the network,
    which alone runs in the precision of an autocast around this.

    `recoloured` are the contents in the style's colours; `amount` is that of `restyled`.
    """
    # Autocast would pad in float32 what the encoder convolves in its own precision.
    with torch.no_grad(), torch.autocast(recoloured.device.type, enabled=False):
        features = encoder(recoloured, LEVELS)
        own = moments_of(features)
        made = restyled(features, own, look, amount)
        style = {level: own[level].toward(look.moments[level], amount) for level in LEVELS}
    painting: Tensor = network(recoloured, made, style)
    return painting
