"""From whatever Pillow decoded to float sRGB: colour profiles, depths, palettes, transparency.

Orientation is not handled here; nothing is clipped that the file itself can hold.
"""

from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

Pixels = NDArray[np.float32]

_HIGH_DEPTH = {"I", "I;16", "I;16L", "I;16B", "I;16N", "F"}
_WITH_ALPHA = {"LA": "L", "RGBA": "RGB"}
_BITS_PER_SAMPLE = 258  # TIFF tag


def to_srgb(image: Image.Image) -> tuple[Pixels, Pixels | None]:
    """Pixels (H, W, 3), sRGB in [0, 1], and alpha (H, W) in [0, 1] of a decoded image.

    Alpha is None where every pixel is opaque. Colour under transparent pixels is kept. The embedded ICC
    profile is applied (relative colorimetric, black point compensated); a damaged or unfitting one is
    ignored. Depths are mapped by their full scale, never clipped:

    - 8 bit: v / 255; 1 bit: 0 or 1; 16 bit: v / 65535; 12-bit TIFF: v / 4095. Pillow hands 16-bit *colour*
      over as 8 bit.
    - 32-bit integers (mode I): / 65535 if the maximum fits, else / (2^24 - 1) or / (2^31 - 1).
    - float (mode F): as it is up to a maximum of 1; / maximum up to 16 (overshoot, scene light); / 255 up to
      255; / 65535 up to 65535; else / maximum. Negative and undefined values become 0.

    Raises:
        ValueError: a pixel format that Pillow cannot convert.
    """
    profile = image.info.get("icc_profile")
    if image.mode in _HIGH_DEPTH:
        grey, alpha = _high_depth(image)
        return _grey_to_srgb(grey, profile), alpha
    if image.mode == "LAB":
        # Pillow converts from L*a*b* through a profile only.
        lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
        return _unit(_transform(image, lab) or image.convert("RGB")), None
    image, alpha = _split_alpha(image)
    if image.mode == "L":
        return _grey_to_srgb(_unit(image), profile), alpha
    managed = _apply_profile(image, profile)
    return _unit(managed if managed.mode == "RGB" else managed.convert("RGB")), alpha


def opaque_to_none(alpha: Pixels) -> Pixels | None:
    """`alpha`, or None when it is 1 everywhere."""
    return None if bool((alpha >= 1.0).all()) else alpha


def _split_alpha(image: Image.Image) -> tuple[Image.Image, Pixels | None]:
    """The image in mode L, RGB or CMYK, and its alpha."""
    if image.has_transparency_data:
        target = "LA" if image.mode in ("1", "L", "LA", "La") else "RGBA"
        try:
            image = image.convert(target)
        except (ValueError, TypeError, OverflowError):
            image.info.pop("transparency", None)  # a transparent colour that the mode cannot hold
    if image.mode in _WITH_ALPHA:
        alpha = opaque_to_none(_unit(image.getchannel("A")))
        return image.convert(_WITH_ALPHA[image.mode]), alpha
    if image.mode in ("L", "RGB", "CMYK"):
        return image, None
    return image.convert("L" if image.mode == "1" else "RGB"), None


def _unit(image: Image.Image) -> Pixels:
    values = np.asarray(image).astype(np.float32)
    values /= 255.0
    return values


def _high_depth(image: Image.Image) -> tuple[Pixels, Pixels | None]:
    """Grey values (H, W) in [0, 1] and alpha of an integer image beyond 8 bit, or of a float image."""
    values = np.asarray(image)
    transparent = image.info.get("transparency")
    alpha = None
    if isinstance(transparent, int):
        alpha = opaque_to_none((values != transparent).astype(np.float32))
    grey = np.nan_to_num(values.astype(np.float32), copy=False, nan=0.0, posinf=0.0, neginf=0.0)
    np.maximum(grey, 0.0, out=grey)
    grey /= _full_scale(image, float(grey.max()))
    return np.minimum(grey, 1.0, out=grey), alpha


def _full_scale(image: Image.Image, maximum: float) -> float:
    if image.mode == "F":
        if maximum <= 1.0:
            return 1.0
        if maximum <= 16.0:
            return maximum
        return next((scale for scale in (255.0, 65535.0) if maximum <= scale), maximum)
    tags = getattr(image, "tag_v2", {})
    if image.mode != "I" and tags.get(_BITS_PER_SAMPLE) == (12,):
        return 4095.0
    # The last is taken also for an unsigned 32-bit maximum: nothing lies above it in Pillow's signed mode.
    return next((scale for scale in (65535.0, 2.0**24 - 1) if maximum <= scale), 2.0**31 - 1)


def _grey_to_srgb(grey: Pixels, profile: bytes | None) -> Pixels:
    """Grey (H, W) to (H, W, 3), through the profile's curve.

    The colour engine takes 8-bit grey only, so the curve is read off at 256 places and interpolated: the
    depth of the picture survives.
    """
    source = _parse_profile(profile)
    ramp = Image.frombytes("L", (256, 1), bytes(range(256)))
    # Unoptimised, since the engine's shortcuts are coarse in the shadows and 256 values cost nothing.
    curve = _transform(ramp, source, ImageCms.Flags.NOOPTIMIZE) if source is not None else None
    if curve is None:
        return np.repeat(grey[:, :, None], 3, axis=2)
    places = np.linspace(0.0, 1.0, 256)
    channels = _unit(curve)[0]
    return np.stack([np.interp(grey, places, channels[:, c]) for c in range(3)], axis=2).astype(np.float32)


def _apply_profile(image: Image.Image, profile: bytes | None) -> Image.Image:
    source = _parse_profile(profile)
    if source is None or _is_srgb(source, image.mode):
        return image
    return _transform(image, source) or image


def _is_srgb(source: ImageCms.ImageCmsProfile, mode: str) -> bool:
    """Whether the profile changes nothing: most pictures carry sRGB, which is then kept bit for bit."""
    if mode != "RGB":
        return False
    steps = np.linspace(0, 255, 9).astype(np.uint8)
    probe = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(27, 27, 3)
    image = Image.fromarray(probe)
    changed = _transform(image, source)
    return changed is not None and int(np.abs(np.asarray(changed).astype(int) - probe).max()) <= 1


def _parse_profile(profile: bytes | None) -> ImageCms.ImageCmsProfile | None:
    if not profile:
        return None
    try:
        return ImageCms.ImageCmsProfile(BytesIO(profile))
    except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
        return None


def _transform(
    image: Image.Image, source: ImageCms.ImageCmsProfile, extra: ImageCms.Flags = ImageCms.Flags.NONE
) -> Image.Image | None:
    """The image in sRGB, None when the profile is damaged or made for another kind of image."""
    try:
        return ImageCms.profileToProfile(
            image,
            source,
            ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")),
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            outputMode="RGB",
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION | extra,
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None
