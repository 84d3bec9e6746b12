"""`artgan sample` as typed: exit code, standard output, standard error, and what is left on disk."""

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from artgan.io.receipts import read_receipt

from conftest import Run

Artgan = Callable[..., Run]


@pytest.fixture(autouse=True)
def _in_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")


@pytest.fixture
def sample(artgan: Artgan, tiny_models: dict[str, Path]) -> Artgan:
    """`artgan sample CGAN ...` on the CPU."""

    def run(*arguments: str | Path) -> Run:
        return artgan("sample", tiny_models["cgan"], *arguments, "--device", "cpu")

    return run


def pixels(path: str | Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def test_draws_and_prints_the_path(sample: Artgan) -> None:
    run = sample("--seed", "3")
    assert (run.code, run.lines) == (0, ["samples/tiny-cgan-seed0003.png"])
    assert "model tiny-cgan, seed 3, hair and eyes drawn, cpu float32" in run.err
    assert pixels(run.lines[0]).shape == (16, 16, 3)
    assert [path.name for path in Path().iterdir()] == ["samples"]


def test_seeds_not_given_are_drawn_printed_and_stored(sample: Artgan) -> None:
    run = sample("-n", "3", "-o", "out")
    first = int(Path(run.lines[0]).stem.rpartition("seed")[2])
    assert [Path(line).stem for line in run.lines] == [f"tiny-cgan-seed{first + i:04d}" for i in range(3)]
    assert f"seeds {first}-{first + 2}" in run.err
    receipt = read_receipt(Path(run.lines[1]))
    assert receipt is not None
    assert receipt["seeds"] == str(first + 1)


def test_same_seed_same_file_alone_and_among_others(sample: Artgan) -> None:
    sample("--seeds", "0-6", "-o", "many")
    sample("--seeds", "5", "-o", "alone.png")
    assert Path("many/tiny-cgan-seed0005.png").read_bytes() == Path("alone.png").read_bytes()
    assert len({path.read_bytes() for path in Path("many").iterdir()}) == 7
    sample("--seeds", "0-6", "-o", "batches", "--batch-size", "4")
    for name in (path.name for path in Path("many").iterdir()):
        assert np.abs(pixels(f"many/{name}").astype(int) - pixels(f"batches/{name}")).max() <= 1


def test_the_receipt_says_how(sample: Artgan, tiny_models: dict[str, Path]) -> None:
    sample("--seeds", "4", "--tags", "dark_blue hair", "--truncation", "0.7", "-o", "a.webp")
    receipt = read_receipt(Path("a.webp"))
    assert receipt is not None
    assert (receipt["command"], receipt["kind"], receipt["seeds"]) == ("sample", "picture", "4")
    assert receipt["tags"]["hair"] == ["dark blue"]
    assert receipt["tags"]["eyes"] in (["gray"], ["aqua"])
    assert receipt["options"]["truncation"] == 0.7
    assert receipt["precision"] == "float32"
    assert receipt["model"]["spec"]["vocabulary"]["eyes"] == ["gray", "aqua"]
    assert len(receipt["model"]["sha256"]) == 64
    assert str(Path.cwd().parent) not in json.dumps(receipt)  # names, never folders
    assert str(tiny_models["cgan"].parent.parent) not in json.dumps(receipt)


def test_tags_are_seen(sample: Artgan) -> None:
    for name, tags in (("a", "red hair, gray eyes"), ("b", "hair=green; gray_eyes"), ("c", "red hair, gray eyes")):
        assert sample("--seed", "1", "--tags", tags, "-o", f"{name}.png").code == 0
    assert np.array_equal(pixels("a.png"), pixels("c.png"))
    assert not np.array_equal(pixels("a.png"), pixels("b.png"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--tags", "rde hair"], "Did you mean 'red hair'?"),
        (["--by", "eye"], "Did you mean 'eyes'?"),
        (["--by", "hair", "--tags", "red hair"], "leave 'red hair' out of --tags"),
        (["--interpolate", "latents", "--seeds", "3"], "two seeds or more"),
        (["-n", "2", "-o", "a.png"], "--grid"),
        (["-n", "2", "-o", "-"], "--grid puts them on one sheet"),
        (["-o", "a.bmp"], "must end in one of"),
        (["-o", "a.gif"], "is for loops"),
        (["-o", "a.png", "--format", "jpg"], "different formats"),
        (["-o", "-", "--format", "webp"], "-o - writes one PNG"),
        (["-o", "-", "--interpolate", "latents"], "-o - writes one PNG"),
        (["-o", "a.png", "--interpolate", "latents"], "a loop is written as .webp, .gif, .mp4"),
        (["-o", "-", "--json"], "both want standard output"),
    ],
)
def test_mistakes_are_one_line_and_leave_nothing(sample: Artgan, arguments: list[str], message: str) -> None:
    run = sample(*arguments, "-q")
    assert (run.code, run.out) == (2, b"")
    assert message in run.err
    assert run.err.count("\n") == 1
    assert list(Path().iterdir()) == []


def test_a_model_without_tags(artgan: Artgan, tiny_models: dict[str, Path]) -> None:
    assert artgan("sample", tiny_models["dcgan"], "--seed", "0", "-q").lines == ["samples/tiny-dcgan-seed0000.png"]
    for arguments in (["--tags", "red hair"], ["--by", "hair"], ["--interpolate", "tags"]):
        run = artgan("sample", tiny_models["dcgan"], *arguments)
        assert run.code == 2
        assert "was trained without tags" in run.err


def test_collisions_are_found_before_work(sample: Artgan) -> None:
    sample("--seeds", "2")
    before = Path("samples/tiny-cgan-seed0002.png").stat().st_mtime_ns
    run = sample("--seeds", "0-3")
    assert run.code == 1
    assert "exists already" in run.err
    assert len(list(Path("samples").iterdir())) == 1
    assert sample("--seeds", "0-3", "--force").code == 0
    assert Path("samples/tiny-cgan-seed0002.png").stat().st_mtime_ns > before


def test_a_grid_is_one_sheet_and_can_be_piped(sample: Artgan) -> None:
    run = sample("--seeds", "0-4", "--grid", "--scale", "2", "-o", "-")
    with Image.open(io.BytesIO(run.out)) as sheet:
        assert (sheet.format, sheet.size) == ("PNG", (3 * 32 + 4, 2 * 32 + 2))
    assert sample("--grid", "--seed", "0", "-q").lines == ["samples/tiny-cgan-grid-seed0000-0015.png"]


def test_labelled_sheets(sample: Artgan) -> None:
    run = sample("--grid", "--by", "hair,eyes", "--seed", "4", "-q")
    assert run.lines == ["samples/tiny-cgan-by-hair-eyes-seed0004.png"]
    assert pixels(run.lines[0]).shape[1] > 3 * 64
    assert sample("--by", "hair", "--seeds", "1,2", "-o", "one.jpg").code == 0
    assert pixels("one.jpg").shape[0] > 2 * 64


@pytest.mark.parametrize("name", ["loop.webp", "loop.gif"])
def test_loops(sample: Artgan, name: str) -> None:
    arguments = ["--interpolate", "latents", "--seeds", "1,2", "--frames", "6", "--fps", "10", "--scale", "2"]
    assert sample(*arguments, "-o", name).lines == [name]
    with Image.open(name) as loop:
        assert (loop.n_frames, loop.size, loop.info["loop"]) == (6, (32, 32), 0)
        assert loop.info.get("duration") in (100, None)
    receipt = read_receipt(Path(name))
    assert receipt is not None
    assert receipt["kind"] == "loop"
    run = sample("--interpolate", "tags", "--frames", "4", "--seed", "0")
    assert run.lines == ["samples/tiny-cgan-tags-hair-seed0000.webp"]
    assert "hair" not in run.err.replace("tags-hair", ""), "the hair is gone through, not drawn"


def test_mp4_without_its_extra_says_what_to_install(sample: Artgan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)  # type: ignore[arg-type]  # makes its import fail
    run = sample("--interpolate", "latents", "-o", "loop.mp4")
    assert (run.code, list(Path().iterdir())) == (2, [])
    assert "pip install 'artgan[video]'" in run.err


def test_json_is_one_document(sample: Artgan) -> None:
    document = json.loads(sample("--seeds", "0,4", "--tags", "red hair", "--json").out)
    assert [result["seeds"] for result in document["results"]] == [[0], [4]]
    assert document["results"][0]["tags"]["hair"] == ["red"]
    assert document["results"][0]["width"] == 16


@pytest.mark.parametrize(
    "arguments",
    [
        ["--tags", "red hair", "--truncation", "0.9", "-o", "a.png"],
        ["-o", "a.jpg", "--scale", "2"],
        ["--grid", "--seeds", "0-4", "-o", "a.png", "--batch-size", "2"],
        ["--by", "eyes,hair", "-o", "a.webp"],
        ["--interpolate", "latents", "-n", "2", "--frames", "5", "-o", "a.gif"],
        ["--interpolate", "tags", "-n", "2", "--frames", "5", "-o", "a.webp"],
    ],
    ids=" ".join,
)
def test_drawn_again_from_the_receipt(artgan: Artgan, sample: Artgan, tiny_models, arguments: list[str]) -> None:  # type: ignore[no-untyped-def]
    Path("model.safetensors").write_bytes(tiny_models["cgan"].read_bytes())
    assert artgan("sample", "model.safetensors", *arguments).code == 0
    made = Path(arguments[-1] if arguments[-2] == "-o" else next(a for a in arguments if a.startswith("a.")))
    run = artgan("sample", "--from-receipt", made, "-o", "again/")
    assert run.code == 0, run.err
    assert Path(run.lines[0]).suffix == made.suffix
    assert Path(run.lines[0]).read_bytes() == made.read_bytes()


def test_drawn_again_with_changes(artgan: Artgan, tiny_models: dict[str, Path]) -> None:
    Path("model.safetensors").write_bytes(tiny_models["cgan"].read_bytes())
    artgan("sample", "model.safetensors", "--seed", "3", "-o", "a.png")
    run = artgan("sample", "--from-receipt", "a.png", "--scale", "3", "-o", "b.jpg")
    assert run.code == 0, run.err
    assert pixels("b.jpg").shape == (48, 48, 3)
    assert artgan("sample", "--from-receipt", "a.png", "-n", "2", "--seed", "5", "-o", "c/", "-q").code == 0
    assert len(list(Path("c").iterdir())) == 2


def test_drawn_again_with_another_model_says_so(artgan: Artgan, tiny_models: dict[str, Path]) -> None:
    Path("model.safetensors").write_bytes(tiny_models["cgan"].read_bytes())
    artgan("sample", "model.safetensors", "--seed", "3", "-o", "a.png")
    Path("model.safetensors").write_bytes(tiny_models["dcgan"].read_bytes())
    run = artgan("sample", "--from-receipt", "a.png", "-o", "b.png")
    assert run.code == 1
    assert "has other weights" in run.err
    run = artgan("sample", "model.safetensors", "--from-receipt", "a.png", "-o", "b.png")
    assert run.code == 0
    assert "another model: SHA-256" in run.err


def test_pictures_without_a_receipt_cannot_be_drawn_again(artgan: Artgan, picture: Callable[..., Path]) -> None:
    run = artgan("sample", "--from-receipt", picture("x.png"))
    assert (run.code, "has no receipt" in run.err) == (2, True)


def test_drawn_again_takes_no_configuration(artgan: Artgan) -> None:
    Path("y.toml").write_text("[sample]\nscale = 2\n")
    run = artgan("sample", "--from-receipt", "x.png", "--config", "y.toml")
    assert (run.code, "leave out --config" in run.err) == (2, True)


def test_without_a_model_the_newest_run(artgan: Artgan, tiny_models: dict[str, Path]) -> None:
    run_folder = Path("runs/00004-cgan-x")
    run_folder.mkdir(parents=True)
    (run_folder / "config.json").write_text("{}")
    (run_folder / "model.safetensors").write_bytes(tiny_models["cgan"].read_bytes())
    run = artgan("sample", "--seed", "1")
    assert run.lines == ["samples/00004-cgan-x-seed0001.png"]
    assert "runs/00004-cgan-x/model.safetensors, of the newest run" in run.err


def test_a_pipe_into_transfer(artgan: Artgan, sample: Artgan, picture, tiny_encoder: Path) -> None:  # type: ignore[no-untyped-def]
    drawn = sample("-o", "-", "--seed", "2").out
    options = ["--encoder-weights", tiny_encoder, "--size", "32", "--steps", "2", "--device", "cpu"]
    run = artgan("transfer", "-", "--style", picture("style.png"), "-o", "out.png", *options, stdin=drawn)
    assert run.code == 0, run.err
    assert pixels("out.png").shape == (32, 32, 3)


def test_damaged_models_are_one_line(artgan: Artgan) -> None:
    Path("x.safetensors").write_bytes(b"no model")
    run = artgan("sample", "x.safetensors")
    assert (run.code, run.err.count("\n")) == (1, 1)
