"""The shipped pictures: their names, their bytes, and the script that draws the styles."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from artgan.errors import PictureError
from artgan.io import shipped

ROOT = Path(__file__).resolve().parents[2]


def test_names() -> None:
    assert {"dots", "mosaic", "shards", "swirls", "water-lilies", "waves"} <= set(shipped.style_names())
    assert shipped.style_names() == tuple(sorted(shipped.style_names()))
    assert {"example:cat", "example:pavilion", "example:portrait"} <= set(shipped.example_names())


@pytest.mark.parametrize("name", shipped.style_names())
def test_a_style_is_a_small_colourful_picture(name: str) -> None:
    path = shipped.find_style(name)
    assert path.stat().st_size < 300_000
    with Image.open(path) as picture:
        assert picture.mode == "RGB"
        assert 640 <= max(picture.size) <= 800
        pixels = np.asarray(picture, dtype=np.float32) / 255
        saturation = np.asarray(picture.convert("HSV"), dtype=np.float32)[..., 1] / 255
    grey = pixels.mean(-1)
    # Contrast overall, colour, and texture at the scale of bristles: what a style is learned from.
    assert grey.std() > 0.12
    assert saturation.mean() > 0.3
    assert np.abs(np.diff(grey, axis=1)).mean() > 0.015


@pytest.mark.parametrize("name", shipped.example_names())
def test_an_example_is_a_small_picture(name: str) -> None:
    path = shipped.find_content(name)
    assert path.stat().st_size < 150_000
    with Image.open(path) as picture:
        assert 384 <= max(picture.size) <= 640
        picture.load()


@pytest.mark.parametrize("folder", ["styles", "examples"])
def test_the_card_names_every_picture(folder: str) -> None:
    names = shipped.style_names() if folder == "styles" else shipped.example_names()
    card = (ROOT / "artgan" / "assets" / folder / "CARD.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `([^`]+)` \|", card, re.MULTILINE)) == set(names)


def test_an_existing_file_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert shipped.find_style("swirls").is_absolute()
    (tmp_path / "swirls").write_bytes(b"mine")
    assert shipped.find_style("swirls") == Path("swirls")
    (tmp_path / "photo.jpg").write_bytes(b"mine")
    assert shipped.find_content("photo.jpg") == Path("photo.jpg")


def test_a_folder_of_that_name_does_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "swirls").mkdir()
    assert shipped.find_style("swirls").name == "swirls.jpg"


def test_an_unknown_style_is_one_line_with_a_suggestion() -> None:
    with pytest.raises(PictureError) as caught:
        shipped.find_style("swrils")
    message = str(caught.value)
    assert message.startswith("no style 'swrils': neither a file nor one of dots, ")
    assert message.endswith("Did you mean 'swirls'?")
    assert "\n" not in message


@pytest.mark.parametrize(
    ("name", "start", "suggestion"),
    [
        ("example:portrit", "no example 'example:portrit'", "'example:portrait'"),
        ("portrait", "no picture 'portrait'", "'example:portrait'"),
    ],
)
def test_an_unknown_content_is_one_line_with_a_suggestion(name: str, start: str, suggestion: str) -> None:
    with pytest.raises(PictureError) as caught:
        shipped.find_content(name)
    assert str(caught.value).startswith(start)
    assert str(caught.value).endswith(f"Did you mean {suggestion}?")


@pytest.mark.parametrize("name", ["", "x" * 5000, "nul\0byte", "example:", "../styles/swirls"])
def test_odd_names_are_known_errors(name: str) -> None:
    with pytest.raises(PictureError):
        shipped.find_style(name)
    with pytest.raises(PictureError):
        shipped.find_content(name)


def test_every_built_in_model_loads_and_has_a_line_on_the_card() -> None:
    from artgan.models.registry import load

    card = ROOT / "artgan" / "assets" / "models" / "CARD.md"
    for name in shipped.model_names():
        path = shipped.find_model(name)
        assert path.stat().st_size < 12_000_000
        load(path)
        assert f"`{name}" in card.read_text(encoding="utf-8")


def test_is_example() -> None:
    assert shipped.is_example("example:portrait")
    assert not shipped.is_example("portrait.jpg")


def test_importing_shipped_imports_nothing_heavy() -> None:
    code = "import sys, artgan.io.shipped; print({'torch', 'PIL', 'numpy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_the_script_draws_the_same_picture_twice(tmp_path: Path) -> None:
    pytest.importorskip("scipy", reason="the styles are drawn with the development extra")
    drawn = []
    for run in ("one", "two"):
        command = [sys.executable, str(ROOT / "examples" / "styles" / "draw.py"), "--out", str(tmp_path / run)]
        command += ["--only", "waves", "--long-side", "192", "--format", "png"]
        subprocess.run(command, check=True, capture_output=True)
        drawn.append(np.asarray(Image.open(tmp_path / run / "waves.png"), dtype=np.float32))
    assert drawn[0].shape == (152, 192, 3)
    assert np.array_equal(drawn[0], drawn[1])
    # It is the shipped picture, only smaller.
    with Image.open(shipped.find_style("waves")) as full:
        small = np.asarray(full.resize((192, 152), Image.Resampling.BOX), dtype=np.float32)
    assert np.abs(small - drawn[0]).mean() < 20


def test_shipped_files_by_the_names_of_their_files() -> None:
    for found in (shipped.find_style("swirls"), shipped.find_content("example:portrait")):
        assert shipped.shipped_file(found.name) == found
    assert shipped.shipped_file("swirls") is None
