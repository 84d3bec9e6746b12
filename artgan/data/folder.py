"""A dataset's folder: what it holds before a run, and the files that are written into it at the end.

images/            the squares, named by the SHA-256 of the picture they are from
manifest.jsonl     a row a square: file, origin, tags, split, measures
rejected.jsonl     what was left out, and why
dataset.json       counts, size, vocabulary, licences, recipe, fingerprint; written last
contact-sheet.jpg  a selection to look at
pixels.npy         the squares decoded, see `artgan.data.cache`
.prepare/          the journal of a run that has not ended yet; while it is there, all of the above is artgan's
"""

import json
import re
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from artgan.data.cache import CACHE, read_cache, write_cache
from artgan.data.journal import IMAGES, Crop, read_journal
from artgan.data.vocabulary import Vocabulary
from artgan.errors import ArtganError, OutputError
from artgan.io.files import TEMPORARY, atomic_writer, quoted, read_bytes
from artgan.io.locks import LOCK
from artgan.io.manifest import MANIFEST, read_manifest, write_manifest
from artgan.io.media import encode_jpeg, grid, labelled_grid

DATASET = "dataset.json"
REJECTED = "rejected.jsonl"
SHEET = "contact-sheet.jpg"
WORK = ".prepare"
DATASET_VERSION = 1

_SHEET_BYTES = 290_000
_SHEET_SIDE = 1280
"""Widest contact sheet in pixels."""
_OURS = re.compile(r"[0-9a-f]{16}(-\d+)?\.(jpg|png|webp)|\.artgan-[0-9a-f]+\.part")


@dataclass(frozen=True, kw_only=True)
class Contents:
    """What a dataset's folder holds.

    Attributes:
        recipe: of the dataset, or of the run that has not ended.
        kept, rejected: the rows of a finished dataset.
        journal: what an unfinished run has done, by source.
        finished: whether there is a dataset, and no run has begun to change it.
    """

    recipe: Mapping[str, Any]
    kept: list[dict[str, Any]] = field(default_factory=list)
    rejected: list[dict[str, Any]] = field(default_factory=list)
    journal: dict[str, tuple[Crop, ...]] = field(default_factory=dict)
    finished: bool


def journal_path(folder: Path) -> Path:
    """Where the journal of a run into `folder` is."""
    return folder / WORK / "journal.jsonl"


def read_contents(folder: Path) -> Contents | None:
    """What is in `folder`; None when it is empty or not there.

    Raises OutputError when other things are in it than a dataset: nothing of a user's is ever mixed with one.
    """
    journal = read_journal(journal_path(folder))
    if (folder / DATASET).is_file():
        facts = read_facts(folder)
        recipe, done = journal or (facts["recipe"], {})
        return Contents(
            recipe=recipe,
            kept=read_manifest(folder / MANIFEST),
            rejected=read_manifest(folder / REJECTED) if (folder / REJECTED).is_file() else [],
            journal=done,
            finished=journal is None,
        )
    if journal is not None:
        return Contents(recipe=journal[0], journal=journal[1], finished=False)
    try:
        names = [path.name for path in folder.iterdir()] if folder.exists() else []
    except NotADirectoryError:
        raise OutputError(f"cannot write {quoted(folder)}: it is a file; give --out a folder") from None
    except OSError as error:
        raise OutputError(f"cannot read the folder {quoted(folder)}: {error.strerror or error}") from error
    if WORK not in names and set(names) - {LOCK}:
        raise OutputError(f"{quoted(folder)} holds other things than a dataset; give --out an empty or a new folder")
    return None


def read_facts(folder: Path) -> dict[str, Any]:
    """The object in `dataset.json`. Raises ArtganError when it is damaged or of a newer artgan."""
    path = folder / DATASET
    try:
        facts = json.loads(read_bytes(path))
        version = facts["artgan_dataset"]
        known = isinstance(facts["size"], int) and isinstance(facts["recipe"], dict)
    except (ValueError, KeyError, TypeError):
        version, known = None, False
    if isinstance(version, int) and version > DATASET_VERSION:
        raise ArtganError(f"{quoted(path)} was written by a newer artgan; update artgan to read it")
    if not known:
        raise ArtganError(f"{quoted(path)} is damaged; prepare the dataset again with --force")
    return dict(facts)


def clear(folder: Path) -> bool:
    """Remove a dataset, finished or not, from `folder`; other files beside one stay. Whether there was one."""
    if not (folder / DATASET).is_file() and not (folder / WORK).is_dir():
        return False
    (folder / WORK).mkdir(exist_ok=True)  # to the end: what is left of a removal that was killed is known by it
    for name in (DATASET, CACHE, MANIFEST, REJECTED, SHEET):
        with suppress(FileNotFoundError):
            (folder / name).unlink()
    with suppress(FileNotFoundError):
        journal_path(folder).unlink()
    _remove_images(folder, keep=frozenset())
    shutil.rmtree(folder / WORK, ignore_errors=True)
    return True


def sweep(folder: Path) -> None:
    """Remove what runs that were killed had begun to write. Only for the one run that holds the folder."""
    for place in (folder, folder / IMAGES, folder / WORK):
        for path in place.glob(TEMPORARY):
            with suppress(OSError):
                path.unlink()


