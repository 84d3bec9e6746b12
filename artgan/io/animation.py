"""Moving pictures: frames of one size as an animated WebP or GIF that repeats."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from artgan.io.receipts import embed


def encode_animation(
    frames: Sequence[NDArray[np.uint8]],
    *,
    frame_ms: int,
    last_ms: int | None = None,
    quality: int = 80,
    receipt: Mapping[str, Any] | None = None,
) -> bytes:
    """Frames (H, W, 3) uint8 as a WebP that repeats without end, each shown for `frame_ms` milliseconds.

    The last one stays for `last_ms`. Raises ValueError for no frames or frames of different sizes.
    """
    durations = [frame_ms] * (len(frames) - 1) + [last_ms or frame_ms]
    options = embed(receipt, "WEBP") if receipt is not None else {}
    return _encode(frames, "WEBP", duration=durations, quality=quality, method=2, **options)


def encode_gif(
    frames: Sequence[NDArray[np.uint8]],
    *,
    frame_ms: int,
    last_ms: int | None = None,
    receipt: Mapping[str, Any] | None = None,
) -> bytes:
    """Frames (H, W, 3) uint8 as a GIF that repeats without end, each with 256 colours of its own.

    A GIF counts hundredths of a second; times are rounded to them, and are at least two. The last frame stays for
    `last_ms`. Raises ValueError as `encode_animation`.
    """
    frame, last = (max(20, round(ms / 10) * 10) for ms in (frame_ms, last_ms or frame_ms))  # browsers slow shorter ones
    duration = frame if last == frame else [frame] * (len(frames) - 1) + [last]
    return _encode(frames, "GIF", duration=duration, **embed(receipt, "GIF"))


def _encode(frames: Sequence[NDArray[np.uint8]], picture_format: str, **options: Any) -> bytes:
    if not frames or len({frame.shape for frame in frames}) != 1:
        raise ValueError("an animation needs frames, all of one size")
    first, *others = [Image.fromarray(frame) for frame in frames]
    stream = BytesIO()
    first.save(stream, picture_format, save_all=True, append_images=others, loop=0, **options)
    return stream.getvalue()
