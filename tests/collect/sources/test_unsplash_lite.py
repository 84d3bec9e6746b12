"""The Lite dataset as a zip or folder of tables, made here in the published layout."""

import csv
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pytest_httpserver import HTTPServer

from artgan.collect.sources.lite_index import LiteError, LiteIndex
from artgan.collect.sources.unsplash_lite import UnsplashLite
from artgan.errors import NetworkError, OutputError, UsageError
from artgan.events import Downloading

PHOTO_COLUMNS = ["photo_id", "photo_url", "photo_image_url", "photo_width", "photo_height", "photo_description"]
PHOTO_COLUMNS += ["photographer_username", "photographer_first_name", "photographer_last_name", "ai_description"]
KEYWORD_COLUMNS = [
    "photo_id",
    "keyword",
    "ai_service_1_confidence",
    "ai_service_2_confidence",
    "suggested_by_user",
]
KEYWORDS = [
    ["aaaaaaaaaa1", "portrait", "91.5", "", "f"],
    ["aaaaaaaaaa1", "sea", "40", "", "f"],
    ["bbbbbbbbbb2", "Portrait", "", "97", "f"],
    ["bbbbbbbbbb2", "portrait", "12", "", "f"],
    ["cccccccccc3", "portrait", "", "", "t"],
    ["dddddddddd4", "portrait", "10", "", "f"],
    ["eeeeeeeeee5", "old", "80", "", "f"],
    ["eeeeeeeeee5", "man", "60", "", "f"],
    ["ffffffffff6", "old man", "70", "", "f"],
    ["gggggggggg7", "old", "99", "bad number", "f"],
    ["hhhhhhhhhh8", "self-portrait", "88", "", "f"],
    ["missing", "portrait", "99", "", "f"],
]
TITLE = 'a "quoted"\tand tabbed\ntitle'
PHOTOS = [
    [
        *(identity, f"https://unsplash.com/photos/{identity}", f"https://images.unsplash.com/photo-{number}"),
        *("4000", "6000", TITLE if number == 0 else "", "ana", "Ana", "López", "a face"),
    ]
    for number, identity in enumerate(
        ["aaaaaaaaaa1", "bbbbbbbbbb2", "cccccccccc3", "dddddddddd4", "eeeeeeeeee5", "ffffffffff6", "gggggggggg7"]
    )
]


def table(columns: list[str], rows: list[list[str]]) -> bytes:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter="\t", lineterminator="\n")
    writer.writerows([columns, *rows])
    return stream.getvalue().encode()


def tables(ending: str = ".tsv000") -> dict[str, bytes]:
    return {
        f"photos{ending}": table(PHOTO_COLUMNS, PHOTOS),
        # In two parts, each with its own header, as large tables come.
        f"keywords{ending}": table(KEYWORD_COLUMNS, KEYWORDS[:6]),
        f"keywords{ending[:-1]}1": table(KEYWORD_COLUMNS, KEYWORDS[6:]),
        f"colors{ending}": b"photo_id\tkeyword\nx\tportrait\n",
        "README.md": b"# Unsplash",
    }


def archive(path: Path, ending: str = ".tsv000", folder: str = "") -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in tables(ending).items():
            file.writestr(folder + name, data)
    return path


@pytest.mark.parametrize("form", ["zip", "zip with a folder", "csv endings", "folder"])
def test_every_form_of_the_index_gives_the_same(tmp_path: Path, form: str) -> None:
    path = tmp_path / "lite"
    if form == "folder":
        path.mkdir()
        for name, data in tables().items():
            (path / name).write_bytes(data)
    else:
        archive(path, ".csv000" if "csv" in form else ".tsv000", "unsplash-lite/" if "with" in form else "")
    matches = LiteIndex(path).match(["portrait"], min_confidence=20)
    assert {identity: match.confidence for identity, match in matches.items()} == {
        "cccccccccc3": 100.0,
        "missing": 99.0,
        "bbbbbbbbbb2": 97.0,
        "aaaaaaaaaa1": 91.5,
    }


def test_several_words_match_as_one_keyword_or_one_by_one(tmp_path: Path) -> None:
    matches = LiteIndex(archive(tmp_path / "lite.zip")).match(["old man"], min_confidence=20)
    assert {identity: match.confidence for identity, match in matches.items()} == {
        "ffffffffff6": 70.0,
        "eeeeeeeeee5": 60.0,
    }


def test_several_queries_and_lower_confidence(tmp_path: Path) -> None:
    matches = LiteIndex(archive(tmp_path / "lite.zip")).match(["portrait", "sea"], min_confidence=5)
    assert set(matches) == {"aaaaaaaaaa1", "bbbbbbbbbb2", "cccccccccc3", "dddddddddd4", "missing"}
    assert matches["aaaaaaaaaa1"].query == "portrait"


