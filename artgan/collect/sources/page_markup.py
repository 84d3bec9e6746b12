"""The pictures of any web page, and the page that follows it: HTML in, addresses out."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from bs4 import BeautifulSoup, Tag

from artgan.collect.sources.lenient import text
from artgan.collect.sources.markup import LAZY_ATTRIBUTES, LAZY_SRCSETS, absolute, attribute, base_of, srcset

_PICTURE_PATH = re.compile(r"\.(?:jpe?g|jfif|png|webp|avif)$", re.IGNORECASE)
_DRAWING_PATH = re.compile(r"\.(?:svgz?|ico|cur)$", re.IGNORECASE)
_SIZE_IN_NAME = re.compile(r"[-_]\d{2,5}x\d{2,5}(?=\.\w{2,5}$)")
_SIZE_PARAMETERS = frozenset(
    ["w", "h", "width", "height", "size", "resize", "fit", "crop", "dpr", "q", "quality", "auto", "fm", "format", "s"]
)
_BACKGROUND = re.compile(r"background(?:-image)?\s*:[^;]*?url\(\s*['\"]?([^'\")]+)", re.IGNORECASE)
_NEXT = re.compile(
    r"(?:next(?: page)?|older(?: posts| entries)?|(?:load |show )?more|weiter|nächste(?: seite)?|(?:page )?suivante?|"
    r"siguiente|próxim[ao]|successiv[ao]|volgende|下一[页頁]|下页|次へ|次のページ|다음)?[\s»›→>]*",
    re.IGNORECASE,
)
_PAGE_IN_PATH = re.compile(r"\d+")
_PAGE_PARAMETERS = ("page", "p", "paged", "pg", "pagina", "seite", "start", "offset")
_OPT_OUT = frozenset(("noai", "noimageai"))
_ICON_PIXELS = 32
_LINKED = 1e6
"""A picture that a link leads to is better than the one shown, whatever size that has."""


@dataclass(frozen=True)
class Found:
    """One picture of a page."""

    url: str
    key: str
    """The same for every size of one picture."""
    title: str | None = None
    rank: float = 0.0
    """Which version of the picture the address is; the highest is taken."""


def pictures(page: BeautifulSoup, url: str) -> list[Found]:
    """The pictures of a page, in its order, each once and in the largest version that the page names.

    Seen are img and picture with their srcset and lazy-loading attributes, links to pictures, og:image, twitter:image
    and backgrounds in style attributes. Left out are drawings (SVG), icons, and pictures inside of the address (data:).
    """
    best: dict[str, Found] = {}
    for found in _everything(page, base_of(page, url)):
        known = best.get(found.key)
        if known is None:
            best[found.key] = found
        elif found.rank > known.rank:
            best[found.key] = replace(found, title=found.title or known.title)
    return list(best.values())


def next_page(page: BeautifulSoup, url: str) -> str | None:
    """The page that follows on the same host: rel=next, a link that says so, or the next number; None at the end."""
    base, here = base_of(page, url), url.partition("#")[0]
    links = [tag for tag in page.find_all(["link", "a"], href=True) if isinstance(tag, Tag)]
    anchors = [tag for tag in links if tag.name == "a"]
    following = [tag for tag in links if "next" in (attribute(tag, "rel") or "").casefold().split()]
    following += [tag for tag in anchors if any(_NEXT.fullmatch(label) for label in _labels(tag))]
    for tag in following:
        address = absolute(base, attribute(tag, "href"))
        if address and address != here and urlsplit(address).netloc == urlsplit(url).netloc:
            return address
    number = str(_page_number(url) + 1)
    for tag in anchors:
        address = absolute(base, attribute(tag, "href"))
        if address and address != here and text(tag.get_text()) == number and _without_numbers(address, url):
            return address
    return None


def asks_not_to_train(page: BeautifulSoup) -> bool:
    """Whether the page's robots element says noai or noimageai."""
    for tag in page.find_all("meta"):
        if isinstance(tag, Tag) and (attribute(tag, "name") or "").casefold() in ("robots", "artgan"):
            words = (attribute(tag, "content") or "").casefold().replace(",", " ").split()
            if _OPT_OUT & set(words):
                return True
    return False


def key_of(url: str) -> str:
    """What all sizes of a picture have in common: the address without its size, its scheme and its case."""
    parts = urlsplit(url)
    kept = [(name, value) for name, value in parse_qsl(parts.query) if name.casefold() not in _SIZE_PARAMETERS]
    path = _SIZE_IN_NAME.sub("", unquote(parts.path))
    return f"{parts.netloc.casefold()}{path}?{urlencode(sorted(kept))}"


