"""The pipeline with every route to Unsplash and with Commons, against one server on loopback that plays them all."""

import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from artgan.collect.candidates import Source
from artgan.collect.crawl import CrawlReport
from artgan.collect.sources.commons import CommonsSource
from artgan.collect.sources.registry import make_source
from artgan.collect.sources.unsplash_api import UnsplashApi
from artgan.collect.sources.unsplash_lite import UnsplashLite
from artgan.collect.sources.unsplash_public import UnsplashPublic
from artgan.config.scrape import CommonsConfig, PageConfig, ScrapeConfig, UnsplashConfig, UrlsConfig
from artgan.errors import ArtganError, ExitCode
from artgan.events import Event, FolderDone, Note
from artgan.io.manifest import read_manifest
from artgan.pipelines.scrape import estimate, exit_code, scrape

from conftest import REPOSITORY

KEY = "secret-key-of-a-test"


@pytest.fixture(autouse=True)
def _in_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("UNSPLASH_ACCESS_KEY", raising=False)


def picture(name: str) -> bytes:
    """A picture of its own for each name."""
    small = np.random.default_rng(list(name.encode())).integers(0, 256, (6, 6, 3), dtype=np.uint8)
    stream = io.BytesIO()
    Image.fromarray(small).resize((96, 96), Image.Resampling.BICUBIC).save(stream, "JPEG")
    return stream.getvalue()


@pytest.fixture
def address(httpserver: HTTPServer) -> str:
    """A server whose pictures are at /photo-NAME. By the name of localhost it is another host: the interface."""
    httpserver.expect_request("/robots.txt").respond_with_data("")

    def photo(request: Request) -> Response:
        assert "Authorization" not in request.headers  # the key goes to the interface alone
        return Response(picture(request.path), content_type="image/jpeg")

    for letter in "ab":
        for number in range(6):
            httpserver.expect_request(f"/photo-{letter}{number}").respond_with_handler(photo)
    return f"127.0.0.1:{httpserver.port}"


def quick(config: type[ScrapeConfig], **options: Any) -> Any:
    return config(allow_private=True, per_second=100.0, **options)


def run(source: Source, **options: Any) -> tuple[CrawlReport, list[dict[str, Any]], list[str]]:
    events: list[Event] = []
    report = scrape(quick(UnsplashConfig, **options), source=source, out="out", listener=events.append)
    return report, read_manifest(Path("out/manifest.jsonl")), [e.text for e in events if isinstance(e, Note)]


def test_the_interface_is_asked_and_told_of_every_download(httpserver: HTTPServer, address: str) -> None:
    photos = [
        {
            "id": f"abcdefghi{number:02d}",
            "urls": {"raw": f"http://{address}/photo-a{number}?ixid=x"},
            "links": {"download_location": httpserver.url_for(f"/told/{number}?ixid=x")},
            "user": {"name": "Ana"},
        }
        for number in range(4)
    ]
    httpserver.expect_request("/search/photos").respond_with_json({"total": 4, "total_pages": 1, "results": photos})
    for number in range(4):
        httpserver.expect_request(f"/told/{number}", headers={"Authorization": f"Client-ID {KEY}"}).respond_with_json(
            {}
        )
    source = UnsplashApi(queries=("portrait",), key=KEY, base=httpserver.url_for(""), image_host=address)
    report, rows, notes = run(source, n=3)
    assert (report.kept, report.pings_owed) == (3, 0)
    kept = [row for row in rows if row["status"] == "ok"]
    assert len(kept) == 3
    assert {row["ai_training"] for row in kept} == {"restricted"}
    told = [request for request, _ in httpserver.log if request.path.startswith("/told/")]
    assert sorted(request.path for request in told) == sorted(f"/told/{int(row['source_id'][-2:])}" for row in kept)
    assert sum("training AI models" in note for note in notes) == 1
    everything = b"".join(path.read_bytes() for path in Path("out").rglob("*") if path.is_file())
    assert KEY.encode() not in everything


def test_the_lite_dataset(address: str, tmp_path: Path) -> None:
    folder = tmp_path / "lite"
    folder.mkdir()
    lines = "".join(f"abcdefghi{n:02d}\thttp://{address}/photo-b{n}\n" for n in range(3))
    (folder / "photos.tsv000").write_text("photo_id\tphoto_image_url\n" + lines)
    words = "".join(f"abcdefghi{n:02d}\tportrait\t{90 - n}\n" for n in range(3))
    (folder / "keywords.tsv000").write_text("photo_id\tkeyword\tai_service_1_confidence\n" + words)
    source = UnsplashLite(queries=("portrait",), cache=tmp_path, given=folder, image_host=address)
    report, rows, notes = run(source)
    assert report.kept == 3
    assert {row["ai_training"] for row in rows} == {"allowed"}
    assert any("Lite dataset, whose terms allow training" in note for note in notes)
    assert any("3 pictures (1000 were wanted: the source offers no more)" in note for note in notes)


