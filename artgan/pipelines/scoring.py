"""What training is scored by: samples against real pictures, and whether they show the tags they were asked for."""

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from artgan.config.gan import GanConfig
from artgan.data.datasets import Dataset
from artgan.events import Listener, Summary
from artgan.metrics.evaluation import Evaluation, Evaluator
from artgan.metrics.features import Features
from artgan.metrics.tagjudge import TagJudge, TagScores
from artgan.models.encoder_weights import load_encoder
from artgan.training.evaluation import Verdict
from artgan.training.feed import IMAGES
from artgan.training.seeds import generator

MEASURE = "sliced Wasserstein distance"
"""What decides the best. Drawn again from the same generator, 256 samples move it by 1 to 5 %, the kernel distance by 5
to 10 % and more where samples are good; the Fréchet distance is as steady, but half as high with twice the samples."""

FEWEST_PICTURES = 8
"""Datasets with fewer pictures to learn from are not scored."""

_QUICK, _TINY = 256, 64
_COUNTS = (2048, 1024, 512, _QUICK, _TINY)
_WORTH = 1.0  # seconds of scoring below which a run is a trial, and scored with few samples
_TRIVIAL = 0.25  # below it a run is not worth a classifier of its tags
_JUDGED, _JUDGED_BYTES = 10_000, 2**29
_SAMPLED_BYTES = 2**30
_UNSEEN = 2000
_AT_ONCE = 64
_SEED = 0  # of the samples and of the choice of real pictures: the same for all runs, so that they can be compared


