"""Pictures in and out: any picture Pillow reads becomes upright float sRGB, and goes back to four formats."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image

from artgan.errors import DivergedError, OutputError, PictureError, UsageError, did_you_mean
from artgan.io.colour import Pixels, opaque_to_none, to_srgb
from artgan.io.decoding import load, opened
from artgan.io.files import atomic_writer, check_writable, quoted, read_bytes, read_stream
from artgan.io.receipts import embed

FORMATS = {
    ".png": "PNG",
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".webp": "WEBP",
    ".tif": "TIFF",
    ".tiff": "TIFF",
}
"""The formats artgan writes, by suffix."""

_LONGEST_SIDE = {"JPEG": 65_500, "WEBP": 16_383}  # what libjpeg and the WebP format hold

_ROWS = 256
"""That are rounded to 8 bit at once."""

# EXIF orientation (EXIF 2.3, 4.6.4 A) to what makes the picture upright.
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A picture as everything in artgan sees it.

    Attributes:
        pixels: (H, W, 3) float32, sRGB in [0, 1], upright.
        alpha: (H, W) float32 in [0, 1], or None where every pixel is opaque.
        name: the file's name without its folder, or "stdin".
        sha256: of the file's bytes, in hexadecimal.
    """

    pixels: Pixels
    alpha: Pixels | None
    name: str
    sha256: str


def read_picture(source: Path | str, *, stdin: BinaryIO | None = None) -> Picture:
    """Read a picture file, or standard input for the string "-" (a file of that name is Path("-")).

    EXIF orientation is applied, colours are converted to sRGB, every depth is mapped to [0, 1] (the rules
    stand with `artgan.io.colour.to_srgb`); an animation gives its first frame.

    Raises:
        PictureError: missing, empty, truncated, not a picture, more than MAX_PIXELS, not permitted.
    """
    if isinstance(source, str) and source == "-":
        name, label = "stdin", "standard input"
        data = _read_stdin(stdin)
    else:
        path = Path(source)
        name, label = path.name, quoted(path)
        data = read_bytes(path)
    pixels, alpha = _decode(data, label)
    return Picture(pixels=pixels, alpha=alpha, name=name, sha256=sha256(data).hexdigest())


def picture_format(out: Path) -> str:
    """Pillow's name of the format that the suffix of `out` asks for; UsageError for any other suffix."""
    suffix = out.suffix.lower()
    if suffix not in FORMATS:
        known = " ".join(FORMATS)
        raise UsageError(
            f"cannot write {quoted(out)}: the name must end in one of {known}.{did_you_mean(suffix, FORMATS)}"
        )
    return FORMATS[suffix]


def write_picture(
    pixels: Pixels,
    out: Path,
    *,
    alpha: Pixels | None = None,
    receipt: Mapping[str, Any] | None,
    force: bool,
    quality: int = 95,
) -> None:
    """Write pixels (H, W, 3), sRGB in [0, 1], in the format of the suffix, whole or not at all.

    Values are clipped to [0, 1] and rounded to 8 bit. JPEG (4:4:4) has no alpha: the picture is laid over
    white. `quality`, 1 to 100, is that of JPEG and WebP; PNG and TIFF are lossless.

    Raises:
        UsageError: an unknown suffix or quality.
        OutputError: `out` exists and `force` is false, or cannot be written.
        DivergedError: pixels that are not numbers.
    """
    kind = picture_format(out)
    if not 1 <= quality <= 100:
        raise UsageError(f"quality must be 1 to 100, not {quality}")
    check_writable(out, force=force)
    limit = _LONGEST_SIDE.get(kind)
    if limit is not None and max(pixels.shape[:2]) > limit:
        raise OutputError(f"cannot write {quoted(out)}: {kind} holds {limit} pixels a side; write a .png instead")
    options: dict[str, Any] = {}
    if kind == "JPEG":
        options = {"quality": quality, "subsampling": 0}
        if alpha is not None:
            pixels = _over_white(pixels, alpha)
            alpha = None
    elif kind == "WEBP":
        options = {"quality": quality, "exact": True}
    elif kind == "TIFF":
        options = {"compression": "tiff_deflate"}
    try:
        data = _encode(pixels, alpha, kind, options | embed(receipt, kind))
    except ValueError as error:
        if "EXIF data is too long" in str(error):  # a JPEG segment holds 64 KiB
            raise OutputError(
                f"cannot write {quoted(out)}: the receipt is too long for a JPEG; write a .png instead"
            ) from error
        raise
    with atomic_writer(out, force=force) as stream:
        stream.write(data)