def test_commons(httpserver: HTTPServer, address: str) -> None:
    page = {
        "pageid": 7,
        "title": "File:A.jpg",
        "imageinfo": [
            {
                "mime": "image/jpeg",
                "thumburl": f"http://{address}/photo-a5",
                "extmetadata": {"License": {"value": "pd"}, "Artist": {"value": "<i>Monet</i>"}},
            }
        ],
    }
    httpserver.expect_request("/api").respond_with_json({"query": {"pages": [page]}})
    hosts = frozenset(("127.0.0.1",))
    source = CommonsSource(category="X", commons=f"http://{address}/api", picture_hosts=hosts)
    report, rows, _ = run(source)
    assert report.kept == 1
    assert (rows[0]["author"], rows[0]["ai_training"], rows[0]["license"]) == ("Monet", "allowed", "Public domain")
    assert "Monet" in Path("out/CREDITS.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("options", "key", "route"),
    [
        ({}, None, UnsplashLite),
        ({}, "k", UnsplashApi),
        ({"lite": "x.zip"}, "k", UnsplashLite),
        ({"public": True}, "k", UnsplashPublic),
    ],
)
def test_which_route_is_taken(tmp_path: Path, options: dict[str, Any], key: str | None, route: type) -> None:
    zipfile.ZipFile("x.zip", "w").close()
    source, label = make_source(UnsplashConfig(**options), None, key=key, cache=tmp_path)
    assert isinstance(source, route)
    assert label == "unsplash-portrait"


@pytest.mark.parametrize(
    ("config", "subject", "label"),
    [
        (UnsplashConfig(query=("Old man", "../sea")), None, "unsplash-old-man+..-sea"),
        (CommonsConfig(artist="Claude Monet"), None, "commons-claude-monet"),
        (CommonsConfig(category="Étretat"), None, "commons-étretat"),
        (PageConfig(), "https://example.org/a/b?x=1", "page-example.org-a-b"),
        (UrlsConfig(), "lists/mine.txt", "urls-mine"),
        (UrlsConfig(), "scraped/commons-x/manifest.jsonl", "urls-commons-x"),
    ],
)
def test_folders_are_called_after_source_and_subject(
    tmp_path: Path, config: ScrapeConfig, subject: str | None, label: str
) -> None:
    found = make_source(config, subject, key=None, cache=tmp_path)[1]
    assert found == label
    assert Path(found).name == found


def report(kept: int, failed: int, *, interrupted: bool = False) -> CrawlReport:
    return CrawlReport(
        folder=Path("x"),
        kept=kept,
        new=kept,
        skipped={},
        failed={"timeout": failed},
        bytes=0,
        requests=0,
        seconds=0,
        pings_owed=0,
        interrupted=interrupted,
    )


@pytest.mark.parametrize(
    ("ended", "code"),
    [
        (report(10, 0), ExitCode.DONE),
        (report(10, 5), ExitCode.DONE),
        (report(4, 0), ExitCode.DONE),
        (report(4, 1), ExitCode.SOME_ITEMS_FAILED),
        (report(0, 3), ExitCode.FAILED),
        (report(0, 0), ExitCode.FAILED),
        (report(4, 1, interrupted=True), ExitCode.INTERRUPTED),
    ],
)
def test_exit_codes(ended: CrawlReport, code: ExitCode) -> None:
    assert exit_code(PageConfig(n=10), ended) is code


def test_an_interrupted_run_is_continued(httpserver: HTTPServer, address: str) -> None:
    Path("list.txt").write_text("".join(f"http://{address}/photo-a{n}\n" for n in range(6)))
    asked = iter([False] * 3 + [True] * 1000)
    config = quick(UrlsConfig)
    first = scrape(config, "list.txt", should_stop=lambda: next(asked))
    assert first.interrupted
    second = scrape(config, "list.txt")
    assert (second.kept, second.interrupted) == (6, False)
    paths = [request.path for request, _ in httpserver.log if request.path.startswith("/photo")]
    assert len(read_manifest(Path("scraped/urls-list/manifest.jsonl"))) == 6
    assert len(set(paths)) == 6


def test_the_estimate_is_a_table_and_writes_nothing(address: str, tmp_path: Path) -> None:
    Path("list.txt").write_text(f"http://{address}/photo-a0\n")
    events: list[Event] = []
    found = estimate(quick(UrlsConfig), "list.txt", listener=events.append)
    assert found.pictures == 1
    assert json.dumps([str(event) for event in events]).count("urls-list would take") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["list.txt"]


def test_the_source_of_one_s_own_in_the_documents(httpserver: HTTPServer, address: str) -> None:
    page = (REPOSITORY / "docs" / "scrape.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)
    works = [{"id": number, "image": f"http://{address}/photo-b{number}", "title": "T"} for number in range(2)]
    httpserver.expect_request("/works").respond_with_json(works)
    code = code.replace("https://api.example.org", f"http://{address}").replace("api.example.org", "127.0.0.1")
    exec(code.replace("n=100", "n=2, allow_private=True"), {"__name__": "museum"})
    rows = read_manifest(Path("scraped/museum/manifest.jsonl"))
    assert [(row["id"], row["status"], row["ai_training"]) for row in rows] == [
        ("museum-0", "ok", "allowed"),
        ("museum-1", "ok", "allowed"),
    ]


def test_a_search_that_finds_nothing_says_so(httpserver: HTTPServer, address: str) -> None:
    httpserver.expect_request("/search/photos").respond_with_json({"total": 0, "total_pages": 0, "results": []})
    source = UnsplashApi(queries=("xyzzy",), key=KEY, base=httpserver.url_for(""), image_host=address)
    report, rows, notes = run(source)
    assert (report.kept, rows, notes[-1]) == (0, [], "no picture was kept: the source offers none")


def test_a_source_that_fails_at_once_leaves_nothing(httpserver: HTTPServer, address: str, tmp_path: Path) -> None:
    httpserver.expect_request("/api").respond_with_json({"error": {"info": "no"}})
    events: list[Event] = []
    with pytest.raises(ArtganError, match="refuses the question"):
        scrape(
            quick(UnsplashConfig),
            source=CommonsSource(category="X", commons=f"http://{address}/api"),
            listener=events.append,
        )
    assert not any(isinstance(event, FolderDone) for event in events)
    assert list(tmp_path.rglob("*")) == [tmp_path / "scraped"]
