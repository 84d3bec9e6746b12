"""Options of `artgan sample`. Standard library only."""

from dataclasses import dataclass
from typing import Literal

from artgan.config.fields import option
from artgan.config.run import RUNTIME, RunConfig
from artgan.config.values import LARGEST_SEED, MOST_SEEDS, parse_seeds
from artgan.errors import UsageError

PICTURES = "Pictures"
SHEETS = "Sheets and animations"

ANIMATIONS = ("webp", "gif", "mp4")
"""What a loop can be written as."""


@dataclass(frozen=True, kw_only=True)
class SampleConfig(RunConfig):
    """Drawing pictures with a trained generator: a seed, a picture."""

    n: int | None = option(
        None,
        "How many pictures; 1 by default, 16 with --grid, 8 rows with --by of one group, 4 stops with --interpolate "
        "latents.",
        panel=PICTURES,
        short="-n",
        minimum=1,
        maximum=MOST_SEEDS,
    )
    seeds: str | None = option(None, "Their seeds, such as 7 or 0-15,20.", panel=PICTURES, metavar="SEEDS")
    tags: str | None = option(
        None,
        'What is in them, such as "blue hair, red eyes"; a group not named is drawn for each picture.',
        panel=PICTURES,
        metavar="TAGS",
    )
    truncation: float | None = option(
        None,
        "Keep each number of the latent vector within this many deviations: lower is more typical and less varied. "
        "The same seed stays the same picture, only calmer.",
        panel=PICTURES,
        minimum=0.05,
        maximum=10,
    )
    scale: int = option(1, "Enlarge so many times, by Lanczos' filter.", panel=PICTURES, minimum=1, maximum=16)
    format: Literal["png", "jpg", "webp", "tif", "gif", "mp4"] | None = option(
        None,
        "Kind of file: png, jpg, webp or tif; of a loop webp, gif or mp4. By default what --out ends in, else png, and "
        "webp for loops.",
        panel=PICTURES,
        metavar="FORMAT",
    )
    grid: bool = option(False, "All pictures on one sheet.", panel=SHEETS)
    by: str | None = option(
        None,
        "A labelled sheet with a column for every value of a group of tags, such as hair; of two, such as hair,eyes, "
        "with a row for every value of the second.",
        panel=SHEETS,
        metavar="GROUP[,GROUP]",
    )
    interpolate: Literal["latents", "tags"] | None = option(
        None,
        "A loop without a seam: latents goes from seed to seed, tags through the values of a group (--by).",
        panel=SHEETS,
    )
    frames: int | None = option(
        None, "Frames of the loop; 24 from stop to stop by default.", panel=SHEETS, minimum=2, maximum=10_000
    )
    fps: int = option(24, "Frames a second.", panel=SHEETS, minimum=1, maximum=60)
    batch_size: int | None = option(
        None,
        "Pictures drawn at once: by default 64 on a GPU; on a CPU 16 for sheets and loops, else 1. At 1 a picture is "
        "always the same bit for bit, at others within 1/255.",
        panel=RUNTIME,
        minimum=1,
        maximum=4096,
    )
    seed: int | None = option(
        None,
        "Seed of the first picture; the others count up. Drawn, printed and stored without it and --seeds.",
        panel=RUNTIME,
        minimum=0,
        maximum=LARGEST_SEED,
        env="ARTGAN_SEED",
    )
    precision: Literal["auto", "bfloat16", "float32"] = option(
        "float32",
        "Arithmetic of the network; bfloat16, which auto takes where it is native, is quicker and off by a level or "
        "two of 255.",
        panel=RUNTIME,
    )

    def __post_init__(self) -> None:
        """Check what types and ranges cannot say."""
        super().__post_init__()
        if self.seeds is not None:
            parse_seeds(self.seeds, "--seeds")
            if self.n is not None:
                raise UsageError("--seeds and --n exclude each other: --seeds says how many and which")
        elif self.seed is not None and self.seed + (self.n or 0) > LARGEST_SEED:
            raise UsageError(f"--seed {self.seed} leaves no room for more seeds behind it")
        if len(self.groups) > 2 or len(set(self.groups)) < len(self.groups):
            raise UsageError(f"--by takes one or two groups of tags, such as hair,eyes, not '{self.by}'")

    def check_together(self) -> None:
        """Raise UsageError for options that do not make one still or one loop.

        Not done when the configuration is made: some may be meant as changes to a picture that is drawn again.
        """
        if self.interpolate is None:
            self._check_still()
        else:
            self._check_loop()

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups of `by`."""
        if self.by is None:
            return ()
        return tuple(group.strip().casefold() for group in self.by.split(","))

    def _check_still(self) -> None:
        if self.format in ("gif", "mp4"):
            raise UsageError(f"--format {self.format} is for loops: add --interpolate latents or tags")
        if self.frames is not None:
            raise UsageError("--frames is for loops: add --interpolate latents or tags")

    def _check_loop(self) -> None:
        if self.format is not None and self.format not in ANIMATIONS:
            raise UsageError(f"a loop is webp, gif or mp4, not {self.format}")
        if self.interpolate == "latents" and (self.grid or self.by):
            which = "--grid" if self.grid else "--by"
            raise UsageError(f"{which} and --interpolate latents exclude each other")
        if len(self.groups) > 1:
            raise UsageError("--interpolate tags goes through one group: give --by hair")
