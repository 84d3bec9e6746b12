"""Training from a dataset's name to a run folder: exact resuming of every method, what a resumed run may change."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from artgan.config.cyclegan import CycleganConfig
from artgan.config.style import StyleConfig
from artgan.config.train import TrainConfig
from artgan.errors import DeviceError, OutputError, UsageError, WeightsError
from artgan.events import Event, FolderDone, Note, Summary
from artgan.io.checkpoints import load_tensors
from artgan.io.locks import only_run
from artgan.models import registry
from artgan.pipelines import train as pipeline
from artgan.pipelines.train import METHODS, resume, train

DATA = ["synthetic:faces,n=40"]
PAIR = ["synthetic:photos,n=40", "synthetic:paintings,n=30", "+synthetic:paintings,n=20,seed=2"]
TINY: dict[str, Any] = {
    "size": 16,
    "width": 4,
    "latent_dim": 8,
    "batch_size": 8,
    "seed": 3,
    "log_every": 5,
    "device": "cpu",
    "precision": "float32",
}
# Every random choice of every method: noise, flips, augmentation and its adaption, penalties, negatives, hidden groups.
CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "dcgan": ("dcgan", {}),
    "dcgan bfloat16": ("dcgan", {"precision": "bfloat16"}),
    "dcgan small": (
        "dcgan",
        {
            "loss": "relativistic",
            "discriminator_norm": "none",
            "r1": 1.0,
            "r2": 1.0,
            "augment": "color,translation,cutout",
        },
    ),
    "dcgan adaptive": (
        "dcgan",
        {
            "discriminator_norm": "spectral",
            "loss": "hinge",
            "augment": "cutout",
            "augment_probability": 0.2,
            "augment_target": 0.1,
            "upsample": "nearest",
            "schedule": "linear",
        },
    ),
    "cgan": ("cgan", {}),
    "cgan bfloat16": ("cgan", {"precision": "bfloat16"}),
    "cgan wgan-gp": ("cgan", {"loss": "wgan-gp", "critic_steps": 3}),
    "cyclegan": ("cyclegan", {"pool": 12, "features": "none"}),
    "cyclegan bfloat16": (
        "cyclegan",
        {"pool": 2, "precision": "bfloat16", "generator": "unet", "dropout": 0.5, "features": "none"},
    ),
    "cyclegan small": (
        "cyclegan",
        {
            "features": "none",
            "loss": "hinge",
            "heads": 2,
            "augment": "color,translation,cutout",
            "only_below": 40,
            "jitter": "notebook",
            "discriminator_norm": "batch",
            "schedule": "hold-80",
        },
    ),
    "style": ("style", {"identity": 0.5}),
    "style bfloat16": ("style", {"size": 32, "precision": "bfloat16", "features": "none"}),
}


def config(method: str, **options: Any) -> TrainConfig:
    if method == "cyclegan":
        tiny = {**TINY, "blocks": 1}
        del tiny["latent_dim"]
        return CycleganConfig(**{**tiny, **options})
    if method == "style":
        tiny = {**TINY, "crop": 16, "blocks": 1, "encoder": "embedded"}
        del tiny["latent_dim"]
        return StyleConfig(**{**tiny, **options})
    return METHODS[method].config(**{**TINY, **options})


def data(method: str) -> list[str]:
    return PAIR if method in ("cyclegan", "style") else DATA


def contents(run: Path) -> dict[str, torch.Tensor]:
    both = {"state": load_tensors(run / "state.safetensors")[0], "model": load_tensors(run / "model.safetensors")[0]}
    return {f"{kind}/{name}": value for kind, tensors in both.items() for name, value in tensors.items()}


def lines(run: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]


@pytest.fixture
def begun(tmp_path: Path) -> Callable[..., Path]:
    """A run of five steps."""

    def begin(method: str = "dcgan", **options: Any) -> Path:
        report = train(method, config(method, **{"steps": 5, **options}), data(method), out=tmp_path / "runs")
        assert report.run is not None
        return report.run

    return begin


def test_every_method_has_a_case() -> None:
    assert {method for method, _ in CASES.values()} == METHODS.keys()


@pytest.mark.parametrize("case", CASES)
def test_twenty_steps_are_ten_and_ten(case: str, tmp_path: Path) -> None:
    method, options = CASES[case]
    wanted = config(method, steps=20, **options)
    whole = train(method, wanted, data(method), out=tmp_path / "whole").run
    steps = iter(range(100))
    half = train(method, wanted, data(method), out=tmp_path / "half", should_stop=lambda: next(steps) == 10)
    assert half.interrupted
    assert half.steps == 10
    torch.rand(3)
    report = resume(half.run)
    assert (report.run, report.steps, report.images_seen, report.interrupted) == (half.run, 20, 160, False)
    found, expected = contents(half.run), contents(whole)
    assert found.keys() == expected.keys()
    assert not [name for name in expected if not torch.equal(found[name], expected[name])]
    told = [[{k: v for k, v in line.items() if "second" not in k} for line in lines(run)] for run in (half.run, whole)]
    regular = [{line["step"]: line for line in run if line["step"] != 10} for run in told]  # 10: the grid of the stop
    assert regular[0] == regular[1]


@pytest.mark.parametrize("method", METHODS)
def test_a_run_folder_has_everything(method: str, begun: Callable[..., Path]) -> None:
    run = begun(method)
    assert {path.name for path in run.iterdir()} == {
        "best",
        "config.json",
        "metrics.jsonl",
        "model.safetensors",
        "samples",
        "samples.webp",
        "scores.json",
        "state.safetensors",
    }
    spec, networks = registry.load(run / "model.safetensors")
    assert spec.architecture == method
    assert method == "style" or spec.options["size"] == 16  # a painter takes any size
    named = {"cyclegan": ["photos->paintings", "paintings->photos"], "style": ["painter"]}
    assert list(networks) == named.get(method, ["generator"])
    stored = json.loads((run / "config.json").read_text())
    assert (stored["method"], stored["data"], stored["options"]["seed"]) == (method, data(method), 3)
    _, metadata = load_tensors(run / "model.safetensors")
    about = json.loads(metadata["artgan.about"])
    assert (about["step"], about["images_seen"], about["pictures"]) == (
        5,
        40,
        [36, 47] if len(data(method)) > 1 else [36],
    )
    assert "folder" not in about
    assert str(run.parent) not in json.dumps(metadata)


def test_events_tell_what_is_done(tmp_path: Path) -> None:
    heard: list[Event] = []
    train("dcgan", config("dcgan", steps=2), DATA, out=tmp_path, listener=heard.append)
    notes = [event.text for event in heard if isinstance(event, Note)]
    assert "(36 pictures) at 16 px" in notes[0]
    assert "cpu float32, seed 3" in notes[0]
    assert isinstance(heard[-1], FolderDone)
    assert heard[-1].path == tmp_path / "00000-dcgan-synthetic-faces-n-40"
    assert heard[-1].details["steps"] == 2


def test_few_pictures_take_the_small_recipe_but_for_what_was_asked(tmp_path: Path) -> None:
    plain, small, asked = (
        train("dcgan", config("dcgan", steps=1), DATA, out=tmp_path, asked_for=names).run
        for names in (None, ["width"], ["width", "loss"])
    )
    options = [json.loads((run / "config.json").read_text())["options"] for run in (plain, small, asked)]
    assert options[0]["augment"] == "none"
    assert options[1]["augment"] != "none"
    assert (options[0]["loss"], options[2]["loss"]) == ("bce", "bce")
    assert options[1]["width"] == 4


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    heard: list[Event] = []
    report = train(
        "dcgan", config("dcgan", steps=1000), DATA, out=tmp_path / "runs", dry_run=True, listener=heard.append
    )
    assert report.run is None
    assert report.plan is not None
    assert (report.plan.steps, report.plan.pictures) == (1000, 36)
    assert isinstance(heard[-1], Summary)
    assert list(tmp_path.iterdir()) == []


def test_a_new_limit_replaces_the_old_ones(begun: Callable[..., Path]) -> None:
    run = begun(budget="1h")
    assert resume(run, {"images": 56}).steps == 7
    assert resume(run).steps == 7
    assert json.loads((run / "config.json").read_text())["options"].get("budget") is None


def test_a_run_killed_before_its_first_checkpoint_begins_anew(begun: Callable[..., Path]) -> None:
    run = begun()
    expected = contents(run)
    (run / "state.safetensors").unlink()
    (run / ".artgan-0123456789abcdef.part").write_bytes(b"half")
    resume(run)
    found = contents(run)
    assert all(torch.equal(found[name], value) for name, value in expected.items())
    assert [line["step"] for line in lines(run)] == [1, 2, 5]
    assert not list(run.rglob("*.part"))


def test_a_run_that_goes_on_elsewhere_is_let_alone(begun: Callable[..., Path]) -> None:
    run = begun()
    half = run / ".artgan-0123456789abcdef.part"
    half.write_bytes(b"half")
    with only_run(run), pytest.raises(OutputError, match=r"another artgan is writing into .*: let it end first"):
        resume(run, {"steps": 6})
    assert half.exists()  # it is the other's
    assert lines(run)[-1]["step"] == 5
    assert resume(run, {"steps": 6}).steps == 6


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"batch_size": 16}, "--batch-size cannot change in a run that has begun .it was 8."),
        ({"seed": 4}, "--seed cannot change"),
        ({"width": 8}, "--width cannot change"),
        ({"size": 32}, "--size cannot change"),
    ],
)
def test_what_a_run_is_cannot_change(begun: Callable[..., Path], changes: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        resume(begun(), changes)


def test_what_may_change_does(begun: Callable[..., Path]) -> None:
    run = begun()
    resume(run, {"steps": 8, "learning_rate": 1e-5, "seed": 3})
    options = json.loads((run / "config.json").read_text())["options"]
    assert (options["steps"], options["learning_rate"]) == (8, 1e-5)


def test_other_pictures_or_another_method_are_another_run(begun: Callable[..., Path]) -> None:
    run = begun()
    with pytest.raises(UsageError, match="a run of artgan train dcgan: continue it with that command"):
        resume(run, method="cgan")
    stored = json.loads((run / "config.json").read_text())
    (run / "config.json").write_text(json.dumps({**stored, "data": ["synthetic:faces,n=41"]}))
    with pytest.raises(UsageError, match="are not those that the run began with"):
        resume(run)
    (run / "config.json").write_text(json.dumps({**stored, "options": {**stored["options"], "warp": 9}}))
    with pytest.raises(WeightsError, match=r"options that this artgan does not know \(warp\)"):
        resume(run)


def test_a_run_goes_on_from_another_folder(
    tmp_path: Path, picture: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(12):
        picture(f"here/pictures/{number}.png", 20, 20, seed=number)
    monkeypatch.chdir(tmp_path / "here")
    run = train("dcgan", config("dcgan", steps=2), ["pictures"]).run
    assert run == Path("runs/00000-dcgan-pictures")
    (tmp_path / "there").mkdir()
    monkeypatch.chdir(tmp_path / "there")
    assert resume(tmp_path / "here" / run, {"steps": 3}).steps == 3


def test_runs_can_be_moved(begun: Callable[..., Path], tmp_path: Path) -> None:
    moved = tmp_path / "elsewhere"
    shutil.move(begun(), moved)
    assert resume(moved, {"steps": 6}).steps == 6


def test_wrong_numbers_of_datasets() -> None:
    with pytest.raises(UsageError, match="a GAN learns from 1 dataset, not 2"):
        train("dcgan", config("dcgan"), DATA * 2)
    with pytest.raises(UsageError, match="learns from contents and styles, two datasets, not 1: artgan train style"):
        train("style", config("style"), [*DATA, "+synthetic:photos,n=3"])


def test_a_full_accelerator_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*arguments: object, **named: object) -> None:
        raise torch.OutOfMemoryError("tried to allocate")

    monkeypatch.setattr(pipeline, "Engine", full)
    with pytest.raises(DeviceError, match=r"out of memory at 16 px: lower --batch-size \(now 8\) or --size"):
        train("dcgan", config("dcgan", steps=1), DATA, out=tmp_path)
