"""The ablation of the painter in one pass, at a size that takes seconds."""

import importlib
import json
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

from conftest import REPOSITORY


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(REPOSITORY / "tests" / "benchmarks"))
    return importlib.import_module("painters_tried")


def _pictures(folder: Path, seed: int) -> str:
    folder.mkdir()
    blocks = np.random.default_rng(seed).integers(0, 256, (24, 8, 8, 3), dtype=np.uint8)
    for number, picture in enumerate(blocks.repeat(4, 1).repeat(4, 2)):
        Image.fromarray(picture).save(folder / f"{number}.png")
    return str(folder)


def test_every_painter_is_trained_once_and_differs(
    tried: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "docs").mkdir()
    contents, styles = _pictures(tmp_path / "contents", 0), _pictures(tmp_path / "styles", 1)
    typed = [contents, "--styles", styles, "--steps", "2", "--size", "32"]
    typed += ["--crop", "32", "--out", str(tmp_path / "records"), "--docs", str(tmp_path / "docs")]
    assert tried.main(typed) == 0
    records = {path.stem: json.loads(path.read_text()) for path in (tmp_path / "records").iterdir()}
    assert records.keys() == set(tried.CELLS)
    losses = {name: record["scores"]["loss"] for name, record in records.items()}
    assert len(set(losses.values())) == len(losses)
    assert records["half-width"]["parameters"] < records["whole"]["parameters"] / 2
    page = (tmp_path / "docs" / "results.md").read_text()
    assert "2 steps of 4 pairs" in page
    assert page.count("\n| w") == len(losses) - 1  # "whole", and all that are without something
    monkeypatch.setattr(tried, "measure", None)
    assert tried.main(typed) == 0  # nothing is trained twice
    assert (tmp_path / "docs" / "results.md").read_text() == page
