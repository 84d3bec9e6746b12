"""The cells of the ablation, and how one is trained, scored and written down: `python cells.py JOB`, a job as JSON."""

import dataclasses
import json
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from artgan.config.dcgan import DcganConfig
from artgan.config.values import parse_duration
from artgan.data.datasets import Dataset, open_dataset
from artgan.io.media import grid
from artgan.metrics.evaluation import Evaluation, Evaluator
from artgan.metrics.features import Features
from artgan.models.encoder_weights import load_encoder
from artgan.models.registry import load
from artgan.pipelines.train import train
from artgan.runtime import generator

import plain_dcgan
from machine import describe

PLAIN = "plain-loop"
GRID_GAP = 2
"""Pixels between the pictures of a cell's grid."""

_AUGMENT = {"augment": "color,translation,cutout"}


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One way to train: what a table says of it, and the options that differ from the recipe `classic`."""

    about: str
    options: Mapping[str, Any]


CELLS: Mapping[str, Cell] = {
    PLAIN: Cell(about="the public example's loop: float32, ImageFolder, DataLoader, last weights", options={}),
    "classic-bare": Cell(about="classic without average and mirroring", options={"ema_half_life": 0, "mirror": False}),
    "classic": Cell(about="the recipe `classic`: the paper's, average, mirroring", options={}),
    "classic-augment": Cell(about="classic + augmentation", options=_AUGMENT),
    "hinge-spectral": Cell(
        about="hinge loss, spectral norm in D, nearest upsampling in G",
        options={"upsample": "nearest", "discriminator_norm": "spectral", "loss": "hinge"},
    ),
    "relativistic-augment": Cell(
        about="relativistic loss, R1 and R2 (gamma 0.5, every 4 steps), D without norm, nearest, augmentation",
        options={
            **_AUGMENT,
            "upsample": "nearest",
            "discriminator_norm": "none",
            "loss": "relativistic",
            "r1": 0.5,
            "r2": 0.5,
            "penalty_every": 4,
            "beta1": 0.0,
            "beta2": 0.99,
        },
    ),
    "classic-32": Cell(about="classic in batches of 32", options={"batch_size": 32}),
    "nearest-augment-32": Cell(
        about="the recipe `small`: classic in batches of 32, nearest upsampling in G, augmentation at 0.4",
        options={**_AUGMENT, "augment_probability": 0.4, "upsample": "nearest", "batch_size": 32},
    ),
}


@dataclass(frozen=True, kw_only=True)
class Job:
    """One cell to be made; `steps` bounds it instead of the time where it is given."""

    cell: str
    data: str
    budget: str
    out: str
    grids: str | None
    runs: str | None
    seed: int
    samples: int
    steps: int | None = None
    width: int = 64
    batch_size: int = 64
    workers: int = 2


@dataclass(frozen=True, kw_only=True)
class Trained:
    """A generator as something that draws (N, 3, S, S) in [-1, 1], and how it came about."""

    draw: Callable[[int], Tensor]
    steps: int
    seconds: float
    options: Mapping[str, Any]


def result_path(folder: Path, cell: str) -> Path:
    """Where a cell is written down."""
    return folder / f"{cell}.json"


def run(job: Job) -> None:
    """Train, score, write."""
    dataset = open_dataset(job.data, size=64, count=None, seed=0)
    with tempfile.TemporaryDirectory() as temporary:
        train_cell = _train_plain if job.cell == PLAIN else _train_artgan
        trained = train_cell(job, dataset, Path(temporary))
    evaluator = _evaluator(dataset, job.samples)
    samples = trained.draw(max(64, evaluator.samples))
    _write(job, dataset, trained, evaluator(samples[: evaluator.samples]))
    if job.grids is not None:
        path = Path(job.grids) / f"{job.cell}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = (samples[:64].permute(0, 2, 3, 1) * 127.5 + 127.5).round().clamp(0, 255).to(torch.uint8).numpy()
        Image.fromarray(grid(pixels, columns=8, gap=GRID_GAP)).save(path, quality=92)


def _train_artgan(job: Job, dataset: Dataset, temporary: Path) -> Trained:
    """`artgan train dcgan`; what is scored is what it shares: the averaged generator."""
    limit: dict[str, Any] = {"budget": job.budget} if job.steps is None else {"steps": job.steps}
    shared: dict[str, Any] = {"size": 64, "width": job.width, "batch_size": job.batch_size, "seed": job.seed}
    own = CELLS[job.cell].options
    config = DcganConfig(**{**limit, **shared, "features": "none", "sample_every": 500, **own})
    report = train("dcgan", config, [job.data], out=Path(job.runs) if job.runs else temporary)
    if report.run is None:
        raise RuntimeError("the ablation is for a process alone")
    _, networks = load(report.run / "model.safetensors")

    def draw(count: int) -> Tensor:
        random = generator(job.seed)
        z = torch.randn(count, config.latent_dim, generator=random)
        with torch.no_grad():
            return torch.cat([networks["generator"](part) for part in torch.split(z, 64)])

    options = {key: value for key, value in dataclasses.asdict(config).items() if value is not None}
    return Trained(draw=draw, steps=report.steps, seconds=report.seconds, options=options)


def _train_plain(job: Job, dataset: Dataset, temporary: Path) -> Trained:
    """The public example's loop on the same pictures as files; it samples as the example does, in training mode."""
    folder = temporary / "pictures" / "all"
    folder.mkdir(parents=True)
    for number, place in enumerate(dataset.train.tolist()):
        Image.fromarray(dataset.pixels[place]).save(folder / f"{number:06d}.png", compress_level=1)
    most = parse_duration(job.budget, "--budget")
    outcome = plain_dcgan.train(
        folder.parent,
        seed=job.seed,
        autocast=False,
        enough=lambda steps, seconds: seconds >= most if job.steps is None else steps >= job.steps,
        tell=_ignore,
        width=job.width,
        batch_size=job.batch_size,
        workers=job.workers,
    )

    def draw(count: int) -> Tensor:
        z = torch.randn(count, plain_dcgan.LATENT, 1, 1, generator=generator(job.seed))
        with torch.no_grad():
            return torch.cat([outcome.generator(part) for part in torch.split(z, 64)])

    options = {"width": job.width, "batch_size": job.batch_size, "precision": "float32", "workers": job.workers}
    return Trained(draw=draw, steps=outcome.steps, seconds=outcome.ends[-1] - outcome.ends[0], options=options)


