"""The index of the Unsplash Lite dataset: 25,000 photos and their keywords, read from its own tables."""

import csv
import io
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from artgan.collect.candidates import Candidate
from artgan.collect.sources.lenient import text, whole
from artgan.collect.sources.unsplash_photo import (
    IMAGE_HOST,
    SITE,
    Rendering,
    attribution,
    credited,
    is_photo_address,
)
from artgan.errors import ArtganError, UsageError
from artgan.io.files import quoted

INDEX_URL = "https://unsplash.com/data/lite/latest"
"""Where the archive is, about 700 MB; its tables take 1.4 GB unpacked and are read from the archive."""
LICENSE = "Unsplash Lite Dataset"
LICENSE_URL = "https://unsplash.com/data-terms"

_ENDINGS = (".tsv", ".csv")


class LiteError(ArtganError):
    """The files given are not the Lite dataset, or are damaged."""


@dataclass(frozen=True)
class Match:
    """A photo that a keyword was found for."""

    query: str
    confidence: float
    """0 to 100: the better of the two services that looked at the photo; 100 when a person gave the keyword."""


class LiteIndex:
    """The tables of the dataset in its zip archive or in a folder; nothing is unpacked and little is kept."""

    def __init__(self, path: Path) -> None:
        self.path = path
        if not path.exists():
            raise UsageError(f"--lite {quoted(path)} does not exist")
        if not path.is_dir() and not zipfile.is_zipfile(path):
            raise LiteError(f"{quoted(path)} is no zip archive: get it anew from {INDEX_URL}, or give its folder")

    def match(self, queries: Iterable[str], *, min_confidence: float) -> dict[str, Match]:
        """Photo ids and why they match, the surest first; ties in the order of ids, so that every run has the same.

        A query of several words matches as one keyword, or when each of its words is a keyword of the photo.
        """
        wanted = {query: _words(query) for query in queries}
        keywords = {keyword for words in wanted.values() for keyword in (*words, " ".join(words))}
        found: dict[str, dict[str, float]] = defaultdict(dict)
        for row in self._rows("keywords"):
            keyword = " ".join(_words(row.get("keyword", "")))
            if keyword in keywords:
                confidence = _confidence(row)
                known = found[row.get("photo_id", "")]
                known[keyword] = max(confidence, known.get(keyword, 0.0))
        matches = {}
        for identity, known in found.items():
            best = max((Match(query, _score(words, known)) for query, words in wanted.items()), key=_certainty)
            if best.confidence > 0 and best.confidence >= min_confidence:
                matches[identity] = best
        return dict(sorted(matches.items(), key=lambda item: (-item[1].confidence, item[0])))

    def candidates(
        self, matches: Mapping[str, Match], rendering: Rendering, image_host: str = IMAGE_HOST
    ) -> Iterator[Candidate]:
        """The candidates of `matches`, in their order."""
        photos = {}
        for row in self._rows("photos"):
            identity = row.get("photo_id", "")
            if identity in matches and (candidate := _candidate(row, matches[identity], rendering, image_host)):
                photos[identity] = candidate
        return (photos[identity] for identity in matches if identity in photos)

    def _rows(self, table: str) -> Iterator[dict[str, str]]:
        """The rows of a table, which may be in several parts: keywords.tsv000, keywords.csv001."""
        with ExitStack() as stack:
            parts = stack.enter_context(self._parts(table))
            try:
                for part in parts:
                    # Tab-separated whatever the ending says, with CSV's quotes, as PostgreSQL writes it.
                    with io.TextIOWrapper(part, encoding="utf-8", errors="replace", newline="") as stream:
                        lines = csv.reader(stream, delimiter="\t")
                        header = next(lines, [])
                        for line in lines:
                            yield dict(zip(header, line, strict=False))
            except (csv.Error, zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
                raise LiteError(f"the table '{table}' in {quoted(self.path)} is damaged: {error}") from None

    @contextmanager
    def _parts(self, table: str) -> Iterator[list[IO[bytes]]]:
        with ExitStack() as stack:
            if self.path.is_dir():
                paths = sorted(path for path in self.path.rglob("*") if _is_part(path.name, table))
                parts: list[IO[bytes]] = [stack.enter_context(path.open("rb")) for path in paths]
            else:
                archive = stack.enter_context(zipfile.ZipFile(self.path))
                names = sorted(name for name in archive.namelist() if _is_part(name.rpartition("/")[2], table))
                parts = [stack.enter_context(archive.open(name)) for name in names]
            if not parts:
                raise LiteError(f"{quoted(self.path)} has no table {table}.tsv000: it is not the Unsplash Lite dataset")
            yield parts


def _is_part(name: str, table: str) -> bool:
    stem, ending = name[: len(table)], name[len(table) :]
    return stem == table and (ending.rstrip("0123456789") in _ENDINGS)


def _words(keyword: str) -> list[str]:
    return keyword.casefold().replace("-", " ").split()


def _confidence(row: Mapping[str, str]) -> float:
    if row.get("suggested_by_user", "").casefold() in ("t", "true", "1"):
        return 100.0
    confidences = [0.0]
    for column in ("ai_service_1_confidence", "ai_service_2_confidence"):
        try:
            confidences.append(float(row.get(column) or 0))
        except ValueError:
            continue
    return max(confidences)


def _score(words: list[str], known: Mapping[str, float]) -> float:
    whole_query = known.get(" ".join(words), 0.0)
    return max(whole_query, min((known.get(word, 0.0) for word in words), default=0.0))


def _certainty(match: Match) -> float:
    return match.confidence


def _candidate(row: Mapping[str, str], match: Match, rendering: Rendering, image_host: str) -> Candidate | None:
    identity, address = row["photo_id"], row.get("photo_image_url", "")
    if not is_photo_address(address, image_host):
        return None
    names = (text(row.get("photographer_first_name")), text(row.get("photographer_last_name")))
    username = text(row.get("photographer_username"))
    author = " ".join(name for name in names if name) or username
    try:
        return Candidate(
            source="unsplash",
            source_id=identity,
            image_url=rendering.url(address, whole(row.get("photo_width")), whole(row.get("photo_height"))),
            page_url=credited(text(row.get("photo_url")) or f"{SITE}/photos/{identity}"),
            title=text(row.get("photo_description")) or text(row.get("ai_description")),
            author=author,
            author_url=credited(f"{SITE}/@{username}") if username else None,
            license=LICENSE,
            license_url=LICENSE_URL,
            attribution=attribution(author),
            ai_training="allowed",
            query=match.query,
        )
    except ValueError:  # an id that is none
        return None
