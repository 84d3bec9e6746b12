"""Make the datasets that the built-in painter learns from:

    python examples/models/painter_data.py --paintings monet/*.tfrec --paintings portraits.zip --crops vangogh.zip \\
        --without tests/style --without tests/content -o data

Contents are `photos`, crops of free photos that come with Python packages, and `painted`, the paintings themselves;
styles are `paintings` and `crops`, several of each of larger paintings. Twins of what is to be painted in tests are
left out. Folders, .zip and .tfrec files are read.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from PIL import Image

from artgan.config.prepare import PrepareConfig
from artgan.pipelines.prepare import prepare

sys.path.append(str(Path(__file__).parents[1] / "encoder"))

from pictures import Pixels, gather, package_pictures, without_twins

PHOTOS = (
    *(
        ("skimage", f"data/{name}.png")
        for name in ("astronaut", "camera", "chelsea", "coffee", "coins", "motorcycle_left")
    ),
    *(("skimage", f"data/{name}.jpg") for name in ("hubble_deep_field", "rocket")),
    *(("sklearn", f"datasets/images/{name}.jpg") for name in ("china", "flower")),
    ("matplotlib", "mpl-data/sample_data/grace_hopper.jpg"),
)
"""Public domain, CC0 or no known restrictions, and two by CC BY 2.0: see the card of the models."""
SHORT_SIDE, LONG_SIDE = 512, 4096
"""Pictures are shrunk to this short side and cut to this long side."""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Make the datasets that the built-in painter learns from.")
    parser.add_argument("--paintings", type=Path, action="append", required=True, metavar="FILE")
    parser.add_argument(
        "--crops", type=Path, action="append", default=[], metavar="FILE", help="more paintings, in three crops each"
    )
    parser.add_argument("--without", type=Path, action="append", default=[], metavar="FILE")
    parser.add_argument("--size", type=int, default=256, metavar="PX")
    parser.add_argument("-o", "--out", type=Path, default=Path("data"), metavar="DIR")
    given = parser.parse_args(arguments)
    size, out = given.size, given.out
    references = list(_read(given.without))
    paintings = without_twins(list(_read(given.paintings)), references)
    smallest = round(size * 7 / 8)

    def make(name: str, sources: Path, options: PrepareConfig) -> Path:
        prepare(options, [str(sources)], out=str(out / name))
        return out / name

    photos = _save(gather(package_pictures(PHOTOS), short_side=10**6), out / "sources" / "photos")
    many = PrepareConfig(
        size=size, crop="random", crops_per_picture=40, keep_duplicates=True, min_side=round(size / 1.28)
    )
    make("photos", photos, many)
    whole = PrepareConfig(size=size, min_side=smallest)
    prepared = make("paintings", _save(paintings, out / "sources" / "paintings"), whole)
    make(
        "painted",
        _trained_on(prepared, out / "sources" / "painted"),
        PrepareConfig(size=size, held_out=0.0, keep_duplicates=True),
    )
    if given.crops:
        crops = _save(without_twins(list(_read(given.crops)), references), out / "sources" / "crops")
        few = PrepareConfig(size=size, crop="random", crops_per_picture=3, keep_duplicates=True, min_side=smallest)
        make("crops", crops, few)
    return 0


def _read(sources: Sequence[Path]) -> Iterator[Pixels]:
    yield from gather(sources, short_side=SHORT_SIDE, long_side=LONG_SIDE)


def _save(pictures: Sequence[Pixels], folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for number, picture in enumerate(pictures):
        Image.fromarray(picture).save(folder / f"{number:04d}.png")
    return folder


def _trained_on(dataset: Path, folder: Path) -> Path:
    """The squares of a dataset that are not held out, in a folder of their own."""
    folder.mkdir(parents=True, exist_ok=True)
    for line in (dataset / "manifest.jsonl").read_text(encoding="utf-8").splitlines():
        square = json.loads(line)
        if square["split"] == "train":
            (folder / Path(square["file"]).name).write_bytes((dataset / square["file"]).read_bytes())
    return folder


if __name__ == "__main__":
    sys.exit(main())
