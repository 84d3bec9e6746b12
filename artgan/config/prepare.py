"""Options of `artgan prepare`. Standard library only."""

from dataclasses import dataclass
from typing import Literal

from artgan.config.fields import Config, option
from artgan.errors import UsageError

SQUARES = "Squares"
FILTERS = "Filters"
TAGS = "Tags"
DATASET = "Dataset"


@dataclass(frozen=True, kw_only=True)
class PrepareConfig(Config):
    """Folders, archives, TFRecords and scraped pictures become a dataset of squares of one size."""

    size: int = option(64, "Side of the squares in pixels.", panel=SQUARES, minimum=16, maximum=2048)
    crop: Literal["center", "entropy", "faces", "random", "pad"] = option(
        "center",
        "Which square of a picture: its center; where most happens (entropy); around each face; at random; or all of "
        "it, padded. The aspect is never changed.",
        panel=SQUARES,
    )
    crops_per_picture: int = option(
        1, "Squares from each picture, for --crop random and faces.", panel=SQUARES, minimum=1, maximum=64
    )
    cascade: str | None = option(
        None,
        "Detector for --crop faces: a cascade in OpenCV's XML format, such as one for anime faces; by default the "
        "one for photographs in scikit-image.",
        panel=SQUARES,
        metavar="FILE.xml",
    )
    grayscale: bool = option(False, "Make the squares gray.", panel=SQUARES)
    format: Literal["jpg", "png", "webp"] = option(
        "jpg", "Files: jpg at quality 95 without colour subsampling, or lossless png or webp.", panel=SQUARES
    )
    min_side: int | None = option(
        None, "Leave out pictures with a side shorter than this; by default --size.", panel=FILTERS, minimum=1
    )
    max_aspect: float = option(
        3.0, "Leave out pictures whose long side is more than this times the short one.", panel=FILTERS, minimum=1
    )
    max_blur: float = option(
        0.985,
        "Leave out squares more blurred than this: 0 crisp, 1 no detail at all.",
        panel=FILTERS,
        minimum=0,
        maximum=1,
    )
    min_entropy: float = option(
        3.5,
        "Leave out squares with less to see than this, in bits of the gray histogram.",
        panel=FILTERS,
        minimum=0,
        maximum=8,
    )
    min_colour: float = option(
        0.0,
        "Leave out squares grayer than this, 0 to 255; 20 leaves out grayscale.",
        panel=FILTERS,
        minimum=0,
        maximum=255,
    )
    max_bars: float = option(
        0.08,
        "Leave out squares of which bars at the edges take more than this share.",
        panel=FILTERS,
        minimum=0,
        maximum=1,
    )
    max_extremes: float = option(
        0.9,
        "Leave out squares of which more than this share is pure black or white.",
        panel=FILTERS,
        minimum=0,
        maximum=1,
    )
    duplicate_bits: int = option(
        6,
        "Pictures are near duplicates when each of two hashes differs in at most so many of 64 bits.",
        panel=FILTERS,
        minimum=0,
        maximum=64,
    )
    keep_duplicates: bool = option(
        False, "Keep pictures that are the same as, or nearly, or mirrored, another one.", panel=FILTERS
    )
    vocabulary: str | None = option(
        None,
        'A JSON file with groups of tags, as in {"hair": ["red", "blue"]}, instead of the 12 hair and 11 eye colours.',
        panel=TAGS,
        metavar="FILE.json",
    )
    tags: str | None = option(
        None,
        "A tag file, for pictures that have none beside them: tags.csv or tags_clean.csv.",
        panel=TAGS,
        metavar="FILE.csv",
    )
    strict_tags: bool = option(False, "Keep only pictures with exactly one tag of every group.", panel=TAGS)
    where: str | None = option(
        None,
        'Keep only pictures whose tags fit, such as "hair=red and eyes=blue,green".',
        panel=TAGS,
        metavar="CONDITION",
    )
    name: str | None = option(None, "What the dataset is called; by default as its folder.", panel=DATASET)
    limit: int | None = option(None, "Take the first so many pictures only.", panel=DATASET, minimum=1)
    held_out: float = option(
        0.1, "Share of the pictures that is never trained on.", panel=DATASET, minimum=0, maximum=0.9
    )
    seed: int = option(
        0, "Seed of random crops, of who is held out and of the contact sheet.", panel=DATASET, minimum=0
    )
    processes: int | None = option(
        None, "Worker processes; by default one a core.", panel=DATASET, minimum=1, maximum=256
    )

    def __post_init__(self) -> None:
        """Check what types and ranges cannot say."""
        super().__post_init__()
        if self.crops_per_picture > 1 and self.crop not in ("random", "faces"):
            raise UsageError(f"--crops-per-picture goes with --crop random or faces, not {self.crop}")
        if self.cascade is not None and self.crop != "faces":
            raise UsageError("--cascade goes with --crop faces")

    @property
    def least_side(self) -> int:
        """The shortest side that is kept, after the default."""
        return self.size if self.min_side is None else self.min_side
