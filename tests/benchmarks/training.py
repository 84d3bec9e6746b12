"""Measures training, writes results/training.json and a section of docs/benchmarks.md, on the CPU.

Needs no network and no data: it learns drawn faces. A full run takes half an hour on two cores; nothing else should use
them meanwhile.
"""

import argparse
import dataclasses
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch

from artgan.config.prepare import PrepareConfig
from artgan.data.datasets import open_dataset
from artgan.pipelines.prepare import prepare

from machine import Machine, describe
from page import Spread, replace_section, table
from processes import answer_of, watched
from rates import Job, as_argument, step_gflop
from rates import measure as measure_here
from workload import precision_title, precisions

SECTIONS = ("speed", "memory")
FOLDER = Path(__file__).parent / "results"
PAGE = Path(__file__).parents[2] / "docs" / "benchmarks.md"
_PIXEL_BYTES = 64 * 64 * 3


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
class CeilingRow:
    precision: Annotated[str, "precision"]
    gflops: Annotated[Spread, "GFLOP/s"]


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


def measure_speed(plan: Plan, seed: int, folder: Path) -> dict[str, list[Any]]:
    """Every job `repeats` times in turns, every other round backwards, so that a slow minute hits all alike."""
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
    rates: dict[Job, list[float]] = {job: [] for job in jobs}
    for number in range(plan.repeats):
        for job in jobs if number % 2 == 0 else reversed(jobs):
            rates[job].append(_measured(job, plan.processes, folder))
            _tell(f"round {number + 1}: {job.what} {job.part} {job.precision}: {rates[job][-1]:.1f}")
    of = {(job.what, job.part, job.precision): values for job, values in rates.items()}
    # One kind of step costs the same in every precision, and the plain loop's is artgan's and a needless gradient.
    gflop = {what: step_gflop(replace(base, what=what)) / base.batch_size for what in ("dcgan", "cgan")}  # type: ignore[arg-type]
    ceiling = [CeilingRow(precision_title(p), Spread.of(of["convolution", "step", p])) for p in precisions()]
    rows = []
    for (what, part, precision), values in of.items():
        if what == "convolution":
            continue
        shares = (
            [rate * gflop[what] / most for rate, most in zip(values, of["convolution", "step", precision], strict=True)]
            if what in gflop
            else None
        )
        share = None if shares is None else f"{Spread.of(shares).median:.0%}"
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


def measure_memory(plan: Plan, seed: int, folder: Path) -> dict[str, list[Any]]:
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
        _tell(f"{count} pictures: {peak / 1e9:.2f} GB")
    return {"memory": rows}


def _measured(job: Job, apart: bool, folder: Path) -> float:
    if not apart:
        return measure_here(job)
    script = str(Path(__file__).with_name("rates.py"))
    return float(json.loads(answer_of([sys.executable, script, as_argument(job)], folder)))


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


def section(results: dict[str, list[Any]], machine: Machine, command: str, seed: int, plan: Plan) -> str:
    """The section of the page."""
    job = plan.job
    parts = ["## Training", f"{machine.markdown()}\n- Seed: {seed}\n- To repeat it: `{command}`"]
    if rows := results.get("rates"):
        parts += [
            f"""\
GANs of 64 px, width {job.width}, batches of {job.batch_size}, on {plan.pictures:,} drawn faces in a folder of JPEG
files of 64 px, which `artgan prepare` made. The plain loop is `tests/benchmarks/plain_dcgan.py`, the DCGAN of the
public examples: `ImageFolder` and a `DataLoader` with {job.workers} workers, float32, or the same under
`torch.autocast`. It and `artgan train dcgan --recipe classic` train the same networks by the same losses. Each figure
is of a process of its own: after {job.warmup} steps the next {job.steps} are timed; {plan.repeats} rounds.""",
            "What this machine can do: a 3x3 convolution, 256 to 256 channels at 64x64, with its ReLU.",
            table(results["ceiling"]),
            "GFLOP counts convolutions and matrix products, forward and backward, a multiplication and an addition as\n"
            "two; the share of the ceiling is taken within each turn.",
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
    return "\n\n".join(parts)


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Measure training.")
    parser.add_argument("--quick", action="store_true", help="tiny sizes, to see that all works; figures mean nothing")
    parser.add_argument("--repeats", type=int, help="rounds; default 5")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", action="append", choices=SECTIONS, help="measure this part only; repeatable")
    parser.add_argument("--out", type=Path, metavar="DIR", help="default results/; none with --quick")
    given = parser.parse_args(arguments)
    plan = QUICK if given.quick else FULL
    if given.quick:
        torch.set_num_threads(1)  # tiny tensors gain nothing from threads, and lose much on a busy machine
    if given.repeats:
        plan = replace(plan, repeats=given.repeats)
    machine = describe()
    measures = {"speed": measure_speed, "memory": measure_memory}
    results: dict[str, list[Any]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in given.only or SECTIONS:
            _tell(f"measuring {name}")
            results |= measures[name](plan, given.seed, Path(folder))
    parts = [f"--only {name}" for name in given.only or ()] + [f"--repeats {given.repeats}"] * bool(given.repeats)
    command = " ".join(
        ["python tests/benchmarks/training.py", *["--quick"] * given.quick, *parts, f"--seed {given.seed}"]
    )
    text = section(results, machine, command, given.seed, plan)
    print(text)
    out = given.out or (None if given.quick else FOLDER)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        document = {"machine": dataclasses.asdict(machine), "seed": given.seed, "command": command}
        document |= {name: [dataclasses.asdict(row) for row in rows] for name, rows in results.items()}
        (out / "training.json").write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    # The page tells of full runs alone.
    if not given.quick and given.only is None and given.out is None:
        replace_section(PAGE, "training", text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
