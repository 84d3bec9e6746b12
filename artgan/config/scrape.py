"""Options of `artgan scrape`: what every source has, and what each adds. Standard library only."""

from dataclasses import dataclass
from typing import Literal

from artgan.config.fields import Config, option
from artgan.config.values import parse_duration
from artgan.errors import UsageError, did_you_mean

WHAT = "What to collect"
KEEP = "What to keep"
HOW = "How to ask"

COLORS = ("black_and_white", "black", "white", "yellow", "orange", "red", "purple", "magenta", "green", "teal", "blue")
"""What Unsplash's search filters by."""


@dataclass(frozen=True, kw_only=True)
class ScrapeConfig(Config):
    """Options of every source."""

    n: int | None = option(
        None,
        "Pictures wanted in the folder, those already there included; by default all that the source offers.",
        panel=WHAT,
        short="-n",
        minimum=1,
        maximum=10_000_000,
    )
    max_aspect: float = option(
        4.0, "Leave out pictures whose longer side is more than so many times the shorter.", panel=KEEP, minimum=1
    )
    min_side: int = option(
        64, "Leave out pictures whose short side has fewer pixels.", panel=KEEP, minimum=1, maximum=65536
    )
    max_megabytes: float = option(64.0, "Leave out pictures of more megabytes.", panel=KEEP, minimum=0.01, maximum=1024)
    near_duplicates: bool = option(False, "Keep near duplicates, too; equal files never come twice.", panel=KEEP)
    animated: bool = option(False, "Keep animations, too.", panel=KEEP)
    per_second: float = option(
        4.0,
        "Requests a second to one host; a site's own rules and limits may make it slower.",
        panel=HOW,
        minimum=0.01,
        maximum=100,
    )
    connections: int = option(3, "Connections to one host at a time.", panel=HOW, minimum=1, maximum=8)
    deadline: str = option("2m", "Time for one picture, all tries together.", panel=HOW, metavar="TIME")
    contact: str | None = option(
        None,
        "Your address or e-mail, shown to the sites in the user agent, as some ask for.",
        panel=HOW,
        env="ARTGAN_CONTACT",
    )
    allow_private: bool = option(
        False, "Let addresses of this machine and its network be asked, for your own server.", panel=HOW
    )

    def __post_init__(self) -> None:
        """Check what types and ranges cannot say."""
        super().__post_init__()
        parse_duration(self.deadline, "--deadline")
        if self.contact is not None and (not self.contact.isprintable() or not self.contact.isascii()):
            raise UsageError("--contact is an address or e-mail on one line")

    @property
    def deadline_seconds(self) -> float:
        """The deadline of one picture."""
        return parse_duration(self.deadline, "--deadline")


@dataclass(frozen=True, kw_only=True)
class UnsplashConfig(ScrapeConfig):
    """Unsplash: its interface with a key, its Lite dataset without, its pages with --public."""

    n: int | None = option(
        1000,
        "Pictures wanted in the folder, those already there included.",
        panel=WHAT,
        short="-n",
        minimum=1,
        maximum=10_000_000,
    )
    query: tuple[str, ...] = option(
        ("portrait",), "What the photos show; repeat it to collect for several words.", panel=WHAT, metavar="WORDS"
    )
    size: int = option(
        512, "Side in pixels that the image host makes the pictures.", panel=WHAT, minimum=64, maximum=4096
    )
    crop: Literal["faces", "entropy", "center", "keep"] = option(
        "faces",
        "What the image host cuts to a square: about faces (else entropy), what stands out (entropy), the center; or "
        "keep: the whole photo, with a short side of --size.",
        panel=WHAT,
    )
    orientation: Literal["portrait", "landscape", "squarish"] | None = option(
        None, "Only photos of this orientation (with a key).", panel=WHAT
    )
    color: str | None = option(
        None, "Only photos of this colour, such as blue or black_and_white (with a key).", panel=WHAT
    )
    lite: str | None = option(
        None,
        "The Lite dataset, as its zip or a folder of its tables, instead of a download.",
        panel=WHAT,
        metavar="FILE",
    )
    min_confidence: float = option(
        20.0,
        "Confidence, 0 to 100, from which a keyword of the Lite dataset counts.",
        panel=WHAT,
        minimum=0,
        maximum=100,
    )
    public: bool = option(False, "Read the public search page instead; see docs/scrape.md first.", panel=WHAT)

    def __post_init__(self) -> None:
        """Check what types and ranges cannot say."""
        super().__post_init__()
        if not self.query or any(not query.strip() for query in self.query):
            raise UsageError("--query is one or more words, such as portrait")
        if self.public and self.lite is not None:
            raise UsageError("--public and --lite exclude each other")
        if self.color is not None and self.color not in COLORS:
            raise UsageError(
                f"--color is one of {', '.join(COLORS)}, not '{self.color}'.{did_you_mean(self.color, COLORS)}"
            )


@dataclass(frozen=True, kw_only=True)
class CommonsConfig(ScrapeConfig):
    """Wikimedia Commons: paintings of an artist, or the files of a category, in the public domain."""

    artist: str | None = option(
        None, 'Painter, by name or item of Wikidata: "Claude Monet" or Q296.', panel=WHAT, metavar="NAME"
    )
    category: str | None = option(
        None, 'Category of Commons instead, such as "Paintings by Claude Monet".', panel=WHAT, metavar="NAME"
    )
    size: int = option(
        512, "Short side in pixels that most pictures should have at least.", panel=WHAT, minimum=64, maximum=2560
    )

    def __post_init__(self) -> None:
        """Check what types and ranges cannot say."""
        super().__post_init__()
        if self.artist is not None and self.category is not None:
            raise UsageError("--artist and --category exclude each other")
        for name, value in (("--artist", self.artist), ("--category", self.category)):
            if value is not None and (not value.strip() or set(value) & set("|#<>[]{}\n")):
                raise UsageError(f"{name} is a name, not '{value}'")


@dataclass(frozen=True, kw_only=True)
class PageConfig(ScrapeConfig):
    """Any web page."""

    max_pages: int = option(
        50, "Pages to read at most: the page given and those that follow it.", panel=WHAT, minimum=1, maximum=10_000
    )


@dataclass(frozen=True, kw_only=True)
class UrlsConfig(ScrapeConfig):
    """A list of addresses."""
