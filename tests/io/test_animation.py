import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from artgan.io.animation import encode_animation, encode_gif
from artgan.io.receipts import read_receipt


def test_frames_come_back_in_order_with_their_times() -> None:
    frames = [np.full((20, 30, 3), value, dtype=np.uint8) for value in (10, 120, 240)]
    with Image.open(io.BytesIO(encode_animation(frames, frame_ms=250, last_ms=2000))) as image:
        assert (image.format, image.size, image.n_frames, image.info["loop"]) == ("WEBP", (30, 20), 3, 0)
        for number, value in enumerate((10, 120, 240)):
            image.seek(number)
            image.load()
            assert abs(int(np.asarray(image.convert("RGB")).mean()) - value) < 4
            assert image.info["duration"] == (2000 if number == 2 else 250)


@pytest.mark.parametrize("shapes", [[], [(4, 4, 3), (4, 5, 3)]])
def test_frames_must_be_there_and_of_one_size(shapes: list[tuple[int, ...]]) -> None:
    with pytest.raises(ValueError, match="all of one size"):
        encode_animation([np.zeros(shape, dtype=np.uint8) for shape in shapes], frame_ms=100)


def test_a_gif_keeps_order_times_and_receipt(tmp_path: Path) -> None:
    frames = [np.full((20, 30, 3), value, dtype=np.uint8) for value in (10, 120, 240)]
    receipt = {"command": "sample", "note": "x" * 2000 + "é"}
    data = encode_gif(frames, frame_ms=42, receipt=receipt)
    with Image.open(io.BytesIO(data)) as image:
        assert (image.format, image.size, image.n_frames, image.info["loop"]) == ("GIF", (30, 20), 3, 0)
        for number, value in enumerate((10, 120, 240)):
            image.seek(number)
            assert abs(int(np.asarray(image.convert("RGB")).mean()) - value) < 4
            assert image.info["duration"] == 40
    (tmp_path / "a.gif").write_bytes(data)
    assert read_receipt(tmp_path / "a.gif") == receipt
    (tmp_path / "b.gif").write_bytes(encode_gif(frames, frame_ms=42))
    assert read_receipt(tmp_path / "b.gif") is None


def test_a_webp_carries_its_receipt(tmp_path: Path) -> None:
    frames = [np.full((20, 30, 3), value, dtype=np.uint8) for value in (10, 240)]
    (tmp_path / "a.webp").write_bytes(encode_animation(frames, frame_ms=42, receipt={"seeds": "1-2"}))
    assert read_receipt(tmp_path / "a.webp") == {"seeds": "1-2"}
