"""Moving pictures in, frame by frame: animated GIF and WebP, and MP4 through the ffmpeg of the extra `video`.

Only one frame is held at a time, since a small file may hold thousands of large ones.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from hashlib import file_digest, sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from artgan.errors import PictureError
from artgan.io.colour import to_srgb
from artgan.io.decoding import count_frames, load_frame, opened
from artgan.io.files import quoted, read_bytes
from artgan.io.images import Picture, upright
from artgan.io.video import require_video
from artgan.io.wholeness import gif_is_whole, mp4_is_whole, webp_is_whole

MP4 = ".mp4"
FILM_SUFFIXES = (".webp", ".gif", MP4)
"""What moving pictures are written as."""

_WHOLE = {"GIF": gif_is_whole, "WEBP": webp_is_whole}


@dataclass(frozen=True, kw_only=True)
class Frame:
    """One picture of a film and how long it is shown, in milliseconds."""

    picture: Picture
    shown_ms: float


@dataclass(frozen=True, kw_only=True)
class Film:
    """Moving pictures, to be gone through as often as need be.

    Attributes:
        name: of the file, without its folder.
        sha256: of its bytes, in hexadecimal.
        suffix: of its kind: .gif, .webp or .mp4, whatever the file is called.
        plays: how many times it is shown; 0 is without end.
        rate: frames a second, where all are shown equally long by their format; None where each has its own time.
        sound: whether there is any.
        frames: begins anew from the first. It raises PictureError at a frame that cannot be decoded.
    """

    name: str
    sha256: str
    suffix: str
    plays: int
    rate: float | None
    sound: bool
    frames: Callable[[], Generator[Frame, None, None]]


def film_suffix(path: Path) -> str | None:
    """The kind of moving pictures in a file, as its suffix; None for a still picture, and what cannot be read at all.

    An MP4 is known by its name, the others by what is in them.
    """
    if path.suffix.lower() == MP4:
        return MP4
    try:
        with path.open("rb") as stream:
            start = stream.read(12)
        if not start.startswith(b"GIF8") and start[:4] + start[8:] != b"RIFFWEBP":
            return None
        with opened(read_bytes(path), quoted(path)) as image:
            several = count_frames(image, quoted(path)) > 1
            return {"GIF": ".gif", "WEBP": ".webp"}.get(str(image.format)) if several else None
    except (OSError, ValueError, PictureError):
        return None  # what is wrong with it is said when it is read


def open_film(path: Path) -> Film:
    """The moving pictures in a file.

    Raises:
        PictureError: it is missing, truncated, damaged, or no film.
        UsageError: an MP4 without the extra `video`.
    """
    return _open_mp4(path) if path.suffix.lower() == MP4 else _open_animation(path)


def _open_animation(path: Path) -> Film:
    data, label = read_bytes(path), quoted(path)
    sha = sha256(data).hexdigest()
    with opened(data, label) as image:
        kind, loop = str(image.format), image.info.get("loop")
        if kind in _WHOLE and not _WHOLE[kind](BytesIO(data)):
            raise PictureError(f"cannot read {label}: the file is truncated")

    def frames() -> Generator[Frame, None, None]:
        with opened(data, label) as image:
            for number in range(count_frames(image, label)):
                load_frame(image, number, label)
                try:
                    pixels, alpha = to_srgb(upright(image))
                except MemoryError as error:
                    raise PictureError(f"cannot read {label}: not enough memory for its pixels") from error
                shown = float(image.info.get("duration", 0))
                yield Frame(picture=Picture(pixels=pixels, alpha=alpha, name=path.name, sha256=sha), shown_ms=shown)

    return Film(
        name=path.name,
        sha256=sha,
        suffix=".gif" if kind == "GIF" else ".webp",
        plays=_plays(loop) if kind == "GIF" else int(loop or 0),
        rate=None,
        sound=False,
        frames=frames,
    )


def _plays(loop: object) -> int:
    """A GIF counts how often it is repeated; without a count it is not."""
    if not isinstance(loop, int):
        return 1
    return loop and loop + 1


def _open_mp4(path: Path) -> Film:
    label = quoted(path)
    try:
        with path.open("rb") as stream:
            sha = file_digest(stream, "sha256").hexdigest()
            stream.seek(0)
            whole = mp4_is_whole(stream)
    except OSError as error:
        read_bytes(path)  # which says why not
        raise PictureError(f"cannot read {label}: the device reports an input/output error") from error
    if not whole:
        raise PictureError(f"cannot read {label}: the file is truncated or damaged")
    require_video()
    facts, none = _decoded(path, label)
    none.close()
    rate = float(facts["fps"])

    def frames() -> Generator[Frame, None, None]:
        facts, decoded = _decoded(path, label)
        width, height = facts["size"]
        try:
            for data in decoded:
                pixels = np.frombuffer(data, np.uint8).reshape(height, width, 3).astype(np.float32) / np.float32(255)
                yield Frame(
                    picture=Picture(pixels=pixels, alpha=None, name=path.name, sha256=sha), shown_ms=1000 / rate
                )
        except (OSError, RuntimeError, ValueError) as error:
            raise PictureError(f"cannot read {label}: the file is damaged") from error
        finally:
            decoded.close()

    sound = bool(facts.get("audio_codec"))
    return Film(name=path.name, sha256=sha, suffix=MP4, plays=0, rate=rate, sound=sound, frames=frames)


def _decoded(path: Path, label: str) -> tuple[dict[str, Any], Any]:
    """What ffmpeg says of a film, and a generator of its frames' bytes."""
    decoded = require_video().read_frames(str(path.absolute()), pix_fmt="rgb24")
    try:
        return next(decoded), decoded
    except (OSError, RuntimeError, ValueError, KeyError, IndexError, StopIteration) as error:
        raise PictureError(f"cannot read {label}: ffmpeg finds no film in it") from error
