"""The script that tells whether drawn portraits are faces, and the built-in portraits by it."""

import importlib
from types import ModuleType

import numpy as np
import pytest

from conftest import REPOSITORY

pytest.importorskip("skimage")


@pytest.fixture
def drawn_faces(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(REPOSITORY / "examples" / "models")
    return importlib.import_module("drawn_faces")


def test_the_built_in_portraits_have_faces(drawn_faces: ModuleType) -> None:
    portraits = drawn_faces.drawn("portrait", 48)
    assert portraits.shape == (48, 64, 64, 3)
    assert drawn_faces.share_with_face(portraits) > 0.7
    assert drawn_faces.share_with_face(portraits[:, ::-1]) < 0.3, "upside down there is hardly one"


def test_what_the_card_tells(drawn_faces: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert drawn_faces.main(["portrait", "synthetic:faces,n=40", "--n", "4", "--truncation", "0.5"]) == 0
    rows = [line.strip("| ").split(" | ") for line in capsys.readouterr().out.splitlines()]
    assert [name for name, _ in rows] == [
        "a face in",
        "with truncation 0.5",
        "of pictures learned from",
        "of pictures held out",
        "the nearest picture learned from",
    ]
    values = dict(rows)
    assert values["a face in"].endswith("% of 4 samples (seeds 0 to 3)")
    assert values["of pictures learned from"].endswith("% of 36")
    assert values["of pictures held out"].endswith("% of 4")
    assert float(values["the nearest picture learned from"].split()[0]) > 1, "portraits are far from drawn faces"


def test_noise_has_no_face(drawn_faces: ModuleType) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (4, 64, 64, 3), dtype=np.uint8)
    assert drawn_faces.share_with_face(noise) == 0
