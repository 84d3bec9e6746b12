"""Pictures decoded for data sets: 8-bit sRGB, upright, and no larger than needed where the format allows it.

The rules are those of `artgan.io.images.read_picture`, without its float pixels: a JPEG is scaled while it is
decoded (the DCT coefficients of 8x8 blocks give 1/2, 1/4 and 1/8 almost for free), and plain 8-bit pictures never
leave 8 bit.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from artgan.errors import PictureError
from artgan.io.colour import to_srgb
from artgan.io.decoding import load, opened
from artgan.io.images import orientation, upright

_STRIP = 1 << 20  # pixels converted through float at a time: 24 megapixels in one go would take 600 MB
_SIDEWAYS = (5, 6, 7, 8)  # EXIF orientations that exchange width and height
_GREY = ("1", "L")
_PLAIN = (*_GREY, "RGB")


def decode_rgb8(
    data: bytes, label: str, *, at_least: int | None, background: tuple[int, int, int] = (255, 255, 255)
) -> tuple[NDArray[np.uint8], tuple[int, int]]:
    """Decode an encoded picture to pixels (H, W, 3), uint8 sRGB, upright, and its original upright (width, height).

    With `at_least`, a JPEG is decoded at the smallest of 1, 1/2, 1/4 and 1/8 of its size that keeps both sides at
    least that long; every other format, and None, at full size. EXIF orientation, ICC profiles, CMYK, palettes and
    depths are treated as by `read_picture`; transparent pixels are laid over `background` (sRGB, 0 to 255).

    Raises:
        PictureError: empty, damaged, truncated, not a picture, too large. `label` names it.
    """
    with opened(data, label) as image:
        full = image.size
        if at_least is not None and image.format in ("JPEG", "MPO"):
            image.draft(None, (max(1, at_least), max(1, at_least)))
        reduced = image.size != full
        load(image, label)  # before the EXIF is asked for: Pillow decodes a PNG for that, and swallows its errors
        turn = orientation(image)
        try:
            pixels = _rgb8(upright(image), background)
        except MemoryError as error:
            raise PictureError(f"cannot read {label}: not enough memory for its pixels") from error
        except ValueError as error:
            raise PictureError(f"cannot read {label}: pixels of mode {image.mode} are not supported") from error
    if not reduced:  # the header of a TIFF may not be upright yet, the pixels are
        return pixels, (pixels.shape[1], pixels.shape[0])
    return pixels, (full[1], full[0]) if turn in _SIDEWAYS else full


def _rgb8(image: Image.Image, background: tuple[int, int, int]) -> NDArray[np.uint8]:
    plain = _plain(image)
    if plain is not None:
        # A copy, since Pillow's buffer is read-only and goes with the image.
        return np.array(plain.convert("RGB"))
    if image.mode in ("I", "F") or image.mode.startswith("I;"):
        return _through_float(image, background)  # in one go: their scale depends on the largest value
    rows = max(1, _STRIP // image.width)
    out = np.empty((image.height, image.width, 3), dtype=np.uint8)
    for top in range(0, image.height, rows):
        bottom = min(image.height, top + rows)
        out[top:bottom] = _through_float(image.crop((0, top, image.width, bottom)), background)
    return out


def _plain(image: Image.Image) -> Image.Image | None:
    """The image where 8 bit hold all there is to it: no transparency, no profile that would change anything."""
    if image.mode == "RGBA" and image.getchannel("A").getextrema() == (255, 255):
        profile = image.info.get("icc_profile")
        image = image.convert("RGB")
        image.info["icc_profile"] = profile
    elif image.has_transparency_data:
        return None
    if image.mode == "P":
        return None if image.info.get("icc_profile") else image
    if image.mode not in _PLAIN or not _changes_nothing(image.info.get("icc_profile"), image.mode in _GREY):
        return None
    return image


@lru_cache(maxsize=32)
def _changes_nothing(profile: bytes | None, grey: bool) -> bool:
    """Whether pixels come out of the colour engine as they went in: no profile, a damaged one, or sRGB itself.

    Tried out on a set of colours rather than read from the profile's name; cameras share a handful of profiles, so
    each is tried once a process.
    """
    if not profile:
        return True
    if grey:
        probe = Image.frombytes("L", (256, 1), bytes(range(256)))
    else:
        steps = np.linspace(0, 255, 9).astype(np.uint8)
        probe = Image.fromarray(np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(27, 27, 3))
    before = np.asarray(probe.convert("RGB")).astype(np.float32) / 255.0
    probe.info["icc_profile"] = profile
    after, _ = to_srgb(probe)
    return bool(np.abs(after - before).max() <= 0.5 / 255.0)


def _through_float(image: Image.Image, background: tuple[int, int, int]) -> NDArray[np.uint8]:
    pixels, alpha = to_srgb(image)
    if alpha is not None:
        cover = alpha[:, :, None]
        pixels = pixels * cover + np.asarray(background, dtype=np.float32) / np.float32(255.0) * (1.0 - cover)
    levels: NDArray[np.uint8] = np.rint(np.clip(pixels, 0.0, 1.0) * 255.0).astype(np.uint8)
    return levels
