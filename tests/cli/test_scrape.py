"""`artgan scrape` as typed, against examples/gallery.py and a server of lists on loopback."""

import importlib.util
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from conftest import REPOSITORY, Run

Artgan = Callable[..., Run]
PICTURES = 15


@pytest.fixture(scope="module")
def gallery() -> Iterator[str]:
    spec = importlib.util.spec_from_file_location("gallery", REPOSITORY / "examples" / "gallery.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with module.serve(PICTURES, 0) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def _in_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("UNSPLASH_ACCESS_KEY", raising=False)


@pytest.fixture
def scrape(artgan: Artgan) -> Artgan:
    return lambda *arguments: artgan("scrape", *arguments, "--allow-private", "--per-second", "100")


def rows(folder: str | Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (Path(folder) / "manifest.jsonl").read_text(encoding="utf-8").splitlines()]


def test_a_gallery_with_its_next_pages(scrape: Artgan, gallery: str) -> None:
    run = scrape("page", gallery)
    assert run.lines == ["scraped/page-127.0.0.1"]
    assert run.code == 3  # the gallery has dead links
    found = rows(run.lines[0])
    kept = [row for row in found if row["status"] == "ok"]
    assert len(kept) == PICTURES
    assert {row["reason"] for row in found if row["status"] != "ok"} == {"http_4xx", "not_image", "robots"}
    for row in kept:
        assert (Path(run.lines[0]) / str(row["file"])).stat().st_size == row["bytes"]
        assert (row["width"], row["author"], row["license"]) == (192, "the artgan gallery", "CC0")
    assert "next: artgan prepare scraped/page-127.0.0.1" in run.err
    assert (Path(run.lines[0]) / "CREDITS.md").exists()


def test_n_is_enough_and_a_later_run_goes_on(scrape: Artgan, gallery: str) -> None:
    assert scrape("page", gallery, "-n", "5", "-o", "out").code == 0
    assert sum(row["status"] == "ok" for row in rows("out")) == 5
    run = scrape("page", gallery, "-n", "9", "-o", "out", "--json")
    assert run.code == 0
    (result,) = json.loads(run.out)["results"]
    assert (result["path"], result["pictures"], result["new"]) == ("out", 9, 4)


def test_one_page_only(scrape: Artgan, gallery: str) -> None:
    run = scrape("page", gallery, "--max-pages", "1", "-q")
    assert run.err == ""
    assert sum(row["status"] == "ok" for row in rows(run.lines[0])) == 12


def test_a_manifest_is_a_list_that_can_be_fetched_again(scrape: Artgan, gallery: str) -> None:
    scrape("page", gallery, "-o", "first", "-n", "6")
    run = scrape("urls", "first/manifest.jsonl", "-o", "again")
    assert run.code == 0

    def known(folder: str) -> set[tuple[object, ...]]:
        return {(row["id"], row["sha256"], row["file"], row["title"]) for row in rows(folder) if row["status"] == "ok"}

    assert known("again") == known("first")


def test_failed_pictures_are_tried_again(scrape: Artgan, httpserver: HTTPServer, picture: Callable[..., Path]) -> None:
    data = [picture(f"{number}.png", 96, 96, seed=number).read_bytes() for number in range(2)]
    httpserver.expect_request("/robots.txt").respond_with_data("")
    httpserver.expect_request("/a.png").respond_with_data(data[0])
    httpserver.expect_oneshot_request("/b.png").respond_with_data("", status=404)
    Path("list.txt").write_text(f"# mine\n{httpserver.url_for('/a.png')}\n{httpserver.url_for('/b.png')}\n")
    assert scrape("urls", "list.txt").code == 3
    httpserver.expect_request("/b.png").respond_with_data(data[1])
    run = scrape("urls", "list.txt", "--retry-failed")
    assert run.code == 0
    assert [row["status"] for row in rows("scraped/urls-list")] == ["ok", "ok"]


def test_nothing_kept_is_exit_1(scrape: Artgan, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/a.png").respond_with_data("", status=404)
    httpserver.expect_request("/robots.txt").respond_with_data("")
    Path("list.txt").write_text(httpserver.url_for("/a.png"))
    run = scrape("urls", "list.txt")
    assert run.code == 1
    assert "no picture was kept: manifest.jsonl says why; 1 failed, --retry-failed tries them again" in run.err


def test_a_dry_run_writes_nothing(scrape: Artgan, gallery: str) -> None:
    run = scrape("page", gallery, "--dry-run", "--json")
    assert run.code == 0
    (result,) = json.loads(run.out)["results"]
    assert result["path"] is None
    assert result["requests"] > result["pictures"] > 0
    assert "pictures on the first page, and a page follows" in run.err
    assert list(Path.cwd().iterdir()) == []


def test_a_dry_run_knows_the_folder(scrape: Artgan, gallery: str) -> None:
    scrape("page", gallery, "-n", "4", "-o", "out")
    run = scrape("page", gallery, "-n", "9", "-o", "out", "--dry-run")
    assert "out would take" in run.err
    assert "4 pictures are in 'out' already" in run.err


@pytest.mark.parametrize(
    ("arguments", "message", "code"),
    [
        (["page"], "no page: give its address", 2),
        (["page", "gallery"], "'gallery' is no web address", 2),
        (["urls"], "no list: give its file", 2),
        (["urls", "none.txt"], "cannot read 'none.txt'", 1),
        (["commons"], "give --artist", 2),
        (["commons", "--artist", "a", "--category", "b"], "exclude each other", 2),
        (["commons", "--artist", "a|b"], "--artist is a name", 2),
        (["unsplash", "--public", "--lite", "x"], "--public and --lite exclude each other", 2),
        (["unsplash", "--orientation", "portrait"], "--orientation needs the official interface", 2),
        (["unsplash", "--color", "blu"], "Did you mean 'blue'?", 2),
        (["unsplash", "--lite", "none.zip"], "--lite 'none.zip' does not exist", 2),
        (["unsplash", "--deadline", "soon"], "--deadline is a time", 2),
        (["page", "https://example.org", "--retry-failed"], "nothing to try again", 1),
        (["page", "https://example.org", "--retry-failed", "--dry-run"], "exclude each other", 2),
        (["pages"], "Did you mean 'page'?", 2),
    ],
)
def test_mistakes_are_one_line(artgan: Artgan, arguments: list[str], message: str, code: int) -> None:
    run = artgan("scrape", *arguments, "-q") if len(arguments) > 1 else artgan("scrape", *arguments)
    assert message in run.err
    assert run.code == code
    assert len([line for line in run.err.splitlines() if line.startswith("error:")]) == 1


def test_a_private_address_needs_permission(artgan: Artgan, gallery: str) -> None:
    run = artgan("scrape", "page", gallery, "-q")
    assert run.code == 1
    assert "127.0.0.1" in run.err
    assert run.out == b""
    assert list(Path("scraped").iterdir()) == []


def test_a_folder_of_other_files_is_left_alone(scrape: Artgan, gallery: str) -> None:
    Path("mine").mkdir()
    Path("mine/notes.txt").write_text("x")
    run = scrape("page", gallery, "-o", "mine")
    assert run.code == 1
    assert "holds other files" in run.err
    assert [path.name for path in Path("mine").iterdir()] == ["notes.txt"]


def test_options_from_a_file(artgan: Artgan) -> None:
    Path("run.toml").write_text('[scrape.unsplash]\nquery = ["sea"]\nn = 7\n[scrape.page]\nmax-pages = 3\n')
    assert 'query = ["sea"]' in artgan("scrape", "unsplash", "--config", "run.toml", "--dump-config").out.decode()
    assert "max-pages = 3" in artgan("scrape", "page", "x", "--config", "run.toml", "--dump-config").out.decode()
