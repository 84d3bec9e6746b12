"""What a painting will take, against numbers worked out by hand."""

import math
from pathlib import Path

import pytest

from artgan.models.encoder_weights import load_encoder
from artgan.painting.forecast import Demand, Fit, demand, forecast


def test_bytes_that_a_pass_keeps(tiny_encoder: Path) -> None:
    # Six channels of four bytes everywhere. relu1_1 is kept; relu1_2 only pooled, with indices of eight bytes.
    encoder = load_encoder("auto", weights=tiny_encoder)
    assert encoder.kept_bytes(["relu1_1"]) == 6 * 4
    assert encoder.kept_bytes(["relu2_1"]) == 6 * 4 + 6 * (4 + 8) / 4 + 6 * 4 / 4
    # relu2_2 is asked for and pooled, so it is kept, too.
    through_block_2 = 6 * 4 + 18 + 6 + 6 + 6 * 12 / 16 + 6 * 4 / 16
    assert encoder.kept_bytes(["relu2_2", "relu3_1"]) == pytest.approx(through_block_2)
    assert encoder.kept_bytes([]) == 0


def test_memory_grows_with_the_area(tiny_encoder: Path) -> None:
    encoder = load_encoder("auto", weights=tiny_encoder)
    small, large = (demand(encoder, ["relu1_1"], side, side, on_cpu=False) for side in (10, 20))
    assert large.whole == 4 * small.whole == 400 * (24 + 6 * 24 + 120)
    on_cpu = demand(encoder, ["relu1_1"], 10, 10, on_cpu=True)
    assert on_cpu.whole - small.whole == pytest.approx(0.8e9)


def test_what_is_outside_the_encoder(tiny_encoder: Path) -> None:
    encoder = load_encoder("auto", weights=tiny_encoder)
    plain, full = (
        demand(encoder, ["relu1_1", "relu3_1"], 10, 20, on_cpu=False, content_layers=["relu3_1"], **more)
        for more in ({}, {"history": 40, "places": 3, "more": 7.0})
    )
    assert plain.features == full.features == 200 * 6 / 16 * 4
    assert full.outside - plain.outside == 200 * (40 * 12 + 30) + 7
    assert full.each == plain.each


NEEDED = Demand(process=100, outside=200, features=300, each=2, width=20, height=50, smallest=10)


@pytest.mark.parametrize(
    ("limit", "fit", "taken"),
    [
        (2300, Fit(pixels=math.inf, keep_content=True), 2300),
        (2299, Fit(pixels=849, keep_content=True), 2298),
        (900, Fit(pixels=150, keep_content=True), 900),
        (898, Fit(pixels=299, keep_content=False), 898),
        (320, Fit(pixels=10, keep_content=False), 320),
    ],
)
def test_a_limit_makes_tiles(limit: float, fit: Fit, taken: float) -> None:
    assert NEEDED.within(limit) == fit
    assert NEEDED.of(fit) == taken


def test_less_than_the_smallest_tiles_is_too_little() -> None:
    assert NEEDED.within(319) is None
    assert NEEDED.least == 320


def test_words() -> None:
    assert "a.png: about 3 min and 1.5 GB of memory for 40x30" in forecast("a.png", 40, 30, 170, 1.5e9)
    assert "about 2.5 h" in forecast("a.png", 40, 30, 9000, 1e9)