def test_candidates_come_surest_first_with_credits_and_the_size_wanted(
    visit: Callable[..., Any], tmp_path: Path
) -> None:
    source = UnsplashLite(queries=("portrait",), cache=tmp_path, given=archive(tmp_path / "lite.zip"))
    visited = visit(source)
    found = list(source.candidates(visited.client))
    assert [photo.source_id for photo in found] == ["cccccccccc3", "bbbbbbbbbb2", "aaaaaaaaaa1"]
    last = found[-1]
    assert last.title == 'a "quoted" and tabbed title'
    assert found[0].title == "a face"
    assert last.author == "Ana López"
    assert last.ai_training == "allowed"
    assert last.license == "Unsplash Lite Dataset"
    query = parse_qs(urlsplit(last.image_url).query)
    assert (query["w"], query["crop"]) == (["512"], ["faces,entropy"])
    assert "4 photos of the Lite dataset have the keyword 'portrait'" in visited.notes


def test_the_estimate_is_exact_once_the_index_is_here(visit: Callable[..., Any], tmp_path: Path) -> None:
    source = UnsplashLite(queries=("portrait",), cache=tmp_path / "cache")
    before = source.estimate(visit(source).client, 5000)
    assert (before.pictures, before.requests) == (5000, 5001)
    assert before.bytes is not None
    assert before.bytes > 700_000_000
    (tmp_path / "cache").mkdir()
    archive(source.index_path)
    assert source.estimate(visit(source).client, 5000).pictures == 4


def test_the_index_is_downloaded_once(
    visit: Callable[..., Any], httpserver: HTTPServer, address: str, tmp_path: Path
) -> None:
    httpserver.expect_request("/robots.txt").respond_with_data("")
    httpserver.expect_request("/lite").respond_with_data(archive(tmp_path / "x.zip").read_bytes())
    source = UnsplashLite(queries=("portrait",), cache=tmp_path / "cache", index_url=f"http://{address}/lite")
    visits = [visit(source), visit(source)]
    for one in visits:
        assert len(list(source.candidates(one.client))) == 3
    told = [[event for event in one.events if isinstance(event, Downloading)] for one in visits]
    assert (tmp_path / "x.zip").stat().st_size == told[0][-1].done_bytes == told[0][-1].total_bytes
    assert told[1] == []
    assert "700 MB, is downloaded once" in visits[0].notes[0]
    assert [request.path for request, _ in httpserver.log].count("/lite") == 1


def test_a_cache_that_cannot_be(visit: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    source = UnsplashLite(queries=("portrait",), cache=tmp_path / "file" / "cache")
    with pytest.raises(OutputError, match=r"cannot make the cache folder '.*': not a directory"):
        list(source.candidates(visit(source).client))


@pytest.mark.parametrize("status", [200, 401, 404])
def test_an_index_that_cannot_be_had_says_how_to_get_it(
    visit: Callable[..., Any],
    httpserver: HTTPServer,
    fixture_text: Callable[[str], str],
    address: str,
    tmp_path: Path,
    status: int,
) -> None:
    httpserver.expect_request("/robots.txt").respond_with_data("")
    httpserver.expect_request("/lite").respond_with_data(
        fixture_text("challenge_anubis.html"), status=status, content_type="text/html"
    )
    source = UnsplashLite(queries=("portrait",), cache=tmp_path / "cache", index_url=f"http://{address}/lite")
    with pytest.raises(NetworkError, match=r"cannot be had .*with a browser and give it with --lite FILE"):
        list(source.candidates(visit(source).client))
    assert not source.index_path.exists()


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda path: None, UsageError, "--lite .* does not exist"),
        (lambda path: path.write_bytes(b"<html>"), LiteError, "is no zip archive: get it anew"),
        (lambda path: path.mkdir(), LiteError, r"has no table keywords\.tsv000"),
        (lambda path: zipfile.ZipFile(path, "w").close(), LiteError, r"has no table keywords\.tsv000"),
    ],
)
def test_what_is_no_lite_dataset_is_refused(
    tmp_path: Path, make: Callable[[Path], object], error: type[Exception], message: str
) -> None:
    path = tmp_path / "lite"
    make(path)
    with pytest.raises(error, match=message):
        LiteIndex(path).match(["portrait"], min_confidence=20)


def test_a_damaged_table_is_one_line(tmp_path: Path) -> None:
    path = archive(tmp_path / "lite.zip")
    data = bytearray(path.read_bytes())
    data[data.index(b"keywords.tsv000") + 30] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(LiteError, match=r"the table 'keywords' in .* is damaged"):
        LiteIndex(path).match(["portrait"], min_confidence=20)
