"""Frames as an MP4, through the ffmpeg that the extra `video` brings."""

import json
from collections.abc import Iterable, Mapping
from contextlib import closing
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from artgan.errors import OutputError, UsageError
from artgan.io.frames import ALIKE
from artgan.io.receipts import KEY


def require_video() -> ModuleType:
    """The package that brings ffmpeg. Raises UsageError with the command that installs it."""
    try:
        import imageio_ffmpeg  # noqa: PLC0415  # an extra

        imageio_ffmpeg.get_ffmpeg_exe()
    except (ImportError, RuntimeError):
        raise UsageError("mp4 needs the extra video: pip install 'artgan[video]', or write .webp or .gif") from None
    return imageio_ffmpeg  # type: ignore[no-any-return]  # it has no types


def encode_mp4(frames: Iterable[NDArray[np.uint8]], *, fps: float, receipt: Mapping[str, Any] | None = None) -> bytes:
    """Frames (H, W, 3) uint8, all of one size, as H.264 for every player; the receipt is the file's comment.

    Odd sides get one more row or column, which the format wants even. Frames are taken one by one.

    Raises:
        UsageError: the extra is not installed.
        OutputError: ffmpeg fails.
        ValueError: no frames, or frames of different sizes.
    """
    coming = iter(frames)
    first = next(coming, None)
    if first is None:
        raise ValueError(ALIKE)
    height, width, _ = first.shape
    even = [(0, height % 2), (0, width % 2), (0, 0)]
    comment = [] if receipt is None else ["-metadata", f"comment={json.dumps({KEY: receipt}, separators=(',', ':'))}"]
    video = require_video()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "loop.mp4"
        writer = video.write_frames(
            str(path),
            (width + width % 2, height + height % 2),
            fps=fps,
            codec="libx264",
            macro_block_size=1,
            ffmpeg_log_level="error",
            output_params=["-crf", "16", "-movflags", "+faststart", *comment],
        )
        try:
            with closing(writer):
                writer.send(None)
                for frame in chain([first], coming):
                    if frame.shape != first.shape:
                        raise ValueError(ALIKE)
                    writer.send(np.ascontiguousarray(np.pad(frame, even, mode="edge")))
            return path.read_bytes()
        except OSError as error:
            raise OutputError(f"ffmpeg wrote no mp4: {' '.join(str(error).split())[:200]}") from error
