"""Frames into a file: an animation in the format of its name, with a receipt."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from artgan.io.animation import encode_animation, encode_gif
from artgan.io.files import atomic_writer
from artgan.io.video import encode_mp4


def write_animation(
    frames: Sequence[NDArray[np.uint8]],
    path: Path,
    *,
    fps: int,
    last_ms: int | None = None,
    receipt: Mapping[str, Any],
    force: bool,
) -> None:
    """Write frames (H, W, 3) uint8, all of one size, as .webp, .gif or .mp4; the last one stays for `last_ms`.

    Raises:
        OutputError: it cannot be written.
        UsageError: .mp4 without the extra.
    """
    frame_ms = round(1000 / fps)
    if path.suffix.lower() == ".mp4":
        held = 0 if last_ms is None else round(last_ms / frame_ms) - 1
        data = encode_mp4([*frames, *[frames[-1]] * held], fps=fps, receipt=receipt)
    elif path.suffix.lower() == ".gif":
        data = encode_gif(frames, frame_ms=frame_ms, last_ms=last_ms, receipt=receipt)
    else:
        data = encode_animation(frames, frame_ms=frame_ms, last_ms=last_ms, quality=90, receipt=receipt)
    with atomic_writer(path, force=force) as stream:
        stream.write(data)
