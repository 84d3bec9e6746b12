"""A content's features with a style's statistics, and a style's own features in the content's places: nothing learned.

Two ways to bring a style into the features of a frozen encoder, both of which work at once on any style:

- `adapted`: mean and deviation of every channel are the style's (X. Huang and S. Belongie, "Arbitrary Style Transfer in
  Real-time with Adaptive Instance Normalization", 2017, arXiv:1703.06868, eq. 8).
- `borrowed`: at every position of the coarsest layer the style's features that are most like the content's there, as a
  weighted mean (D. Park and K. Lee, "Arbitrary Style Transfer with Style-Attentional Networks", 2019, arXiv:1812.02342,
  eq. 1, without its learned maps), and with them the finer layer's below the same positions: whole strokes, where
  means and deviations know colours and contrasts only.

Both depend on the whole content through the means and deviations of its channels alone, and else on the neighbourhood
of a position: with these fixed, a picture may be restyled in pieces.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from artgan.models.channel_statistics import mean_and_variance

LEVELS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1")
"""Layers of the encoder, each half as large as the one before."""
COARSEST, FINER = LEVELS[-1], LEVELS[-2]
MULTIPLE = 8
"""Sides of pictures are multiples of this: all layers then divide evenly."""
SHARPNESS = 20.0
"""Of the choice among the style's positions: at a cosine higher by 1/20 a position counts e times as much."""
MOST_POSITIONS = 1024
"""Of a style that are chosen from; of a larger one every second, third, ... is taken."""
_SMALLEST_DEVIATION = 1e-3
_LEAST_SHARE = 0.1
"""Of a layer's mean deviation: a channel that hardly ever answers counts as varying so much, lest its rare answers are
blown up."""


@dataclass(frozen=True)
class Moments:
    """Mean and deviation of each channel, (N, C, 1, 1), float32."""

    mean: Tensor
    deviation: Tensor

    def standardised(self, features: Tensor) -> Tensor:
        """Features (N, C, H, W) with these moments, as such of mean 0 and deviation 1."""
        return torch.addcmul(-self.mean / self.deviation, features.float(), 1 / self.deviation)

    def moved(self, features: Tensor, other: "Moments", amount: float) -> Tensor:
        """Features with these moments, with those on the way to others."""
        there = self.toward(other, amount)
        factor = there.deviation / self.deviation
        shift = there.mean - self.mean * factor
        maps = features.float()
        return torch.addcmul(shift, maps, factor) if maps is features else maps.mul_(factor).add_(shift)

    def toward(self, other: "Moments", amount: float) -> "Moments":
        """Those on the way to others; 1 are the others."""
        return Moments(torch.lerp(self.mean, other.mean, amount), torch.lerp(self.deviation, other.deviation, amount))


@dataclass(frozen=True, kw_only=True)
class Look:
    """What is kept of a style, or of several for each picture of a batch.

    Attributes:
        moments: by layer.
        keys: standardised features of the coarsest layer by position, each of length 1, (N, P, C).
        values: the coarsest layer's features, and those of the 2x2 positions of the finer one below, (N, P, C + 4 C').
        weights: logarithm of how much each position counts, (N, P).
    """

    moments: Mapping[str, Moments]
    keys: Tensor
    values: Tensor
    weights: Tensor


Restyled = Mapping[str, Tensor]
"""By layer (N, C, H, W), float32: of the two coarsest both ways, joined along channels, of the others `adapted`."""


def moments_of(features: Mapping[str, Tensor]) -> dict[str, Moments]:
    """By layer, of features (N, C, H, W)."""
    found = {}
    for layer, maps in features.items():
        mean, variance = mean_and_variance(maps)
        found[layer] = gathered(mean[..., None, None], variance[..., None, None])
    return found


def gathered(mean: Tensor, variance: Tensor) -> Moments:
    """Of channels with these, (N, C, 1, 1) float32, however they were found."""
    deviation = variance.sqrt()
    least = (_LEAST_SHARE * deviation.mean(1, keepdim=True)).clamp_min(_SMALLEST_DEVIATION)
    return Moments(mean, torch.maximum(deviation, least))


