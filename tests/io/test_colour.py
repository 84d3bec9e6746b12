"""Every mode of Pillow becomes float sRGB; profiles built byte by byte, so that the truth is known."""

import struct
from io import BytesIO

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms

from artgan.io.colour import to_srgb

RAMP = np.arange(256, dtype=np.uint8).reshape(16, 16)


def icc(space: bytes, tags: dict[bytes, bytes]) -> bytes:
    """An ICC version 2 profile (ICC.1:2001-04) for display, to the connection space XYZ, or Lab for CMYK."""
    kind, connection = (b"prtr", b"Lab ") if space == b"CMYK" else (b"mntr", b"XYZ ")
    tags = {b"wtpt": xyz(0.9642, 1.0, 0.8249), **tags}
    offset = 128 + 4 + 12 * len(tags)
    table, body = struct.pack(">I", len(tags)), b""
    for name, data in tags.items():
        data += b"\0" * (-len(data) % 4)
        table += struct.pack(">4sII", name, offset + len(body), len(data))
        body += data
    head = struct.pack(">I4sI4s4s4s", offset + len(body), b"", 0x02100000, kind, space, connection)
    head += struct.pack(">6H4s", 2026, 1, 1, 0, 0, 0, b"acsp").ljust(44, b"\0")
    head += s15(0.9642) + s15(1.0) + s15(0.8249)
    return head.ljust(128, b"\0") + table + body


def s15(value: float) -> bytes:
    return struct.pack(">i", round(value * 65536))


def xyz(x: float, y: float, z: float) -> bytes:
    return b"XYZ \0\0\0\0" + s15(x) + s15(y) + s15(z)


def gamma(value: float) -> bytes:
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(value * 256))


def rgb_profile(columns: list[tuple[float, float, float]], exponent: float) -> bytes:
    tags = {name + b"XYZ": xyz(*column) for name, column in zip((b"r", b"g", b"b"), columns, strict=True)}
    return icc(b"RGB ", tags | {name + b"TRC": gamma(exponent) for name in (b"r", b"g", b"b")})


# Primaries adapted to D50: the colorants in the profiles "Adobe RGB (1998)" and "sRGB IEC61966-2.1".
ADOBE = [(0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457)]
SRGB = [(0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.71410)]


def cmyk_profile() -> bytes:
    """CMYK whose every ink does nothing, but black: L* falls from 100 to 0 linearly with K."""
    table = b""
    for corner in range(16):  # the last ink varies fastest
        table += bytes([0 if corner & 1 else 255, 128, 128])
    linear = bytes(range(256))
    matrix = b"".join(s15(v) for v in (1, 0, 0, 0, 1, 0, 0, 0, 1))
    return icc(b"CMYK", {b"A2B0": b"mft1\0\0\0\0\x04\x03\x02\0" + matrix + linear * 4 + table + linear * 3})


def srgb_curve(linear: NDArray[np.float64]) -> NDArray[np.float64]:
    """IEC 61966-2-1, from light to code values."""
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


def with_profile(image: Image.Image, profile: bytes) -> Image.Image:
    image.info["icc_profile"] = profile
    return image


def test_grey_8_bit_is_exact() -> None:
    pixels, alpha = to_srgb(Image.fromarray(RAMP))
    assert pixels.dtype == np.float32
    assert alpha is None
    np.testing.assert_array_equal(pixels, np.repeat(RAMP[:, :, None], 3, 2).astype(np.float32) / 255)


@pytest.mark.parametrize("dtype", ["<u2", ">u2"])
def test_16_bit_keeps_its_depth(dtype: str) -> None:
    values = np.arange(0, 65536, 16).reshape(-1, 64)
    image = Image.fromarray(values.astype(dtype))
    assert image.mode in ("I;16", "I;16B")
    pixels, alpha = to_srgb(image)
    assert alpha is None
    np.testing.assert_allclose(pixels[:, :, 1], values / 65535, atol=1e-7)
    assert to_srgb(Image.fromarray(np.full((2, 2), 65535, dtype)))[0].min() == 1.0


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0, 65535], [0, 1]),
        ([0, 300], [0, 300 / 65535]),
        ([-5, 65535], [0, 1]),
        ([0, 2**24 - 1], [0, 1]),
        ([2**30, 2**31 - 1], [0.5, 1]),
    ],
)
def test_mode_i(values: list[int], expected: list[float]) -> None:
    pixels, _ = to_srgb(Image.fromarray(np.array([values], np.int32)))
    np.testing.assert_allclose(pixels[0, :, 0], expected, atol=1e-6)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0.0, 0.25, 1.0], [0, 0.25, 1]),
        ([0.0, 0.125, 0.25], [0, 0.125, 0.25]),
        ([0.0, 1.0, 4.0], [0, 0.25, 1]),
        ([0.0, 51.0, 255.0], [0, 0.2, 1]),
        ([0.0, 51.0, 200.0], [0, 0.2, 200 / 255]),
        ([0.0, 13107.0, 65535.0], [0, 0.2, 1]),
        ([0.0, 1e6, 1e7], [0, 0.1, 1]),
        ([-1.0, np.nan, 0.5], [0, 0, 0.5]),
        ([np.inf, -np.inf, 0.5], [0, 0, 0.5]),
    ],
)
def test_mode_f(values: list[float], expected: list[float]) -> None:
    pixels, _ = to_srgb(Image.fromarray(np.array([values], np.float32)))
    np.testing.assert_allclose(pixels[0, :, 2], expected, atol=1e-6)


