"""What a long training run came to, for docs/results.md: `python tests/benchmarks/runs.py RUN --name portraits`.

Of a run's folder it writes results/runs/NAME.json (what was asked for, how long it took, all scores, how they went),
two pictures in docs/images (samples, and the scores over training) and the section NAME of docs/results.md. Run it
where the training ran: the page tells the machine. Figures come from the run's own files, none is typed.
"""

import argparse
import dataclasses
import json
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from artgan.config.fields import option_name
from artgan.config.files import find_recipe, read_config, recipe_names
from artgan.io.media import encode_jpeg, labelled_grid
from artgan.pipelines.methods import METHODS
from artgan.pipelines.sources import MORE
from artgan.pipelines.translation_scoring import gap_closed
from artgan.training.runs import Run

from curves import Curve, draw
from machine import describe
from page import number, replace_section, table

FOLDER = Path(__file__).parent / "results" / "runs"
DOCS = Path(__file__).parents[2] / "docs"
_CURVE_POINTS = 200
_PICTURE_BYTES = 190_000
_SHOWN = 6
_GAP = 2  # of grids of samples, in pixels


@dataclass(frozen=True)
class DirectionRow:
    direction: Annotated[str, "direction"]
    pictures: Annotated[str, "pictures"]
    distance: Annotated[float, "translated"]
    floor: Annotated[float, "real pictures"]
    recoloured: Annotated[float, "colours matched"]
    untranslated: Annotated[float, "untranslated"]
    closed: Annotated[str | None, "gap closed"]


@dataclass(frozen=True)
class ScoreRow:
    score: Annotated[str, "score"]
    samples: Annotated[float | None, "samples"]
    reals: Annotated[float | None, "real pictures"]
    ratio: Annotated[float | None, "samples / real"]


