"""A receipt: how a picture was made, carried inside the picture's file and read back from it.

It is a JSON object (version, command, options, seed, steps, hashes). PNG carries it as an iTXt text under the
key "artgan"; JPEG, WebP and TIFF as EXIF UserComment and GIF as a comment, wrapped as {"artgan": ...} so that the
comments of other programs are told apart. Reading parses JSON and nothing else.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import Image, PngImagePlugin, TiffImagePlugin

from artgan import __version__
from artgan.errors import PictureError
from artgan.io.decoding import opened
from artgan.io.files import quoted, read_bytes

KEY = "artgan"

_SOFTWARE = 0x0131
_EXIF_IFD = 0x8769
_COLOUR_SPACE = 0xA001
_USER_COMMENT = 0x9286
_BYTE = 1  # a TIFF field type; EXIF says UNDEFINED, of which older Pillow (12.0 too) keeps one byte
_ASCII = b"ASCII\0\0\0"  # EXIF 2.3, table 9: the first 8 bytes name the character code


def embed(receipt: Mapping[str, Any] | None, picture_format: str) -> dict[str, Any]:
    """What to hand to Pillow's `save(format=picture_format, ...)` so that the file carries the receipt.

    The file is marked as made by artgan, and where the format has a field for it as sRGB, also without a
    receipt. `picture_format` is "PNG", "JPEG", "WEBP", "TIFF" or "GIF".

    Raises:
        TypeError, ValueError: the receipt is not JSON (NaN is not).
    """
    software = f"artgan {__version__}"
    if picture_format == "PNG":
        info = PngImagePlugin.PngInfo()
        info.add(b"sRGB", b"\0")
        info.add_itxt("Software", software)
        if receipt is not None:
            info.add_itxt(KEY, _to_json(receipt))
        return {"pnginfo": info}
    if picture_format == "GIF":
        return {} if receipt is None else {"comment": _to_json({KEY: receipt}).encode("ascii")}
    comment = None if receipt is None else _ASCII + _to_json({KEY: receipt}).encode("ascii")
    if picture_format == "TIFF":
        # In the first directory: libtiff, which compresses, cannot write the EXIF directory from here.
        tags = TiffImagePlugin.ImageFileDirectory_v2()
        tags[_SOFTWARE] = software
        if comment is not None:
            tags.tagtype[_USER_COMMENT] = _BYTE
            tags[_USER_COMMENT] = comment
        return {"tiffinfo": tags}
    exif = Image.Exif()
    exif[_SOFTWARE] = software
    inner = exif.get_ifd(_EXIF_IFD)
    inner[_COLOUR_SPACE] = 1  # sRGB
    if comment is not None:
        inner[_USER_COMMENT] = comment
    return {"exif": exif.tobytes()}


def read_receipt(path: Path) -> dict[str, Any] | None:
    """The receipt in the picture at `path`; None where there is none, or what is there is not one.

    Raises:
        PictureError: the file is missing or may not be read.
    """
    data = read_bytes(path)
    try:
        with opened(data, quoted(path)) as image:
            text = image.info.get(KEY)
            if isinstance(text, str):
                return _from_json(text)
            if image.format == "GIF":
                comment = image.info.get("comment")
                return _unwrapped(comment) if isinstance(comment, bytes) else None
            return _from_exif(image)
    except PictureError:
        return None


def _to_json(receipt: Mapping[str, Any]) -> str:
    return json.dumps(receipt, ensure_ascii=True, allow_nan=False, separators=(",", ":"))


def _from_exif(image: Image.Image) -> dict[str, Any] | None:
    try:
        exif = image.getexif()
        comment = exif.get(_USER_COMMENT) or exif.get_ifd(_EXIF_IFD).get(_USER_COMMENT)
    except Exception:  # damaged EXIF makes Pillow raise anything, and holds no receipt
        return None
    if not isinstance(comment, bytes) or not comment.startswith(_ASCII):
        return None
    return _unwrapped(comment[len(_ASCII) :])


def _unwrapped(comment: bytes) -> dict[str, Any] | None:
    wrapped = _from_json(comment.decode("ascii", "replace"))
    receipt = wrapped.get(KEY) if wrapped is not None else None
    return receipt if isinstance(receipt, dict) else None


def _from_json(text: str) -> dict[str, Any] | None:
    try:
        value = json.loads(text.rstrip("\0"))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
