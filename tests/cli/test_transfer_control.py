"""The controls of `artgan transfer --style` as typed: exit code, standard output, standard error, pixels, receipts."""

from collections.abc import Callable
from hashlib import sha256
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


def half_mask(name: str, *, mode: str = "L") -> str:
    """White on the left, of another size than the content."""
    pixels = np.zeros((50, 100), np.uint8)
    pixels[:, :50] = 255
    Image.fromarray(pixels).convert(mode).save(name)
    return name


def test_a_style_where_a_mask_is_white(artgan: Artgan, picture: Picture, quick: list[str]) -> None:
    a, s = picture("a.png", 64, 48), picture("s.png", seed=1)
    mask = half_mask("m.png", mode="RGB")
    options = [*quick[: quick.index("--size")], *quick[quick.index("--size") + 2 :], "--size", "64", "-q"]
    run = artgan("transfer", a, "--style", f"{s}@{mask}:0.7", *options, "-o", "out.png")
    assert (run.code, run.lines, run.err) == (0, ["out.png"], "")
    original, painted = pixels("a.png"), pixels("out.png")
    assert np.array_equal(original[:, 40:], painted[:, 40:])
    assert not np.array_equal(original[:, :24], painted[:, :24])
    receipt = read_receipt(Path("out.png"))
    assert receipt is not None
    (style,) = receipt["styles"]
    assert style["weight"] == 0.7
    assert style["mask"] == {
        "name": "m.png",
        "sha256": sha256(Path("m.png").read_bytes()).hexdigest(),
        "inverted": False,
    }

    both = ["--style", f"{s}@{mask}", "--style", f"{picture('t.png', seed=2)}@!{mask}"]
    run = artgan("transfer", a, *both, *options)
    assert (run.code, run.lines) == (0, ["a-s+t.png"])
    assert not np.array_equal(original[:, 40:], pixels("a-s+t.png")[:, 40:])


def test_masks_scales_and_layers_are_found_again(
    artgan: Artgan, picture: Picture, quick: list[str], tiny_encoder: Path
) -> None:
    Path("tiny.safetensors").write_bytes(tiny_encoder.read_bytes())
    picture("a.png"), picture("s.png", seed=1), picture("t@2x.png", seed=2)
    mask = half_mask("m.png")
    styles = ["--style", f"s.png@{mask}:0.7", "--style", f"t@2x.png@!{mask},scale=0.5", "--style", "swirls@alpha"]
    styles += ["--style", "dots,layers=relu1_1-relu2_1"]
    options = ["--encoder-weights", "tiny.safetensors", *quick[2:]]
    assert artgan("transfer", "a.png", *styles, *options, "-o", "1.png").code == 0
    run = artgan("transfer", "--from-receipt", "1.png", "-o", "2.png")
    assert (run.code, run.lines) == (0, ["2.png"])
    assert Path("1.png").read_bytes() == Path("2.png").read_bytes()

    Path(mask).unlink()
    run = artgan("transfer", "--from-receipt", "1.png", "-o", "3.png")
    assert (run.code, run.out) == (1, b"")
    assert "the mask of '1.png', 'm.png' with SHA-256" in run.err
    assert run.err.count("\n") == 1


def test_what_is_transparent_is_left_alone(artgan: Artgan, picture: Picture, quick: list[str]) -> None:
    rgba = np.full((32, 32, 4), 90, np.uint8)
    rgba[..., 3] = 255
    rgba[:, 16:, 3] = 40
    Image.fromarray(rgba).save("a.png")
    run = artgan("transfer", "a.png", "--style", f"{picture('s.png')}@alpha", *quick, "-q", "-o", "out.png")
    assert (run.code, run.err) == (0, "")
    with Image.open("out.png") as painted:
        assert np.array_equal(np.asarray(painted)[..., 3], rgba[..., 3])
    receipt = read_receipt(Path("out.png"))
    assert receipt is not None
    assert receipt["styles"][0]["mask"] == {"name": "alpha", "inverted": False}


def test_strokes_of_one_and_forms_of_another(artgan: Artgan, picture: Picture, quick: list[str]) -> None:
    a, s, t = picture("a.png"), picture("s.png", 60, 60, 1), picture("t.png", 60, 60, 2)
    base = ["transfer", str(a), *quick, "-q"]
    mixed = ["--style", f"{s},layers=fine", "--style", f"{t},layers=coarse,scale=0.5:2"]
    run = artgan(*base, *mixed, "-o", "mixed.png")
    assert (run.code, run.lines, run.err) == (0, ["mixed.png"], "")
    assert artgan(*base, "--style", str(s), "--style", f"{t}:2", "-o", "plain.png").code == 0
    assert not np.array_equal(pixels("mixed.png"), pixels("plain.png"))
    receipt = read_receipt(Path("mixed.png"))
    assert receipt is not None
    assert receipt["styles"][0]["layers"] == "fine"
    assert "scale" not in receipt["styles"][0]
    assert [receipt["styles"][1][key] for key in ("layers", "scale", "weight")] == ["coarse", 0.5, 2.0]


@pytest.mark.parametrize("loss", ["wasserstein", "moments"])
def test_other_ways_to_compare_styles(artgan: Artgan, picture: Picture, quick: list[str], loss: str) -> None:
    base = ["transfer", str(picture("a.png")), "--style", str(picture("s.png", seed=1)), *quick, "-q"]
    run = artgan(*base, "--style-loss", loss, "-o", "other.png")
    assert (run.code, run.lines, run.err) == (0, ["other.png"], "")
    assert artgan(*base, "-o", "gram.png").code == 0
    assert not np.array_equal(pixels("other.png"), pixels("gram.png"))
    receipt = read_receipt(Path("other.png"))
    assert receipt is not None
    assert receipt["options"]["style_loss"] == loss


@pytest.mark.parametrize(
    ("mask", "message"),
    [
        ("missing.png", "cannot read 'missing.png': no such file"),
        ("text.png", "'text.png'"),
        ("black.png", "the masks are black all over this picture"),
    ],
)
def test_bad_masks_are_one_line_and_exit_1(
    artgan: Artgan, picture: Picture, quick: list[str], mask: str, message: str
) -> None:
    Path("text.png").write_text("no picture")
    Image.new("L", (9, 9)).save("black.png")
    run = artgan("transfer", picture("a.png"), "--style", f"{picture('s.png')}@{mask}", *quick, "-q", "-o", "o.png")
    assert (run.code, run.out) == (1, b"")
    assert message in run.err
    assert run.err.count("\n") == 1
    assert not Path("o.png").exists()


BAD_USAGE = {
    "no mask": (["--style", "s.png@"], "--style names no mask behind @: 's.png@'; it is a picture's file, or alpha"),
    "no painting": (["--style", "s.png", "--style", "@m.png"], "--style 2 of 2 names no painting: '@m.png'"),
    "no such scale": (
        ["--style", "s.png,scale=99"],
        "--style has a scale from 0.05 to 10, not '99' as in 's.png,scale=99'",
    ),
    "no such key": (["--style", "s.png,size=2"], "--style takes ,scale= and ,layers=, not ',size=2'"),
    "layers beyond": (
        ["--style", "s.png,layers=coarse", "--style-layers", "relu1_1"],
        "--style s.png,layers=coarse: none of --style-layers relu1_1 is within coarse",
    ),
    "the paper's sums of something else": (
        ["--style", "s.png", "--style-loss", "wasserstein", "--normalization", "gatys"],
        "with --style-loss wasserstein take relative or mean",
    ),
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
