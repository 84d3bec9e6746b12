"""`artgan train` as typed: exit code, standard output, standard error, and what is left on disk."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from artgan.models import registry

from conftest import Run

Artgan = Callable[..., Run]

DATA = "synthetic:faces,n=40"
TINY = ["--size", "16", "--width", "4", "--latent-dim", "8", "--batch-size", "8", "--seed", "1", "--device", "cpu"]


@pytest.fixture(autouse=True)
def _in_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("method", ["dcgan", "cgan"])
def test_trains_and_prints_the_run(artgan: Artgan, method: str) -> None:
    run = artgan("train", method, DATA, *TINY, "--steps", "3")
    assert run.code == 0, run.err
    assert run.lines == [f"runs/00000-{method}-synthetic-faces-n-40"]
    assert "(36 pictures) at 16 px; parameters: generator" in run.err
    assert "seed 1" in run.err
    spec, _ = registry.load(Path(run.lines[0]) / "model.safetensors")
    assert spec.architecture == method
    assert artgan("train", method, DATA, *TINY, "--steps", "1").lines == [f"runs/00001-{method}-synthetic-faces-n-40"]


def test_resumes_with_a_new_length(artgan: Artgan) -> None:
    (folder,) = artgan("train", "dcgan", DATA, *TINY, "--steps", "3").lines
    run = artgan("train", "dcgan", "--resume", folder, "--steps", "5", "--json")
    assert run.code == 0, run.err
    (result,) = json.loads(run.out)["results"]
    assert result["path"] == folder
    assert (result["steps"], result["images_seen"], result["interrupted"]) == (5, 40, False)
    assert "from step 3" in run.err


def test_length_is_chosen_and_said(artgan: Artgan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("artgan.training.plan._FEWEST_IMAGES", 16)
    monkeypatch.setattr("artgan.training.plan._SHOWINGS", 0)
    run = artgan("train", "dcgan", DATA, *TINY)
    assert "2 steps (16 pictures shown); --steps, --images, --epochs or --budget 30m say otherwise" in run.err


def test_progress_is_a_plain_line_without_a_terminal(artgan: Artgan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("artgan.cli.progress._SECONDS_BETWEEN_LINES", 0)
    monkeypatch.setattr("artgan.training.clock._SECONDS_BETWEEN_LOOKS", 0)
    run = artgan("train", "dcgan", DATA, *TINY, "--steps", "6")
    (line,) = [line for line in run.err.splitlines() if line.startswith("step 6/6")]
    assert re.fullmatch(
        r"step 6/6  0 s left  \d+ pictures/s  generator [-\d.]+  discriminator [-\d.]+  real [\d.]+  fake [\d.]+"
        r"  grid 000006\.png",
        line,
    ), line


def test_recipes_by_data_and_by_name(artgan: Artgan) -> None:
    assert "recipe small, for fewer than" in artgan("train", "dcgan", DATA, *TINY, "--steps", "1").err
    assert "recipe small" not in artgan("train", "dcgan", DATA, *TINY, "--steps", "1", "--recipe", "classic").err


def test_dry_run(artgan: Artgan) -> None:
    run = artgan("train", "dcgan", DATA, *TINY, "--dry-run", "--json", "--budget", "2m")
    assert run.code == 0, run.err
    (plan,) = json.loads(run.out)["results"]
    assert plan["path"] is None
    assert plan["seconds"] == 120
    assert plan["networks"].keys() == {"generator", "discriminator"}
    assert "pictures a second" in run.err
    assert not Path("runs").exists()


def test_quiet_prints_the_folder_only(artgan: Artgan) -> None:
    run = artgan("train", "dcgan", DATA, *TINY, "--steps", "1", "-q", "-o", "mine")
    assert (run.lines, run.err) == (["mine/00000-dcgan-synthetic-faces-n-40"], "")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["dcgan"], 2, "no data: name some, as in artgan train dcgan synthetic:faces --budget 3m"),
        (["dcgan", "nowhere"], 2, "nowhere"),
        (["dcgan", DATA, "--size", "48"], 2, "--size is a power of two"),
        (["dcgan", DATA, "--resume", "runs/1"], 2, "leave out DATA"),
        (
            ["dcgan", "--resume", "runs/1", "--recipe", "classic"],
            2,
            "leave out --config, --recipe, --out and --dry-run",
        ),
        (["dcgan", "--resume", "runs/1", "--dry-run"], 2, "leave out --config"),
        (["dcgan", "--resume", "runs/1"], 2, "is no run folder"),
        (["cgan", "synthetic:photos,n=20", *TINY], 2, "has no tags"),
    ],
)
def test_wrong_usage_is_one_line(artgan: Artgan, arguments: list[str], code: int, message: str) -> None:
    run = artgan("train", *arguments)
    assert run.code == code, run.err
    assert run.out == b""
    assert message in run.err
    assert run.err.count("\n") == 1
    assert not Path("runs").exists()


def test_divergence_is_one_line_with_the_mend(artgan: Artgan, monkeypatch: pytest.MonkeyPatch) -> None:
    from artgan.training import dcgan

    real = dcgan.generator_loss
    monkeypatch.setattr(dcgan, "generator_loss", lambda *arguments: real(*arguments) * float("nan"))
    run = artgan("train", "dcgan", DATA, *TINY, "--steps", "50", "--log-every", "1", "-q")
    assert (run.code, run.out) == (1, b"")
    assert "loss/generator is not a finite number at step 1; nothing was saved yet" in run.err
    assert "start again with --learning-rate 5e-05" in run.err
    assert run.err.count("\n") == 1


def test_options_as_a_file(artgan: Artgan) -> None:
    run = artgan("train", "cgan", DATA, "--steps", "3", "--dump-config")
    assert run.lines[0] == "[train.cgan]"
    assert "steps = 3" in run.lines


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_what_a_recipe_switches_on_can_be_switched_off(artgan: Artgan) -> None:
    base = ("train", "dcgan", DATA, "--recipe", "classic", "--dump-config")
    assert "mirror = true" in artgan(*base).out.decode()
    assert "mirror = false" in artgan(*base, "--no-mirror").out.decode()


def test_an_interrupt_ends_the_step_and_saves(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "artgan", "train", "dcgan", DATA, *TINY, "--steps", "1000000"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        grid = tmp_path / "runs" / "00000-dcgan-synthetic-faces-n-40" / "samples" / "000005.png"
        deadline = time.monotonic() + 60
        while not grid.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert out == "runs/00000-dcgan-synthetic-faces-n-40\n"
    assert "stopping: the run so far is saved" in err
    registry.load(Path(out.strip()) / "model.safetensors")
    assert (Path(out.strip()) / "state.safetensors").is_file()
