"""Near duplicates are found through what copying does to pictures; different pictures stay apart, also at scale."""

import io
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from artgan.data.duplicates import Hashes, Match, Seen, cluster, hashes

Pixels = NDArray[np.uint8]


def scene(seed: int, side: int = 96) -> Pixels:
    """Soft coloured patches with some hard ones: as unlike each other as photographs."""
    random = np.random.default_rng(seed)
    coarse = Image.fromarray(random.integers(0, 256, (6, 6, 3), dtype=np.uint8))
    pixels = np.array(coarse.resize((side, side), Image.Resampling.BICUBIC))
    for _ in range(4):
        left, top = random.integers(0, side * 3 // 4, 2)
        pixels[top : top + side // 5, left : left + side // 4] = random.integers(0, 256, 3)
    return pixels


def jpeg(pixels: Pixels, quality: int) -> Pixels:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "JPEG", quality=quality)
    return np.asarray(Image.open(stream))


def rescaled(pixels: Pixels, side: int) -> Pixels:
    return np.asarray(Image.fromarray(pixels).resize((side, side), Image.Resampling.LANCZOS))


def cropped(pixels: Pixels, part: float) -> Pixels:
    side = len(pixels)
    margin = side * part
    box = (margin, margin, side - margin, side - margin)
    return np.asarray(Image.fromarray(pixels).resize((side, side), Image.Resampling.LANCZOS, box=box))


COPIES = {
    "jpeg": lambda pixels: jpeg(pixels, 40),
    "smaller": lambda pixels: rescaled(pixels, 64),
    "larger": lambda pixels: rescaled(pixels, 200),
    "cropped": lambda pixels: cropped(pixels, 0.01),
    "darker": lambda pixels: (pixels * 0.85).astype(np.uint8),
    "mirrored": lambda pixels: np.ascontiguousarray(pixels[:, ::-1]),
    "mirrored jpeg": lambda pixels: jpeg(np.ascontiguousarray(pixels[:, ::-1]), 60),
}


@pytest.mark.parametrize("copy", COPIES)
def test_copies_are_found(copy: str) -> None:
    pictures = [scene(seed) for seed in range(20)]
    both = [hashes(pixels) for pixels in pictures + [COPIES[copy](pixels) for pixels in pictures]]
    np.testing.assert_array_equal(cluster(both), list(range(20)) * 2)


def test_other_pictures_stay_apart() -> None:
    found = [hashes(scene(seed)) for seed in range(300)]
    np.testing.assert_array_equal(cluster(found), np.arange(300))


def test_upside_down_is_another_picture() -> None:
    pixels = scene(1)
    assert cluster([hashes(pixels), hashes(pixels[::-1].copy())]).tolist() == [0, 1]


def test_the_same_drawing_in_another_colour_is_another_picture() -> None:
    y, x = np.mgrid[0:96, 0:96]
    red = scene(4)
    blue = red.copy()
    hair = (y - 30) ** 2 + (x - 48) ** 2 < 32**2
    red[hair], blue[hair] = (200, 60, 50), (40, 110, 200)
    first, second = hashes(red), hashes(blue)
    assert (first.dhash ^ second.dhash).bit_count() <= 6
    assert cluster([first, second]).tolist() == [0, 1]


def test_flat_pictures_are_together_only_if_alike() -> None:
    colours = [(255, 255, 255), (0, 0, 0), (254, 255, 255), (120, 120, 120), (200, 20, 20), (20, 20, 200)]
    found = [hashes(np.full((64, 64, 3), colour, dtype=np.uint8)) for colour in colours]
    assert cluster(found).tolist() == [0, 1, 0, 2, 3, 4]


def test_chains_are_one_cluster() -> None:
    def looks(bits: int) -> Hashes:
        return Hashes(bits, bits, ~bits & (2**64 - 1), ~bits & (2**64 - 1), 100.0, 100.0, 100.0, 40.0)

    items = [looks(0), looks(0xFFFF0000FFFF0000), looks(0b111111), looks(0b111111111111)]
    assert cluster(items, threshold=6).tolist() == [0, 1, 0, 0]
    assert cluster(items, threshold=5).tolist() == [0, 1, 2, 3]


def test_both_hashes_must_agree() -> None:
    first = Hashes(5, 0, 7, 9, 100.0, 100.0, 100.0, 40.0)
    second = Hashes(5, 2**40 - 1, 7, 2**41 - 1, 100.0, 100.0, 100.0, 40.0)
    assert cluster([first, second]).tolist() == [0, 1]


@pytest.mark.parametrize("threshold", [-1, 65])
def test_thresholds_are_bits(threshold: int) -> None:
    with pytest.raises(ValueError, match="64"):
        cluster([], threshold=threshold)


def test_none_is_no_cluster() -> None:
    assert cluster([]).tolist() == []


def test_frames_of_a_film_take_no_longer_than_other_pictures() -> None:
    frames = [Hashes(5, 9, 7, 11, 100.0 + number / 1e4, 100.0, 100.0, 30.0) for number in range(2500)]
    start = time.perf_counter()
    assert not cluster(frames).any()
    assert time.perf_counter() - start < 5


def random_hashes(count: int) -> list[Hashes]:
    random = np.random.default_rng(0)
    bits = random.integers(0, 2**64, (count, 4), dtype=np.uint64).tolist()
    return [Hashes(*four, 90.0, 90.0, 90.0, 40.0) for four in bits]


def test_many_across_all_blocks() -> None:
    items = random_hashes(9000)
    twins = {100: 8900, 255: 256, 4095: 4096, 0: 4500}
    for one, other in twins.items():
        old = items[one]
        items[other] = Hashes(old.dhash_mirrored ^ 3, old.phash_mirrored ^ 8, 1, 2, 92.0, 91.0, 90.0, 40.0)
    start = time.perf_counter()
    numbers = cluster(items)
    assert time.perf_counter() - start < 5
    assert numbers.max() == 9000 - 4 - 1
    assert all(numbers[one] == numbers[other] for one, other in twins.items())


def test_text_and_back() -> None:
    looks = hashes(scene(0))
    assert Hashes.from_text(looks.to_text()) == looks
    assert len(looks.to_text().split()) == 1
    for text in ("", "abc", looks.to_text()[1:], looks.to_text() + "-1"):
        with pytest.raises(ValueError, match=r"hashes|float|int"):
            Hashes.from_text(text)


def test_seen_knows_bytes_and_looks() -> None:
    seen = Seen()
    for seed in range(300):
        assert seen.find(str(seed), hashes(scene(seed))) is None
        seen.add(f"key{seed}", str(seed), hashes(scene(seed)))
    assert len(seen) == 300
    assert seen.find("7", None) == Match("key7", exact=True)
    assert seen.find("new", hashes(COPIES["mirrored jpeg"](scene(299)))) == Match("key299", exact=False)
    assert seen.find("new", hashes(scene(1000))) is None
    seen.add("later", "7", hashes(scene(7)))
    assert seen.find("7") == Match("key7", exact=True)
    seen.add("bytes only", "b")
    assert seen.find("b", hashes(scene(3))) == Match("bytes only", exact=True)


def test_mirror_twins_of_real_drawings(real_data: Path) -> None:
    with zipfile.ZipFile(real_data / "anime64_tagged.zip") as archive:
        names = [name for name in sorted(archive.namelist()) if name.endswith((".jpg", ".png"))][:300]
        pictures = [np.asarray(Image.open(io.BytesIO(archive.read(name))).convert("RGB")) for name in names]
    found = [hashes(pixels) for pixels in pictures]
    alone = cluster(found)
    mirrored = cluster(found + [hashes(np.ascontiguousarray(pixels[:, ::-1])) for pixels in pictures])
    np.testing.assert_array_equal(mirrored[300:], alone)
