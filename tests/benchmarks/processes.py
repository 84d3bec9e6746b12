"""Whole commands in processes of their own: peak memory and seconds from start to exit."""

import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import torch

from artgan.io.images import read_picture, write_picture
from artgan.io.receipts import read_receipt
from artgan.io.shipped import find_content
from artgan.painting.pyramid import resize
from artgan.painting.tensors import to_pixels

from page import Spread
from workload import CONTENT, PHOTO, STYLE, precisions

# A process's peak begins with that of the one it was forked from (Linux keeps it through exec), and ours is large. So
# a small process stands between: it runs the command as its only child and reports that child's peak.
_WATCHER = """
import json, resource, subprocess, sys, time
began = time.perf_counter()
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(json.dumps([code, peak * (1 if sys.platform == "darwin" else 1024), time.perf_counter() - began]))
"""


@dataclass(frozen=True)
class MemoryRow:
    size: Annotated[str, "long side"]
    encoder: Annotated[str, "encoder"]
    precision: Annotated[str, "precision"]
    gb: Annotated[float, "peak memory, GB"]
    seconds: Annotated[Spread, "seconds, start to exit"]


@dataclass(frozen=True)
class LimitRow:
    size: Annotated[str, "picture"]
    encoder: Annotated[str, "encoder"]
    precision: Annotated[str, "precision"]
    limit: Annotated[str, "`--max-memory`"]
    gib: Annotated[float, "peak memory, GiB"]
    side: Annotated[int, "tiles of about, px"]
    seconds: Annotated[Spread, "seconds, start to exit"]


@dataclass(frozen=True)
class FastRow:
    size: Annotated[str, "picture"]
    precision: Annotated[str, "precision"]
    limit: Annotated[str, "`--max-memory`"]
    gib: Annotated[float, "peak memory, GiB"]
    side: Annotated[str, "tiles of about, px"]
    levels: Annotated[int, "largest difference to the first row's picture, of 255"]
    seconds: Annotated[Spread, "seconds, start to exit"]


@dataclass(frozen=True)
class CommandRow:
    command: Annotated[str, "command"]
    encoder: Annotated[str, "encoder"]
    where: Annotated[str, "device, precision"]
    steps: Annotated[int, "steps taken"]
    seconds: Annotated[Spread, "seconds, start to exit"]


def measure_memory(weights: Mapping[str, Path | None], sizes: Sequence[int], seed: int) -> list[MemoryRow]:
    """Three steps at full size for every long side and encoder, once each; memory does not grow with more."""
    rows = []
    for size in sizes:
        for name, file in weights.items():
            options = ["--size", str(size), "--scales", "1", "--steps", "3", "--device", "cpu"]
            with tempfile.TemporaryDirectory() as folder:
                command = [CONTENT, "--style", STYLE, "--seed", str(seed), *options, "-o", "out.png"]
                peak, seconds = watched(_artgan(command, name, file), Path(folder))
                made = _receipt(Path(folder) / "out.png")
            rows.append(MemoryRow(f"{size} px", name, made["precision"], peak / 1e9, Spread((seconds,))))
    return rows


def measure_limit(weights: Path | None, size: tuple[int, int], limit: str, seed: int) -> list[LimitRow]:
    """Two steps at full size of the embedded encoder within a limit, in both precisions; the second step has all of
    the optimiser's memory, which the first has not. The content is a photo that fills the size, width and height.
    """
    rows = []
    for precision in precisions():
        options = ["--size", str(max(size)), "--scales", "1", "--steps", "2", "--device", "cpu", "--max-memory", limit]
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            _enlarged(PHOTO, size, folder / "photo.png")
            command = ["photo.png", "--style", STYLE, "--seed", str(seed), *options, "--precision", precision]
            peak, seconds = watched(_artgan([*command, "-o", "out.png"], "embedded", weights), folder)
            made = _receipt(folder / "out.png")
        side = math.isqrt(made.get("pixels_at_once", size[0] * size[1]))
        text = f"{size[0]}x{size[1]} px"
        rows.append(LimitRow(text, "embedded", made["precision"], limit, peak / 2**30, side, Spread((seconds,))))
    return rows


