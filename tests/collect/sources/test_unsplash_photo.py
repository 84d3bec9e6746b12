import json
from urllib.parse import parse_qs, urlsplit

import pytest

from artgan.collect.candidates import Candidate
from artgan.collect.sources.unsplash_photo import Rendering, candidate_of, is_photo_address, photo_id

from conftest import REPOSITORY

FIXTURES = REPOSITORY / "tests" / "collect" / "fixtures"
RAW = "https://images.unsplash.com/photo-1?ixlib=rb-4&ixid=M3w%3D&w=100&q=60"


def candidates(ping: bool = False) -> list[Candidate]:
    photos = json.loads((FIXTURES / "unsplash_napi.json").read_text(encoding="utf-8"))["results"]
    made = [
        candidate_of(photo, query="sea", rendering=Rendering(), ai_training="restricted", ping=ping)
        for photo in photos
        if isinstance(photo, dict)
    ]
    return [candidate for candidate in made if candidate is not None]


def test_the_host_is_asked_for_a_square_about_the_face() -> None:
    parts = urlsplit(Rendering(size=256).url(RAW))
    assert (parts.netloc, parts.path) == ("images.unsplash.com", "/photo-1")
    expected = {"ixid": "M3w=", "w": "256", "h": "256", "fit": "crop", "crop": "faces,entropy", "fm": "jpg", "q": "85"}
    assert {name: values[0] for name, values in parse_qs(parts.query).items()} == expected


@pytest.mark.parametrize(
    ("width", "height", "side"), [(3000, 2000, "h"), (2000, 3000, "w"), (2000, 2000, "w"), (None, None, "w")]
)
def test_keep_asks_for_the_short_side_alone(width: int | None, height: int | None, side: str) -> None:
    query = parse_qs(urlsplit(Rendering(size=300, crop="keep").url(RAW, width, height)).query)
    assert query[side] == ["300"]
    assert len({"w", "h"} & set(query)) == 1
    assert "crop" not in query


def test_a_photo_becomes_a_candidate_with_its_credits() -> None:
    (photo,) = candidates()
    assert photo.key == "unsplash-Ww1Xx2Yy3Zz"
    assert photo.title == "a sailor smoking a pipe"
    assert photo.author == "Fritz G."
    assert photo.author_url == "https://unsplash.com/@fritz?utm_source=artgan&utm_medium=referral"
    assert photo.attribution == "Photo by Fritz G. on Unsplash"
    assert photo.ai_training == "restricted"
    assert photo.tags == ("portrait", "sea")
    assert photo.ping_url is None
    assert "ixid=M3wx" in photo.image_url
    assert "/download" not in photo.image_url


def test_premium_sponsored_odd_and_foreign_photos_are_left_out() -> None:
    assert [photo.source_id for photo in candidates()] == ["Ww1Xx2Yy3Zz"]


def test_the_download_is_told_at_the_address_given() -> None:
    assert candidates(ping=True)[0].ping_url == "https://api.unsplash.com/photos/Ww1Xx2Yy3Zz/download?ixid=M3wx"


@pytest.mark.parametrize(
    ("address", "is_photo"),
    [
        ("https://images.unsplash.com/photo-15?w=1", True),
        ("https://images.unsplash.com/reserve/x.jpg", True),
        ("https://images.unsplash.com/flagged/photo-15", True),
        ("https://images.unsplash.com/12/x.jpg", True),
        ("https://images.unsplash.com/profile-15", False),
        ("https://images.unsplash.com/premium_photo-15", False),
        ("https://plus.unsplash.com/premium_photo-15", False),
        ("https://images.unsplash.com.evil.example/photo-15", False),
        ("https://user@images.unsplash.com/photo-15", False),
        ("ftp://images.unsplash.com/photo-15", False),
        ("https://[broken/photo-15", False),
    ],
)
def test_only_photos_of_the_image_host_are_taken(address: str, is_photo: bool) -> None:
    assert is_photo_address(address) is is_photo


@pytest.mark.parametrize(
    ("page", "identity"),
    [
        ("/photos/aB3dE6gH9jK", "aB3dE6gH9jK"),
        ("https://unsplash.com/photos/a-red-door-aB3dE6gH9jK?utm=1", "aB3dE6gH9jK"),
        ("/photos/man-_-X2y4Z6a8B", "_-X2y4Z6a8B"),
        ("/photos/short", None),
        ("/@ana", None),
        (None, None),
    ],
)
def test_ids_are_read_off_links(page: str | None, identity: str | None) -> None:
    assert photo_id(page) == identity
