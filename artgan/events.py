"""What the silent core tells whoever listens: small frozen records, drawn by the command line as progress and notes.

Standard library only, so that the command line can name them without importing torch.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Note:
    """One line a user should see: which encoder was taken, which seed was drawn."""

    text: str


@dataclass(frozen=True, kw_only=True)
class Downloading:
    """Bytes so far; `total_bytes` is None while the server has not said."""

    name: str
    done_bytes: int
    total_bytes: int | None


@dataclass(frozen=True, kw_only=True)
class PaintStep:
    """One optimisation step of one picture."""

    picture: str
    picture_number: int
    pictures: int
    scale: int
    scales: int
    width: int
    height: int
    step: int
    """Steps of this picture so far, over all scales."""
    content_loss: float
    style_loss: float
    total_loss: float
    seconds_left: float
    """Estimate for this picture, from the steps done so far."""


@dataclass(frozen=True, kw_only=True)
class PictureDone:
    """A picture is written; `path` is None when it went to standard output."""

    source: str
    path: Path | None
    details: Mapping[str, object]
    """For people and programs: steps, seed, losses, encoder, seconds."""


@dataclass(frozen=True, kw_only=True)
class PictureFailed:
    """One picture of several failed; the others go on."""

    source: str
    error: str


@dataclass(frozen=True, kw_only=True)
class ItemsProgress:
    """Where work on many items stands: pictures fetched, pictures prepared."""

    activity: str
    """What is done to them, as the progress line begins: "fetching", "preparing"."""
    done: int
    total: int | None
    """None while nobody knows how many there will be."""
    reasons: Mapping[str, int]
    """Items so far that gave no result, by reason: {"duplicate": 3, "http_404": 1}."""
    per_second: float
    seconds_left: float | None


@dataclass(frozen=True, kw_only=True)
class TrainStep:
    """Where a training run stands, about once a second."""

    run: str
    """The name of the run's folder."""
    step: int
    steps: int | None
    """None when only time limits the run."""
    images_seen: int
    pictures_per_second: float
    values: Mapping[str, float]
    """Means over recent steps, by name: "loss/generator", "score/real"."""
    seconds_left: float | None
    samples: Path | None
    """The last grid of samples."""


@dataclass(frozen=True, kw_only=True)
class Summary:
    """A small table for people, shown when the work is done."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, kw_only=True)
class FolderDone:
    """A folder of results is complete: a dataset, a collection, a run."""

    path: Path
    details: Mapping[str, object]


Event = Note | Downloading | PaintStep | PictureDone | PictureFailed | ItemsProgress | TrainStep | Summary | FolderDone
Listener = Callable[[Event], None]


def ignore(event: Event) -> None:
    """The listener of those who do not listen."""