def _everything(page: BeautifulSoup, base: str) -> Iterator[Found]:
    for tag in page.find_all(["img", "a"]):
        if not isinstance(tag, Tag):
            continue
        title = text(attribute(tag, "alt") or attribute(tag, "title"))
        if tag.name == "img":
            if not _is_icon(tag):
                yield from _found(_shown(tag), base, title or _caption(tag))
        elif tag.find("img") is None:
            yield from _found(_linked(tag, base), base, title or text(tag.get_text()))
    for tag in page.find_all(["source", "meta", "link"]):
        if not isinstance(tag, Tag):
            continue
        kind = (attribute(tag, "property") or attribute(tag, "name") or "").casefold()
        if tag.name == "source" and isinstance(picture := tag.find_parent("picture"), Tag):
            if picture.find("img") is None:  # else the img has spoken for it
                yield from _found(_sets(tag), base, None)
        elif tag.name == "meta" and kind in ("og:image", "og:image:url", "og:image:secure_url", "twitter:image"):
            yield from _found([(attribute(tag, "content"), -1.0)], base, None)
        elif tag.name == "link" and "image_src" in (attribute(tag, "rel") or "").split():
            yield from _found([(attribute(tag, "href"), -1.0)], base, None)
    for tag in page.find_all(style=True):
        if isinstance(tag, Tag):
            addresses = _BACKGROUND.findall(attribute(tag, "style") or "")
            yield from _found([(address, -1.0) for address in addresses], base, text(attribute(tag, "title")))


def _found(addresses: list[tuple[str | None, float]], base: str, title: str | None) -> Iterator[Found]:
    """The best of the addresses under which one picture is offered."""
    usable = [(url, rank) for address, rank in addresses if (url := absolute(base, address)) is not None]
    usable = [(url, rank) for url, rank in usable if not _DRAWING_PATH.search(urlsplit(url).path)]
    if usable:
        url, rank = max(usable, key=lambda item: item[1])
        whole_picture = 0.0 if _SIZE_IN_NAME.search(urlsplit(url).path) else 0.5
        yield Found(url, key_of(url), title, rank + whole_picture)


def _shown(image: Tag) -> list[tuple[str | None, float]]:
    """Addresses of an img, its picture's sources and the link around it, with ranks."""
    addresses: list[tuple[str | None, float]] = _sets(image)
    if isinstance(picture := image.find_parent("picture"), Tag):
        for tag in picture.find_all("source"):
            if isinstance(tag, Tag):
                addresses += _sets(tag)
    if isinstance(link := image.find_parent("a"), Tag):
        addresses += _linked(link, "http://relative.invalid/")
    # Lazy pages show a placeholder under src until a script puts the picture there.
    addresses += [(attribute(image, name), 0.1) for name in LAZY_ATTRIBUTES]
    return [*addresses, (attribute(image, "src"), 0.0)]


def _sets(tag: Tag) -> list[tuple[str | None, float]]:
    sets = [srcset(attribute(tag, name)) for name in ("srcset", *LAZY_SRCSETS)]
    return [(address, 0.2 + size) for addresses in sets for address, size in addresses]


def _linked(link: Tag, base: str) -> list[tuple[str | None, float]]:
    address = attribute(link, "href")
    whole = absolute(base, address)
    return [(address, _LINKED)] if whole and _PICTURE_PATH.search(urlsplit(whole).path) else []


def _caption(image: Tag) -> str | None:
    figure = image.find_parent("figure")
    caption = figure.find("figcaption") if isinstance(figure, Tag) else None
    return text(caption.get_text(" ")) if isinstance(caption, Tag) else None


def _is_icon(image: Tag) -> bool:
    sides = [attribute(image, name) or "" for name in ("width", "height")]
    return all(side.isascii() and side.isdigit() and int(side) <= _ICON_PIXELS for side in sides)


def _labels(link: Tag) -> list[str]:
    values = [link.get_text(), attribute(link, "aria-label"), attribute(link, "title")]
    return [label for value in values if (label := text(value))]


def _page_number(url: str) -> int:
    parts = urlsplit(url)
    values = {name.casefold(): value for name, value in parse_qsl(parts.query)}
    for name in _PAGE_PARAMETERS[:4]:
        if values.get(name, "").isdecimal():
            return int(values[name])
    numbers = re.findall(r"(?:page|p)?[/_-]?(\d{1,6})(?=\D*$)", parts.path)
    return int(numbers[-1]) if numbers else 1


def _without_numbers(address: str, url: str) -> bool:
    """Whether two addresses differ in nothing but a page number."""

    def bare(one: str) -> tuple[str, str, frozenset[str]]:
        parts = urlsplit(one)
        names = {name for name, _ in parse_qsl(parts.query) if name.casefold() not in _PAGE_PARAMETERS}
        path = re.sub(r"(?:/?(?:page|p|index)?[/_-]?)\d{1,6}(?=\D*$)", "", parts.path.rstrip("/"))
        return parts.netloc, re.sub(r"/?(?:index)?(?:\.\w+)?$", "", path), frozenset(names)

    return bare(address) == bare(url)
