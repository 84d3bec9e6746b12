"""Measures `artgan prepare`, writes results/data.json and a section of docs/benchmarks.md.

Needs no network and no data: its pictures are the shipped photos, enlarged, with grain. A full run takes some minutes;
nothing else should use the cores meanwhile.
"""

import argparse
import dataclasses
import json
import os
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
from PIL import Image, ImageOps
from torchvision.io import ImageReadMode, decode_jpeg, encode_jpeg
from torchvision.transforms.functional import center_crop, resize

from artgan.data.duplicates import Hashes, cluster
from artgan.data.inputs import Item
from artgan.data.prepare import Treatment, prepare_item
from artgan.data.quality import Limits
from artgan.data.workers import usable_cores, work
from artgan.io.shipped import example_names, find_content

from machine import describe
from page import Spread, replace_section, table
from processes import watched

SECTIONS = ("pictures", "duplicates", "memory")
FOLDER = Path(__file__).parent / "results"
PAGE = Path(__file__).parents[2] / "docs" / "benchmarks.md"
SIZE = 256


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How much is measured."""

    sizes: tuple[tuple[int, int], ...]
    """Width and height of the JPEGs."""
    pictures: int
    """Of the small sizes; of the large ones as many as make `megapixels`, but at least `fewest`."""
    fewest: int
    megapixels: int
    shared_megapixels: int
    """What several processes share, each file many times: enough that their start and end do not count."""
    repeats: int
    hashes: tuple[int, ...]
    memory: tuple[int, int]

    def count(self, width: int, height: int) -> int:
        """How many pictures of this size are enough to time them."""
        return max(self.fewest, min(self.pictures, self.megapixels * 1_000_000 // (width * height)))


FULL = Plan(
    sizes=((1250, 800), (1620, 1080), (3000, 2000), (4240, 2832), (6000, 4000)),
    pictures=96,
    fewest=16,
    megapixels=200,
    shared_megapixels=2500,
    repeats=3,
    hashes=(5_000, 50_000),
    memory=(6000, 4000),
)
QUICK = Plan(
    sizes=((320, 240),),
    pictures=4,
    fewest=2,
    megapixels=1,
    shared_megapixels=1,
    repeats=1,
    hashes=(200,),
    memory=(320, 240),
)


@dataclass(frozen=True)
class PictureRow:
    size: Annotated[str, "JPEG"]
    megapixels: Annotated[float, "megapixels"]
    what: Annotated[str, "what"]
    processes: Annotated[int, "processes"]
    per_second: Annotated[Spread, "pictures a second"]


@dataclass(frozen=True)
class DuplicateRow:
    pictures: Annotated[int, "pictures"]
    planted: Annotated[int, "twins planted"]
    found: Annotated[int, "found"]
    seconds: Annotated[Spread, "seconds"]


@dataclass(frozen=True)
class MemoryRow:
    size: Annotated[str, "JPEG"]
    processes: Annotated[int, "processes"]
    gigabytes: Annotated[float, "GB of the largest process"]


def photos(folder: Path, size: tuple[int, int], count: int, seed: int) -> list[Path]:
    """Different photographs of one size, with grain, so that they compress as a camera's do."""
    rng = np.random.default_rng(seed)
    examples = [Image.open(find_content(name)).convert("RGB") for name in example_names()]
    paths = []
    for number in range(count):
        example = examples[number % len(examples)]
        left, top = rng.integers(0, example.width // 4), rng.integers(0, example.height // 4)
        part = example.crop((int(left), int(top), example.width, example.height))
        image = np.asarray(ImageOps.fit(part, size, Image.Resampling.BICUBIC)).astype(np.int16)
        image += rng.integers(-6, 7, image.shape[:2], dtype=np.int16)[..., None]
        paths.append(folder / f"{size[0]}x{size[1]}-{number}.jpg")
        Image.fromarray(np.clip(image, 0, 255).astype(np.uint8)).save(paths[-1], quality=90)
    return paths


def with_pillow(folder: Path, path: Path) -> None:
    """What a short script does: open, crop, resize, save."""
    with Image.open(path) as image:
        square = ImageOps.fit(image.convert("RGB"), (SIZE, SIZE), Image.Resampling.LANCZOS)
    square.save(folder / path.name, quality=95, subsampling=0)


def with_torchvision(folder: Path, path: Path) -> None:
    """The same through torchvision: its JPEG decoder, its antialiased resize, its encoder."""
    data = torch.from_numpy(np.fromfile(path, dtype=np.uint8))
    with warnings.catch_warnings():  # that torchcodec is to follow changes nothing about today's speed
        warnings.simplefilter("ignore", DeprecationWarning)
        image = decode_jpeg(data, mode=ImageReadMode.RGB)
        square = resize(center_crop(image, [min(image.shape[1:])]), [SIZE, SIZE], antialias=True)
        (folder / path.name).write_bytes(encode_jpeg(square, quality=95).numpy().tobytes())


def measure_pictures(plan: Plan, seed: int) -> list[PictureRow]:
    rows = []
    torch.set_num_threads(1)  # one core each, as the processes have
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        treatment = Treatment(
            folder=folder / "out",
            size=SIZE,
            crop="center",
            crops_per_picture=1,
            cascade=None,
            grayscale=False,
            suffix="jpg",
            limits=Limits(min_side=SIZE // 2),
            seed=0,
        )
        for name in ("out", "plain"):
            (folder / name).mkdir()
        cores = min(4, usable_cores())  # so many pictures keep them busy
        for width, height in plan.sizes:
            paths = photos(folder, (width, height), plan.count(width, height), seed)
            items = [Item(key=path.name, path=path) for path in paths]
            turns = max(1, plan.shared_megapixels * 1_000_000 // (width * height * len(items)))
            shared = [replace(item, key=f"{item.key}-{turn}") for turn in range(turns) for item in items]
            methods: list[tuple[str, int, Callable[[], float]]] = [
                ("artgan prepare", 1, partial(_all, treatment, items, 1)),
                ("artgan prepare", cores, partial(_all, treatment, shared, cores)),
                ("Pillow", 1, partial(_one, partial(with_pillow, folder / "plain"), paths)),
                ("torchvision", 1, partial(_one, partial(with_torchvision, folder / "plain"), paths)),
            ]
            rates: dict[tuple[str, int], list[float]] = {}
            for _ in range(plan.repeats):  # in turns, so that a slow moment of the machine hits all alike
                for what, processes, run in methods:
                    rates.setdefault((what, processes), []).append(run())
            label, megapixels = f"{width}x{height}", width * height / 1e6
            rows += [PictureRow(label, megapixels, *key, Spread.of(values)) for key, values in rates.items()]
            for path in paths:
                path.unlink()
    return rows


def _one(function: Callable[[Any], object], items: Sequence[Any]) -> float:
    """Items a second in this process."""
    began = time.perf_counter()
    for item in items:
        function(item)
    return len(items) / (time.perf_counter() - began)


def _all(treatment: Treatment, items: Sequence[Item], processes: int) -> float:
    """Pictures a second in several processes, from when all of them are at work: their start costs a second, once."""
    # A folder for each run: replacing a file makes some file systems wait for the disk, which a real run does not.
    treatment = replace(treatment, folder=Path(tempfile.mkdtemp(dir=treatment.folder)))
    at_work: set[int] = set()
    began, count = time.perf_counter(), 0
    for process in work(partial(_prepare, treatment), items, processes=processes):
        count += 1
        if process not in at_work:
            at_work.add(process)
            began, count = time.perf_counter(), 0
    return count / (time.perf_counter() - began)


def _prepare(treatment: Treatment, item: Item) -> int:
    prepare_item(treatment, item)
    return os.getpid()


def measure_duplicates(plan: Plan, seed: int) -> list[DuplicateRow]:
    rows = []
    for count in plan.hashes:
        rng = np.random.default_rng(seed)
        twins = count // 50
        bits = rng.integers(0, 2**64, (count, 4), dtype=np.uint64)
        bits[count - twins :] = bits[:twins] ^ np.uint64(0b101)
        items = [Hashes(*map(int, row), 120.0, 110.0, 100.0, 40.0) for row in bits]
        seconds, found = [], 0
        for _ in range(plan.repeats):
            began = time.perf_counter()
            found = count - int(cluster(items).max()) - 1
            seconds.append(time.perf_counter() - began)
        rows.append(DuplicateRow(count, twins, found, Spread.of(seconds)))
    return rows


def measure_memory(plan: Plan, seed: int) -> list[MemoryRow]:
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "in").mkdir()
        photos(folder / "in", plan.memory, plan.count(*plan.memory), seed)
        for processes in (1, usable_cores()):
            options = ["--size", "256", "--min-side", "1", "--processes", str(processes), "-o", f"{folder}/{processes}"]
            command = [sys.executable, "-m", "artgan", "prepare", str(folder / "in"), *options]
            peak, _ = watched(command, folder)
            rows.append(MemoryRow(f"{plan.memory[0]}x{plan.memory[1]}", processes, peak / 1e9))
    return rows


def section(results: dict[str, Any], command: str, seed: int) -> str:
    """The section of the page."""
    parts = ["## Preparing pictures", f"{describe().markdown()}\n- Seed: {seed}\n- To repeat it: `{command}`"]
    if rows := results.get("pictures"):
        parts.append(
            f"From a JPEG file to a square of {SIZE} px in a file. `artgan prepare` also measures, hashes and judges\n"
            "every picture; it decodes a JPEG at the smallest of 1, 1/2, 1/4 and 1/8 that is large enough. Pillow and\n"
            "torchvision decode, crop, resize and save. Rates of several processes leave out their start."
        )
        parts.append(table(rows))
    if rows := results.get("duplicates"):
        parts += ["Near duplicates among random hashes, mirrored ones included, on one core:", table(rows)]
    if rows := results.get("memory"):
        parts += ["The most resident memory of one process of the command:", table(rows)]
    return "\n\n".join(parts)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Measure artgan prepare.")
    parser.add_argument("--quick", action="store_true", help="tiny sizes, to see that all works; figures mean nothing")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", action="append", choices=SECTIONS, help="measure this part only; repeatable")
    parser.add_argument("--out", type=Path, default=None, metavar="DIR", help="default results/; none with --quick")
    given = parser.parse_args(arguments)
    plan = QUICK if given.quick else FULL
    measures = {"pictures": measure_pictures, "duplicates": measure_duplicates, "memory": measure_memory}
    results: dict[str, Any] = {}
    for name in given.only or SECTIONS:
        print(f"measuring {name}", file=sys.stderr, flush=True)
        results[name] = measures[name](plan, given.seed)
    only = "".join(f" --only {name}" for name in given.only or ())
    command = f"python tests/benchmarks/data.py{' --quick' if given.quick else ''}{only} --seed {given.seed}"
    text = section(results, command, given.seed)
    print(text)
    out = given.out or (None if given.quick else FOLDER)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        document = {"machine": dataclasses.asdict(describe()), "seed": given.seed, "command": command}
        document |= {name: [dataclasses.asdict(row) for row in rows] for name, rows in results.items()}
        (out / "data.json").write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
        if given.out is None:
            replace_section(PAGE, "data", text)
    return 0


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    sys.exit(main())
