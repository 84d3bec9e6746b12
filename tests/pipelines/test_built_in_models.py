"""The models that ship: they are found without a name, draw what words ask for, and paint in any style."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from artgan.config.sample import SampleConfig
from artgan.config.transfer import TransferConfig
from artgan.io.receipts import read_receipt
from artgan.pipelines.modelfiles import locate
from artgan.pipelines.sample import sample
from artgan.pipelines.transfer import transfer

HAIR = {"red": (192, 40, 50), "green": (60, 150, 70), "blue": (60, 100, 200), "blonde": (235, 205, 90)}
"""What people call these colours, roughly."""


@pytest.fixture(autouse=True)
def _in_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_where_there_is_no_run_the_built_in_draws() -> None:
    found = locate(None)
    assert (found.name, found.recorded) == ("faces", "faces")
    report = sample(SampleConfig(seeds="0"), out="face.png")
    with Image.open(report.paths[0]) as picture:
        assert picture.size == (64, 64)


@pytest.mark.parametrize("hair", HAIR)
def test_hair_has_the_colour_that_was_asked_for(hair: str) -> None:
    paths = sample(SampleConfig(seeds="0-11", tags=f"{hair} hair"), "faces", out="faces/").paths
    right = 0
    for path in paths:
        with Image.open(path) as picture:
            crown = np.asarray(picture.convert("RGB"), dtype=float)[12:22, 22:42].reshape(-1, 3)
        colour = np.median(crown, axis=0)
        right += hair == min(HAIR, key=lambda name: float(np.linalg.norm(colour - HAIR[name])))
    assert right >= 11


@pytest.mark.parametrize(("model", "tags"), [("faces", "blue hair, red eyes"), ("portrait", None)])
def test_another_seed_is_another_face(model: str, tags: str | None) -> None:
    paths = sample(SampleConfig(seeds="0-3", tags=tags), model, out="faces/").paths
    faces = [np.asarray(Image.open(path).convert("L"), dtype=float) for path in paths]
    assert all(np.abs(faces[0] - face).mean() > 5 for face in faces[1:])


@pytest.mark.parametrize("style", ["swirls", "dots", "water-lilies"])
def test_the_painter_takes_the_style_and_keeps_the_content(style: str) -> None:
    """In per cent of the way from the photo to the style, and of the way from the style to the photo."""
    transfer(TransferConfig(style=(style,), method="fast", size=128, seed=0), ["example:pavilion"], out="x.png")
    receipt = read_receipt(Path("x.png"))
    assert receipt is not None
    percent = {name: score["percent"] for name, score in receipt["scores"].items() if isinstance(score, dict)}
    assert percent["style_similarity"] > 40
    assert percent["palette_distance"] > 60
    assert percent["content_fidelity"] > 25
