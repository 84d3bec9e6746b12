"""The sources that `artgan scrape` knows: the options of each, and what is made of them."""

import re
from pathlib import Path
from urllib.parse import urlsplit

from artgan.collect.candidates import Source
from artgan.collect.sources.commons import CommonsSource
from artgan.collect.sources.page import PageSource
from artgan.collect.sources.unsplash import unsplash
from artgan.collect.sources.urls import UrlsSource
from artgan.config.scrape import CommonsConfig, PageConfig, ScrapeConfig, UnsplashConfig, UrlsConfig

_LONGEST_LABEL = 60


def make_source(config: ScrapeConfig, subject: str | None, *, key: str | None, cache: Path) -> tuple[Source, str]:
    """The source that a configuration asks for, and the name of its folder: "unsplash-portrait".

    Args:
        config: of the source.
        subject: what is typed behind its name: the address of a page, the list's file.
        key: Unsplash's access key, if there is one.
        cache: folder for what is downloaded once.

    Raises:
        UsageError: the options do not fit together.
    """
    match config:
        case UnsplashConfig():
            return unsplash(config, key=key, cache=cache), _label("unsplash", "+".join(config.query))
        case CommonsConfig():
            source = CommonsSource(artist=config.artist, category=config.category, size=config.size)
            return source, _label("commons", config.artist or config.category or "")
        case PageConfig():
            page = PageSource(url=subject or "", max_pages=config.max_pages)
            parts = urlsplit(page.url)
            return page, _label("page", f"{parts.hostname}{parts.path}")
        case UrlsConfig():
            path = Path(subject or "")
            return UrlsSource(path=path), _label("urls", path.parent.name if path.stem == "manifest" else path.stem)
    raise TypeError(f"no source takes a {type(config).__name__}")


def _label(source: str, subject: str) -> str:
    plain = re.sub(r"[^\w+.]+", "-", subject.casefold()).strip("-._")[:_LONGEST_LABEL]
    return f"{source}-{plain}" if plain else source