def measure_fast_memory(
    painter: Path, size: tuple[int, int], limits: Sequence[str | None], seed: int, precision: str = "auto"
) -> list[FastRow]:
    """A photo of this width and height repainted in one pass within each limit, None for none; the first is what the
    others are compared with, pixel by pixel."""
    rows: list[FastRow] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _enlarged(PHOTO, size, folder / "photo.png")
        for number, limit in enumerate(limits):
            options = ["--size", str(max(size)), "--device", "cpu", "--precision", precision, "--seed", str(seed)]
            options += [] if limit is None else ["--max-memory", limit]
            command = ["photo.png", "--style", STYLE, "--painter", str(painter.absolute()), *options]
            peak, seconds = watched([*_ARTGAN, *command, "-o", f"{number}.png"], folder)
            made = _receipt(folder / f"{number}.png")
            first, own = (read_picture(folder / file).pixels for file in ("0.png", f"{number}.png"))
            rows.append(
                FastRow(
                    size=f"{size[0]}x{size[1]} px",
                    precision=made["precision"],
                    limit=limit or "none",
                    gib=peak / 2**30,
                    side=str(math.isqrt(made["pixels_at_once"])) if "pixels_at_once" in made else "one piece",
                    levels=round(float(abs(first - own).max()) * 255),
                    seconds=Spread((seconds,)),
                )
            )
    return rows


def _enlarged(name: str, size: tuple[int, int], path: Path) -> None:
    """A photo that ships, cut to the proportions of a size and brought to it."""
    width, height = size
    pixels = read_picture(find_content(name)).pixels
    rows, columns = pixels.shape[:2]
    across = min(columns, round(rows * width / height))
    left = (columns - across) // 2
    cut = torch.from_numpy(pixels[:, left : left + across].copy()).permute(2, 0, 1)[None]
    write_picture(to_pixels(resize(cut, height, width)), path, receipt=None, force=False)


def measure_command(options: Sequence[str], embedded: Path | None, repeats: int) -> CommandRow:
    """The command as it stands, where no other encoder than artgan's own is on disk (an empty cache folder).

    `embedded` replaces the encoder in the package, for quick tests.
    """
    seconds = []
    for _ in range(repeats):
        with tempfile.TemporaryDirectory() as folder:
            command = _artgan(options, "embedded", embedded) if embedded else [*_ARTGAN, *options]
            began = time.perf_counter()
            answer_of(command, Path(folder))
            seconds.append(time.perf_counter() - began)
            (written,) = Path(folder).glob("*.png")
            made = _receipt(written)
    where = f"{made['device']}, {made['precision']}"
    text = f"`artgan transfer {' '.join(options)}`"
    return CommandRow(text, made["encoder"]["name"], where, made["steps"], Spread.of(seconds))


def watched(command: Sequence[str], folder: Path) -> tuple[int, float]:
    """Bytes of resident memory a command takes at most, and its seconds."""
    answer = answer_of([sys.executable, "-S", "-c", _WATCHER, *command], folder)
    code, peak, seconds = json.loads(answer)
    if code:
        raise RuntimeError(f"{' '.join(command)} ended with {code}")
    return peak, seconds


_ARTGAN = [sys.executable, "-m", "artgan", "transfer"]


def _artgan(options: Sequence[str], encoder: str, weights: Path | None) -> list[str]:
    return [*_ARTGAN, *options, *encoder_options(encoder, weights)]


def encoder_options(encoder: str, weights: Path | None) -> list[str]:
    """Of `artgan transfer`; weights of None are those in the package."""
    given = [] if weights is None else ["--encoder-weights", str(weights.absolute())]
    return ["--encoder", encoder, *given]


def answer_of(command: Sequence[str], folder: Path, *, artgan: Path | None = None) -> str:
    """Run in an empty folder, with no settings and no cache of whoever is measuring; returns standard output.

    `artgan` is the folder of another version of it, which is to be imported instead.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ARTGAN_")}
    environment |= {"ARTGAN_CACHE_DIR": str(folder / "cache"), "TORCH_HOME": str(folder / "torch"), "NO_COLOR": "1"}
    if artgan is not None:
        environment["PYTHONPATH"] = str(artgan.absolute())
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def _receipt(picture: Path) -> dict[str, Any]:
    receipt = read_receipt(picture)
    if receipt is None:
        raise RuntimeError(f"{picture.name} carries no receipt")
    return receipt
