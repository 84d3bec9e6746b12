"""`artgan scrape unsplash`: which of the three routes to Unsplash is taken."""

from pathlib import Path

from artgan.collect.sources.unsplash_api import UnsplashApi
from artgan.collect.sources.unsplash_lite import UnsplashLite
from artgan.collect.sources.unsplash_photo import Rendering
from artgan.collect.sources.unsplash_public import UnsplashPublic
from artgan.config.scrape import UnsplashConfig
from artgan.errors import UsageError


def unsplash(config: UnsplashConfig, *, key: str | None, cache: Path) -> UnsplashApi | UnsplashLite | UnsplashPublic:
    """The route: --public or --lite when asked for, else the interface when there is a key, else the Lite dataset.

    `cache` is the folder that keeps the Lite dataset's index.
    """
    rendering = Rendering(size=config.size, crop=config.crop)
    if config.public:
        _refuse_filters(config, "--public")
        return UnsplashPublic(queries=config.query, rendering=rendering)
    if config.lite is None and key:
        return UnsplashApi(
            queries=config.query, key=key, rendering=rendering, orientation=config.orientation, color=config.color
        )
    _refuse_filters(config, "the Lite dataset")
    return UnsplashLite(
        queries=config.query,
        cache=cache,
        given=None if config.lite is None else Path(config.lite),
        min_confidence=config.min_confidence,
        rendering=rendering,
    )


def _refuse_filters(config: UnsplashConfig, route: str) -> None:
    for name, value in (("--orientation", config.orientation), ("--color", config.color)):
        if value is not None:
            raise UsageError(
                f"{name} needs the official interface: set UNSPLASH_ACCESS_KEY; {route} cannot filter by it"
            )
