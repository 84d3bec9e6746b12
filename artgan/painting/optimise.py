"""Gatys' method: change the pixels until the encoder sees the content's features and the style's statistics.

The picture is optimised at one scale by `Descent`; `paint` walks a pyramid of scales. Adam's moments and the average
of its iterates are carried from scale to scale, so that a new scale starts warm instead of with a burst of noise (an
idea of K. Crowson's style transfer, 2021).
"""

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import torch
import torch.nn.functional as F
from torch import Tensor

from artgan.errors import DivergedError
from artgan.painting.lbfgs import Lbfgs
from artgan.painting.objective import Losses, Objective, Targets
from artgan.painting.pyramid import Scale, resize

AVERAGE_DECAY = 0.95
"""Of the average of Adam's iterates: it forgets a scale's first steps within about sixty."""
PLATEAU = 20
"""Steps over which a fall of the loss is judged."""
HOLD, HOLD_WEIGHT = 24, 6.0
"""In the first steps of L-BFGS from the content the content weighs more, HOLD_WEIGHT times as much more, falling to
nothing within HOLD steps: else rough steps to the style destroy what takes most of the later ones to mend."""
MANY = 2 * HOLD
"""Steps from which on a painting in one pass is a start like the content. Fewer make the best of what they find."""
OUTSIDE_WEIGHT = 20.0
"""Of the mean square of what lies outside [0, 1], in units of the first loss: L-BFGS would lose its curvature to a
projection, and what is outside is clipped in the end."""


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


class Adam:
    """Adam on one picture (Kingma and Ba 2015, algorithm 1), whose moments can change size with it.

    torch.optim's own imports a compiler when it is made: a second of start and 150 MB that one tensor does not need.
    """

    BETAS = (0.9, 0.99)
    EPSILON = 1e-8

    def __init__(self, picture: Tensor, rate: float) -> None:
        self._rate = rate
        self.steps = 0
        self.mean = torch.zeros_like(picture)
        self.square = torch.zeros_like(picture)

    def step(self, picture: Tensor, gradient: Tensor) -> None:
        """Move the picture, in place, against the gradient."""
        self.steps += 1
        for moment, value, beta in ((self.mean, gradient, 0), (self.square, gradient.square(), 1)):
            moment.lerp_(value, 1 - self.BETAS[beta])
        mean = self.mean / (1 - self.BETAS[0] ** self.steps)
        square = self.square / (1 - self.BETAS[1] ** self.steps)
        picture.addcdiv_(mean, square.sqrt_().add_(self.EPSILON), value=-self._rate)

    def resize(self, picture: Tensor) -> None:
        """Go on with a picture of another size: moments are resampled; second moments stay above zero."""
        size = picture.shape[-2:]
        self.mean = F.interpolate(self.mean, size=size, mode="bicubic", align_corners=False)
        self.square = F.interpolate(self.square, size=size, mode="bilinear", align_corners=False)

    def state(self) -> dict[str, Tensor]:
        """All that the next step depends on."""
        return {"adam.mean": self.mean, "adam.square": self.square, "adam.steps": torch.tensor(self.steps)}

    def restore(self, state: Mapping[str, Tensor], device: torch.device) -> None:
        """Take up what `state` gave, bit for bit."""
        self.mean, self.square = (state[name].to(device, copy=True) for name in ("adam.mean", "adam.square"))
        self.steps = int(state["adam.steps"])


class Descent:
    """Optimises one picture. `picture` is (1, 3, H, W) in [0, 1]; `resize` moves to another scale.

    `origin` is the picture that it starts from, at full size, where there is one: its detail is there from the first
    step of each scale.
    """

    def __init__(
        self, picture: Tensor, *, optimizer: str, learning_rate: float | None, origin: Tensor | None = None
    ) -> None:
        rate = learning_rate or (0.02 if optimizer == "adam" else 1.0)
        self._origin = origin
        self._optimizer = Adam(picture, rate) if optimizer == "adam" else Lbfgs(picture, rate)
        self._begin(picture)

    def _begin(self, picture: Tensor) -> None:
        self.picture = picture.detach().clone(memory_format=torch.contiguous_format).requires_grad_(True)
        self._average = torch.zeros_like(self.picture)
        self._weight = 0.0  # how much of the average is filled, for its bias correction
        self._pull = 0.0  # into the box [0, 1], where pictures live; as many times as the loss is at first

    def step(self, objective: Objective, targets: Targets, held: float = 1.0) -> Losses:
        """One step, with so many times the content's weight; the losses are those before it, with its own."""
        holding = replace(objective, content_weight=held * objective.content_weight)
        losses, gradient = holding.gradient(self.picture, targets)
        content = losses.content / held
        losses = Losses(content=content, style=losses.style, total=losses.total - losses.content + content)
        with torch.no_grad():
            if isinstance(self._optimizer, Adam):
                self._optimizer.step(self.picture, gradient)
                self.picture.clamp_(0, 1)
                self._average.lerp_(self.picture, 1 - AVERAGE_DECAY)
                self._weight += (1 - AVERAGE_DECAY) * (1 - self._weight)
            else:
                self._pull = self._pull or losses.total.item()
                outside = self.picture - self.picture.clamp(0, 1)
                weight = 2 * OUTSIDE_WEIGHT * self._pull / outside.numel()
                self._optimizer.step(self.picture, gradient + weight * outside)
        return losses

    @property
    def result(self) -> Tensor:
        """The picture reached: Adam's average of iterates, which is calmer than the last, else the last."""
        picture = self._average / self._weight if self._weight > 0 else self.picture
        return picture.detach().clamp(0, 1)

    def state(self) -> dict[str, Tensor]:
        """All that the next step depends on, by name; `restore` takes it back, bit for bit."""
        return {
            "picture": self.picture.detach(),
            "average": self._average,
            "average_weight": torch.tensor(self._weight, dtype=torch.float64),
            "pull": torch.tensor(self._pull, dtype=torch.float64),
            **self._optimizer.state(),
        }

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Take up a descent of the same optimiser where `state` was taken. Raises KeyError for one of another."""
        device = self.picture.device
        self._begin(state["picture"].to(device))
        self._average = state["average"].to(device, copy=True)
        self._weight = float(state["average_weight"])
        self._pull = float(state["pull"])
        self._optimizer.resize(self.picture.detach())
        self._optimizer.restore(state, device)

    def resize(self, height: int, width: int) -> None:
        """Continue at another size from the result; Adam's moments are carried over, L-BFGS starts its history anew."""
        result = self.result
        if result.shape[-2:] == (height, width):
            return
        enlarged = resize(result, height, width)
        if self._origin is not None:
            # What was changed is enlarged, not the picture: its finer detail would have to be made anew.
            coarse = resize(resize(self._origin, *result.shape[-2:]), height, width)
            enlarged = (resize(self._origin, height, width) + enlarged - coarse).clamp(0, 1)
        self._begin(enlarged)
        self._optimizer.resize(self.picture.detach())


