"""Every content in every style: artgan's time to the loss that a plain program has after so many steps, in shares.

A pair takes minutes, all of them hours: each is kept in a file of its own when it is done, and not measured again.
"""

import dataclasses
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Annotated, Any, Literal

import torch
from torch import Tensor

from artgan.io.checkpoints import load_tensors
from artgan.io.images import read_picture
from artgan.painting.optimise import Descent, Iterate
from artgan.painting.pyramid import fit, resize
from artgan.painting.tensors import to_tensor

import plain_transfer
from machine import describe
from page import number, table
from race import Look, Trace, race
from workload import CPU, Encoders, Pair, begin, objective_of, recipe_config

Choice = Literal["diagonal", "all"]

_SUFFIXES = (".jpg", ".png")
PAIRS_TITLE = "## Against a plain program, pair by pair"
DEFAULTS = "defaults"
QUARTER = 0.25
"""Of the plain program's time: the goal."""


@dataclass(frozen=True, kw_only=True)
class PairsPlan:
    """What is raced: plain steps at a size, and artgan's recipes (None: its defaults), each to the plain loss."""

    long_side: int
    plain_steps: int
    recipes: tuple[str | None, ...]
    every: int
    """Steps at full size between two looks at the loss, outside the clock."""


@dataclass(frozen=True)
class PairRow:
    content: Annotated[str, "content"]
    style: Annotated[str, "style"]
    recipe: Annotated[str, "artgan"]
    goal: Annotated[float, "plain loss"]
    plain: Annotated[float, "plain seconds"]
    seconds: Annotated[str, "artgan's seconds to it"]
    steps: Annotated[int | None, "steps"]
    lowest: Annotated[float, "lowest loss"]
    share: Annotated[float | None, "share of plain's time"]


@dataclass(frozen=True)
class SummaryRow:
    recipe: Annotated[str, "artgan"]
    pairs: Annotated[int, "pairs"]
    reached: Annotated[int, "reached the loss"]
    middle: Annotated[float | None, "median share"]
    worst: Annotated[float | None, "largest share"]
    within: Annotated[int, "within a quarter"]


def named_pairs(folder: Path, choice: Choice) -> list[tuple[Path, Path]]:
    """Contents and styles out of `content` and `style` in a folder: in order, or each with each."""
    contents, styles = (
        sorted(path for path in (folder / kind).iterdir() if path.suffix in _SUFFIXES) for kind in ("content", "style")
    )
    if choice == "diagonal":
        return list(zip(contents, styles, strict=False))
    return [(content, style) for content in contents for style in styles]


def measure_pairs(
    pairs: Sequence[tuple[Path, Path]],
    encoders: Encoders,
    plan: PairsPlan,
    results: Path,
    tell: Callable[[str], None],
) -> list[PairRow]:
    """Race each pair that has no file in `results` yet; rows of all, in order."""
    rows: list[PairRow] = []
    settings = {
        **dataclasses.asdict(plan),
        "recipes": {recipe or DEFAULTS: dataclasses.asdict(recipe_config(recipe)) for recipe in plan.recipes},
        "encoder": encoders.load("vgg19", "float32").sha256,
    }
    settings = json.loads(json.dumps(settings))  # as it is read again
    for content, style in pairs:
        path = results / f"{content.stem}-{style.stem}.json"
        known = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
        if known is None or known["settings"] != settings:
            known = {"settings": settings, **_race(content, style, encoders, plan)}
            path.parent.mkdir(parents=True, exist_ok=True)
            unfinished = path.with_suffix(".part")
            unfinished.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")
            unfinished.replace(path)
        of_pair = _rows(content.stem, style.stem, known)
        tell(
            f"{content.stem} in {style.stem}: "
            + ", ".join(f"{row.recipe} {row.seconds} s, share {row.share}" for row in of_pair)
        )
        rows += of_pair
    return rows


