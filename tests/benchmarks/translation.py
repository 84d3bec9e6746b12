"""Measures CycleGANs, writes results/translation.json and a section of docs/benchmarks.md, on the CPU.

Needs no network and no data: it learns drawn photos and paintings. A full run takes about twenty minutes on two cores
that do 200 GFLOP/s or more in float32: five rounds of three minutes, of which two are steps of the ResNets, then three
minutes of large pictures. Nothing else should use the cores meanwhile.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

from arithmetic import CEILING_TEXT, COUNTED_TEXT, CeilingRow, of_the_ceiling
from page import Spread, table
from reporting import Results, report
from rounds import apart, in_turns
from tiling import measure as measure_tiling
from tiling import random_model
from translation_rates import Job, gflop, measure
from workload import precision_title, precisions

GENERATORS = ("unet", "resnet")
TILINGS = ("whole", "exact")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How much is measured."""

    repeats: int
    job: Job
    """Sizes of every job, and lengths of training; what is timed is filled in."""
    short: tuple[int, int]
    """How often what takes less than a second is done, before the clock is started and while it runs."""
    memory: tuple[int, ...]
    """Sides of the large pictures."""
    processes: bool
    """Whether each job has a process of its own."""


_JOB = Job(what="artgan", generator="", precision="auto", warmup=1, steps=2)
FULL = Plan(repeats=5, job=_JOB, short=(3, 15), memory=(256, 512, 1024, 2048), processes=True)
QUICK = Plan(
    repeats=1,
    job=replace(_JOB, warmup=1, steps=1, size=32, width=4, blocks=1),
    short=(1, 1),
    memory=(64,),
    processes=False,
)


@dataclass(frozen=True)
class StepRow:
    generator: Annotated[str, "generators"]
    what: Annotated[str, "step of"]
    precision: Annotated[str, "precision"]
    seconds: Annotated[Spread, "seconds a step"]
    gflop: Annotated[float, "GFLOP a step"]
    share: Annotated[str, "of the ceiling"]


@dataclass(frozen=True)
class RatioRow:
    generator: Annotated[str, "generators"]
    ratio: Annotated[str, "steps a second of"]
    value: Annotated[Spread, "ratio"]


@dataclass(frozen=True)
class PictureRow:
    generator: Annotated[str, "generator"]
    precision: Annotated[str, "precision"]
    per_second: Annotated[Spread, "pictures a second"]
    gflop: Annotated[float, "GFLOP a picture"]
    share: Annotated[str, "of the ceiling"]


_TITLES = {"artgan": "artgan train cyclegan", "plain": "plain PyTorch"}


def measure_speed(plan: Plan, seed: int, folder: Path) -> Results:
    """Every job in turns."""
    base = replace(plan.job, seed=seed)
    warmup, steps = plan.short
    short = replace(base, warmup=warmup, steps=steps)
    jobs = [replace(short, what="convolution", precision=precision) for precision in precisions()]
    for name in GENERATORS:
        for precision in precisions():
            jobs += [
                replace(base, what="artgan", generator=name, precision=precision),
                replace(base, what="plain", generator=name, precision=precision),
                replace(short, what="translate", generator=name, precision=precision),
            ]
    rates = in_turns(jobs, plan.repeats, apart("translation_rates.py", folder) if plan.processes else measure)
    # The same in every precision, and soonest known in the quickest.
    counted = {(job.what, job.generator): job for job in jobs if job.what != "convolution"}
    gflops = {key: gflop(job) for key, job in counted.items()}
    ceilings = {job.precision: values for job, values in rates.items() if job.what == "convolution"}
    results: Results = {
        "ceiling": [CeilingRow(precision_title(name), Spread.of(values)) for name, values in ceilings.items()],
        "steps": [],
        "ratios": [],
        "pictures": [],
    }
    for job, values in rates.items():
        if job.what == "convolution":
            continue
        name, title, work = job.generator, precision_title(job.precision), gflops[job.what, job.generator]
        share = of_the_ceiling(values, work, ceilings[job.precision])
        if job.what == "translate":
            results["pictures"].append(PictureRow(name, title, Spread.of(values), work, share))
        else:
            seconds = Spread.of(1 / value for value in values)
            results["steps"].append(StepRow(name, _TITLES[job.what], title, seconds, work, share))
    of = {(job.what, job.generator, job.precision): values for job, values in rates.items()}
    results["ratios"] = [
        RatioRow(
            name,
            f"artgan {precision_title(ours)} / plain {precision_title(theirs)}",
            Spread.of(a / b for a, b in zip(of["artgan", name, ours], of["plain", name, theirs], strict=True)),
        )
        for name in GENERATORS
        for ours in precisions()
        for theirs in precisions()
        if ours != "float32" or theirs == "float32"
    ]
    return results


def measure_memory(plan: Plan, seed: int, folder: Path) -> Results:
    """The whole command on pictures of every size, whole and in bands; with random weights, whatever the seed."""
    model = random_model(folder / "model.safetensors", width=plan.job.width, blocks=plan.job.blocks)
    rows = [
        row for precision in precisions() for row in measure_tiling(model, "painting", plan.memory, TILINGS, precision)
    ]
    return {"memory": rows}


def section(results: Results, plan: Plan) -> list[str]:
    """The section of the page."""
    job = plan.job
    parts: list[str] = []
    if rows := results.get("steps"):
        parts += [
            f"""\
CycleGANs of {job.size} px, width {job.width}, one picture of each domain a step, ResNets of {job.blocks} blocks. The
plain step is `tests/benchmarks/plain_cyclegan.py`, the paper's recipe as it is usually written in PyTorch, in float32
or under `torch.autocast`, on a pair of pictures in memory. A step of `artgan train cyclegan` trains the same networks
by the same losses, identity and the pool of 50 among them, which its arithmetic shows; it also reads, mirrors and crops
its pictures, averages weights and looks for trouble. Each figure is of a process of its own: after {job.warmup} step
the next {job.steps} are timed; {plan.repeats} rounds.""",
            CEILING_TEXT,
            table(results["ceiling"]),
            COUNTED_TEXT,
            table(rows),
            "Ratios are taken within each turn; above 1 artgan is faster.",
            table(results["ratios"]),
            f"Translated one at a time, as by `artgan transfer --model`, from and to memory, at {job.size} px:",
            table(results["pictures"]),
        ]
    if rows := results.get("memory"):
        parts += [
            f"""\
The most resident memory of `artgan transfer --model` in a process of its own, Python and torch included, through a
ResNet of width {job.width} with {job.blocks} blocks. `exact` computes the same picture in bands.""",
            table(rows),
        ]
    return parts


def main(arguments: Sequence[str] | None = None) -> int:
    return report(
        arguments,
        name="translation",
        title="Translation",
        full=FULL,
        quick=QUICK,
        measures={"speed": measure_speed, "memory": measure_memory},
        section=section,
    )


if __name__ == "__main__":
    sys.exit(main())
