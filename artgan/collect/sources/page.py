"""`artgan scrape page URL`: every picture of any web page, and of the pages that follow it."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bs4 import BeautifulSoup, Tag

from artgan.collect.candidates import Candidate, Estimate
from artgan.collect.sources.lenient import text
from artgan.collect.sources.markup import MarkupChangedError, absolute, attribute, base_of, parse
from artgan.collect.sources.page_markup import Found, asks_not_to_train, next_page, pictures
from artgan.errors import UsageError
from artgan.io.failures import FetchError, Reason
from artgan.io.retries import PASSING_STATUSES

if TYPE_CHECKING:
    from artgan.collect.client import Client


_GONE = (404, 410)  # where the numbers end
_CLOSED = (Reason.ROBOTS, Reason.OPT_OUT, Reason.HTTP_4XX)


@dataclass(frozen=True)
class PageSource:
    """The pictures of a page and of those that follow it, at most `max_pages`.

    Pictures may lie on any host; pages that follow must lie on the first one's.
    """

    url: str
    max_pages: int = 50
    name: str = "page"
    hosts: frozenset[str] | None = None
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what is no web address."""
        if absolute(self.url, self.url) is None:
            raise UsageError(f"'{self.url}' is no web address: give one such as https://example.org/gallery")

    def candidates(self, client: "Client") -> Iterator[Candidate]:
        """The pictures, page by page; ends with the first page that brings nothing new.

        Raises:
            MarkupChangedError: the first page holds no picture.
            ChallengeError: a page asks visitors to prove to be people.
            FetchError: the first page could not be had, or asks not to be used for training; or a later one could not
                be had for now.
        """
        address: str | None = self.url
        visited: set[str] = set()
        keys: set[str] = set()
        while address is not None and address not in visited and len(visited) < self.max_pages:
            first = not visited
            visited.add(address)
            try:
                page, url = self._read(client, address)
            except FetchError as error:
                if error.status in _GONE and not first:
                    return
                if first or error.reason not in _CLOSED or error.status in PASSING_STATUSES:
                    raise
                client.note(f"{error}; the pages before it are all")
                return
            new = [found for found in pictures(page, url) if found.key not in keys]
            if first and not new:
                raise MarkupChangedError(
                    f"no picture found on {self.url}: perhaps a script in the browser puts them there"
                )
            if not new:
                return
            keys |= {found.key for found in new}
            credit = _Credit.of(page, url)
            yield from (self._candidate(found, url, credit) for found in new)
            address = next_page(page, url)

    def estimate(self, client: "Client", n: int) -> Estimate:
        """From the first page alone: how many follow is not known before they are asked for."""
        page, url = self._read(client, self.url)
        count = len(pictures(page, url))
        follows = next_page(page, url) is not None
        pages = min(self.max_pages, -(-n // max(count, 1))) if follows else 1
        wanted = min(n, count * pages)
        line = f"{count} pictures on the first page, {'and a page follows' if follows else 'and no page follows'}"
        return Estimate(pictures=wanted, requests=pages + wanted, bytes=None, lines=(line,))

    def _read(self, client: "Client", address: str) -> tuple[BeautifulSoup, str]:
        answer = client.get_text(address)
        page = parse(answer.text)
        if asks_not_to_train(page):
            raise FetchError(Reason.OPT_OUT, "the page asks not to be used for training", url=address)
        return page, answer.url

    def _candidate(self, found: Found, url: str, credit: "_Credit") -> Candidate:
        return Candidate(
            source=self.name,
            source_id=hashlib.sha256(found.key.encode()).hexdigest()[:16],
            image_url=found.url,
            page_url=url,
            title=found.title,
            author=credit.author,
            license=credit.license,
            license_url=credit.license_url,
            query=self.url,
        )


@dataclass(frozen=True)
class _Credit:
    """What a page says of its author and licence."""

    author: str | None
    license: str | None
    license_url: str | None

    @classmethod
    def of(cls, page: BeautifulSoup, url: str) -> "_Credit":
        author = page.find("meta", attrs={"name": "author"})
        license = page.find(["a", "link"], rel="license", href=True)
        return cls(
            text(attribute(author, "content")) if isinstance(author, Tag) else None,
            text(license.get_text()) if isinstance(license, Tag) else None,
            absolute(base_of(page, url), attribute(license, "href")) if isinstance(license, Tag) else None,
        )
