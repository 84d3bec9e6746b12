"""`artgan transfer` of pictures larger than memory: what is said, and the same picture as in one piece."""

from collections.abc import Callable, Collection
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from torch import Tensor

from artgan.io.receipts import read_receipt
from artgan.models.encoder import Encoder

from conftest import Run

Artgan = Callable[..., Run]
Picture = Callable[..., Path]

LITTLE = "1.2M"
"""Half of what the paintings here take beside the process."""


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In an empty folder, with the memory of the process left out of account."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("artgan.painting.forecast._PROCESS", 0.0)


@pytest.fixture
def paint(artgan: Artgan, picture: Picture, tiny_encoder: Path) -> Artgan:
    """`artgan transfer a.png --style b.png`, by layers that see little, so that small tiles are worth it."""
    Path("tiny.safetensors").write_bytes(tiny_encoder.read_bytes())
    picture("a.png"), picture("b.png", seed=1)
    seeing = ["--content-layers", "relu2_2", "--style-layers", "relu1_1,relu2_1"]
    quick = ["--size", "96", "--steps", "4", "--scales", "2", "--seed", "1", "--device", "cpu"]
    given = [*seeing, *quick, "--precision", "float32", "--encoder-weights", "tiny.safetensors"]

    def run(*options: str | Path) -> Run:
        return artgan("transfer", "a.png", "--style", "b.png", *given, *options)

    return run


def assert_alike(one: str, other: str) -> None:
    with Image.open(one) as first, Image.open(other) as second:
        difference = np.abs(np.asarray(first).astype(int) - np.asarray(second).astype(int))
    assert difference.max() <= 2
    assert difference.mean() < 0.02


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--optimizer", "lbfgs"],
        ["--style", "b.png@mask.png", "--style-loss", "wasserstein", "--content-weight", "2"],
        ["--style-loss", "moments", "--keep-color", "1", "--init", "noise"],
    ],
)
def test_a_limit_is_kept_to_by_tiles_of_the_same_picture(
    artgan: Artgan, paint: Artgan, picture: Picture, options: list[str]
) -> None:
    ramp = np.linspace(0, 255, 48).astype(np.uint8)
    Image.fromarray(np.tile(ramp, (36, 1))).save("mask.png")
    assert paint(*options, "-o", "whole.png").code == 0
    limit = "1.6M" if "lbfgs" in options else LITTLE
    run = paint(*options, "-o", "tiles.png", "--max-memory", limit)
    assert (run.code, run.lines) == (0, ["tiles.png"]), run.err
    assert run.err.count("96x72 px go through the encoder in tiles of about ") == 1
    assert_alike("whole.png", "tiles.png")
    whole, tiles = read_receipt(Path("whole.png")), read_receipt(Path("tiles.png"))
    assert whole is not None
    assert tiles is not None
    assert "pixels_at_once" not in whole
    assert 400 <= tiles["pixels_at_once"] < 96 * 72
    assert tiles["options"] == whole["options"]
    run = artgan("transfer", "--from-receipt", "tiles.png", "-o", "again.png")
    assert run.code == 0, run.err
    assert Path("again.png").read_bytes() == Path("tiles.png").read_bytes(), "cut as it was, without its limit"


def test_what_is_free_is_a_limit_too(paint: Artgan, monkeypatch: pytest.MonkeyPatch) -> None:
    assert paint("-o", "whole.png").code == 0
    monkeypatch.setattr("artgan.painting.room.free_memory", lambda device: 1.3e6)
    run = paint("-o", "tiles.png")
    assert run.code == 0
    assert "in tiles of about" in run.err
    assert_alike("whole.png", "tiles.png")


def test_memory_that_runs_out_is_told_in_a_line(paint: Artgan, monkeypatch: pytest.MonkeyPatch) -> None:
    assert paint("-o", "whole.png").code == 0
    forward = Encoder.forward
    left = 3

    def fails_once(self: Encoder, images: Tensor, layers: Collection[str]) -> dict[str, Tensor]:
        nonlocal left
        left -= images.requires_grad
        if left == 0:
            left = -1
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 1073741824 bytes.")
        return forward(self, images, layers)

    with monkeypatch.context() as patched:
        patched.setattr(Encoder, "forward", fails_once)
        run = paint("-o", "tiles.png")
    assert (run.code, run.lines) == (0, ["tiles.png"]), run.err
    assert run.err.count("out of memory at 96x72 px: going on in tiles of about 41x41 px") == 1
    assert_alike("whole.png", "tiles.png")

    def fails(self: Encoder, images: Tensor, layers: Collection[str]) -> dict[str, Tensor]:
        raise MemoryError

    monkeypatch.setattr(Encoder, "forward", fails)
    run = paint("-o", "never.png", "-q")
    assert (run.code, run.out, run.err.count("\n")) == (1, b"", 1), run.err
    assert "out of memory at " in run.err
    assert not Path("never.png").exists()


@pytest.mark.parametrize(
    ("limit", "code", "message"),
    [
        ("0.5M", 1, "--max-memory is too little for this size"),
        ("1.2M", 1, "--optimizer adam takes the least"),
        ("lots", 2, "--max-memory is a size such as 4G or 800M, not 'lots'"),
    ],
)
def test_what_cannot_be_is_one_line(paint: Artgan, limit: str, code: int, message: str) -> None:
    run = paint("--max-memory", limit, "--optimizer", "lbfgs", "-o", "o.png", "-q")
    assert (run.code, run.out, run.err.count("\n")) == (code, b"", 1), run.err
    assert message in run.err
    assert not Path("o.png").exists()
