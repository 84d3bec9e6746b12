"""Pictures in and out, with real files; damaged ones give one line, never a traceback or a warning."""

import errno
import hashlib
import io
import struct
import sys
import threading
import warnings
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms, features

from artgan.errors import DivergedError, OutputError, PictureError, UsageError
from artgan.io import decoding
from artgan.io.images import FORMATS, encode_png, picture_format, read_picture, write_picture

LOSSLESS = [".png", ".tif", ".tiff"]


def smooth(height: int, width: int) -> NDArray[np.uint8]:
    """A picture with no symmetry, smooth enough for JPEG."""
    y, x = np.mgrid[0:height, 0:width]
    planes = [255 * x / (width - 1), 255 * y / (height - 1), 255 * (x + 2 * y) / (width + 2 * height)]
    return np.stack(planes, axis=-1).astype(np.uint8)


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def refusal(source: Path | str, **options: Any) -> str:
    with pytest.raises(PictureError) as error:
        read_picture(source, **options)
    text = str(error.value)
    assert "\n" not in text
    return text


def png_claiming(width: int, height: int) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")


def test_reads_what_the_file_says(tmp_path: Path) -> None:
    levels = smooth(20, 30)
    path = tmp_path / "x.png"
    Image.fromarray(levels).save(path)
    picture = read_picture(path)
    assert picture.pixels.dtype == np.float32
    np.testing.assert_array_equal(picture.pixels, levels.astype(np.float32) / 255)
    assert picture.alpha is None
    assert picture.name == "x.png"
    assert picture.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    np.testing.assert_array_equal(read_picture(str(path)).pixels, picture.pixels)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "TIFF deflate", "MPO"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation(tmp_path: Path, kind: str, orientation: int) -> None:
    """The stored pixels, turned by the definition of each value, are what comes out, pixel for pixel."""
    stored = smooth(24, 40)
    exif = Image.Exif()
    exif[0x0112] = orientation
    options: dict[str, Any] = {"lossless": True} if kind == "WEBP" else {}
    if kind == "TIFF deflate":
        options = {"compression": "tiff_deflate"}
    data = encoded(Image.fromarray(stored), kind.split()[0], exif=exif, **options)
    (tmp_path / "x").write_bytes(data)
    plain = np.asarray(Image.open(io.BytesIO(encoded(Image.fromarray(stored), kind.split()[0], **options))))
    # EXIF 2.3, 4.6.4 A: where row 0 and column 0 of the stored picture lie in the one seen.
    upright = {
        1: plain,
        2: plain[:, ::-1],
        3: plain[::-1, ::-1],
        4: plain[::-1],
        5: plain.transpose(1, 0, 2),
        6: plain.transpose(1, 0, 2)[:, ::-1],
        7: plain.transpose(1, 0, 2)[::-1, ::-1],
        8: plain.transpose(1, 0, 2)[::-1],
    }[orientation]
    np.testing.assert_array_equal(read_picture(tmp_path / "x").pixels, upright.astype(np.float32) / 255)


def test_orientation_turns_alpha_too(tmp_path: Path) -> None:
    levels = np.dstack([smooth(6, 9), smooth(6, 9)[:, :, 0]])
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(levels).save(tmp_path / "x.png", exif=exif)
    picture = read_picture(tmp_path / "x.png")
    assert picture.alpha is not None
    np.testing.assert_array_equal(picture.alpha, levels[:, :, 3].T[:, ::-1].astype(np.float32) / 255)
    assert picture.pixels.shape == (9, 6, 3)


