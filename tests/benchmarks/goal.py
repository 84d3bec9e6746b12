"""Seconds to a fixed loss, measured by VGG19 in float32 whatever paints."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Literal

import torch
from torch import Tensor

from artgan.config.transfer import TransferConfig
from artgan.painting.optimise import Descent, Limits, paint
from artgan.painting.pyramid import Scale, fit, plan, resize

from page import Spread, number
from workload import Encoders, Pair, objective_of, precision_title, precisions

Optimizer = Literal["adam", "lbfgs"]
OPTIMIZERS: tuple[Optimizer, ...] = ("adam", "lbfgs")


@dataclass(frozen=True, kw_only=True)
class GoalPlan:
    """The race: at which size, to which goal, how far at most."""

    long_side: int
    reference_steps: int
    """Of the L-BFGS run in float32 at one scale; what it has reached half way is the goal."""
    steps: int
    """Most steps of each run that is timed."""
    every: int
    """Steps between two looks at the VGG19 loss, outside the clock."""
    pyramid: int | None
    """Scales of the pyramid; None leaves them to artgan."""


@dataclass(frozen=True, kw_only=True)
class Runner:
    """Who takes part."""

    encoder: str
    precision: str
    optimizer: Optimizer
    pyramid: bool


@dataclass(frozen=True)
class Look:
    """The VGG19 loss of the picture so far."""

    step: int
    seconds: float
    loss: float


@dataclass
class Trace:
    """One run: looks in order, and seconds of each step at full size."""

    looks: list[Look] = field(default_factory=list)
    full_size_seconds: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class GoalRow:
    encoder: Annotated[str, "encoder"]
    precision: Annotated[str, "precision"]
    optimizer: Annotated[str, "optimizer"]
    scales: Annotated[str, "scales"]
    seconds: Annotated[str, "seconds to the goal"]
    steps: Annotated[int | None, "steps to it"]
    lowest: Annotated[float, "lowest VGG19 loss"]
    lowest_seconds: Annotated[float, "seconds to the lowest"]
    step_seconds: Annotated[Spread | None, "seconds a step at full size"]


@dataclass(frozen=True)
class Goal:
    loss: float
    first_loss: float
    last_loss: float
    size: str
    rows: list[GoalRow]


def measure_goal(encoders: Encoders, pair: Pair, goal_plan: GoalPlan, tell: Callable[[str], None]) -> Goal:
    """Run the reference, then everybody to the goal; needs "vgg19" among the encoders."""
    height, width = fit(pair.content.shape[-2], pair.content.shape[-1], goal_plan.long_side)
    judge = objective_of(TransferConfig(), encoders.load("vgg19", "float32"))
    full_size = Scale(height=height, width=width, steps=1)
    targets = pair.targets(judge, full_size)

    @torch.no_grad()
    def score(picture: Tensor) -> float:
        return float(judge(resize(picture, height, width), targets).total)

    reference = Runner(encoder="vgg19", precision="float32", optimizer="lbfgs", pyramid=False)
    half = goal_plan.reference_steps // 2
    known = _run(reference, encoders, pair, goal_plan, score, steps=goal_plan.reference_steps, tolerance=0.0)
    goal = next(look.loss for look in known.looks if look.step >= half)
    rows = []
    for runner in _runners(encoders.names):
        # Whoever paints by VGG19 stops at the goal; the embedded encoder follows its own loss to its own end.
        stop_at = goal if runner.encoder == "vgg19" else None
        trace = _run(runner, encoders, pair, goal_plan, score, steps=goal_plan.steps, stop_at=stop_at)
        rows.append(_row(runner, trace, goal))
        tell(f"{runner}: {rows[-1].seconds}")
    return Goal(
        loss=goal,
        first_loss=score(resize(pair.content, height, width)),
        last_loss=known.looks[-1].loss,
        size=f"{width}x{height}",
        rows=rows,
    )


def _runners(encoders: Sequence[str]) -> list[Runner]:
    return [
        Runner(encoder=encoder, precision=precision, optimizer=optimizer, pyramid=pyramid)
        for encoder in encoders
        for precision in (precisions() if encoder == "vgg19" else precisions()[-1:])
        for optimizer in OPTIMIZERS
        for pyramid in (True, False)
    ]


def _run(
    runner: Runner,
    encoders: Encoders,
    pair: Pair,
    goal_plan: GoalPlan,
    score: Callable[[Tensor], float],
    *,
    steps: int,
    tolerance: float | None = None,
    stop_at: float | None = None,
) -> Trace:
    """Paint as the command does, from the content; targets are on the clock, loading and scoring are not."""
    config = TransferConfig(optimizer=runner.optimizer)
    objective = objective_of(config, encoders.load(runner.encoder, runner.precision))
    height, width = pair.content.shape[-2:]
    count = goal_plan.pyramid if runner.pyramid else 1
    scales = plan(height, width, long_side=goal_plan.long_side, steps=steps, scales=count)
    start = resize(pair.content, scales[0].height, scales[0].width)
    descent = Descent(start, optimizer=runner.optimizer, learning_rate=None)
    limits = Limits(
        tolerance=config.tolerance if tolerance is None else tolerance, budget=None, should_stop=lambda: False
    )
    iterates = paint(descent, scales, objective, lambda scale: pair.targets(objective, scale), limits)
    trace, clock, step, last_scale = Trace(), 0.0, 0, 0
    while True:
        began = time.perf_counter()
        iterate = next(iterates, None)
        took = time.perf_counter() - began
        clock += took
        if iterate is not None:
            step = iterate.step
            # The first step of a scale also computes the targets.
            if iterate.scale == len(scales) and last_scale == iterate.scale:
                trace.full_size_seconds.append(took)
            last_scale = iterate.scale
        if iterate is None or step % goal_plan.every == 0:
            trace.looks.append(Look(step=step, seconds=clock, loss=score(descent.result)))
            if iterate is None or (stop_at is not None and trace.looks[-1].loss <= stop_at):
                return trace


def _row(runner: Runner, trace: Trace, goal: float) -> GoalRow:
    reached = next((look for look in trace.looks if look.loss <= goal), None)
    lowest = min(trace.looks, key=lambda look: look.loss)
    return GoalRow(
        encoder=runner.encoder,
        precision=precision_title(runner.precision),
        optimizer=runner.optimizer,
        scales="pyramid" if runner.pyramid else "one",
        seconds=f"not in {trace.looks[-1].step} steps" if reached is None else number(reached.seconds),
        steps=None if reached is None else reached.step,
        lowest=lowest.loss,
        lowest_seconds=lowest.seconds,
        step_seconds=Spread.of(trace.full_size_seconds) if trace.full_size_seconds else None,
    )
