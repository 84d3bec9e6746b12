"""`artgan show`: every kind of file, for people and for programs."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from artgan.io.checkpoints import save_tensors
from artgan.io.manifest import write_manifest
from artgan.training.runs import Run as TrainingRun

from conftest import Run

Artgan = Callable[..., Run]


@pytest.fixture(autouse=True)
def _in_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def facts(artgan: Artgan) -> Callable[[str | Path], dict]:  # type: ignore[type-arg]
    """The facts of one file, from --json."""

    def ask(path: str | Path) -> dict:  # type: ignore[type-arg]
        run = artgan("show", path, "--json")
        assert (run.code, run.err) == (0, "")
        (found,) = json.loads(run.out)["results"]
        return dict(found)

    return ask


def test_models(artgan: Artgan, facts: Callable[..., dict], tiny_models: dict[str, Path]) -> None:  # type: ignore[type-arg]
    found = facts(tiny_models["cgan"])
    assert (found["kind"], found["architecture"], found["network"]["size"]) == ("model", "cgan", 16)
    assert found["tags"]["eyes"] == ["gray", "aqua"]
    assert (found["step"], found["licences"]) == (7, [{"CC0": 3}])
    assert "tags" not in facts(tiny_models["dcgan"])
    run = artgan("show", tiny_models["cgan"])
    assert (run.code, run.err) == (0, "")
    text = run.out.decode()
    assert "red, dark blue, green" in text
    assert "licences" in text
    assert "CC0 3" in text


def test_states_and_other_tensors(facts: Callable[..., dict]) -> None:  # type: ignore[type-arg]
    import torch

    state = {"version": 1, "task": "cgan", "seed": 3, "step": 20, "images_seen": 640, "seconds": 1.5}
    save_tensors(Path("state.safetensors"), {"a": torch.zeros(2, 3)}, {"artgan.state": json.dumps(state)})
    save_tensors(Path("other.safetensors"), {"a": torch.zeros(2, 3)}, {"by": "me"})
    found = facts("state.safetensors")
    assert (found["kind"], found["task"], found["step"], found["numbers"]) == ("training state", "cgan", 20, 6)
    found = facts("other.safetensors")
    assert (found["kind"], found["metadata"]) == ("tensors", {"by": "me"})


def test_runs(artgan: Artgan, facts: Callable[..., dict], tiny_models: dict[str, Path]) -> None:  # type: ignore[type-arg]
    run = TrainingRun.create(Path("runs"), "cgan", "faces")
    run.write_config({"method": "cgan", "data": ["faces"], "folder": "/secret", "options": {"size": 16}})
    run.append_metrics({"step": 40, "loss/generator": 0.5})
    run.model.write_bytes(tiny_models["cgan"].read_bytes())
    found = facts(run.path)
    assert (found["kind"], found["method"], found["step"], found["options"]) == ("run", "cgan", 40, {"size": 16})
    assert found["last metrics"] == {"loss/generator": 0.5}
    assert found["model"].endswith("model.safetensors")
    assert not {"best model", "scores"} & found.keys()
    run.write_scores({"step": 40, "distance": 0.25, "tags": {"accuracy": {"hair": 0.5}}})
    assert facts(run.path)["scores"]["tags"] == {"accuracy": {"hair": 0.5}}
    assert "hair 0.5" in artgan("show", run.path).out.decode()
    assert "/secret" not in artgan("show", run.path).out.decode()


def test_datasets(artgan: Artgan, facts: Callable[..., dict]) -> None:  # type: ignore[type-arg]
    assert artgan("prepare", "synthetic:faces,n=12", "--size", "16", "-o", "data/faces", "-q").code == 0
    found = facts("data/faces")
    assert (found["kind"], found["size"], found["pictures"]) == ("dataset", 16, 12)
    assert len(found["vocabulary"]["hair"]) == 12
    assert facts("data/faces/dataset.json") == found
    text = artgan("show", "data/faces").out.decode()
    assert "licences" in text
    assert "drawn by artgan 12" in text


def test_collections(facts: Callable[..., dict]) -> None:  # type: ignore[type-arg]
    known = [
        {"status": "ok", "license": "CC0", "author": "A", "bytes": 5, "tags": ["cat"]},
        {"status": "ok", "license": None, "author": "B", "bytes": 6, "tags": None},
        {"status": "failed", "reason": "http_404"},
    ]
    rows = [{"source": "commons", "query": "cat", **row} for row in known]
    Path("scraped").mkdir()
    write_manifest(Path("scraped/manifest.jsonl"), rows, force=False)
    found = facts("scraped")
    assert (found["kind"], found["pictures"], found["bytes"], found["authors"]) == ("collection", 2, 11, 2)
    assert found["licences"] == {"CC0": 1, "unknown": 1}
    assert found["not kept"] == {"http_404": 1}


def test_pictures(artgan: Artgan, facts: Callable[..., dict], picture, tiny_models: dict[str, Path]) -> None:  # type: ignore[no-untyped-def, type-arg]
    found = facts(picture("plain.jpg", width=20, height=10))
    assert (found["kind"], found["format"], found["width"], found["height"]) == ("picture", "JPEG", 20, 10)
    assert found["receipt"] is None
    loop = ["--interpolate", "latents", "--frames", "3", "--seed", "1234567"]
    artgan("sample", tiny_models["cgan"], *loop, "-o", "a.gif")
    found = facts("a.gif")
    assert (found["frames"], found["receipt"]["command"]) == (3, "sample")
    assert "1234567-1234570" in artgan("show", "a.gif").out.decode()


def test_several_files_and_one_that_is_nothing(artgan: Artgan, picture: Callable[..., Path]) -> None:
    Path("note.txt").write_text("hello")
    run = artgan("show", picture("a.png"), "note.txt", "nowhere.png")
    assert run.code == 3
    assert run.err.count("\n") == 2
    assert "kind" in run.out.decode()
    assert artgan("show", "note.txt").code == 2


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("note.txt", b"hello", "no model, run, dataset, collection or picture"),
        ("empty", b"", "the file is empty"),
        ("x.png", b"\x89PNG\r\n\x1a\n123", "damaged"),
        ("x.safetensors", b"\x10\0\0\0\0\0\0\0{", "truncated"),
        ("manifest.jsonl", b"{", "line 1"),
    ],
)
def test_damage_is_one_line(artgan: Artgan, name: str, content: bytes, message: str) -> None:
    Path(name).write_bytes(content)
    run = artgan("show", name)
    assert run.code in (1, 2)
    assert run.out == b""
    assert message in run.err
    assert run.err.count("\n") == 1


@pytest.mark.parametrize("spec", ["no json", "[1]", "3"])
def test_a_model_with_damaged_metadata(artgan: Artgan, spec: str) -> None:
    import torch

    save_tensors(Path("m.safetensors"), {"a": torch.zeros(1)}, {"artgan.spec": spec})
    run = artgan("show", "m.safetensors")
    assert (run.code, run.err) == (1, "error: cannot show 'm.safetensors': its metadata is damaged\n")


def test_a_receipt_cannot_move_the_cursor(artgan: Artgan, picture: Callable[..., Path]) -> None:
    import numpy as np

    from artgan.io.images import write_picture

    receipt = {"command": "\x1b[2Jboo[red]"}
    write_picture(np.zeros((4, 4, 3), np.float32), Path("evil.png"), receipt=receipt, force=False)
    out = artgan("show", "evil.png").out
    assert b"\x1b" not in out
    assert b"\\x1b[2Jboo[red]" in out


def test_an_empty_folder_is_nothing(artgan: Artgan) -> None:
    Path("empty").mkdir()
    run = artgan("show", "empty")
    assert (run.code, "no folder of artgan's" in run.err) == (2, True)
