"""The controls of `artgan transfer --style` as typed: exit code, standard output, standard error, pixels, receipts."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from artgan.io.receipts import read_receipt

from conftest import Run

Artgan = Callable[..., Run]
Picture = Callable[..., Path]


@pytest.fixture
def quick(tiny_encoder: Path) -> list[str]:
    """Options that make a run take a moment."""
    options = ["--encoder-weights", str(tiny_encoder), "--size", "32", "--steps", "3", "--seed", "1"]
    return [*options, "--device", "cpu", "--precision", "float32"]


SEEING = ["--encoder", "embedded", "--size", "64", "--steps", "15", "--scales", "1", "--precision", "float32"]
"""Options with an encoder that sees what is painted."""


@pytest.fixture(autouse=True)
def _in_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def pixels(path: str) -> NDArray[np.float64]:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB")).astype(float)


def saturation(path: str) -> float:
    return float(np.ptp(pixels(path), axis=2).mean())


@pytest.mark.parametrize("method", ["match", "luminance"])
def test_the_colours_of_a_gray_photo_are_kept(artgan: Artgan, picture: Picture, method: str) -> None:
    Image.open(picture("a.png")).convert("L").save("gray.png")
    base = ["transfer", "gray.png", "--style", str(picture("b.png", seed=1)), *SEEING, "--seed", "1"]
    assert artgan(*base, "-o", "style.png").code == 0
    run = artgan(*base, "--keep-color", "1", "--color-method", method, "-o", "kept.png")
    assert (run.code, run.lines) == (0, ["kept.png"])
    assert "encoder embedded" in run.err
    assert saturation("kept.png") < 0.5 * saturation("style.png")
    receipt = read_receipt(Path("kept.png"))
    assert receipt is not None
    assert (receipt["options"]["keep_color"], receipt["options"]["color_method"]) == (1.0, method)


def test_a_palette_is_each_content_s_own(artgan: Artgan, picture: Picture, quick: list[str]) -> None:
    """Statistics of recoloured styles are not carried from one content to the next."""
    contents = [str(picture("a.png", seed=2)), str(picture("c.png", seed=3))]
    options = ["--style", str(picture("s.png", seed=1)), *quick, "--keep-color", "1", "-q"]
    assert artgan("transfer", *contents, *options, "-o", "both").code == 0
    assert artgan("transfer", contents[1], *options, "-o", "alone.png").code == 0
    assert np.array_equal(pixels("both/c-s.png"), pixels("alone.png"))


BAD_USAGE = {
    "colour out of range": (["--style", "s.png", "--keep-color", "1.5"], "--keep-color is at most 1, not 1.5"),
    "unknown way to keep colours": (
        ["--style", "s.png", "--keep-color", "1", "--color-method", "lab"],
        "'lab' is not one of 'match', 'luminance'",
    ),
    "a way to keep none": (
        ["--style", "s.png", "--color-method", "luminance"],
        "--color-method luminance needs a --keep-color above zero",
    ),
    "colours and a model": (["--model", "m.safetensors", "--keep-color", "1"], "--keep-color goes with --style"),
}


@pytest.mark.parametrize("case", BAD_USAGE, ids=str)
def test_wrong_usage_is_one_line_and_exit_2(artgan: Artgan, picture: Picture, case: str) -> None:
    picture("a.png")
    picture("s.png")
    arguments, message = BAD_USAGE[case]
    run = artgan("transfer", "a.png", *arguments)
    assert (run.code, run.out) == (2, b"")
    assert message in run.err
    assert run.err.count("\n") == 1
