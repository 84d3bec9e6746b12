import json
from collections.abc import Callable
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from artgan.collect.sources.challenges import ChallengeError, is_challenge
from artgan.collect.sources.markup import MarkupChangedError
from artgan.collect.sources.unsplash_photo import IMAGE_HOST, Rendering
from artgan.collect.sources.unsplash_public import UnsplashPublic, read_search_page

Text = Callable[[str], str]


def read(html: str) -> dict[str, Any]:
    found = read_search_page(
        html, "https://unsplash.com/s/photos/portrait", query="portrait", rendering=Rendering(), image_host=IMAGE_HOST
    )
    return {photo.source_id: photo for photo in found}


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("unsplash_2021.html", {"aB3dE6gH9jK": "Ana Lopez", "_-X2y4Z6a8B": None}),
        ("unsplash_2023.html", {"Cc3Dd4Ee5Ff": "Cleo Q."}),
        ("unsplash_2025.html", {"Kk1Ll2Mm3Nn": "Dora"}),
        ("unsplash_2026.html", {"Oo4Pp5Qq6Rr": "Elif", "Ss7Tt8Uu9Vv": None}),
    ],
)
def test_every_layout_is_read(fixture_text: Text, page: str, expected: dict[str, str | None]) -> None:
    found = read(fixture_text(page))
    assert {identity: photo.author for identity, photo in found.items()} == expected
    for photo in found.values():
        assert photo.image_url.startswith("https://images.unsplash.com/")
        assert "w=512&h=512&fit=crop&crop=faces,entropy" in photo.image_url
        assert "profile-" not in photo.image_url
        assert photo.ai_training == "restricted"


def test_class_names_do_not_matter(fixture_text: Text) -> None:
    page = fixture_text("unsplash_2021.html")
    assert read(page.replace("YVj9w", "Zz9Zz")).keys() == read(page).keys()


def test_ixid_and_title_are_kept(fixture_text: Text) -> None:
    photo = read(fixture_text("unsplash_2021.html"))["aB3dE6gH9jK"]
    assert "ixid=MnwxMjA3" in photo.image_url
    assert photo.title == "woman in a red scarf"
    assert photo.author_url == "https://unsplash.com/@ana?utm_source=artgan&utm_medium=referral"


@pytest.mark.parametrize("html", ["", "<p>nothing</p>", '<img src="https://images.unsplash.com/photo-1">'])
def test_a_page_without_photos_is_an_error(html: str) -> None:
    with pytest.raises(MarkupChangedError, match=r"no photo found on .*UNSPLASH_ACCESS_KEY.*Lite.*scrape commons"):
        read(html)


@pytest.fixture
def source(address: str) -> UnsplashPublic:
    return UnsplashPublic(queries=("old man",), base=f"http://{address}", image_host=address)


def napi(fixture_text: Text, address: str, pages: int) -> dict[str, Any]:
    answer = json.loads(fixture_text("unsplash_napi.json").replace("https://images.unsplash.com", f"http://{address}"))
    answer["total_pages"] = pages
    return dict(answer)


def page(fixture_text: Text, address: str) -> str:
    return fixture_text("unsplash_2025.html").replace("https://images.unsplash.com", f"http://{address}")


def test_the_page_and_then_its_json(
    visit: Callable[..., Any], httpserver: HTTPServer, fixture_text: Text, source: UnsplashPublic, address: str
) -> None:
    httpserver.expect_request("/robots.txt").respond_with_data("User-agent: *\nAllow: /")
    httpserver.expect_request("/s/photos/old-man").respond_with_data(page(fixture_text, address))
    first = httpserver.expect_request
    first("/napi/search/photos", query_string={"query": "old man", "per_page": "20", "page": "1"}).respond_with_json(
        napi(fixture_text, address, 2)
    )
    first("/napi/search/photos", query_string={"query": "old man", "per_page": "20", "page": "2"}).respond_with_json(
        {"total": 1, "total_pages": 2, "results": []}
    )
    visited = visit(source)
    assert [p.source_id for p in source.candidates(visited.client)] == ["Kk1Ll2Mm3Nn", "Ww1Xx2Yy3Zz"]
    assert visited.clock.waited > 1  # four requests, one a second
    assert httpserver.log[0][0].headers["User-Agent"].startswith("artgan/")


