"""Moving pictures as a GIF, written frame by frame (GIF89a specification, 1990); Pillow packs the pixels of each.

Pillow's own animations want all frames at once, and give each a palette of its own: where the picture stands still, its
colours would jump with each palette. Here a palette is kept as long as it serves.
"""

from collections.abc import Iterable, Mapping
from typing import Any, BinaryIO

import numpy as np
from PIL import GifImagePlugin, Image

from artgan.io.frames import Clock, Levels, Part, Timed, begun, changed_part
from artgan.io.receipts import embed

UNIT = 10
"""Milliseconds that a GIF counts in."""
LEAST = 2
"""Units: shorter times are slowed down by browsers."""
_SLACK = 1.5
"""How many times larger the mean square error of a palette that is kept may be than that of a new one."""
_CLEARED = 2
"""The disposal that makes a frame's rectangle transparent before the next one."""
_BLOCK = 255


def write_gif(
    stream: BinaryIO, frames: Iterable[Timed], *, plays: int = 0, receipt: Mapping[str, Any] | None = None
) -> None:
    """Write frames of one size.

    Args:
        stream: to write to.
        frames: (H, W, 3), or with transparency 4; a pixel is seen where that is 128 or more, else not at all.
        plays: how many times all are shown; 0 is without end.
        receipt: for the file's comment.

    Raises:
        ValueError: no frames, or frames of different sizes.
    """
    first, frames = begun(frames)
    height, width, channels = first.shape
    stream.write(b"GIF89a" + _short(width) + _short(height) + bytes([0x70, 0, 0]))
    if plays != 1:
        stream.write(b"!\xff\x0bNETSCAPE2.0\x03\x01" + _short(max(0, plays - 1)) + b"\0")
    if receipt is not None:
        comment: bytes = embed(receipt, "GIF")["comment"]
        blocks = [comment[start : start + _BLOCK] for start in range(0, len(comment), _BLOCK)]
        stream.write(b"!\xfe" + b"".join(bytes([len(block)]) + block for block in blocks) + b"\0")
    clock = Clock(UNIT, LEAST)
    transparent = channels == 4
    palettes = _Palettes(255 if transparent else 256)
    before: Levels | None = None
    for frame, shown in frames:
        image, hidden = palettes.of(frame)
        part = changed_part(frame, None if transparent else before)
        options: dict[str, Any] = {"duration": clock.units(shown) * UNIT, "include_color_table": True}
        if transparent:
            options |= {"transparency": hidden, "disposal": _CLEARED}
        for data in GifImagePlugin.getdata(_cropped(image, part), (part.left, part.top), **options):
            stream.write(data)
        before = frame
    stream.write(b";")


class _Palettes:
    """Frames with palettes that change only where the one in use serves badly."""

    def __init__(self, colours: int) -> None:
        self._colours = colours
        self._kept: Image.Image | None = None

    def of(self, frame: Levels) -> tuple[Image.Image, int]:
        """The frame with a palette, and the number, behind the palette's, that stands for what is not seen."""
        pixels = frame[..., :3]
        image = Image.fromarray(np.ascontiguousarray(pixels))
        made = image.quantize(self._colours, dither=Image.Dither.NONE)
        kept = None if self._kept is None else image.quantize(palette=self._kept, dither=Image.Dither.NONE)
        if kept is not None and _error(kept, pixels) <= _SLACK * _error(made, pixels):
            made = kept
        else:
            self._kept = made.copy()
        behind = len(made.getpalette() or ()) // 3
        if frame.shape[2] == 4:
            hidden = Image.fromarray(((frame[..., 3] < 128) * 255).astype(np.uint8))
            made.paste(behind, mask=hidden)
        return made, behind


def _error(image: Image.Image, pixels: Levels) -> float:
    """Mean square of what a palette changes."""
    return float(((np.asarray(image.convert("RGB")).astype(np.float32) - pixels) ** 2).mean())


def _cropped(image: Image.Image, part: Part) -> Image.Image:
    return image.crop((part.left, part.top, part.right, part.bottom))


def _short(number: int) -> bytes:
    return number.to_bytes(2, "little")
