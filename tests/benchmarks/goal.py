"""Seconds to a fixed loss, measured by VGG19 in float32 whatever paints."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import torch
from torch import Tensor

from artgan.config.transfer import TransferConfig
from artgan.painting.optimise import Iterate
from artgan.painting.pyramid import Scale, fit, resize

from page import Spread, number
from race import Trace, race
from workload import Encoders, Pair, begin, objective_of, precision_title, precisions

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
        rows.append(_row(runner, trace, goal, width))
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
) -> Trace[Iterate]:
    """Paint as the command does, from the content; targets are on the clock, loading and scoring are not."""
    config = TransferConfig(
        optimizer=runner.optimizer,
        steps=steps,
        scales=goal_plan.pyramid if runner.pyramid else 1,
        tolerance=TransferConfig().tolerance if tolerance is None else tolerance,
    )
    objective = objective_of(config, encoders.load(runner.encoder, runner.precision))
    iterates, descent = begin(config, objective, pair, goal_plan.long_side)
    return race(
        iterates,
        lambda iterate: descent.result,
        score,
        lambda iterate, step: step % goal_plan.every == 0,
        stop_at=stop_at,
    )


def _full_size_seconds(trace: Trace[Iterate], width: int) -> list[float]:
    """Of each step at the last scale, but for its first, which also computes the targets."""
    return [took for iterate, took in trace.steps if iterate.width == width][1:]


def _row(runner: Runner, trace: Trace[Iterate], goal: float, width: int) -> GoalRow:
    reached, lowest = trace.reached(goal), trace.lowest
    full_size = _full_size_seconds(trace, width)
    return GoalRow(
        encoder=runner.encoder,
        precision=precision_title(runner.precision),
        optimizer=runner.optimizer,
        scales="pyramid" if runner.pyramid else "one",
        seconds=f"not in {trace.looks[-1].step} steps" if reached is None else number(reached.seconds),
        steps=None if reached is None else reached.step,
        lowest=lowest.loss,
        lowest_seconds=lowest.seconds,
        step_seconds=Spread.of(full_size) if full_size else None,
    )
