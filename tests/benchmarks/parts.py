"""Where the time of a whole `artgan transfer` goes, of this version and of another one in turns."""

import json
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from page import Spread, table
from processes import answer_of, encoder_options
from stopwatch import REST, Spent
from watched import PARTS

OUTSIDE = "start and end of Python"
ALL = "**all**"

Spending = Mapping[str, Spent]
"""By part, of one run."""


@dataclass(frozen=True)
class PartRow:
    part: Annotated[str, "part"]
    calls: Annotated[int | None, "calls"]
    before: Annotated[Spread | None, "seconds before"]
    seconds: Annotated[Spread, "seconds"]
    share: Annotated[str, "share"]
    processor_before: Annotated[Spread | None, "of all cores before"]
    processor: Annotated[Spread | None, "of all cores"]


@dataclass(frozen=True)
class Profile:
    """A command and where its time goes."""

    command: str
    encoder: str
    rows: list[PartRow]


def measure_parts(
    commands: Sequence[Sequence[str]], weights: Mapping[str, Path | None], repeats: int, before: Path | None
) -> list[Profile]:
    """Run commands (options of `artgan transfer`) with each encoder, the first of them; the others with one.

    Each run has a process of its own, without settings and cache. `before` is a folder with another version of artgan,
    which takes turns with this one, but for commands that it does not know.
    """
    found = []
    for number, options in enumerate(commands):
        for name, file in weights.items() if number == 0 else list(weights.items())[:1]:
            command = [*options, *encoder_options(name, file)]
            earlier = before if before is not None and _knows(before, command) else None
            runs: dict[Path | None, list[Spending]] = {None: []} | ({} if earlier is None else {earlier: []})
            for turn in range(repeats):
                for version in runs if turn % 2 == 0 else reversed(runs):
                    runs[version].append(_run(command, version))
            rows = _rows(runs[None], None if earlier is None else runs[earlier])
            found.append(Profile(f"artgan transfer {' '.join(options)}", name, rows))
    return found


def profile_section(profiles: Sequence[Profile], before: Path | None) -> str:
    """The section of the page; an earlier version is called by the name of its folder."""
    earlier = "" if before is None else f" Before\nmeans version {before.name}, in turns with this one."
    text = f"""\
## Where the time goes

Of a whole command in a process of its own. A watch is put around functions from outside; what runs inside another is
taken off it, so that the parts add up. Losses are without encoder and Gram matrices, the optimizer is without all of
them. Targets are the content and the style through the encoder, once a scale; scores are those in the receipt. Seconds
of all cores are those in which they computed.{earlier}"""
    tables = [f"`{one.command}`, encoder {one.encoder}:\n\n{table(one.rows)}" for one in profiles]
    return "\n\n".join([text, *tables])


def _knows(version: Path, options: Sequence[str]) -> bool:
    """Whether a version of artgan has these options: no picture is painted to find out."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "artgan", "transfer", "absent.png", *options[1:]]
        try:
            answer_of(command, Path(folder), artgan=version)
        except RuntimeError as error:
            return "absent.png" in str(error).rpartition(" ended with ")[2]
    raise RuntimeError("a picture that is not there was painted")


def _run(options: Sequence[str], version: Path | None) -> Spending:
    began = time.perf_counter()
    script = Path(__file__).with_name("watched.py")
    with tempfile.TemporaryDirectory() as folder:
        answer = answer_of([sys.executable, str(script), *options], Path(folder), artgan=version)
    whole = time.perf_counter() - began
    spent = {part: Spent(**figures) for part, figures in json.loads(answer).items()}
    return spent | {OUTSIDE: Spent(seconds=whole - sum(one.seconds for one in spent.values()))}


def _rows(runs: Sequence[Spending], before: Sequence[Spending] | None) -> list[PartRow]:
    total = Spread.of(_of(run, ALL).seconds for run in runs).median

    def spread(of: Sequence[Spending] | None, part: str, *, processor: bool = False) -> Spread | None:
        # Of the start of Python there is only the time that passed.
        if of is None or (processor and part in (OUTSIDE, ALL)):
            return None
        spent = [_of(run, part) for run in of]
        return Spread.of(one.processor_seconds if processor else one.seconds for one in spent)

    rows = []
    for part in (OUTSIDE, *PARTS, ALL):
        seconds = Spread.of(_of(run, part).seconds for run in runs)
        rows.append(
            PartRow(
                part,
                _of(runs[0], part).calls or None,
                spread(before, part),
                seconds,
                f"{seconds.median / total:.1%}",
                spread(before, part, processor=True),
                spread(runs, part, processor=True),
            )
        )
    return rows


def _of(run: Spending, part: str) -> Spent:
    if part == ALL:
        return Spent(seconds=sum(one.seconds for one in run.values()))
    spent = run.get(part, Spent())
    return Spent(seconds=spent.seconds, processor_seconds=spent.processor_seconds) if part == REST else spent
