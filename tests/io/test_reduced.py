"""Reduced 8-bit decoding agrees with the full float reader, and keeps its promises on size and memory."""

import io
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms

from artgan.errors import PictureError
from artgan.io import reduced
from artgan.io.images import read_picture
from artgan.io.reduced import decode_rgb8


def smooth(height: int, width: int) -> NDArray[np.uint8]:
    y, x = np.mgrid[0:height, 0:width]
    planes = [255 * x / (width - 1), 255 * y / (height - 1), 255 * (x + 2 * y) / (width + 2 * height)]
    return np.stack(planes, axis=-1).astype(np.uint8)


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def full(data: bytes, folder: Path, background: tuple[int, int, int] = (255, 255, 255)) -> NDArray[np.uint8]:
    """What the float reader makes of it, over the background, in 8 bit."""
    (folder / "picture").write_bytes(data)
    picture = read_picture(folder / "picture")
    pixels = picture.pixels
    if picture.alpha is not None:
        cover = picture.alpha[:, :, None]
        pixels = pixels * cover + np.array(background, dtype=np.float32) / 255 * (1 - cover)
    return np.rint(np.clip(pixels, 0, 1) * 255).astype(np.uint8)


def profile(name: str) -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile(name)).tobytes()


def wide_profile() -> bytes:
    """sRGB's curves with the red and green primaries exchanged: no picture survives it unchanged."""
    data = bytearray(profile("sRGB"))
    red, green = data.index(b"rXYZ"), data.index(b"gXYZ")
    data[red : red + 4], data[green : green + 4] = b"gXYZ", b"rXYZ"
    return bytes(data)


def kinds() -> dict[str, bytes]:
    rgb = Image.fromarray(smooth(40, 60))
    alpha = Image.fromarray(np.tile(np.linspace(0, 255, 60).astype(np.uint8), (40, 1)))
    rgba, opaque = rgb.copy(), rgb.convert("RGBA")
    rgba.putalpha(alpha)
    grey = rgb.convert("L")
    palette = rgb.quantize(16)
    sixteen = Image.fromarray(np.linspace(0, 65535, 2400).astype(np.uint16).reshape(40, 60))
    return {
        "rgb": encoded(rgb, "PNG"),
        "grey": encoded(grey, "PNG"),
        "bit": encoded(rgb.convert("1"), "PNG"),
        "palette": encoded(palette, "PNG"),
        "palette-transparent": encoded(palette, "PNG", transparency=3),
        "rgba": encoded(rgba, "PNG"),
        "opaque": encoded(opaque, "PNG"),
        "grey-alpha": encoded(rgba.convert("LA"), "PNG"),
        "keyed": encoded(rgb, "PNG", transparency=tuple(smooth(40, 60)[3, 3].tolist())),
        "sixteen": encoded(sixteen, "PNG"),
        "cmyk": encoded(rgb.convert("CMYK"), "JPEG"),
        "jpeg": encoded(rgb, "JPEG"),
        "jpeg-srgb": encoded(rgb, "JPEG", icc_profile=profile("sRGB")),
        "jpeg-wide": encoded(rgb, "JPEG", icc_profile=wide_profile()),
        "jpeg-damaged": encoded(rgb, "JPEG", icc_profile=b"no profile"),
        "opaque-wide": encoded(opaque, "PNG", icc_profile=wide_profile()),
        "lab": encoded(rgb.convert("CMYK"), "TIFF"),
        "webp": encoded(rgb, "WEBP", lossless=True),
        "gif": encoded(palette, "GIF"),
    }


@pytest.mark.parametrize("kind", kinds())
@pytest.mark.parametrize("strip", [1 << 20, 7 * 60])
def test_agrees_with_the_full_reader(kind: str, strip: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reduced, "_STRIP", strip)
    data = kinds()[kind]
    pixels, size = decode_rgb8(data, "x", at_least=None, background=(10, 200, 90))
    assert pixels.dtype == np.uint8
    assert size == (60, 40)
    expected = full(data, tmp_path, (10, 200, 90))
    assert pixels.shape == expected.shape
    assert np.abs(pixels.astype(int) - expected).max() <= 1


