import pytest

from artgan.collect.sources.markup import parse, srcset
from artgan.collect.sources.page_markup import asks_not_to_train, key_of, next_page, pictures

from conftest import REPOSITORY

HERE = "https://example.org/gallery"
GALLERY = (REPOSITORY / "tests" / "collect" / "fixtures" / "page_gallery.html").read_text(encoding="utf-8")


def urls(html: str, url: str = HERE) -> list[str]:
    return [found.url for found in pictures(parse(html), url)]


def test_every_picture_of_a_page_once_and_largest() -> None:
    found = {picture.url: picture.title for picture in pictures(parse(GALLERY), HERE)}
    assert found == {
        "https://cdn.example.org/pics/harbour.jpg?w=1600": "The harbour at dusk",
        "https://example.org/art/field@2x.webp": "A field",
        "https://example.org/art/full/tower.JPG": "A tower",
        "https://example.org/art/mill.jpg": "A mill",
        "https://example.org/art/bridge.png": "A bridge",
        "https://example.org/art/boat.webp": "A boat",
        "https://example.org/art/wall.jpg": "A wall",
    }


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<img src="a.jpg#top">', ["https://example.org/a.jpg"]),
        ('<img src="//cdn.org/a.jpg">', ["https://cdn.org/a.jpg"]),
        ("<img><img src=''><img src='javascript:x'><img src='http://[x'>", []),
        ('<noscript><img src="n.jpg"></noscript>', ["https://example.org/n.jpg"]),
        ('<video><source src="film.mp4"></video>', []),
        ('<picture><source srcset="only.webp"></picture>', ["https://example.org/only.webp"]),
        ('<meta property="og:image" content="/og.jpg">', ["https://example.org/og.jpg"]),
        ('<link rel="image_src" href="/s.jpg">', ["https://example.org/s.jpg"]),
        ('<a href="a.jpg"></a><a href="b.html"></a>', ["https://example.org/a.jpg"]),
    ],
)
def test_odd_markup(html: str, expected: list[str]) -> None:
    assert urls(html) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a.jpg 1x, b.jpg 2x", [("a.jpg", 1000), ("b.jpg", 2000)]),
        ("a.jpg?c=1,2 100w,b.jpg 50.5w", [("a.jpg?c=1,2", 100), ("b.jpg", 50.5)]),
        ("a.jpg, b.jpg", [("a.jpg", 0), ("b.jpg", 0)]),
        ("  ,, a.jpg", [("a.jpg", 0)]),
        (None, []),
    ],
)
def test_srcset(value: str | None, expected: list[tuple[str, float]]) -> None:
    assert srcset(value) == expected


def test_sizes_do_not_make_another_picture() -> None:
    same = ("https://x.org/a.jpg", "http://x.org/a-150x150.jpg", "https://X.org/a.jpg?w=100&h=20")
    assert len({key_of(url) for url in same}) == 1
    assert key_of("https://x.org/a.jpg?id=1") != key_of("https://x.org/a.jpg?id=2")


@pytest.mark.parametrize(
    ("html", "url", "expected"),
    [
        ('<link rel="next" href="/g/2">', HERE, "https://example.org/g/2"),
        ('<a rel="nofollow next" href="?page=2">x</a>', HERE, "https://example.org/gallery?page=2"),
        ('<a href="/p/2">Next page</a>', HERE, "https://example.org/p/2"),
        ('<a href="/p/2">Next »</a>', HERE, "https://example.org/p/2"),
        ('<a href="/p/2">›</a>', HERE, "https://example.org/p/2"),
        ('<a href="/p/2">下一頁</a>', HERE, "https://example.org/p/2"),
        ('<a href="/p/2" aria-label="Next"><svg></svg></a>', HERE, "https://example.org/p/2"),
        ('<a href="?page=1">1</a><a href="?page=2">2</a>', HERE, "https://example.org/gallery?page=2"),
        ('<a href="?page=3">3</a><a href="?page=4">4</a>', HERE + "?page=3", "https://example.org/gallery?page=4"),
        ('<a href="/gallery/page/2">2</a>', HERE, "https://example.org/gallery/page/2"),
        ('<a href="/art/3.html">3</a>', "https://example.org/art/2.html", "https://example.org/art/3.html"),
        # None of these follow.
        ('<a href="/elsewhere/2">2</a>', HERE, None),
        ('<a href="https://other.org/2" rel="next">next</a>', HERE, None),
        ('<a href="/gallery#next">next</a>', HERE, None),
        ('<a href="/news">next year</a><a href="/x"></a>', HERE, None),
        ("", HERE, None),
    ],
)
def test_the_page_that_follows(html: str, url: str, expected: str | None) -> None:
    assert next_page(parse(html), url) == expected


@pytest.mark.parametrize(("content", "asks"), [("noindex, noai", True), ("NoImageAI", True), ("noindex", False)])
def test_opt_out_in_the_page(content: str, asks: bool) -> None:
    assert asks_not_to_train(parse(f'<meta name="robots" content="{content}">')) is asks
