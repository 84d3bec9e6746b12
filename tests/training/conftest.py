"""A GAN of a few hundred weights that uses everything the engine must keep: batch norm, dropout, noise, extra state."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from artgan.config.train import TrainConfig
from artgan.data.datasets import Dataset
from artgan.models.registry import ModelSpec
from artgan.training.distributed import Processes
from artgan.training.engine import Engine, Limits
from artgan.training.feed import Feed
from artgan.training.runs import Run
from artgan.training.task import Batch, Step

SIZE = 16


class ToyTask:
    """`rate` is the learning rate; `poison` a step whose loss is not a number."""

    name = "toy"
    averaged = ("generator",)

    def __init__(self, rate: float = 1e-3, poison: int | None = None) -> None:
        torch.manual_seed(0)
        generator = nn.Sequential(
            nn.ConvTranspose2d(6, 8, 4), nn.BatchNorm2d(8), nn.ReLU(), nn.Upsample(scale_factor=4), nn.Conv2d(8, 3, 1)
        )
        discriminator = nn.Sequential(
            nn.Conv2d(3, 6, 4, 4), nn.LeakyReLU(0.2), nn.Dropout(0.3), nn.Flatten(), nn.Linear(96, 1)
        )
        self.networks: dict[str, nn.Module] = {"generator": generator, "discriminator": discriminator}
        self.optimizers: dict[str, torch.optim.Optimizer] = {
            name: torch.optim.Adam(network.parameters(), lr=rate, betas=(0.5, 0.99))
            for name, network in self.networks.items()
        }
        self.poison = poison
        self.strength = torch.zeros(())

    def training_step(self, batch: Batch, step: Step) -> dict[str, Tensor]:
        images = batch["images"] * (1 + self.strength)
        generator, discriminator = self.networks["generator"], self.networks["discriminator"]
        with step.autocast():
            fakes = generator(step.noise(len(images), 6, 1, 1))
            real, fake = discriminator(images), discriminator(fakes.detach())
        loss = F.softplus(-real.float()).mean() + F.softplus(fake.float()).mean()
        if step.number == self.poison:
            loss = loss * float("nan")
        step.update("discriminator", loss)
        with step.autocast():
            verdict = discriminator(fakes)
        against = F.softplus(-verdict.float()).mean()
        step.update("generator", against)
        self.strength += 0.01 * torch.rand((), generator=step.random)
        return {"loss/discriminator": loss.detach(), "loss/generator": against.detach()}

    def samples(self, averaged: Mapping[str, nn.Module]) -> Tensor:
        noise = torch.randn(4, 6, 1, 1, generator=torch.Generator().manual_seed(1))
        return averaged["generator"](noise).tanh()

    def spec(self) -> ModelSpec:
        return ModelSpec(architecture="toy", version=1, options={"size": SIZE})

    def extra_state(self) -> dict[str, Tensor]:
        return {"strength": self.strength}

    def load_extra_state(self, state: Mapping[str, Tensor]) -> None:
        self.strength = state["strength"].clone()


def noise() -> Dataset:
    """30 pictures of noise in training, 3 held out, with tags."""
    rng = np.random.default_rng(0)
    return Dataset(
        name="noise",
        pixels=rng.integers(0, 256, (33, SIZE, SIZE, 3), dtype=np.uint8),
        tags=rng.integers(0, 2, (33, 5), dtype=np.uint8),
        train=np.arange(30),
        held_out=np.arange(30, 33),
        fingerprint="0" * 64,
    )


@pytest.fixture(scope="session")
def pictures() -> Dataset:
    return noise()


@pytest.fixture
def make_engine(pictures: Dataset, tmp_path: Path) -> Callable[..., tuple[Engine, ToyTask]]:
    """An engine on a fresh toy task; what is not given is small and quick."""

    def make(
        *,
        run: Run | None = None,
        steps: int | None = 20,
        seconds: float | None = None,
        precision: torch.dtype = torch.float32,
        task: ToyTask | None = None,
        seed: int = 5,
        **options: Any,
    ) -> tuple[Engine, ToyTask]:
        config = TrainConfig(**{"batch_size": 8, "log_every": 4, "ema_half_life": 100, "save_every": "1h", **options})
        device = torch.device("cpu")
        task = task or ToyTask(config.learning_rate)
        feed = Feed({"images": pictures}, batch_size=8, seed=seed, device=device, mirror=True)
        engine = Engine(
            task,
            feed,
            config,
            limits=Limits(steps=steps, seconds=seconds),
            seed=seed,
            device=device,
            precision=precision,
            processes=Processes(),
            run=run,
            about={"data": ["noise"]},
        )
        return engine, task

    return make
