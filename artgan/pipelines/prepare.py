"""`artgan prepare` without a terminal: pictures in, a dataset's folder out."""

import shutil
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from artgan.config.prepare import PrepareConfig
from artgan.data.assembly import Rules, assemble
from artgan.data.cache import read_pixels
from artgan.data.folder import Contents, clear, journal_path, read_contents, read_facts, sweep, write_dataset
from artgan.data.inputs import Item
from artgan.data.journal import Crop, Journal
from artgan.data.prepare import DAMAGED, Treatment, prepare_bytes, prepare_item
from artgan.data.quality import Limits
from artgan.data.workers import usable_cores, work
from artgan.errors import ArtganError, OutputError, PictureError, UsageError
from artgan.events import FolderDone, Listener, Note, Summary, ignore
from artgan.io.files import quoted
from artgan.io.locks import only_run
from artgan.pipelines.collection import OTHER_FORMAT, Collection, collect, name_of, recipe_of
from artgan.pipelines.earlier import check_same, is_current, known_squares
from artgan.pipelines.estimate import count_and_estimate, disk_bytes
from artgan.pipelines.telling import Telling

DATA = Path("data")
"""Where datasets go that are given no --out."""

_OPTIONS = {
    "too_small": "--min-side and --size",
    "aspect": "--max-aspect",
    "letterbox": "--max-bars",
    "blank": "--max-extremes",
    "low_entropy": "--min-entropy",
    "blurry": "--max-blur",
    "grayscale": "--min-colour",
    "no_face": "--cascade and --crop",
    "no_tag": "--tags and --vocabulary",
    "not_one_each": "--strict-tags",
    "not_where": "--where",
}
"""Where to turn when too much is left out for a reason."""

_CONVERT = "convert them to PNG or JPEG"


@dataclass(frozen=True, kw_only=True)
class PrepareReport:
    """How a preparation ended.

    Attributes:
        path: the dataset's folder; None after a dry run.
        kept: squares in the dataset; pictures that would be tried, after a dry run.
        rejected: what was left out, by reason.
        interrupted: whether it was stopped early; the same command goes on.
    """

    path: Path | None
    kept: int
    rejected: Mapping[str, int] = field(default_factory=dict)
    interrupted: bool = False


def prepare(
    config: PrepareConfig,
    inputs: Sequence[str],
    *,
    out: str | None = None,
    force: bool = False,
    dry_run: bool = False,
    listener: Listener = ignore,
    should_stop: Callable[[], bool] = lambda: False,
) -> PrepareReport:
    """Make a dataset of folders, archives, TFRecords, globs, scraped folders, or of "synthetic:...", in `out`.

    The same inputs and options give the same bytes, whatever the number of processes. A run that was stopped or killed
    goes on when it is repeated; with more inputs, a finished dataset grows. When `should_stop` turns true, the pictures
    in hand are finished and the rest are left for the next time.

    Raises:
        UsageError: no inputs, options that do not fit them, or an input in the dataset's own folder.
        OutputError: the folder holds something else, or a dataset of another recipe or other inputs, without `force`;
            another run is writing into it; the disk is full.
        ArtganError: no picture is left.
    """
    if not inputs:
        raise UsageError("no inputs: name folders, archives or TFRecords, or try artgan prepare synthetic:faces")
    folder = Path(out) if out is not None else DATA / name_of(inputs)
    collection = collect(config, inputs, folder)
    if dry_run:
        counted = count_and_estimate(collection, config, listener)
        return PrepareReport(path=None, kept=counted.kept, rejected=counted.rejected)
    task = _Task(
        config=config,
        collection=collection,
        folder=folder,
        name=config.name or folder.resolve().name,
        recipe=recipe_of(config, collection),
        listener=listener,
        should_stop=should_stop,
    )
    if not force and task.is_done(task.earlier()):
        listener(Note(text=f"{quoted(folder)} is up to date"))
        return _report(folder, read_facts(folder), listener)
    with only_run(folder):
        sweep(folder)
        # Read again: another run may just have ended.
        return task.run(None if force and clear(folder) else task.earlier())


