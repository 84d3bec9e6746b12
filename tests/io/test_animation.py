import io

import numpy as np
import pytest
from PIL import Image

from artgan.io.animation import encode_animation


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
