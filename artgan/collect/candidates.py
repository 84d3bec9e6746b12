"""What a source offers: candidates for pictures, and a guess at what they will cost."""

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

from artgan.io.failures import Reason

if TYPE_CHECKING:
    from artgan.collect.client import Client

AiTraining = Literal["allowed", "restricted", "unknown"]

_SOURCE_NAME = re.compile(r"[a-z][a-z0-9]{0,31}")
_SOURCE_ID = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,63}")


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A picture somewhere, and all that is known of it before it is fetched.

    `source` and `source_id` become part of a file name and are therefore checked; a source whose site uses other ids
    makes its own, for example from a hash of the address. Everything else is data and never names a file.
    """

    source: str
    source_id: str
    """1 to 64 of A-Z a-z 0-9 _ . -, not beginning with a dot; unique within the source."""
    image_url: str
    page_url: str | None = None
    title: str | None = None
    author: str | None = None
    author_url: str | None = None
    license: str | None = None
    license_url: str | None = None
    attribution: str | None = None
    """The credit line as its site wants it."""
    ai_training: AiTraining = "unknown"
    query: str | None = None
    tags: tuple[str, ...] = ()
    width: int | None = None
    height: int | None = None
    ping_url: str | None = None
    """Asked for once after the picture is here, with the headers of `Client.authorize` (Unsplash's rule)."""
    expected_bytes: int | None = None
    refused: Reason | None = None
    """Why it is not to be fetched, where the source knows already: the manifest says so, and nothing is asked."""

    def __post_init__(self) -> None:
        """Refuse what could not be part of a file name."""
        if not _SOURCE_NAME.fullmatch(self.source):
            raise ValueError(f"{self.source!r} is no name of a source")
        if not _SOURCE_ID.fullmatch(self.source_id):
            raise ValueError(f"{self.source_id!r} is no id of a picture")

    @property
    def key(self) -> str:
        """What a picture is known by in the state of a collection: "unsplash-abc123"."""
        return f"{self.source}-{self.source_id}"

    def to_json(self) -> dict[str, Any]:
        """Plain data for the state file."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Candidate":
        """The inverse of `to_json`."""
        refused = data.get("refused")
        return cls(**{**data, "tags": tuple(data["tags"]), "refused": None if refused is None else Reason(refused)})


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What `--dry-run` tells before anything is fetched."""

    pictures: int
    """How many there are to be had, at most the number wanted."""
    requests: int
    """Requests to pages and interfaces and for pictures together."""
    bytes: int | None
    quota_hours: float | None = None
    """Hours that the quota of an interface takes at least; None where there is no quota."""
    lines: tuple[str, ...] = ()
    """Further lines for people: the licence, what limits the number."""


class Source(Protocol):
    """A site or list that pictures come from; it keeps no state of its own."""

    @property
    def name(self) -> str:
        """One word, which begins the names of files: "commons"."""
        ...

    @property
    def hosts(self) -> frozenset[str] | None:
        """Hosts that may be asked, ".example.org" with everything below it; None: any public host."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """Lines that the user is told before anything is asked: terms, which route is taken."""
        ...

    def candidates(self, client: "Client") -> Iterator[Candidate]:
        """Every candidate, lazily; runs in a thread of its own and may block in `client`."""
        ...

    def estimate(self, client: "Client", n: int) -> Estimate:
        """What `n` pictures would cost."""
        ...
