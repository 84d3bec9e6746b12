"""Moving pictures: frames of one size as an animated WebP that repeats."""

from collections.abc import Sequence
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def encode_animation(
    frames: Sequence[NDArray[np.uint8]], *, frame_ms: int, last_ms: int | None = None, quality: int = 80
) -> bytes:
    """Frames (H, W, 3) uint8 as a WebP that repeats without end, each shown for `frame_ms` milliseconds.

    The last one stays for `last_ms`. Raises ValueError for no frames or frames of different sizes.
    """
    if not frames or len({frame.shape for frame in frames}) != 1:
        raise ValueError("an animation needs frames, all of one size")
    first, *others = [Image.fromarray(frame) for frame in frames]
    durations = [frame_ms] * len(others) + [last_ms or frame_ms]
    stream = BytesIO()
    first.save(
        stream, "WEBP", save_all=True, append_images=others, duration=durations, loop=0, quality=quality, method=2
    )
    return stream.getvalue()
