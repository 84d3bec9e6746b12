"""A judge of tags for a run: trained when there is time for it, and never trusted without its own accuracy."""

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from artgan.data.vocabulary import Vocabulary
from artgan.metrics.tags import TagClassifier, train_classifier

ENOUGH = 1500
"""Steps after which the classifier hardly gets better: 97 % of hair and 95 % of eyes on 9,000 anime faces."""

_FEWEST = 150
_TRIAL = 4
_SIDE = 64
_BATCH = 256


@dataclass(frozen=True, kw_only=True)
class TagScores:
    """How often samples show the tags they were asked for, by the group's name; "all" is every group at once."""

    accuracy: Mapping[str, float]
    samples: int
    classifier: Mapping[str, float]
    """The classifier's own accuracy on real pictures that it has not seen."""
    classifier_reals: int
    classifier_steps: int

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        return asdict(self)


class TagJudge:
    """A classifier of tags, made from real pictures as soon as there is time for it.

    Args:
        images, tags: (N, 3, S, S) uint8 and (N, dimensions) to learn from. Pictures are seen at 64 px at most.
        unseen, unseen_tags: (M, 3, S, S) uint8 and (M, dimensions), M at least 1, to check it with.
        autocast: the precision it is trained and asked in.
    """

    def __init__(
        self,
        images: Tensor,
        tags: Tensor,
        unseen: Tensor,
        unseen_tags: Tensor,
        vocabulary: Vocabulary,
        *,
        device: torch.device,
        autocast: Callable[[], AbstractContextManager[Any]] = nullcontext,
    ) -> None:
        self._images, self._tags = _thumbnails(images), tags
        self._unseen, self._unseen_tags = _thumbnails(unseen).float() / 127.5 - 1, unseen_tags
        self._vocabulary, self._device, self._autocast = vocabulary, device, autocast
        self._classifier: TagClassifier | None = None
        self._own: Mapping[str, float] = {}
        self._steps = 0
        self._seconds_a_step: float | None = None

    @property
    def ready(self) -> bool:
        """Whether there is a classifier."""
        return self._classifier is not None

    def prepare(self, seconds: float, *, now: bool) -> None:
        """Train the classifier, well if that takes at most `seconds`; else, if it is needed `now`, as well as it can be
        in them, though never for less than 150 steps."""
        if self._classifier is not None:
            return
        if self._seconds_a_step is None:
            began = time.monotonic()
            self._train(_TRIAL)
            self._seconds_a_step = (time.monotonic() - began) / _TRIAL
        affordable = int(seconds / self._seconds_a_step)
        if affordable < ENOUGH and not now:
            return
        self._steps = min(max(affordable, _FEWEST), ENOUGH)
        self._classifier = self._train(self._steps)
        self._own = self._accuracy(self._classifier, self._unseen, self._unseen_tags)
        self._images, self._tags = self._images[:0], self._tags[:0]

    def __call__(self, samples: Tensor, tags: Tensor) -> TagScores:
        """The scores of samples (N, 3, S, S) in [-1, 1] that were asked for with these tags. Needs `prepare`."""
        if self._classifier is None:
            raise ValueError("there is no classifier yet")
        return TagScores(
            accuracy=self._accuracy(self._classifier, _thumbnails(samples), tags),
            samples=len(samples),
            classifier=self._own,
            classifier_reals=len(self._unseen),
            classifier_steps=self._steps,
        )

    def _train(self, steps: int) -> TagClassifier:
        with torch.enable_grad():  # scores are asked for without gradients
            return train_classifier(
                self._images, self._tags, self._vocabulary, steps=steps, device=self._device, autocast=self._autocast
            )

    def _accuracy(self, classifier: TagClassifier, images: Tensor, tags: Tensor) -> dict[str, float]:
        with self._autocast():
            return classifier.accuracy(images.to(self._device), tags)


def _thumbnails(images: Tensor) -> Tensor:
    """Pictures (N, 3, S, S), uint8 or float, at 64 px at most: enough to see colours of eyes, and cheap."""
    if images.shape[-1] <= _SIDE:
        return images
    return torch.cat([_smaller(batch) for batch in torch.split(images, _BATCH)])


def _smaller(images: Tensor) -> Tensor:
    small = F.interpolate(images.float(), size=(_SIDE, _SIDE), mode="bilinear", antialias=True)
    return small if images.is_floating_point() else small.round().clamp(0, 255).to(images.dtype)
