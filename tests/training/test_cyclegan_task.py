"""The task of a CycleGAN: every option trains, steps repeat, passes are saved without changing the mathematics."""

import dataclasses
from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any

import pytest
import torch
from torch import nn

from artgan.config.cyclegan import CycleganConfig
from artgan.data.datasets import Dataset, open_dataset
from artgan.errors import UsageError
from artgan.models.cyclegan import build_generator
from artgan.models.registry import build
from artgan.training.cyclegan import CycleganTask, build_task
from artgan.training.task import Step

CPU = torch.device("cpu")
SIZE = 16


def dataset(kind: str, count: int) -> Dataset:
    return open_dataset(f"synthetic:{kind},n={count}", size=SIZE, count=None, seed=0)


DATA = {"photo": dataset("photos", 40), "painting": dataset("paintings", 30)}
THREE = {"night": dataset("paintings,seed=1", 20), "painting": DATA["painting"], "photo": DATA["photo"]}
TINY: dict[str, Any] = {"width": 4, "blocks": 1, "pool": 3}


def make(data: Mapping[str, Dataset] = DATA, **options: Any) -> CycleganTask:
    return build_task(CycleganConfig(**{**TINY, **options}), data, seed=1, device=CPU)


def train(task: CycleganTask, steps: int, *, batch_size: int = 2, bfloat16: bool = False) -> dict[str, float]:
    def update(name: str, loss: torch.Tensor, *, retain: bool = False) -> None:
        optimizer = task.optimizers[name]
        parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
        loss.backward(inputs=parameters, retain_graph=retain)
        optimizer.step()
        optimizer.zero_grad()

    told: Mapping[str, torch.Tensor] = {}
    for number in range(1, steps + 1):
        torch.manual_seed(number)  # dropout
        step = Step(
            number=number,
            images_seen=number * batch_size,
            random=torch.Generator().manual_seed(number),
            device=CPU,
            autocast=(lambda: torch.autocast("cpu", torch.bfloat16)) if bfloat16 else nullcontext,
            update=update,
        )
        told = task.training_step({name: pictures(name, batch_size) for name in task.spec().domains}, step)
    assert all(v.shape == () and v.dtype == torch.float32 and not v.requires_grad for v in told.values())
    return {name: float(value) for name, value in told.items()}


def pictures(name: str, count: int) -> torch.Tensor:
    pixels = torch.from_numpy(THREE[name].pixels[:count])
    return pixels.permute(0, 3, 1, 2).float().div(127.5).sub(1)


CASES: list[dict[str, Any]] = [
    {},
    {"loss": "bce", "jitter": "notebook", "generator": "unet", "dropout": 0.5, "upsample": "resize"},
    {"loss": "hinge", "heads": 2, "augment": "color,translation,cutout", "jitter": "none", "identity": 0.0},
    {"discriminator_norm": "batch", "pool": 0, "upsample": "blur"},
    {"discriminator_norm": "none", "heads": 2, "augment": "cutout", "only_below": 30},
]


@pytest.mark.parametrize("options", CASES)
@pytest.mark.parametrize("bfloat16", [False, True])
def test_every_option_trains_and_repeats(options: dict[str, Any], bfloat16: bool) -> None:
    one, two, before = make(**options), make(**options), make(**options)
    told = train(one, 3, bfloat16=bfloat16)
    assert told == train(two, 3, bfloat16=bfloat16)
    assert {"loss/generator", "loss/discriminator", "loss/cycle", "loss/identity"} <= told.keys()
    assert all(0 <= told[name] <= 1 for name in told if name.startswith("score/"))
    assert {name.partition(" ")[2] for name in told if " " in name} == {
        "photo",
        "painting",
        "photo->painting",
        "painting->photo",
    }
    for name, network in one.networks.items():
        start = dict(before.networks[name].named_parameters())
        assert all(torch.equal(v, two.networks[name].state_dict()[k]) for k, v in network.state_dict().items())
        assert any(not torch.equal(value, start[key]) for key, value in network.named_parameters())


def test_one_pass_is_two() -> None:
    """What a batch holds beside a picture changes nothing of its translation, so identity and translation share one."""
    for name in ("resnet", "unet"):
        network = build_generator(generator=name, size=SIZE, width=4, blocks=2)
        network.initialise(torch.Generator().manual_seed(0))
        one, other = pictures("photo", 2), pictures("painting", 2)
        together = network(torch.cat([one, other]))
        assert torch.allclose(together, torch.cat([network(one), network(other)]), atol=1e-5)


