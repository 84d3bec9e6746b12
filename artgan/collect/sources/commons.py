"""`artgan scrape commons`: paintings in the public domain, found in Wikidata, fetched from Wikimedia Commons."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from artgan.collect.candidates import Candidate, Estimate
from artgan.collect.sources.commons_answers import (
    count_query,
    imageinfo_parameters,
    is_entity,
    paintings_query,
    read_continuation,
    read_counts,
    read_entities,
    read_error,
    read_files,
    read_paintings,
    width_for,
)
from artgan.collect.sources.lenient import at, rows, whole
from artgan.errors import ArtganError, UsageError

if TYPE_CHECKING:
    from artgan.collect.client import Client

WIKIDATA = "https://www.wikidata.org/w/api.php"
SPARQL = "https://query.wikidata.org/sparql"
COMMONS = "https://commons.wikimedia.org/w/api.php"
PICTURE_HOSTS = frozenset(("upload.wikimedia.org", "thumb.wikimedia.org"))

_TITLES_A_QUESTION = 25
_REQUESTS_A_MINUTE = 200
"""What Wikimedia allows to a program that says who it is."""
_BYTES_A_PIXEL = 0.35


@dataclass(frozen=True, kw_only=True)
class CommonsSource:
    """The paintings of an artist, by name or Wikidata item, or the files of a category; public domain and CC0 only."""

    artist: str | None = None
    category: str | None = None
    size: int = 512
    wikidata: str = WIKIDATA
    sparql: str = SPARQL
    commons: str = COMMONS
    picture_hosts: frozenset[str] = PICTURE_HOSTS
    name: str = "commons"
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a question without or with two subjects."""
        if (self.artist is None) == (self.category is None):
            raise UsageError('give --artist, such as "Claude Monet" or Q296, or --category, one of the two')

    @property
    def hosts(self) -> frozenset[str]:
        """The three interfaces and the hosts of pictures."""
        return self.picture_hosts | {urlsplit(url).hostname or "" for url in (self.wikidata, self.sparql, self.commons)}

    def candidates(self, client: "Client") -> Iterator[Candidate]:
        """Every file once; those that are not in the public domain are refused, counted and told of.

        Raises:
            UsageError: no such artist or category.
            FetchError: Wikimedia cannot be reached.
        """
        self._limit(client)
        others = 0
        seen: set[str] = set()
        answers = self._of_artist(client) if self.artist is not None else self._of_category(client)
        for candidate in chain.from_iterable(answers):
            if candidate.source_id not in seen:
                seen.add(candidate.source_id)
                others += candidate.refused is not None
                yield candidate
        if others:
            client.note(f"{others} files were left out: not in the public domain")

    def estimate(self, client: "Client", n: int) -> Estimate:
        """From the list of paintings, or the size of the category; licences are seen only later."""
        self._limit(client)
        if self.artist is not None:
            entity, artist = self._entity(client, self.artist)
            count = len(read_paintings(self._ask_sparql(client, paintings_query(entity))))
            line = f"{count} paintings by {artist} ({entity}) have a picture on Commons"
        else:
            count = self._category_size(client)
            line = f"{count} files in {_category(self.category)}"
        pictures = min(n, count)
        requests = 3 + -(-pictures // _TITLES_A_QUESTION) + pictures
        width = width_for(self.size)
        return Estimate(
            pictures=pictures,
            requests=requests,
            bytes=round(pictures * width * width * 0.8 * _BYTES_A_PIXEL),
            quota_hours=requests / _REQUESTS_A_MINUTE / 60,
            lines=(line, "only those in the public domain or under CC0 are kept"),
        )

    def _of_artist(self, client: "Client") -> Iterator[list[Candidate]]:
        assert self.artist is not None
        entity, artist = self._entity(client, self.artist)
        paintings = read_paintings(self._ask_sparql(client, paintings_query(entity)))
        if not paintings:
            raise UsageError(f"Wikidata knows no painting by {artist} ({entity}) with a picture: try --category")
        client.note(f"{artist} is {entity} in Wikidata: {len(paintings)} paintings with a picture")
        for start in range(0, len(paintings), _TITLES_A_QUESTION):
            part = paintings[start : start + _TITLES_A_QUESTION]
            titles = {painting.file: painting.title for painting in part}
            answer = self._ask_commons(client, {"titles": "|".join(titles)})
            yield read_files(answer, titles=titles, artist=artist, query=artist)

    def _of_category(self, client: "Client") -> Iterator[list[Candidate]]:
        title = _category(self.category)
        question = {"generator": "categorymembers", "gcmtitle": title, "gcmtype": "file", "gcmlimit": "50"}
        further: dict[str, str] = {}
        asked: set[str] = set()
        while True:
            answer = self._ask_commons(client, {**question, **further})
            if not further and not isinstance(answer.get("query"), Mapping):
                raise UsageError(f"'{title}' has no files on Commons: see https://commons.wikimedia.org for its name")
            yield read_files(answer, titles={}, artist=None, query=title)
            further = read_continuation(answer)
            token = repr(sorted(further.items()))
            if not further or token in asked:
                return
            asked.add(token)

    def _entity(self, client: "Client", name: str) -> tuple[str, str]:
        """The item and the label of an artist: of those so called, the one with the most paintings."""
        question = {
            "action": "wbsearchentities",
            "search": name,
            "language": "en",
            "uselang": "en",
            "type": "item",
            "limit": "10",
            "format": "json",
        }
        labels = read_entities(client.get_json(self.wikidata, params=question, api=True))
        if is_entity(name):
            return name, labels.get(name, name)
        if labels:
            counts = read_counts(self._ask_sparql(client, count_query(list(labels))))
            known = {entity: count for entity, count in counts.items() if entity in labels}
            if known:
                best = max(known, key=lambda entity: known[entity])
                return best, labels[best]
        raise UsageError(
            f"Wikidata knows no painter called '{name}': give the item, such as Q296 for Claude Monet, or --category"
        )

    def _ask_sparql(self, client: "Client", query: str) -> Any:
        return client.get_json(self.sparql, params={"query": query, "format": "json"}, api=True)

    def _ask_commons(self, client: "Client", question: Mapping[str, str]) -> Mapping[str, Any]:
        parameters = imageinfo_parameters(width_for(self.size)) | dict(question)
        answer = client.get_json(self.commons, params=parameters, api=True)
        if (wrong := read_error(answer)) is not None:
            raise ArtganError(f"Wikimedia Commons refuses the question: {wrong}")
        return answer if isinstance(answer, Mapping) else {}

    def _category_size(self, client: "Client") -> int:
        question = {
            "action": "query",
            "format": "json",
            "formatversion": "2",
            "prop": "categoryinfo",
            "titles": _category(self.category),
        }
        answer = client.get_json(self.commons, params=question, api=True)
        page = next(iter(rows(at(answer, "query", "pages"))), {})
        return whole(at(page, "categoryinfo", "files")) or 0

    def _limit(self, client: "Client") -> None:
        """Wikimedia's robot policy: no more than two connections for pictures, three a second for questions."""
        for host in self.picture_hosts:
            client.limit(host, per_second=5.0, connections=2)
        for url in (self.wikidata, self.sparql, self.commons):
            client.limit(urlsplit(url).hostname or "", per_second=3.0, connections=1)


def _category(name: str | None) -> str:
    return f"Category:{(name or '').removeprefix('Category:').strip()}"
