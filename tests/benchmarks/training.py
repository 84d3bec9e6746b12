"""Measures training, writes results/training.json and a section of docs/benchmarks.md, on the CPU.

Needs no network and no data: it learns drawn faces. A full run takes half an hour on two cores; nothing else should use
them meanwhile.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np

from artgan.config.prepare import PrepareConfig
from artgan.data.datasets import open_dataset
from artgan.pipelines.prepare import prepare

from arithmetic import CEILING_TEXT, COUNTED_TEXT, CeilingRow, of_the_ceiling
from page import Spread, table
from processes import watched
from rates import Job, measure, step_gflop
from reporting import Results, report, tell
from rounds import apart, in_turns
from workload import precision_title, precisions


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How much is measured."""

    pictures: int
    repeats: int
    job: Job
    """Sizes and lengths of every job; what is timed is filled in."""
    memory: tuple[int, ...]
    """Pictures of the made-up datasets."""
    processes: bool
    """Whether each job has a process of its own."""


_JOB = Job(what="dcgan", part="step", precision="auto", folder="", warmup=3, steps=15)
FULL = Plan(pictures=2000, repeats=5, job=_JOB, memory=(5_000, 100_000), processes=True)
QUICK = Plan(
    pictures=24,
    repeats=1,
    job=replace(_JOB, warmup=1, steps=1, width=4, batch_size=8, workers=0),
    memory=(40,),
    processes=False,
)


@dataclass(frozen=True)
class RateRow:
    what: Annotated[str, "what"]
    part: Annotated[str, "measured"]
    precision: Annotated[str, "precision"]
    per_second: Annotated[Spread, "pictures a second"]
    gflop: Annotated[float | None, "GFLOP a picture"]
    share: Annotated[str | None, "of the ceiling"]


@dataclass(frozen=True)
class RatioRow:
    ratio: Annotated[str, "pictures a second of"]
    value: Annotated[Spread, "ratio"]


@dataclass(frozen=True)
class MemoryRow:
    pictures: Annotated[int, "pictures"]
    pixels: Annotated[float, "pixels.npy, GB"]
    mapped: Annotated[bool, "memory-mapped"]
    gigabytes: Annotated[float, "peak memory, GB"]


_TITLES = {"dcgan": "artgan train dcgan", "cgan": "artgan train cgan", "plain": "plain PyTorch loop"}
_PARTS = {"step": "bare step", "folder": "end to end from a folder"}


def measure_speed(plan: Plan, seed: int, folder: Path) -> Results:
    """Every job in turns."""
    data = folder / "faces"
    prepare(PrepareConfig(size=64), [f"synthetic:faces,n={plan.pictures},seed={seed}"], out=str(data))
    base = replace(plan.job, folder=str(data), seed=seed)
    jobs = [replace(base, what="convolution", precision=precision) for precision in precisions()]
    jobs += [
        replace(base, what=what, part=part, precision=precision)  # type: ignore[arg-type]
        for what in _TITLES
        for part in _PARTS
        for precision in precisions()
    ]
    rates = in_turns(jobs, plan.repeats, apart("rates.py", folder) if plan.processes else measure)
    of = {(job.what, job.part, job.precision): values for job, values in rates.items()}
    # One kind of step costs the same in every precision, and the plain loop's is artgan's and a needless gradient.
    gflop = {what: step_gflop(replace(base, what=what)) / base.batch_size for what in ("dcgan", "cgan")}  # type: ignore[arg-type]
    ceiling = [CeilingRow(precision_title(p), Spread.of(of["convolution", "step", p])) for p in precisions()]
    rows = []
    for (what, part, precision), values in of.items():
        if what == "convolution":
            continue
        ceilings = of["convolution", "step", precision]
        share = of_the_ceiling(values, gflop[what], ceilings) if what in gflop else None
        title = precision_title(precision)
        rows.append(RateRow(_TITLES[what], _PARTS[part], title, Spread.of(values), gflop.get(what), share))
    ratios = [
        RatioRow(
            f"{_PARTS[part]}: artgan {precision_title(ours)} / plain loop {precision_title(theirs)}",
            Spread.of(a / b for a, b in zip(of["dcgan", part, ours], of["plain", part, theirs], strict=True)),
        )
        for part in _PARTS
        for ours in precisions()
        for theirs in precisions()
        if ours != "float32" or theirs == "float32"
    ]
    return {"ceiling": ceiling, "rates": rows, "ratios": ratios}


def measure_memory(plan: Plan, seed: int, folder: Path) -> Results:
    """Three steps of the command on datasets made up of few pictures, each listed very often."""
    few = folder / "few"
    prepare(PrepareConfig(size=64), [f"synthetic:photos,n=20,seed={seed}"], out=str(few))
    rows = []
    for count in plan.memory:
        data = _repeated(few, folder / str(count), count)
        pixels = open_dataset(str(data), size=None, count=None, seed=0).pixels
        options = ["--steps", "3", "--seed", str(seed), "--device", "cpu", "--recipe", "classic"]
        options += ["--width", str(plan.job.width), "--batch-size", str(plan.job.batch_size)]
        command = [sys.executable, "-m", "artgan", "train", "dcgan", str(data), *options]
        peak, _ = watched(command, folder)
        rows.append(MemoryRow(count, pixels.nbytes / 1e9, _is_mapped(pixels), peak / 1e9))
        tell(f"{count} pictures: {peak / 1e9:.2f} GB")
    return {"memory": rows}


def _repeated(source: Path, target: Path, count: int) -> Path:
    """A dataset of `count` pictures out of few files; its pixels.npy, written when it is opened, is that large."""
    target.mkdir()
    (target / "images").symlink_to(source / "images")
    (target / "dataset.json").write_bytes((source / "dataset.json").read_bytes())
    lines = (source / "manifest.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    with (target / "manifest.jsonl").open("w", encoding="utf-8") as stream:
        stream.writelines(lines[number % len(lines)] for number in range(count))
    return target


def _is_mapped(pixels: np.ndarray[Any, Any]) -> bool:
    return isinstance(pixels, np.memmap) or isinstance(pixels.base, np.memmap)


def section(results: Results, plan: Plan) -> list[str]:
    """The section of the page."""
    job = plan.job
    parts: list[str] = []
    if rows := results.get("rates"):
        parts += [
            f"""\
GANs of 64 px, width {job.width}, batches of {job.batch_size}, on {plan.pictures:,} drawn faces in a folder of JPEG
files of 64 px, which `artgan prepare` made. The plain loop is `tests/benchmarks/plain_dcgan.py`, the DCGAN of the
public examples: `ImageFolder` and a `DataLoader` with {job.workers} workers, float32, or the same under
`torch.autocast`. It and `artgan train dcgan --recipe classic` train the same networks by the same losses. Each figure
is of a process of its own: after {job.warmup} steps the next {job.steps} are timed; {plan.repeats} rounds.""",
            CEILING_TEXT,
            table(results["ceiling"]),
            COUNTED_TEXT,
            table(rows),
            "Ratios are taken within each turn; above 1 artgan is faster.",
            table(results["ratios"]),
        ]
    if rows := results.get("memory"):
        parts += [
            "The most resident memory of `artgan train dcgan --steps 3` in a process of its own. Pictures stay in the\n"
            "file they were decoded to, and only what a batch needs is read:",
            table(rows),
        ]
    return parts


def main(arguments: Sequence[str] | None = None) -> int:
    return report(
        arguments,
        name="training",
        title="Training",
        full=FULL,
        quick=QUICK,
        measures={"speed": measure_speed, "memory": measure_memory},
        section=section,
    )


if __name__ == "__main__":
    sys.exit(main())