def write_dataset(
    folder: Path,
    *,
    name: str,
    size: int,
    kept: Sequence[Mapping[str, Any]],
    rejected: Sequence[Mapping[str, Any]],
    vocabulary: Vocabulary | None,
    recipe: Mapping[str, Any],
    seed: int,
) -> dict[str, Any]:
    """Write all but the squares themselves, which lie there already; returns what `dataset.json` says.

    Each file appears whole, `dataset.json` last; then squares that are no longer in the dataset go, and the journal.
    """
    tags = tag_vectors(kept, vocabulary)
    write_manifest(folder / REJECTED, rejected, force=True)
    write_manifest(folder / MANIFEST, kept, force=True)
    mark = write_cache(folder, [row["file"] for row in kept], size, tags, manifest_sha256(folder))
    cache = read_cache(folder, manifest_sha256(folder))
    assert cache is not None, "the cache just written"
    with atomic_writer(folder / SHEET, force=True) as stream:
        stream.write(encode_jpeg(contact_sheet(cache[0], kept, vocabulary, seed), most_bytes=_SHEET_BYTES))
    facts = {
        "artgan_dataset": DATASET_VERSION,
        "name": name,
        "size": size,
        "pictures": len(kept),
        "splits": _counted(row["split"] for row in kept),
        "sources": len({row["source"] for row in kept}),
        "rejected": _counted(row["reason"] for row in rejected),
        "vocabulary": None if vocabulary is None else vocabulary.to_json(),
        "tags": None if vocabulary is None else _tag_counts(kept, vocabulary),
        "licences": _counted(row["license"] or "unknown" for row in kept),
        "ai_training": _counted(row["ai_training"] or "unknown" for row in kept),
        "recipe": dict(recipe),
        "fingerprint": mark,
    }
    with atomic_writer(folder / DATASET, force=True) as stream:
        stream.write(json.dumps(facts, indent=2, ensure_ascii=False).encode("utf-8") + b"\n")
    _remove_images(folder, keep=frozenset(row["file"] for row in kept))
    shutil.rmtree(folder / WORK, ignore_errors=True)  # last: a run killed before is known by it, and ends this work
    return facts


def manifest_sha256(folder: Path) -> str:
    """By which the cache knows what it was decoded from."""
    return sha256(read_bytes(folder / MANIFEST)).hexdigest()


def tag_vectors(rows: Sequence[Mapping[str, Any]], vocabulary: Vocabulary | None) -> NDArray[np.uint8] | None:
    """The tags of manifest rows, (N, dimensions) of 0 and 1."""
    if vocabulary is None:
        return None
    tags = [{group: tuple(values) for group, values in (row["tags"] or {}).items()} for row in rows]
    return np.stack([vocabulary.encode(known) for known in tags])


def contact_sheet(
    pixels: NDArray[np.uint8], rows: Sequence[Mapping[str, Any]], vocabulary: Vocabulary | None, seed: int
) -> NDArray[np.uint8]:
    """A selection, drawn with `seed`, of the squares on one picture; with tags, a labelled row for each value."""
    side = pixels.shape[1]
    step = max(1, -(-side // 128))  # large squares are shown smaller
    shown = side // step
    across = max(1, min(12, _SHEET_SIDE // (shown + 2)))
    random = np.random.default_rng(seed)
    order = random.permutation(len(pixels))
    if vocabulary is None:
        chosen = np.sort(order[: across * max(1, across * 3 // 4)])
        return grid(_shrunk(pixels[chosen], step), columns=across)
    labels, lines = [], []
    for group in vocabulary.groups:
        for value in group.values:
            having = [n for n in order.tolist() if value in (rows[n]["tags"] or {}).get(group.name, ())][:across]
            if having:
                labels.append(f"{value} {group.name}")
                lines.append(_shrunk(pixels[having], step))
    return labelled_grid(lines, row_labels=labels) if lines else grid(_shrunk(pixels[order[:across]], step))


def _shrunk(pixels: NDArray[np.uint8], step: int) -> NDArray[np.uint8]:
    """Every `step` x `step` pixels averaged to one; a rest at the edge is cut."""
    shown = pixels.shape[1] // step
    return np.stack([np.asarray(Image.fromarray(picture).reduce(step))[:shown, :shown] for picture in pixels])


def _counted(words: Any) -> dict[str, int]:
    return dict(sorted(Counter(words).items()))


def _tag_counts(rows: Sequence[Mapping[str, Any]], vocabulary: Vocabulary) -> dict[str, dict[str, int]]:
    counts = Counter(
        (group, value) for row in rows for group, values in (row["tags"] or {}).items() for value in values
    )
    return {group.name: {value: counts[group.name, value] for value in group.values} for group in vocabulary.groups}


def _remove_images(folder: Path, *, keep: frozenset[str]) -> None:
    images = folder / IMAGES
    if not images.is_dir():
        return
    for path in images.iterdir():
        if f"{IMAGES}/{path.name}" not in keep and _OURS.fullmatch(path.name):
            with suppress(FileNotFoundError):
                path.unlink()
    with suppress(OSError):
        images.rmdir()  # only if nothing is left
