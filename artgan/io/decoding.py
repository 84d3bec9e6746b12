"""From encoded bytes to a Pillow image, within limits: no warning leaks, every failure is one line."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from threading import Lock

from PIL import Image, UnidentifiedImageError

from artgan.errors import PictureError

MAX_PIXELS = 300_000_000
"""Pictures with more pixels are refused by their header, before memory is spent on them."""

# How well-known formats begin: a file that does, and that Pillow cannot open, is damaged.
_SIGNATURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF", b"II*\0", b"MM\0*", b"GIF8")


class _Quiet:
    """Holds Pillow's warnings back and its own pixel limit away while any thread decodes.

    Both are global to the process and Python's `catch_warnings` is not safe among threads, hence the count:
    the first thread in sets them, the last one out puts them back.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._inside = 0
        self._catcher: warnings.catch_warnings[None] | None = None
        self._limit: int | None = None

    def __enter__(self) -> None:
        with self._lock:
            self._inside += 1
            if self._inside == 1:
                self._catcher = warnings.catch_warnings()
                self._catcher.__enter__()
                warnings.simplefilter("ignore")
                self._limit = Image.MAX_IMAGE_PIXELS
                # Pillow itself raises only beyond twice its limit; `_check_size` is the sharp one. Pillow's
                # still guards pictures nested in others (icons, tiles).
                Image.MAX_IMAGE_PIXELS = MAX_PIXELS

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0 and self._catcher is not None:
                Image.MAX_IMAGE_PIXELS = self._limit
                self._catcher.__exit__(None, None, None)
                self._catcher = None


_quiet = _Quiet()


@contextmanager
def opened(data: bytes, label: str) -> Iterator[Image.Image]:
    """The picture in `data` with its header read, its pixels not yet decoded; the first frame of several.

    Inside the block Pillow warns of nothing. `label` names the picture in errors.

    Raises:
        PictureError: `data` is empty, damaged, no picture, or has more than MAX_PIXELS pixels.
    """
    if not data:
        raise PictureError(f"cannot read {label}: the file is empty")
    with _quiet:
        try:
            image: Image.Image = Image.open(BytesIO(data))
        except UnidentifiedImageError as error:
            cause = "the file is damaged or truncated" if data.startswith(_SIGNATURES) else None
            raise PictureError(f"cannot read {label}: {cause or 'not a picture that Pillow can read'}") from error
        except Exception as error:  # a damaged header makes Pillow's readers raise anything
            raise _unreadable(label, error) from error
        if image.format == "EPS":  # Pillow would run an outside program (Ghostscript) on it
            raise PictureError(f"cannot read {label}: PostScript is a program, not a picture; convert it to PNG")
        _check_size(image, label)
        with image:
            yield image


def load(image: Image.Image, label: str) -> None:
    """Decode the pixels of an image from `opened`.

    Raises:
        PictureError: the pixels are truncated, damaged, or do not fit into memory.
    """
    try:
        image.load()
    except Exception as error:  # damaged pixels make Pillow's decoders raise anything
        raise _unreadable(label, error) from error
    _check_size(image, label)


def count_frames(image: Image.Image, label: str) -> int:
    """How many frames an image from `opened` has, 1 where it is no animation.

    Raises:
        PictureError: they cannot be counted, since the file is damaged.
    """
    try:
        return int(getattr(image, "n_frames", 1))
    except Exception as error:  # it walks through the whole file
        raise _unreadable(label, error) from error


def load_frame(image: Image.Image, number: int, label: str) -> None:
    """Decode a frame, from 0, of an image from `opened`, laid over the frames before it as the file says.

    Raises:
        PictureError: it is truncated, damaged, or does not fit into memory.
    """
    try:
        image.seek(number)
    except Exception as error:  # as in `load`
        raise _unreadable(label, error) from error
    load(image, label)


def _check_size(image: Image.Image, label: str) -> None:
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise PictureError(
            f"cannot read {label}: {width}×{height} pixels are more than the {MAX_PIXELS // 10**6} million "
            "artgan takes; make it smaller first"
        )
    if width < 1 or height < 1:
        raise PictureError(f"cannot read {label}: it has no pixels")


def _unreadable(label: str, error: Exception) -> PictureError:
    if isinstance(error, Image.DecompressionBombError):
        return PictureError(
            f"cannot read {label}: it holds more than the {MAX_PIXELS // 10**6} million pixels artgan takes"
        )
    if isinstance(error, MemoryError):
        return PictureError(f"cannot read {label}: not enough memory for its pixels")
    truncated = isinstance(error, EOFError) or "truncated" in str(error).lower()
    return PictureError(f"cannot read {label}: the file is {'truncated' if truncated else 'damaged'}")
