"""Manifests: what is written is read again, and damage is told with its line."""

import json
from pathlib import Path

import pytest

from artgan.errors import OutputError, PictureError
from artgan.io.manifest import ManifestError, read_manifest, write_manifest


def test_rows_come_back_with_their_keys_in_order(tmp_path: Path) -> None:
    rows = [
        {"z": "Zürich\u2028x", "a": None, "tags": {"hair": ["red"]}, "crop": [0, 0, 1.5, 2]},
        {},
        {"file": "\udcff.jpg"},  # a name that is no UTF-8
    ]
    path = tmp_path / "new" / "manifest.jsonl"
    write_manifest(path, iter(rows), force=False)
    assert read_manifest(path) == rows
    assert list(read_manifest(path)[0]) == list(rows[0])
    assert "Zürich" in path.read_text(encoding="utf-8")
    with pytest.raises(OutputError, match="exists already"):
        write_manifest(path, [], force=False)


def test_rows_that_fail_leave_no_file(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Out of range"):
        write_manifest(tmp_path / "m.jsonl", [{"a": 1}, {"blur": float("nan")}], force=False)
    assert list(tmp_path.iterdir()) == []


def test_other_editors_files_are_read(tmp_path: Path) -> None:
    path = tmp_path / "m.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"a": 1}\r\n\r\n  \n{"a": 2}')
    assert read_manifest(path) == [{"a": 1}, {"a": 2}]


@pytest.mark.parametrize(
    "line", [b"[1]", b'{"a": ', b"\xff", b'"text"', b"[" * 100_000, b'{"n": ' + b"1" * 5000 + b"}"], ids=range(6)
)
def test_damage_is_told_with_its_line(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "m.jsonl"
    path.write_bytes(json.dumps({"a": 1}).encode() + b"\n\n" + line + b"\n")
    with pytest.raises(ManifestError, match=r"^line 3 of '.*m.jsonl' is no JSON.*remove the line") as error:
        read_manifest(path)
    assert "\n" not in str(error.value)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(PictureError, match="no such file"):
        read_manifest(tmp_path / "m.jsonl")
