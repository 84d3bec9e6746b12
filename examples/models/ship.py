"""Make a built-in model of a training run: `python examples/models/ship.py RUN --name faces`.

The weights of the run's best model go to artgan/assets/models/NAME.safetensors in float16, half their size; pictures
change by less than what eight bits show. What rebuilds the network and what is known of the training go along. Prints
the lines of a table for the card.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from artgan.io.checkpoints import load_tensors, save_tensors
from artgan.pipelines.modelfiles import locate
from artgan.training.runs import ABOUT_KEY

ASSETS = Path(__file__).parents[2] / "artgan" / "assets" / "models"


def ship(source: Path, target: Path) -> None:
    """Copy a model file, floating-point tensors in float16. Ends the script where one does not fit into it."""
    tensors, metadata = load_tensors(source)
    halves = {}
    for name, tensor in tensors.items():
        halves[name] = tensor.half() if tensor.is_floating_point() else tensor
        if not torch.isfinite(halves[name]).all():
            raise SystemExit(f"{name} has values beyond float16")
    target.parent.mkdir(parents=True, exist_ok=True)
    save_tensors(target, halves, metadata)


def facts(model: Path) -> Iterator[tuple[str, str]]:
    """What a card tells of a model, from the file itself."""
    tensors, metadata = load_tensors(model)
    about = json.loads(metadata[ABOUT_KEY])
    options, scores = about["options"], about["scores"]
    # BatchNorm2d counts its batches; nothing is computed from that.
    numbers = sum(tensor.numel() for tensor in tensors.values() if tensor.is_floating_point())
    yield "file", f"`{model.name}`, {model.stat().st_size / 1e6:.1f} MB, float16, {numbers / 1e6:.2f} M numbers"
    counted = zip(about["data"], about["pictures"], strict=True)
    yield "trained on", "; ".join(f"{name}: {count:,} pictures" for name, count in counted)
    yield "length", f"{about['step']:,} steps of {options['batch_size']}, {about['images_seen']:,} pictures seen"
    yield "seed", str(options["seed"])
    yield "versions", f"artgan {about['artgan']}, torch {about['torch']}, {about['precision']}"
    if about["method"] == "style":
        yield from _of_a_painter(options, scores)
        return
    measured = f"{scores['samples']} samples, {scores['reals']} real pictures, features {scores['features']}"
    distance = f"{scores['distance']:.2f}; real pictures among themselves {scores['floor']:.2f} ({measured})"
    yield scores["measure"], distance
    if tags := scores.get("tags"):
        for group, value in tags["accuracy"].items():
            own = tags["classifier"][group]
            told = "all tags" if group == "all" else group
            yield f"{told} as asked", f"{value:.1%} of {tags['samples']} samples; of real pictures {own:.1%}"


def _of_a_painter(options: Mapping[str, Any], scores: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    weights = ", ".join(f"{name} {options[f'{name}_weight']:g}" for name in ("content", "style", "tv"))
    scales = f" in {options['scales']} scales" if options.get("scales", 1) > 1 else ""
    yield "losses", f"{weights}; squares of {options['crop']} px{scales}, features {scores['features']}"
    held_out = "held-out " if all(scores["held_out"].values()) else ""
    for name, told in (("content", "content loss"), ("style", "relative error of Gram matrices")):
        rivals = ", ".join(f"{rival} {found[name]:.3f}" for rival, found in scores["rivals"].items())
        yield told, f"{scores[name]:.3f}; {rivals} ({scores['pairs']} pairs of {held_out}pictures)"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Make a built-in model of a training run.")
    parser.add_argument("run", metavar="RUN", help="a run's folder, or a model.safetensors")
    parser.add_argument("--name", required=True, help="what the model is to be called")
    parser.add_argument("--to", type=Path, default=ASSETS, metavar="DIR")
    given = parser.parse_args(arguments)
    target = given.to / f"{given.name}.safetensors"
    ship(locate(given.run).path, target)
    print("\n".join(f"| {name} | {value} |" for name, value in facts(target)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
