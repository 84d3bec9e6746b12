"""What Wikidata and Wikimedia Commons answer: JSON in, files and licences out."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from artgan.collect.candidates import Candidate
from artgan.collect.sources.lenient import at, rows, text, whole
from artgan.collect.sources.markup import absolute, parse
from artgan.io.failures import Reason

WIDTHS = (250, 330, 500, 960, 1280, 1920, 3840)
"""Widths that Wikimedia renders, of those that serve here; any other is refused."""
PUBLIC_DOMAIN = "Public domain"

_FREE = re.compile(r"(?:pd|cc0|cc-zero|cc-pd|pdm)(?:$|[-_ 0-9])|public domain", re.IGNORECASE)
_MIMES = frozenset(("image/jpeg", "image/png", "image/webp", "image/tiff"))
_ENTITY = re.compile(r"Q[1-9]\d{0,11}")
_FACTS = "LicenseShortName|License|LicenseUrl|Artist|Credit|UsageTerms|ObjectName|Copyrighted"


@dataclass(frozen=True)
class Painting:
    """A painting as Wikidata knows it: its title and the title of its file on Commons."""

    file: str
    title: str | None


def width_for(size: int) -> int:
    """The width to ask for so that most pictures have a short side of `size`: half again as much, of those rendered."""
    return next((width for width in WIDTHS if width >= 1.5 * size), WIDTHS[-1])


def is_entity(name: str) -> bool:
    """Whether a text is an item of Wikidata such as Q296."""
    return bool(_ENTITY.fullmatch(name))


def read_entities(answer: Any) -> dict[str, str]:
    """Items and labels that a search for a label found, the best first."""
    found = {}
    for row in rows(at(answer, "search")):
        identity = row.get("id")
        if isinstance(identity, str) and is_entity(identity):
            found[identity] = text(row.get("label")) or identity
    return found


def count_query(entities: list[str]) -> str:
    """SPARQL: how many paintings with a picture each of these artists has."""
    values = " ".join(f"wd:{entity}" for entity in entities)
    return (
        f"SELECT ?artist (COUNT(DISTINCT ?painting) AS ?count) WHERE {{ VALUES ?artist {{ {values} }} "
        "?painting wdt:P31 wd:Q3305213; wdt:P170 ?artist; wdt:P18 ?image. } GROUP BY ?artist"
    )


def paintings_query(entity: str) -> str:
    """SPARQL: the paintings of an artist that have a picture."""
    return (
        "SELECT ?painting ?paintingLabel ?image WHERE { "
        f"?painting wdt:P31 wd:Q3305213; wdt:P170 wd:{entity}; wdt:P18 ?image. "
        'SERVICE wikibase:label { bd:serviceParam wikibase:language "en,mul,fr,nl,de,es,it". } } '
        "ORDER BY ?painting ?image"
    )


def read_counts(answer: Any) -> dict[str, int]:
    """Artists and their numbers of paintings in the answer to `count_query`."""
    found = {}
    for row in rows(at(answer, "results", "bindings")):
        entity = str(at(row, "artist", "value") or "").rpartition("/")[2]
        count = whole(at(row, "count", "value"))
        if is_entity(entity) and count:
            found[entity] = count
    return found


def read_paintings(answer: Any) -> list[Painting]:
    """The paintings in the answer to `paintings_query`, each file once."""
    found: dict[str, Painting] = {}
    for row in rows(at(answer, "results", "bindings")):
        address = at(row, "image", "value")
        if not isinstance(address, str) or "/Special:FilePath/" not in address:
            continue
        name = unquote(urlsplit(address).path.partition("/Special:FilePath/")[2]).replace("_", " ")
        label = text(at(row, "paintingLabel", "value"))
        if name and "|" not in name:
            found.setdefault(name, Painting(f"File:{name}", None if label and is_entity(label) else label))
    return list(found.values())


def imageinfo_parameters(width: int) -> dict[str, str]:
    """What every question for files asks of them."""
    return {
        "action": "query",
        "format": "json",
        "formatversion": "2",
        "prop": "imageinfo",
        "iiprop": "url|size|mime|sha1|extmetadata",
        "iiurlwidth": str(width),
        "iiextmetadatafilter": _FACTS,
        "iiextmetadatalanguage": "en",
    }


def read_files(answer: Any, *, titles: Mapping[str, str | None], artist: str | None, query: str) -> list[Candidate]:
    """The files in an answer with imageinfo; those that are not in the public domain are refused.

    `titles` gives the names of paintings by their files' titles, `artist` their painter, where they are known.
    """
    renamed = {str(row.get("to")): str(row.get("from")) for row in rows(at(answer, "query", "normalized"))}
    candidates = []
    for page in rows(at(answer, "query", "pages")):
        info = next(iter(rows(page.get("imageinfo"))), None)
        identity, name = whole(page.get("pageid")), text(page.get("title"))
        if info is None or identity is None or name is None or info.get("mime") not in _MIMES:
            continue
        is_free = _is_free(info)
        # The rendering's address is taken as it is given; where it lies is Wikimedia's business.
        address = absolute("https:", text(info.get("thumburl"))) or (
            absolute("https:", text(info.get("url"))) if info.get("mime") != "image/tiff" else None
        )
        if address is None:
            continue
        title = titles.get(name) or titles.get(renamed.get(name, "")) or _plain(_fact(info, "ObjectName"))
        title = title or re.sub(r"^File:|\.\w{3,4}$", "", name)
        author = artist or _plain(_fact(info, "Artist"))
        license = _plain(_fact(info, "LicenseShortName")) or (PUBLIC_DOMAIN if is_free else None)
        page_url = absolute("https:", text(info.get("descriptionurl")))
        credit = ", ".join(part for part in (author, title, license) if part)
        candidates.append(
            Candidate(
                source="commons",
                source_id=str(identity),
                image_url=address,
                page_url=page_url,
                title=title,
                author=author,
                license=license,
                license_url=absolute("https:", text(_fact(info, "LicenseUrl"))),
                attribution=f"{credit}, via Wikimedia Commons",
                ai_training="allowed" if is_free else "unknown",
                refused=None if is_free else Reason.LICENCE,
                query=query,
                width=whole(info.get("thumbwidth")) or whole(info.get("width")),
                height=whole(info.get("thumbheight")) or whole(info.get("height")),
            )
        )
    return candidates


def read_continuation(answer: Any) -> dict[str, str]:
    """What the next question adds to this one's parameters; nothing at the end."""
    further = at(answer, "continue")
    if not isinstance(further, Mapping):
        return {}
    return {str(name): str(value) for name, value in further.items()}


def read_error(answer: Any) -> str | None:
    """What the interface says is wrong with a question, None when nothing is."""
    return text(at(answer, "error", "info"))


def _is_free(info: Mapping[str, Any]) -> bool:
    names = [name for fact in ("License", "LicenseShortName") if (name := text(_fact(info, fact)))]
    # CC0 works are copyrighted as far as Commons is concerned; nothing else that is counts as free here.
    if text(_fact(info, "Copyrighted")) == "True":
        return any(name.casefold().startswith(("cc0", "cc-zero")) for name in names)
    return any(_FREE.match(name) for name in names)


def _fact(info: Mapping[str, Any], name: str) -> Any:
    return at(info, "extmetadata", name, "value")


def _plain(html: Any) -> str | None:
    return text(parse(html).get_text(" ")) if isinstance(html, str) else None
