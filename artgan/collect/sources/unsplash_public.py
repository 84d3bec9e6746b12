"""Unsplash as any visitor sees it: the search page and the JSON behind it, read only as far as the site lets robots."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from bs4 import Tag

from artgan.collect.candidates import Candidate, Estimate
from artgan.collect.sources.challenges import ChallengeError, challenge_message
from artgan.collect.sources.lenient import rows, text, whole
from artgan.collect.sources.markup import (
    MarkupChangedError,
    absolute,
    attribute,
    image_addresses,
    parse,
)
from artgan.collect.sources.unsplash_photo import (
    IMAGE_HOST,
    LICENSE,
    LICENSE_URL,
    SITE,
    Rendering,
    attribution,
    candidate_of,
    credited,
    hosts_of,
    is_photo_address,
    photo_id,
)
from artgan.io.failures import FetchError, Reason

if TYPE_CHECKING:
    from artgan.collect.client import Client

PER_PAGE = 20
LAST_PAGE = 200
ALTERNATIVES = (
    "set UNSPLASH_ACCESS_KEY to use the official interface, leave --public out to use the Lite dataset, or take "
    "artgan scrape commons"
)
GUIDELINE = (
    "Unsplash asks programs to use its interface and not its pages, and restricts training AI models on its photos: "
    "the manifest says 'restricted'"
)


def read_search_page(html: str, url: str, *, query: str, rendering: Rendering, image_host: str) -> list[Candidate]:
    """The photos of a search page, by what has outlived every redesign: where pictures come from and where links lead.

    A photo is an element with an address on the image host under /photo-...; its id is in the link to its page,
    which is around it or in the same figure. Class names are never looked at.

    Raises:
        MarkupChangedError: there is none.
    """
    page = parse(html)
    found: dict[str, Candidate] = {}
    for image in page.find_all(["img", "source"]):
        if not isinstance(image, Tag):
            continue
        addresses = [whole_url for one in image_addresses(image) if (whole_url := absolute(url, one)) is not None]
        address = next((one for one in addresses if is_photo_address(one, image_host)), None)
        identity = _identity(image)
        if address is None or identity is None or identity in found:
            continue
        author, author_path = _photographer(image)
        found[identity] = Candidate(
            source="unsplash",
            source_id=identity,
            image_url=rendering.url(address),
            page_url=credited(f"{SITE}/photos/{identity}"),
            title=text(attribute(image, "alt")),
            author=author,
            author_url=credited(f"{SITE}{author_path}") if author_path else None,
            license=LICENSE,
            license_url=LICENSE_URL,
            attribution=attribution(author),
            ai_training="restricted",
            query=query,
        )
    if not found:
        raise MarkupChangedError(
            f"no photo found on {url}: Unsplash has changed its pages, or answers programs differently; {ALTERNATIVES}"
        )
    return list(found.values())


@dataclass(frozen=True, kw_only=True)
class UnsplashPublic:
    """The site's own search, 20 photos a page and a page a second at most, as its robots.txt allows."""

    queries: tuple[str, ...]
    rendering: Rendering = field(default_factory=Rendering)
    base: str = SITE
    image_host: str = IMAGE_HOST
    name: str = "unsplash"
    notes: tuple[str, ...] = (GUIDELINE,)

    @property
    def hosts(self) -> frozenset[str]:
        """The site and the image host."""
        return hosts_of(self.base, self.image_host)

    def candidates(self, client: "Client") -> Iterator[Candidate]:
        """The photos of the first search page, then those of the JSON pages, each once.

        Raises:
            ChallengeError: the site wants visitors to be people; names the alternatives.
            MarkupChangedError: neither page nor JSON holds a photo.
            FetchError: the site cannot be reached.
        """
        client.limit(urlsplit(self.base).hostname or "", per_second=1.0, connections=1)
        seen: set[str] = set()
        for query in self.queries:
            for candidate in self._found(client, query):
                if candidate.source_id not in seen:
                    seen.add(candidate.source_id)
                    yield candidate

    def estimate(self, client: "Client", n: int) -> Estimate:
        """What the pages will cost; how many photos there are is not asked."""
        pages = min(-(-n // PER_PAGE), LAST_PAGE * len(self.queries)) + len(self.queries)
        pictures = min(n, PER_PAGE * LAST_PAGE * len(self.queries))
        lines = (f"at most one page a second: {pages} s for the pages alone", GUIDELINE)
        size = pictures * self.rendering.expected_bytes
        return Estimate(pictures=pictures, requests=pages + pictures, bytes=size, lines=lines)

    def _found(self, client: "Client", query: str) -> Iterator[Candidate]:
        url = f"{self.base}/s/photos/{quote(query.strip().replace(' ', '-'))}"
        changed: MarkupChangedError | None = None
        try:
            answer = client.get_text(url)
            yield from read_search_page(
                answer.text, url, query=query, rendering=self.rendering, image_host=self.image_host
            )
        except MarkupChangedError as error:
            changed = error
        except FetchError as error:
            if error.reason is not Reason.ROBOTS:
                raise _with_alternatives(error, url) from error
            changed = MarkupChangedError(
                f"robots.txt of {urlsplit(url).hostname} forbids the search page; {ALTERNATIVES}"
            )
        any_photo = False
        for photo in self._pages(client, query):
            any_photo = True
            yield photo
        if changed is not None and not any_photo:
            raise changed

    def _pages(self, client: "Client", query: str) -> Iterator[Candidate]:
        for page in range(1, LAST_PAGE + 1):
            parameters = {"query": query, "per_page": str(PER_PAGE), "page": str(page)}
            url = f"{self.base}/napi/search/photos"
            try:
                answer = client.get_json(url, params=parameters)
            except FetchError as error:
                if error.reason in (Reason.ROBOTS, Reason.HTTP_4XX):
                    client.note(f"no more than the first page: {error.cause}; {ALTERNATIVES}")
                    return
                raise _with_alternatives(error, url) from error
            photos = rows(answer.get("results")) if isinstance(answer, Mapping) else []
            for photo in photos:
                candidate = candidate_of(
                    photo,
                    query=query,
                    rendering=self.rendering,
                    ai_training="restricted",
                    image_host=self.image_host,
                )
                if candidate is not None:
                    yield candidate
            if not photos or page >= (whole(answer.get("total_pages")) or 0):
                return


def _identity(image: Tag) -> str | None:
    """The id in the link to the photo's page: the link around the picture, else the only one near it."""
    link = image.find_parent("a", href=True)
    if isinstance(link, Tag) and (identity := photo_id(attribute(link, "href"))):
        return identity
    for parent in image.parents:
        if identities := _identities(parent):
            return identities.pop() if len(identities) == 1 else None
    return None


def _photographer(image: Tag) -> tuple[str | None, str | None]:
    """Name and path of the photographer: a link to /@name in the element that holds this photo and no other."""
    for parent in image.parents:
        if len(_identities(parent)) > 1:
            break
        for link in parent.find_all("a", href=True):
            if isinstance(link, Tag) and (href := attribute(link, "href")) is not None:
                path, name = urlsplit(href).path, text(link.get_text(" "))
                if path.startswith("/@") and name:
                    return name, path
    return None, None


def _identities(parent: Tag) -> set[str]:
    """The photos that links in an element lead to."""
    links = parent.find_all("a", href=True)
    return {found for link in links if isinstance(link, Tag) and (found := photo_id(attribute(link, "href")))}


def _with_alternatives(error: FetchError, url: str) -> FetchError:
    """The same failure, with what to do instead behind it."""
    if error.reason is Reason.CHALLENGE:
        return ChallengeError(challenge_message(url, ALTERNATIVES))
    return FetchError(error.reason, f"{error.cause}; {ALTERNATIVES}", url=url, status=error.status)
