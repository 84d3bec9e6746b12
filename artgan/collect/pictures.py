"""Is it a picture, whole, and one that is wanted? Found out from its bytes, never from what the network says of it."""

from dataclasses import dataclass
from threading import BoundedSemaphore

from artgan.data.duplicates import Hashes, hashes
from artgan.errors import PictureError
from artgan.io.decoding import opened
from artgan.io.failures import Reason
from artgan.io.reduced import decode_rgb8

_HASHED_SIDE = 128
_MOVING = {"GIF", "WEBP", "PNG", "AVIF"}  # a JPEG of several (MPO) is one picture and its previews
_DECODERS = BoundedSemaphore(2)  # each may need 3 bytes a pixel

# What a file begins with, and how Pillow calls it: the only formats that are taken.
_SIGNATURES: tuple[tuple[int, bytes, str, str, str], ...] = (
    (0, b"\xff\xd8\xff", "JPEG", "image/jpeg", "jpg"),
    (0, b"\x89PNG\r\n\x1a\n", "PNG", "image/png", "png"),
    (0, b"GIF87a", "GIF", "image/gif", "gif"),
    (0, b"GIF89a", "GIF", "image/gif", "gif"),
    (8, b"WEBP", "WEBP", "image/webp", "webp"),
    (0, b"II*\0", "TIFF", "image/tiff", "tif"),
    (0, b"MM\0*", "TIFF", "image/tiff", "tif"),
    (4, b"ftypavif", "AVIF", "image/avif", "avif"),
    (4, b"ftypavis", "AVIF", "image/avif", "avif"),
)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which pictures are kept."""

    min_side: int = 64
    max_aspect: float = 4.0
    """Longer side through shorter side."""
    max_pixels: int = 64_000_000
    animated: bool = False
    """Keep animations, of which everything else sees the first frame."""


@dataclass(frozen=True, kw_only=True)
class Inspection:
    """What a picture turned out to be."""

    mime: str
    extension: str
    width: int
    height: int
    hashes: Hashes


class UnwantedError(Exception):
    """Not a picture to keep; `reason` is of the closed list."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


def sniff(data: bytes) -> tuple[str, str, str] | None:
    """Pillow's name, MIME type and extension of the format that `data` begins like; None for any other."""
    for start, signature, name, mime, extension in _SIGNATURES:
        if data[start : start + len(signature)] == signature and (name != "WEBP" or data[:4] == b"RIFF"):
            return name, mime, extension
    return None


def inspect(data: bytes, wanted: Wanted) -> Inspection:
    """Decode a picture whole and measure it.

    The header is checked before the pixels are decoded. JPEGs are decoded at a fraction of their size, which still
    reads every byte of them, so that truncated ones are found.

    Raises:
        UnwantedError: NOT_IMAGE, BOMB, TOO_SMALL, ASPECT, ANIMATED, TRUNCATED or DAMAGED.
    """
    format_ = sniff(data)
    if format_ is None:
        raise UnwantedError(Reason.NOT_IMAGE)
    name, mime, extension = format_
    try:
        with _DECODERS:
            with opened(data, "it") as image:
                if image.format != name and (image.format, name) != ("MPO", "JPEG"):
                    raise UnwantedError(Reason.NOT_IMAGE)
                width, height = image.size
                if width * height > wanted.max_pixels:
                    raise UnwantedError(Reason.BOMB)
                if min(width, height) < wanted.min_side:
                    raise UnwantedError(Reason.TOO_SMALL)
                if max(width, height) > wanted.max_aspect * min(width, height):
                    raise UnwantedError(Reason.ASPECT)
                if not wanted.animated and image.format in _MOVING and getattr(image, "is_animated", False):
                    raise UnwantedError(Reason.ANIMATED)
            pixels, (width, height) = decode_rgb8(data, "it", at_least=_HASHED_SIDE)
            return Inspection(mime=mime, extension=extension, width=width, height=height, hashes=hashes(pixels))
    except PictureError as error:
        text = str(error)
        if "million" in text:
            raise UnwantedError(Reason.BOMB) from error
        raise UnwantedError(Reason.TRUNCATED if "truncated" in text else Reason.DAMAGED) from error