def test_a_profile_that_means_something_is_applied_and_srgb_is_kept() -> None:
    data = kinds()
    plain = decode_rgb8(data["jpeg"], "x", at_least=None)[0]
    np.testing.assert_array_equal(decode_rgb8(data["jpeg-srgb"], "x", at_least=None)[0], plain)
    assert np.abs(decode_rgb8(data["jpeg-wide"], "x", at_least=None)[0].astype(int) - plain).max() > 50


@pytest.mark.parametrize("kind", ["jpeg", "jpeg-srgb", "rgb", "grey", "palette", "opaque"])
def test_plain_pictures_do_not_go_through_float(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data = kinds()[kind]
    decode_rgb8(data, "x", at_least=None)  # the profile is tried out once
    monkeypatch.setattr(reduced, "to_srgb", lambda image: pytest.fail("went through float"))
    decode_rgb8(data, "x", at_least=None)


@pytest.mark.parametrize(
    ("at_least", "expected"),
    [(None, (600, 400)), (400, (600, 400)), (201, (600, 400)), (200, (300, 200)), (1, (75, 50))],
)
def test_draft_keeps_both_sides_long_enough(at_least: int | None, expected: tuple[int, int]) -> None:
    pixels, size = decode_rgb8(encoded(Image.fromarray(smooth(400, 600)), "JPEG"), "x", at_least=at_least)
    assert (pixels.shape[1], pixels.shape[0]) == expected
    assert size == (600, 400)
    wanted = np.asarray(Image.fromarray(smooth(400, 600)).resize(expected, Image.Resampling.BOX)).astype(int)
    assert np.abs(pixels.astype(int) - wanted).mean() < 3


@pytest.mark.parametrize("kind", ["JPEG", "MPO", "PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("at_least", [None, 40])
def test_orientation_after_the_draft(kind: str, orientation: int, at_least: int | None, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(Image.fromarray(smooth(160, 240)), kind, exif=exif)
    expected = full(data, tmp_path)
    pixels, size = decode_rgb8(data, "x", at_least=at_least)
    assert size == (expected.shape[1], expected.shape[0])
    if at_least is not None and kind in ("JPEG", "MPO"):
        assert min(pixels.shape[:2]) == 40
        small = Image.fromarray(expected).resize((pixels.shape[1], pixels.shape[0]), Image.Resampling.BOX)
        expected = np.asarray(small)
    assert np.abs(pixels.astype(int) - expected).mean() < 4


def test_the_original_size_survives_a_reduction_to_a_square() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    data = encoded(Image.fromarray(smooth(801, 806)), "JPEG", exif=exif)
    pixels, size = decode_rgb8(data, "x", at_least=100)
    assert pixels.shape == (101, 101, 3)
    assert size == (801, 806)


@pytest.mark.parametrize(
    "data", [b"", b"no picture", encoded(Image.fromarray(smooth(64, 64)), "JPEG")[:400], kinds()["rgb"][:200]]
)
def test_bad_pictures_are_one_line(data: bytes) -> None:
    with pytest.raises(PictureError, match="'x'") as error:
        decode_rgb8(data, "'x'", at_least=8)
    assert "\n" not in str(error.value)


def test_memory_of_a_large_transparent_picture_is_bounded() -> None:
    image = Image.new("RGBA", (3000, 2000), (200, 30, 60, 128))
    data = encoded(image, "PNG", compress_level=1)
    tracemalloc.start()
    pixels, _ = decode_rgb8(data, "x", at_least=64)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert tuple(pixels[0, 0]) == (227, 142, 157)
    assert peak < 100e6  # in one go: 6 million pixels of seven floats, 168 MB and copies


def test_a_png_damaged_behind_its_header_is_noticed() -> None:
    stream = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)).save(stream, "PNG")
    damaged = bytearray(stream.getvalue())
    damaged[len(damaged) // 2] ^= 0xFF
    with pytest.raises(PictureError, match=r"damaged|truncated"):
        decode_rgb8(bytes(damaged), "'x.png'", at_least=None)
