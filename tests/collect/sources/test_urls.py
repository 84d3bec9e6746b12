import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from artgan.collect.candidates import Candidate
from artgan.collect.sources.urls import UrlsSource
from artgan.errors import PictureError, UsageError

A, B = "https://example.org/a.jpg", "https://example.org/b.jpg?crop=faces,entropy"
ROW = {
    "id": "commons-5",
    "source": "commons",
    "source_id": "5",
    "image_url": A,
    "author": "Monet",
    "license": "CC0",
    "ai_training": "allowed",
    "tags": ["sea"],
    "bytes": 10,
    "status": "ok",
}


def read(tmp_path: Path, content: str | bytes) -> list[Candidate]:
    path = tmp_path / "list"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    NOTES.clear()
    return list(UrlsSource(path=path).candidates(SimpleNamespace(note=NOTES.append)))  # type: ignore[arg-type]


NOTES: list[str] = []


@pytest.mark.parametrize(
    "content",
    [
        f"{A}\n\n# a comment\nnot an address\n  {B}  \n{A}\n",
        f"\ufeff{A}\r\n{B}\r\n",
        f'title,image_url\nA,{A}\nB,"{B}"\n',
        f"title\tlink\nA\t{A}\nB\t{B}\n",
        f'name;where\nA;{A}\nB;"{B}"\n',
        f'1,A,{A}\n2,B,"{B}"\n',
        f'{A},A\n"{B}",B\n',
        f'{{"url": "{A}"}}\nbroken\n{{"image_url": "{B}"}}\n',
        json.dumps([A, B]),
        json.dumps([{"src": A}, {"src": B}]),
    ],
    ids=["text", "BOM", "CSV", "TSV", "column by content", "no header", "address first", "JSONL", "JSON", "objects"],
)
def test_every_form_of_list(tmp_path: Path, content: str) -> None:
    assert [candidate.image_url for candidate in read(tmp_path, content)] == [A, B]


@pytest.mark.parametrize(
    ("content", "without"),
    [
        (f"# mine\n\n{A}\nwww.example.org/b.jpg\nftp://example.org/c.jpg\n", 2),
        (f"url,title\n{A},A\n,B\n", 1),
        (f"{json.dumps(ROW)}\nbroken\n{json.dumps({**ROW, 'source_id': '6', 'status': 'skipped'})}\n", 1),
        (f"{A}\n", 0),
    ],
)
def test_lines_without_an_address_are_told_of(tmp_path: Path, content: str, without: int) -> None:
    assert len(read(tmp_path, content)) == 1
    assert [note.rpartition(": ")[2] for note in NOTES] == [str(without)] * bool(without)


def test_titles_may_hold_separators_of_unicode(tmp_path: Path) -> None:
    (one,) = read(tmp_path, json.dumps({**ROW, "title": "a\u2028b"}, ensure_ascii=False))
    assert one.source_id == "5"


def test_passwords_are_not_passed_on(tmp_path: Path) -> None:
    one, two = read(tmp_path, "https://me:pass@example.org/a.jpg\nhttps://example.org/a@b.jpg?c=d@e\n")
    assert one.image_url == "https://***@example.org/a.jpg"
    assert two.image_url == "https://example.org/a@b.jpg?c=d@e"


def test_what_a_table_tells_is_kept(tmp_path: Path) -> None:
    (one,) = read(tmp_path, f"url,title,author,license,ai_training,tags\n{A},T,Me,CC0,allowed,\n")
    assert (one.title, one.author, one.license, one.ai_training) == ("T", "Me", "CC0", "allowed")
    assert one.source == "urls"


def test_a_row_of_a_manifest_keeps_its_identity(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [ROW, {**ROW, "source_id": "6", "status": "skipped"}]
    (one,) = read(tmp_path, "\n".join(json.dumps(row) for row in rows))
    assert one.key == "commons-5"
    assert (one.author, one.ai_training, one.tags) == ("Monet", "allowed", ("sea",))


@pytest.mark.parametrize("identity", ["../../etc/passwd", ".hidden", "", 5, None])
def test_names_are_never_taken_from_a_list(tmp_path: Path, identity: object) -> None:
    (one,) = read(tmp_path, json.dumps({**ROW, "source_id": identity}))
    assert one.source == "urls"
    assert len(one.source_id) == 16


@pytest.mark.parametrize(
    "content", ["", "no address\n", "a,b\n1,2\n", "ftp://example.org/a.jpg", "{}", "[", ",,,\n", b"\xff\xfe\0"]
)
def test_a_list_without_addresses_is_refused(tmp_path: Path, content: str | bytes) -> None:
    with pytest.raises(UsageError, match="no address in"):
        read(tmp_path, content)


def test_a_missing_list_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PictureError, match="no such file"):
        list(UrlsSource(path=tmp_path / "none").candidates(None))  # type: ignore[arg-type]


def test_the_estimate_knows_sizes_from_manifests(tmp_path: Path) -> None:
    path = tmp_path / "manifest.jsonl"
    path.write_text(json.dumps(ROW) + "\n" + json.dumps({**ROW, "source_id": "6", "bytes": 32}))
    estimate = UrlsSource(path=path).estimate(None, 100)  # type: ignore[arg-type]
    assert (estimate.pictures, estimate.requests, estimate.bytes) == (2, 2, 42)
