"""Moving pictures as a WebP, written frame by frame (RFC 9649, section 2.7); Pillow packs the pixels of each.

Pillow's own animations want all frames at once, and merge those that are alike: the number of frames would change.
"""

from collections.abc import Iterable, Iterator, Mapping
from io import BytesIO
from typing import Any, BinaryIO

import numpy as np
from PIL import Image

from artgan.errors import OutputError
from artgan.io.frames import Clock, Levels, Timed, begun, changed_part
from artgan.io.receipts import embed

_LONGEST_SIDE = 16_383
"""Pixels a side that the format's frames hold."""
_EXIF, _ALPHA, _ANIMATION = 0x08, 0x10, 0x02
_OVERWRITE = 0x02
"""A frame takes the place of what was there, and stays."""
_PIXELS = (b"ALPH", b"VP8 ", b"VP8L")
_LARGEST = 2**32 - 10


def write_webp(
    stream: BinaryIO,
    frames: Iterable[Timed],
    *,
    plays: int = 0,
    receipt: Mapping[str, Any] | None = None,
    quality: int = 90,
) -> None:
    """Write frames of one size.

    Args:
        stream: to write to, from its beginning; the length is filled in at the end.
        frames: (H, W, 3), or with transparency 4.
        plays: how many times all are shown; 0 is without end.
        receipt: for the file's EXIF.
        quality: from 1 to 100.

    Raises:
        ValueError: no frames, or frames of different sizes.
        OutputError: they are larger than the format holds, a side or all of them.
    """
    first, frames = begun(frames)
    height, width, channels = first.shape
    if max(height, width) > _LONGEST_SIDE:
        raise OutputError(
            f"a WebP holds {_LONGEST_SIDE} pixels a side, and this one has {width}x{height}: lower --size"
        )
    stream.write(b"RIFF\0\0\0\0WEBP")
    flags = _EXIF | _ANIMATION | (_ALPHA if channels == 4 else 0)
    stream.write(_chunk(b"VP8X", bytes([flags, 0, 0, 0]) + _three(width - 1) + _three(height - 1)))
    stream.write(_chunk(b"ANIM", bytes(4) + min(plays, 0xFFFF).to_bytes(2, "little")))
    clock = Clock(1, 1)
    before: Levels | None = None
    for frame, shown in frames:
        part = changed_part(frame, before, step=2)
        places = (part.left // 2, part.top // 2, part.right - part.left - 1, part.bottom - part.top - 1)
        head = b"".join(_three(number) for number in (*places, clock.units(shown))) + bytes([_OVERWRITE])
        stream.write(_chunk(b"ANMF", head + b"".join(_packed(part.of(frame), quality))))
        before = frame
    exif: bytes = embed(receipt, "WEBP")["exif"]
    stream.write(_chunk(b"EXIF", exif.removeprefix(b"Exif\0\0")))
    length = stream.tell() - 8
    if length > _LARGEST:
        raise OutputError("a WebP holds 4 GiB, and this one is longer: write .mp4, or a smaller --size")
    stream.seek(4)
    stream.write(length.to_bytes(4, "little"))
    stream.seek(0, 2)


def _packed(pixels: Levels, quality: int) -> Iterator[bytes]:
    """The chunks of a picture's pixels."""
    packed = BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(packed, "WEBP", quality=quality, method=2, exact=True)
    data = packed.getvalue()
    place = 12
    while place < len(data):
        kind, length = data[place : place + 4], int.from_bytes(data[place + 4 : place + 8], "little")
        if kind in _PIXELS:
            yield _chunk(kind, data[place + 8 : place + 8 + length])
        place += 8 + length + length % 2


def _chunk(kind: bytes, data: bytes) -> bytes:
    return kind + len(data).to_bytes(4, "little") + data + bytes(len(data) % 2)


def _three(number: int) -> bytes:
    return number.to_bytes(3, "little")