def encode_png(pixels: Pixels, *, alpha: Pixels | None = None, receipt: Mapping[str, Any] | None = None) -> bytes:
    """Pixels (H, W, 3), sRGB in [0, 1], as the bytes of a PNG, rounded as `write_picture` does."""
    return _encode(pixels, alpha, "PNG", embed(receipt, "PNG"))


def _read_stdin(stdin: BinaryIO | None) -> bytes:
    if stdin is None:
        # Python leaves sys.stdin None where the process was started without one.
        stdin = getattr(sys.stdin, "buffer", None)
    try:
        data = read_stream(stdin, "standard input") if stdin is not None else b""
    except OSError as error:
        raise PictureError("cannot read standard input: it is closed or broken") from error
    if not data:
        raise PictureError("nothing came in on stdin; pipe a picture into artgan or name a file")
    return data


def _decode(data: bytes, label: str) -> tuple[Pixels, Pixels | None]:
    with opened(data, label) as image:
        load(image, label)
        try:
            pixels, alpha = to_srgb(upright(image))
        except MemoryError as error:
            raise PictureError(f"cannot read {label}: not enough memory for its pixels") from error
        except ValueError as error:
            raise PictureError(f"cannot read {label}: pixels of mode {image.mode} are not supported") from error
    return pixels, alpha


def orientation(image: Image.Image) -> int:
    """The EXIF orientation (1 to 8) still to be applied; 1, upright, where none is given or the EXIF is damaged."""
    try:
        value = image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # damaged EXIF makes Pillow raise anything; the pixels are sound
        return 1
    return value if isinstance(value, int) and value in _UPRIGHT else 1


def upright(image: Image.Image) -> Image.Image:
    """The loaded image turned as its EXIF orientation says; TIFF is turned by Pillow while loading."""
    method = _UPRIGHT.get(orientation(image))
    return image if method is None else image.transpose(method)


def _over_white(pixels: Pixels, alpha: Pixels) -> Pixels:
    cover = np.clip(alpha, 0.0, 1.0)[:, :, None]
    return np.clip(pixels, 0.0, 1.0) * cover + (1.0 - cover)


def _encode(pixels: Pixels, alpha: Pixels | None, kind: str, options: Mapping[str, Any]) -> bytes:
    if pixels.ndim != 3 or pixels.shape[2] != 3 or 0 in pixels.shape:
        raise ValueError(f"pixels must be (H, W, 3), not {pixels.shape}")
    if alpha is not None and alpha.shape != pixels.shape[:2]:
        raise ValueError(f"alpha must be {pixels.shape[:2]} as the pixels are, not {alpha.shape}")
    levels = to_levels(pixels)
    if alpha is not None and (alpha := opaque_to_none(alpha)) is not None:
        levels = np.dstack([levels, to_levels(alpha)])
    stream = BytesIO()
    Image.fromarray(levels).save(stream, format=kind, **options)
    return stream.getvalue()


def to_levels(values: Pixels) -> NDArray[np.uint8]:
    """Values in [0, 1], clipped, as whole numbers up to 255. Raises DivergedError where there is no number."""
    levels = np.empty(values.shape, dtype=np.uint8)
    for top in range(0, len(values), _ROWS):  # of a large picture, floats for a band at a time
        band = values[top : top + _ROWS]
        if np.isnan(band).any():
            raise DivergedError("the picture holds values that are not numbers, so it is not written")
        levels[top : top + _ROWS] = np.rint(np.clip(band, 0.0, 1.0) * 255.0)
    return levels
