"""`artgan transfer --method fast` and `--init fast` as typed."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from artgan.io.receipts import read_receipt
from artgan.models.fast_style import FastStyle
from artgan.models.registry import ModelSpec
from artgan.training.runs import save_model

from conftest import Run

Artgan = Callable[..., Run]
Picture = Callable[..., Path]


@pytest.fixture(autouse=True)
def _in_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_paints_says_how_and_paints_it_again(artgan: Artgan, picture: Picture, painter: Path) -> None:
    styles = ["--style", str(picture("s.png", seed=1)), "--style", f"{picture('t.png', seed=2)}:0.5"]
    run = artgan("transfer", picture("a.png"), *styles, "--painter", painter, "--size", "40", "--device", "cpu")
    assert run.code == 0, run.err
    assert run.lines == ["a-s+t.png"]
    assert "in one pass, painter brush, cpu" in run.err
    with Image.open("a-s+t.png") as result:
        assert result.size == (40, 30)
    receipt = read_receipt(Path("a-s+t.png"))
    assert receipt is not None
    assert receipt["options"]["method"] == "fast"
    assert receipt["painter"].keys() == {"file", "sha256"}
    assert receipt["encoder"]["name"] == "embedded"
    assert "painter" not in receipt["options"]
    there = Path(receipt["painter"]["file"])
    there.parent.mkdir(exist_ok=True)
    there.write_bytes(painter.read_bytes())
    again = artgan("transfer", "--from-receipt", "a-s+t.png", "-o", "again.png")
    assert again.code == 0, again.err
    assert np.array_equal(np.asarray(Image.open("again.png")), np.asarray(Image.open("a-s+t.png")))


def test_the_built_in_painter_paints_where_nothing_else_is_asked_for(artgan: Artgan, picture: Picture) -> None:
    run = artgan("transfer", picture("a.png"), "--style", "swirls", "--size", "48", "--seed", "3")
    assert run.code == 0, run.err
    assert "in one pass, by the built-in painter (--method optimize takes longer and goes further)" in run.err
    receipt = read_receipt(Path("a-swirls.png"))
    assert receipt is not None
    assert receipt["painter"]["file"] == "painter"
    assert receipt["options"]["method"] == "fast"
    assert receipt["options"].keys().isdisjoint({"encoder", "steps", "content_weight", "style_layers"})
    again = artgan("transfer", "--from-receipt", "a-swirls.png", "-o", "again.png")
    assert again.code == 0, again.err
    assert Path("again.png").read_bytes() == Path("a-swirls.png").read_bytes()


def test_what_it_replaces_cannot_be_resumed(artgan: Artgan, picture: Picture) -> None:
    optimise = ["transfer", picture("a.png"), "--style", picture("s.png", seed=1), "--size", "40", "--device", "cpu"]
    state = Path("o.png.state.safetensors")
    for again in ([], ["--force"]):
        state.touch()
        run = artgan(*optimise, "--method", "fast", "-o", "o.png", *again)
        assert run.code == 0, run.err
        assert not state.exists()


def test_a_preview_in_one_pass_is_small(artgan: Artgan, picture: Picture) -> None:
    run = artgan("transfer", picture("a.png", 300, 200), "--style", "swirls", "--preview", "-o", "x.png")
    assert run.code == 0, run.err
    assert "in one pass" in run.err
    with Image.open("x.png") as result:
        assert result.size == (192, 128)


def test_a_folder_goes_through_one_model(artgan: Artgan, picture: Picture, painter: Path) -> None:
    for number in range(3):
        picture(f"in/{number}.png", 24 + 8 * number, 20, seed=number)
    Path("in/broken.png").write_bytes(b"no picture")
    arguments = ["--style", str(picture("s.png", seed=9)), "--painter", str(painter), "--size", "32", "-o", "out/"]
    run = artgan("transfer", "in/", *arguments, "--method", "fast", "--json")
    assert run.code == 3, run.err
    results = json.loads(run.out)["results"]
    assert [Path(result["path"]).name for result in results] == ["0-s.png", "1-s.png", "2-s.png"]
    assert "content_loss" not in results[0]
    assert "broken.png" in run.err
    for number in range(3):  # one alone is not overlapped with others
        alone = artgan(
            "transfer", f"in/{number}.png", *arguments[:-1], f"{number}.png", "--seed", results[number]["seed"]
        )
        assert alone.code == 0, alone.err
        assert Path(f"{number}.png").read_bytes() == Path(f"out/{number}-s.png").read_bytes()


def test_a_limit_cuts_into_tiles_of_the_same_picture(
    artgan: Artgan, picture: Picture, painter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("artgan.painting.forecast._PROCESS", 0.0)
    Path("models").mkdir()
    Path("models/brush.safetensors").write_bytes(painter.read_bytes())
    content, style = picture("a.png"), picture("s.png", seed=1)
    arguments = ["--style", style, "--painter", "models/brush.safetensors", "--size", "320", "--precision", "float32"]
    whole = artgan("transfer", content, *arguments, "-o", "whole.png")
    tiled = artgan("transfer", content, *arguments, "-o", "tiled.png", "--max-memory", "30M")
    assert (whole.code, tiled.code) == (0, 0), tiled.err
    assert "tiles" not in whole.err
    assert tiled.err.count("320x240 px go through the encoder in tiles of about ") == 1
    one, other = (np.asarray(Image.open(f"{name}.png"), dtype=float) for name in ("whole", "tiled"))
    assert np.abs(one - other).max() <= 1
    again = artgan("transfer", "--from-receipt", "tiled.png", "-o", "again.png")
    assert again.code == 0, again.err
    assert Path("again.png").read_bytes() == Path("tiled.png").read_bytes(), "cut as it was, without its limit"
    none = artgan("transfer", content, *arguments, "-o", "none.png", "--max-memory", "1M", "-q")
    assert (none.code, none.out, none.err.count("\n")) == (1, b"", 1)
    assert "lower --size or raise --max-memory" in none.err


def test_an_interrupt_leaves_whole_pictures(picture: Picture, painter: Path) -> None:
    for number in range(60):
        picture(f"in/{number:02}.png", seed=number)
    command = [sys.executable, "-m", "artgan", "transfer", "in/", "--style", str(picture("s.png")), "-o", "out/"]
    command += ["--painter", str(painter), "--size", "160"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        rest, err = process.communicate(timeout=120)
    assert process.returncode == 130, err
    assert "stopping after the picture in hand" in err
    told = (first + rest).splitlines()
    assert told == [str(path) for path in sorted(Path("out").iterdir())]
    assert told == [f"out/{number:02}-s.png" for number in range(len(told))]
    assert 1 <= len(told) < 60
    for path in told:
        with Image.open(path) as result:
            assert result.convert("RGB").size == (160, 120)


def test_strength_zero_is_the_picture(artgan: Artgan, picture: Picture, painter: Path) -> None:
    content = picture("a.png")
    arguments = ["--style", str(picture("s.png", seed=1)), "--painter", str(painter), "--size", "48"]
    run = artgan("transfer", content, *arguments, "--strength", "0", "-o", "x.png")
    assert run.code == 0, run.err
    assert np.array_equal(np.asarray(Image.open("x.png").convert("RGB")), np.asarray(Image.open(content)))


def test_optimising_may_begin_with_it(artgan: Artgan, picture: Picture, painter: Path, tiny_encoder: Path) -> None:
    content, style = picture("a.png"), picture("s.png", seed=1)
    quick = ["--encoder-weights", str(tiny_encoder), "--size", "32", "--steps", "1", "--scales", "1", "--seed", "1"]
    quick += ["--learning-rate", "1e-6", "--device", "cpu"]
    runs = (
        artgan("transfer", content, "--style", style, *quick, "--init", "fast", "--painter", painter, "-o", "from.png"),
        artgan("transfer", content, "--style", style, "--painter", painter, "--size", "32", "-o", "fast.png"),
        artgan("transfer", content, "--style", style, *quick, "-o", "plain.png"),
    )
    assert [run.code for run in runs] == [0, 0, 0], runs[0].err
    begun, fast, plain = (np.asarray(Image.open(name), dtype=float) for name in ("from.png", "fast.png", "plain.png"))
    assert np.abs(begun - fast).max() <= 2
    assert np.abs(begun - plain).max() > 20
    receipt = read_receipt(Path("from.png"))
    assert receipt is not None
    assert (receipt["options"]["method"], receipt["options"]["init"]) == ("optimize", "fast")
    assert "painter" in receipt


def test_many_steps_begin_with_half_of_the_strength(
    artgan: Artgan, picture: Picture, painter: Path, tiny_encoder: Path
) -> None:
    content, style = picture("a.png"), picture("s.png", seed=1)
    base = ["transfer", content, "--style", style, "--painter", painter, "--size", "32", "--device", "cpu"]
    begun = ["--init", "fast", "--encoder-weights", str(tiny_encoder), "--scales", "1", "--learning-rate", "1e-6"]
    for steps in ("47", "48"):
        run = artgan(*base, *begun, "--steps", steps, "--tolerance", "0", "--strength", "20", "-o", f"from{steps}.png")
        assert run.code == 0, run.err
    for strength in ("10", "20"):
        run = artgan(*base, "--method", "fast", "--strength", strength, "-o", f"at{strength}.png")
        assert run.code == 0, run.err
    few, many, half, whole = (
        np.asarray(Image.open(f"{name}.png"), dtype=float) for name in ("from47", "from48", "at10", "at20")
    )
    assert np.abs(few - whole).max() <= 2
    assert np.abs(many - half).max() <= 2
    assert np.abs(half - whole).max() > 10


def test_retouching_brings_it_nearer_to_the_style(artgan: Artgan) -> None:
    for name, options in {"fast": ["--method", "fast"], "retouched": ["--recipe", "retouch"]}.items():
        run = artgan(
            "transfer", "example:portrait", "--style", "swirls", *options, "--size", "192", "-o", f"{name}.png"
        )
        assert run.code == 0, run.err
    fast, retouched = (read_receipt(Path(f"{name}.png")) for name in ("fast", "retouched"))
    assert fast is not None
    assert retouched is not None
    assert (retouched["options"]["init"], retouched["encoder"]["name"], retouched["steps"]) == ("fast", "embedded", 8)
    error, smaller = (1 - receipt["scores"]["style_similarity"]["value"] for receipt in (fast, retouched))
    assert smaller < 0.7 * error
    kept, still = (receipt["scores"]["content_fidelity"]["percent"] for receipt in (fast, retouched))
    assert still > kept - 15


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--painter", "BRUSH", "--steps", "9"], "--steps goes with --method optimize"),
        (["--painter", "BRUSH", "--content-weight", "2"], "--content-weight goes with --method optimize"),
        (["--painter", "BRUSH", "--animate", "gif"], "--animate goes with --method optimize"),
        (["--method", "fast", "--encoder", "embedded"], "--encoder goes with --method optimize"),
        (["--painter", "BRUSH", "--method", "optimize"], "--painter goes with --method fast, or with --init fast"),
        (["--painter", "faces"], "is no painter but a cgan: artgan train style makes one"),
        (["--painter", "missing"], "no model 'missing'"),
        (["--painter", "OTHER"], "was trained with another encoder (0123...)"),
    ],
)
def test_what_does_not_go_is_one_line(
    artgan: Artgan, picture: Picture, painter: Path, options: list[str], message: str
) -> None:
    made = FastStyle(channels="32,64,128,256", width=4, blocks=1)
    plain: dict[str, int | float | str | bool] = {"channels": "32,64,128,256", "width": 4, "blocks": 1}
    spec = ModelSpec(architecture="style", version=1, options={**plain, "encoder": "0123"})
    save_model(Path("other.safetensors"), spec, {"painter": made}, {})
    files = {"BRUSH": str(painter), "OTHER": "other.safetensors"}
    typed = [files.get(option, option) for option in options]
    run = artgan("transfer", picture("a.png"), "--style", picture("s.png"), *typed, "-o", "x.png")
    assert run.code in (1, 2)
    assert message in " ".join(run.err.split())
    assert "Traceback" not in run.err
    assert not Path("x.png").exists()


def test_sampling_takes_no_painter(artgan: Artgan, painter: Path) -> None:
    Path("runs/00000-style-x").mkdir(parents=True)
    Path("runs/00000-style-x/config.json").write_text("{}")
    Path("runs/00000-style-x/model.safetensors").write_bytes(painter.read_bytes())
    run = artgan("sample", painter)
    assert run.code == 2
    assert "is a style: it draws no pictures of its own" in run.err
    alone = artgan("sample", "--n", "1", "-o", "x.png")
    assert alone.code == 0, alone.err
    assert "the built-in faces" in alone.err
