"""How often a second a CycleGAN takes a step or translates a picture, in a process of its own: `python
translation_rates.py JOB`, a job as JSON."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from artgan.config.cyclegan import CycleganConfig
from artgan.data.datasets import Dataset, open_dataset
from artgan.models.cyclegan import build_generator
from artgan.painting.translate import Translator
from artgan.runtime import generator, resolve_precision

import plain_cyclegan
from arithmetic import ceiling_rate, gflop_of, per_second
from engines import engine_of
from workload import CPU

DOMAINS = ("photos", "paintings")
_PICTURES = 4
_HALVINGS = 3
"""Those of the paper's discriminators, at every size."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """What is timed.

    Attributes:
        what: "artgan" is a step of `artgan train cyclegan`, "plain" one of `plain_cyclegan`, "translate" a picture
            through artgan's generator; "convolution" is the ceiling.
        generator: "resnet" or "unet"; of the convolution nothing.
        precision: as `--precision` names it; "auto" is autocast for the plain step.
        warmup, steps: how often it is done before the clock is started, and how often while it runs.
        size: side of the pictures, of which there is one of each domain a step.
    """

    what: Literal["artgan", "plain", "translate", "convolution"]
    generator: str
    precision: str
    warmup: int
    steps: int
    seed: int = 0
    size: int = 256
    width: int = 64
    blocks: int = 9

    def __str__(self) -> str:
        return f"{self.what} {self.generator} {self.precision}".replace("  ", " ")


def measure(job: Job) -> float:
    """Times a second, or GFLOP a second of the convolution."""
    if job.what == "convolution":
        return ceiling_rate(job.precision, job.seed, warmup=job.warmup, steps=job.steps)
    return per_second(_WORK[job.what](job), warmup=job.warmup, steps=job.steps)


def gflop(job: Job) -> float:
    """Arithmetic of doing it once."""
    return gflop_of(_WORK[job.what](job))


def _artgan(job: Job) -> Callable[[], object]:
    """The whole step: pictures read, mirrored and cropped, both updates, the average of weights, what is logged."""
    config = CycleganConfig(
        generator=job.generator,  # type: ignore[arg-type]
        upsample="transpose",
        size=job.size,
        width=job.width,
        blocks=job.blocks,
        halvings=_HALVINGS,
        batch_size=1,
        steps=10**6,
        seed=job.seed,
        precision=job.precision,  # type: ignore[arg-type]
        device="cpu",
    )
    return engine_of("cyclegan", config, {name: _pictures(name, job) for name in DOMAINS}).step


def _plain(job: Job) -> Callable[[], object]:
    """The same pair of pictures again and again, in memory."""
    training = plain_cyclegan.CycleGan(
        job.generator,
        size=job.size,
        width=job.width,
        blocks=job.blocks,
        seed=job.seed,
        autocast=resolve_precision(job.precision, CPU) == torch.bfloat16,
    )
    x, y = (_tensor(_pictures(name, job)) for name in DOMAINS)
    return lambda: training.step(x, y)


def _translate(job: Job) -> Callable[[], object]:
    """As `artgan transfer --model` translates a picture that is in memory."""
    network = build_generator(generator=job.generator, size=job.size, width=job.width, blocks=job.blocks)
    network.initialise(generator(job.seed))
    translator = Translator(network, device=CPU, precision=resolve_precision(job.precision, CPU), tiling="whole")
    image = (_tensor(_pictures(DOMAINS[0], job)) + 1) / 2
    return lambda: translator.paint(image)


_WORK = {"artgan": _artgan, "plain": _plain, "translate": _translate}


def _pictures(domain: str, job: Job) -> Dataset:
    return open_dataset(f"synthetic:{domain},n={_PICTURES},seed={job.seed}", size=job.size, count=None, seed=job.seed)


def _tensor(dataset: Dataset) -> Tensor:
    """The first picture, (1, 3, S, S) in [-1, 1]."""
    return torch.from_numpy(dataset.pixels[:1]).permute(0, 3, 1, 2).float().div(127.5).sub(1).contiguous()


if __name__ == "__main__":
    print(json.dumps(measure(Job(**json.loads(sys.argv[1])))))
