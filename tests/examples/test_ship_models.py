"""The script that makes built-in models, and what ships."""

import importlib
import json
from pathlib import Path
from types import ModuleType

import pytest
import torch

from artgan.config.dcgan import DcganConfig
from artgan.config.style import StyleConfig
from artgan.io.checkpoints import load_tensors
from artgan.models.registry import load
from artgan.pipelines.train import train

from conftest import REPOSITORY


@pytest.fixture
def ship(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(REPOSITORY / "examples" / "models")
    return importlib.import_module("ship")


def test_a_run_becomes_a_model_of_half_the_size(
    ship: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = DcganConfig(size=16, width=4, batch_size=4, steps=2, seed=5)
    run = train("dcgan", config, ["synthetic:faces,n=40"], out=tmp_path / "runs").run
    assert run is not None
    assert ship.main([str(run), "--name", "tiny", "--to", str(tmp_path / "assets")]) == 0
    card = capsys.readouterr().out
    assert "| trained on | synthetic:faces,n=40: 36 pictures |" in card
    assert "| length | 2 steps of 4, 8 pictures seen |" in card
    target = tmp_path / "assets" / "tiny.safetensors"
    assert card.splitlines() == [f"| {name} | {value} |" for name, value in ship.facts(target)]
    source = run / "best" / "model.safetensors"
    assert target.stat().st_size < 0.8 * source.stat().st_size  # the metadata is not halved
    z = torch.randn(4, 100, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        drawn, original = (load(path)[1]["generator"](z) for path in (target, source))
    assert (drawn - original).abs().max() < 1 / 255


def test_a_painter_becomes_one_too(ship: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = StyleConfig(size=16, crop=16, width=4, blocks=1, steps=1, seed=5, encoder="embedded")
    run = train("style", config, ["synthetic:photos,n=9", "synthetic:paintings,n=9"], out=tmp_path / "runs").run
    assert run is not None
    assert ship.main([str(run), "--name", "painter", "--to", str(tmp_path / "assets")]) == 0
    card = capsys.readouterr().out
    assert "| trained on | synthetic:photos,n=9: 9 pictures; synthetic:paintings,n=9: 9 pictures |" in card
    assert "| losses | content 0.05, style 1, tv 0.2; squares of 16 px, features embedded |" in card
    assert "(32 pairs of pictures) |" in card
    assert load(tmp_path / "assets" / "painter.safetensors")[0].architecture == "style"


def test_a_painter_of_two_scales_says_so(ship: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = StyleConfig(size=32, scales=2, width=4, blocks=1, steps=1, encoder="embedded", device="cpu")
    run = train("style", config, ["synthetic:photos,n=9", "synthetic:paintings,n=9"], out=tmp_path / "runs").run
    assert ship.main([str(run), "--name", "painter", "--to", str(tmp_path / "assets")]) == 0
    assert "; squares of 32 px in 2 scales, features embedded |" in capsys.readouterr().out


def test_what_does_not_fit_is_refused(ship: ModuleType, tmp_path: Path, tiny_models: dict[str, Path]) -> None:
    tensors, metadata = load_tensors(tiny_models["dcgan"])
    name = next(name for name, tensor in tensors.items() if tensor.is_floating_point())
    tensors[name].flatten()[0] = 1e6
    ship.save_tensors(tmp_path / "large.safetensors", tensors, metadata)
    with pytest.raises(SystemExit, match="beyond float16"):
        ship.ship(tmp_path / "large.safetensors", tmp_path / "out.safetensors")


@pytest.mark.parametrize("path", sorted((REPOSITORY / "artgan" / "assets" / "models").glob("*.safetensors")))
def test_the_card_says_what_the_file_says(ship: ModuleType, path: Path) -> None:
    card = (path.parent / "CARD.md").read_text(encoding="utf-8")
    assert f"## `{path.stem}`" in card
    for name, value in ship.facts(path):
        assert f"| {name} | {value} |" in card
    assert path.stat().st_size < 12e6
    _, metadata = load_tensors(path)
    about = json.loads(metadata["artgan.about"])
    assert not any("/" in str(name) for name in about["data"])  # no folders of whoever trained it
