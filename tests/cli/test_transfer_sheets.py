"""`artgan transfer --sweep` and `--compare`: every painting is that of a single command, in its place."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from artgan.io.receipts import read_receipt

from conftest import Run

Artgan = Callable[..., Run]
Picture = Callable[..., Path]


@pytest.fixture(autouse=True)
def _in_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def quick(picture: Picture, tiny_encoder: Path) -> list[str]:
    picture("a.png"), picture("b.png", 30, 40, seed=1), picture("s.png", seed=2), picture("t.png", 60, 30, seed=3)
    options = ["--size", "32", "--steps", "3", "--seed", "1", "--device", "cpu"]
    return ["--encoder-weights", str(tiny_encoder), *options]


def pixels(path: str) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def shown(sheet: str, painting: str) -> bool:
    """Whether a painting is somewhere on a sheet, pixel by pixel."""
    whole, part = pixels(sheet), pixels(painting)
    height, width = part.shape[:2]
    corners = np.argwhere((whole[: whole.shape[0] - height + 1, : whole.shape[1] - width + 1] == part[0, 0]).all(2))
    return any(np.array_equal(whole[y : y + height, x : x + width], part) for y, x in corners)


def test_one_option_is_a_row_with_the_content_before_it(artgan: Artgan, quick: list[str]) -> None:
    sweep = ["--sweep", "content-layers=relu2_2,relu4_2"]
    run = artgan("transfer", "a.png", "--style", "s.png", *quick, *sweep, "--json")
    assert run.code == 0, run.err
    (result,) = json.loads(run.out)["results"]
    assert (result["path"], result["kind"]) == ("a-content-layers.png", "sheet")
    assert (result["rows"], result["columns"]) == (["a"], ["relu2_2", "relu4_2"])
    assert [cell["column"] for cell in result["cells"]] == ["relu2_2", "relu4_2"]
    assert result["cells"][0]["scores"]["ssim"]["of_content"] == 1
    assert (result["width"], result["height"]) == (3 * 32 + 2 * 6, 24 + 14 + 2 * 6)
    for layer in ("relu2_2", "relu4_2"):
        artgan("transfer", "a.png", "--style", "s.png", *quick, "--content-layers", layer, "-o", f"{layer}.png")
        assert shown("a-content-layers.png", f"{layer}.png")
    assert not np.array_equal(pixels("relu2_2.png"), pixels("relu4_2.png"))
    receipt = read_receipt(Path("a-content-layers.png"))
    assert receipt is not None
    assert (receipt["kind"], receipt["options"]["sweep"]) == ("sheet", sweep[1:])


def test_two_options_are_rows_and_columns_on_a_sheet_for_each_content(artgan: Artgan, quick: list[str]) -> None:
    sweeps = ["--sweep", "style-layers=relu1_1,relu1_1+relu2_1", "--sweep", "ratio=1e-3,1,2"]
    run = artgan("transfer", "a.png", "b.png", "--style", "s.png", *quick, *sweeps, "-o", "out")
    assert (run.code, run.lines) == (0, ["out/a-style-layers-ratio.png", "out/b-style-layers-ratio.png"]), run.err
    assert pixels(run.lines[0]).shape[0] == 2 * 24 + 6 + 26
    options = ["--style-layers", "relu1_1,relu2_1", "--ratio", "1"]
    artgan("transfer", "a.png", "--style", "s.png", *quick, *options, "-o", "one.png")
    assert shown(run.lines[0], "one.png")
    assert not shown(run.lines[1], "one.png")


def test_contents_by_styles(artgan: Artgan, quick: list[str]) -> None:
    styles = ["--style", "s.png", "--style", "t.png"]
    run = artgan("transfer", "a.png", "b.png", *styles, *quick, "--compare", "--json")
    assert run.code == 0, run.err
    (result,) = json.loads(run.out)["results"]
    assert (result["path"], result["rows"], result["columns"]) == ("a+b-compare.png", ["a", "b"], ["s.png", "t.png"])
    artgan("transfer", "b.png", "--style", "t.png", *quick, "-o", "one.png")
    assert shown("a+b-compare.png", "one.png")


def test_styles_by_an_option(artgan: Artgan, quick: list[str]) -> None:
    styles = ["--style", "s.png", "--style", "t.png"]
    run = artgan("transfer", "a.png", *styles, *quick, "--compare", "--sweep", "style-scale=0.6,1", "-o", "c.png")
    assert (run.code, run.lines) == (0, ["c.png"]), run.err
    artgan("transfer", "a.png", "--style", "t.png", *quick, "--style-scale", "0.6", "-o", "one.png")
    assert shown("c.png", "one.png")


def test_a_painting_that_fails_leaves_its_place_empty(artgan: Artgan, quick: list[str]) -> None:
    run = artgan("transfer", "a.png", "--style", "s.png", *quick, "--sweep", "style-layers=relu1_1,relu9_9", "-q")
    assert (run.code, run.lines) == (3, ["a-style-layers.png"])
    assert "a.png, relu9_9: " in run.err
    assert run.err.count("\n") == 1
    run = artgan(
        "transfer", "a.png", "--style", "s.png", *quick, "--sweep", "style-layers=relu8_8,relu9_9", "-o", "o.png"
    )
    assert (run.code, run.out) == (2, b"")
    assert not Path("o.png").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["a.png", "--style", "s.png", "--sweep", "steps=1,0"], "--steps is at least 1"),
        (["a.png", "b.png", "--style", "s.png", "--sweep", "steps=1,2", "-o", "o.png"], "takes one sheet, not 2"),
        (["a.png", "--sweep", "steps=1,2"], "no style"),
        (["a.png", "--style", "s.png", "--sweep", "steps=1,2", "-o", "o.bmp"], "must end in one of"),
    ],
)
def test_wrong_usage_before_any_work(artgan: Artgan, quick: list[str], arguments: list[str], message: str) -> None:
    quick = [word for word in quick if word not in ("--steps", "3")]
    run = artgan("transfer", *arguments, *quick, "-q")
    assert (run.code, run.out, run.err.count("\n")) == (2, b"", 1)
    assert message in run.err
