"""Score an encoder against VGG19 as what style transfer is made through: python examples/encoder/score.py --help.

Both repaint the same contents in the same styles, and VGG19 says how much of the content is left and how near the
style is. Which of the two an encoder favours hardly matters, the content weight is there to be set; so a candidate is
compared with what VGG19 reaches where as much of the content is left.

- CF, content fidelity: the cosine of VGG19's channels with the content's, averaged over positions, then over relu4_1
  and relu5_1. Higher is closer.
- RG, relative Gram distance: |G - G_style| / |G_style|, averaged over relu1_1, relu2_1, ..., relu5_1. Lower is closer.
- ratio: the candidate's RG over that of VGG19 at the same CF, on straight lines between VGG19's points.
"""

import argparse
import json
import logging
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from statistics import fmean
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from artgan.errors import WeightsError
from artgan.io.checkpoints import load_tensors
from artgan.io.images import read_picture, write_picture
from artgan.losses.perceptual import gram_matrix
from artgan.models.encoder import Border, Encoder
from artgan.models.encoder_weights import recognise
from artgan.painting.objective import Objective, Targets
from artgan.painting.optimise import Descent
from artgan.painting.pyramid import fit, resize
from artgan.painting.tensors import to_pixels, to_tensor
from artgan.runtime import resolve_precision

PAIRS = ("tubingen+starry_night", "golden_gate+composition_vii", "sailboat+great_wave")
STYLE_LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
CONTENT_LAYER = "relu4_2"
FIDELITY_LAYERS = ("relu4_1", "relu5_1")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Score:
    """What VGG19 says about one picture, and what it took to make."""

    pair: str
    content_weight: float
    cf: float
    rg: float
    seconds_a_step: float


def optimise(
    encoder: Encoder, content: Tensor, style: Tensor, content_weight: float, steps: int
) -> tuple[Tensor, float]:
    """Repaint a content (1, 3, H, W) from itself with L-BFGS; the picture, and the seconds that a step took."""
    objective = Objective(
        encoder=encoder,
        content_layers={CONTENT_LAYER: 1.0},
        style_layers=dict.fromkeys(STYLE_LAYERS, 1 / len(STYLE_LAYERS)),
        content_weight=content_weight,
        style_weight=1.0,
        tv_weight=0.0,
        normalization="relative",
    )
    style_targets = objective.everywhere(objective.style_targets([style], [1.0]))
    targets = Targets(content=objective.content_targets(content), style=style_targets)
    descent = Descent(content, optimizer="lbfgs", learning_rate=None)
    began = time.perf_counter()
    for _ in range(steps):
        descent.step(objective, targets)
    return descent.result, (time.perf_counter() - began) / steps


@torch.no_grad()
def judge(vgg19: Encoder, picture: Tensor, content: Tensor, style: Tensor) -> tuple[float, float]:
    """CF and RG of a picture, (1, 3, H, W) as its content, through VGG19 in float32."""
    own, wanted, painted = (vgg19(image, STYLE_LAYERS) for image in (picture, content, style))
    cosines = (F.cosine_similarity(own[layer], wanted[layer], dim=1).mean() for layer in FIDELITY_LAYERS)
    distances = []
    for layer in STYLE_LAYERS:
        gram = gram_matrix(painted[layer])
        distances.append(((gram_matrix(own[layer]) - gram).norm() / gram.norm()).item())
    return fmean(cosine.item() for cosine in cosines), fmean(distances)


def reference_at(curve: Iterable[Score], cf: float) -> float | None:
    """VGG19's RG where its CF is this, on straight lines between its points; None beyond its ends."""
    points = sorted((score.cf, score.rg) for score in curve)
    for (cf1, rg1), (cf2, rg2) in pairwise(points):
        if cf1 <= cf <= cf2:
            return rg1 + (rg2 - rg1) * ((cf - cf1) / (cf2 - cf1) if cf2 > cf1 else 0.0)
    return None


def compare(references: Sequence[Score], candidates: Sequence[Score]) -> dict[str, Any]:
    """The table: a row for each of the candidate's pictures, and the means. None where there is no comparison."""
    rows = []
    for score in candidates:
        reference = reference_at((other for other in references if other.pair == score.pair), score.cf)
        ratio = None if reference is None else score.rg / reference
        rows.append({**asdict(score), "vgg19_rg": reference, "ratio": ratio})
    by_weight = {weight: _mean(rows, weight) for weight in dict.fromkeys(score.content_weight for score in candidates)}
    seconds, reference_seconds = (
        fmean(score.seconds_a_step for score in scores) for scores in (candidates, references)
    )
    return {
        "rows": rows,
        "vgg19": [asdict(score) for score in references],
        "mean_ratio": _mean(rows, None),
        "mean_ratio_by_content_weight": {str(weight): mean for weight, mean in by_weight.items()},
        "seconds_a_step": seconds,
        "vgg19_seconds_a_step": reference_seconds,
        "speed_up": reference_seconds / seconds,
    }


def _mean(rows: Iterable[dict[str, Any]], weight: float | None) -> float | None:
    ratios = [row["ratio"] for row in rows if row["ratio"] is not None and weight in (None, row["content_weight"])]
    return fmean(ratios) if ratios else None


