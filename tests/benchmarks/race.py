"""Steps on the clock, looks at the picture off it: how soon a loss is reached."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from torch import Tensor

Step = TypeVar("Step")


@dataclass(frozen=True)
class Look:
    """The loss of the picture so far."""

    step: int
    seconds: float
    loss: float


@dataclass
class Trace(Generic[Step]):
    """One run: looks in order, and each step with its seconds."""

    looks: list[Look] = field(default_factory=list)
    steps: list[tuple[Step, float]] = field(default_factory=list)

    def reached(self, loss: float) -> Look | None:
        """The first look at which the loss was no higher."""
        return next((look for look in self.looks if look.loss <= loss), None)

    @property
    def lowest(self) -> Look:
        """The look with the lowest loss."""
        return min(self.looks, key=lambda look: look.loss)


def race(
    steps: Iterator[Step],
    picture: Callable[[Step], Tensor],
    score: Callable[[Tensor], float],
    looks_at: Callable[[Step, int], bool],
    *,
    stop_at: float | None = None,
    before: float = 0.0,
) -> Trace[Step]:
    """Take steps until there are none, or a look finds a loss of `stop_at`; `before` is what the clock starts at.

    Making a step is timed; `picture`, which is asked for the picture after it, and `score` are not. `looks_at` tells
    for a step and its number, from 1, whether it is looked at; the last always is.
    """
    trace: Trace[Step] = Trace()
    clock = before
    while True:
        began = time.perf_counter()
        step = next(steps, None)
        took = time.perf_counter() - began
        clock += took
        taken = len(trace.steps)
        if step is not None:
            trace.steps.append((step, took))
            if not looks_at(step, taken + 1):
                continue
        elif not trace.steps or (trace.looks and trace.looks[-1].step == taken):
            return trace
        last = trace.steps[-1][0]
        trace.looks.append(Look(len(trace.steps), clock, score(picture(last))))
        if step is None or (stop_at is not None and trace.looks[-1].loss <= stop_at):
            return trace
