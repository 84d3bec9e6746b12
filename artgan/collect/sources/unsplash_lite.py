"""Unsplash without a key: the Lite dataset, whose terms allow training, and its pictures from the image host."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from zipfile import is_zipfile

from artgan.collect.candidates import Candidate, Estimate
from artgan.collect.sources.lite_index import INDEX_URL, LiteIndex
from artgan.collect.sources.unsplash_photo import IMAGE_HOST, Rendering, hosts_of
from artgan.errors import NetworkError, OutputError
from artgan.io.download import Limits
from artgan.io.files import quoted

if TYPE_CHECKING:
    from artgan.collect.client import Client

INDEX_BYTES = 700_000_000
_LIMITS = Limits(max_bytes=3 * 2**30, seconds=2 * 3600.0)
# The index moves between storages of the same house; addresses of pictures are checked one by one.
_STORAGE_HOSTS = frozenset((".unsplash.com", ".amazonaws.com", ".cloudfront.net"))
_A_SECOND = 6.0
"""Pictures a second that Unsplash's staff found acceptable for its dataset."""
NOTE = (
    "using the Unsplash Lite dataset, whose terms allow training (https://unsplash.com/data-terms); "
    "set UNSPLASH_ACCESS_KEY to search all of Unsplash instead"
)


@dataclass(frozen=True, kw_only=True)
class UnsplashLite:
    """Photos of the Lite dataset by keyword, the surest first.

    The index is `given`, as a zip archive or a folder of its tables, or is downloaded once to the folder `cache`.
    """

    queries: tuple[str, ...]
    cache: Path
    given: Path | None = None
    min_confidence: float = 20.0
    rendering: Rendering = field(default_factory=Rendering)
    index_url: str = INDEX_URL
    image_host: str = IMAGE_HOST
    name: str = "unsplash"
    notes: tuple[str, ...] = (NOTE,)

    def __post_init__(self) -> None:
        """Refuse at once what is no index."""
        if self.given is not None:
            LiteIndex(self.given)

    @property
    def hosts(self) -> frozenset[str]:
        """The site that has the index, its storage, and the image host."""
        return _STORAGE_HOSTS | hosts_of(self.index_url, self.image_host)

    @property
    def index_path(self) -> Path:
        """Where the index is, or will be."""
        return self.given or self.cache / "unsplash-lite.zip"

    def candidates(self, client: "Client") -> Iterator[Candidate]:
        """Photos that have the keywords, the surest first.

        Raises:
            NetworkError: the index cannot be downloaded; says how to get it otherwise.
            LiteError: it is not the Lite dataset, or is damaged.
        """
        client.limit(urlsplit(f"//{self.image_host}").hostname or "", per_second=_A_SECOND, connections=4)
        index = self._index(client)
        matches = index.match(self.queries, min_confidence=self.min_confidence)
        named = " or ".join(f"'{query}'" for query in self.queries)
        client.note(f"{len(matches)} photos of the Lite dataset have the keyword {named}")
        yield from index.candidates(matches, self.rendering, self.image_host)

    def estimate(self, client: "Client", n: int) -> Estimate:
        """Exact when the index is here; else what its download takes, and no more than `n` pictures."""
        if not self.index_path.exists():
            line = f"the index, {INDEX_BYTES / 1e6:.0f} MB, is downloaded once; how many photos match is known then"
            bytes_all = INDEX_BYTES + n * self.rendering.expected_bytes
            return Estimate(pictures=n, requests=1 + n, bytes=bytes_all, lines=(line,))
        count = len(LiteIndex(self.index_path).match(self.queries, min_confidence=self.min_confidence))
        pictures = min(n, count)
        line = f"{count} photos of the Lite dataset match with a confidence of {self.min_confidence:g} or more"
        size = pictures * self.rendering.expected_bytes
        return Estimate(pictures=pictures, requests=pictures, bytes=size, lines=(line,))

    def _index(self, client: "Client") -> LiteIndex:
        path = self.index_path
        if self.given is None and not path.exists():
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                cause = (error.strerror or str(error)).lower()
                raise OutputError(f"cannot make the cache folder {quoted(path.parent)}: {cause}") from error
            client.note(f"its index, about {INDEX_BYTES / 1e6:.0f} MB, is downloaded once, to {quoted(path)}")
            try:
                on_bytes = client.progress("the index of the Lite dataset")
                client.download(self.index_url, path, limits=_LIMITS, on_bytes=on_bytes)
                if not is_zipfile(path):
                    path.unlink()
                    raise NetworkError(f"{self.index_url} is a page, not an archive")
            except NetworkError as error:
                raise NetworkError(
                    f"the index of the Unsplash Lite dataset cannot be had ({error}): get the zip of {self.index_url} "
                    f"with a browser and give it with --lite FILE, or save it as {quoted(path)}"
                ) from error
        return LiteIndex(path)
