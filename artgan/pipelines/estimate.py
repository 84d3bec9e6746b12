"""`artgan prepare --dry-run`: what a run would meet, by the headers of the pictures; nothing is decoded or written."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from artgan.config.prepare import PrepareConfig
from artgan.data.inputs import Item
from artgan.data.prepare import DAMAGED, reject_by_size
from artgan.data.quality import Limits
from artgan.errors import PictureError
from artgan.events import Listener, Summary
from artgan.io.decoding import opened
from artgan.io.files import quoted
from artgan.pipelines.collection import Collection
from artgan.pipelines.telling import Telling

_HEADER = 2**18
"""Bytes of a file in which the size of a picture usually stands."""


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What would be tried, what is left out already, by reason, and the disk space needed."""

    kept: int
    rejected: Mapping[str, int]
    disk_bytes: int


def count_and_estimate(collection: Collection, config: PrepareConfig, listener: Listener) -> Estimate:
    """Look at every picture's header, and show the counts; filters that look at pixels are not asked."""
    limits = Limits(min_side=config.least_side, max_aspect=config.max_aspect)
    rejected = Counter(reason for _, reason in collection.excluded)
    telling = Telling(listener, "counting", total=len(collection.items))
    for number, item in enumerate(() if collection.drawn else collection.items, start=1):
        reason = _reason(item, collection, limits)
        if reason is not None:
            rejected[reason] += 1
        telling.tell(number, rejected)
    found = len(collection.items) + len(collection.excluded)
    kept = found - rejected.total()
    estimate = Estimate(
        kept=kept,
        rejected=dict(sorted(rejected.items())),
        disk_bytes=disk_bytes(kept * config.crops_per_picture, config),
    )
    rows = [("found", str(found)), *((f"  {reason}", str(count)) for reason, count in estimate.rejected.items())]
    rows += [("to be prepared", str(kept)), ("disk, about", f"{estimate.disk_bytes / 1e6:.0f} MB")]
    if collection.vocabulary is not None:
        rows += _tag_rows(collection)
    listener(Summary(title=f"{collection.name}: nothing is written", columns=("", "pictures"), rows=tuple(rows)))
    return estimate


def disk_bytes(squares: int, config: PrepareConfig) -> int:
    """What a dataset of so many squares takes: the decoded cache, and files of which noise would be the largest."""
    per_pixel = 3.0 + (0.9 if config.format == "jpg" else 2.4)
    return round(squares * (config.size**2 * per_pixel + 1500)) + 500_000


def _reason(item: Item, collection: Collection, limits: Limits) -> str | None:
    label = quoted(item.key)
    try:
        if item.member is None and item.offset is None:
            try:
                with item.path.open("rb") as stream, opened(stream.read(_HEADER), label) as image:
                    return reject_by_size(image.size, limits)
            except (OSError, PictureError):
                pass  # the header is longer, or it is not a picture; what reads all of it will say
        with opened(collection.read(item), label) as image:
            return reject_by_size(image.size, limits)
    except PictureError:
        return DAMAGED


def _tag_rows(collection: Collection) -> list[tuple[str, str]]:
    assert collection.vocabulary is not None
    counts = Counter(
        f"{value} {group}"
        for item in collection.items
        for group, values in (item.tags or {}).items()
        for value in values
    )
    return [(f"  {label}", str(counts[label])) for label in collection.vocabulary.labels]
