"""`artgan train style` as typed."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from artgan.models import registry

from conftest import Run

Artgan = Callable[..., Run]

PAIR = ["synthetic:photos,n=12", "synthetic:paintings,n=12"]
TINY = ["--size", "16", "--width", "4", "--blocks", "1", "--seed", "1", "--device", "cpu", "--encoder", "embedded"]


@pytest.fixture(autouse=True)
def _in_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_trains_says_what_weighs_what_and_goes_on(artgan: Artgan) -> None:
    run = artgan("train", "style", *PAIR, *TINY, "--steps", "2", "--style-weight", "2")
    assert run.code == 0, run.err
    assert run.lines == ["runs/00000-style-photos-paintings"]
    assert "squares of 16 px out of 16; weights: content 0.05, style 2, total variation 0.2" in run.err
    assert "content recoloured" in run.err
    spec, networks = registry.load(Path(run.lines[0]) / "model.safetensors")
    assert (spec.architecture, list(networks)) == ("style", ["painter"])
    more = artgan("train", "style", "--resume", run.lines[0], "--steps", "3", "--json")
    assert more.code == 0, more.err
    assert json.loads(more.out)["results"][0]["steps"] == 3


def test_learns_on_from_the_built_in_painter_in_two_scales(artgan: Artgan) -> None:
    options = ["--size", "32", "--scales", "2", "--start", "painter", "--seed", "1", "--device", "cpu"]
    run = artgan("train", "style", *PAIR, *options, "--encoder", "embedded", "--steps", "1", "--batch-size", "2")
    assert run.code == 0, run.err
    assert "learns on from 'painter': width 24, blocks 2" in run.err
    assert "squares of 32 px out of 32" in run.err
    assert "painted in 2 scales" in run.err
    more = artgan("train", "style", "--resume", run.lines[0], "--steps", "2")
    assert more.code == 0, more.err


def test_dry_run_in_numbers(artgan: Artgan) -> None:
    run = artgan("train", "style", *PAIR, *TINY, "--dry-run", "--json", "--steps", "100")
    assert run.code == 0, run.err
    (plan,) = json.loads(run.out)["results"]
    assert plan["batch_size"] == 4
    assert list(plan["networks"]) == ["painter"]
    assert not Path("runs").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "no data: name some, as in artgan train style synthetic:photos synthetic:paintings --budget 3m"),
        (PAIR[:1], "a painter learns from contents and styles, two datasets, not 1"),
        ([*PAIR, "--size", "16", "--style-layers", "relu7_1"], "relu7_1"),
        ([*PAIR, "--size", "16", "--scales", "2"], "--crop is a multiple of 32 with --scales 2, not 16"),
        ([*PAIR, "--size", "16", "--crop", "32"], "--crop 32 does not fit into pictures of --size 16"),
    ],
)
def test_wrong_usage_is_one_line(artgan: Artgan, arguments: list[str], message: str) -> None:
    run = artgan("train", "style", *arguments, "--device", "cpu", "--encoder", "embedded")
    assert (run.code, run.lines) == (2, [])
    assert message in run.err
    assert "Traceback" not in run.err
    assert not Path("runs").exists()
