"""Unsplash through its official interface, with the user's own key."""

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from artgan.collect.candidates import Candidate, Estimate
from artgan.collect.sources.lenient import rows, whole
from artgan.collect.sources.unsplash_photo import IMAGE_HOST, Rendering, candidate_of, hosts_of
from artgan.config.scrape import COLORS
from artgan.errors import UsageError

if TYPE_CHECKING:
    from artgan.collect.client import Client

BASE = "https://api.unsplash.com"
KEY_VARIABLE = "UNSPLASH_ACCESS_KEY"
PER_PAGE = 30
LAST_PAGE = 200
"""Pages behind this one are empty, whatever `total_pages` says."""
ORIENTATIONS = ("portrait", "squarish", "landscape")
ORDERS = ("relevant", "latest")
GUIDELINE = (
    "Unsplash's API guidelines name training AI models among the uses to stay away from "
    "(https://help.unsplash.com/en/articles/2511256): the manifest says 'restricted'; the Lite dataset, which is "
    "taken when no key is set, allows it"
)

_DEMO_REQUESTS_AN_HOUR = 50


@dataclass(frozen=True, kw_only=True)
class UnsplashApi:
    """The official search: 30 photos a page, cut into parts by orientation, colour and order past page 200."""

    queries: tuple[str, ...]
    key: str = field(repr=False)
    rendering: Rendering = field(default_factory=Rendering)
    orientation: str | None = None
    color: str | None = None
    base: str = BASE
    image_host: str = IMAGE_HOST
    name: str = "unsplash"
    notes: tuple[str, ...] = (GUIDELINE,)

    @property
    def hosts(self) -> frozenset[str]:
        """The interface and the image host."""
        return hosts_of(self.base, self.image_host)

    def candidates(self, client: "Client") -> Iterator[Candidate]:
        """Every photo that the queries find, each once, the most relevant first.

        Raises:
            UsageError: the key is refused, or the query is taken for spam.
            FetchError: the interface cannot be reached.
        """
        seen: set[str] = set()
        for query in self.queries:
            for candidate in self._found(client, query):
                if candidate.source_id not in seen:
                    seen.add(candidate.source_id)
                    yield candidate

    def estimate(self, client: "Client", n: int) -> Estimate:
        """One search a query tells how many there are, and the headers how many requests an hour allows."""
        totals = [
            whole(self._page(client, {"query": query, "order_by": ORDERS[0], "page": "1"}).get("total")) or 0
            for query in self.queries
        ]
        pictures = min(n, sum(totals))
        searches = max(-(-pictures // PER_PAGE), len(totals))
        allowed = self._allowed(client)
        counted = searches + pictures  # each photo kept is told of once; the image host does not count
        lines = [f"{total} photos for '{query}'" for query, total in zip(self.queries, totals, strict=True)]
        lines.append(f"{allowed} requests an hour are allowed to this key; a download counts as one")
        return Estimate(
            pictures=pictures,
            requests=counted + pictures,
            bytes=pictures * self.rendering.expected_bytes,
            quota_hours=counted / allowed,
            lines=tuple(lines),
        )

    def _found(self, client: "Client", query: str) -> Iterator[Candidate]:
        last = yield from self._pages(client, {"query": query, "order_by": ORDERS[0]})
        if last < LAST_PAGE:
            return
        # More photos match than one search shows: ask for them part by part.
        orientations = (self.orientation,) if self.orientation else ORIENTATIONS
        colors = (self.color,) if self.color else COLORS
        for order, orientation, color in product(ORDERS, orientations, colors):
            part = {"query": query, "order_by": order, "orientation": orientation, "color": color}
            yield from self._pages(client, part)

    def _pages(self, client: "Client", search: Mapping[str, str]) -> Generator[Candidate, None, int]:
        """The candidates of one search; returns the number of the last page that was asked for."""
        page = 0
        for page in range(1, LAST_PAGE + 1):
            answer = self._page(client, {**search, "page": str(page)})
            photos = rows(answer.get("results"))
            for photo in photos:
                candidate = candidate_of(
                    photo,
                    query=search["query"],
                    rendering=self.rendering,
                    ai_training="restricted",
                    image_host=self.image_host,
                    ping=True,
                )
                if candidate is not None:
                    yield candidate
            if not photos or page >= (whole(answer.get("total_pages")) or 0):
                break
        return page

    def _page(self, client: "Client", search: Mapping[str, str]) -> Mapping[str, Any]:
        host = urlsplit(self.base).hostname or ""
        client.authorize(host, {"Authorization": f"Client-ID {self.key}", "Accept-Version": "v1"})
        url = f"{self.base}/search/photos"
        chosen = {"orientation": self.orientation, "color": self.color}
        fixed = {name: value for name, value in chosen.items() if value is not None}
        parameters = {**fixed, **search, "per_page": str(PER_PAGE)}
        answer = client.get_text(url, params=parameters, api=True, accept=(401, 410))
        if answer.status == 401:
            raise UsageError(f"Unsplash does not know the key in {KEY_VARIABLE}: see https://unsplash.com/developers")
        if answer.status == 410:
            raise UsageError(f"Unsplash takes the query '{search['query']}' for spam: choose another --query")
        page = answer.json()
        return page if isinstance(page, Mapping) else {}

    def _allowed(self, client: "Client") -> int:
        quota = client.quota(urlsplit(self.base).hostname or "")
        return _DEMO_REQUESTS_AN_HOUR if quota is None or not quota.limit else quota.limit
