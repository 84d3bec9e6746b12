"""The command line of a benchmark: what it measures goes to results/NAME.json and a section of docs/benchmarks.md."""

import argparse
import dataclasses
import json
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import torch

from machine import describe
from page import replace_section

FOLDER = Path(__file__).parent / "results"
PAGE = Path(__file__).parents[2] / "docs" / "benchmarks.md"

Plan = TypeVar("Plan", bound=Any)
"""A dataclass that says how much is measured, `repeats` among it."""
Results = dict[str, list[Any]]
"""Rows of tables, dataclasses, by the tables' names."""


def report(
    arguments: Sequence[str] | None,
    *,
    name: str,
    title: str,
    full: Plan,
    quick: Plan,
    measures: Mapping[str, Callable[[Plan, int, Path], Results]],
    section: Callable[[Results, Plan], list[str]],
) -> int:
    """Measure, print and keep.

    Args:
        arguments: of the command line; None takes the process's own.
        name: of the script, the file of results, and the section.
        title: of the section.
        full, quick: what is measured without and with --quick.
        measures: for each value of --only what gives rows for a plan, a seed and an empty folder.
        section: its paragraphs from rows and plan; of tables that were not measured there are none.
    """
    parser = argparse.ArgumentParser(description=f"Measure {name}.")
    parser.add_argument("--quick", action="store_true", help="tiny sizes, to see that all works; figures mean nothing")
    parser.add_argument("--repeats", type=int, help=f"rounds; default {full.repeats}")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", action="append", choices=list(measures), help="measure this part only; repeatable")
    parser.add_argument("--out", type=Path, metavar="DIR", help="default results/; none with --quick")
    given = parser.parse_args(arguments)
    plan = quick if given.quick else full
    if given.quick:
        torch.set_num_threads(1)  # tiny tensors gain nothing from threads, and lose much on a busy machine
    if given.repeats:
        plan = dataclasses.replace(plan, repeats=given.repeats)
    machine = describe()
    results: Results = {}
    with tempfile.TemporaryDirectory() as folder:
        for part in given.only or measures:
            tell(f"measuring {part}")
            results |= measures[part](plan, given.seed, Path(folder))
    parts = [f"--only {part}" for part in given.only or ()] + [f"--repeats {given.repeats}"] * bool(given.repeats)
    options = ["--quick"] * given.quick + parts + [f"--seed {given.seed}"]
    command = " ".join([f"python tests/benchmarks/{name}.py", *options])
    facts = f"{machine.markdown()}\n- Seed: {given.seed}\n- To repeat it: `{command}`"
    text = "\n\n".join([f"## {title}", facts, *section(results, plan)])
    print(text)
    out = given.out or (None if given.quick else FOLDER)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        document = {"machine": dataclasses.asdict(machine), "seed": given.seed, "command": command}
        document |= {table: [dataclasses.asdict(row) for row in rows] for table, rows in results.items()}
        (out / f"{name}.json").write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    # The page tells of full runs alone.
    if not given.quick and given.only is None and given.out is None:
        replace_section(PAGE, name, text)
    return 0


def tell(text: str) -> None:
    """Progress, on stderr."""
    print(text, file=sys.stderr, flush=True)
