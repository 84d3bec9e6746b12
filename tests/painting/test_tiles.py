"""Tiles cover a picture once, on the encoder's grid, and see what they have to: worked out by hand for both layouts."""

from pathlib import Path

import pytest
import torch

from artgan.models.encoder_weights import load_encoder
from artgan.painting.tiles import Sight, sight, tiles

SIGHT = Sight(stride=16, margin=64)


def test_what_a_position_sees(tiny_encoder: Path) -> None:
    encoder = load_encoder("auto", weights=tiny_encoder)
    assert sight(encoder, ["relu1_1"]) == Sight(stride=1, margin=1)
    # Two convolutions of one pixel, one of two: four, a multiple of two.
    assert sight(encoder, ["relu1_1", "relu2_1"]) == Sight(stride=2, margin=4)
    # 2 * 1 + 2 * 2 + 3 * 4 + 3 * 8 + 16 = 58, rounded up to whole strides.
    assert sight(encoder, ["relu5_1", "relu3_1"]) == Sight(stride=16, margin=64)
    assert SIGHT.smallest == (64 + 2 * 64) ** 2


@pytest.mark.parametrize(("height", "width"), [(500, 700), (333, 1001), (1500, 90), (3072, 4096)])
@pytest.mark.parametrize("side", [192, 300, 450])
def test_tiles_cover_a_picture_once(height: int, width: int, side: int) -> None:
    cut = tiles(height, width, SIGHT, side**2)
    assert max(tile.pixels for tile in cut) <= side**2
    covered = torch.zeros(height, width)
    for tile in cut:
        tile.own(covered).add_(1)
        for (begin, end), (start, stop), length in (
            (tile.rows, tile.seen_rows, height),
            (tile.columns, tile.seen_columns, width),
        ):
            assert begin % 16 == start % 16 == 0
            assert start == max(0, begin - 64)
            assert stop == min(length, end + 64)
            assert end % 16 == 0 or end == length
    assert covered.eq(1).all()


def test_what_fits_is_one_tile() -> None:
    (tile,) = tiles(100, 200, SIGHT, 20000)
    assert (tile.seen_rows, tile.columns, tile.pixels) == ((0, 100), (0, 200), 20000)
    assert len(tiles(100, 400, SIGHT, 39999)) > 1


def test_little_is_seen_twice() -> None:
    # With 1024 px of side, of which 128 are margins, a picture takes (1024 / 896)^2 of its own pixels, and a bit.
    cut = tiles(4096, 4096, SIGHT, 1024**2)
    assert sum(tile.pixels for tile in cut) < 1.35 * 4096**2


def test_where_nothing_fits_tiles_are_the_smallest() -> None:
    cut = tiles(256, 256, SIGHT, 10)
    assert len(cut) == 16
    assert max(tile.pixels for tile in cut) == SIGHT.smallest


def test_own_parts_at_a_stride() -> None:
    maps = torch.arange(33 // 4 * (50 // 4)).view(1, 1, 33 // 4, 50 // 4)
    cut = tiles(33, 50, Sight(stride=4, margin=8), 500)
    assert len(cut) > 1
    parts = torch.cat([tile.own(maps, 4).flatten() for tile in cut])
    assert parts.sort().values.equal(maps.flatten())
    for tile in cut:
        seen = maps[..., tile.seen_rows[0] // 4 : tile.seen_rows[1] // 4, :]
        seen = seen[..., tile.seen_columns[0] // 4 : tile.seen_columns[1] // 4]
        assert tile.cut(seen, 4).equal(tile.own(maps, 4))
