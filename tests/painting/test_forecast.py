"""What a painting will take, against numbers worked out by hand."""

from pathlib import Path

import pytest

from artgan.models.encoder_weights import load_encoder
from artgan.painting.forecast import forecast, painting_bytes


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
    small, large = (painting_bytes(encoder, ["relu1_1"], side, side, on_cpu=False) for side in (10, 20))
    assert large == 4 * small == 400 * (24 + 6 * 24 + 120)
    assert painting_bytes(encoder, ["relu1_1"], 10, 10, on_cpu=True) - small == pytest.approx(0.8e9)


def test_words() -> None:
    assert "a.png: about 3 min and 1.5 GB of memory for 40x30" in forecast("a.png", 40, 30, 170, 1.5e9)
    assert "about 2.5 h" in forecast("a.png", 40, 30, 9000, 1e9)