def look_of(features: Mapping[str, Tensor]) -> Look:
    """What is kept of styles with these features at LEVELS; pictures whose sides are multiples of MULTIPLE."""
    coarse = features[COARSEST]
    rows = positions(coarse.shape[-2] * coarse.shape[-1], coarse.device)
    return look_from(moments_of(features), values_of(features)[:, rows])


def look_from(moments: Mapping[str, Moments], values: Tensor) -> Look:
    """The look of styles with these moments by layer, and these of their `values_of`, (N, P, C + 4 C')."""
    own = moments[COARSEST]
    plain = own.standardised(values[..., : own.mean.shape[1], None].transpose(1, 2))
    keys = F.normalize(plain[..., 0].transpose(1, 2), dim=2)
    weights = torch.full(keys.shape[:2], 1 / keys.shape[1], device=keys.device).log()
    return Look(moments=moments, keys=keys, values=values, weights=weights)


def values_of(features: Mapping[str, Tensor]) -> Tensor:
    """By position of the coarsest layer, row by row: its features, and those of the 2x2 positions of the finer one
    below, (N, P, C + 4 C') float32."""
    cells = F.pixel_unshuffle(features[FINER].float(), 2)
    return torch.cat([features[COARSEST].float(), cells], 1).flatten(2).transpose(1, 2)


def positions(count: int, device: torch.device) -> Tensor:
    """Which of so many positions of a style are kept: evenly over it, MOST_POSITIONS at the most."""
    kept = min(count, MOST_POSITIONS)
    return (torch.arange(kept, device=device) * count) // kept


def mixed(looks: Sequence[Look], shares: Sequence[float]) -> Look:
    """The look of a picture that holds several styles, each on its share of the area; shares need not sum to one."""
    total = sum(shares)
    parts = [share / total for share in shares]
    moments = {}
    for layer in looks[0].moments:
        mean = _sum_of([look.moments[layer].mean * part for look, part in zip(looks, parts, strict=True)])
        square = _sum_of(
            [
                (look.moments[layer].deviation ** 2 + look.moments[layer].mean ** 2) * part
                for look, part in zip(looks, parts, strict=True)
            ]
        )
        moments[layer] = Moments(mean, (square - mean**2).clamp_min(_SMALLEST_DEVIATION**2).sqrt())
    shifts = torch.tensor(parts).log().tolist()
    return Look(
        moments=moments,
        keys=torch.cat([look.keys for look in looks], 1),
        values=torch.cat([look.values for look in looks], 1),
        weights=torch.cat([look.weights + shift for look, shift in zip(looks, shifts, strict=True)], 1),
    )


def restyled(
    features: Mapping[str, Tensor], own: Mapping[str, Moments], look: Look, amount: float = 1.0
) -> dict[str, Tensor]:
    """Features (N, C, H, W) at LEVELS in a look; 0 leaves them as they are, 1 takes all of it.

    Args:
        features: of a picture or a piece of it; the finer layer's sides are twice the coarsest one's.
        own: the moments of the whole picture.
        amount: how far to go.
    """
    made = {layer: own[layer].moved(features[layer], look.moments[layer], amount) for layer in LEVELS}
    coarse = features[COARSEST]
    borrowed = _borrowed(own[COARSEST].standardised(coarse), look, coarse.dtype)
    channels = coarse.shape[1]
    for layer, maps in ((COARSEST, borrowed[:, :channels]), (FINER, F.pixel_shuffle(borrowed[:, channels:], 2))):
        made[layer] = torch.cat([made[layer], torch.lerp(features[layer].float(), maps, amount)], 1)
    return made


def _sum_of(tensors: Sequence[Tensor]) -> Tensor:
    """Their sum."""
    return torch.stack(list(tensors)).sum(0)


def _borrowed(plain: Tensor, look: Look, precision: torch.dtype) -> Tensor:
    """The look's values at the positions of standardised features (N, C, H, W): (N, C + 4 C', H, W), float32."""
    queries = F.normalize(plain, dim=1).flatten(2).transpose(1, 2)
    logits = torch.baddbmm(look.weights[:, None], queries, look.keys.transpose(1, 2), alpha=SHARPNESS)
    # Which position counts is told by small differences of the logits; what is taken there may be rounded.
    values = logits.softmax(-1).to(precision) @ look.values.to(precision)
    return values.float().view(len(plain), *plain.shape[-2:], -1).permute(0, 3, 1, 2)
