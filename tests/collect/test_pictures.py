import io
import struct
import zlib
from collections.abc import Callable

import pytest
from PIL import Image

from artgan.collect.pictures import UnwantedError, Wanted, inspect, sniff
from artgan.data.duplicates import Seen
from artgan.io.failures import Reason

Photo = Callable[..., bytes]


def reason_of(data: bytes, wanted: Wanted | None = None) -> Reason:
    with pytest.raises(UnwantedError) as caught:
        inspect(data, wanted or Wanted())
    return caught.value.reason


@pytest.mark.parametrize(
    ("format", "extension"),
    [("JPEG", "jpg"), ("PNG", "png"), ("GIF", "gif"), ("WEBP", "webp"), ("TIFF", "tif"), ("AVIF", "avif")],
)
def test_formats(photo: Photo, format: str, extension: str) -> None:
    found = inspect(photo(format=format), Wanted())
    assert (found.extension, found.width, found.height) == (extension, 96, 80)
    assert found.mime.startswith("image/")


@pytest.mark.parametrize(
    "data",
    [
        *(
            b"",
            b"\xff",
            b"<!doctype html><html>",
            b"<svg xmlns='http://www.w3.org/2000/svg'/>",
            b"%PDF-1.7",
            b"BM" * 99,
        ),
        *(b"PK\x03\x04", b"%!PS-Adobe EPSF", b"RIFF0000WAVE", b"\0\0\0\x18ftypmp42", b"P6 64 64 255\n" + bytes(12288)),
    ],
)
def test_no_pictures(data: bytes) -> None:
    assert sniff(data) is None
    assert reason_of(data) is Reason.NOT_IMAGE


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "GIF", "TIFF"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_truncated_pictures(photo: Photo, format: str, share: float) -> None:
    data = photo(width=400, height=300, format=format)
    assert reason_of(data[: int(len(data) * share)]) in (Reason.TRUNCATED, Reason.DAMAGED)


def test_a_progressive_jpeg_that_ends_early(photo: Photo) -> None:
    data = photo(width=1600, height=1200, progressive=True, quality=95)
    assert inspect(data, Wanted()).width == 1600
    assert reason_of(data[: len(data) * 9 // 10]) is Reason.TRUNCATED


def test_damaged_pixels(photo: Photo) -> None:
    data = bytearray(photo(format="PNG"))
    data[len(data) // 2 : len(data) // 2 + 200] = bytes(200)
    assert reason_of(bytes(data)) in (Reason.DAMAGED, Reason.TRUNCATED)


def bomb(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(10_000, 10_000), (100_000, 100_000), (2**31 - 1, 2**31 - 1)])
def test_bombs_are_refused_by_their_header(size: tuple[int, int]) -> None:
    assert reason_of(bomb(*size)) in (Reason.BOMB, Reason.DAMAGED)


def test_small_and_narrow_pictures(photo: Photo) -> None:
    assert reason_of(photo(width=63, height=300)) is Reason.TOO_SMALL
    assert reason_of(photo(width=401, height=100)) is Reason.ASPECT
    assert inspect(photo(width=64, height=64), Wanted()).width == 64
    assert inspect(photo(width=400, height=100), Wanted()).width == 400
    assert reason_of(photo(), Wanted(max_pixels=96 * 80 - 1)) is Reason.BOMB


@pytest.mark.parametrize("format", ["GIF", "WEBP", "PNG"])
def test_animations(photo: Photo, format: str) -> None:
    frames = [Image.open(io.BytesIO(photo(seed=seed))) for seed in range(3)]
    stream = io.BytesIO()
    frames[0].save(stream, format, save_all=True, append_images=frames[1:])
    assert reason_of(stream.getvalue()) is Reason.ANIMATED
    assert inspect(stream.getvalue(), Wanted(animated=True)).width == 96


def test_upright_sizes(photo: Photo) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    found = inspect(photo(width=1280, height=800, exif=exif), Wanted())
    assert (found.width, found.height) == (800, 1280)


def test_what_is_appended_does_not_matter(photo: Photo) -> None:
    assert inspect(photo() + b"PK\x03\x04<script>", Wanted()).mime == "image/jpeg"


def test_the_same_picture_elsewhere(photo: Photo) -> None:
    seen = Seen()
    for seed in range(20):
        seen.add(str(seed), f"sha{seed}", inspect(photo(seed=seed), Wanted()).hashes)
    copies = [photo(seed=7, quality=40), photo(seed=7, format="PNG"), photo(seed=7, width=960, height=800)]
    for copy in copies:
        match = seen.find("other", inspect(copy, Wanted()).hashes)
        assert match is not None
        assert match.key == "7"
    assert seen.find("other", inspect(photo(seed=99), Wanted()).hashes) is None