def test_one_bit() -> None:
    pixels, _ = to_srgb(Image.fromarray(RAMP).convert("1"))
    assert set(np.unique(pixels)) == {0.0, 1.0}


def test_cmyk_without_profile() -> None:
    image = Image.new("CMYK", (3, 1))
    image.putdata([(0, 0, 0, 0), (255, 0, 0, 0), (0, 0, 0, 255)])
    np.testing.assert_array_equal(to_srgb(image)[0][0], [[1, 1, 1], [0, 1, 1], [0, 0, 0]])


def test_cmyk_with_profile() -> None:
    ink = np.zeros((1, 256, 4), np.uint8)
    ink[0, :, 3] = np.arange(256)
    ink[0, ::2, 0] = 255  # cyan, which this press ignores
    pixels, _ = to_srgb(with_profile(Image.frombytes("CMYK", (256, 1), ink.tobytes()), cmyk_profile()))
    lightness = 100 * (1 - np.arange(256) / 255)
    light = np.where(lightness > 8, ((lightness + 16) / 116) ** 3, lightness / 903.3)  # CIE 1976 L*
    np.testing.assert_allclose(pixels[0, :, 1], srgb_curve(light), atol=2.5 / 255)
    assert np.ptp(pixels, axis=2).max() <= 2 / 255