def pairs_section(rows: Sequence[PairRow], plan: PairsPlan) -> str:
    """The section of the page."""
    recipes = dict.fromkeys(row.recipe for row in rows)
    summary = [_summary(recipe, [row for row in rows if row.recipe == recipe]) for recipe in recipes]
    return f"""\
{PAIRS_TITLE}

`tests/benchmarks/plain_transfer.py` minimises the same loss as artgan's defaults, by VGG19 in float32, as it is
usually written in PyTorch: {plan.plain_steps} steps of L-BFGS from the content at {plan.long_side} px. artgan paints
until its picture, clipped, has that loss, which is looked for at full size, every {plan.every} steps, by the plain
program's own network, outside the clock. Both clocks run from the pictures in memory, with targets, without loading
weights. A share of 0.25 is a quarter of the plain program's time.

{table(summary)}

{table(rows)}"""


def _race(content: Path, style: Path, encoders: Encoders, plan: PairsPlan) -> dict[str, Any]:
    seen = [to_tensor(read_picture(path), CPU) for path in (content, style)]
    pair = Pair(content=seen[0], style=seen[1])
    vgg = plain_transfer.Vgg19(_weights(encoders))
    height, width = fit(*pair.content.shape[-2:], plan.long_side)

    def plain_loss() -> plain_transfer.Loss:
        side = min(plan.long_side, max(pair.style.shape[-2:]))
        style = resize(pair.style, *fit(*pair.style.shape[-2:], side))
        return plain_transfer.Loss(vgg, resize(pair.content, height, width), style)

    judge = plain_loss()

    @torch.no_grad()
    def score(picture: Tensor) -> float:
        return float(judge(resize(picture.clamp(0, 1), height, width)))

    def plain() -> Iterator[Tensor]:
        painting = plain_transfer.descend(plain_loss(), resize(pair.content, height, width))
        for _ in range(plan.plain_steps):
            yield next(painting)

    known = race(plain(), lambda picture: picture, score, lambda _, step: step % plan.every == 0)
    goal = known.looks[-1]
    artgan = {}
    for recipe in plan.recipes:
        config = recipe_config(recipe)
        objective = objective_of(config, encoders.load("vgg19", config.precision))
        painting, descent = begin(config, objective, pair, plan.long_side)
        trace = race(
            painting,
            partial(_result, descent),
            score,
            lambda iterate, step: iterate.width == width and step % plan.every == 0,
            stop_at=goal.loss,
        )
        artgan[recipe or DEFAULTS] = [dataclasses.asdict(look) for look in trace.looks]
    return {
        "size": f"{width}x{height}",
        "plain": [dataclasses.asdict(look) for look in known.looks],
        "artgan": artgan,
        "machine": dataclasses.asdict(describe()),
    }


def _result(descent: Descent, _: Iterate) -> Tensor:
    return descent.result


def _weights(encoders: Encoders) -> dict[str, Tensor]:
    path = encoders.weights["vgg19"]
    if path is None:
        raise ValueError("the plain program needs a file with VGG19's weights")
    tensors, _ = load_tensors(path)
    return tensors


def _rows(content: str, style: str, known: Mapping[str, Any]) -> list[PairRow]:
    goal = Look(**known["plain"][-1])
    rows = []
    for recipe, looks in known["artgan"].items():
        trace: Trace[None] = Trace(looks=[Look(**look) for look in looks])
        reached = trace.reached(goal.loss)
        rows.append(
            PairRow(
                content,
                style,
                recipe,
                goal.loss,
                goal.seconds,
                f"not in {trace.looks[-1].step} steps" if reached is None else number(reached.seconds),
                None if reached is None else reached.step,
                trace.lowest.loss,
                None if reached is None else reached.seconds / goal.seconds,
            )
        )
    return rows


def _summary(recipe: str, rows: Sequence[PairRow]) -> SummaryRow:
    shares = sorted(row.share for row in rows if row.share is not None)
    return SummaryRow(
        recipe,
        len(rows),
        len(shares),
        median(shares) if shares else None,
        shares[-1] if shares else None,
        sum(share <= QUARTER for share in shares),
    )
