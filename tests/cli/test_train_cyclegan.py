"""`artgan train cyclegan` as typed."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from artgan.models import registry

from conftest import Run

Artgan = Callable[..., Run]

PAIR = ["synthetic:photos,n=20", "synthetic:paintings,n=20"]
TINY = ["--size", "16", "--width", "4", "--blocks", "1", "--seed", "1", "--device", "cpu", "--features", "none"]


@pytest.fixture(autouse=True)
def _in_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_trains_and_says_what_weighs_what(artgan: Artgan) -> None:
    run = artgan("train", "cyclegan", *PAIR, *TINY, "--steps", "2", "--identity", "0.2", "--names", "photo,monet")
    assert run.code == 0, run.err
    assert run.lines == ["runs/00000-cyclegan-photo-monet"]
    assert "cycle 10, identity 2 (0.2 of cycle)" in run.err
    assert "recipe small, for fewer than 1000 pictures" in run.err
    spec, networks = registry.load(Path(run.lines[0]) / "model.safetensors")
    assert spec.domains == ("photo", "monet")
    assert list(networks) == ["photo->monet", "monet->photo"]


def test_alone_it_takes_drawings_and_says_so(artgan: Artgan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("artgan.data.synthetic.COUNTS", {"faces": 20, "photos": 20, "paintings": 20})
    run = artgan("train", "cyclegan", *TINY, "--steps", "1")
    assert run.code == 0, run.err
    assert "no data named, and no dataset in ./data: drawn photos and paintings" in run.err
    assert run.lines == ["runs/00000-cyclegan-photos-paintings"]


def test_dry_run_in_numbers(artgan: Artgan) -> None:
    run = artgan("train", "cyclegan", *PAIR, *TINY, "--dry-run", "--json", "--steps", "100")
    assert run.code == 0, run.err
    (plan,) = json.loads(run.out)["results"]
    assert plan["batch_size"] == 4
    assert plan["networks"].keys() == {
        "photos->paintings",
        "paintings->photos",
        "discriminator-photos",
        "discriminator-paintings",
    }


def test_two_painters_and_one_side_of_photos(artgan: Artgan) -> None:
    painters = ["synthetic:paintings,n=20", "synthetic:paintings,n=20,seed=1"]
    run = artgan("train", "cyclegan", *painters, "--hub", PAIR[0], "--names", "a,b,photo", *TINY, "--steps", "2")
    assert run.code == 0, run.err
    spec, networks = registry.load(Path(run.lines[0]) / "model.safetensors")
    assert spec.domains == ("a", "b", "photo")
    assert list(networks) == ["a->photo", "photo->a", "b->photo", "photo->b"]
    again = artgan("train", "cyclegan", "--resume", run.lines[0], "--steps", "3")
    assert again.code == 0, again.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (PAIR[:1], "artgan train cyclegan A B"),
        ([*PAIR, "synthetic:faces"], "name it with --hub"),
        (["--hub", "synthetic:faces"], "--hub needs the domains"),
        ([PAIR[0], PAIR[0]], "two domains would be called 'photos'"),
        ([*PAIR, "--generator", "unet-kaggle", "--size", "16"], "a power of two wide, from 32 px on, not 16"),
        ([PAIR[0], "nowhere"], "nowhere"),
    ],
)
def test_wrong_usage_is_one_line(artgan: Artgan, arguments: list[str], message: str) -> None:
    run = artgan("train", "cyclegan", *arguments, "--device", "cpu")
    assert run.code == 2, run.err
    assert message in run.err
    assert run.err.count("\n") == 1
    assert not Path("runs").exists()
