"""The same strength is the same look at another size, by scores of what is kept of the content."""

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from artgan.config.transfer import TransferConfig
from artgan.io.receipts import read_receipt
from artgan.pipelines.transfer import transfer

CONTENT = "example:portrait"


def kept(out: Path, strength: float, size: int, **options: Any) -> float:
    """The share of the content's features that is left, in percent; optimised in few steps, or with these options."""
    chosen = {"seed": 0, "device": "cpu", **(options or {"steps": 60, "encoder": "embedded"})}
    transfer(TransferConfig(style=("swirls",), strength=strength, size=size, **chosen), [CONTENT], out=str(out))
    receipt = read_receipt(out)
    assert receipt is not None
    return float(receipt["scores"]["content_fidelity"]["percent"])


def test_one_strength_looks_alike_at_another_size(tmp_path: Path) -> None:
    small, large = (
        [kept(tmp_path / f"{size}-{strength}.png", strength, size) for strength in (10, 40, 70)] for size in (128, 224)
    )
    for one, other in zip(small, large, strict=True):
        assert one == pytest.approx(other, abs=10)
    for found in (small, large):
        assert found[0] > found[1] + 20 > found[2] + 30
    # Three times the side, and four scales instead of one.
    assert kept(tmp_path / "384-40.png", 40, 384) == pytest.approx(small[1], abs=10)


def test_one_strength_in_one_pass_looks_alike_at_another_size(tmp_path: Path) -> None:
    small, large = (
        [kept(tmp_path / f"{size}-{strength}.png", strength, size, method="fast") for strength in (10, 25, 50)]
        for size in (256, 512)  # of two scales and of three
    )
    for one, other in zip(small, large, strict=True):
        assert one == pytest.approx(other, abs=10)
    for found in (small, large):
        assert found[0] > found[1] + 5 > found[2] + 10


def test_a_preview_resembles_the_painting(tmp_path: Path) -> None:
    preview = kept(tmp_path / "preview.png", 30, 256, steps=60, encoder="embedded", preview=True)
    with Image.open(tmp_path / "preview.png") as picture:
        assert max(picture.size) == 192
    assert preview == pytest.approx(kept(tmp_path / "painting.png", 30, 256), abs=10)
