"""Receipts survive every format; whatever else stands in a file is not taken for one."""

import json
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from artgan import __version__
from artgan.errors import OutputError, PictureError
from artgan.io.images import encode_png, read_picture, write_picture
from artgan.io.receipts import embed, read_receipt

RECEIPT: dict[str, Any] = {
    "version": "0.1.0",
    "command": "transfer",
    "options": {
        "style": ["Sternennacht – λ 星 \"'\\ \n\0.jpg"],
        "size": 512,
        "content_weight": 0.1,
        "to": None,
    },
    "seed": 2**53 + 1,
    "hashes": {"a.png": "ff" * 32},
}
SUFFIXES = [".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff"]
GREY = np.full((9, 7, 3), 0.5, np.float32)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("with_alpha", [False, True])
def test_round_trip(tmp_path: Path, suffix: str, with_alpha: bool) -> None:
    alpha = np.full((9, 7), 0.5, np.float32) if with_alpha else None
    out = tmp_path / f"out{suffix}"
    write_picture(GREY, out, alpha=alpha, receipt=RECEIPT, force=False)
    assert read_receipt(out) == RECEIPT
    assert read_picture(out).pixels.shape == (9, 7, 3)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_no_receipt(tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"out{suffix}"
    write_picture(GREY, out, receipt=None, force=False)
    assert read_receipt(out) is None
    with Image.open(out) as image:
        software = image.info["Software"] if suffix == ".png" else image.getexif()[0x131]
    assert software == f"artgan {__version__}"


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_same_receipt_same_bytes(tmp_path: Path, suffix: str) -> None:
    for name in ("a", "b"):
        write_picture(GREY, tmp_path / f"{name}{suffix}", receipt=RECEIPT, force=False)
    assert (tmp_path / f"a{suffix}").read_bytes() == (tmp_path / f"b{suffix}").read_bytes()


def test_in_a_stream(tmp_path: Path) -> None:
    (tmp_path / "out.png").write_bytes(encode_png(GREY, receipt=RECEIPT))
    assert read_receipt(tmp_path / "out.png") == RECEIPT


def test_long_receipts(tmp_path: Path) -> None:
    long = {"inputs": ["x" * 100] * 2000}
    for suffix in (".png", ".webp", ".tif"):
        write_picture(GREY, tmp_path / f"out{suffix}", receipt=long, force=False)
        assert read_receipt(tmp_path / f"out{suffix}") == long
    with pytest.raises(OutputError, match=r"too long for a JPEG; write a \.png"):
        write_picture(GREY, tmp_path / "out.jpg", receipt=long, force=False)
    assert not (tmp_path / "out.jpg").exists()


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "1", "[" * 100_000, "9" * 5000, "rubbish\0"])
def test_wrong_text_is_none(tmp_path: Path, text: str) -> None:
    info = PngImagePlugin.PngInfo()
    info.add_itxt("artgan", text)
    Image.new("L", (2, 2)).save(tmp_path / "x.png", pnginfo=info)
    assert read_receipt(tmp_path / "x.png") is None


@pytest.mark.parametrize(
    "comment",
    [
        b"",
        b"ASCII\0\0\0",
        b"ASCII\0\0\0{",
        b"ASCII\0\0\0\xff\xfe",
        b"UNICODE\0{}",
        b'ASCII\0\0\0{"seed": 1}',
        b'ASCII\0\0\0{"artgan": 1}',
    ],
)
def test_foreign_comments_are_none(tmp_path: Path, comment: bytes) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9286] = comment
    exif[0x131] = "camera"
    Image.new("L", (2, 2)).save(tmp_path / "x.jpg", exif=exif)
    assert read_receipt(tmp_path / "x.jpg") is None


def test_damaged_exif_is_none(tmp_path: Path) -> None:
    for length in range(0, 40):
        stream = BytesIO()
        Image.new("L", (2, 2)).save(stream, "JPEG", exif=b"Exif\0\0MM\0*" + bytes(range(length)))
        (tmp_path / "x.jpg").write_bytes(stream.getvalue())
        assert read_receipt(tmp_path / "x.jpg") is None


def test_not_a_picture_is_none_and_missing_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text(json.dumps(RECEIPT))
    assert read_receipt(tmp_path / "x.txt") is None
    with pytest.raises(PictureError, match="no such file"):
        read_receipt(tmp_path / "y.png")


def test_a_receipt_must_be_json() -> None:
    with pytest.raises(ValueError, match="JSON"):
        embed({"loss": float("nan")}, "PNG")
    with pytest.raises(TypeError):
        embed({"path": Path()}, "JPEG")
