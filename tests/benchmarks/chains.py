"""What a chain of models comes to beside a direct one: `python tests/benchmarks/chains.py RUN RUN --direct RUN`.

Held-out pictures go along the path and back through the models of the runs, by way of the domain between, and, where
there is such a run, from end to end at once. It writes results/chain.json, a picture in docs/images and the section
"chain" of docs/results.md.
"""

import argparse
import dataclasses
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from artgan.config.cyclegan import CycleganConfig
from artgan.data.datasets import Dataset
from artgan.events import ignore
from artgan.io.media import encode_jpeg, labelled_grid
from artgan.metrics.features import Features
from artgan.models.cyclegan import direction
from artgan.models.encoder_weights import load_encoder
from artgan.pipelines.sources import located, open_domains
from artgan.pipelines.translation_scoring import TranslationJudge, gap_closed, recoloured
from artgan.pipelines.translators import Translators
from artgan.training.runs import Run

from machine import describe
from page import replace_section, table

NAME = "chain"
FOLDER = Path(__file__).parent / "results"
DOCS = Path(__file__).parents[2] / "docs"
_SHOWN = 6
_PICTURE_BYTES = 190_000


@dataclass(frozen=True)
class WayRow:
    way: Annotated[str, "way"]
    distance: Annotated[float, "distance to real pictures"]
    closed: Annotated[str | None, "gap closed"]
    light: Annotated[float, "light and dark kept"]
    colours: Annotated[float, "told by colours alone"]
    back: Annotated[float | None, "difference on return"]


@dataclass(frozen=True, kw_only=True)
class Stages:
    """Pictures (N, 3, S, S) in [-1, 1] on their way, by the domain they are in, and the first ones again, come back."""

    there: Mapping[str, Tensor]
    back: Tensor


def light_kept(before: Tensor, after: Tensor) -> float:
    """Correlation of luminance before and after, the mean over pictures (N, 3, S, S): 1 where light and dark stay."""
    weights = torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)
    a, b = (((images * weights).sum(dim=1)).flatten(1) for images in (before, after))
    a, b = a - a.mean(dim=1, keepdim=True), b - b.mean(dim=1, keepdim=True)
    return float(((a * b).sum(dim=1) / (a.norm(dim=1) * b.norm(dim=1)).clamp_min(1e-9)).mean())


def told_by_colours(before: Tensor, after: Tensor) -> float:
    """How much of the pictures (N, 3, S, S) that came out an affine map of each one's own colours gives.

    The share of the variance explained by least squares, the mean over pictures: 1 where nothing but colours changed.
    """
    shares = []
    for one, other in zip(before.flatten(2).double(), after.flatten(2).double(), strict=True):
        known = torch.cat([one, torch.ones_like(one[:1])]).t()
        wanted = other.t()
        rest = wanted - known @ torch.linalg.lstsq(known, wanted).solution
        shares.append(1 - rest.square().sum() / (wanted - wanted.mean(dim=0)).square().sum().clamp_min(1e-9))
    return float(torch.stack(shares).mean())


def domains_of(runs: Sequence[Run]) -> dict[str, Dataset]:
    """The datasets that the runs learned from, by the domains' names."""
    found: dict[str, Dataset] = {}
    for run in runs:
        stored = run.read_config()
        data = [located(source, Path(stored["folder"])) for source in stored["data"]]
        config = CycleganConfig(**stored["options"])
        found |= open_domains(config, data, seed=config.seed or 0, listener=ignore)
    return found


def through(translators: Translators, roads: Sequence[tuple[str, str]], images: Tensor) -> Tensor:
    """Pictures (N, 3, S, S) in [-1, 1] along (model, direction) after (model, direction)."""
    for model, way in roads:
        painter = translators.translator(model, way)
        images = torch.cat([painter.paint((one[None] + 1) / 2).image.cpu() * 2 - 1 for one in images])
    return images


def travel(translators: Translators, models: Sequence[str], stops: Sequence[str], images: Tensor) -> Stages:
    """Along the stops by the models, one for each way between two, and back."""
    there = {stops[0]: images}
    for model, source, target in zip(models, stops[:-1], stops[1:], strict=True):
        there[target] = through(translators, [(model, direction(source, target))], there[source])
    home = list(zip(reversed(models), reversed(stops[1:]), reversed(stops[:-1]), strict=True))
    back = through(
        translators, [(model, direction(source, target)) for model, source, target in home], there[stops[-1]]
    )
    return Stages(there=there, back=back)


