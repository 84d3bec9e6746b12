"""The official interface, played by a server that counts, pages and refuses as the real one does."""

import json
from collections import Counter
from collections.abc import Callable
from itertools import islice
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from artgan.collect.sources.unsplash_api import LAST_PAGE, ORIENTATIONS, UnsplashApi
from artgan.config.scrape import COLORS
from artgan.errors import UsageError

KEY = "secret-key-of-a-test"


class Interface:
    """`totals`: how many photos each search finds; a search is (orientation, colour, order)."""

    def __init__(self, address: str, total: int = 45) -> None:
        self.address, self.total = address, total
        self.asked: list[dict[str, str]] = []
        self.remaining = 50
        self.refusals: list[Response] = []

    def __call__(self, request: Request) -> Response:
        assert request.headers["Authorization"] == f"Client-ID {KEY}"
        assert request.headers["Accept-Version"] == "v1"
        self.asked.append(dict(request.args))
        if self.refusals:
            return self.refusals.pop(0)
        self.remaining -= 1
        page, per_page = int(request.args["page"]), int(request.args["per_page"])
        part = hash((request.args.get("orientation"), request.args.get("color"), request.args["order_by"])) % 97
        count = 0 if page > LAST_PAGE else max(0, min(per_page, self.total - (page - 1) * per_page))
        photos = [self.photo(f"{part:02d}{page:04d}{number:05d}") for number in range(count)]
        answer = {"total": self.total, "total_pages": -(-self.total // per_page), "results": photos}
        headers = {"X-Ratelimit-Limit": "50", "X-Ratelimit-Remaining": str(self.remaining)}
        return Response(json.dumps(answer), headers=headers, content_type="application/json")

    def photo(self, identity: str) -> dict[str, Any]:
        return {
            "id": identity,
            "width": 300,
            "height": 400,
            "urls": {"raw": f"http://{self.address}/photo-{identity}?ixid=x"},
            "links": {"download_location": f"http://{self.address}/photos/{identity}/download?ixid=x"},
            "user": {"name": "A"},
        }


@pytest.fixture
def interface(httpserver: HTTPServer, address: str) -> Interface:
    interface = Interface(address)
    httpserver.expect_request("/search/photos").respond_with_handler(interface)
    return interface


def source(address: str, *queries: str, **options: Any) -> UnsplashApi:
    return UnsplashApi(
        queries=queries or ("portrait",), key=KEY, base=f"http://{address}", image_host=address, **options
    )


def test_pages_of_thirty_until_the_last(visit: Callable[..., Any], interface: Interface, address: str) -> None:
    one = source(address)
    found = list(one.candidates(visit(one).client))
    assert len({photo.source_id for photo in found}) == 45
    assert [(asked["page"], asked["per_page"]) for asked in interface.asked] == [("1", "30"), ("2", "30")]
    assert found[0].ping_url is not None
    assert found[0].ai_training == "restricted"


def test_a_photo_that_two_queries_find_comes_once(
    visit: Callable[..., Any], interface: Interface, address: str
) -> None:
    one = source(address, "portrait", "face")
    assert len(list(one.candidates(visit(one).client))) == 45
    assert {asked["query"] for asked in interface.asked} == {"portrait", "face"}


def test_past_the_last_page_the_search_is_cut_into_parts(
    visit: Callable[..., Any], interface: Interface, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("artgan.collect.sources.unsplash_api.LAST_PAGE", 2)
    interface.total = 10_000
    one = source(address)
    found = list(one.candidates(visit(one).client))
    parts = Counter((a.get("orientation"), a.get("color"), a["order_by"]) for a in interface.asked)
    assert len(parts) == 1 + 2 * len(ORIENTATIONS) * len(COLORS)
    assert set(parts.values()) == {2}  # never a page behind the last
    identities = [photo.source_id for photo in found]
    assert len(identities) == len(set(identities)) > 60


def test_parts_keep_to_the_orientation_and_colour_asked_for(
    visit: Callable[..., Any], interface: Interface, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("artgan.collect.sources.unsplash_api.LAST_PAGE", 1)
    interface.total = 10_000
    one = source(address, orientation="squarish", color="blue")
    list(one.candidates(visit(one).client))
    assert {(a["orientation"], a["color"]) for a in interface.asked} == {("squarish", "blue")}


def test_photos_are_asked_for_lazily(visit: Callable[..., Any], interface: Interface, address: str) -> None:
    interface.total = 10_000
    one = source(address)
    assert len(list(islice(one.candidates(visit(one).client), 31))) == 31
    assert len(interface.asked) == 2


@pytest.mark.parametrize("status", [403, 429])
def test_a_quota_that_is_used_up_is_waited_out(
    visit: Callable[..., Any], interface: Interface, address: str, status: int
) -> None:
    interface.refusals = [Response("Rate Limit Exceeded", status, headers={"X-Ratelimit-Remaining": "0"})]
    one = source(address)
    visited = visit(one)
    assert len(list(one.candidates(visited.client))) == 45
    assert 0 < visited.clock.waited <= 3700
    assert any("quota back at" in note for note in visited.notes)


@pytest.mark.parametrize(
    ("status", "message"),
    [(401, "does not know the key in UNSPLASH_ACCESS_KEY"), (410, "takes the query 'portrait' for spam")],
)
def test_refusals_are_one_line(
    visit: Callable[..., Any], interface: Interface, address: str, status: int, message: str
) -> None:
    interface.refusals = [Response('{"errors": ["no"]}', status)]
    one = source(address)
    with pytest.raises(UsageError, match=message) as caught:
        list(one.candidates(visit(one).client))
    assert KEY not in str(caught.value)
    assert KEY not in repr(one)


def test_the_estimate_counts_searches_downloads_and_hours(
    visit: Callable[..., Any], interface: Interface, address: str
) -> None:
    interface.total = 10_000
    one = source(address)
    estimate = one.estimate(visit(one).client, 5000)
    assert estimate.pictures == 5000
    assert estimate.requests == 167 + 5000 + 5000
    assert estimate.quota_hours == pytest.approx(5167 / 50)
    assert len(interface.asked) == 1


@pytest.mark.parametrize("body", ["[]", "{}", '{"results": "none"}', '{"results": [1, null, {"id": 3}]}'])
def test_answers_of_another_shape_find_nothing(
    visit: Callable[..., Any], httpserver: HTTPServer, address: str, body: str
) -> None:
    httpserver.expect_request("/search/photos").respond_with_data(body)
    one = source(address)
    assert list(one.candidates(visit(one).client)) == []