def test_a_step_is_the_textbook_s() -> None:
    """The generators' first losses, computed one by one."""
    task = make(jitter="none", pool=0)
    photo, painting = pictures("photo", 2), pictures("painting", 2)
    there, back = task.networks["photo->painting"], task.networks["painting->photo"]
    judges = {name: task.networks[f"discriminator-{name}"] for name in DATA}
    with torch.no_grad():
        fooling = ((judges["painting"](there(photo)) - 1) ** 2).mean() + (
            (judges["photo"](back(painting)) - 1) ** 2
        ).mean()
        cycle = (back(there(photo)) - photo).abs().mean() + (there(back(painting)) - painting).abs().mean()
        same = (there(painting) - painting).abs().mean() + (back(photo) - photo).abs().mean()
        told = {}
        for name, real, fake in (("painting", painting, there(photo)), ("photo", photo, back(painting))):
            told[name] = (((judges[name](real) - 1) ** 2).mean() + (judges[name](fake) ** 2).mean()) / 2
    found = train(task, 1)
    assert found["loss/generator"] == pytest.approx(fooling.item() / 2, rel=1e-4)
    assert found["loss/cycle"] == pytest.approx(cycle.item() / 2, rel=1e-4)
    assert found["loss/identity"] == pytest.approx(same.item() / 2, rel=1e-4)
    assert found["loss/discriminator"] == pytest.approx(sum(told.values()).item() / 2, rel=1e-4)  # type: ignore[union-attr]


def test_cycles_come_to_close() -> None:
    task = make(learning_rate=2e-3, jitter="none", width=8)
    first = train(task, 1)
    last = train(task, 50)
    assert last["loss/cycle"] < 0.7 * first["loss/cycle"]
    assert last["loss/identity"] < 0.7 * first["loss/identity"]


def test_only_small_domains_are_strengthened() -> None:
    task = make(only_below=30, heads=2)  # 36 photos, 27 paintings
    heads = {name: task.networks[f"discriminator-{name}"].layers[-1].out_channels for name in DATA}
    assert heads == {"photo": 1, "painting": 2}


def test_rows_of_samples() -> None:
    task = make()
    samples = task.samples(task.networks).unflatten(0, (6, 6))
    assert samples.shape == (6, 6, 3, SIZE, SIZE)
    there, back = task.networks["photo->painting"], task.networks["painting->photo"]
    assert torch.allclose(samples[1], there(samples[0]), atol=1e-5)
    assert torch.allclose(samples[2], back(there(samples[0])), atol=1e-5)
    assert torch.allclose(samples[4], back(samples[3]), atol=1e-5)
    assert torch.equal(samples[0], make().samples(task.networks).unflatten(0, (6, 6))[0])


def test_held_out_pictures_are_shown_where_there_are_enough() -> None:
    many = dataset("photos", 80)
    task = make({"photo": many, "painting": DATA["painting"]})
    first = task.samples(task.networks)[0]
    shown = torch.from_numpy(many.pixels[many.held_out]).permute(0, 3, 1, 2).float().div(127.5).sub(1)
    assert any(torch.equal(first, picture) for picture in shown)


@pytest.mark.parametrize("options", [{}, {"generator": "unet", "upsample": "blur"}])
def test_the_spec_rebuilds_the_generators(options: dict[str, Any]) -> None:
    task = make(**options)
    train(task, 1)
    spec = task.spec()
    rebuilt = build(dataclasses.replace(spec))
    assert (list(rebuilt), spec.domains) == (["photo->painting", "painting->photo"], ("photo", "painting"))
    for name, network in rebuilt.items():
        network.load_state_dict(task.networks[name].state_dict())
    evaluated = {name: network.eval() for name, network in task.networks.items()}
    assert torch.allclose(task.samples(rebuilt), task.samples(evaluated), atol=1e-5)


def test_a_hub_joins_what_has_no_generator_of_its_own() -> None:
    task = make(THREE, pool=2)
    assert list(task.averaged) == ["night->photo", "photo->night", "painting->photo", "photo->painting"]
    assert sum(name.startswith("discriminator-") for name in task.networks) == 3
    train(task, 2)
    assert task.spec().options["hub"] == "photo"
    assert list(build(task.spec())) == list(task.averaged)
    assert task.samples(task.networks).shape == (144, 3, SIZE, SIZE)


def test_pools_are_kept() -> None:
    task, other = make(), make()
    train(task, 3)
    kept = task.extra_state()
    assert {name: len(images) for name, images in kept.items()} == {"pool/photo": 3, "pool/painting": 3}
    other.load_extra_state(kept)
    assert all(torch.equal(images, other.extra_state()[name]) for name, images in kept.items())


def test_impossible_generators_are_refused() -> None:
    with pytest.raises(UsageError, match="power of two"):
        make(generator="unet-kaggle")


def test_networks_lie_in_memory_as_a_cpu_likes() -> None:
    weights = [p for network in make().networks.values() for p in nn.Module.parameters(network) if p.ndim == 4]
    assert all(weight.is_contiguous() for weight in weights)