def table(result: dict[str, Any]) -> str:
    lines = [
        "| pair | content weight | CF | RG | VGG19's RG at that CF | ratio |",
        "|---|---|---|---|---|---|",
    ]
    for row in result["rows"]:
        numbers = (row["cf"], row["rg"], row["vgg19_rg"], row["ratio"])
        cells = (row["pair"], f"{row['content_weight']:g}", *(_cell(number) for number in numbers))
        lines.append("| " + " | ".join(cells) + " |")
    by_weight = result["mean_ratio_by_content_weight"].items()
    own, reference = result["seconds_a_step"], result["vgg19_seconds_a_step"]
    return "\n".join(
        [
            *lines,
            f"mean ratio {_cell(result['mean_ratio'])}"
            f" (by content weight: {', '.join(f'{weight}: {_cell(mean)}' for weight, mean in by_weight)})",
            f"seconds a step {own:.4f}, VGG19 {reference:.4f}: {result['speed_up']:.2f} times as fast",
        ]
    )


def _cell(number: float | None) -> str:
    return "beyond VGG19's" if number is None else f"{number:.3f}"


def read(folder: Path, stem: str, long_side: int) -> Tensor:
    """The picture of that name, whatever its suffix, (1, 3, H, W) in [0, 1]."""
    path = next(iter(sorted(folder.glob(f"{stem}.*"))), None)
    if path is None:
        raise SystemExit(f"no picture {stem} in {folder}")
    picture = to_tensor(read_picture(path), torch.device("cpu"))
    return resize(picture, *fit(picture.shape[-2], picture.shape[-1], long_side))


def load(path: Path, kind: str, border: Border, precision: torch.dtype) -> Encoder:
    """Like `load_encoder`, with the border of one's choice."""
    found, tensors = recognise(load_tensors(path)[0], path)
    if found != kind:
        raise WeightsError(f"{path} holds {found} instead of {kind}")
    return Encoder(tensors, name=kind, border=border, precision=precision)


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    add = parser.add_argument
    add("candidate", type=Path, help="an embedded encoder, safetensors")
    add("--weights", type=Path, required=True, help="VGG19's convolutions, safetensors with torchvision's keys")
    add("--content", type=Path, required=True, help="folder of the contents")
    add("--style", type=Path, required=True, help="folder of the styles")
    add("--pairs", nargs="+", default=PAIRS, metavar="CONTENT+STYLE", help="names of files, without their suffix")
    add("--content-weights", type=float, nargs="+", default=[0.01, 0.04, 0.16], help="with VGG19 and the candidate")
    add("--more-vgg19-weights", type=float, nargs="*", default=[], help="with VGG19 only, to make its curve longer")
    add("--steps", type=int, default=100)
    add("--size", type=int, default=256, help="long side in pixels")
    add("--border", choices=("zeros", "replicate"), default="zeros", help="of both; VGG19 as a judge has zeros")
    add("--precision", choices=("auto", "bfloat16", "float32"), default="auto", help="to repaint in")
    add("--json", type=Path, help="file for all numbers")
    add("--keep", type=Path, help="folder for the pictures")
    add("--threads", type=int, help="cores to use; by default as PyTorch likes")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    options = arguments(argv)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    if options.threads:
        torch.set_num_threads(options.threads)
    precision = resolve_precision(options.precision, torch.device("cpu"))
    judge_encoder = load(options.weights, "vgg19", "zeros", torch.float32)
    encoders = {
        "vgg19": load(options.weights, "vgg19", options.border, precision),
        "candidate": load(options.candidate, "embedded", options.border, precision),
    }
    scores: dict[str, list[Score]] = {name: [] for name in encoders}
    for pair in options.pairs:
        stem, _, style_stem = pair.partition("+")
        content, style = read(options.content, stem, options.size), read(options.style, style_stem, options.size)
        for weight in dict.fromkeys([*options.content_weights, *options.more_vgg19_weights]):
            # In turns, so that both are slowed alike by whatever else the machine does.
            for name, encoder in encoders.items():
                if name == "candidate" and weight not in options.content_weights:
                    continue
                picture, seconds = optimise(encoder, content, style, weight, options.steps)
                cf, rg = judge(judge_encoder, picture, content, style)
                score = Score(pair=pair, content_weight=weight, cf=cf, rg=rg, seconds_a_step=seconds)
                scores[name].append(score)
                _log.info("%s %s %g: CF %.3f RG %.3f, %.4f s a step", name, pair, weight, cf, rg, seconds)
                if options.keep:
                    out = options.keep / f"{pair}-{weight:g}-{name}.png"
                    write_picture(to_pixels(picture), out, receipt=None, force=True)
    result = compare(scores["vgg19"], scores["candidate"])
    print(table(result))
    if options.json:
        settings = {name: getattr(options, name) for name in ("size", "steps", "border", "threads")}
        settings |= {"precision": str(precision).removeprefix("torch."), "candidate": options.candidate.name}
        options.json.write_text(json.dumps({"settings": settings, **result}, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
