"""What the datasets of a training are: defaults that fit the machine, names, more pictures, what is there already."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from artgan.config.cyclegan import CycleganConfig
from artgan.errors import UsageError
from artgan.events import ignore
from artgan.pipelines import sources
from artgan.pipelines.prepare import prepare
from artgan.pipelines.sources import domain_name, domains_for, located, open_domains

CPU, GPU = torch.device("cpu"), torch.device("cuda")
PAIR = ["synthetic:photos,n=20", "synthetic:paintings,n=30"]


def fit(data: list[str], *, device: torch.device = CPU, world: int = 1, **options: Any) -> sources.Fitted:
    return domains_for(CycleganConfig(**options), data, device=device, world=world)


def options(fitted: sources.Fitted, *names: str) -> tuple[Any, ...]:
    return tuple(getattr(fitted.config, name) for name in names)


@pytest.fixture
def prepared(tmp_path: Path) -> Callable[..., Path]:
    """A prepared dataset."""

    def make(name: str, *, size: int, age: int) -> Path:
        from artgan.config.prepare import PrepareConfig

        rng = np.random.default_rng(age)
        folder = tmp_path / f"of-{name}"
        folder.mkdir()
        for number in range(3):
            pixels = rng.integers(0, 256, (size, size, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / f"{number}.png")
        target = tmp_path / "data" / name
        prepare(PrepareConfig(size=size), [str(folder)], out=str(target))
        when = 2_000_000_000 - age
        os.utime(target / "dataset.json", (when, when))
        return target

    return make


def test_a_cpu_gets_less_than_a_gpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names = ("size", "width", "batch_size", "generator", "upsample", "budget", "epochs")
    folders = ["monet", "photo.zip"]  # not opened yet
    assert options(fit(folders), *names) == (128, 32, 4, "unet", "resize", "3h", None)
    assert options(fit(folders, device=GPU), *names) == (256, 64, 4, "resnet", "resize", None, 200)
    assert options(fit(folders, device=GPU, world=8), "batch_size") == (8,)
    assert options(fit(["monet", "synthetic:photos"], device=GPU), "size") == (64,)


def test_what_is_said_is_kept() -> None:
    wanted = {"size": 32, "width": 7, "batch_size": 3, "steps": 9, "generator": "resnet", "upsample": "transpose"}
    fitted = fit(PAIR, **wanted)
    assert options(fitted, *wanted) == (32, 7, 3, 9, "resnet", "transpose")
    assert options(fit(PAIR, blocks=4), "generator") == ("resnet",)
    assert options(fit(PAIR, generator="unet-kaggle"), "upsample") == ("transpose",)
    assert not fitted.forecast
    assert fit(PAIR).forecast


def test_the_effective_identity_weight_is_told() -> None:
    (*_, note) = fit(PAIR, cycle=8, identity=0.25).notes
    assert "cycle 8, identity 2 (0.25 of cycle)" in note


def test_without_data_drawings_are_learned_and_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    fitted = fit([])
    assert fitted.data == ["synthetic:photos", "synthetic:paintings"]
    assert options(fitted, "size", "budget") == (64, "15m")
    assert "no dataset in ./data: drawn photos and paintings at 64 px, for fifteen minutes" in fitted.notes[0]
    assert options(fit([], steps=5), "budget", "steps") == (None, 5)


def test_without_data_the_two_prepared_last_are_taken(
    prepared: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    prepared("newest", size=96, age=0)
    assert "only one dataset in ./data" in fit([]).notes[0]
    prepared("oldest", size=32, age=20)
    prepared("middle", size=64, age=10)
    fitted = fit([])
    assert fitted.data == ["data/middle", "data/newest"]
    assert fitted.notes[0] == "no data named: the two datasets prepared last, data/middle and data/newest"
    assert options(fitted, "size") == (64,)
    assert options(fit(["data/newest", "data/newest"]), "size") == (64,)  # a power of two
    opened = open_domains(fitted.config, fitted.data, seed=0, listener=ignore)  # type: ignore[arg-type]
    assert {name: dataset.size for name, dataset in opened.items()} == {"middle": 64, "newest": 64}


def test_names_and_more_pictures() -> None:
    data = [PAIR[0], PAIR[1], "+synthetic:paintings,n=11,seed=1", "+synthetic:photos,n=5,seed=2"]
    opened = open_domains(CycleganConfig(size=16), data, seed=0, listener=ignore)
    assert list(opened) == ["photos", "paintings"]
    assert [len(dataset.train) for dataset in opened.values()] == [18, 27 + 16]
    named = open_domains(CycleganConfig(size=16, names="a, b"), data, seed=0, listener=ignore)
    assert list(named) == ["a", "b"]


@pytest.mark.parametrize(
    ("dataset", "name"),
    [
        ("synthetic:faces,hair=red|blonde,n=500,seed=3", "faces-hair-red-blonde"),
        ("vangogh_pd.zip", "vangogh_pd-zip"),
        ("*.tfrec", "tfrec"),
        ("图", "pictures"),
    ],
)
def test_names_of_domains(dataset: str, name: str) -> None:
    assert domain_name(dataset) == name


@pytest.mark.parametrize(
    ("data", "options", "message"),
    [
        (PAIR[:1], {}, "artgan train cyclegan A B"),
        (["+" + PAIR[0], PAIR[1]], {}, "adds pictures to the dataset named before it"),
        (PAIR, {"names": "a,b,c"}, "--names names 3 domains, and there are 2"),
    ],
)
def test_wrong_usage(data: list[str], options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message.replace("+", r"\+")):
        fit(data, **options)


def test_domains_have_different_names() -> None:
    with pytest.raises(UsageError, match="two domains would be called 'photos': name them"):
        open_domains(CycleganConfig(size=16), [PAIR[0], "synthetic:photos,seed=4,n=20"], seed=0, listener=ignore)


def test_sources_are_found_from_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here" / "monet").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    assert located("+monet", tmp_path / "here") == f"+{tmp_path / 'here' / 'monet'}"
    assert located("monet", tmp_path / "here") == str(tmp_path / "here" / "monet")
    assert located("synthetic:photos", tmp_path / "here") == "synthetic:photos"


def test_a_default_length_is_forecast_before_the_first_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from artgan.events import Event, Note
    from artgan.pipelines.train import train

    monkeypatch.setattr(sources, "_TIME_ON_CPU", "1s")
    monkeypatch.setattr("artgan.training.plan._MOST_SECONDS", 0.1)
    heard: list[Event] = []
    config = CycleganConfig(size=16, width=4, blocks=1, features="none", device="cpu")
    report = train("cyclegan", config, PAIR, out=tmp_path, listener=heard.append)
    notes = [event.text for event in heard if isinstance(event, Note)]
    (forecast,) = [text for text in notes if "s a step: about" in text]
    assert "Ctrl-C saves" in forecast
    assert any("trains for three hours" in text for text in notes)
    assert report.run is not None
    assert json.loads((report.run / "config.json").read_text())["options"]["budget"] == "1s"
