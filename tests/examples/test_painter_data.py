"""The script that makes the datasets of the built-in painter, at a size that takes seconds."""

import importlib
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

from artgan.data.folder import read_facts

from conftest import REPOSITORY


@pytest.fixture
def painter_data(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(REPOSITORY / "examples" / "models")
    return importlib.import_module("painter_data")


def _painted(folder: Path, count: int, seed: int) -> Path:
    folder.mkdir()
    random = np.random.default_rng(seed)
    for number in range(count):
        blocks = random.integers(0, 256, (12, 16, 3), dtype=np.uint8).repeat(4, 0).repeat(4, 1)
        Image.fromarray(blocks).save(folder / f"{number}.png")
    return folder


def test_four_datasets_without_what_tests_paint(
    painter_data: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("sklearn", reason="its photos come with the development extra")
    monkeypatch.setattr(
        painter_data, "PHOTOS", (("skimage", "data/chelsea.png"), ("sklearn", "datasets/images/china.jpg"))
    )
    paintings, large = _painted(tmp_path / "paintings", 20, seed=0), _painted(tmp_path / "large", 3, seed=1)
    kept_back = tmp_path / "kept_back"
    kept_back.mkdir()
    (kept_back / "twin.png").write_bytes((paintings / "7.png").read_bytes())
    typed = ["--paintings", str(paintings), "--crops", str(large), "--without", str(kept_back), "--size", "32"]
    assert painter_data.main([*typed, "-o", str(tmp_path / "data")]) == 0
    facts = {name: read_facts(tmp_path / "data" / name) for name in ("photos", "paintings", "painted", "crops")}
    assert facts["photos"]["pictures"] == 80
    assert facts["paintings"]["pictures"] == 19
    assert facts["painted"]["pictures"] == facts["paintings"]["splits"]["train"]
    assert facts["crops"]["pictures"] == 9
