"""What `artgan prepare` reads: every picture in folders, archives and TFRecords, with what is known of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from glob import glob, has_magic
from os.path import abspath
from pathlib import Path
from typing import Any

from artgan.data.archives import is_archive, read_member
from artgan.data.places import Archive, Folder, Place
from artgan.data.provenance import Provenance
from artgan.data.tagging import parse_tags
from artgan.data.vocabulary import Tags, Vocabulary
from artgan.errors import PictureError, UsageError
from artgan.io.files import no_such_file, quoted, read_bytes
from artgan.io.inputs import PICTURE_SUFFIXES, natural_key
from artgan.io.tfrecord import Frame, frames, is_tfrecord, json_features, parse_example, picture_feature, read_record

_NO_PICTURES = {
    ".csv": "a table of tags is given by --tags",
    ".json": "give the folder it is in",
    ".jsonl": "give the folder it is in",
    ".txt": "give pictures, folders or archives",
    ".rar": "unpack it first; zip and tar are read as they are",
    ".7z": "unpack it first; zip and tar are read as they are",
    ".gz": "unpack it first (gzip -d); .tar.gz is read as it is",
}


@dataclass(frozen=True, kw_only=True)
class Item:
    """One picture, not yet read: small, and picklable, so that worker processes read the bytes themselves.

    A picture that cannot be read is an item too: `read_item` tells why.

    Attributes:
        key: names it among all inputs, and stays the same whatever their order and the working folder:
            "photos/sub/a.jpg", "monet.zip!/x.jpg", "monet00-60.tfrec#17".
        path: the file, archive or TFRecord.
        member: its name in an archive.
        offset: where its frame begins in a TFRecord.
        length: of the record's data in bytes.
        tags: by group; None when nothing is known of tags, {} when a tag file knows it and none of the vocabulary's
            tags is said.
        record: where it is from: the fields `artgan.io.manifest.PROVENANCE` that are known, and "features", those of a
            TFRecord beside the picture.
    """

    key: str
    path: Path
    member: str | None = None
    offset: int | None = None
    length: int | None = None
    tags: Tags | None = None
    record: Mapping[str, Any] = field(default_factory=dict)


def find_items(inputs: Sequence[str], *, vocabulary: Vocabulary, tags_file: Path | None) -> list[Item]:
    """Every picture of the inputs once, in natural order; compressed tars in their own, in which they read quickly.

    An input is a picture, a folder (searched whole, hidden files left out), a zip or tar, a TFRecord, or a pattern
    such as "photos/**/*.jpg"; folders may hold all of these. `tags_file`, in either layout of
    `artgan.data.tagging`, replaces the tag files that would be found in and beside the inputs.

    Raises:
        UsageError: an input is no kind of picture, "-", or empty; `tags_file` has no tag, or none for these pictures.
        PictureError: an input is missing, has no pictures, or a folder cannot be read.
        ManifestError: a manifest among the inputs is damaged.
    """
    given = _given_tags(tags_file, vocabulary) if tags_file else None
    search = _Search(vocabulary, given)
    roots: dict[Path, list[str]] = {}  # folders, archives and TFRecords, and the names given in a folder
    for text in inputs:
        for root, name in _locate(text):
            roots.setdefault(root, []).append(name)
    labels = _labels(list(roots))
    # Outer folders first: a picture that several inputs reach has the same key in whatever order they are given.
    for root in sorted(roots, key=lambda path: (len(path.parts), str(path))):
        search.root(root, labels[root], roots[root])
    if tags_file and not any(item.tags is not None for _, item in search.found):
        ours, theirs = quoted(search.found[0][1].key), quoted(next(iter(given or {})))
        raise UsageError(f"no id in {quoted(tags_file)} is the name of a picture: {theirs} is an id, {ours} a picture")
    return [item for _, item in sorted(search.found, key=lambda pair: pair[0])]


def read_item(item: Item) -> bytes:
    """The encoded picture. Archives stay open for the next call of this process.

    Raises PictureError, in one line, when it cannot be read.
    """
    label = quoted(item.key)
    if item.offset is not None:
        data = read_record(item.path, Frame(offset=item.offset, length=item.length or 0), label)
        features = parse_example(data, label)
        name = picture_feature(features)
        if name is None:
            raise PictureError(f"cannot read {label}: none of its features is a picture ({', '.join(features)})")
        picture = features[name][0]
        assert isinstance(picture, bytes)  # as picture_feature says
        return picture
    if item.member is not None:
        return read_member(item.path, item.member, label)
    if is_archive(item.path):
        archive = Archive(item.path)
        raise PictureError(archive.damage or f"cannot read {label}: it is an archive")
    return read_bytes(item.path)


class _Search:
    """Collects items, each file once, with what they are sorted by."""

    def __init__(self, vocabulary: Vocabulary, given: Mapping[str, Tags] | None) -> None:
        self._vocabulary = vocabulary
        self._given = given
        self._seen: set[Path] = set()
        self.found: list[tuple[Any, Item]] = []

    def root(self, root: Path, label: str, names: list[str]) -> None:
        if is_archive(root) and root.is_file():
            count = self._archive(root, label, is_input=True)
        elif is_tfrecord(root) and root.is_file():
            count = self._tfrecord(root, label)
        else:
            count = self._folder(Folder(root), label, names)
        if not count:
            raise PictureError(f"no pictures in {quoted(root)}")

    def _folder(self, folder: Folder, label: str, given_names: list[str]) -> int:
        named = [name for name in given_names if folder.has(name)]
        below = [name for name in given_names if name not in set(named)]  # subfolders; "" is the folder itself
        names = list(dict.fromkeys([*named, *(name for start in below for name in folder.names(start))]))
        known = self._known(folder, names)
        if "" in below:  # what a manifest lists and is not there is a failed picture, not an unknown one
            names = list(dict.fromkeys([*names, *known.listed]))
        count = 0
        for name in names:
            path = folder.path / name
            is_picture = path.suffix.lower() in PICTURE_SUFFIXES or name in named
            if not known.is_known(name) or not (is_picture or is_archive(path) or is_tfrecord(path)):
                continue
            key = _key(f"{label}/{name}")
            if is_archive(path):
                count += self._archive(path, key, is_input=False)
            elif is_tfrecord(path):
                count += self._tfrecord(path, key)
            else:
                count += 1
                if self._is_new(path):
                    self._add(Item(key=key, path=path, tags=known.tags(name), record=known.record(name)))
        return count

    def _archive(self, path: Path, label: str, *, is_input: bool) -> int:
        archive = Archive(path)
        known = self._known(archive, archive.names())
        pictures = [
            name for name in archive.names() if Path(name).suffix.lower() in PICTURE_SUFFIXES and known.is_known(name)
        ]
        if is_input and not pictures:
            if any(is_tfrecord(Path(name)) for name in archive.names()):
                raise PictureError(f"cannot read {quoted(path)}: it holds TFRecords; unpack it first")
            if archive.damage:
                raise PictureError(archive.damage)
        if not self._is_new(path):
            return len(pictures)
        for number, name in enumerate(pictures):
            item = Item(
                key=_key(f"{label}!/{name}"), path=path, member=name, tags=known.tags(name), record=known.record(name)
            )
            self._add(item, (natural_key(f"{label}!/"), number) if archive.sequential else None)
        if archive.damage:
            self._add(Item(key=_key(label), path=path))
        return len(pictures) + bool(archive.damage)

    def _tfrecord(self, path: Path, label: str) -> int:
        count = 0
        is_new = self._is_new(path)
        for number, frame in enumerate(frames(path)):
            count += 1
            if is_new:
                key = _key(f"{label}#{number}")
                record = _features(path, frame, key)
                self._add(Item(key=key, path=path, offset=frame.offset, length=frame.length, record=record))
        return count

    def _known(self, place: Place, names: Sequence[str]) -> Provenance:
        return Provenance(place, names, vocabulary=self._vocabulary, given=self._given)

    def _is_new(self, path: Path) -> bool:
        real = path.resolve()
        is_new = real not in self._seen
        self._seen.add(real)
        return is_new

    def _add(self, item: Item, place: tuple[Any, int] | None = None) -> None:
        self.found.append((place or (natural_key(item.key), 0), item))


def _features(path: Path, frame: Frame, label: str) -> dict[str, Any]:
    """What a record holds beside the picture; nothing when it is damaged, which `read_item` will tell."""
    try:
        features = parse_example(read_record(path, frame, quoted(label)), quoted(label))
    except PictureError:
        return {}
    picture = picture_feature(features)
    others = {name: values for name, values in features.items() if name != picture}
    return {"features": json_features(others)} if others else {}


def _locate(text: str) -> Iterator[tuple[Path, str]]:
    """Where an input leads: a folder and a name in it, "" for the whole; an archive or TFRecord stands for itself."""
    if text == "-":
        raise UsageError("prepare reads no standard input; give folders, archives or pictures")
    if not text:
        raise UsageError("an input is empty; give the name of a folder, archive or picture")
    path = Path(abspath(text))  # noqa: PTH100 (resolve would give links the name of their target)
    try:
        if path.is_dir():
            yield path, ""
            return
        if path.exists():
            if (mend := _NO_PICTURES.get(path.suffix.lower())) and not is_archive(path):
                raise UsageError(f"{quoted(text)} is no picture: {mend}")
            yield _root_of(path)
            return
    except (OSError, ValueError):  # a pattern can be longer than a name may be
        pass
    if not has_magic(text):
        raise PictureError(f"cannot read {quoted(text)}: {no_such_file(Path(text))}")
    yield from _matches(text, path)


def _matches(pattern: str, path: Path) -> Iterator[tuple[Path, str]]:
    """The pictures, archives and folders a pattern matches, as names in the folder where the pattern begins."""
    root = next(parent for parent in path.parents if not has_magic(str(parent)))
    count = 0
    # Not Path.glob: it takes no absolute pattern and matches hidden files.
    for match in glob(str(path), recursive=True):  # noqa: PTH207
        found = Path(abspath(match))  # noqa: PTH100
        if is_archive(found) or is_tfrecord(found):
            yield _root_of(found)
        elif found.is_dir() or found.suffix.lower() in PICTURE_SUFFIXES:
            name = found.relative_to(root).as_posix()
            yield root, "" if name == "." else name
        else:
            continue
        count += 1
    if not count:
        raise PictureError(f"no picture, folder or archive matches {quoted(pattern)}")


def _root_of(path: Path) -> tuple[Path, str]:
    return (path, "") if path.is_file() and (is_archive(path) or is_tfrecord(path)) else (path.parent, path.name)


def _key(text: str) -> str:
    """A name that is no Unicode is escaped: keys are written to manifests."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _labels(roots: list[Path]) -> dict[Path, str]:
    """A short name for each: its own, with as many of the folders above as tell those of one name apart."""
    labels = {}
    for root in roots:
        parts = root.parts
        same = [other.parts for other in roots if other != root and other.name == root.name]
        length = 1
        while length < len(parts) and any(other[-length:] == parts[-length:] for other in same):
            length += 1
        labels[root] = "/".join(part.strip("/\\") for part in parts[-length:])
    return labels


def _given_tags(path: Path, vocabulary: Vocabulary) -> dict[str, Tags]:
    tags = parse_tags(read_bytes(path), vocabulary)
    if not any(tags.values()):
        raise UsageError(f"no line of {quoted(path)} has an id and a tag of the vocabulary ({vocabulary})")
    return tags
