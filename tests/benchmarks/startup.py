"""Where the seconds of a short command go: `python tests/benchmarks/startup.py [--painter FILE] [--before DIR]`.

A process each time, which does what `artgan transfer` does and tells after every stage how long it took: by the clock,
and by the processor, which does not count waiting for a disk or for other work. Whole commands beside it. DIR is a
checkout of another version, which takes turns with this one.
"""

import argparse
import dataclasses
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated

from machine import describe
from page import Spread, replace_section, table
from processes import answer_of
from reporting import FOLDER, PAGE
from workload import CONTENT, STYLE

OUTSIDE = "start and end of Python"
ALL = "**all**"
_STAGES = """
import json, sys, time
laps, last = [], [time.perf_counter(), time.process_time()]

def lap(stage):
    now = [time.perf_counter(), time.process_time()]
    laps.append([stage, *(b - a for a, b in zip(last, now))])
    last[:] = now

size, painter = int(sys.argv[1]), (sys.argv[2:] or [None])[0]
import artgan.cli.app
try:
    from artgan.cli.imports import lasting_imports
except ImportError:  # an earlier version
    from contextlib import nullcontext as lasting_imports
lap("import the command line")
with lasting_imports():
    import torch
    lap("import torch")
    import artgan.cli.progress
    import artgan.pipelines.repaint
    import artgan.pipelines.transfer
lap("import the rest")
from artgan.config.transfer import TransferConfig
from artgan.io.images import read_picture
from artgan.io.shipped import find_content
from artgan.pipelines.studio import Studio

kind = {"painter": painter} if painter else {"encoder": "embedded"}
config = TransferConfig(style=("swirls",), size=size, seed=0, device="cpu", **kind)
studio = Studio.open(config, listener=lambda event: None)
content = read_picture(find_content("example:portrait"))
lap("weights and pictures")
steps = []
painting = studio.paint(content, lambda iterate, scales: steps.append(lap("first step")), lambda: bool(steps))
lap("painting" if painter else "to the picture")
studio.scores(painting, content)
lap("scores")
print(json.dumps(laps))
"""

_HEAD = "## Start-up"
_EXPLANATION = """\
Where the seconds of a short command go. Stages are those of `artgan transfer example:portrait --style swirls` with the
embedded encoder, or with a painter, told by the process that takes them; whole commands are watched from outside.
Seconds are by the clock, and of the processor, which does not count waiting. Before means an earlier version, in turns
with this one; each has run once before it is measured."""

Times = Mapping[str, tuple[float, float]]
"""Seconds and seconds of the processor, by stage or command, of one round."""


@dataclass(frozen=True)
class StageRow:
    stage: Annotated[str, "what"]
    before: Annotated[Spread | None, "seconds before"]
    seconds: Annotated[Spread, "seconds"]
    processor_before: Annotated[Spread | None, "of the processor before"]
    processor: Annotated[Spread, "of the processor"]


def measure(
    painter: str | None, size: int, repeats: int, before: Path | None, *, commands: bool
) -> dict[str, list[StageRow]]:
    """Rows by table: the stages of optimising, with a painter those of one pass, and, if wanted, whole commands."""
    jobs: dict[str, Callable[[Path | None], Times]] = {"to the first step of optimising": partial(_stages, size, None)}
    if painter is not None:
        jobs["in one pass"] = partial(_stages, size, painter)
    if commands:
        jobs["whole commands"] = partial(_whole, size, painter)
    return {title: _in_turns(job, repeats, before) for title, job in jobs.items()}


def _stages(size: int, painter: str | None, version: Path | None) -> Times:
    given = [str(size)] if painter is None else [str(size), painter]
    answer, whole = _timed([sys.executable, "-c", _STAGES, *given], version)
    laps = {stage: (seconds, processor) for stage, seconds, processor in json.loads(answer)}
    rest = (whole[column] - sum(lap[column] for lap in laps.values()) for column in (0, 1))
    return {OUTSIDE: (next(rest), next(rest)), **laps, ALL: whole}


def _whole(size: int, painter: str | None, version: Path | None) -> Times:
    paint = [
        "transfer",
        CONTENT,
        "--style",
        STYLE,
        "--size",
        str(size),
        "--seed",
        "0",
        "--device",
        "cpu",
        "-o",
        "x.png",
    ]
    commands = [["--help"], ["sample", "faces", "-o", "x.png"], [*paint, "--encoder", "embedded", "--steps", "1"]]
    typed = {f"`artgan {' '.join(words)}`": words for words in commands}
    if painter is not None:
        typed[f"`artgan {' '.join(paint)} --painter RUN`"] = [*paint, "--painter", painter]
    return {title: _timed([sys.executable, "-m", "artgan", *words], version)[1] for title, words in typed.items()}


def _timed(command: Sequence[str], version: Path | None) -> tuple[str, tuple[float, float]]:
    """What a command prints, its seconds, and those of the processor, all threads."""
    with tempfile.TemporaryDirectory() as folder:
        used, began = _processor_seconds(), time.perf_counter()
        answer = answer_of(command, Path(folder), artgan=version)
        return answer, (time.perf_counter() - began, _processor_seconds() - used)


def _processor_seconds() -> float:
    """Of all processes that this one has waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _in_turns(job: Callable[[Path | None], Times], repeats: int, before: Path | None) -> list[StageRow]:
    runs: dict[Path | None, list[Times]] = {None: []} | ({} if before is None else {before: []})
    for version in runs:
        job(version)  # compiles what no one has imported yet
    for turn in range(repeats):
        for version in runs if turn % 2 == 0 else reversed(runs):
            runs[version].append(job(version))
    after, earlier = runs[None], runs[before]
    return [
        StageRow(
            stage,
            None if before is None else Spread.of(run[stage][0] for run in earlier),
            Spread.of(run[stage][0] for run in after),
            None if before is None else Spread.of(run[stage][1] for run in earlier),
            Spread.of(run[stage][1] for run in after),
        )
        for stage in after[0]
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Where the seconds of a short command go.")
    parser.add_argument("--painter", type=Path, metavar="FILE", help="measure painting in one pass, too")
    parser.add_argument("--before", type=Path, metavar="DIR", help="another version of artgan, in turns with this one")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--size", type=int, default=256, metavar="PX")
    parser.add_argument("--out", type=Path, metavar="FILE", help="default docs/benchmarks.md")
    parser.add_argument("--results", type=Path, default=FOLDER, metavar="DIR", help="default results/")
    given = parser.parse_args(arguments)
    machine = describe()
    painter = None if given.painter is None else str(given.painter.absolute())
    found = measure(painter, given.size, given.repeats, given.before, commands=True)
    typed = [f"--repeats {given.repeats}", f"--size {given.size}"]
    typed += ["--painter FILE"] * bool(painter) + ["--before DIR"] * bool(given.before)
    command = " ".join(["python tests/benchmarks/startup.py", *typed])
    tables = [f"{title[0].upper()}{title[1:]}:\n\n{table(rows)}" for title, rows in found.items()]
    text = "\n\n".join([_HEAD, f"{machine.markdown()}\n- To repeat it: `{command}`", _EXPLANATION, *tables])
    print(text)
    record = {"machine": dataclasses.asdict(machine), "command": command}
    record |= {title: [dataclasses.asdict(row) for row in rows] for title, rows in found.items()}
    given.results.mkdir(parents=True, exist_ok=True)
    (given.results / "startup.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    replace_section(given.out or PAGE, "startup", text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
