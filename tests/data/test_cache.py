"""The decoded pictures: mapped, checked by the manifest they are from, and an ordinary npy file."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from artgan.data.cache import fingerprint, read_cache, read_pixels, write_cache
from artgan.errors import PictureError

MANIFEST = "ab" * 32


@pytest.fixture
def pixels(tmp_path: Path) -> np.ndarray:
    pixels = np.random.default_rng(0).integers(0, 256, (3, 8, 8, 3), dtype=np.uint8)
    for number, picture in enumerate(pixels):
        Image.fromarray(picture).save(tmp_path / f"{number}.png")
    return pixels


def test_a_cache_holds_the_pictures(tmp_path: Path, pixels: np.ndarray) -> None:
    tags = np.eye(3, dtype=np.uint8)
    mark = write_cache(tmp_path, ["0.png", "1.png", "2.png"], 8, tags, MANIFEST)
    found = read_cache(tmp_path, MANIFEST)
    assert found is not None
    assert isinstance(found[0], np.memmap)
    assert (found[0] == pixels).all()
    assert found[1] == mark == fingerprint(pixels, tags)
    assert (np.load(tmp_path / "pixels.npy") == pixels).all()


@pytest.mark.parametrize("keep", [0, 100, -64, -1])
def test_a_damaged_cache_is_none(tmp_path: Path, pixels: np.ndarray, keep: int) -> None:
    write_cache(tmp_path, ["0.png"], 8, None, MANIFEST)
    path = tmp_path / "pixels.npy"
    path.write_bytes(path.read_bytes()[:keep])
    assert read_cache(tmp_path, MANIFEST) is None


def test_a_cache_of_another_manifest_is_stale(tmp_path: Path, pixels: np.ndarray) -> None:
    write_cache(tmp_path, ["0.png"], 8, None, MANIFEST)
    assert read_cache(tmp_path, "cd" * 32) is None


def test_fingerprints_tell_data_apart(pixels: np.ndarray) -> None:
    tags = np.zeros((3, 2), np.uint8)
    other = tags.copy()
    other[0, 0] = 1
    marks = {fingerprint(pixels, None), fingerprint(pixels, tags), fingerprint(pixels, other)}
    marks |= {fingerprint(pixels[:2], None), fingerprint(pixels[::-1], None)}
    assert len(marks) == 5
    assert fingerprint(list(pixels), tags) == fingerprint(pixels, tags)


def test_a_square_of_another_size_is_told(tmp_path: Path, pixels: np.ndarray) -> None:
    with pytest.raises(PictureError, match="8×8, not 16×16"):
        read_pixels(tmp_path / "0.png", 16)
