"""Frames into a file: an animation in the format of its name, with a receipt."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from artgan.io.files import atomic_writer
from artgan.io.gif import LEAST, UNIT, write_gif
from artgan.io.video import encode_mp4
from artgan.io.webp import write_webp


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
    kind = path.suffix.lower()
    if kind == ".mp4":
        held = 0 if last_ms is None else round(last_ms / frame_ms) - 1
        data = encode_mp4([*frames, *[frames[-1]] * held], fps=fps, receipt=receipt)
        with atomic_writer(path, force=force) as stream:
            stream.write(data)
        return
    if kind == ".gif":
        frame_ms = max(LEAST, round(frame_ms / UNIT)) * UNIT  # all alike, and none so short that browsers slow it down
    times = [frame_ms] * (len(frames) - 1) + [last_ms or frame_ms]
    with atomic_writer(path, force=force) as stream:
        (write_gif if kind == ".gif" else write_webp)(stream, zip(frames, times, strict=True), receipt=receipt)