@pytest.mark.parametrize("mode", ["YCbCr", "HSV", "LAB", "RGBX", "PA", "La", "RGBa"])
def test_rare_modes_of_a_grey(mode: str) -> None:
    if mode == "LAB":
        lab = ImageCms.buildTransform(ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB")
        image = ImageCms.applyTransform(Image.new("RGB", (4, 4), (90, 90, 90)), lab)
        assert image is not None
    elif mode in ("La", "RGBa", "PA"):
        image = Image.new("LA" if mode != "RGBa" else "RGBA", (4, 4))
        image.paste((90, 255) if mode != "RGBa" else (90, 90, 90, 255), (0, 0, 4, 4))
        image = image.convert(mode)
    else:
        image = Image.new("RGB", (4, 4), (90, 90, 90)).convert(mode)
    pixels, alpha = to_srgb(image)
    assert alpha is None
    np.testing.assert_allclose(pixels, 90 / 255, atol=1.01 / 255)


def test_alpha() -> None:
    levels = np.dstack([RAMP, RAMP.T, 255 - RAMP, RAMP])
    pixels, alpha = to_srgb(Image.fromarray(levels))
    assert alpha is not None
    np.testing.assert_array_equal(alpha, RAMP.astype(np.float32) / 255)
    np.testing.assert_array_equal(pixels, levels[:, :, :3].astype(np.float32) / 255)
    pixels, alpha = to_srgb(Image.fromarray(levels[:, :, 2:]))  # LA
    assert alpha is not None
    np.testing.assert_array_equal(alpha, RAMP.astype(np.float32) / 255)
    np.testing.assert_array_equal(pixels[:, :, 0], (255 - RAMP).astype(np.float32) / 255)


def test_opaque_alpha_is_none() -> None:
    assert to_srgb(Image.new("RGBA", (3, 3), (1, 2, 3, 255)))[1] is None
    assert to_srgb(Image.new("RGBA", (3, 3), (1, 2, 3, 254)))[1] is not None


@pytest.mark.parametrize("transparency", [1, bytes([255, 0, 128])])
def test_palette_with_transparency(transparency: int | bytes) -> None:
    image = Image.new("P", (3, 1))
    image.putpalette([10, 20, 30, 40, 50, 60, 70, 80, 90])
    image.putdata([0, 1, 2])
    image.info["transparency"] = transparency
    pixels, alpha = to_srgb(image)
    expected = np.array([[10, 20, 30], [40, 50, 60], [70, 80, 90]], np.float32) / 255
    np.testing.assert_array_equal(pixels[0], expected)
    assert alpha is not None
    assert list(alpha[0] * 255) == [255, 0, 255 if isinstance(transparency, int) else 128]


@pytest.mark.parametrize(
    ("image", "transparent"),
    [
        (Image.fromarray(np.array([[5, 6]], np.uint8)), 6),
        (Image.fromarray(np.array([[5, 600]], np.uint16)), 600),
        (Image.fromarray(np.array([[[5, 5, 5], [6, 7, 8]]], np.uint8)), (6, 7, 8)),
    ],
    ids=["L", "I;16", "RGB"],
)
def test_transparent_colour(image: Image.Image, transparent: int | tuple[int, ...]) -> None:
    image.info["transparency"] = transparent
    _, alpha = to_srgb(image)
    assert alpha is not None
    np.testing.assert_array_equal(alpha, [[1, 0]])


@pytest.mark.parametrize("transparent", [(60000, 1, 2), "rubbish", (1,), b"abc", -1, 2**40])
@pytest.mark.parametrize("mode", ["RGB", "L", "1", "P", "CMYK", "I;16"])
def test_unfit_transparent_colour_is_ignored(mode: str, transparent: object) -> None:
    image = Image.new(mode, (2, 2))
    image.info["transparency"] = transparent
    assert to_srgb(image)[0].shape == (2, 2, 3)


def test_wide_gamut_is_converted() -> None:
    """Against the matrices in double precision: Adobe RGB to light, to XYZ, to sRGB light, to code values."""
    rng = np.random.default_rng(0)
    levels = rng.integers(60, 200, (20, 20, 3)).astype(np.uint8)
    light = (levels / 255.0) ** (563 / 256)
    in_srgb = light @ np.array(ADOBE) @ np.linalg.inv(np.array(SRGB))
    assert in_srgb.min() < 0  # some colours lie outside sRGB, and are brought to its edge
    expected = srgb_curve(np.clip(in_srgb, 0, 1))
    pixels, _ = to_srgb(with_profile(Image.fromarray(levels), rgb_profile(ADOBE, 563 / 256)))
    np.testing.assert_allclose(pixels, expected, atol=2 / 255)
    assert np.abs(pixels - levels / 255).max() > 0.05


@pytest.mark.parametrize("alpha", [None, 7])
def test_profile_leaves_alpha_alone(alpha: int | None) -> None:
    levels = np.full((4, 4, 4), 100, np.uint8)
    levels[:, :, 1] = 150
    levels[:, :, 3] = 255 if alpha is None else alpha
    profile = rgb_profile(ADOBE, 563 / 256)
    pixels, found = to_srgb(with_profile(Image.fromarray(levels), profile))
    plain, _ = to_srgb(with_profile(Image.fromarray(levels[:, :, :3]), profile))
    np.testing.assert_array_equal(pixels, plain)
    assert (found is None) == (alpha is None)
    assert found is None or set(np.unique(found * 255)) == {7.0}


def test_palette_with_profile() -> None:
    image = Image.new("P", (1, 1))
    image.putpalette([100, 150, 100])
    profile = rgb_profile(ADOBE, 563 / 256)
    direct, _ = to_srgb(with_profile(Image.new("RGB", (1, 1), (100, 150, 100)), profile))
    np.testing.assert_array_equal(to_srgb(with_profile(image, profile))[0], direct)


def test_srgb_profile_changes_nothing() -> None:
    levels = np.random.default_rng(1).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    pixels, _ = to_srgb(with_profile(Image.fromarray(levels), profile))
    np.testing.assert_array_equal(pixels, levels.astype(np.float32) / 255)


def test_grey_profile() -> None:
    linear = icc(b"GRAY", {b"kTRC": gamma(1.0)})
    expected = srgb_curve(RAMP / 255.0)
    pixels, _ = to_srgb(with_profile(Image.fromarray(RAMP), linear))
    np.testing.assert_allclose(pixels[:, :, 0], expected, atol=1.01 / 255)
    deep = np.linspace(20000, 22000, 2001).astype(np.uint16)[None]
    pixels, _ = to_srgb(with_profile(Image.fromarray(deep), linear))
    np.testing.assert_allclose(pixels[0, :, 0], srgb_curve(deep[0] / 65535.0), atol=1.01 / 255)
    assert len(np.unique(pixels)) > 1500, "16-bit depth survives the profile"


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I", "I;16", "F"])
def test_damaged_or_unfit_profile_is_ignored(mode: str) -> None:
    image = Image.new(mode, (4, 4))
    plain, _ = to_srgb(image.copy())
    sound = rgb_profile(ADOBE, 2.2)
    profiles = [b"", b"x", b"\0" * 200, sound[:100], sound[:140], sound[:-40]]
    profiles.append(cmyk_profile() if mode != "CMYK" else sound)
    for profile in profiles:
        pixels, _ = to_srgb(with_profile(image.copy(), profile))
        np.testing.assert_array_equal(pixels, plain)


def test_12_bit_tiff_fills_the_scale() -> None:
    image = Image.fromarray(np.array([[0, 4095]], np.uint16))
    stream = BytesIO()
    image.save(stream, "TIFF")
    # The same strip declared as 12 bit: 0x000 0xfff packs into three bytes.
    data = bytearray(stream.getvalue())
    with Image.open(BytesIO(data)) as opened:
        strip = opened.tag_v2[273][0]  # type: ignore[attr-defined]  # every TIFF has it
    entry = data.index(struct.pack("<HHI", 258, 3, 1))
    data[entry + 8 : entry + 10] = struct.pack("<H", 12)
    data[strip : strip + 3] = b"\x00\x0f\xff"
    with Image.open(BytesIO(data)) as opened:
        opened.load()
        pixels, _ = to_srgb(opened)
    np.testing.assert_array_equal(pixels[0, :, 0], [0, 1])
