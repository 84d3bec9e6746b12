"""What training reads: pictures decoded once and kept as bytes, with their tags, splits and origin."""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from glob import has_magic
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from artgan.data.cache import fingerprint, read_cache, read_pixels, write_cache
from artgan.data.crops import cut, find_boxes
from artgan.data.folder import DATASET, journal_path, manifest_sha256, read_facts, tag_vectors
from artgan.data.inputs import Item, find_items, read_item
from artgan.data.splits import assign
from artgan.data.synthetic import draw, is_synthetic, parse_synthetic
from artgan.data.tagging import keep_tagged
from artgan.data.vocabulary import ANIME, Vocabulary
from artgan.errors import OutputError, PictureError, UsageError, did_you_mean
from artgan.events import Listener, Note, ignore
from artgan.io.files import quoted
from artgan.io.manifest import MANIFEST, ManifestError, read_manifest
from artgan.io.reduced import decode_rgb8

DEFAULT_SIZE = 64
"""The side of drawn and of raw pictures when none is asked for."""

HELD_OUT = 0.1
"""Share of drawn and of raw pictures that is held out."""

DRAWN: Mapping[str, Any] = {"license": "drawn by artgan", "ai_training": "allowed"}
"""Where synthetic pictures are from."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Dataset:
    """Square pictures of one size in memory or memory-mapped.

    Attributes:
        name: what people call it: the folder's name, "synthetic:faces".
        pixels: (N, S, S, 3) uint8 sRGB.
        tags: (N, vocabulary.dimensions) uint8 of 0 and 1, or None without tags.
        vocabulary: the meaning of the tags' dimensions, or None.
        train: indices of the pictures to learn from, ascending.
        held_out: indices of the pictures never trained on, ascending; may be empty.
        fingerprint: SHA-256 in hexadecimal of pixels and tags: the same data, the same fingerprint.
        licences: how many pictures are under which licence; "unknown" where nothing was said.
        ai_training: how many pictures are "allowed", "restricted" or "unknown" for training.
    """

    name: str
    pixels: NDArray[np.uint8]
    tags: NDArray[np.uint8] | None = None
    vocabulary: Vocabulary | None = None
    train: NDArray[np.int64]
    held_out: NDArray[np.int64]
    fingerprint: str
    licences: Mapping[str, int] = field(default_factory=dict)
    ai_training: Mapping[str, int] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """The side of the pictures in pixels."""
        return int(self.pixels.shape[1])


def open_dataset(name: str, *, size: int | None, count: int | None, seed: int, listener: Listener = ignore) -> Dataset:
    """The dataset of a name: what `artgan prepare` made, or "synthetic:...", or pictures as they are.

    A prepared folder is mapped into memory, not read. Pictures as they are (a folder, archive, TFRecord or pattern) are
    decoded into memory each time, by their middle square; what is damaged, or has no tags among pictures that have, is
    left out with a note. Those and drawn ones hold out a tenth.

    Args:
        name: a path, a pattern, or the name of a synthetic set.
        size: the side of the squares; None takes that of the folder, or 64. Prepared squares are only made smaller.
        count: take so many pictures only, chosen with `seed`; of a synthetic set the first.
        seed: of that choice.
        listener: is told what was left out.

    Raises:
        UsageError: there is no such dataset (with the command that makes one), or its squares are too small.
        ArtganError: a file of the dataset is damaged.
    """
    path = Path(name)
    if is_synthetic(name) and not path.exists():
        return _drawn(name, size or DEFAULT_SIZE, count).dataset()
    if (path / DATASET).is_file():
        pictures = _prepared(path, size)
    elif journal_path(path).is_file():
        raise UsageError(f"{quoted(name)} is an unfinished dataset: repeat its artgan prepare, which goes on")
    elif path.exists() or has_magic(name):
        pictures = _raw(name, size or DEFAULT_SIZE, listener)
    else:
        raise UsageError(_no_dataset(path))
    return pictures.part(count, seed).dataset()


def are_tagged(items: Sequence[Item]) -> bool:
    """Whether tags are known of at least half of a collection: words of a few pictures do not make it a tagged one."""
    return bool(items) and 2 * sum(item.tags is not None for item in items) >= len(items)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Pictures:
    """A dataset before a part of it is chosen.

    Attributes:
        held_out: (N,) whether each is held out.
        origins: what is known of each: "license" and "ai_training" are looked at.
        mark: the fingerprint, where it is known already.
    """

    name: str
    pixels: NDArray[np.uint8]
    tags: NDArray[np.uint8] | None
    vocabulary: Vocabulary | None
    held_out: NDArray[np.bool_]
    origins: Sequence[Mapping[str, Any]]
    mark: str | None = None

    def part(self, count: int | None, seed: int) -> "_Pictures":
        """So many of the pictures, in the same order."""
        if count is None or count >= len(self.pixels):
            return self
        chosen = np.sort(np.random.default_rng(seed).permutation(len(self.pixels))[:count])
        return replace(
            self,
            pixels=self.pixels[chosen],
            tags=None if self.tags is None else self.tags[chosen],
            held_out=self.held_out[chosen],
            origins=[self.origins[number] for number in chosen.tolist()],
            mark=None,
        )

    def dataset(self) -> Dataset:
        licences = Counter(str(origin.get("license") or "unknown") for origin in self.origins)
        ai_training = Counter(str(origin.get("ai_training") or "unknown") for origin in self.origins)
        return Dataset(
            name=self.name,
            pixels=self.pixels,
            tags=self.tags,
            vocabulary=self.vocabulary,
            train=np.flatnonzero(~self.held_out),
            held_out=np.flatnonzero(self.held_out),
            fingerprint=self.mark or fingerprint(self.pixels, self.tags),
            licences=dict(sorted(licences.items())),
            ai_training=dict(sorted(ai_training.items())),
        )


def _drawn(name: str, size: int, count: int | None) -> _Pictures:
    spec = parse_synthetic(name)
    if count is not None and count < spec.n:
        spec = replace(spec, n=count)
    pixels, tags = draw(spec, size=size)
    first_held_out = spec.n - int(spec.n * HELD_OUT)
    return _Pictures(
        name=spec.name,
        pixels=pixels,
        tags=tags,
        vocabulary=None if tags is None else ANIME,
        held_out=np.arange(spec.n) >= first_held_out,
        origins=[DRAWN] * spec.n,
    )


def _prepared(folder: Path, size: int | None) -> _Pictures:
    facts = read_facts(folder)
    own_size = int(facts["size"])
    if size is not None and size > own_size:
        raise UsageError(
            f"{quoted(folder)} holds squares of {own_size} px, and {size} are asked for: prepare the pictures anew, "
            f"artgan prepare INPUT... --size {size} -o {folder}-{size}"
        )
    rows = read_manifest(folder / MANIFEST)
    try:
        vocabulary = None if facts["vocabulary"] is None else Vocabulary.from_json(facts["vocabulary"])
        tags = tag_vectors(rows, vocabulary)
        files = [str(row["file"]) for row in rows]
        held_out = np.array([row["split"] == "held-out" for row in rows])
    except (KeyError, ValueError, TypeError, AttributeError):
        raise ManifestError(
            f"{quoted(folder / MANIFEST)} is damaged or empty: prepare the dataset again with --force"
        ) from None
    pixels, mark = _decoded(folder, files, own_size, tags)
    if size is not None and size < own_size:
        pixels, mark = _smaller(pixels, size), None
    return _Pictures(
        name=str(facts["name"]),
        pixels=pixels,
        tags=tags,
        vocabulary=vocabulary,
        held_out=held_out,
        origins=rows,
        mark=mark,
    )


def _decoded(
    folder: Path, files: Sequence[str], size: int, tags: NDArray[np.uint8] | None
) -> tuple[NDArray[np.uint8], str | None]:
    """The pixels in the cache, which is written first where it is missing or stale; in memory in a read-only folder."""
    manifest = manifest_sha256(folder)
    shape = (len(files), size, size, 3)
    cached = read_cache(folder, manifest)
    if cached is None or cached[0].shape != shape:
        with suppress(OutputError):
            write_cache(folder, files, size, tags, manifest)
        cached = read_cache(folder, manifest)
    if cached is not None and cached[0].shape == shape:
        return cached
    return np.stack([read_pixels(folder / file, size) for file in files]), None


def _smaller(pixels: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """All squares at another side, by Lanczos' filter as when they were cut."""
    out = np.empty((len(pixels), size, size, 3), dtype=np.uint8)
    for number, picture in enumerate(pixels):
        out[number] = np.asarray(Image.fromarray(picture).resize((size, size), Image.Resampling.LANCZOS))
    return out


