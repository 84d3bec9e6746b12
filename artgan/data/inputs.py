"""What `artgan prepare` reads: every picture in folders, archives and TFRecords, with what is known of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from artgan.data.archives import is_archive, read_member
from artgan.data.places import Archive, Folder, Place
from artgan.data.provenance import Provenance
from artgan.data.roots import find_roots, label_roots
from artgan.data.tagging import parse_tags
from artgan.data.vocabulary import Tags, Vocabulary
from artgan.errors import PictureError, UsageError
from artgan.io.files import quoted, read_bytes
from artgan.io.inputs import PICTURE_SUFFIXES, UNREAD_SUFFIXES, natural_key
from artgan.io.tfrecord import Frame, frames, is_tfrecord, json_features, parse_example, picture_feature, read_record

_PICTURES = PICTURE_SUFFIXES | UNREAD_SUFFIXES  # what is a picture and cannot be read is told, not passed over


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
        bytes: length of the encoded picture, where an archive or TFRecord tells it.
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
    bytes: int | None = None
    tags: Tags | None = None
    record: Mapping[str, Any] = field(default_factory=dict)


def find_items(
    inputs: Sequence[str], *, vocabulary: Vocabulary, tags_file: Path | None, without: Path | None = None
) -> list[Item]:
    """Every picture of the inputs once, in natural order; compressed tars in their own, in which they read quickly.

    An input is a picture, a folder (searched whole, hidden files left out), a zip or tar, a TFRecord, or a pattern
    such as "photos/**/*.jpg"; folders may hold all of these. `tags_file`, in either layout of
    `artgan.data.tagging`, replaces the tag files that would be found in and beside the inputs. `without` is a folder,
    there or not, that is not searched: where the result will be.

    Raises:
        UsageError: an input is no kind of picture, "-", empty, or in `without`; `tags_file` has no tag, or none for
            these pictures.
        PictureError: an input is missing, has no pictures, or a folder cannot be read.
        ManifestError: a manifest among the inputs is damaged.
    """
    given = _given_tags(tags_file, vocabulary) if tags_file else None
    search = _Search(vocabulary, given, None if without is None else without.resolve())
    roots = find_roots(inputs)
    labels = label_roots(list(roots))
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
    if item.member is not None and _is_container(item.member):
        raise PictureError(f"cannot read {label}: it is an archive within an archive; unpack the outer one first")
    if item.member is not None:
        return read_member(item.path, item.member, label)
    if is_archive(item.path):
        archive = Archive(item.path)
        raise PictureError(archive.damage or f"cannot read {label}: it is an archive")
    return read_bytes(item.path)


class _Search:
    """Collects items, each file once, with what they are sorted by."""

    def __init__(self, vocabulary: Vocabulary, given: Mapping[str, Tags] | None, without: Path | None) -> None:
        self._vocabulary = vocabulary
        self._given = given
        self._without = without
        self._seen: set[Path] = set()
        self.found: list[tuple[Any, Item]] = []

    def root(self, root: Path, label: str, names: list[str]) -> None:
        if self._without is not None and root.resolve().is_relative_to(self._without):
            raise UsageError(
                f"{quoted(root)} is where the dataset is to be, {quoted(self._without)}, or in it: give another --out"
            )
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
        if self._without is not None and self._without.is_dir():
            names = [name for name in names if not (folder.path / name).resolve().is_relative_to(self._without)]
        known = self._known(folder, names)
        if "" in below:  # what a manifest lists and is not there is a failed picture, not an unknown one
            names = list(dict.fromkeys([*names, *known.listed]))
        count = 0
        for name in names:
            path = folder.path / name
            is_picture = path.suffix.lower() in _PICTURES or name in named
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
        named = [name for name in archive.names() if known.is_known(name)]
        pictures = [name for name in named if Path(name).suffix.lower() in _PICTURES or _is_container(name)]
        if is_input and all(_is_container(name) for name in pictures):
            if pictures:
                raise PictureError(f"cannot read {quoted(path)}: it holds archives or TFRecords; unpack it first")
            if archive.damage:
                raise PictureError(archive.damage)
        if not self._is_new(path):
            return len(pictures)
        for number, name in enumerate(pictures):
            item = Item(
                key=_key(f"{label}!/{name}"),
                path=path,
                member=name,
                bytes=archive.size(name),
                tags=known.tags(name),
                record=known.record(name),
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
                self._add(_record_item(path, frame, _key(f"{label}#{number}")))
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


def _record_item(path: Path, frame: Frame, key: str) -> Item:
    """The item of a record with all its features but the picture; with none when it is damaged: `read_item` tells."""
    item = Item(key=key, path=path, offset=frame.offset, length=frame.length)
    try:
        features = parse_example(read_record(path, frame, quoted(key)), quoted(key))
    except PictureError:
        return item
    name = picture_feature(features)
    picture = None if name is None else features[name][0]
    others = {other: values for other, values in features.items() if other != name}
    return replace(
        item,
        bytes=len(picture) if isinstance(picture, bytes) else None,
        record={"features": json_features(others)} if others else {},
    )


def _is_container(name: str) -> bool:
    """Whether an archive's member holds pictures itself: they are not reached, and must not be lost in silence."""
    return is_archive(Path(name)) or is_tfrecord(Path(name))


def _key(text: str) -> str:
    """A name that is no Unicode is escaped: keys are written to manifests."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _given_tags(path: Path, vocabulary: Vocabulary) -> dict[str, Tags]:
    tags = parse_tags(read_bytes(path), vocabulary)
    if not any(tags.values()):
        raise UsageError(f"no line of {quoted(path)} has an id and a tag of the vocabulary ({vocabulary})")
    return tags