@dataclass(frozen=True, kw_only=True)
class Limits:
    """When to stop: a flat loss at a scale, a time in seconds for the picture, or the user."""

    tolerance: float
    budget: float | None
    should_stop: Callable[[], bool]


@dataclass(kw_only=True)
class Reached:
    """How far a painting is; `paint` keeps it up to date and goes on from it."""

    scale: int = 0
    """Index of the scale at work."""
    step: int = 0
    """Steps taken at it."""
    total_steps: int = 0
    losses: list[float] = field(default_factory=list)
    """The last losses at this scale, as many as are judged."""
    seconds: float = 0.0
    """Spent on it before this process."""
    finished: bool = False


def paint(
    descent: Descent,
    scales: Sequence[Scale],
    objective: Objective,
    targets_at: Callable[[Scale], Targets],
    limits: Limits,
    reached: Reached | None = None,
    *,
    hold: int = 0,
) -> Iterator[Iterate]:
    """Optimise through the scales, yielding every step; `descent.result` is the picture at any time.

    In the first `hold` steps the content weighs more; losses are told without that. A budget is shared by the scales in
    proportion to their cost, steps times pixels, so that the finest is always reached. With `reached`, the descent is
    in the state in which it was there. Raises DivergedError when the loss is not finite.
    """
    reached = reached or Reached()
    clock = _Clock(scales, limits.budget, reached.seconds)
    for number, scale in enumerate(scales[reached.scale :], start=reached.scale):
        if number != reached.scale:
            reached.scale, reached.step, reached.losses = number, 0, []
        descent.resize(scale.height, scale.width)
        targets = targets_at(scale)
        while reached.step < scale.steps:
            if reached.losses and (clock.over(number) or _flat(reached.losses, limits.tolerance)):
                break
            if limits.should_stop():
                return
            losses = descent.step(objective, targets, _held(reached.total_steps, hold))
            total = losses.total.item()
            if not math.isfinite(total):
                raise DivergedError(
                    f"the loss is {total} at step {reached.total_steps + 1}: lower --learning-rate or the weights"
                )
            reached.step += 1
            reached.total_steps += 1
            reached.losses = [*reached.losses[1 - 2 * PLATEAU :], total]
            yield Iterate(
                scale=number + 1,
                width=scale.width,
                height=scale.height,
                step=reached.total_steps,
                content=losses.content.item(),
                style=losses.style.item(),
                total=total,
                seconds_left=clock.seconds_left(number, reached.step),
            )
    reached.finished = True


def steps_held(optimizer: str, init: str, steps: int) -> int:
    """In how many first steps of so many, of a painting with these options, the content weighs more."""
    shows_content = init == "content" or (init == "fast" and steps >= MANY)
    return min(HOLD, steps // 3) if optimizer == "lbfgs" and shows_content else 0


def strength_of_start(steps: int) -> float:
    """Of a painting in one pass that so many steps begin with, as a share of the strength that is asked for: many find
    all of the style by themselves, but hardly what of the content one pass has lost."""
    return 0.5 if steps >= MANY else 1.0


def _held(taken: int, hold: int) -> float:
    """How many times its weight the content has after so many steps."""
    return 1 + HOLD_WEIGHT * (1 - taken / hold) if taken < hold else 1.0


def _flat(history: Sequence[float], tolerance: float) -> bool:
    """Whether the mean loss of the last steps is hardly below that of those before them."""
    if tolerance == 0 or len(history) < 2 * PLATEAU:
        return False
    before = sum(history[-2 * PLATEAU : -PLATEAU])
    return before - sum(history[-PLATEAU:]) <= tolerance * before


class _Clock:
    """Shares a budget among the scales and estimates the time left from the speed so far."""

    def __init__(self, scales: Sequence[Scale], budget: float | None, spent: float) -> None:
        self._scales = scales
        self._costs = [scale.steps * scale.pixels for scale in scales]
        self._budget = budget
        self._began = time.monotonic() - spent

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
