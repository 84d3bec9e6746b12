"""What is known of pictures before they are looked at: rows of manifests and tag files, in their place or beside it."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from artgan.data.places import Place
from artgan.data.tagging import TAG_FILES, parse_tags
from artgan.data.vocabulary import Tags, Vocabulary
from artgan.io.files import quoted, read_bytes
from artgan.io.manifest import MANIFEST, PROVENANCE, ManifestError, parse_manifest

_ABOVE = 3
"""So many folders above the given one a manifest is looked for: pictures must not lose their licence on the way."""


class Provenance:
    """Tags and origin of the pictures of one place.

    A manifest speaks for its folder and all below, up to the next one: what it does not list as fetched is no picture
    of the set. Tags come from the tag file given; else from the nearest one above the picture in its place; else from
    the manifest; else from a tag file beside the place.

    Attributes:
        listed: the files that manifests of this place list, in order.
    """

    def __init__(
        self, place: Place, names: Sequence[str], *, vocabulary: Vocabulary, given: Mapping[str, Tags] | None
    ) -> None:
        """Look for manifests and tag files in all folders that hold one of `names`, and around the place.

        Raises:
            ManifestError: a manifest is damaged, or names a file outside of its folder.
        """
        self._vocabulary = vocabulary
        self._given = given
        self._rows: dict[str, dict[str, dict[str, Any]]] = {}  # by folder, by name of the file in the place
        self._tag_files: dict[str, dict[str, Tags]] = {}  # by folder
        self._beside: dict[str, Tags] | None = None
        for folder in dict.fromkeys(folder for name in names for folder in _folders(name)):
            manifest = _join(folder, MANIFEST)
            if place.has(manifest) and _is_ours(rows := parse_manifest(place.read(manifest), manifest)):
                self._rows[folder] = _by_file(rows, manifest, folder)
            for tag_file in TAG_FILES if given is None else ():
                if folder not in self._tag_files and place.has(name := _join(folder, tag_file)):
                    self._tag_files[folder] = parse_tags(place.read(name), vocabulary)
        if place.is_folder and "" not in self._rows:
            self._look_above(place.path)
        for tag_file in TAG_FILES if given is None else ():
            if self._beside is None and (path := place.path.parent / tag_file).is_file():
                self._beside = parse_tags(read_bytes(path), vocabulary)
        self.listed = tuple(file for rows in self._rows.values() for file in rows)

    def is_known(self, name: str) -> bool:
        """Whether the manifest that speaks for this file lists it; true where there is no manifest."""
        folder = self._manifest_of(name)
        return folder is None or name in self._rows[folder]

    def record(self, name: str) -> dict[str, Any]:
        """What is known of a picture's origin: the fields PROVENANCE, and "features", those that are known."""
        row = self._row(name)
        return {key: row[key] for key in (*PROVENANCE, "features") if row.get(key) is not None}

    def tags(self, name: str) -> Tags | None:
        """The tags of a picture; None when nothing is known of them."""
        if self._given is not None:
            return _of(self._given, name)
        for folder in _folders(name):
            if folder in self._tag_files:
                return _of(self._tag_files[folder], name.removeprefix(f"{folder}/"))
        if (tags := self._tags_of_row(self._row(name).get("tags"))) is not None:
            return tags
        return _of(self._beside, name) if self._beside is not None else None

    def _row(self, name: str) -> dict[str, Any]:
        folder = self._manifest_of(name)
        return {} if folder is None else self._rows[folder].get(name, {})

    def _manifest_of(self, name: str) -> str | None:
        return next((folder for folder in _folders(name) if folder in self._rows), None)

    def _tags_of_row(self, tags: Any) -> Tags | None:
        """Those of a prepared folder (groups of values) as they are; those among the free words of a scraped one.

        Free words without a tag of the vocabulary say nothing: a portrait of "woman, smile" has hair all the same.
        """
        if isinstance(tags, dict):
            return {
                str(group): tuple(str(value) for value in values)
                for group, values in tags.items()
                if isinstance(values, list)
            }
        if isinstance(tags, list):
            return self._vocabulary.find(word for word in tags if isinstance(word, str)) or None
        return None

    def _look_above(self, folder: Path) -> None:
        for above in folder.parents[:_ABOVE]:
            if (path := above / MANIFEST).is_file():
                inside = folder.relative_to(above).as_posix()
                rows = _by_file(parse_manifest(read_bytes(path), str(path)), str(path), "")
                below = {
                    file.removeprefix(f"{inside}/"): row for file, row in rows.items() if file.startswith(f"{inside}/")
                }
                if below:
                    self._rows[""] = below
                return


def _is_ours(rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether rows tell of files; other tools, too, call lists of theirs manifest.jsonl."""
    return not rows or any("file" in row for row in rows)


def _by_file(rows: Sequence[Mapping[str, Any]], label: str, folder: str) -> dict[str, dict[str, Any]]:
    """The rows of pictures that are there, by the names of their files in the place."""
    found = {}
    for row in rows:
        file = row.get("file")
        if not isinstance(file, str) or not file or row.get("status", "ok") != "ok":
            continue
        path = PurePosixPath(file)
        if path.is_absolute() or ".." in path.parts or "\\" in file or "\0" in file:
            raise ManifestError(f"{quoted(label)} names a file outside of its folder: {quoted(file)}; remove that line")
        found[_join(folder, str(path))] = dict(row)
    return found


def _of(tags: Mapping[str, Tags], name: str) -> Tags | None:
    """The tags of a file, whose id is its name, with or without its folders."""
    path = PurePosixPath(name)
    full = tags.get(str(path.with_suffix("")))
    return full if full is not None else tags.get(path.stem)


def _folders(name: str) -> Iterator[str]:
    """The folders a file is in, from the nearest to the place itself, which is ""."""
    for parent in PurePosixPath(name).parents:
        yield "" if str(parent) == "." else str(parent)


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name
