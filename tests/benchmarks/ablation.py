"""What makes a DCGAN better on little data, at equal time: trains every cell, scores it, writes a JSON file a cell.

`python tests/benchmarks/ablation.py DATA --budget 10m --grids DIR`; repeated, it goes on with
the cells that are not done. `--table` prints the results as Markdown; `--table --page --grids DIR` puts them on
docs/results.md, with a picture. DATA is a prepared folder or the name of a synthetic set; pictures are taken at 64 px.
"""

import argparse
import dataclasses
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
from PIL import Image

from artgan.config.values import parse_duration
from artgan.data.datasets import open_dataset
from artgan.io.media import encode_jpeg, labelled_grid

from cells import CELLS, GRID_GAP, Job, result_path, run
from page import replace_section, table

FOLDER = Path(__file__).parent / "results" / "ablation"
DOCS = Path(__file__).parents[2] / "docs"
PICTURE = "images/result-ablation-samples.jpg"
SAMPLES = 2000
_SHOWN = 8
_SIDE = 64


@dataclass(frozen=True)
class Row:
    cell: Annotated[str, "cell"]
    about: Annotated[str, "what it is"]
    pictures: Annotated[str | None, "pictures seen"]
    sliced: Annotated[float, "sliced Wasserstein"]
    frechet: Annotated[float, "Fréchet"]
    kernel: Annotated[float, "kernel"]
    precision: Annotated[float, "precision"]
    recall: Annotated[float, "recall"]
    ms_ssim: Annotated[float, "MS-SSIM"]
    originality: Annotated[float | None, "originality"]


def read_results(folder: Path) -> list[dict[str, Any]]:
    """The cells that are done, the best first."""
    paths = [result_path(folder, cell) for cell in CELLS]
    results = [json.loads(path.read_text(encoding="utf-8")) for path in paths if path.is_file()]
    return sorted(results, key=lambda result: float(result["scores"]["sliced"]))


def markdown(results: Sequence[dict[str, Any]]) -> str:
    """The table and what its figures are of. The results are of one dataset and budget."""
    first = results[0]
    rows = [_row(r["cell"], CELLS[r["cell"]].about, f"{r['pictures_seen']:,}", r) for r in results]
    floor = {**first, "scores": first["floor"], "ms_ssim": first["ms_ssim_reals"], "originality": None}
    rows.append(_row("real pictures", "the others among those trained on", None, floor))
    scores, machine = first["scores"], first["machine"]
    threads = f"{machine['threads']} thread" + "s" * (machine["threads"] != 1)
    return f"""\
{first["pictures"]:,} pictures of `{first["data"]}` at 64 px; {first["budget"]} of training a cell, {threads} of
{machine["processor"]}, seed {first["seed"]}, {machine["date"]}, torch {machine["torch"]}. {scores["samples"]:,} samples
against {scores["reals"]:,} pictures trained on, in features {scores["features"]}; lower is better for the three
distances.

{table(rows)}"""


def _row(cell: str, about: str, pictures: str | None, result: dict[str, Any]) -> Row:
    scores = result["scores"]
    distances = (float(scores["sliced"]), float(scores["frechet"]), float(scores["kernel"]))
    shares = (float(scores["precision"]), float(scores["recall"]), float(result["ms_ssim"]))
    return Row(cell, about, pictures, *distances, *shares, result["originality"])


def picture(results: Sequence[dict[str, Any]], grids: Path, docs: Path) -> None:
    """The first samples of every cell, a row each: the same noise wherever noise is drawn the same."""
    rows = []
    for result in results:
        with Image.open(grids / f"{result['cell']}.jpg") as image:
            pixels = np.asarray(image)
        step = _SIDE + GRID_GAP
        rows.append(np.stack([pixels[:_SIDE, place * step : place * step + _SIDE] for place in range(_SHOWN)]))
    sheet = labelled_grid(rows, row_labels=[result["cell"] for result in results])
    (docs / PICTURE).parent.mkdir(parents=True, exist_ok=True)
    (docs / PICTURE).write_bytes(encode_jpeg(sheet, most_bytes=190_000))


def check_same(folder: Path, job: Job, fingerprint: str) -> None:
    """End the script when what is done is of other data, time or seed: cells are compared with each other."""
    for result in read_results(folder):
        for name, value in (("fingerprint", fingerprint), ("budget", job.budget), ("seed", job.seed)):
            if result[name] != value:
                raise SystemExit(
                    f"{result['cell']} was made with {name} {result[name]}, not {value}: name another folder with --out"
                )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Compare ways to train a DCGAN at equal time.")
    parser.add_argument("data", nargs="?", metavar="DATA", help="a prepared folder, or synthetic:faces,n=2000")
    parser.add_argument("--budget", default="6m", metavar="TIME", help="of training a cell; default 6m")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", action="append", choices=list(CELLS), help="this cell only; repeatable")
    parser.add_argument("--samples", type=int, default=SAMPLES, help=f"scored; default {SAMPLES}")
    parser.add_argument("--out", type=Path, default=FOLDER, metavar="DIR", help="of the JSON files")
    parser.add_argument("--grids", type=Path, metavar="DIR", help="write 8x8 samples of each cell there as JPEG")
    parser.add_argument("--runs", type=Path, metavar="DIR", help="keep artgan's run folders there")
    parser.add_argument("--table", action="store_true", help="print what is done as Markdown, train nothing")
    parser.add_argument("--page", action="store_true", help="with --table and --grids: put it on docs/results.md")
    parser.add_argument("--docs", type=Path, default=DOCS, metavar="DIR", help="the folder of results.md")
    parser.add_argument("--quick", action="store_true", help="two steps of tiny networks; scores mean nothing")
    given = parser.parse_args(arguments)
    if given.table:
        results = read_results(given.out)
        print(markdown(results) if results else f"nothing is done in {given.out}")
        if given.page and results:
            if given.grids is None:
                parser.error("--page needs the --grids that the cells wrote")
            picture(results, given.grids, given.docs)
            text = f"{markdown(results)}\n\n![Samples of every cell]({PICTURE})"
            replace_section(given.docs / "results.md", "ablation", text)
        return 0
    if given.data is None:
        parser.error("name the DATA to train on")
    if given.quick and given.out == FOLDER:
        parser.error("--quick needs --out: its scores mean nothing")
    parse_duration(given.budget, "--budget")
    grids, runs = (None if path is None else str(path.absolute()) for path in (given.grids, given.runs))
    job = Job(
        cell="",
        data=given.data,
        budget=given.budget,
        out=str(given.out.absolute()),
        grids=grids,
        runs=runs,
        seed=given.seed,
        samples=given.samples,
    )
    if given.quick:
        torch.set_num_threads(1)  # tiny tensors gain nothing from threads, and lose much on a busy machine
        job = dataclasses.replace(job, steps=2, width=4, batch_size=8, workers=0)
    check_same(given.out, job, open_dataset(given.data, size=64, count=None, seed=0).fingerprint)
    for name in given.only or CELLS:
        if result_path(given.out, name).is_file():
            print(f"{name}: done before", file=sys.stderr, flush=True)
            continue
        print(f"{name}: {CELLS[name].about}", file=sys.stderr, flush=True)
        one = dataclasses.replace(job, cell=name)
        if given.quick:
            run(one)
        else:  # a process of its own, so that no cell sees what another left
            script = str(Path(__file__).with_name("cells.py"))
            argument = json.dumps(dataclasses.asdict(one))
            subprocess.run([sys.executable, script, argument], check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