def record(run: Run) -> dict[str, Any]:
    """Everything that is to be told of a run, as JSON."""
    config, scores, lines = run.read_config(), run.read_scores(), run.read_metrics()
    if not lines or not ("evaluation" in scores or "directions" in scores):
        raise SystemExit(f"{run.path.name} has not come to its end, or was not scored")
    last = lines[-1]
    scored = [line for line in lines if "score/distance" in line]
    return {
        "command": command(config),
        **{key: config[key] for key in ("method", "data", "pictures", "fingerprints", "precision", "torch", "options")},
        "steps": last["step"],
        "pictures_seen": last["images_seen"],
        "seconds": last["seconds"],
        "pictures_per_second": round(last["images_seen"] / last["seconds"], 1),
        "scores": scores,
        "best": _scores_of(min(scored, key=lambda line: float(line["score/distance"]))),
        "curve": [_scores_of(line) for line in scored[:: max(1, len(scored) // _CURVE_POINTS)]],
        "machine": dataclasses.asdict(describe()),
    }


def command(config: Mapping[str, Any]) -> str:
    """The command that trains such a run: the recipe it fits, and what differs from that or from the defaults.

    A limit is the total, also of a run that was continued.
    """
    name = f"train {config['method']}"
    method = METHODS[config["method"]]
    defaults = {field.name: field.default for field in dataclasses.fields(method.config)}
    options = dict(config["options"])
    recipe: dict[str, Any] = {}
    words = ["artgan", *name.split(), *_sources(config["data"])]
    for candidate in recipe_names(name):
        values = read_config(find_recipe(candidate, name), name, method.config)
        if all(options.get(key, defaults[key]) == value for key, value in values.items()):
            recipe = values
            words += ["--recipe", candidate]
            break
    for key, value in options.items():
        if value != recipe.get(key, defaults[key]):
            words += _as_option(key, value)
    return shlex.join(words)


def _sources(data: Sequence[str]) -> list[str]:
    """As typed: of more than two domains the last is the hub."""
    domains = sum(not source.startswith(MORE) for source in data)
    return [*data[:-1], "--hub", data[-1]] if domains > 2 else list(data)


def _as_option(key: str, value: object) -> list[str]:
    name = option_name(key)
    if isinstance(value, bool):
        return [name if value else name.replace("--", "--no-", 1)]
    return [name, str(value)]


def _scores_of(line: Mapping[str, Any]) -> dict[str, float]:
    wanted = ("step", "images_seen", "seconds")
    return {key: line[key] for key in line if key in wanted or key.startswith("score/")}


def section(found: Mapping[str, Any], name: str) -> str:
    """The run on the page."""
    machine = found["machine"]
    minutes = found["seconds"] / 60
    pictures = " and ".join(f"{count:,}" for count in found["pictures"])
    cores = f"{machine['threads']} core" + "s" * (machine["threads"] != 1)
    translated = "directions" in found["scores"]
    measured = (
        "by the mean distance of all directions"
        if translated
        else "by the distance of the curve, which is measured on fewer pictures than the table's,"
    )
    return f"""\
```console
{found["command"]}
```

{pictures} pictures; {found["steps"]:,} steps, {found["pictures_seen"]:,} pictures seen in {minutes:.0f} minutes
({number(found["pictures_per_second"])} a second) on {cores} of {machine["processor"]} in {found["precision"]},
torch {found["torch"]}, {machine["date"]}.

![Samples]({_image(name, "samples")})

![Scores over training]({_image(name, "curve")})

The best model {measured} is that of step
{found["best"]["step"]:,}: {number(found["best"]["score/distance"])}. The samples and the table are of the last.

{translation_table(found["scores"]) if translated else sample_table(found["scores"])}"""


def translation_table(scores: Mapping[str, Any]) -> str:
    """How near translations come to real pictures."""
    rows = []
    for name, way in scores["directions"].items():
        closed = gap_closed(way)
        told = None if closed is None else f"{closed:.0%}".replace("%", " %")
        pictures = f"{way['samples']} against {way['reals']}"
        rows.append(
            DirectionRow(name, pictures, way["distance"], way["floor"], way["recoloured"], way["untranslated"], told)
        )
    return f"""\
{scores["measure"]} of held-out pictures, translated, to real ones of the other domain, in
features {scores["features"]}:

{table(rows)}"""


def sample_table(scores: Mapping[str, Any]) -> str:
    """How near samples come to real pictures, and whether they show what was asked for."""
    evaluation = scores["evaluation"]
    samples, floor = evaluation["scores"], evaluation["floor"]
    rows = [
        _row("sliced Wasserstein distance", samples["sliced"], floor["sliced"], apart=True),
        _row("Fréchet distance", samples["frechet"], floor["frechet"], apart=True),
        _row("kernel distance", samples["kernel"], floor["kernel"], apart=False),
    ]
    rows += [_row(title, samples[title], floor[title], apart=False) for title in ("precision", "recall")]
    alike = evaluation["ms_ssim"], evaluation["ms_ssim_reals"]
    rows.append(_row("likeness to each other (MS-SSIM)", *alike, apart=False))
    if evaluation["originality"] is not None:
        among = f"distance to the nearest of {evaluation['originality_pictures']:,} training pictures"
        rows.append(_row(among, evaluation["originality"], 1.0, apart=False))
    for group, value in scores.get("tags", {}).get("accuracy", {}).items():
        title = "all tags as asked" if group == "all" else f"{group} as asked"
        rows.append(_row(title, value, scores["tags"]["classifier"].get(group), apart=True))
    return f"""\
{samples["samples"]:,} samples against {samples["reals"]:,} real pictures, in features {samples["features"]}:

{table(rows)}"""


def _row(title: str, samples: float, reals: float | None, *, apart: bool) -> ScoreRow:
    """`apart`: whether the ratio of the two is worth a column."""
    return ScoreRow(title, float(samples), reals, float(samples) / reals if apart and reals else None)


def _image(name: str, kind: str) -> str:
    return f"images/result-{name}-{kind}.jpg"


def pictures(run: Run, found: Mapping[str, Any], name: str, docs: Path) -> None:
    """The last grid of samples, and the curves."""
    grids = run.sample_grids()
    if not grids:
        raise SystemExit(f"{run.path.name} has no grids of samples")
    with Image.open(grids[-1]) as image:
        pixels = np.asarray(image.convert("RGB"))
    translated = "directions" in found["scores"]
    _save(docs / _image(name, "samples"), translations(pixels, found) if translated else pixels)
    seen = [line["images_seen"] for line in found["curve"]]
    curves = _translation_curves(found) if translated else _sample_curves(found)
    _save(docs / _image(name, "curve"), draw(seen, curves, "pictures seen"))


def translations(grid: NDArray[np.uint8], found: Mapping[str, Any]) -> NDArray[np.uint8]:
    """The rows of a grid of translations that a network drew, with labels: for each direction what became of pictures,
    and what came back. The pictures themselves, of which the page may not own the rights, are left out."""
    side, ways = found["options"]["size"], [name.split("->") for name in found["scores"]["directions"]]
    step = side + _GAP
    cells = [
        np.stack([grid[row * step :, column * step :][:side, :side] for column in range(_SHOWN)])
        for row in range(3 * len(ways))
    ]
    rows = [cells[3 * place + part] for place in range(len(ways)) for part in (1, 2)]
    labels = [text for source, target in ways for text in (f"{source} as {target}", f"{source} again")]
    return labelled_grid(rows, row_labels=labels)


def _translation_curves(found: Mapping[str, Any]) -> list[Curve]:
    """A plot a direction."""
    return [
        Curve(
            title=f"distance to real pictures, {way}",
            lines={
                "translated": _track(found, f"score/distance {way}"),
                "untranslated": [scores["untranslated"]] * len(found["curve"]),
                "colours matched": [scores["recoloured"]] * len(found["curve"]),
            },
            level=scores["floor"],
            level_name="real pictures",
        )
        for way, scores in found["scores"]["directions"].items()
    ]


def _sample_curves(found: Mapping[str, Any]) -> list[Curve]:
    curves = [
        Curve(
            title="distance to real pictures",
            lines={"samples": _track(found, "score/distance")},
            level=found["scores"]["floor"],
            level_name="real pictures",
            logarithmic=True,
        ),
        Curve(
            title="likeness of samples to each other (MS-SSIM)",
            lines={"samples": _track(found, "score/ms_ssim")},
            level=found["scores"]["ms_ssim_reals"],
            level_name="real pictures",
        ),
    ]
    tags = found["scores"].get("tags")
    known = sum("score/tags/all" in line for line in found["curve"])
    if tags is not None and known > 1:  # in a short run the classifier is there at the end only
        lines = {group: _track(found, f"score/tags/{group}") for group in tags["accuracy"]}
        own = tags["classifier"].get("all")
        curves.append(Curve(title="tags as asked", lines=lines, level=own, level_name="all, by the classifier's own"))
    return curves


def _track(found: Mapping[str, Any], key: str) -> list[float | None]:
    return [line.get(key) for line in found["curve"]]


def _save(path: Path, pixels: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encode_jpeg(pixels, most_bytes=_PICTURE_BYTES))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Tell of a training run on docs/results.md.")
    parser.add_argument("run", type=Path, metavar="RUN", help="the folder of a finished run of artgan train")
    parser.add_argument("--name", required=True, help="of the section, its record and its pictures")
    parser.add_argument("--docs", type=Path, default=DOCS, metavar="DIR", help="the folder of results.md")
    parser.add_argument("--out", type=Path, default=FOLDER, metavar="DIR", help="of the record")
    given = parser.parse_args(arguments)
    run = Run.open(given.run)
    found = record(run)
    pictures(run, found, given.name, given.docs)
    given.out.mkdir(parents=True, exist_ok=True)
    (given.out / f"{given.name}.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    replace_section(given.docs / "results.md", given.name, section(found, given.name))
    return 0


if __name__ == "__main__":
    sys.exit(main())
