"""`manifest.jsonl`: a JSON object a line, one for each picture of a folder, read and written whole."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from artgan.errors import ArtganError
from artgan.io.files import atomic_writer, quoted, read_bytes

MANIFEST = "manifest.jsonl"
"""The name of the file in its folder."""

PROVENANCE = (
    "page_url",
    "image_url",
    "title",
    "author",
    "author_url",
    "license",
    "license_url",
    "attribution",
    "ai_training",
)
"""What a row tells of a picture's origin, and what is carried on from manifest to manifest."""


class ManifestError(ArtganError):
    """A manifest is damaged."""


def read_manifest(path: Path) -> list[dict[str, Any]]:
    """The rows of a manifest, in order; empty lines are passed over.

    Raises:
        PictureError: the file is missing or cannot be read.
        ManifestError: a line is no JSON object; says which line.
    """
    return parse_manifest(read_bytes(path), str(path))


def parse_manifest(data: bytes, label: str) -> list[dict[str, Any]]:
    """The rows in the bytes of a manifest; errors, as in `read_manifest`, call it `label`."""
    rows = []
    # Not splitlines: other line separators of Unicode may stand inside of a string.
    for number, line in enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line.decode("utf-8"))
        except (ValueError, RecursionError):
            raise _damaged(label, number, "is no JSON") from None
        if not isinstance(row, dict):
            raise _damaged(label, number, "is no JSON object")
        rows.append(row)
    return rows


def write_manifest(path: Path, rows: Iterable[Mapping[str, Any]], *, force: bool) -> None:
    """Write the rows, keys in the order given, whole or not at all.

    Raises:
        OutputError: as `artgan.io.files.atomic_writer`.
        ValueError: a row holds what JSON cannot, such as a number that is not finite.
    """
    with atomic_writer(path, force=force) as stream:
        for row in rows:
            stream.write(_line(row))


def _line(row: Mapping[str, Any]) -> bytes:
    try:
        return json.dumps(dict(row), ensure_ascii=False, allow_nan=False).encode("utf-8") + b"\n"
    except UnicodeEncodeError:  # a file name that is no UTF-8; JSON's escapes keep it
        return json.dumps(dict(row), ensure_ascii=True, allow_nan=False).encode("ascii") + b"\n"


def _damaged(label: str, number: int, what: str) -> ManifestError:
    return ManifestError(
        f"line {number} of {quoted(label)} {what}: the file is damaged; remove the line, or make the folder anew"
    )
