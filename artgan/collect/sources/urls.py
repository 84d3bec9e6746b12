"""`artgan scrape urls FILE`: a list of addresses as text, CSV or JSON lines, artgan's own manifest among them."""

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artgan.collect.candidates import AiTraining, Candidate, Estimate
from artgan.collect.sources.lenient import rows, text, whole
from artgan.collect.sources.markup import absolute
from artgan.errors import UsageError
from artgan.io.files import quoted, read_bytes

if TYPE_CHECKING:
    from artgan.collect.client import Client

ADDRESS_NAMES = (
    *("image_url", "photo_image_url", "img_url", "picture_url", "download_url", "url", "image", "img", "src"),
    *("picture", "photo", "link", "href", "address", "uri"),
)
"""Under these names an address is looked for, in this order."""
_SAMPLE_ROWS = 50
_PASSWORD = re.compile(r"(?<=://)[^/?#]*@")
_PICTURE = re.compile(r"\.(?:jpe?g|png|webp|avif|gif)$", re.IGNORECASE)


@dataclass(frozen=True)
class UrlsSource:
    """The pictures of a list.

    Rows of a manifest keep what is known of them, source and id included, so that a manifest can be fetched again
    elsewhere and gives the same files.
    """

    path: Path
    name: str = "urls"
    hosts: frozenset[str] | None = None
    notes: tuple[str, ...] = ()

    def candidates(self, client: "Client") -> Iterator[Candidate]:
        """Every address once, in the list's order.

        Raises:
            PictureError, UsageError: the list cannot be read, or holds no address.
        """
        listed, without = self._read()
        if without:
            client.note(f"left out of {quoted(self.path)}, without an address of http or https: {without}")
        return (candidate for candidate, _ in listed)

    def estimate(self, client: "Client", n: int) -> Estimate:
        """Exact, but for the bytes of pictures whose size the list does not tell."""
        listed = self._read()[0][:n]
        known = [size for _, size in listed if size is not None]
        return Estimate(
            pictures=len(listed),
            requests=len(listed),
            bytes=sum(known) if len(known) == len(listed) else None,
            lines=(f"{len(listed)} addresses in {quoted(self.path)}",),
        )

    def _read(self) -> tuple[list[tuple[Candidate, int | None]], int]:
        """The candidates of the list, with the bytes of each where it tells them; how many lines have no address.

        Raises:
            PictureError: the file cannot be read.
            UsageError: no address in it.
        """
        content = read_bytes(self.path).decode("utf-8-sig", errors="replace")
        found: dict[str, tuple[Candidate, int | None]] = {}
        without = 0
        for row in _rows(content):
            if row.get("status") == "skipped":  # a manifest's
                continue
            if (candidate := self._candidate(row)) is not None:
                found.setdefault(candidate.key, (candidate, whole(row.get("bytes"))))
            else:
                without += 1
        if not found:
            raise UsageError(
                f"no address in {quoted(self.path)}: one a line, a CSV with a column of addresses, or JSON lines"
            )
        return list(found.values()), without

    def _candidate(self, row: Mapping[str, Any]) -> Candidate | None:
        address = next((url for name in ADDRESS_NAMES if (url := _address(row.get(name))) is not None), None)
        if address is None:
            return None
        facts: dict[str, Any] = {
            "image_url": address,
            "page_url": _address(row.get("page_url")),
            "title": text(row.get("title")),
            "author": text(row.get("author")),
            "author_url": _address(row.get("author_url")),
            "license": text(row.get("license")),
            "license_url": _address(row.get("license_url")),
            "attribution": text(row.get("attribution")),
            "ai_training": _training(row.get("ai_training")),
            "query": text(row.get("query")),
            "tags": tuple(tag for tag in _list(row.get("tags")) if tag),
        }
        try:
            return Candidate(source=row["source"], source_id=row["source_id"], **facts)
        except (KeyError, TypeError, ValueError):  # no row of a manifest
            identity = hashlib.sha256(address.encode("utf-8", "surrogatepass")).hexdigest()[:16]
            return Candidate(source=self.name, source_id=identity, **facts)


def _rows(content: str) -> Iterator[Mapping[str, Any]]:
    """Rows by the form that the content has, whatever the file is called."""
    start = content.lstrip()[:1]
    if start == "[":
        try:
            listed = json.loads(content)
        except ValueError:
            listed = None
        if isinstance(listed, list):
            yield from rows(listed)
            yield from ({"url": item} for item in listed if isinstance(item, str))
            return
    if start == "{":
        for line in _lines(content):
            try:
                yield from rows([json.loads(line)])
            except ValueError:
                yield {}
        return
    table = _table(content)
    yield from table if table is not None else ({"url": line} for line in _lines(content) if not line.startswith("#"))


def _lines(content: str) -> list[str]:
    """The lines that are not empty. Other line separators of Unicode may stand inside of a string."""
    return [line.strip() for line in re.split(r"\r\n?|\n", content) if line.strip()]


def _table(content: str) -> list[Mapping[str, Any]] | None:
    """The rows of a CSV or TSV under its own header, with the column of addresses called "url"; None for plain text."""
    first = next(iter(_lines(content)), "")
    delimiter = max("\t,;", key=first.count)
    if delimiter not in first or (_begins_with_address(first) and not _is_row(first, delimiter)):
        return None
    try:
        lines = [line for line in csv.reader(io.StringIO(content, newline=""), delimiter=delimiter) if any(line)]
    except csv.Error:
        return None
    if not lines:
        return None
    header = [name.strip().casefold() for name in lines[0]]
    headed = not any(_address(cell) for cell in lines[0])
    body = lines[1:] if headed else lines
    if not headed:
        header = [f"column {number}" for number in range(len(lines[0]))]
    if not set(header) & set(ADDRESS_NAMES):
        counts = [sum(_address(cell) is not None for cell in column) for column in _columns(body[:_SAMPLE_ROWS])]
        if not any(counts):
            return None
        best = counts.index(max(counts))
        header = [*header[:best], "url", *header[best + 1 :]]
    return [dict(zip(header, line, strict=False)) for line in body]


def _begins_with_address(line: str) -> bool:
    return line.lstrip().casefold().startswith(("http://", "https://"))


def _is_row(line: str, delimiter: str) -> bool:
    """Whether a line that begins with an address goes on behind it: addresses, too, may hold commas."""
    return delimiter == "\t" or bool(_PICTURE.search(line.split(delimiter)[0]))


def _columns(lines: list[list[str]]) -> list[list[str]]:
    width = max((len(line) for line in lines), default=0)
    return [[line[index] if index < len(line) else "" for line in lines] for index in range(width)]


def _address(value: object) -> str | None:
    if not isinstance(value, str) or not value.strip().casefold().startswith(("http://", "https://")):
        return None
    # With a password inside it will be refused; the password need not stand in the manifest for that.
    address = _PASSWORD.sub("***@", value.strip())
    return absolute(address, address) if not any(c.isspace() for c in address) else None


def _training(value: object) -> AiTraining:
    return "allowed" if value == "allowed" else "restricted" if value == "restricted" else "unknown"


def _list(value: object) -> list[str]:
    if isinstance(value, str):
        return value.split(",")
    return [item for item in value if isinstance(item, str)] if isinstance(value, list | tuple) else []