def measured(
    judge: TranslationJudge, name: str, source: str, to: str, after: Tensor, back: Tensor | None = None
) -> WayRow:
    """A row: what became of a domain's pictures, and what came back."""
    before = judge.sources(source)
    distance = judge.evaluator(to).quick(after)[0]
    share = gap_closed({"distance": distance, **judge.bounds(source, to)})
    return WayRow(
        way=name,
        distance=distance,
        closed=None if share is None else f"{share:.0%}".replace("%", " %"),
        light=light_kept(before, after),
        colours=told_by_colours(before, after),
        back=None if back is None else float((back - before).square().mean().sqrt()) * 127.5,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Measure a chain of two models, both ways.")
    parser.add_argument(
        "runs", type=Path, nargs="+", metavar="RUN", help="two runs with a domain in common, or a hub's"
    )
    parser.add_argument("--stops", required=True, metavar="A,B,C", help="domains, such as monet,photo,vangogh")
    parser.add_argument("--direct", type=Path, metavar="RUN", help="a run between the first and the last domain")
    parser.add_argument("--docs", type=Path, default=DOCS, metavar="DIR", help="the folder of results.md")
    parser.add_argument("--out", type=Path, default=FOLDER, metavar="DIR", help="of the record")
    given = parser.parse_args(arguments)
    stops = given.stops.split(",")
    runs = [Run.open(path) for path in given.runs]
    judge = TranslationJudge(
        Features(load_encoder("embedded"), torch.device("cpu")), domains_of(runs), torch.device("cpu")
    )
    translators = Translators(device=torch.device("cpu"), precision=torch.float32)
    models = [str(given.runs[min(place, len(given.runs) - 1)]) for place in range(len(stops) - 1)]
    parts, record = [], {"machine": dataclasses.asdict(describe()), "stops": stops, "ways": {}}
    for names, ordered in ((stops, models), (stops[::-1], models[::-1])):
        rows, count, picture = one_way(judge, translators, ordered, names, given.direct)
        record["ways"]["->".join(names)] = [dataclasses.asdict(row) for row in rows]
        image = f"images/result-{NAME}-{names[0]}-{names[-1]}.jpg"
        (given.docs / "images").mkdir(parents=True, exist_ok=True)
        (given.docs / image).write_bytes(encode_jpeg(picture, most_bytes=_PICTURE_BYTES))
        title = f"{names[0]} to {names[-1]}"
        parts.append(f"{count} held-out pictures, {title}:\n\n{table(rows)}\n\n![{title}]({image})")
    given.out.mkdir(parents=True, exist_ok=True)
    (given.out / f"{NAME}.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    replace_section(given.docs / "results.md", NAME, "\n\n".join(parts))
    return 0


def one_way(
    judge: TranslationJudge, translators: Translators, models: Sequence[str], stops: Sequence[str], direct: Path | None
) -> tuple[list[WayRow], int, NDArray[np.uint8]]:
    """The rows of the table, how many pictures they are of, and some of those at every stage."""
    first, last = stops[0], stops[-1]
    images = judge.sources(first)
    stages = travel(translators, models, stops, images)
    matched = recoloured(images, judge.palette_of(last))
    rows = [measured(judge, "untranslated", first, last, images)]
    rows += [measured(judge, "colours matched", first, last, matched)]
    rows += [measured(judge, f"by way of {', '.join(stops[1:-1])}", first, last, stages.there[last], stages.back)]
    shown = {name: stages.there[name] for name in stops[1:]} | {f"{first} again": stages.back}
    if direct is not None:
        straight = travel(translators, [str(direct)], [first, last], images)
        rows += [measured(judge, "directly", first, last, straight.there[last], straight.back)]
        shown |= {f"{last}, directly": straight.there[last]}
    pixels = [_pixels(of[:_SHOWN]) for of in shown.values()]
    return rows, len(images), labelled_grid(pixels, row_labels=list(shown))


def _pixels(images: Tensor) -> NDArray[np.uint8]:
    levels: NDArray[np.uint8] = images.add(1).mul(127.5).round().clamp(0, 255).byte().permute(0, 2, 3, 1).numpy()
    return levels


if __name__ == "__main__":
    sys.exit(main())
