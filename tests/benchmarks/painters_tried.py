"""What the painter in one pass owes to each of its parts, at an equal number of steps:

    python tests/benchmarks/painters_tried.py CONTENT... --styles STYLE... --vgg19 FILE

trains it whole and without each of them, writes a JSON file a cell into results/painters, and puts the table on
docs/results.md. Repeated, it goes on with the cells that are not done.
"""

import argparse
import dataclasses
import json
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any
from unittest.mock import patch

import torch
from torch import Tensor

from artgan.config.style import StyleConfig
from artgan.models import fast_style, restyling
from artgan.models.registry import load
from artgan.pipelines.sources import MORE
from artgan.pipelines.train import train
from artgan.training import style
from artgan.training.runs import Run

from machine import describe
from page import number, replace_section, table

FOLDER = Path(__file__).parent / "results" / "painters"
DOCS = Path(__file__).parents[2] / "docs"
SECTION = "painters_tried"


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A painter: what a table says of it, and how it differs."""

    about: str
    options: Mapping[str, Any] = field(default_factory=dict)
    change: Callable[[], AbstractContextManager[object]] = nullcontext


@dataclass(frozen=True)
class Row:
    painter: Annotated[str, "painter"]
    parameters: Annotated[str, "parameters"]
    loss: Annotated[float, "weighted sum"]
    content: Annotated[float, "content"]
    style: Annotated[float, "style"]


def without_attention() -> AbstractContextManager[object]:
    """Of a style there are means and deviations only."""

    def nothing(plain: Tensor, look: restyling.Look, precision: torch.dtype) -> Tensor:
        return plain.new_zeros(len(plain), look.values.shape[-1], *plain.shape[-2:])

    return patch.object(restyling, "_borrowed", nothing)


def without_recolouring() -> AbstractContextManager[object]:
    """The decoder adds to the content as it is, and sees its features."""
    return patch.object(style, "recoloured", lambda contents, styles: contents)


def without_tuning() -> AbstractContextManager[object]:
    """The decoder goes about every style in the same way."""

    def usual(scale: fast_style._Scale, moments: restyling.Moments) -> Tensor:
        return moments.mean.new_zeros(len(moments.mean), 2 * len(scale.mean))

    return patch.object(fast_style._Scale, "of_moments", usual)


CELLS: Mapping[str, Cell] = {
    "whole": Cell(about="whole"),
    "no-attention": Cell(about="without attention to the style's own features", change=without_attention),
    "no-tuning": Cell(about="without scales and shifts by the style's moments", change=without_tuning),
    "no-recolouring": Cell(about="without recolouring the content first", change=without_recolouring),
    "half-width": Cell(about="of half the width", options={"width": 12}),
}


def measure(cell: Cell, data: Sequence[str], config: StyleConfig) -> dict[str, Any]:
    """Train a painter and tell its scores."""
    with tempfile.TemporaryDirectory() as folder, cell.change():
        report = train("style", dataclasses.replace(config, **cell.options), data, out=Path(folder))
        assert report.run is not None
        run = Run.open(report.run)
        _, networks = load(run.model)
        scores = json.loads((run.path / "scores.json").read_text(encoding="utf-8"))
    return {
        "about": cell.about,
        "parameters": sum(weights.numel() for weights in networks["painter"].parameters()),
        "steps": report.steps,
        "pairs_a_step": config.batch_size,
        "seconds": report.seconds,
        "scores": scores,
        "machine": dataclasses.asdict(describe()),
        "threads": torch.get_num_threads(),
        "seed": config.seed,
    }


def markdown(found: Sequence[Mapping[str, Any]]) -> str:
    """The section."""
    first = found[0]
    scores, machine = first["scores"], first["machine"]
    rows = [
        Row(
            cell["about"],
            f"{cell['parameters'] / 1e6:.2f} M",
            cell["scores"]["loss"],
            cell["scores"]["content"],
            cell["scores"]["style"],
        )
        for cell in sorted(found, key=lambda cell: float(cell["scores"]["loss"]))
    ]
    rivals = "; ".join(
        f"{name}: {number(losses['content'])} and {number(losses['style'])}"
        for name, losses in scores["rivals"].items()
    )
    return f"""\
Each painter had {first["steps"]:,} steps of {first["pairs_a_step"]} pairs, from scratch, seed {first["seed"]}; losses
of {scores["pairs"]} held-out pairs in features {scores["features"]}, by the moving average of weights. Without
painting, content and style losses are {rivals}. {first["threads"]} thread of {machine["processor"]}, torch
{machine["torch"]}, {machine["date"]}.

{table(rows)}"""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Train the painter in one pass without each of its parts.")
    parser.add_argument("contents", nargs="+", metavar="CONTENT")
    parser.add_argument("--styles", nargs="+", required=True, metavar="STYLE")
    parser.add_argument("--vgg19", metavar="FILE", help="weights of the losses' network; else the embedded one")
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--size", type=int, default=256, metavar="PX")
    parser.add_argument("--crop", type=int, default=128, metavar="PX")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--cell", action="append", choices=list(CELLS), help="these only; repeatable")
    parser.add_argument("--out", type=Path, default=FOLDER, metavar="DIR", help="of the records")
    parser.add_argument("--docs", type=Path, default=DOCS, metavar="DIR", help="the folder of results.md")
    given = parser.parse_args(arguments)
    data = [
        (MORE if number else "") + name for names in (given.contents, given.styles) for number, name in enumerate(names)
    ]
    config = StyleConfig(
        steps=given.steps,
        size=given.size,
        crop=given.crop,
        content_weight=0.1,
        seed=given.seed,
        encoder="auto" if given.vgg19 else "embedded",
        encoder_weights=given.vgg19,
    )
    given.out.mkdir(parents=True, exist_ok=True)
    for name in given.cell or CELLS:
        path = given.out / f"{name}.json"
        if path.is_file():
            continue
        print(name, file=sys.stderr, flush=True)
        path.write_text(json.dumps(measure(CELLS[name], data, config), indent=1) + "\n", encoding="utf-8")
    found = [
        json.loads(path.read_text(encoding="utf-8")) for name in CELLS if (path := given.out / f"{name}.json").is_file()
    ]
    replace_section(given.docs / "results.md", SECTION, markdown(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
