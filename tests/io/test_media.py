"""Grids, labels, and JPEGs that keep to a size."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from artgan.io.media import captioned, encode_jpeg, grid, labelled_grid


def flat(*values: int, side: int = 4) -> np.ndarray:
    """One picture of one grey a value."""
    return np.stack([np.full((side, side, 3), value, dtype=np.uint8) for value in values])


def test_a_grid_goes_row_by_row_with_gaps() -> None:
    sheet = grid(flat(10, 20, 30), columns=2, gap=1, background=(255, 0, 0))
    assert sheet.shape == (9, 9, 3)
    assert (sheet[:4, :4] == 10).all()
    assert (sheet[:4, 5:] == 20).all()
    assert (sheet[5:, :4] == 30).all()
    assert (sheet[5:, 5:] == (255, 0, 0)).all()
    assert (sheet[4] == (255, 0, 0)).all()


@pytest.mark.parametrize(("count", "across", "down"), [(1, 1, 1), (4, 2, 2), (5, 3, 2), (9, 3, 3)])
def test_a_grid_is_about_square_by_itself(count: int, across: int, down: int) -> None:
    assert grid(flat(*range(count)), gap=0).shape == (4 * down, 4 * across, 3)


def test_pictures_need_not_be_square() -> None:
    assert grid(np.zeros((2, 3, 5, 3), np.uint8), columns=1, gap=2).shape == (8, 5, 3)


@pytest.mark.parametrize(("count", "columns"), [(0, None), (3, 0)])
def test_nothing_makes_no_grid(count: int, columns: int | None) -> None:
    with pytest.raises(ValueError, match="a grid of"):
        grid(np.zeros((count, 4, 4, 3), np.uint8), columns=columns)


def test_labels_stand_beside_the_pictures() -> None:
    rows = [flat(10, 20, side=32), flat(30, side=32)]
    sheet = labelled_grid(rows, row_labels=["red", "blue"], column_labels=["a", "b"], gap=2)
    body = sheet[-66:, -66:]
    assert (body[:32, :32] == 10).all()
    assert (body[34:, :32] == 30).all()
    assert (body[34:, 34:] == 255).all(), "a short row ends early"
    left, top = sheet[-66:, :-66], sheet[:-66, -66:]
    assert left.shape[1] > 20
    assert left[:32].min() < 100
    assert left[34:].min() < 100
    assert top.min() < 100
    assert sheet[:-66, :-66].min() == 255


def test_labels_of_columns_stay_within_them() -> None:
    sheet = labelled_grid([flat(0, 0, side=16)], column_labels=["mmmmmmmmmmmm", ""], gap=2)
    assert sheet.shape[1] == 34
    assert sheet[:-16, 17:].min() == 255


def test_labels_are_light_on_dark() -> None:
    sheet = labelled_grid([flat(0, side=16)], row_labels=["x"], background=(0, 0, 0))
    assert sheet.max() > 200


@pytest.mark.parametrize(
    ("rows", "row_labels", "column_labels"), [([], None, None), ([1], ["a", "b"], None), ([1, 2], None, ["a"])]
)
def test_labels_match_what_they_label(rows, row_labels, column_labels) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=r"label|no pictures"):
        labelled_grid([flat(*rows)] if rows else [], row_labels=row_labels, column_labels=column_labels)


@pytest.mark.parametrize("most_bytes", [200_000, 20_000, 2_000])
def test_a_jpeg_keeps_to_its_size(most_bytes: int) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (256, 320, 3), dtype=np.uint8)
    data = encode_jpeg(noise, most_bytes=most_bytes)
    assert len(data) <= most_bytes
    with Image.open(BytesIO(data)) as image:
        assert image.width / image.height == pytest.approx(1.25, rel=0.1)
        assert (image.width == 320) == (most_bytes == 200_000)


def test_an_impossible_size_is_said() -> None:
    with pytest.raises(ValueError, match="no JPEG fits"):
        encode_jpeg(np.zeros((64, 64, 3), np.uint8), most_bytes=10)


def test_captioned_pictures_of_several_sizes() -> None:
    red, blue = np.full((20, 60, 3), (255, 0, 0), np.uint8), np.full((30, 40, 3), (0, 0, 255), np.uint8)
    sheet = captioned([[(red, "one"), (blue, "two")], [None, (red, "a caption wider than its column")]], gap=4)
    assert sheet.shape == (30 + 20 + 2 * (14 + 12 + 4), 60 + 60 + 3 * 4, 3)
    assert (sheet[26:46, 4:64] == (255, 0, 0)).all()
    assert (sheet[26:56, 78:118] == (0, 0, 255)).all()  # in the middle of its column
    assert (sheet[56 + 30 :, 4:64] == 255).all()  # the empty place
    assert (sheet[:26, 4:64] < 100).any()  # its caption
    assert (sheet[:, :4] == 255).all()  # a long caption stays in its column
    assert (sheet[:, -4:] == 255).all()


@pytest.mark.parametrize("rows", [[], [[]], [[None]]])
def test_a_sheet_of_no_pictures(rows: list[list[None]]) -> None:
    with pytest.raises(ValueError, match="no pictures"):
        captioned(rows)
