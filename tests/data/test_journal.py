"""What is known of crops survives kills, and is written and read the same."""

import json
from pathlib import Path

import pytest

from artgan.data.journal import Crop, Journal, read_journal

FULL = Crop(
    source="in.zip!/ä\udcff.jpg",
    bytes=10,
    sha256="0123456789abcdef" * 4,
    original_size=(40, 30),
    number=2,
    crop=(5, 0, 35, 30),
    hashes="00-1",
    blur=0.5,
    entropy=7.25,
)
BARE = Crop(source="b.jpg", reason="damaged", detail="the file is truncated")
RECIPE = {"size": 16, "where": None}


def test_a_crop_survives_json() -> None:
    for crop in (FULL, BARE):
        row = json.loads(json.dumps(crop.to_json() | {"split": "train"}))
        assert Crop.from_json(row) == crop


@pytest.mark.parametrize(("number", "name"), [(0, "0123456789abcdef.png"), (3, "0123456789abcdef-3.png")])
def test_files_are_named_by_content(number: int, name: str) -> None:
    assert Crop(source="x", sha256=FULL.sha256, number=number).file("png") == f"images/{name}"


def test_a_journal_is_read_as_written(tmp_path: Path) -> None:
    path = tmp_path / "work" / "journal.jsonl"
    assert read_journal(path) is None
    with Journal(path, RECIPE) as journal:
        journal.add([FULL])
    with Journal(path, RECIPE) as journal:
        journal.add([BARE])
    assert read_journal(path) == (RECIPE, {FULL.source: (FULL,), "b.jpg": (BARE,)})


def test_a_line_cut_short_is_written_again(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with Journal(path, RECIPE) as journal:
        journal.add([BARE])
        journal.add([FULL])
    whole = path.read_bytes()
    path.write_bytes(whole[:-7])
    found = read_journal(path)
    assert found is not None
    assert list(found[1]) == ["b.jpg"]
    with Journal(path, RECIPE) as journal:
        journal.add([FULL])
    assert path.read_bytes() == whole


@pytest.mark.parametrize("damage", [b"\0" * 40 + b"\n", b'{"crops": []}\n', b'{"crops": [3]}\n', b"[]\n"])
def test_what_stands_before_damage_is_known(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "journal.jsonl"
    with Journal(path, RECIPE) as journal:
        journal.add([BARE])
    whole = path.read_bytes()
    path.write_bytes(whole + damage + whole.splitlines(keepends=True)[1])
    assert read_journal(path) == (RECIPE, {"b.jpg": (BARE,)})
    with Journal(path, RECIPE):
        pass
    assert path.read_bytes() == whole


@pytest.mark.parametrize("data", [b"", b"{}\n", b"no json\n", b'{"journal": 99, "recipe": {}}\n', b"[1]\n"])
def test_what_is_no_journal_is_none(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(data)
    assert read_journal(path) is None
    with Journal(path, RECIPE) as journal:
        journal.add([BARE])
    assert read_journal(path) == (RECIPE, {"b.jpg": (BARE,)})
