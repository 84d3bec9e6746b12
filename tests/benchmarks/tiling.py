"""Large pictures through a generator: memory, time, and what a thumbnail's statistics change.

    python tests/benchmarks/tiling.py [--model MODEL --to DOMAIN] [--sides 1024,2048] [--page docs/benchmarks.md]

Without a model memory and time are measured with random weights of a ResNet of width 64 with 9 blocks, the paper's; how
far `thumbnail` is from `exact` needs a trained one.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import torch

from artgan.io.images import read_picture, write_picture
from artgan.io.receipts import read_receipt
from artgan.io.shipped import find_content
from artgan.models.registry import ModelSpec, build
from artgan.painting.tensors import to_tensor
from artgan.training.runs import save_model

from page import replace_section, table
from processes import watched
from reporting import tell

CONTENT = "example:pavilion"
_ARTGAN = [sys.executable, "-m", "artgan", "transfer"]


@dataclass(frozen=True)
class TilingRow:
    side: Annotated[str, "picture"]
    tiling: Annotated[str, "`--tiling`"]
    precision: Annotated[str, "precision"]
    gb: Annotated[float, "peak memory, GB"]
    seconds: Annotated[float, "seconds, start to exit"]


@dataclass(frozen=True)
class DifferenceRow:
    side: Annotated[str, "picture"]
    change: Annotated[float, "the translation changes it by"]
    difference: Annotated[float, "thumbnail differs from exact by"]
    largest: Annotated[float, "99.9 % of values within"]


def random_model(path: Path, *, width: int = 64, blocks: int = 9) -> Path:
    """The paper's generator, untrained: as large and as slow."""
    options = {"generator": "resnet", "size": 256, "width": width, "blocks": blocks}
    spec = ModelSpec(architecture="cyclegan", version=1, options=options, domains=("photo", "painting"))
    networks = build(spec)
    for network in networks.values():
        network.initialise(torch.Generator().manual_seed(0))  # type: ignore[operator]
    save_model(path, spec, networks, {})
    return path


def content(folder: Path, side: int) -> Path:
    """The example and its mirror images, side by side up to this side: as much detail as a large photograph has."""
    pixels = read_picture(find_content(CONTENT)).pixels[:side, :side]
    around = [(0, side - length) for length in pixels.shape[:2]]
    path = folder / f"{side}.png"
    write_picture(np.pad(pixels, [*around, (0, 0)], mode="symmetric"), path, receipt=None, force=True)
    return path


def measure(model: Path, to: str, sides: Sequence[int], tilings: Sequence[str], precision: str) -> list[TilingRow]:
    """The whole command, in a process of its own."""
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for side in sides:
            picture = content(folder, side)
            for tiling in tilings:
                options = ["--model", str(model), "--to", to, "--tiling", tiling, "--precision", precision]
                out = folder / f"{side}-{tiling}.png"
                peak, seconds = watched(
                    [*_ARTGAN, str(picture), *options, "--device", "cpu", "-o", str(out), "--force"], folder
                )
                receipt = read_receipt(out) or {}
                shown = f"auto: {receipt['tiling']}" if tiling == "auto" else tiling
                rows.append(TilingRow(f"{side}x{side}", shown, precision, peak / 1e9, seconds))
                tell(str(rows[-1]))
    return rows


def differences(model: Path, to: str, sides: Sequence[int], precision: str) -> list[DifferenceRow]:
    """In levels of 255, root mean squares, between results that are on disk."""
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for side in sides:
            picture = content(folder, side)
            seen = {"original": _read(picture)}
            for tiling in ("exact", "thumbnail"):
                out = folder / f"{tiling}.png"
                options = ["--model", str(model), "--to", to, "--tiling", tiling, "--precision", precision]
                watched([*_ARTGAN, str(picture), *options, "--device", "cpu", "-o", str(out), "--force"], folder)
                seen[tiling] = _read(out)
            apart = (seen["thumbnail"] - seen["exact"]).abs() * 255
            change = (seen["exact"] - seen["original"]).square().mean().sqrt().item() * 255
            # quantile() refuses so many values; a stride keeps the sample even.
            most = apart.flatten()[:: max(1, apart.numel() // 1_000_000)].quantile(0.999).item()
            rows.append(DifferenceRow(f"{side}x{side}", change, apart.square().mean().sqrt().item(), most))
            tell(str(rows[-1]))
    return rows


def _read(path: Path) -> torch.Tensor:
    return to_tensor(read_picture(path), torch.device("cpu"))


def main() -> None:
    parser = argparse.ArgumentParser(description="Memory and time of large pictures through a generator.")
    parser.add_argument("--model", type=Path)
    parser.add_argument("--to", default="painting")
    parser.add_argument("--sides", default="1024,2048")
    parser.add_argument("--tilings", default="whole,exact,thumbnail")
    parser.add_argument("--precision", default="float32")
    parser.add_argument("--page", type=Path)
    options = parser.parse_args()
    sides = [int(side) for side in options.sides.split(",")]
    with tempfile.TemporaryDirectory() as name:
        if options.model is None:
            model = random_model(Path(name) / "model.safetensors")
            text = table(measure(model, options.to, sides, options.tilings.split(","), options.precision))
        else:
            text = table(differences(options.model.absolute(), options.to, sides, options.precision))
    print(text)
    if options.page is not None:
        which = "tiling" if options.model is None else "thumbnail"
        replace_section(options.page, which, text)


if __name__ == "__main__":
    main()