def _ignore(line: str) -> None:
    """The loop's lines are made, as in the example, and shown to nobody."""


def _evaluator(dataset: Dataset, samples: int) -> Evaluator:
    """Twice as many reals as samples, half of which give the floor; the same for every cell."""
    rng = np.random.default_rng(0)
    reals = rng.permutation(dataset.train)[: 2 * samples]
    held_out = rng.permutation(dataset.held_out)[:samples]
    images = [torch.from_numpy(dataset.pixels[np.sort(places)]).permute(0, 3, 1, 2) for places in (reals, held_out)]
    return Evaluator(Features(load_encoder("embedded")), images[0], images[1] if len(held_out) else None)


def _write(job: Job, dataset: Dataset, trained: Trained, evaluation: Evaluation) -> None:
    path = result_path(Path(job.out), job.cell)
    path.parent.mkdir(parents=True, exist_ok=True)
    document = {
        "cell": job.cell,
        "about": CELLS[job.cell].about,
        "data": dataset.name,
        "fingerprint": dataset.fingerprint,
        "pictures": len(dataset.train),
        "budget": job.budget,
        "seed": job.seed,
        "steps": trained.steps,
        "pictures_seen": trained.steps * trained.options["batch_size"],
        "seconds": round(trained.seconds, 1),
        "options": trained.options,
        **evaluation.as_dict(),
        "machine": dataclasses.asdict(describe()),
    }
    unfinished = path.with_suffix(".part")
    unfinished.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    unfinished.replace(path)


if __name__ == "__main__":
    run(Job(**json.loads(sys.argv[1])))
