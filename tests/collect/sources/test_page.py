from collections.abc import Callable
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from artgan.collect.sources.challenges import ChallengeError
from artgan.collect.sources.markup import MarkupChangedError
from artgan.collect.sources.page import PageSource
from artgan.errors import UsageError
from artgan.io.failures import FetchError

Visiting = Callable[..., Any]


@pytest.fixture
def pages(httpserver: HTTPServer) -> dict[str, str]:
    """What the server has, by page number; page 1 is at /g."""
    shelf: dict[str, str] = {}

    def answer(request: Request) -> Response:
        html = shelf.get(request.args.get("page", "1"), "404")
        return Response(html, int(html) if html.isdigit() else 200, content_type="text/html")

    httpserver.expect_request("/robots.txt").respond_with_data("")
    httpserver.expect_request("/g").respond_with_handler(answer)
    return shelf


def found(visit: Visiting, address: str, **options: Any) -> list[str]:
    source = PageSource(url=f"http://{address}/g", **options)
    return [photo.image_url.rpartition("/")[2] for photo in source.candidates(visit(source).client)]


def page(number: int, *, next_page: int | None = None, images: str | None = None) -> str:
    link = f'<a rel="next" href="?page={next_page}">next</a>' if next_page else ""
    return (images or f'<img src="{number}.jpg" alt="No. {number}">') + link


def test_pages_are_followed_to_the_end(visit: Visiting, pages: dict[str, str], address: str) -> None:
    pages |= {"1": page(1, next_page=2), "2": page(2, next_page=3), "3": page(3)}
    assert found(visit, address) == ["1.jpg", "2.jpg", "3.jpg"]


def test_max_pages(visit: Visiting, pages: dict[str, str], address: str) -> None:
    pages |= {str(n): page(n, next_page=n + 1) for n in range(1, 9)}
    assert found(visit, address, max_pages=3) == ["1.jpg", "2.jpg", "3.jpg"]


def test_endless_pages_end_where_nothing_is_new(visit: Visiting, httpserver: HTTPServer, address: str) -> None:
    httpserver.expect_request("/robots.txt").respond_with_data("")

    def endless(request: Request) -> Response:
        return Response(page(1, next_page=int(request.args.get("page", "1")) + 1), content_type="text/html")

    httpserver.expect_request("/g").respond_with_handler(endless)
    assert found(visit, address) == ["1.jpg"]
    assert len(httpserver.log) == 3


def test_pages_that_run_in_a_circle(visit: Visiting, pages: dict[str, str], address: str) -> None:
    pages |= {"1": page(1, next_page=2), "2": page(2, next_page=1)}
    assert found(visit, address) == ["1.jpg", "2.jpg"]


def test_a_page_that_is_gone_ends_it(visit: Visiting, pages: dict[str, str], address: str) -> None:
    pages |= {"1": page(1, next_page=2)}
    assert found(visit, address) == ["1.jpg"]


@pytest.mark.parametrize("status", ["503", "429"])
def test_a_page_that_fails_for_now_is_no_end(visit: Visiting, pages: dict[str, str], address: str, status: str) -> None:
    """Else a run would pass for complete with half of the pages."""
    pages |= {"1": page(1, next_page=2), "2": status}
    with pytest.raises(FetchError, match=f"the server answers {status}"):
        found(visit, address)


def test_a_page_that_may_not_be_read_ends_it_with_a_note(visit: Visiting, pages: dict[str, str], address: str) -> None:
    pages |= {"1": page(1, next_page=2), "2": "403"}
    source = PageSource(url=f"http://{address}/g")
    visiting = visit(source)
    assert len(list(source.candidates(visiting.client))) == 1
    (note,) = visiting.notes
    assert "the server answers 403; the pages before it are all" in note


def test_a_first_page_that_is_gone_is_an_error(visit: Visiting, pages: dict[str, str], address: str) -> None:
    with pytest.raises(FetchError, match="404"):
        found(visit, address)


def test_a_page_without_pictures_is_an_error(visit: Visiting, pages: dict[str, str], address: str) -> None:
    pages["1"] = "<p>nothing</p>"
    with pytest.raises(MarkupChangedError, match="no picture found on http://"):
        found(visit, address)


def test_a_page_that_opts_out_is_left(visit: Visiting, pages: dict[str, str], address: str) -> None:
    pages["1"] = '<meta name="robots" content="noai">' + page(1)
    with pytest.raises(FetchError, match="asks not to be used for training"):
        found(visit, address)


def test_a_challenge_later_on_stops_the_run(
    visit: Visiting, pages: dict[str, str], address: str, fixture_text: Callable[[str], str]
) -> None:
    pages |= {"1": page(1, next_page=2), "2": fixture_text("challenge_cloudflare.html")}
    with pytest.raises(ChallengeError, match="prove to be people"):
        found(visit, address)


def test_what_a_page_says_of_itself(visit: Visiting, pages: dict[str, str], address: str) -> None:
    pages["1"] = page(1) + '<meta name="author" content="Me"><a rel="license" href="/cc0">CC0</a>'
    source = PageSource(url=f"http://{address}/g")
    (photo,) = source.candidates(visit(source).client)
    assert (photo.title, photo.author, photo.license) == ("No. 1", "Me", "CC0")
    assert photo.license_url == f"http://{address}/cc0"
    assert photo.ai_training == "unknown"
    assert photo.source == "page"


def test_the_estimate_is_from_the_first_page(visit: Visiting, pages: dict[str, str], address: str) -> None:
    pages["1"] = page(1, next_page=2, images='<img src="1.jpg"><img src="2.jpg">')
    source = PageSource(url=f"http://{address}/g", max_pages=5)
    estimate = source.estimate(visit(source).client, 100)
    assert (estimate.pictures, estimate.requests) == (10, 15)


@pytest.mark.parametrize("url", ["", "gallery", "file:///etc/passwd", "http://", "javascript:alert(1)"])
def test_no_web_address(url: str) -> None:
    with pytest.raises(UsageError, match="is no web address"):
        PageSource(url=url)
