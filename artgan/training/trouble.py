"""Trouble that metrics show, said in plain words: the discriminator has won, the samples look alike."""

from collections.abc import Mapping, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from artgan.events import Listener, Note
from artgan.training.engine import Callback
from artgan.training.translation_trouble import translation_troubles

_SURE = 0.97
_LINES = 10
_STEPS = 500
"""A discriminator is said to have won after being sure for this many steps and lines."""
_GROWN = 1.05
_ALIKE = 0.15
"""Samples that differ by less than this share of how training pictures differ look alike."""
_ALIKE_IN_STRUCTURE = 0.5
_SCORES = frozenset({"score/diversity", "score/ms_ssim"})
_EARLY = 500
_DIVERSITY_SIDE = 16
"""Samples are compared at this size, where noise and detail do not count as a difference."""


class Doctor(Callback):
    """Watches the lines of metrics and says what is wrong, once each time it begins.

    `lines` are those of the run before this session. `learning_rate` is named in the advice.
    """

    def __init__(self, listener: Listener, lines: Sequence[Mapping[str, float]], learning_rate: float) -> None:
        self._listener, self._rate = listener, learning_rate
        self._lines = list(lines)
        self._scored = [line for line in lines if not _SCORES.isdisjoint(line)]
        self._known: set[str] = set()

    def logged(self, line: Mapping[str, float]) -> None:
        """Look at the run so far."""
        self._lines.append(line)
        if not _SCORES.isdisjoint(line):
            self._scored.append(line)  # a long run has many lines, few of them with scores
        found = set()
        if discriminator_won(self._lines):
            found.add(
                "the discriminator has won: it tells every picture from every sample while the generator's loss "
                f"grows, so nothing more is learned; try --learning-rate {self._rate / 4:g}, or more pictures"
            )
        if samples_alike(self._scored) or structure_alike(self._scored):
            found.add(
                "the samples look alike (the generator has collapsed): start again with a lower --learning-rate or "
                "more pictures; earlier grids are in samples/"
            )
        found |= translation_troubles(self._lines)
        for text in sorted(found - self._known):
            self._listener(Note(text=f"step {int(line['step'])}: {text}"))
        self._known = found


def discriminator_won(lines: Sequence[Mapping[str, float]]) -> bool:
    """Whether, for the last 500 steps and 10 lines at least, the discriminator held pictures for real and samples for
    fake, sure to 97 %, while the generator's loss grew. False for tasks without these figures."""
    sure: list[Mapping[str, float]] = []
    for line in reversed(lines):
        if not line.keys() >= {"score/real", "score/fake", "loss/generator"}:
            continue
        if line["score/real"] < _SURE or line["score/fake"] > 1 - _SURE:
            break
        sure.append(line)
    if len(sure) < _LINES or sure[0]["step"] - sure[-1]["step"] < _STEPS:
        return False
    third = len(sure) // 3
    late = sum(line["loss/generator"] for line in sure[:third])
    early = sum(line["loss/generator"] for line in sure[-third:])
    return late > _GROWN * early


def samples_alike(lines: Sequence[Mapping[str, float]]) -> bool:
    """Whether the last two grids, beyond training's beginning, show samples that hardly differ."""
    seen = [line["score/diversity"] for line in lines if "score/diversity" in line and line["step"] > _EARLY]
    return len(seen) >= 2 and max(seen[-2:]) < _ALIKE


def structure_alike(lines: Sequence[Mapping[str, float]]) -> bool:
    """Whether in the last two scores, beyond training's beginning, samples differ in structure by less than half as
    much as real pictures do: by MS-SSIM, which is 1 for copies."""
    names = {"score/ms_ssim", "score/ms_ssim_reals"}
    seen = [line for line in lines if names <= line.keys() and line["step"] > _EARLY]
    shares = [(1 - line["score/ms_ssim"]) / max(1 - line["score/ms_ssim_reals"], 1e-6) for line in seen]
    return len(shares) >= 2 and max(shares[-2:]) < _ALIKE_IN_STRUCTURE


def diversity(images: Tensor) -> float:
    """The mean absolute difference between images (N, 3, H, W), over all pairs, seen small; 0 when all are alike."""
    side = min(_DIVERSITY_SIDE, *images.shape[-2:])
    flat = F.adaptive_avg_pool2d(images.float(), side).flatten(1)
    return float(torch.pdist(flat, p=1).mean() / flat.shape[1]) if len(flat) > 1 else 0.0
