"""Squares lie where the crop says, keep their aspect, and come again for the same seed."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from artgan.data.boxes import Box
from artgan.data.crops import CROPS, cut, decode_at_least, enlarges, find_boxes
from artgan.errors import UsageError


def ramp(height: int, width: int) -> NDArray[np.uint8]:
    """Red tells the column, green the row."""
    y, x = np.mgrid[0:height, 0:width]
    return np.stack([x * 255 / width, y * 255 / height, 0 * x], axis=-1).astype(np.uint8)


@pytest.mark.parametrize(
    ("size", "crop", "expected"),
    [
        ((200, 100), "center", (50, 0, 150, 100)),
        ((100, 200), "center", (0, 50, 100, 150)),
        ((64, 64), "center", (0, 0, 64, 64)),
        ((200, 100), "pad", (0, -50, 200, 150)),
        ((100, 200), "pad", (-50, 0, 150, 200)),
        ((200, 100), "entropy", (50, 0, 150, 100)),
    ],
)
def test_where_the_square_is(size: tuple[int, int], crop: str, expected: tuple[int, ...]) -> None:
    flat = np.full((size[1], size[0], 3), 90, dtype=np.uint8)
    assert [box.rounded() for box in find_boxes(flat, crop, size=64)] == [expected]


@pytest.mark.parametrize("tall", [False, True])
@pytest.mark.parametrize("place", [0, 130, 300])
def test_entropy_finds_the_detail(tall: bool, place: int) -> None:
    pixels = np.full((100, 400, 3), 120, dtype=np.uint8)
    pixels[20:80, place : place + 90] = np.random.default_rng(0).integers(60, 200, (60, 90, 3))
    box = find_boxes(pixels.transpose(1, 0, 2) if tall else pixels, "entropy", size=64)[0]
    start, end = (box.top, box.bottom) if tall else (box.left, box.right)
    assert end - start == 100
    assert start <= place + 3
    assert place + 87 <= end


def test_one_hard_edge_does_not_outweigh_texture() -> None:
    pixels = np.full((100, 400, 3), 10, dtype=np.uint8)
    pixels[:, 60:] = 245
    pixels[:, 300:] = np.random.default_rng(0).integers(120, 180, (100, 100, 3))
    assert find_boxes(pixels, "entropy", size=64)[0].left > 280


def test_random_squares_differ_and_come_again() -> None:
    pixels = ramp(300, 500)
    boxes = find_boxes(pixels, "random", size=64, count=6, seed=1, key="a.jpg")
    assert len(set(boxes)) == 6
    assert len({box.side for box in boxes}) > 2
    assert all(box.left >= 0 and box.top >= 0 and box.right <= 500 and box.bottom <= 300 for box in boxes)
    assert all(box.side >= 150 and box.right - box.left == box.bottom - box.top for box in boxes)
    assert boxes == find_boxes(pixels, "random", size=64, count=6, seed=1, key="a.jpg")
    assert boxes[:3] == find_boxes(pixels, "random", size=64, count=3, seed=1, key="a.jpg")
    assert boxes != find_boxes(pixels, "random", size=64, count=6, seed=2, key="a.jpg")
    assert boxes != find_boxes(pixels, "random", size=64, count=6, seed=1, key="b.jpg")


def test_random_squares_are_not_enlarged_where_there_is_room() -> None:
    boxes = find_boxes(ramp(100, 140), "random", size=90, count=8, key="a")
    assert not any(enlarges(box, 90) for box in boxes)
    assert find_boxes(ramp(64, 64), "random", size=64, count=5) == [Box(0, 0, 64, 64)]


@pytest.mark.parametrize(("width", "height"), [(300, 200), (200, 300), (256, 256), (257, 255)])
@pytest.mark.parametrize("crop", ["center", "entropy", "random", "pad"])
def test_nothing_is_squashed(width: int, height: int, crop: str) -> None:
    """One pixel of the square covers the same number of columns as of rows."""
    y, x = np.mgrid[0:height, 0:width]
    pixels = np.stack([x * 0.8, y * 0.8, 0 * x], axis=-1).astype(np.uint8)
    box = find_boxes(pixels, crop, size=64, key="x")[0]
    square = cut(pixels, box, 64)
    assert square.shape == (64, 64, 3)
    middle = square[24:40, 24:40].astype(float)
    across, down = (middle[:, -1, 0] - middle[:, 0, 0]).mean(), (middle[-1, :, 1] - middle[0, :, 1]).mean()
    expected = 15 * 0.8 * (box.right - box.left) / 64
    assert across == pytest.approx(expected, abs=1.1)
    assert down == pytest.approx(expected, abs=1.1)


def test_a_cut_of_the_right_size_keeps_every_pixel() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    np.testing.assert_array_equal(cut(pixels, Box(0, 0, 64, 64), 64), pixels)


def test_a_cut_is_lanczos_of_the_box() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (120, 150, 3), dtype=np.uint8)
    expected = Image.fromarray(pixels[10:110, 30:130]).resize((50, 50), Image.Resampling.LANCZOS)
    inner = (slice(4, -4), slice(4, -4))  # at the rim the filter sees what lies outside of the box
    np.testing.assert_array_equal(cut(pixels, Box(30, 10, 130, 110), 50)[inner], np.asarray(expected)[inner])


def test_what_pad_puts_around() -> None:
    pixels = ramp(40, 80)
    box = find_boxes(pixels, "pad", size=80)[0]
    mirrored = cut(pixels, box, 80)
    np.testing.assert_array_equal(mirrored[20:60], pixels)
    np.testing.assert_array_equal(mirrored[:20], pixels[:20][::-1])
    np.testing.assert_array_equal(mirrored[60:], pixels[20:][::-1])
    assert (cut(pixels, box, 80, fill="edge")[:20] == pixels[0]).all()
    assert (cut(pixels, box, 80, fill="background", background=(1, 2, 3))[60:] == (1, 2, 3)).all()
    assert cut(ramp(2, 300), find_boxes(ramp(2, 300), "pad", size=64)[0], 64).shape == (64, 64, 3)


def test_enlarging_is_known() -> None:
    assert enlarges(Box(0, 0, 63, 63), 64)
    assert not enlarges(Box(0, 0, 64, 64), 64)
    assert not enlarges(Box(0, -20, 64, 44), 64)


def test_decoding_leaves_room_for_smaller_squares() -> None:
    assert {crop: decode_at_least(crop, 64) for crop in CROPS} == {
        "center": 64,
        "entropy": 64,
        "faces": 256,
        "random": 128,
        "pad": 64,
    }


def test_unknown_crops_are_named() -> None:
    with pytest.raises(UsageError, match=r"no crop 'centre'.*Did you mean 'center'"):
        find_boxes(ramp(9, 9), "centre", size=4)


@pytest.fixture
def faces_at(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def put(*boxes: Box) -> None:
        monkeypatch.setattr("artgan.data.crops.find_faces", lambda pixels, cascade: list(boxes))

    return put


def test_faces_are_widened_upwards_and_stay_inside(faces_at: Callable[..., None]) -> None:
    faces_at(Box(100, 100, 140, 140), Box(0, 0, 30, 30), Box(200, 150, 400, 350))
    middle, corner, large = find_boxes(ramp(300, 400), "faces", size=32, count=3)
    assert (middle.left + middle.right) / 2 == 120
    assert middle.top < 100 - 15
    assert 100 - middle.top > middle.bottom - 140 > 0
    assert corner.left == corner.top == 0
    assert large.side == 300
    assert (large.right, large.bottom) == (400, 300)
    for box in (middle, corner, large):
        assert box.right - box.left == pytest.approx(box.bottom - box.top)


def test_the_first_face_or_each(faces_at: Callable[..., None]) -> None:
    faces_at(Box(100, 100, 140, 140), Box(0, 0, 30, 30))
    assert len(find_boxes(ramp(300, 400), "faces", size=32)) == 1
    assert len(find_boxes(ramp(300, 400), "faces", size=32, count=9)) == 2
    faces_at()
    assert find_boxes(ramp(300, 400), "faces", size=32) == []


def test_boxes_go_back_to_the_original() -> None:
    box = Box(10, 20, 30, 40)
    assert box.moved(5, -5) == Box(15, 15, 35, 35)
    assert box.scaled(2) == Box(20, 40, 60, 80)
    assert box.scaled(2, 3).rounded() == (20, 60, 60, 120)