@dataclass(frozen=True, kw_only=True)
class _Task:
    """A dataset to be made of a collection in a folder."""

    config: PrepareConfig
    collection: Collection
    folder: Path
    name: str
    recipe: Mapping[str, Any]
    listener: Listener
    should_stop: Callable[[], bool]

    def earlier(self) -> Contents | None:
        """What the folder holds of this very dataset. Raises OutputError when it holds anything else."""
        contents = read_contents(self.folder)
        if contents is not None:
            check_same(self.folder, contents, self.recipe, self.collection)
        return contents

    def is_done(self, contents: Contents | None) -> bool:
        return (
            contents is not None and contents.finished and is_current(self.folder, self.name, contents, self.collection)
        )

    def run(self, contents: Contents | None) -> PrepareReport:
        """Make the dataset, from what `contents` has of it on."""
        crops = {} if contents is None else known_squares(contents, self.collection)
        earlier = frozenset(crops)
        _check_disk(self.folder, len(self.collection.items) - len(crops), self.config)
        with Journal(journal_path(self.folder), self.recipe) as journal:
            for key, known in crops.items():  # from here on the journal alone says what is done
                if contents is not None and contents.journal.get(key) != known:
                    journal.add(known)
            self._prepare_all(crops, journal)
        if len(crops) < len(self.collection.items):
            self.listener(
                Note(
                    text=f"stopped after {len(crops)} of {len(self.collection.items)}: "
                    "the same command goes on from there"
                )
            )
            return PrepareReport(path=self.folder, kept=0, interrupted=True)
        return _report(self.folder, self._finish(crops, earlier), self.listener)

    def _prepare_all(self, crops: dict[str, tuple[Crop, ...]], journal: Journal) -> None:
        """Prepare what is not in `crops` yet, and put it there and into the journal."""
        items = self.collection.items
        waiting = [item for item in items if item.key not in crops]
        telling = Telling(self.listener, "preparing", total=len(items), done=len(crops))
        reasons = Counter(crop.reason for known in crops.values() for crop in known if crop.reason is not None)
        processes = 1 if self.collection.drawn else self.config.processes or usable_cores()
        for found in work(self._step(), waiting, processes=processes, should_stop=self.should_stop):
            journal.add(found)
            crops[found[0].source] = found
            reasons.update(crop.reason for crop in found if crop.reason is not None)
            telling.tell(len(crops), reasons)

    def _step(self) -> Callable[[Item], tuple[Crop, ...]]:
        treatment = _treatment(self.config, self.collection, self.folder)
        if self.collection.drawn:
            return lambda item: prepare_bytes(treatment, item, self.collection.read(item))
        return partial(prepare_item, treatment)

    def _finish(self, crops: Mapping[str, tuple[Crop, ...]], earlier: frozenset[str]) -> dict[str, Any]:
        """Judge over all pictures, write the dataset; what `dataset.json` says. `earlier`: sources of earlier runs."""
        excluded = self.collection.excluded
        everything = {**crops, **{item.key: (Crop(source=item.key, reason=reason),) for item, reason in excluded}}
        items = [*self.collection.items, *(item for item, _ in excluded)]
        rules = Rules(
            threshold=None if self.collection.drawn else self.config.duplicate_bits,
            keep_duplicates=self.config.keep_duplicates,
            held_out=self.config.held_out,
            seed=self.config.seed,
            suffix=self.config.format,
        )
        kept, rejected = assemble(items, everything, rules)
        if not kept:
            clear(self.folder)
            raise ArtganError(_nothing_left(len(items), Counter(row["reason"] for row in rejected)))
        prepare_again = self._step()
        by_key = {item.key: item for item in self.collection.items}
        for row in kept:
            # A loss of power may have emptied squares of an earlier run, and users lose files: they are made again.
            if row["source"] in earlier and not _is_whole(self.folder / row["file"], self.config.size):
                prepare_again(by_key[row["source"]])
        return write_dataset(
            self.folder,
            name=self.name,
            size=self.config.size,
            kept=kept,
            rejected=rejected,
            vocabulary=self.collection.vocabulary,
            recipe=self.recipe,
            seed=self.config.seed,
        )


def _treatment(config: PrepareConfig, collection: Collection, folder: Path) -> Treatment:
    limits = Limits(
        min_side=config.least_side,
        max_aspect=config.max_aspect,
        max_blur=config.max_blur,
        min_entropy=config.min_entropy,
        min_colour=config.min_colour,
        max_bars=config.max_bars,
        max_extremes=config.max_extremes,
    )
    return Treatment(
        folder=folder,
        size=config.size,
        crop=config.crop,
        crops_per_picture=config.crops_per_picture,
        cascade=None if config.cascade is None else Path(config.cascade),
        grayscale=config.grayscale,
        suffix=config.format,
        limits=None if collection.drawn else limits,
        seed=config.seed,
    )


def _check_disk(folder: Path, count: int, config: PrepareConfig) -> None:
    existing = next((path for path in (folder, *folder.absolute().parents) if path.is_dir()), None)
    needed = disk_bytes(count * config.crops_per_picture, config)
    if existing is not None and (free := shutil.disk_usage(existing).free) < needed:
        raise OutputError(
            f"{quoted(folder)} will take about {needed / 1e6:.0f} MB, and the disk has {free / 1e6:.0f} MB left; "
            "choose another --out or a smaller --size"
        )


def _is_whole(path: Path, size: int) -> bool:
    try:
        read_pixels(path, size)
    except PictureError:
        return False
    return True


def _nothing_left(found: int, reasons: Counter[str]) -> str:
    told = ", ".join(f"{count} {reason}" for reason, count in reasons.most_common())
    most = reasons.most_common(1)[0][0] if reasons else ""
    hint = f"; see {_OPTIONS[most]}" if most in _OPTIONS else f"; {_CONVERT}" if most == OTHER_FORMAT else ""
    return f"no picture is left of {found}: {told or 'none'}{hint}"


def _report(folder: Path, facts: Mapping[str, Any], listener: Listener) -> PrepareReport:
    rejected: dict[str, int] = dict(facts["rejected"])
    splits = facts["splits"]
    rows = [("kept", str(facts["pictures"])), *((f"  {split}", str(count)) for split, count in splits.items())]
    rows += [("left out", str(sum(rejected.values())))] if rejected else []
    rows += [(f"  {reason}", str(count)) for reason, count in rejected.items()]
    listener(Summary(title=f"{facts['name']}: {facts['size']} px", columns=("", "pictures"), rows=tuple(rows)))
    if damaged := rejected.get(DAMAGED):
        pictures = "picture is" if damaged == 1 else "pictures are"
        listener(Note(text=f"{damaged} {pictures} damaged and left out; {folder / 'rejected.jsonl'} says which"))
    if others := rejected.get(OTHER_FORMAT):
        pictures = "picture is" if others == 1 else "pictures are"
        listener(
            Note(text=f"{others} {pictures} in a format that is not read (HEIC, raw, ...) and left out: {_CONVERT}")
        )
    details = {key: facts[key] for key in ("name", "pictures", "size", "splits", "rejected", "fingerprint")}
    listener(FolderDone(path=folder, details=details))
    return PrepareReport(path=folder, kept=facts["pictures"], rejected=rejected)
