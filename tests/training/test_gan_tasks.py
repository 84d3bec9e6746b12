"""The tasks of DCGAN and the conditional GAN: every option trains, steps repeat, and tags come to be obeyed."""

import dataclasses
from collections.abc import Mapping
from contextlib import nullcontext
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch

from artgan.config.cgan import CganConfig
from artgan.config.dcgan import DcganConfig
from artgan.data.datasets import Dataset
from artgan.data.vocabulary import Group, Vocabulary
from artgan.errors import UsageError
from artgan.models.registry import build
from artgan.training import cgan, dcgan
from artgan.training.augmentation import HIGHEST, Augmentation
from artgan.training.task import Step, Task

CPU = torch.device("cpu")
VOCABULARY = Vocabulary((Group("top", ("red", "green", "blue")), Group("bottom", ("black", "white"))))
TOPS = torch.tensor([[1.0, -1, -1], [-1, 1, -1], [-1, -1, 1]])
BOTTOMS = torch.tensor([[-1.0, -1, -1], [1, 1, 1]])


def dataset(count: int = 256, size: int = 16) -> Dataset:
    """Pictures whose upper half is red, green or blue and whose lower half is black or white, with noise."""
    rng = np.random.default_rng(0)
    top, bottom = rng.integers(3, size=count), rng.integers(2, size=count)
    pixels = np.empty((count, size, size, 3), np.float32)
    pixels[:, : size // 2] = TOPS.numpy()[top][:, None, None]
    pixels[:, size // 2 :] = BOTTOMS.numpy()[bottom][:, None, None]
    noisy = pixels * 100 + 127 + rng.normal(0, 8, pixels.shape)
    return Dataset(
        name="halves",
        pixels=noisy.clip(0, 255).astype(np.uint8),
        tags=np.concatenate([np.eye(3)[top], np.eye(2)[bottom]], 1).astype(np.uint8),
        vocabulary=VOCABULARY,
        train=np.arange(count),
        held_out=np.arange(0),
        fingerprint="",
    )


DATA = dataset()
IMAGES = torch.from_numpy(DATA.pixels).permute(0, 3, 1, 2).float() / 127.5 - 1
TAGS = torch.from_numpy(DATA.tags).float()


def train(task: Task, steps: int, *, first: int = 1, batch_size: int = 16, bfloat16: bool = False) -> dict[str, float]:
    def update(name: str, loss: torch.Tensor, *, retain: bool = False) -> None:
        optimizer = task.optimizers[name]
        parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
        loss.backward(inputs=parameters, retain_graph=retain)
        optimizer.step()
        optimizer.zero_grad()

    told: Mapping[str, torch.Tensor] = {}
    for number in range(first, first + steps):
        random = torch.Generator().manual_seed(number)
        chosen = torch.randint(len(IMAGES), (batch_size,), generator=random)
        step = Step(
            number=number,
            images_seen=number * batch_size,
            random=random,
            device=CPU,
            autocast=(lambda: torch.autocast("cpu", torch.bfloat16)) if bfloat16 else nullcontext,
            update=update,
        )
        told = task.training_step({"images": IMAGES[chosen], "tags": TAGS[chosen]}, step)
    assert all(
        value.shape == () and value.dtype == torch.float32 and not value.requires_grad for value in told.values()
    )
    return {name: float(value) for name, value in told.items()}


def make(method: str, **options: Any) -> Task:
    options = {"width": 4, "latent_dim": 8, **options}
    if method == "dcgan":
        return dcgan.build_task(DcganConfig(**options), {"images": DATA}, seed=1, device=CPU)
    return cgan.build_task(CganConfig(**options), {"images": DATA}, seed=1, device=CPU)


CELLS = [
    ("dcgan", {}),
    ("dcgan", {"loss": "hinge", "discriminator_norm": "spectral", "upsample": "nearest"}),
    ("dcgan", {"loss": "relativistic", "discriminator_norm": "none", "r1": 0.5, "r2": 0.5, "upsample": "bilinear"}),
    ("dcgan", {"discriminator_norm": "none", "r1": 1.0, "penalty_every": 2, "augment": "color,translation,cutout"}),
    ("dcgan", {"augment": "translation", "augment_target": 0.6, "augment_probability": 0.1}),
    ("cgan", {}),
    ("cgan", {"loss": "hinge", "negatives": "sum", "augment": "translation"}),
    ("cgan", {"loss": "wgan-gp"}),
    ("cgan", {"upsample": "nearest", "discriminator_norm": "batch"}),
    ("cgan", {"upsample": "bilinear", "discriminator_norm": "spectral", "loss": "hinge"}),
]


@pytest.mark.parametrize(("method", "options"), CELLS)
@pytest.mark.parametrize("bfloat16", [False, True])
def test_every_option_trains_and_repeats(method: str, options: dict[str, Any], bfloat16: bool) -> None:
    one, two = make(method, **options), make(method, **options)
    before = {name: network.state_dict() for name, network in make(method, **options).networks.items()}
    told = train(one, 5, bfloat16=bfloat16)
    assert told == train(two, 5, bfloat16=bfloat16)
    assert {"loss/generator", "loss/discriminator", "score/real", "score/fake"} <= told.keys()
    assert all(0 <= told[name] <= 1 for name in told if name.startswith("score/"))
    for name, network in one.networks.items():
        for key, value in network.state_dict().items():
            assert torch.equal(value, two.networks[name].state_dict()[key])
        assert any(not torch.equal(p, before[name][key]) for key, p in network.named_parameters())


@pytest.mark.parametrize("method", ["dcgan", "cgan"])
def test_another_seed_draws_other_weights_and_the_global_generator_is_left_alone(method: str) -> None:
    state = torch.random.get_rng_state()
    config, module = (DcganConfig(width=4), dcgan) if method == "dcgan" else (CganConfig(width=4), cgan)
    one, two = (module.build_task(config, {"images": DATA}, seed=seed, device=CPU) for seed in (1, 2))
    assert torch.equal(state, torch.random.get_rng_state())
    for first, second in zip(
        one.networks["generator"].parameters(), two.networks["generator"].parameters(), strict=True
    ):
        assert first.ndim < 2 or not torch.equal(first, second)


@pytest.mark.parametrize(("method", "options"), [CELLS[1], CELLS[5], CELLS[7]])
def test_the_spec_rebuilds_the_generator(method: str, options: dict[str, Any]) -> None:
    task = make(method, **options)
    train(task, 2)
    rebuilt = build(task.spec())
    rebuilt["generator"].load_state_dict(task.networks["generator"].state_dict())
    task.networks["generator"].eval()
    samples = task.samples(task.networks)
    assert samples.shape == (64, 3, 16, 16)
    assert torch.allclose(task.samples(rebuilt), samples, atol=1e-5)


def test_rows_of_samples_share_their_tags() -> None:
    task = make("cgan")
    vocabulary = task.spec().vocabulary
    assert vocabulary == {"top": ("red", "green", "blue"), "bottom": ("black", "white")}
    train(task, 1)
    rows = task.samples(task.networks).reshape(8, 8, -1)
    assert not torch.equal(rows[0], rows[1])


def test_a_critic_trains_more_often_than_its_generator() -> None:
    task = make("cgan", critic_steps=3)
    weights = []
    for number in range(1, 7):
        weights.append([p.detach().clone() for p in task.networks["generator"].parameters()])
        train(task, 1, first=number)
    moved = [not torch.equal(a[0], b[0]) for a, b in pairwise(weights)]
    assert moved == [False, False, True, False, False]


def obeyed(task: Task, told: torch.Tensor) -> tuple[float, float]:
    """The shares of pictures whose upper and lower halves are nearest to the colours of TAGS[:200]."""
    network = task.networks["generator"].eval()
    with torch.no_grad():
        images = network(torch.randn(200, 8, generator=torch.Generator().manual_seed(5)), told)
    top, bottom = images[:, :, 1:7].mean((2, 3)), images[:, :, 9:15].mean((2, 3))
    right_top = torch.cdist(top, TOPS).argmin(1) == TAGS[:200, :3].argmax(1)
    right_bottom = torch.cdist(bottom, BOTTOMS).argmin(1) == TAGS[:200, 3:].argmax(1)
    return right_top.float().mean().item(), right_bottom.float().mean().item()


def test_tags_are_obeyed() -> None:
    """The report's first attempt drew faces and took no notice of the tags."""
    task = make("cgan", width=16, learning_rate=2e-3)
    assert min(obeyed(task, TAGS[:200])) < 0.7
    task.networks["generator"].train()
    train(task, 240, batch_size=32)
    assert min(obeyed(task, TAGS[:200])) > 0.9
    top_alone = TAGS[:200].clone()
    top_alone[:, 3:] = 0
    assert obeyed(task, top_alone)[0] > 0.85


def test_data_without_tags_is_refused() -> None:
    untagged = dataclasses.replace(DATA, tags=None, vocabulary=None)
    with pytest.raises(UsageError, match="'halves' has no tags"):
        cgan.build_task(CganConfig(), {"images": untagged}, seed=1, device=CPU)


def test_augmentation_follows_how_sure_the_discriminator_is() -> None:
    augmentation = Augmentation(("cutout",), probability=0.1, target=0.6, device=CPU)
    up = augmentation.adapt(torch.ones(5000))["augment/probability"]
    assert up.item() == pytest.approx(0.11)
    down = augmentation.adapt(torch.cat([torch.ones(5000), -torch.ones(5000)]))["augment/probability"]
    assert down.item() == pytest.approx(0.09)
    for _ in range(100):
        augmentation.adapt(torch.ones(50_000))
    kept = augmentation.state()
    assert kept["augment_probability"].item() == pytest.approx(HIGHEST)
    again = Augmentation(("cutout",), probability=0.1, target=0.6, device=CPU)
    again.load_state(kept)
    assert again.state() == kept
    assert not Augmentation(("cutout",), probability=0.1, target=None, device=CPU).adapt(torch.ones(3))