def _raw(name: str, size: int, listener: Listener) -> _Pictures:
    items = find_items([name], vocabulary=ANIME, tags_file=None)
    tagged = are_tagged(items)
    kept: list[Item] = []
    pixels, held_out = [], []
    for item in items:
        if tagged and keep_tagged(item.tags, vocabulary=ANIME, strict=False) is not None:
            continue
        try:
            data = read_item(item)
            picture, _ = decode_rgb8(data, quoted(item.key), at_least=size)
        except PictureError:
            continue
        (box,) = find_boxes(picture, "center", size=size)
        pixels.append(cut(picture, box, size))
        held_out.append(assign(sha256(data).hexdigest(), fraction_held_out=HELD_OUT, seed=0) == "held-out")
        kept.append(item)
    if not kept:
        raise UsageError(f"no picture of {quoted(name)} can be used; artgan prepare {name} --dry-run says why")
    if left_out := len(items) - len(kept):
        listener(Note(text=f"{left_out} of {len(items)} pictures of {name} left out: damaged, or without tags"))
    return _Pictures(
        name=Path(name).name,
        pixels=np.stack(pixels),
        tags=np.stack([ANIME.encode(item.tags or {}) for item in kept]) if tagged else None,
        vocabulary=ANIME if tagged else None,
        held_out=np.array(held_out),
        origins=[item.record for item in kept],
    )


def _no_dataset(path: Path) -> str:
    """The next command of someone whose dataset is not there."""
    known = sorted(facts.parent.name for facts in path.parent.glob(f"*/{DATASET}")) if path.parent.is_dir() else []
    hint = did_you_mean(path.name, known)
    return (
        f"there is no dataset {quoted(path)}.{hint} artgan prepare INPUT... -o {path} makes one of your pictures; "
        "synthetic:faces needs none"
    )