class GanJudge:
    """Scores generators of pictures from noise, and from noise and tags.

    Real pictures are those to learn from, a fixed choice of them, split in two; samples are of a fixed choice of noise,
    with tags as the real pictures have them. All is prepared when it is first needed.
    """

    def __init__(
        self,
        features: Features,
        dataset: Dataset,
        *,
        latent_dim: int,
        conditional: bool,
        device: torch.device,
        autocast: Callable[[], AbstractContextManager[Any]] = nullcontext,
    ) -> None:
        self._features, self._dataset, self._device, self._autocast = features, dataset, device, autocast
        rng = np.random.default_rng(_SEED)
        self._train, self._held_out = rng.permutation(dataset.train), rng.permutation(dataset.held_out)
        self._z = torch.randn(_COUNTS[0], latent_dim, generator=generator(_SEED, "scores", "noise"))
        self._tags: Tensor | None = None
        self._tag_judge: TagJudge | None = None
        if conditional and dataset.tags is not None:
            wanted = rng.choice(dataset.train, _COUNTS[0])
            self._tags = torch.from_numpy(dataset.tags[wanted]).float()
        self._evaluators: dict[int, Evaluator] = {}
        self._count = 0
        self._seconds_a_picture = 0.0

    def quick(self, averaged: Mapping[str, nn.Module], *, seconds: float) -> Verdict:
        """The distance to real pictures, how similar samples are, and, once there is time for a classifier, tags."""
        evaluator = self._quick_evaluator(seconds)
        samples = self._draw(averaged, evaluator.samples)
        distance, ms_ssim = evaluator.quick(samples)
        return _verdict(evaluator, distance, ms_ssim, self._judge_tags(samples, seconds, now=False))

    def full(self, averaged: Mapping[str, nn.Module], *, seconds: float) -> Verdict:
        """Every score, of as many samples as there is time for; the distance as `quick` has it."""
        quick = self._quick_evaluator(seconds)
        full = self._evaluator(self._affordable(seconds))
        samples = self._draw(averaged, full.samples)
        evaluation = full(samples, self._others(full, seconds))
        if full is quick:
            distance, ms_ssim = evaluation.scores.sliced, evaluation.ms_ssim
        else:
            distance, ms_ssim = quick.quick(samples[: quick.samples])
        return _verdict(quick, distance, ms_ssim, self._judge_tags(samples, seconds, now=True), evaluation)

    @torch.no_grad()
    def _draw(self, averaged: Mapping[str, nn.Module], count: int) -> Tensor:
        """The first `count` samples (count, 3, S, S) in [-1, 1]."""
        network = averaged["generator"]
        latents = torch.split(self._z[:count].to(self._device), _AT_ONCE)
        if self._tags is None:
            return torch.cat([network(z).float().cpu() for z in latents])
        told = torch.split(self._tags[:count].to(self._device), _AT_ONCE)
        return torch.cat([network(z, tags).float().cpu() for z, tags in zip(latents, told, strict=True)])

    def _judge_tags(self, samples: Tensor, seconds: float, *, now: bool) -> TagScores | None:
        if self._tags is None or seconds < _TRIVIAL:
            return None
        self._tag_judge = self._tag_judge or self._make_tag_judge()
        if self._tag_judge is None:
            return None
        self._tag_judge.prepare(seconds, now=now)
        return self._tag_judge(samples, self._tags[: len(samples)]) if self._tag_judge.ready else None

    def _make_tag_judge(self) -> TagJudge | None:
        """Checked on held-out pictures; where there are hardly any, on a tenth of the others that it does not see."""
        dataset = self._dataset
        most = min(_JUDGED, _JUDGED_BYTES // (3 * dataset.size**2))
        train, unseen = self._train[:most], self._held_out[: min(most, _UNSEEN)]
        if dataset.tags is None or dataset.vocabulary is None:
            return None
        if 10 * len(unseen) < min(len(train), _UNSEEN):
            few = max(1, len(train) // 10)
            train, unseen = train[few:], train[:few]
        tags, unseen_tags = (torch.from_numpy(dataset.tags[places]).float() for places in (train, unseen))
        return TagJudge(
            self._images(train),
            tags,
            self._images(unseen),
            unseen_tags,
            dataset.vocabulary,
            device=self._device,
            autocast=self._autocast,
        )

    def _quick_evaluator(self, seconds: float) -> Evaluator:
        """Always the same one, but for what is scored while the run is still a trial."""
        self._count = max(self._count, self._at_most(_QUICK if seconds >= _WORTH else _TINY))
        return self._evaluator(self._count)

    def _evaluator(self, count: int) -> Evaluator:
        if count not in self._evaluators:
            began = time.monotonic()
            reals, held_out = self._train[: 2 * count], self._held_out[:count]
            self._evaluators[count] = Evaluator(self._features, self._images(reals), self._images(held_out))
            self._seconds_a_picture = (time.monotonic() - began) / (len(reals) + len(held_out))
        return self._evaluators[count]

    def _affordable(self, seconds: float) -> int:
        """How many samples can be scored in time, each with its share of real pictures; never below the quick ones."""
        for count in map(self._at_most, _COUNTS):
            if count > self._count and 4 * count * self._seconds_a_picture <= seconds:
                return count
        return self._count

    def _others(self, evaluator: Evaluator, seconds: float) -> Tensor:
        """What is learned from beside the evaluator's reals: as many pictures as there is still time for."""
        begin = 2 * evaluator.samples
        left = seconds / max(self._seconds_a_picture, 1e-9) - 4 * evaluator.samples
        most = min(max(0, int(left)), _JUDGED_BYTES // (3 * self._dataset.size**2))
        return self._images(self._train[begin : begin + most])

    def _at_most(self, count: int) -> int:
        """What there are real pictures for, and memory for the samples, which are float32."""
        return min(count, len(self._train) // 2, _SAMPLED_BYTES // (12 * self._dataset.size**2))

    def _images(self, places: NDArray[np.int64]) -> Tensor:
        """Pictures of the dataset (N, 3, S, S) uint8."""
        return torch.from_numpy(self._dataset.pixels[places]).permute(0, 3, 1, 2)


def gan_judge(
    config: GanConfig,
    data: Mapping[str, Dataset],
    *,
    conditional: bool,
    device: torch.device,
    precision: torch.dtype,
    listener: Listener,
) -> GanJudge | None:
    """The judge of a run with these options; None when it is not to be scored, or has too few pictures for it.

    Raises:
        NetworkError, WeightsError: VGG19 was asked for and cannot be had.
    """
    dataset = data[IMAGES]
    if config.features == "none" or len(dataset.train) < FEWEST_PICTURES:
        return None
    encoder = load_encoder(config.features, device=device, on_event=listener)

    def autocast() -> AbstractContextManager[Any]:
        return nullcontext() if precision == torch.float32 else torch.autocast(device.type, dtype=precision)

    return GanJudge(
        Features(encoder, device),
        dataset,
        latent_dim=config.latent_dim,
        conditional=conditional,
        device=device,
        autocast=autocast,
    )


def _verdict(
    quick: Evaluator, distance: float, ms_ssim: float, tags: TagScores | None, evaluation: Evaluation | None = None
) -> Verdict:
    figures = {
        "distance": distance,
        "floor": quick.floor.sliced,
        "ms_ssim": ms_ssim,
        "ms_ssim_reals": quick.ms_ssim_reals,
    }
    record: dict[str, Any] = {
        "measure": MEASURE,
        "features": quick.features,
        "reals": quick.floor.reals,
        "samples": quick.samples,
        **figures,
    }
    flat = {f"score/{name}": round(value, 5) for name, value in figures.items()}
    if tags is not None:
        flat |= {f"score/tags/{name}": round(value, 4) for name, value in tags.accuracy.items()}
        record["tags"] = tags.as_dict()
    if evaluation is None:
        return Verdict(figures=flat, record=record)
    record["evaluation"] = evaluation.as_dict()
    return Verdict(figures=flat, record=record, summary=summary(evaluation, tags))


def summary(evaluation: Evaluation, tags: TagScores | None) -> Summary:
    """All scores for people, next to what real pictures score."""
    found, floor = evaluation.scores, evaluation.floor
    rows = [
        ("sliced Wasserstein distance", f"{found.sliced:.3f}", f"{floor.sliced:.3f}"),
        ("Fréchet distance", f"{found.frechet:.1f}", f"{floor.frechet:.1f}"),
        ("kernel distance", f"{found.kernel:.3f}", f"{floor.kernel:.3f}"),
        ("precision", f"{found.precision:.2f}", f"{floor.precision:.2f}"),
        ("recall", f"{found.recall:.2f}", f"{floor.recall:.2f}"),
        ("likeness to each other (MS-SSIM)", f"{evaluation.ms_ssim:.2f}", f"{evaluation.ms_ssim_reals:.2f}"),
    ]
    if evaluation.originality is not None:
        among = f"distance to the nearest of {evaluation.originality_pictures:,} training pictures"
        rows.append((among, f"{evaluation.originality:.2f}", "1.00"))
    if tags is not None:
        rows += [
            (f"{'all tags' if name == 'all' else name} as asked", _percent(value), _percent(tags.classifier.get(name)))
            for name, value in tags.accuracy.items()
        ]
    title = f"{found.samples} samples against {found.reals} real pictures, in features {found.features}"
    return Summary(title=title, columns=("", "samples", "real pictures"), rows=tuple(rows))


def _percent(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.0f} %"
