"""Every content in every style: artgan's time to the loss that a plain program has after so many steps, in shares."""

import dataclasses
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Annotated, Any

import torch
from torch import Tensor

from artgan.config.transfer import TransferConfig
from artgan.io.checkpoints import load_tensors
from artgan.painting.fast import FastPainter
from artgan.painting.optimise import Descent, Iterate, strength_of_start
from artgan.painting.pyramid import fit, resize
from artgan.painting.styles import Style
from artgan.pipelines.painters import OnePass

import plain_transfer
from kept import Kept, Measure, Part
from page import number, table
from race import Look, Trace, race
from workload import Encoders, Pair, begin, objective_of, read_pair

PAIRS_TITLE = "## Against a plain program, pair by pair"
_PLAIN = "plain"
_PACE = 3
"""Of the plain program's steps that are timed beside each run of artgan, after the first."""


@dataclass(frozen=True, kw_only=True)
class PairsPlan:
    """What is raced: plain steps at a size, and artgan with options that have names, each to the plain loss."""

    long_side: int
    plain_steps: int
    entrants: Mapping[str, TransferConfig]
    """Who begins with `--init fast` needs a painter."""
    every: int
    """Steps at full size between two looks at the loss, outside the clock."""
    share: float
    """Of the plain program's time: the goal."""


@dataclass(frozen=True)
class PairRow:
    content: Annotated[str, "content"]
    style: Annotated[str, "style"]
    entrant: Annotated[str, "artgan"]
    goal: Annotated[float, "plain loss"]
    plain: Annotated[float, "plain seconds"]
    seconds: Annotated[str, "artgan's seconds to it"]
    steps: Annotated[int | None, "steps"]
    lowest: Annotated[float, "lowest loss"]
    share: Annotated[float | None, "share of plain's time"]


@dataclass(frozen=True)
class SummaryRow:
    entrant: Annotated[str, "artgan"]
    pairs: Annotated[int, "pairs"]
    reached: Annotated[int, "reached the loss"]
    middle: Annotated[float | None, "median share"]
    worst: Annotated[float | None, "largest share"]
    within: Annotated[int, "within the goal"]


def measure_pairs(
    pairs: Sequence[tuple[Path, Path]],
    encoders: Encoders,
    plan: PairsPlan,
    kept: Kept,
    tell: Callable[[str], None],
    *,
    one_pass: OnePass | None = None,
) -> tuple[list[PairRow], list[Part]]:
    """Race each pair that is not kept yet; rows of all, in order, and what they are made of."""
    rows: list[PairRow] = []
    parts: list[Part] = []
    for files in pairs:
        race_of_pair = _Race(read_pair(*files), encoders, plan, one_pass)
        record = kept.record(files, race_of_pair.measures())
        parts += record.values()
        for name in plan.entrants:
            rows.append(_row(*(path.stem for path in files), name, _goal(record).loss, record[name]))
            tell(f"{rows[-1].content} in {rows[-1].style}: {name} {rows[-1].seconds} s, share {rows[-1].share}")
    return rows, parts


def pairs_section(rows: Sequence[PairRow], plan: PairsPlan, title: str = PAIRS_TITLE) -> str:
    """The section of the page."""
    names = dict.fromkeys(row.entrant for row in rows)
    summary = [_summary(name, [row for row in rows if row.entrant == name], plan.share) for name in names]
    return f"""\
{title}

`tests/benchmarks/plain_transfer.py` minimises the same loss as artgan's defaults, by VGG19 in float32, as it is
usually written in PyTorch: {plan.plain_steps} steps of L-BFGS from the content at {plan.long_side} px. artgan paints
until its picture, clipped, has that loss, which is looked for at full size, every {plan.every} steps, by the plain
program's own network, outside the clock. Both clocks run from the pictures in memory, with targets, without loading
weights. The plain program's loss may be of another day, and of fewer threads. Its seconds are always of the same
minutes as artgan's: before and after, its first step and the median of {_PACE} more, times all the others, which may
make them a few percent less than they are, as its later steps take longer. The goal is a share of {plan.share:g} of
the plain program's time.

{table(summary)}

{table(rows)}"""


