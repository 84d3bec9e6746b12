"""Where the seconds of a short command go: `python tests/benchmarks/startup.py [--painter FILE]`.

A process each time, which does what `artgan transfer` does and tells after every stage how long it took: by the clock,
and by the processor, which does not count waiting for a disk or for other work.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from machine import describe
from page import Spread, table

_STAGES = """
import json, sys, time
laps, last = [], [time.perf_counter(), time.process_time()]

def lap(stage):
    now = [time.perf_counter(), time.process_time()]
    laps.append([stage, *(b - a for a, b in zip(last, now))])
    last[:] = now

last[1] = 0.0  # the interpreter's own, by the processor
lap("Python")
import artgan.cli.app
lap("command line")
import torch
lap("import torch")
import artgan.pipelines.transfer
lap("import the rest")
from artgan.config.transfer import TransferConfig
from artgan.io.images import read_picture
from artgan.io.shipped import find_content
from artgan.pipelines.studio import Studio

painter = sys.argv[1] or None
kind = {"painter": painter} if painter else {"encoder": "embedded"}
config = TransferConfig(style=("swirls",), size=256, seed=0, device="cpu", **kind)
studio = Studio.open(config, listener=lambda event: None)
content = read_picture(find_content("example:portrait"))
lap("weights and pictures")
steps = []
painting = studio.paint(content, lambda iterate, scales: steps.append(lap("step")), lambda: bool(steps))
lap("painting" if painter else "to the picture")
studio.scores(painting, content)
lap("scores")
print(json.dumps(laps))
"""


@dataclass(frozen=True)
class StageRow:
    stage: Annotated[str, "stage"]
    seconds: Annotated[Spread, "seconds"]
    processor: Annotated[Spread, "of the processor"]


def measure(painter: str | None, repeats: int) -> list[StageRow]:
    """A row a stage; with a painter the picture is painted in one pass, else the first step of optimising is taken."""
    runs = []
    for _ in range(repeats):
        command = [sys.executable, "-c", _STAGES, painter or ""]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        runs.append(json.loads(done.stdout))
    rows = []
    for laps in zip(*runs, strict=True):
        seconds, processor = (Spread.of(lap[column] for lap in laps) for column in (1, 2))
        rows.append(StageRow("first step" if laps[0][0] == "step" else laps[0][0], seconds, processor))
    return rows


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Where the seconds of a short command go.")
    parser.add_argument("--painter", metavar="FILE", help="measure --method fast with this painter, too")
    parser.add_argument("--repeats", type=int, default=5)
    given = parser.parse_args(arguments)
    print(describe().markdown())
    for title, painter in (("one step of optimising", None), ("one pass", given.painter)):
        if title == "one pass" and painter is None:
            continue
        print(f"\n256 px, {title}:\n\n{table(measure(painter, given.repeats))}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
