"""GIF and WebP written frame by frame: times, loops, transparency, number of frames, receipts."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from artgan.errors import OutputError
from artgan.io.frames import Levels
from artgan.io.gif import write_gif
from artgan.io.receipts import read_receipt
from artgan.io.webp import write_webp

from film_files import pan, read_animation

WRITERS = {".gif": write_gif, ".webp": write_webp}
RECEIPT = {"command": "transfer", "note": "x" * 700 + "é"}
TIMES = [30, 70, 100, 40]


def write(path: Path, frames: list[Levels], **options: Any) -> Path:
    writer: Callable[..., None] = WRITERS[path.suffix]
    with path.open("wb") as stream:
        writer(stream, zip(frames, TIMES, strict=False), **{"receipt": RECEIPT, **options})
    return path


@pytest.mark.parametrize("suffix", WRITERS)
def test_what_is_written_comes_back(tmp_path: Path, suffix: str) -> None:
    frames = pan()
    path = write(tmp_path / f"a{suffix}", frames)
    seen, times, loop = read_animation(path)
    assert (times, loop) == (TIMES, 0)
    for one, other in zip(seen, frames, strict=True):
        assert np.abs(one[..., :3].astype(int) - other).mean() < 8
        assert (one[..., 3] == 255).all()
    assert read_receipt(path) == RECEIPT


@pytest.mark.parametrize("suffix", WRITERS)
def test_frames_that_are_alike_stay_frames(tmp_path: Path, suffix: str) -> None:
    """And where nothing changes, not a level does, but for the one pixel that an empty frame is made of."""
    frames = [frame.copy() for frame in pan(1) * 4]
    frames[2][5:9, 11:17] = (255, 0, 0)
    frames[3][5:9, 11:17] = (255, 0, 0)
    seen, times, _ = read_animation(write(tmp_path / f"a{suffix}", frames))
    assert times == TIMES
    assert np.array_equal(seen[0][1:], seen[1][1:])
    assert np.array_equal(seen[2][1:], seen[3][1:])
    assert np.array_equal(seen[1][12:], seen[2][12:])
    assert np.abs(seen[2][6:8, 12:16, :3].astype(int) - (255, 0, 0)).mean() < 40


@pytest.mark.parametrize("suffix", WRITERS)
@pytest.mark.parametrize("plays", [0, 1, 2, 5])
def test_loops(tmp_path: Path, suffix: str, plays: int) -> None:
    *_, loop = read_animation(write(tmp_path / f"a{suffix}", pan(2), plays=plays))
    gif = {0: 0, 1: None, 2: 1, 5: 4}
    assert loop == (gif[plays] if suffix == ".gif" else plays)


@pytest.mark.parametrize("suffix", WRITERS)
def test_transparency(tmp_path: Path, suffix: str) -> None:
    """Of each frame: what was seen before is not left behind where nothing is seen now."""
    frames = []
    for number, frame in enumerate(pan(3)):
        alpha = np.full(frame.shape[:2], 255, np.uint8)
        alpha[:, 8 * number : 8 * number + 8] = 0
        alpha[0] = 200
        frames.append(np.dstack([frame, alpha]))
    seen, *_ = read_animation(write(tmp_path / f"a{suffix}", frames))
    for one, other in zip(seen, frames, strict=True):
        wanted = other[..., 3] if suffix == ".webp" else np.where(other[..., 3] >= 128, 255, 0)
        assert np.array_equal(one[..., 3], wanted)


def test_a_palette_is_kept_while_it_serves(tmp_path: Path) -> None:
    """Noise changes no colours of a picture that stands still; a new picture gets colours of its own."""
    rng = np.random.default_rng(0)
    still = pan(1, height=64, width=96)[0].astype(int)
    noisy = [np.clip(still + rng.integers(-1, 2, still.shape), 0, 255).astype(np.uint8) for _ in range(3)]
    other = pan(1, height=64, width=96, seed=5)[0]
    seen, *_ = read_animation(write(tmp_path / "a.gif", [*noisy, other]))
    colours = [{tuple(pixel) for pixel in frame.reshape(-1, 4).tolist()} for frame in seen]
    assert len(colours[0] | colours[1] | colours[2]) <= 256
    assert len(colours[0] | colours[3]) > 256
    assert np.abs(seen[3][..., :3].astype(int) - other).mean() < 8


@pytest.mark.parametrize("suffix", WRITERS)
@pytest.mark.parametrize("shapes", [[], [(4, 4, 3), (4, 5, 3)], [(4, 4, 3), (4, 4, 4)]])
def test_frames_must_be_there_and_of_one_size(tmp_path: Path, suffix: str, shapes: list[tuple[int, ...]]) -> None:
    with pytest.raises(ValueError, match="all of one size"):
        write(tmp_path / f"a{suffix}", [np.zeros(shape, np.uint8) for shape in shapes])


@pytest.mark.parametrize("suffix", WRITERS)
def test_without_a_receipt(tmp_path: Path, suffix: str) -> None:
    assert read_receipt(write(tmp_path / f"a{suffix}", pan(2), receipt=None)) is None


def test_what_a_webp_cannot_hold_is_told(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="a WebP holds 16383 pixels a side, and this one has 16384x1"):
        write(tmp_path / "a.webp", [np.zeros((1, 16384, 3), np.uint8)])