@pytest.mark.parametrize("name", ["challenge_anubis.html", "challenge_cloudflare.html"])
@pytest.mark.parametrize("status", [200, 401, 403, 503])
def test_a_challenge_stops_and_names_the_alternatives(
    visit: Callable[..., Any],
    httpserver: HTTPServer,
    fixture_text: Text,
    source: UnsplashPublic,
    name: str,
    status: int,
) -> None:
    httpserver.expect_request("/robots.txt").respond_with_data("")
    httpserver.expect_request("/s/photos/old-man").respond_with_data(
        fixture_text(name), status=status, content_type="text/html"
    )
    with pytest.raises(ChallengeError, match=r"prove to be people.*UNSPLASH_ACCESS_KEY.*Lite.*scrape commons"):
        list(source.candidates(visit(source).client))
    assert len(httpserver.log) == 2  # robots.txt and one page: nothing is tried again


def test_ordinary_pages_are_no_challenges(fixture_text: Text) -> None:
    assert not is_challenge(fixture_text("unsplash_2025.html"))
    assert not is_challenge('<script src="/cdn-cgi/challenge-platform/scripts/jsd/main.js"></script>')


def test_robots_that_forbid_the_json_leave_the_page(
    visit: Callable[..., Any], httpserver: HTTPServer, fixture_text: Text, source: UnsplashPublic, address: str
) -> None:
    httpserver.expect_request("/robots.txt").respond_with_data("User-agent: *\nDisallow: /napi/")
    httpserver.expect_request("/s/photos/old-man").respond_with_data(page(fixture_text, address))
    visited = visit(source)
    assert [photo.source_id for photo in source.candidates(visited.client)] == ["Kk1Ll2Mm3Nn"]
    assert any("no more than the first page" in note and "robots.txt" in note for note in visited.notes)
    assert "/napi/search/photos" not in [request.path for request, _ in httpserver.log]


def test_robots_that_forbid_all_are_obeyed(
    visit: Callable[..., Any], httpserver: HTTPServer, source: UnsplashPublic
) -> None:
    httpserver.expect_request("/robots.txt").respond_with_data("User-agent: *\nDisallow: /")
    with pytest.raises(MarkupChangedError, match=r"robots\.txt of .* forbids the search page; set UNSPLASH_ACCESS_KEY"):
        list(source.candidates(visit(source).client))
    assert [request.path for request, _ in httpserver.log] == ["/robots.txt"]


def test_a_page_that_changed_is_no_matter_while_the_json_holds(
    visit: Callable[..., Any], httpserver: HTTPServer, fixture_text: Text, source: UnsplashPublic, address: str
) -> None:
    httpserver.expect_request("/robots.txt").respond_with_data("")
    httpserver.expect_request("/s/photos/old-man").respond_with_data("<main></main>")
    httpserver.expect_request("/napi/search/photos").respond_with_json(napi(fixture_text, address, 1))
    assert [photo.source_id for photo in source.candidates(visit(source).client)] == ["Ww1Xx2Yy3Zz"]


def test_neither_page_nor_json_is_an_error(
    visit: Callable[..., Any], httpserver: HTTPServer, source: UnsplashPublic
) -> None:
    httpserver.expect_request("/robots.txt").respond_with_data("")
    httpserver.expect_request("/s/photos/old-man").respond_with_data("<main></main>")
    httpserver.expect_request("/napi/search/photos").respond_with_json({"photos": []})
    with pytest.raises(MarkupChangedError, match="no photo found"):
        list(source.candidates(visit(source).client))
