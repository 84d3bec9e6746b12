"""Pictures that are being repainted through the student while it learns: so its holes are found, and closed.

Whoever optimises a picture through a thin network finds what the network cannot tell apart. Each picture of the pool
has a content and a style as in `artgan transfer` and takes one step of Adam whenever it is drawn; then the teacher
says what it really sees there. After some steps a picture is put to rest and another one begins.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from pictures import Sampler
from student import CONTENT_LAYER, STYLE_LAYERS, Student
from torch import Tensor

from artgan.losses.perceptual import content_loss, gram_matrix, style_loss

BETA1, BETA2 = 0.9, 0.99
CONTENT_WEIGHTS = (0.0, 0.2, 1.0)
"""Against the sum of five style losses; with their mean, as in `artgan transfer`, they would be 0, 0.04 and 0.2."""
RATES = (0.01, 0.03, 0.06)
"""Of Adam, in pixel values a step."""
LIFE = (10, 90)
"""Steps that a picture lives: from, up to."""


@dataclass(frozen=True)
class Goal:
    """What a picture of the pool is repainted towards, seen through the student of the day it was born."""

    grams: dict[str, Tensor]
    content: Tensor
    content_weight: float
    rate: float


class Pool:
    """`pictures` (count, 3, S, S) in [0, 1], each with a goal. The student's heads must be set.

    Args:
        rng: of the choices; noise comes from PyTorch's global generator.
        precision: bfloat16 computes features and Gram matrices in it.
    """

    def __init__(
        self, count: int, student: Student, sampler: Sampler, rng: np.random.Generator, precision: torch.dtype
    ) -> None:
        self._student, self._sampler, self._rng, self._precision = student, sampler, rng, precision
        self.pictures = torch.zeros(count, 3, sampler.size, sampler.size)
        self._moment1, self._moment2 = torch.zeros_like(self.pictures), torch.zeros_like(self.pictures)
        self._age, self._life = [0] * count, [0] * count
        self._goals: dict[int, Goal] = {}
        self._begin(range(count))

    def choose(self, count: int) -> list[int]:
        """Numbers of pictures, no two the same."""
        chosen: list[int] = self._rng.choice(len(self.pictures), count, replace=False).tolist()
        return chosen

    def move(self, chosen: Sequence[int]) -> None:
        """One step of each of these along the student's own gradient."""
        pictures = self.pictures[list(chosen)].requires_grad_(True)
        with self._autocast():
            features = self._student(pictures, (*STYLE_LAYERS, CONTENT_LAYER))
        metrics = {layer: self._student.metric(layer) for layer in (*STYLE_LAYERS, CONTENT_LAYER)}
        grams = {layer: gram_matrix(features[layer]) for layer in STYLE_LAYERS}
        loss = torch.zeros(())
        for row, number in enumerate(chosen):
            goal, this = self._goals[number], slice(row, row + 1)
            for layer in STYLE_LAYERS:
                metric, target = metrics[layer], goal.grams[layer]
                loss = loss + style_loss(grams[layer][this], target, "relative", metric=metric)
            if goal.content_weight:
                own, metric = features[CONTENT_LAYER][this], metrics[CONTENT_LAYER]
                loss = loss + goal.content_weight * content_loss(own, goal.content, "relative", metric=metric)
        (gradients,) = torch.autograd.grad(loss, pictures)
        for number, gradient in zip(chosen, gradients, strict=True):
            self._step(number, gradient)

    def replace(self, chosen: Sequence[int]) -> None:
        """Begin anew with those of these that have lived their life."""
        dead = [number for number in chosen if self._age[number] >= self._life[number]]
        if dead:
            self._begin(dead)

    def _step(self, number: int, gradient: Tensor) -> None:
        """Adam (Kingma & Ba 2015), one picture's."""
        self._age[number] += 1
        age = self._age[number]
        moment1 = self._moment1[number].lerp_(gradient, 1 - BETA1)
        moment2 = self._moment2[number].lerp_(gradient.square(), 1 - BETA2)
        direction = (moment1 / (1 - BETA1**age)) / ((moment2 / (1 - BETA2**age)).sqrt() + 1e-12)
        self.pictures[number] = (self.pictures[number] - self._goals[number].rate * direction).clamp(0, 1)

    @torch.no_grad()
    def _begin(self, numbers: Sequence[int]) -> None:
        styles, contents = self._sampler.batch(len(numbers)), self._sampler.batch(len(numbers))
        with self._autocast():
            grams = {layer: gram_matrix(f) for layer, f in self._student(styles, STYLE_LAYERS).items()}
            features = self._student(contents, (CONTENT_LAYER,))[CONTENT_LAYER].float()
        for row, number in enumerate(numbers):
            content, drawn = contents[row], self._rng.random()
            if drawn < 0.6:
                self.pictures[number] = content
            elif drawn < 0.75:
                self.pictures[number] = torch.rand_like(content)
            else:
                self.pictures[number] = (content + torch.rand_like(content)) / 2
            this = slice(row, row + 1)
            self._goals[number] = Goal(
                grams={layer: gram[this] for layer, gram in grams.items()},
                content=features[this],
                content_weight=float(self._rng.choice(CONTENT_WEIGHTS)),
                rate=float(self._rng.choice(RATES)),
            )
            self._age[number], self._life[number] = 0, int(self._rng.integers(*LIFE))
            self._moment1[number], self._moment2[number] = 0, 0

    def _autocast(self) -> torch.autocast:
        return torch.autocast("cpu", torch.bfloat16, enabled=self._precision == torch.bfloat16)