@pytest.mark.parametrize("length", range(0, 30, 3))
def test_damaged_exif_is_ignored(tmp_path: Path, length: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = 1
    data = b"Exif\0\0" + exif.tobytes()[6 : 6 + length] + b"\xff" * 9
    (tmp_path / "x.jpg").write_bytes(encoded(Image.fromarray(smooth(8, 8)), "JPEG", exif=data))
    assert read_picture(tmp_path / "x.jpg").pixels.shape == (8, 8, 3)


def test_16_bit_files(tmp_path: Path) -> None:
    values = np.linspace(0, 65535, 4096).astype(np.uint16).reshape(64, 64)
    for name in ("x.png", "x.tif"):
        Image.fromarray(values).save(tmp_path / name)
    Image.fromarray(values.astype(">u2")).save(tmp_path / "big.tif")
    (tmp_path / "x.pgm").write_bytes(b"P5 64 64 65535\n" + values.astype(">u2").tobytes())
    for name in ("x.png", "x.tif", "big.tif", "x.pgm"):
        pixels = read_picture(tmp_path / name).pixels
        np.testing.assert_allclose(pixels[:, :, 0], values / 65535, atol=1e-6, err_msg=name)


def test_16_bit_colour_png(tmp_path: Path) -> None:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    row = np.array([[0, 0, 0], [65535, 32768, 1000]], ">u2").tobytes()
    head = struct.pack(">IIBBBBB", 2, 1, 16, 2, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" + row)) + chunk(b"IEND", b"")
    (tmp_path / "x.png").write_bytes(b"\x89PNG\r\n\x1a\n" + body)
    pixels = read_picture(tmp_path / "x.png").pixels
    np.testing.assert_allclose(pixels[0, 1], [1, 32768 / 65535, 1000 / 65535], atol=1 / 255)


def test_float_tiff(tmp_path: Path) -> None:
    values = np.linspace(0, 1, 64, dtype=np.float32).reshape(8, 8)
    Image.fromarray(values).save(tmp_path / "x.tif")
    np.testing.assert_array_equal(read_picture(tmp_path / "x.tif").pixels[:, :, 2], values)


def test_cmyk_jpeg(tmp_path: Path) -> None:
    """Pillow writes CMYK as Adobe does, inverted; read back it must not be a negative."""
    image = Image.new("CMYK", (16, 16), (0, 255, 255, 0))
    image.save(tmp_path / "x.jpg", quality=100)
    np.testing.assert_allclose(read_picture(tmp_path / "x.jpg").pixels[8, 8], [1, 0, 0], atol=2 / 255)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF"])
def test_first_frame(tmp_path: Path, kind: str) -> None:
    frames = [Image.new("RGB", (8, 6), colour) for colour in ("red", "blue")]
    options = {"lossless": True} if kind == "WEBP" else {}
    frames[0].save(tmp_path / "x", kind, save_all=True, append_images=frames[1:], **options)
    np.testing.assert_array_equal(read_picture(tmp_path / "x").pixels, np.broadcast_to([1, 0, 0], (6, 8, 3)))


def test_transparent_palettes(tmp_path: Path) -> None:
    levels = np.zeros((4, 4, 4), np.uint8)
    levels[:, 2:] = [200, 100, 50, 255]
    Image.fromarray(levels).save(tmp_path / "x.gif")
    Image.fromarray(levels).quantize(4).save(tmp_path / "x.png")
    for name in ("x.gif", "x.png"):
        picture = read_picture(tmp_path / name)
        assert picture.alpha is not None
        np.testing.assert_array_equal(picture.alpha, levels[:, :, 3] / 255)
        np.testing.assert_allclose(picture.pixels[:, 2:], levels[:, 2:, :3] / 255, atol=1e-6)


@pytest.mark.parametrize("name", ["x.jpg", "x.png", "x.webp", "x.tif"])
def test_damaged_profile_is_ignored_quietly(tmp_path: Path, name: str) -> None:
    sound = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for profile in (b"rubbish" * 30, sound[:200], sound):
        Image.new("RGB", (8, 8), (50, 50, 50)).save(tmp_path / name, icc_profile=profile)
        np.testing.assert_allclose(read_picture(tmp_path / name).pixels, 50 / 255, atol=1 / 255)


class Trickle(io.RawIOBase):
    """A pipe that hands over a few bytes at a time."""

    def __init__(self, data: bytes) -> None:
        self.rest = data

    def read(self, size: int = -1) -> bytes:
        head, self.rest = self.rest[:100], self.rest[100:]
        return head


def test_stdin(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    data = encoded(Image.fromarray(smooth(9, 9)), "PNG")
    for stream in (io.BytesIO(data), Trickle(data)):
        picture = read_picture("-", stdin=stream)  # type: ignore[arg-type]  # RawIOBase is BinaryIO enough
        assert picture.name == "stdin"
        assert picture.sha256 == hashlib.sha256(data).hexdigest()
    assert refusal("-", stdin=io.BytesIO(b"")).startswith("nothing came in on stdin")
    assert refusal("-", stdin=io.BytesIO(b"text")).startswith("cannot read standard input: not a picture")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    assert read_picture("-").pixels.shape == (9, 9, 3)
    monkeypatch.setattr(sys, "stdin", None)
    assert refusal("-").startswith("nothing came in on stdin")
    monkeypatch.chdir(tmp_path)
    Path("-").write_bytes(data)
    assert read_picture(Path("-")).name == "-"


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("x.txt", b"hello, this is text", "not a picture that Pillow can read"),
        ("x.svg", b'<svg xmlns="http://www.w3.org/2000/svg"/>', "not a picture that Pillow can read"),
        ("x.png", b"", "the file is empty"),
        ("x.png", b"\x89PNG\r\n\x1a\n", "damaged or truncated"),
        ("x.png", png_claiming(100_000, 100_000), "more than the 300 million pixels artgan takes"),
        ("x.png", png_claiming(20_000, 20_000), "20000×20000 pixels are more than the 300 million"),
        ("x.png", png_claiming(64, 64), "truncated"),
        ("x.png", png_claiming(0, 5), "cannot read"),
        ("x.eps", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n", "PostScript"),
    ],
    ids=["text", "svg", "empty", "signature", "bomb", "large", "short", "zero", "postscript"],
)
def test_refused(tmp_path: Path, name: str, data: bytes, words: str) -> None:
    (tmp_path / name).write_bytes(data)
    text = refusal(tmp_path / name)
    assert words in text
    assert name in text


def test_missing_and_folder(tmp_path: Path) -> None:
    (tmp_path / "portrait.jpg").touch()
    assert refusal(tmp_path / "portrat.jpg").endswith("no such file. Did you mean 'portrait.jpg'?")
    assert "it is a folder" in refusal(tmp_path)


def test_large_picture_within_the_limit_does_not_warn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pillow warns from 89 million pixels on; artgan's limit is the only one, and Pillow's is put back."""
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    (tmp_path / "x.png").write_bytes(encoded(Image.fromarray(smooth(9, 9)), "PNG"))
    assert read_picture(tmp_path / "x.png").pixels.shape == (9, 9, 3)
    assert Image.MAX_IMAGE_PIXELS == 10
    monkeypatch.setattr(decoding, "MAX_PIXELS", 80)
    assert "9×9 pixels are more" in refusal(tmp_path / "x.png")


def test_bomb_inside_an_icon(tmp_path: Path) -> None:
    inner = png_claiming(100_000, 100_000)
    head = struct.pack("<HHH", 0, 1, 1) + struct.pack("<BBBBHHII", 16, 16, 0, 0, 1, 32, len(inner), 22)
    (tmp_path / "x.ico").write_bytes(head + inner)
    assert "300 million" in refusal(tmp_path / "x.ico")


def samples() -> dict[str, bytes]:
    """Small valid files of many kinds."""
    colour = Image.fromarray(smooth(40, 50))
    grey = colour.convert("L")
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    exif = Image.Exif()
    exif[0x0112] = 6
    frames = [colour.transpose(Image.Transpose.ROTATE_180)]
    files = {
        "jpg": encoded(colour, "JPEG", exif=exif, icc_profile=profile),
        "progressive": encoded(colour, "JPEG", progressive=True),
        "cmyk": encoded(colour.convert("CMYK"), "JPEG"),
        "png": encoded(colour, "PNG", exif=exif, icc_profile=profile),
        "png16": encoded(Image.fromarray(np.asarray(grey).astype(np.uint16) * 257), "PNG"),
        "palette": encoded(colour.quantize(16), "PNG", transparency=3),
        "apng": encoded(colour, "PNG", save_all=True, append_images=frames),
        "webp": encoded(colour, "WEBP", exif=exif),
        "animated": encoded(colour, "WEBP", save_all=True, append_images=frames),
        "gif": encoded(colour, "GIF", save_all=True, append_images=frames, transparency=1),
        "tif": encoded(colour, "TIFF", exif=exif),
        "lzw": encoded(colour, "TIFF", compression="tiff_lzw", icc_profile=profile),
        "tifjpeg": encoded(colour, "TIFF", compression="jpeg"),
        "float": encoded(grey.convert("F"), "TIFF"),
        "bmp": encoded(colour, "BMP"),
        "ppm": encoded(colour, "PPM"),
        "tga": encoded(colour, "TGA", rle=True),
        "ico": encoded(colour, "ICO", sizes=[(16, 16)]),
        "jp2": encoded(colour, "JPEG2000"),
    }
    if features.check("avif"):
        files["avif"] = encoded(colour, "AVIF", speed=10)
    return files


SAMPLES = samples()


@pytest.mark.parametrize("kind", SAMPLES)
def test_sound_samples_are_read(tmp_path: Path, kind: str) -> None:
    (tmp_path / "x").write_bytes(SAMPLES[kind])
    pixels = read_picture(tmp_path / "x").pixels
    assert 0.0 <= pixels.min() < 0.2
    assert 0.8 < pixels.max() <= 1.0


@pytest.mark.parametrize("share", [0.02, 0.1, 0.3, 0.6, 0.9])
@pytest.mark.parametrize("kind", ["jpg", "progressive", "png", "webp", "tif", "lzw", "gif", "bmp", "ppm"])
def test_truncated(tmp_path: Path, kind: str, share: float) -> None:
    data = SAMPLES[kind]
    (tmp_path / "x").write_bytes(data[: int(len(data) * share)])
    if kind == "gif" and share >= 0.6:  # two frames: the first is whole
        return
    assert any(word in refusal(tmp_path / "x") for word in ("truncated", "damaged", "not a picture"))


def test_truncation_is_named(tmp_path: Path) -> None:
    for kind in ("jpg", "png", "tif"):
        (tmp_path / "x.jpg").write_bytes(SAMPLES[kind][: len(SAMPLES[kind]) * 3 // 4])
        assert refusal(tmp_path / "x.jpg").endswith("x.jpg': the file is truncated")


@pytest.mark.parametrize("seed", range(200))
def test_corrupted(tmp_path: Path, seed: int) -> None:
    """Some bytes overwritten, cut out or doubled: a picture or one line, and no warning (they are errors here)."""
    rng = np.random.default_rng(seed)
    kinds = list(SAMPLES)
    data = bytearray(SAMPLES[kinds[seed % len(kinds)]])
    reach = len(data) if seed % 2 else min(len(data), 200)  # headers hold most of the traps
    for _ in range(int(rng.integers(1, 12))):
        at = int(rng.integers(0, reach))
        match int(rng.integers(0, 4)):
            case 0:
                del data[at : at + int(rng.integers(1, 9))]
            case 1:
                data[at:at] = data[at : at + 8]
            case _:
                data[at : at + 1] = bytes([int(rng.integers(0, 256))])
    path = tmp_path / "x"
    path.write_bytes(data)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            picture = read_picture(path)
        except PictureError as error:
            message = str(error)
        else:
            message = ""
            assert picture.pixels.ndim == 3
            assert np.isfinite(picture.pixels).all()
    assert "\n" not in message


def test_threads_put_the_filters_back(tmp_path: Path) -> None:
    for kind in ("jpg", "png"):
        (tmp_path / kind).write_bytes(SAMPLES[kind])
    before, limit = list(warnings.filters), Image.MAX_IMAGE_PIXELS
    errors: list[Exception] = []

    def read_many() -> None:
        try:
            for _ in range(10):
                read_picture(tmp_path / "jpg")
                read_picture(tmp_path / "png")
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=read_many) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert list(warnings.filters) == before
    assert limit == Image.MAX_IMAGE_PIXELS


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("with_alpha", [False, True])
def test_round_trip(tmp_path: Path, suffix: str, with_alpha: bool) -> None:
    levels = smooth(33, 47)
    pixels = levels.astype(np.float32) / 255
    alpha = pixels[:, :, 0].copy() if with_alpha else None
    out = tmp_path / "deep" / f"out{suffix.upper()}"
    write_picture(pixels, out, alpha=alpha, receipt=None, force=False)
    back = read_picture(out)
    if suffix in LOSSLESS:
        np.testing.assert_array_equal(back.pixels, pixels)
        if alpha is not None:
            np.testing.assert_array_equal(back.alpha, alpha)
        return
    if alpha is not None and suffix != ".webp":
        pixels = pixels * alpha[:, :, None] + 1 - alpha[:, :, None]
    else:
        assert (back.alpha is None) == (alpha is None)
    assert np.abs(back.pixels - pixels).mean() < 2 / 255


def test_jpeg_keeps_colour_at_full_resolution(tmp_path: Path) -> None:
    pixels = np.zeros((32, 32, 3), np.float32)
    pixels[:, ::2, 0] = 1  # red and blue columns, one pixel wide
    pixels[:, 1::2, 2] = 1
    write_picture(pixels, tmp_path / "x.jpg", receipt=None, force=False)
    assert np.abs(read_picture(tmp_path / "x.jpg").pixels - pixels).max() < 0.15


def test_quality_matters(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).random((64, 64, 3), np.float32)
    for suffix in (".jpg", ".webp"):
        for quality in (30, 95):
            write_picture(pixels, tmp_path / f"{quality}{suffix}", receipt=None, force=False, quality=quality)
        assert (tmp_path / f"30{suffix}").stat().st_size < (tmp_path / f"95{suffix}").stat().st_size / 2
    for quality in (0, 101):
        with pytest.raises(UsageError, match="quality must be 1 to 100"):
            write_picture(pixels, tmp_path / "x.jpg", receipt=None, force=False, quality=quality)


def test_rounds_and_clips() -> None:
    values = [-0.5, -0.001, 0.49 / 255, 0.51 / 255, 127.6 / 255, 1.0, 1.3, np.inf]
    pixels = np.repeat(np.array(values, np.float32)[None, :, None], 3, axis=2)
    levels = np.asarray(Image.open(io.BytesIO(encode_png(pixels))))
    assert levels[0, :, 0].tolist() == [0, 0, 0, 1, 128, 255, 255, 255]


def test_png_is_marked_as_srgb() -> None:
    with Image.open(io.BytesIO(encode_png(np.ones((2, 2, 3), np.float32)))) as image:
        assert image.info["srgb"] == 0


def test_opaque_alpha_is_not_written() -> None:
    ones = np.ones((2, 2), np.float32)
    with Image.open(io.BytesIO(encode_png(np.ones((2, 2, 3), np.float32), alpha=ones))) as image:
        assert image.mode == "RGB"


def test_what_is_not_written(tmp_path: Path) -> None:
    pixels = np.zeros((4, 4, 3), np.float32)
    out = tmp_path / "out.png"
    with pytest.raises(DivergedError, match="not numbers"):
        write_picture(pixels * np.nan, out, receipt=None, force=False)
    with pytest.raises(ValueError, match="must be"):
        write_picture(pixels[:, :, 0], out, receipt=None, force=False)
    with pytest.raises(ValueError, match="alpha must be"):
        write_picture(pixels, out, alpha=np.ones((3, 4), np.float32), receipt=None, force=False)
    wide = np.zeros((1, 16_384, 3), np.float32)
    with pytest.raises(OutputError, match=r"16383 pixels a side; write a \.png"):
        write_picture(wide, tmp_path / "out.webp", receipt=None, force=False)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten_without_force(tmp_path: Path) -> None:
    out = tmp_path / "out.png"
    write_picture(np.zeros((4, 4, 3), np.float32), out, receipt=None, force=False)
    with pytest.raises(OutputError, match="exists already; give --force"):
        write_picture(np.ones((4, 4, 3), np.float32), out, receipt=None, force=False)
    assert read_picture(out).pixels.max() == 0
    write_picture(np.ones((4, 4, 3), np.float32), out, receipt=None, force=True)
    assert read_picture(out).pixels.min() == 1


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("out.pgn", "one of .png .jpg .jpeg .webp .tif .tiff. Did you mean '.png'?"),
        ("out", "one of .png .jpg"),
        ("out.gif", "one of .png .jpg"),
    ],
)
def test_unknown_suffix(tmp_path: Path, name: str, words: str) -> None:
    with pytest.raises(UsageError) as error:
        write_picture(np.zeros((1, 1, 3), np.float32), tmp_path / name, receipt=None, force=False)
    assert words in str(error.value)
    assert picture_format(Path("OUT.JPG")) == "JPEG"


def test_no_memory_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x.png").write_bytes(SAMPLES["png"])

    def exhausted(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", exhausted)
    assert "not enough memory" in refusal(tmp_path / "x.png")


def test_broken_stdin() -> None:
    class Broken(io.BytesIO):
        def read(self, *_: object) -> bytes:
            raise OSError(errno.EIO, "Input/output error")

    assert refusal("-", stdin=Broken()) == "cannot read standard input: it is closed or broken"
