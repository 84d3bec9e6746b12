"""Ten pictures in ten styles, paired by lot: `python tests/benchmarks/pairs.py CONTENTS STYLES --name pairs`.

The pairs are drawn from the names alone, before anything is painted, so nobody chooses what looks good. Each is painted
by `artgan transfer` as it comes, or with the options that follow, which are passed on. It writes results/NAME.json, a
sheet in docs/images and the section NAME of docs/results.md.
"""

import argparse
import dataclasses
import json
import os
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from artgan.io.media import captioned, encode_jpeg

from machine import describe
from page import number, replace_section, table

FOLDER = Path(__file__).parent / "results"
DOCS = Path(__file__).parents[2] / "docs"
_PAIRS = 10
_COLUMNS = 5
_CELL = 240
_PICTURE_BYTES = 280_000
_ENDINGS = frozenset({".jpg", ".jpeg", ".png", ".webp"})


@dataclass(frozen=True)
class PairRow:
    content: Annotated[str, "picture"]
    style: Annotated[str, "style"]
    fidelity: Annotated[float, "content kept, %"]
    similarity: Annotated[float, "style reached, %"]
    seconds: Annotated[float, "seconds"]


def draw_pairs(contents: Sequence[Path], styles: Sequence[Path], *, count: int, seed: int) -> list[tuple[Path, Path]]:
    """Pairs by lot, none twice, in which every picture and every style comes up before one comes up again.

    Raises ValueError when there are not so many pairs.
    """
    if count > len(contents) * len(styles):
        raise ValueError(f"{count} pairs of {len(contents)} pictures and {len(styles)} styles")
    lot = np.random.default_rng(seed)
    rows, columns = ([paths[n] for n in lot.permutation(len(paths))] for paths in (sorted(contents), sorted(styles)))
    pairs: list[tuple[Path, Path]] = []
    turn = 0
    while len(pairs) < count:
        place = len(pairs) + turn
        pair = rows[len(pairs) % len(rows)], columns[place % len(columns)]
        if pair in pairs:
            turn += 1
        else:
            pairs.append(pair)
    return pairs


def paint(content: Path, style: Path, out: Path, options: Sequence[str], seed: int) -> tuple[PairRow, dict[str, Any]]:
    """Paint a pair in a process of its own; its row and what the command tells of it."""
    command = [str(content), "--style", str(style), "--seed", str(seed), "-o", str(out), "--json", "--quiet", *options]
    began = time.perf_counter()
    done = subprocess.run([sys.executable, "-m", "artgan", "transfer", *command], capture_output=True, text=True)
    seconds = time.perf_counter() - began
    if done.returncode:
        raise SystemExit(f"{content.stem} in {style.stem}: {done.stderr.strip()}")
    told: dict[str, Any] = json.loads(done.stdout)["results"][0]
    scores = told["scores"]
    row = PairRow(
        content=content.stem,
        style=style.stem,
        fidelity=scores["content_fidelity"]["percent"],
        similarity=scores["style_similarity"]["percent"],
        seconds=seconds,
    )
    return row, told


def sheet(paintings: Sequence[Path], rows: Sequence[PairRow]) -> NDArray[np.uint8]:
    """All of them, captioned with their styles."""
    cells = []
    for path, row in zip(paintings, rows, strict=True):
        with Image.open(path) as image:
            small = image.convert("RGB")
        small.thumbnail((_CELL, _CELL), Image.Resampling.LANCZOS)
        cells.append((np.asarray(small), row.style.replace("_", " ")))
    return captioned([cells[start : start + _COLUMNS] for start in range(0, len(cells), _COLUMNS)])


def pictures_of(folder: Path) -> list[Path]:
    found = sorted(path for path in folder.iterdir() if path.suffix.lower() in _ENDINGS)
    if not found:
        raise SystemExit(f"no pictures in {folder}")
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Paint ten pairs drawn by lot.")
    parser.add_argument("contents", type=Path, metavar="CONTENTS", help="a folder of pictures")
    parser.add_argument("styles", type=Path, metavar="STYLES", help="a folder of paintings")
    parser.add_argument("--name", required=True, help="of the section, its record and its sheet")
    parser.add_argument("--count", type=int, default=_PAIRS)
    parser.add_argument("--seed", type=int, default=0, help="of the lot, and of every painting")
    parser.add_argument("--docs", type=Path, default=DOCS, metavar="DIR", help="the folder of results.md")
    parser.add_argument("--out", type=Path, default=FOLDER, metavar="DIR", help="of the record")
    given, options = parser.parse_known_args(arguments)
    machine = describe()
    pairs = draw_pairs(pictures_of(given.contents), pictures_of(given.styles), count=given.count, seed=given.seed)
    rows, tales = [], []
    with tempfile.TemporaryDirectory() as folder:
        paintings = [Path(folder) / f"{place}.png" for place in range(len(pairs))]
        for (content, style), path in zip(pairs, paintings, strict=True):
            row, told = paint(content, style, path, options, given.seed)
            print(f"{row.content} in {row.style}: {row.seconds:.0f} s", file=sys.stderr, flush=True)
            rows.append(row)
            tales.append(told)
        pixels = sheet(paintings, rows)
    image = f"images/result-{given.name}.jpg"
    (given.docs / "images").mkdir(parents=True, exist_ok=True)
    (given.docs / image).write_bytes(encode_jpeg(pixels, most_bytes=_PICTURE_BYTES))
    # Names of weights alone: where they lie is nobody's concern.
    typed = " ".join(shlex.quote(Path(word).name if os.sep in word else word) for word in options)
    command = f"artgan transfer PICTURE --style STYLE --seed {given.seed} {typed}".rstrip()
    encoder = tales[0]["encoder"]
    means = [sum(values) / len(rows) for values in ([r.fidelity for r in rows], [r.similarity for r in rows])]
    text = f"""\
```console
{command}
```

Encoder {encoder}; {len(rows)} of {len(pictures_of(given.contents)) * len(pictures_of(given.styles))} pairs, drawn with
seed {given.seed}; {machine.threads} threads of {machine.processor}, torch {machine.torch}, {machine.date}. Seconds are
from the start of the command to its end.

![{len(rows)} paintings]({image})

{table(rows)}

On average {number(means[0])} % of the content is kept and {number(means[1])} % of the style reached."""
    given.out.mkdir(parents=True, exist_ok=True)
    record = {
        "machine": dataclasses.asdict(machine),
        "seed": given.seed,
        "options": typed,
        "rows": [{**dataclasses.asdict(row), "scores": told["scores"]} for row, told in zip(rows, tales, strict=True)],
    }
    (given.out / f"{given.name}.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    replace_section(given.docs / "results.md", given.name, text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
