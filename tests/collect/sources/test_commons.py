"""Wikidata and Commons, played by a server that answers with their JSON."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from artgan.collect.sources.commons import CommonsSource
from artgan.collect.sources.commons_answers import WIDTHS, imageinfo_parameters, width_for
from artgan.errors import ArtganError, UsageError
from artgan.io.failures import Reason

Text = Callable[[str], str]


class Wikimedia:
    """One address for all three interfaces; keeps what it was asked."""

    def __init__(self, text: Text) -> None:
        self.text = text
        self.asked: list[dict[str, str]] = []
        self.continued = False

    def __call__(self, request: Request) -> Response:
        asked = dict(request.args)
        self.asked.append(asked)
        return Response(self._answer(asked), content_type="application/json")

    def _answer(self, asked: dict[str, str]) -> str:
        if "COUNT" in asked.get("query", ""):
            return self.text("wikidata_counts.json")
        if "query" in asked:
            return self.text("wikidata_paintings.json")
        if asked["action"] == "wbsearchentities":
            return self.text("wikidata_search.json")
        if asked.get("prop") == "categoryinfo":
            return json.dumps({"query": {"pages": [{"title": "x", "categoryinfo": {"files": 321}}]}})
        if asked.get("gcmtitle") == "Category:Nothing":
            return json.dumps({"batchcomplete": True})
        answer = json.loads(self.text("commons_imageinfo.json"))
        if "gcmtitle" in asked and "gcmcontinue" not in asked:
            answer["continue"] = {"gcmcontinue": "file|ABC|1", "continue": "gcmcontinue||"}
        elif "gcmtitle" in asked:
            answer["query"]["pages"][0]["pageid"] = 999
        return json.dumps(answer)


@pytest.fixture
def wikimedia(httpserver: HTTPServer, fixture_text: Text) -> Wikimedia:
    site = Wikimedia(fixture_text)
    httpserver.expect_request("/api").respond_with_handler(site)
    return site


def source(address: str, **options: Any) -> CommonsSource:
    api = f"http://{address}/api"
    return CommonsSource(wikidata=api, sparql=api, commons=api, **options)


def test_an_artist_by_name(visit: Callable[..., Any], wikimedia: Wikimedia, address: str) -> None:
    one = source(address, artist="Claude Monet")
    visited = visit(one)
    found = list(one.candidates(visited.client))
    sunrise, cliffs = (photo for photo in found if photo.refused is None)
    refused = [photo for photo in found if photo.refused is not None]
    assert [(photo.refused, photo.ai_training) for photo in refused] == [(Reason.LICENCE, "unknown")] * 2
    assert [photo.license for photo in refused] == ["CC BY-SA 4.0", None]
    assert sunrise.key == "commons-101"
    assert sunrise.title == "Impression, Sunrise"
    assert sunrise.author == "Claude Monet"
    assert sunrise.license == "Public domain"
    assert sunrise.ai_training == "allowed"
    assert sunrise.attribution == "Claude Monet, Impression, Sunrise, Public domain, via Wikimedia Commons"
    assert (sunrise.width, sunrise.height) == (960, 744)
    assert sunrise.image_url.startswith("https://thumb.wikimedia.org/")  # as given, not built
    assert cliffs.title == "Les falaises à Étretat"
    assert (cliffs.license, cliffs.image_url.endswith(".tif.jpg")) == ("CC0", True)
    assert "Claude Monet is Q296 in Wikidata: 3 paintings with a picture" in visited.notes
    assert "2 files were left out: not in the public domain" in visited.notes


def test_only_widths_that_wikimedia_renders_are_asked_for(
    visit: Callable[..., Any], wikimedia: Wikimedia, address: str
) -> None:
    one = source(address, artist="Q296", size=700)
    list(one.candidates(visit(one).client))
    titles = [asked for asked in wikimedia.asked if "titles" in asked]
    assert [asked["iiurlwidth"] for asked in titles] == ["1280"]
    assert titles[0]["titles"] == "File:Monet - Impression, Sunrise.jpg|File:Étretat.tif|File:Photo.jpg"
    assert {width_for(size) for size in range(64, 2561)} <= set(WIDTHS)
    assert width_for(512) == 960
    assert set(imageinfo_parameters(960)["iiprop"].split("|")) >= {"url", "size", "mime", "extmetadata"}


def test_a_category_with_its_continuation(visit: Callable[..., Any], wikimedia: Wikimedia, address: str) -> None:
    one = source(address, category="Paintings by Claude Monet")
    found = [photo for photo in one.candidates(visit(one).client) if photo.refused is None]
    assert [photo.source_id for photo in found] == ["101", "102", "999"]
    assert found[0].title == "Soleil levant"
    assert found[0].author == "Claude Monet"
    assert [asked.get("gcmcontinue") for asked in wikimedia.asked] == [None, "file|ABC|1"]
    assert wikimedia.asked[0]["gcmtitle"] == "Category:Paintings by Claude Monet"


def test_the_estimate(visit: Callable[..., Any], wikimedia: Wikimedia, address: str) -> None:
    artist = source(address, artist="Claude Monet")
    estimate = artist.estimate(visit(artist).client, 300)
    assert (estimate.pictures, estimate.requests) == (3, 3 + 1 + 3)
    category = source(address, category="x")
    assert category.estimate(visit(category).client, 300).pictures == 300


def test_unknown_names_say_what_to_give(visit: Callable[..., Any], httpserver: HTTPServer, address: str) -> None:
    httpserver.expect_request("/api").respond_with_json({"search": []})
    one = source(address, artist="Clod Monay")
    with pytest.raises(UsageError, match=r"no painter called 'Clod Monay': give the item, such as Q296"):
        list(one.candidates(visit(one).client))


def test_an_empty_category_is_an_error(visit: Callable[..., Any], wikimedia: Wikimedia, address: str) -> None:
    one = source(address, category="Nothing")
    with pytest.raises(UsageError, match="'Category:Nothing' has no files on Commons"):
        list(one.candidates(visit(one).client))


def test_an_error_of_the_interface_is_one_line(visit: Callable[..., Any], httpserver: HTTPServer, address: str) -> None:
    httpserver.expect_request("/api").respond_with_json({"error": {"code": "x", "info": "Invalid\ntitle"}})
    one = source(address, category="Odd")
    with pytest.raises(ArtganError, match="Wikimedia Commons refuses the question: Invalid title"):
        list(one.candidates(visit(one).client))


def test_one_subject_is_needed() -> None:
    with pytest.raises(UsageError, match="one of the two"):
        CommonsSource()
    with pytest.raises(UsageError, match="one of the two"):
        CommonsSource(artist="a", category="b")
