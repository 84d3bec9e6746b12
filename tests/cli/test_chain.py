"""`artgan chain` and `artgan transfer --model` as typed."""

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from artgan.io.receipts import read_receipt

from conftest import Run
from translation_models import write_model, write_run

Artgan = Callable[..., Run]
Picture = Callable[..., Path]

CPU = ("--device", "cpu", "--precision", "float32")


@pytest.fixture(autouse=True)
def _in_a_folder_with_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_run(Path("runs/00001-cyclegan-monet-photo"), ("monet", "photo"), seed=1)
    write_run(Path("runs/00002-cyclegan-vangogh-photo"), ("vangogh", "photo"), seed=5)


def size(data: bytes) -> tuple[int, int]:
    with Image.open(io.BytesIO(data)) as image:
        return image.size


def test_transfer_by_a_model(artgan: Artgan, picture: Picture) -> None:
    run = artgan(
        "transfer", picture("a.png", 45, 31), "--model", "runs/00001-cyclegan-monet-photo", "--to", "monet", *CPU
    )
    assert (run.code, run.lines) == (0, ["a-monet.png"])
    assert "model 00001-cyclegan-monet-photo, photo->monet, cpu float32" in run.err
    assert size(Path("a-monet.png").read_bytes()) == (45, 31)


def test_transfer_in_a_pipe(artgan: Artgan, picture: Picture) -> None:
    model = write_model(Path("m.safetensors"), ("a", "b"))
    data = picture("a.png").read_bytes()
    run = artgan("transfer", "-", "--model", model, "--to", "b", "-o", "-", *CPU, stdin=data)
    assert run.code == 0
    assert size(run.out) == (48, 36)


def test_transfer_of_a_folder_as_json(artgan: Artgan, picture: Picture) -> None:
    for name in ("in/1.png", "in/2.png"):
        picture(name)
    Path("in/3.png").write_bytes(b"none")
    model = ("--model", "runs/00001-cyclegan-monet-photo", "--to", "monet")
    run = artgan("transfer", "in", *model, "-o", "out", "--json", "-q", *CPU)
    assert run.code == 3
    document = json.loads(run.out)
    assert [result["path"] for result in document["results"]] == ["out/1-monet.png", "out/2-monet.png"]
    assert document["results"][0]["tiling"] == "whole"
    assert len(document["failed"]) == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--model", "m", "--style", "dots"], "--style and --model exclude each other"),
        (["--model", "m", "--steps", "3"], "--steps goes with --style"),
        (["--style", "dots", "--to", "monet"], "--to goes with --model"),
        (["--model", "runs/00001-cyclegan-monet-photo"], "name one, as in --to photo"),
    ],
)
def test_transfer_mistakes_are_one_line(artgan: Artgan, picture: Picture, options: list[str], message: str) -> None:
    run = artgan("transfer", picture("a.png"), *options)
    assert (run.code, run.out, run.err.count("\n")) == (2, b"", 1)
    assert message in run.err


def test_a_path_with_a_sheet(artgan: Artgan, picture: Picture) -> None:
    run = artgan("chain", picture("a.png"), "--path", "monet,vangogh", "--sheet", *CPU)
    assert (run.code, run.lines) == (0, ["a-photo-vangogh.png", "a-photo-vangogh-sheet.png"])
    assert "00001-cyclegan-monet-photo, monet->photo" in run.err


def test_a_recipe_and_a_file(artgan: Artgan, picture: Picture) -> None:
    run = artgan("chain", picture("a.png"), "--recipe", "monet-vangogh", *CPU, "-o", "out/")
    assert run.lines == ["out/a-photo-vangogh.png", "out/a-photo-vangogh-sheet.png"]
    Path("c.toml").write_text(
        '[chain]\nstep = ["runs/00001-cyclegan-monet-photo:photo", "runs/00001-cyclegan-monet-photo"]\n'
    )
    run = artgan("chain", "a.png", "--config", "c.toml", *CPU, "--json")
    assert json.loads(run.out)["results"][0]["steps"] == ["photo", "monet"]


def test_a_pipe(artgan: Artgan, picture: Picture) -> None:
    run = artgan("chain", "-", "--path", "monet,photo", "-o", "-", *CPU, stdin=picture("a.png").read_bytes())
    assert run.code == 0
    assert size(run.out) == (48, 36)


def test_samples(artgan: Artgan, tiny_models: dict[str, Path]) -> None:
    sample = f"sample={tiny_models['dcgan']}"
    run = artgan("chain", "--step", sample, "--path", "photo,monet", "--seeds", "2-3", "-o", "out", *CPU)
    assert run.lines == ["out/tiny-dcgan-seed0002-monet.png", "out/tiny-dcgan-seed0003-monet.png"]
    receipt = read_receipt(Path(run.lines[0]))
    assert receipt is not None
    assert [step["kind"] for step in receipt["steps"]] == ["sample", "model"]


def test_the_graph_is_listed(artgan: Artgan) -> None:
    run = artgan("chain", "--list")
    assert (run.code, run.err) == (0, "")
    assert run.lines[0] == "monet -> photo    runs/00001-cyclegan-monet-photo  (resnet, 16 px)"
    assert len(run.lines) == 4
    document = json.loads(artgan("chain", "--list", "--json").out)
    assert [(one["source"], one["target"]) for one in document["results"][2:]] == [
        ("vangogh", "photo"),
        ("photo", "vangogh"),
    ]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "no steps: add --step"),
        (
            ["--path", "monet,phot"],
            "no model knows the domain 'phot', only monet, photo, vangogh. Did you mean 'photo'?",
        ),
        (["--step", "style=dotz"], "step 1 of 1 (style=dotz): no style 'dotz'"),
        (["--path", "monet,photo", "--models", "none"], "no folder 'none' of models"),
        (["--path", "monet,photo", "--json", "-o", "-"], "both want standard output"),
    ],
)
def test_mistakes_are_one_line(artgan: Artgan, picture: Picture, options: list[str], message: str) -> None:
    run = artgan("chain", picture("a.png"), *options)
    assert run.code in (1, 2)
    assert (run.out, run.err.count("\n")) == (b"", 1)
    assert message in run.err


def test_ambiguous_models(artgan: Artgan, picture: Picture) -> None:
    write_run(Path("runs/00003-cyclegan-monet-photo"), ("monet", "photo"), seed=9)
    run = artgan("chain", picture("a.png"), "--path", "monet,photo")
    assert run.code == 2
    assert "runs/00001-cyclegan-monet-photo and runs/00003-cyclegan-monet-photo; choose by --step" in run.err


def test_an_interrupt_keeps_what_is_finished(picture: Picture, tmp_path: Path) -> None:
    """The real signal, while many pictures go through."""
    data = picture("in/0.png", 96, 96).read_bytes()
    for number in range(1, 100):
        Path(f"in/{number}.png").write_bytes(data)
    command = [sys.executable, "-m", "artgan", "chain", "in", "--path", "monet,photo,vangogh", "-o", "out", *CPU]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"}
    )
    assert process.stdout is not None
    first = process.stdout.readline().strip()
    process.send_signal(signal.SIGINT)
    rest, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "what is finished stays" in errors
    written = [first, *rest.split()]
    assert sorted(path.name for path in Path("out").iterdir()) == sorted(Path(line).name for line in written)
    assert len(written) < 100
