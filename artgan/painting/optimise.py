"""Gatys' method: change the pixels until the encoder sees the content's features and the style's statistics.

The picture is optimised at one scale by `Descent`; `paint` walks a pyramid of scales. Adam's moments and the average
of its iterates are carried from scale to scale, so that a new scale starts warm instead of with a burst of noise (an
idea of K. Crowson's style transfer, 2021).
"""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from artgan.errors import DivergedError
from artgan.painting.objective import Losses, Objective, Targets
from artgan.painting.pyramid import Scale, resize

AVERAGE_DECAY = 0.95
"""Of the average of Adam's iterates: it forgets a scale's first steps within about sixty."""
PLATEAU = 20
"""Steps over which a fall of the loss is judged."""
LBFGS_HISTORY = 20
# A relative loss of about one has gradients of 1e-6 a pixel; L-BFGS's first step is that small unless it is scaled.
LBFGS_LOSS_SCALE = 1e3


@dataclass(frozen=True, kw_only=True)
class Iterate:
    """One step of a picture: where it is, what the losses were before the step, how long is left (seconds)."""

    scale: int
    width: int
    height: int
    step: int
    content: float
    style: float
    total: float
    seconds_left: float


class Descent:
    """Optimises one picture at a time. `picture` is (1, 3, H, W) in [0, 1]; `resize` moves to another scale."""

    def __init__(self, picture: Tensor, *, optimizer: str, learning_rate: float | None) -> None:
        self._adam = optimizer == "adam"
        self._rate = learning_rate or (0.02 if self._adam else 1.0)
        self._steps = 0
        self._weight = 0.0  # how much of the average has been filled, for its bias correction
        self._begin(picture)

    def _begin(self, picture: Tensor) -> None:
        # L-BFGS flattens the picture with `view`, which needs it contiguous.
        self.picture = picture.detach().clone(memory_format=torch.contiguous_format).requires_grad_(True)
        self._optimizer: torch.optim.Optimizer
        if self._adam:
            self._optimizer = torch.optim.Adam([self.picture], lr=self._rate, betas=(0.9, 0.99))
            self._average = torch.zeros_like(self.picture)
            self._weight = 0.0
        else:
            self._optimizer = torch.optim.LBFGS(
                [self.picture],
                lr=self._rate,
                max_iter=1,
                history_size=LBFGS_HISTORY,
                tolerance_grad=0,
                tolerance_change=0,
            )

    def step(self, objective: Objective, targets: Targets) -> Losses:
        """One step; the losses are those before it."""
        first: Losses | None = None

        def evaluate() -> float:
            nonlocal first
            losses = objective(self.picture, targets)
            scale = 1.0 if self._adam else LBFGS_LOSS_SCALE
            (gradient,) = torch.autograd.grad(losses.total * scale, self.picture)
            self.picture.grad = gradient.contiguous()  # L-BFGS views it as a vector
            first = first or losses
            return losses.total.item() * scale

        self._optimizer.step(evaluate)
        assert first is not None
        self._steps += 1
        if self._adam:
            # The box [0, 1] is where pictures live; L-BFGS would lose its curvature to a projection.
            with torch.no_grad():
                self.picture.clamp_(0, 1)
                self._average.lerp_(self.picture, 1 - AVERAGE_DECAY)
                self._weight += (1 - AVERAGE_DECAY) * (1 - self._weight)
        return first

    @property
    def result(self) -> Tensor:
        """The picture reached: Adam's average of iterates, which is calmer than the last, else the last."""
        if self._adam and self._weight > 0:
            return (self._average / self._weight).detach().clamp(0, 1)
        return self.picture.detach().clamp(0, 1)

    def resize(self, height: int, width: int) -> None:
        """Continue at another size from the result, with Adam's moments resampled."""
        old = self._optimizer.state.get(self.picture, {}) if self._adam else {}
        self._begin(resize(self.result, height, width))
        if old:
            size = (height, width)
            self._optimizer.state[self.picture] = {
                "step": old["step"],
                "exp_avg": F.interpolate(old["exp_avg"], size=size, mode="bicubic", align_corners=False),
                "exp_avg_sq": F.interpolate(old["exp_avg_sq"], size=size, mode="bilinear", align_corners=False),
            }


@dataclass(frozen=True, kw_only=True)
class Limits:
    """When to stop: a flat loss at a scale, a time in seconds for the picture, or the user."""

    tolerance: float
    budget: float | None
    should_stop: Callable[[], bool]


def paint(
    descent: Descent,
    scales: Sequence[Scale],
    objective: Objective,
    targets_at: Callable[[Scale], Targets],
    limits: Limits,
) -> Iterator[Iterate]:
    """Optimise through the scales, yielding every step; `descent.result` is the picture at any time.

    A budget is shared by the scales in proportion to their cost, steps times pixels, so that the finest is always
    reached. Raises DivergedError when the loss is not finite.
    """
    clock = _Clock(scales, limits.budget)
    total_steps = 0
    for number, scale in enumerate(scales):
        descent.resize(scale.height, scale.width)
        targets = targets_at(scale)
        history: list[float] = []
        for step in range(scale.steps):
            if limits.should_stop():
                return
            losses = descent.step(objective, targets)
            total = losses.total.item()
            if not math.isfinite(total):
                raise DivergedError(
                    f"the loss is {total} at step {total_steps + 1}: lower --learning-rate or the weights"
                )
            total_steps += 1
            history.append(total)
            yield Iterate(
                scale=number + 1,
                width=scale.width,
                height=scale.height,
                step=total_steps,
                content=losses.content.item(),
                style=losses.style.item(),
                total=total,
                seconds_left=clock.seconds_left(number, step + 1),
            )
            if clock.over(number) or _flat(history, limits.tolerance):
                break


def _flat(history: Sequence[float], tolerance: float) -> bool:
    """Whether the mean loss of the last steps is hardly below that of those before them."""
    if tolerance == 0 or len(history) < 2 * PLATEAU:
        return False
    before = sum(history[-2 * PLATEAU : -PLATEAU])
    return before - sum(history[-PLATEAU:]) <= tolerance * before


class _Clock:
    """Shares a budget among the scales and estimates the time left from the speed so far."""

    def __init__(self, scales: Sequence[Scale], budget: float | None) -> None:
        self._scales = scales
        self._costs = [scale.steps * scale.pixels for scale in scales]
        self._budget = budget
        self._began = time.monotonic()

    def over(self, scale: int) -> bool:
        if self._budget is None:
            return False
        share = sum(self._costs[: scale + 1]) / sum(self._costs)
        return time.monotonic() - self._began >= self._budget * share

    def seconds_left(self, scale: int, steps: int) -> float:
        done = sum(self._costs[:scale]) + steps * self._scales[scale].pixels
        elapsed = time.monotonic() - self._began
        estimate = elapsed * (sum(self._costs) - done) / done
        return estimate if self._budget is None else max(0.0, min(estimate, self._budget - elapsed))
