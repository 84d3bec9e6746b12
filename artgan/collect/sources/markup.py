"""What all HTML pages share: where pictures stand in them, whatever their classes are called."""

import re
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup, Tag

from artgan.errors import ArtganError

LAZY_ATTRIBUTES = ("data-src", "data-original", "data-lazy-src", "data-lazy", "data-full", "data-image", "data-url")
LAZY_SRCSETS = ("data-srcset", "data-lazy-srcset")


class MarkupChangedError(ArtganError):
    """A page that used to hold pictures holds none that artgan can find."""


def parse(html: str) -> BeautifulSoup:
    """The page as a tree."""
    return BeautifulSoup(html, "html.parser")


def attribute(tag: Tag, name: str) -> str | None:
    """An attribute as text without spaces around it, None when it is missing or empty."""
    value = tag.get(name)
    if isinstance(value, list):
        value = " ".join(value)
    return value.strip() or None if isinstance(value, str) else None


def base_of(page: BeautifulSoup, url: str) -> str:
    """What relative addresses of a page are relative to: its <base>, else its own address."""
    base = page.find("base", href=True)
    return absolute(url, attribute(base, "href")) or url if isinstance(base, Tag) else url


def absolute(base: str, address: str | None) -> str | None:
    """The whole address without its fragment; None for what is not fetched over http, such as data: addresses."""
    if not address:
        return None
    try:
        joined = urljoin(base, address.strip()).partition("#")[0]
        parts = urlsplit(joined)
        host = parts.hostname
    except ValueError:
        return None
    return joined if parts.scheme in ("http", "https") and host else None


def srcset(value: str | None) -> list[tuple[str, float]]:
    """The addresses of a srcset with their sizes: pixels for "800w", times a thousand for "2x", 0 where none is given.

    Addresses may hold commas; they are separated by spaces and by a comma at their end (HTML standard, 4.8.4.3.10).
    """
    found: list[tuple[str, float]] = []
    rest = (value or "").strip()
    while rest := rest.lstrip(" \t\r\n,"):
        match = re.match(r"\S+", rest)
        if match is None:
            break
        address, rest = match.group(), rest[match.end() :]
        if address.endswith(","):
            found.append((address.rstrip(","), 0.0))
            continue
        descriptor, _, rest = rest.partition(",")
        size = re.search(r"(\d+(?:\.\d+)?)([wx])", descriptor)
        found.append((address, 0.0 if size is None else float(size[1]) * (1000 if size[2] == "x" else 1)))
    return found


def largest(value: str | None) -> str | None:
    """The address of the largest picture of a srcset."""
    found = srcset(value)
    return max(found, key=lambda item: item[1])[0] if found else None


def image_addresses(tag: Tag) -> Iterator[str]:
    """Every address that an img or source element may show, the largest of its sets first."""
    for name in ("srcset", *LAZY_SRCSETS):
        if (address := largest(attribute(tag, name))) is not None:
            yield address
    for name in (*LAZY_ATTRIBUTES, "src"):
        if (address := attribute(tag, name)) is not None:
            yield address
