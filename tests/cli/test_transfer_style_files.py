"""`artgan transfer --save-style`, and painting with what it saves."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from artgan.io.checkpoints import load_tensors, save_tensors
from artgan.io.receipts import read_receipt
from artgan.pipelines.stylefiles import read_style

from conftest import Run

Artgan = Callable[..., Run]
Picture = Callable[..., Path]
FILE = "mine.style.safetensors"


@pytest.fixture(autouse=True)
def _in_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def quick(tiny_encoder: Path) -> list[str]:
    Path("tiny.safetensors").write_bytes(tiny_encoder.read_bytes())
    return ["--encoder-weights", "tiny.safetensors", "--size", "32", "--device", "cpu", "--precision", "float32"]


def pixels(path: str) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image).astype(int)


def test_a_folder_becomes_a_style(artgan: Artgan, picture: Picture, quick: list[str]) -> None:
    for number in range(3):
        picture(f"vangogh/{number}.png", seed=number)
    rows = [{"file": "1.png", "license": "CC0", "author": "V", "bytes": 5}, {"file": "2.png"}]
    Path("vangogh/manifest.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    Path("vangogh/bad.png").write_bytes(b"no picture")
    run = artgan("transfer", "--save-style", FILE, "--style", "vangogh", "--style", "swirls:2", *quick, "--scales", "2")
    assert (run.code, run.lines) == (3, [FILE])
    assert "bad.png" in run.err
    found = json.loads(artgan("show", FILE, "--json").out)["results"][0]
    assert (found["kind"], found["pictures"], found["long sides"]) == ("style", 4, [23, 32])
    assert found["licences"] == {"unknown": 3, "CC0": 1}
    assert found["names"] == ["0.png", "1.png", "2.png", "swirls.jpg"]
    assert found["encoder"]["name"] == "embedded"
    about = json.loads(load_tensors(Path(FILE))[1]["artgan.style"])
    assert [round(p["share"], 3) for p in about["pictures"]] == [0.25, 0.25, 0.25, 2.0]
    assert about["pictures"][1]["author"] == "V"
    assert "licences" in artgan("show", FILE).out.decode()


def test_painting_with_one_picture_s_style_is_painting_with_the_picture(
    artgan: Artgan, picture: Picture, quick: list[str]
) -> None:
    picture("a.png"), picture("b.png", seed=1)
    options = [*quick, "--steps", "5", "--scales", "2", "--seed", "1"]
    assert artgan("transfer", "--save-style", FILE, "--style", "b.png", *quick, "--scales", "2").code == 0
    assert artgan("transfer", "a.png", "--style", "b.png", *options, "-o", "1.png").code == 0
    Path("b.png").rename("gone")
    run = artgan("transfer", "a.png", "--style", FILE, *options, "--json")
    assert run.code == 0, run.err
    (result,) = json.loads(run.out)["results"]
    assert result["path"] == "a-mine.png"
    assert np.array_equal(pixels("1.png"), pixels("a-mine.png"))
    assert result["scores"]["ssim"]["of_style"] == 0
    receipt = read_receipt(Path("a-mine.png"))
    assert receipt is not None
    assert receipt["styles"][0]["name"] == FILE
    run = artgan("transfer", "--from-receipt", "a-mine.png", "-o", "again.png")
    assert Path("again.png").read_bytes() == Path("a-mine.png").read_bytes()


def test_a_file_of_whole_matrices_is_read_and_a_new_one_is_half_as_large(
    artgan: Artgan, picture: Picture, quick: list[str]
) -> None:
    """Files of version 1 hold each symmetric matrix twice over."""
    picture("a.png"), picture("b.png", seed=1)
    options = [*quick, "--steps", "5", "--scales", "1", "--seed", "1"]
    artgan("transfer", "--save-style", FILE, "--style", "b.png", *quick, "--scales", "1")
    tensors, metadata = load_tensors(Path(FILE))
    style = read_style(Path(FILE), torch.device("cpu")).style
    whole = {f"moment.32.{layer}": moment[0] for layer, moment in style.moments[32].items()}
    about = {**json.loads(metadata["artgan.style"]), "version": 1}
    save_tensors(Path("old.style.safetensors"), {**tensors, **whole}, {"artgan.style": json.dumps(about)})
    for layer, moment in whole.items():
        assert torch.equal(moment, moment.T)
        assert tensors[layer].numel() == moment.shape[0] * (moment.shape[0] + 1) // 2
    for name, file in (("new.png", FILE), ("old.png", "old.style.safetensors")):
        assert artgan("transfer", "a.png", "--style", file, *options, "-o", name).code == 0
    assert np.array_equal(pixels("new.png"), pixels("old.png"))


def test_a_style_file_is_mixed_with_pictures(artgan: Artgan, picture: Picture, quick: list[str]) -> None:
    picture("a.png"), picture("b.png", seed=1), picture("c.png", seed=2)
    options = [*quick, "--steps", "5", "--scales", "1", "--seed", "1"]
    artgan("transfer", "--save-style", FILE, "--style", "b.png", *quick, "--scales", "1")
    for name, style in (("pictures.png", "b.png"), ("mixed.png", FILE)):
        run = artgan("transfer", "a.png", "--style", f"{style}:0.3", "--style", "c.png:0.7", *options, "-o", name)
        assert run.code == 0, run.err
    assert np.array_equal(pixels("pictures.png"), pixels("mixed.png"))


def test_what_does_not_fit_is_one_line(artgan: Artgan, picture: Picture, quick: list[str], tiny_encoder: Path) -> None:
    picture("a.png"), picture("b.png", seed=1)
    artgan("transfer", "--save-style", FILE, "--style", "b.png", *quick)
    tensors, metadata = load_tensors(tiny_encoder)
    save_tensors(Path("other.safetensors"), {**tensors, "conv1_1.bias": tensors["conv1_1.bias"] + 1}, metadata)
    save_tensors(Path("plain.safetensors"), {"a": torch.zeros(1)}, {})
    save_tensors(Path("damaged.safetensors"), {"a": torch.zeros(1)}, {"artgan.style": '{"version": 1}'})
    statistics, said = load_tensors(Path(FILE))
    about = json.loads(said["artgan.style"])
    about["encoder"]["name"] = "vgg19"
    first = next(name for name in statistics if name.startswith("moment."))
    cut = {**statistics, first: statistics[first][1:].contiguous()}
    save_tensors(Path("cut.safetensors"), cut, {"artgan.style": json.dumps(about)})
    save_tensors(Path("vgg.safetensors"), statistics, {"artgan.style": json.dumps(about)})
    cases: list[tuple[list[str], int, str]] = [
        ([FILE, "--encoder-weights", "other.safetensors"], 1, "as another file of embedded sees it"),
        ([FILE, "--pooling", "average"], 1, "is a style for --pooling max, not average"),
        ([FILE, "--style-layers", "relu2_2,relu1_1"], 2, "has no statistics of relu2_2; it holds relu1_1, relu2_1"),
        ([FILE, "--keep-color", "1"], 2, "cannot change the colours of a style file: add --color-method luminance"),
        (["vgg.safetensors"], 1, "as the encoder vgg19 sees it, and embedded paints: give --encoder vgg19"),
        (["plain.safetensors"], 1, "it is no style file; --save-style makes one"),
        (["damaged.safetensors"], 1, "its metadata is damaged"),
        (["cut.safetensors"], 1, "its statistics are damaged"),
        (["nowhere.safetensors"], 1, "no such file"),
    ]
    for (style, *options), code, message in cases:
        run = artgan("transfer", "a.png", "--style", style, *quick, *options, "-o", "o.png", "-q")
        assert (run.code, run.out, run.err.count("\n")) == (code, b"", 1), run.err
        assert message in run.err
        assert not Path("o.png").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--save-style", FILE], "--save-style needs pictures"),
        (["--save-style", "x.safetensors", "--style", "swirls"], "is a file ending in .style.safetensors"),
        (["a.png", "--save-style", FILE, "--style", "swirls"], "leave out pictures and --out"),
        (["--save-style", FILE, "--style", FILE], "looks at pictures"),
        (["--save-style", FILE, "--model", "m"], "--save-style goes with --style"),
    ],
)
def test_wrong_usage(artgan: Artgan, arguments: list[str], message: str) -> None:
    run = artgan("transfer", *arguments)
    assert (run.code, run.out, run.err.count("\n")) == (2, b"", 1)
    assert message in run.err
    Path(FILE).write_bytes(b"mine")
    assert artgan("transfer", "--save-style", FILE, "--style", "swirls").code == 1
    assert Path(FILE).read_bytes() == b"mine"