class _Race:
    """One pair."""

    def __init__(self, pair: Pair, encoders: Encoders, plan: PairsPlan, one_pass: OnePass | None) -> None:
        self._pair, self._encoders, self._plan, self._one_pass = pair, encoders, plan, one_pass
        self._height, self._width = fit(*pair.content.shape[-2:], plan.long_side)
        self._known: plain_transfer.Loss | None = None

    def measures(self) -> dict[str, Measure]:
        """The plain program, and all who race against it."""
        common = self._settings()
        found = {_PLAIN: Measure(settings=common, run=lambda _: self.plain(), lasting=True)}
        for name, config in self._plan.entrants.items():
            run = partial(self._against_plain, config)
            settings = common | {"pace": _PACE} | _settings(config, self._one_pass)
            found[name] = Measure(settings=settings, run=run)
        return found

    def _against_plain(self, config: TransferConfig, parts: Mapping[str, Part]) -> dict[str, Any]:
        before = self._plain_seconds()
        found = self.artgan(config, _goal(parts).loss)
        return {"plain_seconds": (before + self._plain_seconds()) / 2, **found}

    def _plain_seconds(self) -> float:
        """Of the plain program with all its steps, as fast as this machine is now."""
        began = time.perf_counter()
        painting = plain_transfer.descend(self._loss(), self._content())
        next(painting)
        first = time.perf_counter() - began
        others = []
        for _ in range(_PACE):
            began = time.perf_counter()
            next(painting)
            others.append(time.perf_counter() - began)
        return first + (self._plan.plain_steps - 1) * median(others)

    def _settings(self) -> dict[str, Any]:
        """That all who race have in common."""
        return {
            "long_side": self._plan.long_side,
            "plain_steps": self._plan.plain_steps,
            "every": self._plan.every,
            "encoder": self._encoders.load("vgg19", "float32").sha256,
        }

    def plain(self) -> dict[str, Any]:
        """The plain program."""

        def steps() -> Iterator[Tensor]:
            # The loss, with its targets, is made on the clock.
            painting = plain_transfer.descend(self._loss(), self._content())
            for _ in range(self._plan.plain_steps):
                yield next(painting)

        trace = race(steps(), lambda picture: picture, self._score, lambda *_: False)  # only the last is looked at
        return self._found(trace)

    def artgan(self, config: TransferConfig, goal: float) -> dict[str, Any]:
        """artgan with these options, to a loss."""
        objective = objective_of(config, self._encoders.load("vgg19", config.precision))
        began = time.perf_counter()
        start = self._sketch(config) if config.init == "fast" else None
        before = time.perf_counter() - began
        painting, descent = begin(config, objective, self._pair, self._plan.long_side, start=start)
        trace = race(
            painting,
            partial(_result, descent),
            self._score,
            lambda iterate, step: iterate.width == self._width and step % self._plan.every == 0,
            stop_at=goal,
            before=before,
        )
        return {"before": before, **self._found(trace)}

    def _sketch(self, config: TransferConfig) -> Tensor:
        """What the painter makes of the content, as `--init fast` begins with."""
        one_pass = self._one_pass
        if one_pass is None:
            raise ValueError("--init fast needs a painter")
        painter = FastPainter(
            config=config,
            network=one_pass.network,
            eyes=one_pass.eyes,
            styles=[Style(image=self._pair.style)],
            size=self._plan.long_side,
            of_strength=strength_of_start(config.steps),
        )
        return painter.repainted(self._content())

    def _content(self) -> Tensor:
        return resize(self._pair.content, self._height, self._width)

    def _loss(self) -> plain_transfer.Loss:
        vgg = plain_transfer.Vgg19(_weights(self._encoders))
        side = min(self._plan.long_side, max(self._pair.style.shape[-2:]))
        style = resize(self._pair.style, *fit(*self._pair.style.shape[-2:], side))
        return plain_transfer.Loss(vgg, self._content(), style)

    @torch.no_grad()
    def _score(self, picture: Tensor) -> float:
        self._known = self._known or self._loss()
        return float(self._known(resize(picture.clamp(0, 1), self._height, self._width)))

    def _found(self, trace: Trace[Any]) -> dict[str, Any]:
        looks = [dataclasses.asdict(look) for look in trace.looks]
        return {"size": f"{self._width}x{self._height}", "looks": looks}


def _goal(record: Mapping[str, Part]) -> Look:
    """Where the plain program ends."""
    return Look(**record[_PLAIN]["looks"][-1])


def _settings(config: TransferConfig, one_pass: OnePass | None) -> dict[str, Any]:
    """Of one who races; a painter is known by what it holds, not by where it lies."""
    options = dataclasses.asdict(dataclasses.replace(config, painter=None))
    if one_pass is None or config.init != "fast":
        return {"options": options, "painter": None}
    return {"options": options, "painter": one_pass.sha256, "start": strength_of_start(config.steps)}


def _result(descent: Descent, _: Iterate) -> Tensor:
    return descent.result


def _weights(encoders: Encoders) -> dict[str, Tensor]:
    path = encoders.weights["vgg19"]
    if path is None:
        raise ValueError("the plain program needs a file with VGG19's weights")
    tensors, _ = load_tensors(path)
    return tensors


def _row(content: str, style: str, name: str, goal: float, part: Part) -> PairRow:
    trace: Trace[None] = Trace(looks=[Look(**look) for look in part["looks"]])
    reached, plain = trace.reached(goal), part["plain_seconds"]
    return PairRow(
        content,
        style,
        name,
        goal,
        plain,
        f"not in {trace.looks[-1].step} steps" if reached is None else number(reached.seconds),
        None if reached is None else reached.step,
        trace.lowest.loss,
        None if reached is None else reached.seconds / plain,
    )


def _summary(name: str, rows: Sequence[PairRow], goal: float) -> SummaryRow:
    shares = sorted(row.share for row in rows if row.share is not None)
    return SummaryRow(
        name,
        len(rows),
        len(shares),
        median(shares) if shares else None,
        shares[-1] if shares else None,
        sum(share <= goal for share in shares),
    )
