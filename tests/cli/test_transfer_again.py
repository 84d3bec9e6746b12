"""`artgan transfer --from-receipt`: the same picture, byte for byte, or one line that says why not."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from artgan.io.receipts import read_receipt

from conftest import Run
from translation_models import write_model

Artgan = Callable[..., Run]
Picture = Callable[..., Path]


@pytest.fixture(autouse=True)
def _in_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def paint(artgan: Artgan, picture: Picture, tiny_encoder: Path) -> Artgan:
    """`artgan transfer a.png --style b.png`, with weights beside it that take a moment."""
    Path("tiny.safetensors").write_bytes(tiny_encoder.read_bytes())
    picture("a.png"), picture("b.png", seed=1)
    quick = ["--encoder-weights", "tiny.safetensors", "--size", "32", "--steps", "6", "--device", "cpu"]

    def run(*options: str | Path) -> Run:
        return artgan("transfer", "a.png", "--style", "b.png", *quick, *options)

    return run


def test_a_seed_that_was_drawn_and_a_start_of_noise(artgan: Artgan, paint: Artgan) -> None:
    assert paint("--init", "noise", "-o", "1.png").code == 0
    run = artgan("transfer", "--from-receipt", "1.png", "-o", "2.png")
    assert (run.code, run.lines) == (0, ["2.png"])
    assert Path("1.png").read_bytes() == Path("2.png").read_bytes()


@pytest.mark.parametrize(
    "options",
    [
        ["--style", "swirls:0.25", "--style-scale", "0.5"],
        ["--init", "b.png", "--optimizer", "lbfgs"],
        ["--tolerance", "0.9", "--steps", "60"],
        ["--scales", "2", "--budget", "1m", "--normalization", "mean"],
    ],
)
def test_every_kind_of_painting(artgan: Artgan, paint: Artgan, options: list[str]) -> None:
    assert paint(*options, "-o", "1.png").code == 0
    run = artgan("transfer", "--from-receipt", "1.png", "-o", "2.png")
    assert run.code == 0, run.err
    assert Path("1.png").read_bytes() == Path("2.png").read_bytes()


def test_the_clock_s_steps_are_taken_again(artgan: Artgan, paint: Artgan) -> None:
    """What ended by the clock ends at the same step, however fast the machine is today."""
    paint("--steps", "1000000", "--tolerance", "0", "--budget", "0.3s", "-o", "1.png")
    receipt = read_receipt(Path("1.png"))
    assert receipt is not None
    assert 0 < receipt["steps"] < 1000000
    run = artgan("transfer", "--from-receipt", "1.png", "-o", "2.png", "--json")
    assert json.loads(run.out)["results"][0]["steps"] == receipt["steps"]
    assert Path("1.png").read_bytes() == Path("2.png").read_bytes()


def test_pictures_are_found_in_their_folder_beside_the_result_and_from_elsewhere(
    artgan: Artgan, picture: Picture, paint: Artgan, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture("in/c.png", seed=4)
    options = ["--encoder-weights", "tiny.safetensors", "--size", "32", "--steps", "2"]
    assert artgan("transfer", "in/c.png", "--style", "b.png", *options, "-o", "1.png").code == 0
    receipt = read_receipt(Path("1.png"))
    assert receipt is not None
    assert (receipt["content"]["file"], receipt["content"]["name"]) == ("in/c.png", "c.png")
    assert "file" not in receipt["styles"][0]
    artgan("transfer", "--from-receipt", "1.png", "-o", "2.png")
    Path("elsewhere").mkdir()
    monkeypatch.chdir("elsewhere")
    run = artgan("transfer", "--from-receipt", "../1.png", "-o", "3.png")
    assert run.code == 0, run.err
    assert Path("../1.png").read_bytes() == Path("../2.png").read_bytes() == Path("3.png").read_bytes()


def test_options_typed_beside_it_are_changes(artgan: Artgan, picture: Picture, paint: Artgan) -> None:
    paint("-o", "1.png", "--seed", "3")
    run = artgan("transfer", "--from-receipt", "1.png", "--size", "48", "--style", "swirls", "-o", "2.jpg")
    assert run.code == 0, run.err
    with Image.open("2.jpg") as image:
        assert max(image.size) == 48
    receipt = read_receipt(Path("2.jpg"))
    assert receipt is not None
    assert (receipt["seed"], receipt["options"]["steps"]) == (3, 6)
    assert [style["name"] for style in receipt["styles"]] == ["swirls.jpg"]
    run = artgan("transfer", picture("other.png", 20, 40), "--from-receipt", "1.png", "-o", "3.png")
    assert run.code == 0
    with Image.open("3.png") as image:
        assert image.size == (16, 32)


def test_what_is_missing_or_different_is_one_line(artgan: Artgan, picture: Picture, paint: Artgan) -> None:
    paint("-o", "1.png")
    Path("b.png").write_bytes(picture("c.png", seed=9).read_bytes())
    run = artgan("transfer", "--from-receipt", "1.png", "-o", "2.png")
    assert (run.code, run.out, run.err.count("\n")) == (1, b"", 1)
    assert "the style of '1.png', 'b.png' with SHA-256" in run.err
    assert "'b.png' has other bytes: name it with --style FILE" in run.err
    Path("a.png").unlink()
    run = artgan("transfer", "--from-receipt", "1.png", "-o", "2.png")
    assert run.err.startswith("error: the content of '1.png', 'a.png' with SHA-256")
    assert "is not here: name it" in run.err
    assert not Path("2.png").exists()


def test_what_differs_from_then_is_said(artgan: Artgan, paint: Artgan, monkeypatch: pytest.MonkeyPatch) -> None:
    paint("-o", "1.png", "--precision", "float32")
    monkeypatch.setattr("artgan.pipelines.recall.__version__", "99.0")
    run = artgan("transfer", "--from-receipt", "1.png", "--precision", "bfloat16", "-o", "2.png")
    assert run.code == 0
    assert "then, 99.0 now; precision float32 then, bfloat16 now: the pixels may differ a little" in run.err


def test_a_picture_of_a_model(artgan: Artgan, picture: Picture) -> None:
    write_model(Path("m.safetensors"), ("monet", "photo"))
    picture("a.png")
    base = ["transfer", "a.png", "--model", "m.safetensors", "--to", "monet", "--device", "cpu"]
    assert artgan(*base, "--strength", "50", "-o", "1.png").code == 0
    run = artgan("transfer", "--from-receipt", "1.png", "-o", "2.png")
    assert run.code == 0, run.err
    assert Path("1.png").read_bytes() == Path("2.png").read_bytes()


def test_no_receipt_another_command_s_and_a_damaged_one(
    artgan: Artgan, picture: Picture, tiny_models: dict[str, Path]
) -> None:
    from artgan.io.images import write_picture

    run = artgan("transfer", "--from-receipt", picture("plain.png"))
    assert (run.code, "has no receipt" in run.err) == (2, True)
    artgan("sample", tiny_models["dcgan"], "--seed", "1", "-o", "s.png")
    run = artgan("transfer", "--from-receipt", "s.png")
    assert (run.code, "was made by artgan sample" in run.err) == (2, True)
    black = np.zeros((4, 4, 3), np.float32)
    damage = {"options": 3}, {"options": {"stepz": 1}}, {"options": {}}, {"options": {}, "content": {"name": "a"}}
    for number, receipt in enumerate(damage):
        path = Path(f"{number}.png")
        write_picture(black, path, receipt={"command": "transfer", **receipt}, force=False)
        run = artgan("transfer", "--from-receipt", path)
        assert (run.code, run.out, run.err.count("\n")) == (2, b"", 1), run.err
        assert "damaged" in run.err or "does not know: stepz" in run.err


def test_a_receipt_from_elsewhere_writes_no_files_beside_the_result(artgan: Artgan, paint: Artgan) -> None:
    from artgan.io.images import read_picture, write_picture

    paint("-o", "1.png")
    receipt = read_receipt(Path("1.png"))
    assert receipt is not None
    receipt["options"] |= {"animate": "film.gif", "save_every": 2, "save_style": "x.style.safetensors"}
    write_picture(read_picture(Path("1.png")).pixels, Path("evil.png"), receipt=receipt, force=False)
    before = {path.name for path in Path().iterdir()}
    assert artgan("transfer", "--from-receipt", "evil.png", "-o", "2.png").code == 0
    assert {path.name for path in Path().iterdir()} - before == {"2.png"}
    assert Path("2.png").read_bytes() == Path("1.png").read_bytes()


def test_it_takes_no_configuration(artgan: Artgan) -> None:
    run = artgan("transfer", "--from-receipt", "x.png", "--recipe", "gatys")
    assert (run.code, "leave out --config" in run.err) == (2, True)
