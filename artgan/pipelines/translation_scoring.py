"""What translations are scored by: pictures held out, translated, against real ones of the other domain."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from artgan.config.cyclegan import CycleganConfig
from artgan.data.datasets import Dataset
from artgan.events import Listener, Summary
from artgan.metrics.evaluation import Evaluator
from artgan.metrics.features import Features
from artgan.models.cyclegan import direction, pairs
from artgan.models.encoder_weights import load_encoder
from artgan.painting.colour import match_palette, palette
from artgan.pipelines.scoring import FEWEST_PICTURES, MEASURE
from artgan.training.evaluation import Verdict

_HELD_OUT, _QUICK, _FULL = 64, 64, 256
_AT_ONCE = 8
_SEED = 0


class TranslationJudge:
    """Scores generators between domains, both ways.

    The distance of translations to real pictures of their target, which is decisive, has a floor, what as many real
    ones are from those, and a ceiling, what the pictures are before they are translated. Between the two is the rival
    that learns nothing: the pictures with their colours moved to the target's (see `recoloured`). Sources are held-out
    pictures where there are eight, targets where there are 64, else all there are.
    """

    def __init__(self, features: Features, data: Mapping[str, Dataset], device: torch.device) -> None:
        self._features, self._data, self._device = features, data, device
        names = list(data)
        hub = names[-1] if len(names) > 2 else None
        self._ways = [way for pair in pairs(names, hub) for way in (pair, pair[::-1])]
        self._evaluators: dict[str, Evaluator] = {}
        self._bounds: dict[tuple[str, str], dict[str, float]] = {}

    def quick(self, averaged: Mapping[str, nn.Module], *, seconds: float) -> Verdict:
        """The distances of both directions, of few pictures."""
        return self._verdict(averaged)

    def full(self, averaged: Mapping[str, nn.Module], *, seconds: float) -> Verdict:
        """The same with a table for people. The figures are of the same pictures as before, to be comparable."""
        verdict = self._verdict(averaged)
        rows = []
        for source, target in self._ways:
            name = direction(source, target)
            found = verdict.record["directions"][name]
            closed = gap_closed(found)
            told = (f"{found[key]:.3f}" for key in ("distance", "floor", "recoloured", "untranslated"))
            rows.append((name, *told, "" if closed is None else f"{100 * closed:.0f} %"))
        title = f"{MEASURE} of held-out pictures, translated, to real ones, in features {self._features.name}"
        columns = ("", "translated", "real", "colours matched", "untranslated", "gap closed")
        return Verdict(
            figures=verdict.figures,
            record=verdict.record,
            summary=Summary(title=title, columns=columns, rows=tuple(rows)),
        )

    def _verdict(self, averaged: Mapping[str, nn.Module]) -> Verdict:
        found: dict[str, dict[str, Any]] = {}
        for source, target in self._ways:
            evaluator, images = self.evaluator(target), self.sources(source)
            translated = _translated(averaged[direction(source, target)], images, self._device)
            found[direction(source, target)] = {
                "distance": evaluator.quick(translated)[0],
                **self.bounds(source, target),
                "reals": evaluator.samples,
                "samples": len(images),
            }
        mean = sum(one["distance"] for one in found.values()) / len(found)
        figures = {"score/distance": round(mean, 5)}
        figures |= {f"score/distance {name}": round(one["distance"], 5) for name, one in found.items()}
        record = {"measure": MEASURE, "features": self._features.name, "distance": mean, "directions": found}
        return Verdict(figures=figures, record=record)

    def bounds(self, source: str, target: str) -> dict[str, float]:
        """What distances are to be seen beside: "floor", "recoloured" and "untranslated". Measured once."""
        if (source, target) not in self._bounds:
            evaluator, images = self.evaluator(target), self.sources(source)
            self._bounds[source, target] = {
                "floor": evaluator.floor_of(len(images)),
                "recoloured": evaluator.quick(recoloured(images, self.palette_of(target)))[0],
                "untranslated": evaluator.quick(images)[0],
            }
        return self._bounds[source, target]

    def palette_of(self, name: str) -> Tensor:
        """Pictures of a domain that were trained on, in [-1, 1], for their colours."""
        dataset = self._data[name]
        return _uint8(dataset, _some(dataset.train, _FULL)).float().div(127.5).sub(1)

    def evaluator(self, name: str) -> Evaluator:
        """Of the real pictures of a domain; made when it is first needed."""
        if name not in self._evaluators:
            dataset = self._data[name]
            places = dataset.held_out if len(dataset.held_out) >= _HELD_OUT else np.arange(len(dataset.pixels))
            self._evaluators[name] = Evaluator(self._features, _uint8(dataset, _some(places, _FULL)))
        return self._evaluators[name]

    def sources(self, name: str) -> Tensor:
        """Pictures of a domain to translate, in [-1, 1], the same each time."""
        dataset = self._data[name]
        places = dataset.held_out if len(dataset.held_out) >= FEWEST_PICTURES else dataset.train
        return _uint8(dataset, _some(places, _QUICK)).float().div(127.5).sub(1)


def translation_judge(
    config: CycleganConfig,
    data: Mapping[str, Dataset],
    *,
    device: torch.device,
    precision: torch.dtype,
    listener: Listener,
) -> TranslationJudge | None:
    """The judge of a run with these options; None when it is not to be scored, or has too few pictures for it.

    Raises:
        NetworkError, WeightsError: VGG19 was asked for and cannot be had.
    """
    if config.features == "none" or min(len(dataset.train) for dataset in data.values()) < FEWEST_PICTURES:
        return None
    return TranslationJudge(
        Features(load_encoder(config.features, device=device, on_event=listener), device), data, device
    )


def recoloured(images: Tensor, wanted: Tensor) -> Tensor:
    """Pictures (N, 3, H, W) in [-1, 1] with the mean and covariance of their colours, taken over all of them in Oklab,
    moved to those of other pictures (M, 3, H', W'): what can be had without learning anything but a palette."""
    sheet = match_palette(_sheet(images), palette(_sheet(wanted)), 1.0)
    count, _, height, width = images.shape
    return sheet[0].view(3, count, height, width).transpose(0, 1).mul(2).sub(1)


def gap_closed(found: Mapping[str, float]) -> float | None:
    """How far a direction's translations came from untranslated pictures to real ones, 1 being all the way; None where
    untranslated ones are no further away."""
    ceiling, floor = found["untranslated"], found["floor"]
    return None if ceiling <= floor else (ceiling - found["distance"]) / (ceiling - floor)


def _sheet(images: Tensor) -> Tensor:
    """Pictures below each other on one, (1, 3, N H, W) in [0, 1]."""
    return images.add(1).div(2).transpose(0, 1).flatten(1, 2)[None]


@torch.no_grad()
def _translated(network: nn.Module, images: Tensor, device: torch.device) -> Tensor:
    return torch.cat([network(some.to(device)).float().cpu() for some in torch.split(images, _AT_ONCE)])


def _some(places: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    return np.random.default_rng(_SEED).permutation(places)[:count]


def _uint8(dataset: Dataset, places: NDArray[np.int64]) -> Tensor:
    """Pictures of the dataset (N, 3, S, S) uint8."""
    return torch.from_numpy(dataset.pixels[places]).permute(0, 3, 1, 2)
