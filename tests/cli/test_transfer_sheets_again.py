"""`artgan transfer --from-receipt` of a sheet: the same sheet, byte for byte, or one line that says why not."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from artgan.io.images import read_picture, write_picture
from artgan.io.receipts import read_receipt

from conftest import Run

Artgan = Callable[..., Run]
Picture = Callable[..., Path]


@pytest.fixture(autouse=True)
def _in_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def paint(artgan: Artgan, picture: Picture, tiny_encoder: Path) -> Artgan:
    """`artgan transfer a.png ...` to sheet.png, with weights beside it that take a moment."""
    Path("tiny.safetensors").write_bytes(tiny_encoder.read_bytes())
    picture("a.png"), picture("b.png", 30, 40, seed=1), picture("s.png", seed=2), picture("in/t.png", 60, 30, seed=3)
    quick = ["--encoder-weights", "tiny.safetensors", "--size", "32", "--steps", "3", "--device", "cpu"]

    def run(*options: str | Path) -> Run:
        return artgan("transfer", "a.png", *quick, *options, "-o", "sheet.png")

    return run


STYLES = ["--style", "s.png", "--style", "in/t.png,scale=0.5", "--style", "swirls:0.5"]


@pytest.mark.parametrize(
    "options",
    [
        ["--style", "s.png", "--sweep", "content-layers=relu2_2,relu4_2"],
        ["--style", "s.png", "--sweep", "style-scale=0.5,1", "--sweep", "seed=1,2", "--init", "noise"],
        ["b.png", *STYLES, "--compare"],
        [*STYLES, "--compare", "--sweep", "ratio=0.1,1"],
        ["--sweep", "style=swirls,s.png+in/t.png"],
        ["--style", "s.png", "--sweep", "init=noise,content,b.png"],
    ],
)
def test_the_same_sheet_again(artgan: Artgan, paint: Artgan, options: list[str]) -> None:
    assert paint(*options).code == 0
    run = artgan("transfer", "--from-receipt", "sheet.png", "-o", "again.png")
    assert (run.code, run.lines) == (0, ["again.png"]), run.err
    assert Path("again.png").read_bytes() == Path("sheet.png").read_bytes()


def test_a_sheet_painted_in_one_pass(artgan: Artgan, picture: Picture) -> None:
    options = ["--method", "fast", "--size", "48", "--style", "swirls", "--sweep", "strength=40,80"]
    assert artgan("transfer", picture("a.png"), *options, "-o", "sheet.png").code == 0
    run = artgan("transfer", "--from-receipt", "sheet.png", "-o", "again.png")
    assert run.code == 0, run.err
    assert Path("again.png").read_bytes() == Path("sheet.png").read_bytes()


def test_a_place_that_stayed_empty_stays_empty(artgan: Artgan, paint: Artgan) -> None:
    assert paint("--style", "s.png", "--sweep", "style-layers=relu9_9,relu1_1").code == 3
    run = artgan("transfer", "--from-receipt", "sheet.png", "-o", "again.png")
    assert run.code == 0, run.err
    assert Path("again.png").read_bytes() == Path("sheet.png").read_bytes()


def test_a_content_that_cannot_be_read_leaves_its_row_empty(artgan: Artgan, paint: Artgan) -> None:
    Path("bad.png").write_bytes(b"none")
    run = paint("bad.png", "--style", "s.png", "--style", "swirls", "--compare")
    assert (run.code, run.lines) == (3, ["sheet.png"]), run.err
    Path("bad.png").unlink()
    assert artgan("transfer", "--from-receipt", "sheet.png", "-o", "again.png").code == 0
    assert Path("again.png").read_bytes() == Path("sheet.png").read_bytes()


def test_the_receipt_says_once_what_paintings_have_in_common(artgan: Artgan, paint: Artgan) -> None:
    paint("--style", "s.png", "--sweep", "content-layers=relu2_2,relu4_2", "--seed", "5")
    receipt = read_receipt(Path("sheet.png"))
    assert receipt is not None
    assert (receipt["seed"], receipt["columns"], receipt["rows"]) == (5, ["relu2_2", "relu4_2"], ["a"])
    assert [style["name"] for style in receipt["styles"]] == ["s.png"]
    (cells,) = receipt["cells"]
    assert [cell["options"] for cell in cells] == [{"content_layers": "relu2_2"}, {"content_layers": "relu4_2"}]
    assert not {"styles", "encoder", "seed"} & cells[0].keys()


def test_options_typed_beside_it_change_every_painting(artgan: Artgan, paint: Artgan) -> None:
    paint("--style", "s.png", "--sweep", "ratio=0.1,1", "--seed", "5")
    run = artgan("transfer", "b.png", "--from-receipt", "sheet.png", "--size", "48", "--style", "swirls", "-o", "c.png")
    assert run.code == 0, run.err
    artgan(
        *("transfer", "b.png", "--style", "swirls", "--encoder-weights", "tiny.safetensors", "--size", "48"),
        *("--steps", "3", "--device", "cpu", "--sweep", "ratio=0.1,1", "--seed", "5", "-o", "d.png"),
    )
    with Image.open("c.png") as one, Image.open("d.png") as other:
        np.testing.assert_array_equal(np.asarray(one), np.asarray(other))


def test_what_cannot_be_painted_again_is_one_line(artgan: Artgan, paint: Artgan, picture: Picture) -> None:
    paint("--style", "s.png", "--sweep", "ratio=0.1,1")
    receipt = read_receipt(Path("sheet.png"))
    assert receipt is not None
    pixels = read_picture(Path("sheet.png")).pixels
    old = {key: value for key, value in receipt.items() if key != "cells"}
    write_picture(pixels, Path("old.png"), receipt=old, force=False)
    write_picture(pixels, Path("short.png"), receipt={**receipt, "columns": ["one"]}, force=False)
    write_picture(pixels, Path("none.png"), receipt={**receipt, "rows": 3}, force=False)
    cases = [
        (["old.png"], "'old.png' is a sheet of an earlier artgan"),
        (["short.png"], "the receipt in 'short.png' is damaged"),
        (["none.png"], "the receipt in 'none.png' is damaged"),
        (["sheet.png", "--ratio", "2"], "with the rows and columns that it has: leave out --ratio"),
        (["sheet.png", "--sweep", "steps=1,2"], "leave out --sweep"),
        (["sheet.png", "a.png", "b.png"], "is a sheet of 1 picture, and not of 2"),
    ]
    for arguments, message in cases:
        run = artgan("transfer", "--from-receipt", *arguments, "-o", "again.png")
        assert (run.code, run.out, run.err.count("\n")) == (2, b"", 1), run.err
        assert message in run.err
    picture("s.png", seed=7)
    run = artgan("transfer", "--from-receipt", "sheet.png", "-o", "again.png")
    assert (run.code, run.out, run.err.count("\n")) == (1, b"", 1)
    assert "the style of 'sheet.png', 's.png' with SHA-256" in run.err
    assert not Path("again.png").exists()


def test_what_differs_is_said_once(artgan: Artgan, paint: Artgan, monkeypatch: pytest.MonkeyPatch) -> None:
    paint("--style", "s.png", "--sweep", "ratio=0.1,1")
    monkeypatch.setattr("artgan.pipelines.recall.__version__", "99.0")
    run = artgan("transfer", "--from-receipt", "sheet.png", "-o", "again.png")
    assert run.code == 0
    assert run.err.count("99.0 now: the pixels may differ a little") == 1
