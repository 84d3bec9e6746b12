"""Which model is meant."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from artgan.errors import UsageError, WeightsError
from artgan.io import shipped
from artgan.pipelines.modelfiles import locate, newest_runs, recorded_model

from translation_models import write_run

MakeRun = Callable[..., Path]


@pytest.fixture(autouse=True)
def _in_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(shipped, "_ASSETS", tmp_path / "assets")


@pytest.fixture
def make_run(tiny_models: dict[str, Path]) -> MakeRun:
    def make(name: str, *, best: str | None = None, last: str | None = "dcgan") -> Path:
        run = Path("runs") / name
        (run / "best").mkdir(parents=True)
        (run / "config.json").write_text(json.dumps({"options": {}}))
        for folder, architecture in ((run / "best", best), (run, last)):
            if architecture is not None:
                shutil.copy(tiny_models[architecture], folder / "model.safetensors")
        return run

    return make


@pytest.fixture
def built_in(tiny_models: dict[str, Path]) -> Callable[[str], Path]:
    def ship(name: str) -> Path:
        path = Path("assets/models") / f"{name}.safetensors"
        path.parent.mkdir(parents=True, exist_ok=True)
        return Path(shutil.copy(tiny_models["cgan"], path))

    return ship


def test_a_file_is_itself(tiny_models: dict[str, Path]) -> None:
    found = locate(str(tiny_models["cgan"]))
    assert (found.path, found.name, found.note) == (tiny_models["cgan"], "tiny-cgan", None)
    assert len(found.sha256()) == 64
    assert found.recorded == f"{tiny_models['cgan'].parent.name}/tiny-cgan.safetensors"  # no folders above


def test_a_run_gives_its_best(make_run: MakeRun) -> None:
    found = locate(str(make_run("00001-cgan-x", best="cgan")))
    assert found.path == Path("runs/00001-cgan-x/best/model.safetensors")
    assert found.name == "00001-cgan-x"
    assert found.recorded == "runs/00001-cgan-x/best/model.safetensors"
    assert found.note is not None
    assert "best" in found.note
    assert locate(str(make_run("00002-dcgan-x"))).path == Path("runs/00002-dcgan-x/model.safetensors")
    assert locate("runs/00001-cgan-x/model.safetensors").name == "00001-cgan-x"
    with pytest.raises(WeightsError, match="not have saved one yet"):
        locate(str(make_run("00003-dcgan-x", last=None)))


def test_without_a_name_the_newest_run_that_has_one(make_run: MakeRun, built_in: Callable[[str], Path]) -> None:
    built_in("faces")
    found = locate(None)
    assert (found.name, found.recorded) == ("faces", "faces")
    assert found.note is not None
    assert "built-in faces" in found.note
    make_run("99999-dcgan-x")
    make_run("100000-dcgan-y")
    make_run("100001-dcgan-z", last=None)
    (Path("runs") / "notes").mkdir()
    os.utime("runs/99999-dcgan-x", (2**31, 2**31))  # numbers count, not times
    assert newest_runs(Path("runs"))[0].name == "100001-dcgan-z"
    found = locate(None)
    assert found.name == "100000-dcgan-y"
    assert found.note is not None
    assert "newest run" in found.note


def test_without_a_name_models_that_draw_nothing_are_passed_over(make_run: MakeRun) -> None:
    make_run("00001-dcgan-x")
    write_run(Path("runs/00002-cyclegan-a-b"), ["a", "b"])
    assert locate(None).name == "00001-dcgan-x"
    Path("runs/00001-dcgan-x/model.safetensors").write_bytes(b"damaged")
    assert locate(None).name == "00001-dcgan-x"  # is told when it is loaded


def test_nothing_at_all_says_the_next_command() -> None:
    with pytest.raises(UsageError, match="artgan train dcgan synthetic:faces"):
        locate(None)


def test_built_in_models_by_name(built_in: Callable[[str], Path], tiny_models: dict[str, Path]) -> None:
    built_in("faces"), built_in("portrait")
    assert shipped.model_names() == ("faces", "portrait")
    assert locate("portrait").path.name == "portrait.safetensors"
    shutil.copy(tiny_models["dcgan"], "portrait")
    assert locate("portrait").path == Path("portrait")
    with pytest.raises(WeightsError, match=r"nor one of faces, portrait\. Did you mean 'faces'"):
        locate("face")
    shutil.copy(tiny_models["dcgan"], "mine.safetensors")
    with pytest.raises(WeightsError, match=r"no such file\. Did you mean 'mine.safetensors'"):
        locate("mein.safetensors")


def test_a_receipt_finds_its_model_wherever_it_went(
    make_run: MakeRun, built_in: Callable[[str], Path], tiny_models: dict[str, Path]
) -> None:
    record = {"file": "old/model.safetensors", "sha256": locate(str(tiny_models["cgan"])).sha256()}
    picture = Path("pictures/a.png")
    with pytest.raises(WeightsError, match=r"'old/model.safetensors' with SHA-256 \w{12}\.\.\., is not here: name one"):
        recorded_model(record, picture)
    make_run("00001-dcgan-x", last="dcgan")
    with pytest.raises(WeightsError, match="has other weights"):
        recorded_model(record, picture)
    make_run("00002-cgan-x", last="cgan")
    assert recorded_model(record, picture).path == Path("runs/00002-cgan-x/model.safetensors")
    beside = Path("pictures/old/model.safetensors")
    beside.parent.mkdir(parents=True)
    shutil.copy(tiny_models["cgan"], beside)
    assert recorded_model(record, picture).path == beside
    built_in("faces")
    assert recorded_model({**record, "file": "faces"}, picture).name == "faces"


@pytest.mark.parametrize("record", [{}, {"file": "../../etc", "sha256": 3}, {"file": ".", "sha256": "x"}])
def test_a_damaged_receipt_finds_nothing(record: dict[str, object]) -> None:
    with pytest.raises(WeightsError, match="is not here"):
        recorded_model(record, Path("a.png"))
