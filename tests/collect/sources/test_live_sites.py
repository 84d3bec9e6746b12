"""A few gentle questions to the live sites: ARTGAN_TEST_NETWORK=1 pytest -m network tests/collect/sources."""

import os
from itertools import islice
from pathlib import Path

import pytest

from artgan.collect.candidates import Candidate, Source
from artgan.collect.client import Client, ClientOptions
from artgan.collect.sources.challenges import ChallengeError
from artgan.collect.sources.commons import CommonsSource
from artgan.collect.sources.page import PageSource
from artgan.collect.sources.unsplash_api import UnsplashApi
from artgan.collect.sources.unsplash_lite import INDEX_URL
from artgan.collect.sources.unsplash_photo import IMAGE_HOST
from artgan.collect.sources.unsplash_public import UnsplashPublic
from artgan.io.failures import FetchError

# _clean_environment takes ARTGAN_ variables away before a test begins.
ASKED = os.environ.get("ARTGAN_TEST_NETWORK") == "1"
KEY = os.environ.get("UNSPLASH_ACCESS_KEY")

pytestmark = [
    pytest.mark.network,
    pytest.mark.skipif(not ASKED, reason="asks live sites; set ARTGAN_TEST_NETWORK=1"),
]


def client_for(source: Source) -> Client:
    return Client(ClientOptions(per_second=1.0, connections=1), hosts=source.hosts)


def first(source: Source, n: int) -> list[Candidate]:
    client = client_for(source)
    try:
        return list(islice(source.candidates(client), n))
    finally:
        client.close()


def test_commons_has_paintings_of_monet(tmp_path: Path) -> None:
    source = CommonsSource(artist="Claude Monet")
    found = first(source, 10)
    assert len(found) == 10
    assert {photo.ai_training for photo in found} == {"allowed"}
    client = client_for(source)
    try:
        client.picture(found[0].image_url, tmp_path / "picture")
    finally:
        client.close()
    assert (tmp_path / "picture").stat().st_size > 10_000


def test_a_commons_page_has_pictures_and_pages_that_follow() -> None:
    assert first(PageSource(url="https://commons.wikimedia.org/wiki/Category:Water_Lilies_by_Claude_Monet"), 3)


@pytest.mark.skipif(not KEY, reason="set UNSPLASH_ACCESS_KEY")
def test_the_interface_of_unsplash_finds_portraits() -> None:
    found = first(UnsplashApi(queries=("portrait",), key=KEY or ""), 31)
    assert len(found) == 31
    assert all(photo.ping_url for photo in found)


def test_the_pages_of_unsplash_hold_photos_or_a_challenge() -> None:
    try:
        found = first(UnsplashPublic(queries=("portrait",)), 5)
    except ChallengeError:
        return  # as docs/scrape.md says
    assert all(IMAGE_HOST in photo.image_url for photo in found)


def test_the_lite_dataset_is_where_it_was(tmp_path: Path) -> None:
    client = Client(ClientOptions(per_second=1.0, connections=1))
    seen: list[int | None] = []

    class EnoughError(Exception):
        """The download has begun; 700 MB are not needed to know."""

    def stop(done: int, total: int | None) -> None:
        seen.append(total)
        raise EnoughError

    try:
        client.download(INDEX_URL, tmp_path / "lite.zip", on_bytes=stop)
    except EnoughError:
        assert seen[0] is None or seen[0] > 10**8
    except FetchError as error:
        pytest.fail(f"say in docs/scrape.md that the download is refused: {error}")
    finally:
        client.close()
