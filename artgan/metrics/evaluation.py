"""The scores of a generator: its samples against real pictures, with the floor that real pictures themselves reach."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from artgan.metrics.distances import frechet_distance, kernel_distance, precision_recall
from artgan.metrics.diversity import ms_ssim, originality
from artgan.metrics.features import Features, Standard
from artgan.metrics.wasserstein import sliced_wasserstein

_SIDE = 128
_SUBSET = 500
_ALIKE = 256
"""Pictures among which similarity is measured."""
_DRAWS = 8
"""Draws of few real pictures, whose distances differ."""


@dataclass(frozen=True, kw_only=True)
class Scores:
    """Distances between two sets of pictures; every figure belongs to `features` and the numbers of pictures."""

    features: str
    reals: int
    samples: int
    kernel: float
    kernel_deviation: float
    frechet: float
    sliced: float
    precision: float
    recall: float

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """A generator's scores; what is None was not asked for or needs held-out pictures."""

    scores: Scores
    floor: Scores
    """The same for one half of the reals against the other."""
    ms_ssim: float
    ms_ssim_reals: float
    originality: float | None
    originality_pictures: int
    """Among so many training pictures the nearest was looked for."""

    def as_dict(self) -> Mapping[str, object]:
        """For JSON."""
        return asdict(self)


class Evaluator:
    """Holds the reals' features, so that each look at a generator costs its samples only.

    The reals are split in two: samples are compared with one half, and so is the other half, which gives the floor. Of
    as many samples as a half has pictures, a generator that draws like the data scores like the floor; most distances
    are higher the fewer pictures there are.

    Args:
        reals: (N, 3, S, S) uint8 pictures the generator should look like, N at least 4.
        held_out: (M, 3, S, S) uint8 real pictures that were not trained on; they make `originality` known.
    """

    def __init__(self, features: Features, reals: Tensor, held_out: Tensor | None = None) -> None:
        self._features = features
        seen = features(reals)
        self._standard = Standard.of(seen)
        self._reals = self._standard(seen)
        unseen = held_out is not None and len(held_out) >= 2
        self._held_out = self._standard(features(held_out)) if held_out is not None and unseen else None
        order = torch.randperm(len(self._reals), generator=torch.Generator().manual_seed(0))
        half = len(order) // 2
        self._half, self._other = self._reals[order[:half]], self._reals[order[half : 2 * half]]
        self.floor = self._compare(self._half, self._other)
        """What real pictures score."""
        self.ms_ssim_reals = ms_ssim(_moderate(reals[order[:_ALIKE]].float() / 127.5 - 1))
        """How similar real pictures are to each other."""
        self.features = features.name

    @property
    def samples(self) -> int:
        """How many samples make a fair comparison with the floor."""
        return len(self._half)

    def floor_of(self, count: int) -> float:
        """The sliced Wasserstein distance of so many real pictures, or of all there are: the fair floor for as many
        samples. The mean of a few draws from the half that samples are not compared with."""
        count = min(count, len(self._other))
        draw = torch.Generator().manual_seed(0)
        chosen = (torch.randperm(len(self._other), generator=draw)[:count] for _ in range(_DRAWS))
        return sum(sliced_wasserstein(self._half, self._other[some]) for some in chosen) / _DRAWS

    def quick(self, samples: Tensor) -> tuple[float, float]:
        """For samples (K, 3, S, S) in [-1, 1], the sliced Wasserstein distance and their similarity (MS-SSIM): what is
        cheap enough to be asked while training."""
        seen = self._standard(self._features(samples))
        return sliced_wasserstein(self._half, seen), ms_ssim(_moderate(samples[:_ALIKE]))

    def __call__(self, samples: Tensor, trained_on: Tensor | None = None) -> Evaluation:
        """All scores of samples (K, 3, S, S) in [-1, 1], K at least 4.

        `trained_on`: (T, 3, S, S) uint8, what was trained on beside the reals, so that copies of it are noticed, too.
        """
        seen = self._standard(self._features(samples))
        new, known = None, self._reals
        if self._held_out is not None:
            if trained_on is not None and len(trained_on):
                known = torch.cat([known, self._standard(self._features(trained_on))])
            new = originality(seen, known, self._held_out)[0]
        return Evaluation(
            scores=self._compare(self._half, seen),
            floor=self.floor,
            ms_ssim=ms_ssim(_moderate(samples[:_ALIKE])),
            ms_ssim_reals=self.ms_ssim_reals,
            originality=new,
            originality_pictures=0 if new is None else len(known),
        )

    def _compare(self, real: Tensor, fake: Tensor) -> Scores:
        few = min(len(real), len(fake)) // 2  # subsets of all pictures would not deviate
        kernel, deviation = kernel_distance(real, fake, subset_size=min(_SUBSET, max(2, few)))
        precision, recall = precision_recall(real, fake)
        return Scores(
            features=self._features.name,
            reals=len(real),
            samples=len(fake),
            kernel=kernel,
            kernel_deviation=deviation,
            frechet=frechet_distance(real, fake),
            sliced=sliced_wasserstein(real, fake),
            precision=precision,
            recall=recall,
        )


def _moderate(images: Tensor) -> Tensor:
    """Pictures (N, 3, S, S) of at most 128 px, at which their similarity is measured: more shows grain and costs."""
    if images.shape[-1] <= _SIDE:
        return images
    return F.interpolate(images, size=(_SIDE, _SIDE), mode="bilinear", antialias=True)
