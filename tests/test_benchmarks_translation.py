"""The benchmark of translation still works: tiny runs, and what can be checked by hand."""

import dataclasses
import importlib
import json
from collections.abc import Iterator
from math import isfinite
from pathlib import Path
from types import ModuleType

import pytest
import torch
from torch import nn

from conftest import REPOSITORY


@pytest.fixture(autouse=True)
def scripts(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Scripts are imported as they import their neighbours: from their own folder."""
    monkeypatch.syspath_prepend(str(REPOSITORY / "tests" / "benchmarks"))
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


def script(name: str) -> ModuleType:
    return importlib.import_module(name)


def parameters(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


def test_quick_run_measures_every_step(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = REPOSITORY / "docs" / "benchmarks.md"
    before = page.read_bytes()
    assert script("translation").main(["--quick", "--only", "speed", "--seed", "3", "--out", str(tmp_path)]) == 0
    assert page.read_bytes() == before
    text = capsys.readouterr().out
    assert "--quick --only speed --seed 3`" in text
    assert str(tmp_path) not in text
    results = json.loads((tmp_path / "translation.json").read_text())
    known = {row["precision"] for row in results["ceiling"]}
    steps = {(row["generator"], row["what"].split()[0], row["precision"]) for row in results["steps"]}
    assert steps == {(g, what, p) for g in ("unet", "resnet") for what in ("artgan", "plain") for p in known}
    assert {(row["generator"], row["precision"]) for row in results["pictures"]} == {(g, p) for g, _, p in steps}
    assert all(row["seconds"]["values"][0] > 0 and row["share"].endswith("%") for row in results["steps"])
    found = {(row["generator"], row["ratio"]): row["value"]["values"][0] for row in results["ratios"]}
    seconds = {
        (row["generator"], row["what"].split()[0], row["precision"]): row["seconds"]["values"][0]
        for row in results["steps"]
    }
    expected = seconds["unet", "plain", "float32"] / seconds["unet", "artgan", "float32"]
    assert found["unet", "artgan float32 / plain float32"] == pytest.approx(expected)
    assert results["machine"]["cores"] >= 1


@pytest.mark.parametrize("generator", ["resnet", "unet"])
def test_nothing_of_the_recipe_is_left_out(generator: str) -> None:
    """A step of artgan's does the arithmetic of the plain one, and what a ResNet's last layer takes more for its speed:
    taps of 8x8 instead of 7x7, for six pictures, forward and both gradients."""
    rates = script("translation_rates")
    job = rates.Job(
        what="plain", generator=generator, precision="float32", warmup=0, steps=1, size=32, width=8, blocks=2
    )
    more = 6 * 3 * 2 * (8**2 - 7**2) * 8 * 3 * 32**2 / 1e9 if generator == "resnet" else 0
    assert rates.gflop(dataclasses.replace(job, what="artgan")) == pytest.approx(rates.gflop(job) + more, rel=1e-9)


def test_plain_networks_are_the_published_ones() -> None:
    plain = script("plain_cyclegan")
    with torch.device("meta"):
        assert parameters(plain.ResnetGenerator(64, 9)) == 11_378_179
        assert parameters(plain.UnetGenerator(256, 64)) == 54_409_603
        assert parameters(plain.PatchDiscriminator(64)) == 2_764_737
    images = torch.zeros(1, 3, 64, 64)
    assert plain.ResnetGenerator(4, 1)(images).shape == images.shape
    assert plain.UnetGenerator(64, 4)(images).shape == images.shape
    assert plain.PatchDiscriminator(4)(images).shape == (1, 1, 6, 6)


@pytest.mark.parametrize("autocast", [False, True])
@pytest.mark.parametrize("generator", ["resnet", "unet"])
def test_a_plain_step_learns(generator: str, autocast: bool) -> None:
    training = script("plain_cyclegan").CycleGan(generator, size=32, width=4, blocks=1, seed=0, autocast=autocast)
    networks = [training.to_y, training.to_x, training.judge_x, training.judge_y]
    before = [[parameter.detach().clone() for parameter in network.parameters()] for network in networks]
    random = torch.Generator().manual_seed(1)
    losses = training.step(*(torch.rand(1, 3, 32, 32, generator=random) * 2 - 1 for _ in range(2)))
    assert set(losses) == {"adversarial", "cycle", "identity", "discriminator x", "discriminator y"}
    assert all(isfinite(loss) and loss > 0 for loss in losses.values())
    for network, old in zip(networks, before, strict=True):
        assert all(not torch.equal(p, q) for p, q in zip(network.parameters(), old, strict=True) if p.ndim > 1)


def test_a_pool_shows_what_it_was_given() -> None:
    plain = script("plain_cyclegan")
    pool = plain.Pool()
    images = torch.arange(80.0).view(80, 1, 1, 1)
    assert torch.equal(pool(images[: plain.POOL]), images[: plain.POOL])
    shown = pool(images[plain.POOL :]).flatten()
    fresh = shown == images[plain.POOL :].flatten()
    assert fresh.any()
    assert not fresh.all()
    assert len(pool.kept) == plain.POOL


@pytest.mark.slow  # each process imports torch anew
def test_processes_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    translation = script("translation")
    monkeypatch.setattr(translation, "QUICK", dataclasses.replace(translation.QUICK, processes=True))
    assert translation.main(["--quick", "--out", str(tmp_path)]) == 0
    results = json.loads((tmp_path / "translation.json").read_text())
    assert {row["tiling"] for row in results["memory"]} == {"whole", "exact"}
    assert all(0.1 < row["gb"] < 4 for row in results["memory"])
