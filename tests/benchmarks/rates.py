"""Pictures a second of one way to train, in a process of its own: `python rates.py JOB`, a job as JSON."""

import json
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch

from artgan.config.cgan import CganConfig
from artgan.config.dcgan import DcganConfig
from artgan.config.train import TrainConfig
from artgan.data.datasets import open_dataset
from artgan.pipelines.train import train
from artgan.runtime import resolve_precision
from artgan.training.engine import Engine
from artgan.training.feed import IMAGES

import plain_dcgan
from arithmetic import ceiling_rate, gflop_of
from engines import engine_of
from workload import CPU

CONFIGS: dict[str, type[DcganConfig] | type[CganConfig]] = {"dcgan": DcganConfig, "cgan": CganConfig}


@dataclass(frozen=True, kw_only=True)
class Job:
    """What is timed.

    Attributes:
        what: "dcgan" and "cgan" are artgan's, "plain" is the script of `plain_dcgan`; "convolution" is the ceiling, one
            a step.
        part: a bare step, or the whole way from the folder.
        precision: as `--precision` names it; "auto" is autocast for the plain script.
        folder: the prepared dataset.
        warmup, steps: steps before the clock is started, and steps timed.
    """

    what: Literal["dcgan", "cgan", "plain", "convolution"]
    part: Literal["step", "folder"]
    precision: str
    folder: str
    warmup: int
    steps: int
    seed: int = 0
    width: int = 64
    batch_size: int = 64
    workers: int = 2

    def __str__(self) -> str:
        return f"{self.what} {self.part} {self.precision}"


def measure(job: Job) -> float:
    """Pictures a second, or GFLOP a second of the convolution."""
    if job.what == "convolution":
        return ceiling_rate(job.precision, job.seed, warmup=job.warmup, steps=job.steps)
    if job.what == "plain":
        return _plain(job)
    return _step(job) if job.part == "step" else _from_folder(job)


def step_gflop(job: Job) -> float:
    """Arithmetic of one of artgan's steps."""
    return gflop_of(_engine(job).step)


def _plain(job: Job) -> float:
    auto = resolve_precision(job.precision, CPU) == torch.bfloat16
    outcome = plain_dcgan.train(
        Path(job.folder),
        seed=job.seed,
        autocast=auto,
        enough=lambda steps, _: steps >= job.warmup + job.steps,
        tell=lambda line: print(line, file=sys.stderr),
        width=job.width,
        batch_size=job.batch_size,
        workers=job.workers,
        one_batch=job.part == "step",
    )
    return _rate(job, outcome.ends)


def _step(job: Job) -> float:
    engine = _engine(job)
    ends = []
    for _ in range(job.warmup + job.steps):
        engine.step()
        ends.append(time.perf_counter())
    return _rate(job, ends)


def _from_folder(job: Job) -> float:
    """The whole of `artgan train` from step to step: reading, average, metrics. Grids of samples and checkpoints, one
    in a thousand steps of a long run, would weigh too much in a short one."""
    ends: list[float] = []

    def each_step() -> bool:
        ends.append(time.perf_counter())
        return False

    with tempfile.TemporaryDirectory() as out:
        config = _config(job, sample_every=10**6)
        train(job.what, config, [job.folder], out=Path(out), should_stop=each_step)
    return _rate(job, ends)


def _rate(job: Job, ends: list[float]) -> float:
    """From the end of the warm-up to the end of the last step."""
    return job.steps * job.batch_size / (ends[-1] - ends[-1 - job.steps])


def _config(job: Job, **options: int) -> TrainConfig:
    return CONFIGS[job.what](
        steps=job.warmup + job.steps,
        batch_size=job.batch_size,
        width=job.width,
        seed=job.seed,
        precision=job.precision,  # type: ignore[arg-type]
        device="cpu",
        features="none",
        **options,
    )


def _engine(job: Job) -> Engine:
    dataset = open_dataset(job.folder, size=None, count=None, seed=job.seed)
    return engine_of(job.what, _config(job), {IMAGES: dataset})


if __name__ == "__main__":
    print(json.dumps(measure(Job(**json.loads(sys.argv[1])))))
