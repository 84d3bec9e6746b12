"""Where inputs lead: the folders, archives and TFRecords that are searched, and a short name for each."""

from collections.abc import Iterator, Sequence
from fnmatch import fnmatch
from glob import glob, has_magic
from os.path import abspath
from pathlib import Path, PurePosixPath

from artgan.data.archives import is_archive
from artgan.data.places import Folder
from artgan.errors import PictureError, UsageError
from artgan.io.files import no_such_file, quoted
from artgan.io.inputs import PICTURE_SUFFIXES, UNREAD_SUFFIXES
from artgan.io.tfrecord import is_tfrecord

_NO_PICTURES = {
    ".csv": "a table of tags is given by --tags",
    ".json": "give the folder it is in",
    ".jsonl": "give the folder it is in",
    ".txt": "give pictures, folders or archives",
    ".rar": "unpack it first; zip and tar are read as they are",
    ".7z": "unpack it first; zip and tar are read as they are",
    ".gz": "unpack it first (gzip -d); .tar.gz is read as it is",
}


def find_roots(inputs: Sequence[str]) -> dict[Path, list[str]]:
    """Folders with the names wanted in them, "" for the whole; archives and TFRecords, which stand for themselves.

    Raises:
        UsageError: an input is no kind of picture, "-", or empty.
        PictureError: an input is missing, or a pattern matches nothing.
    """
    roots: dict[Path, list[str]] = {}
    for text in inputs:
        for root, name in _locate(text):
            roots.setdefault(root, []).append(name)
    return roots


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
    for found in _globbed(path):
        if is_archive(found) or is_tfrecord(found):
            yield _root_of(found)
        elif found.is_dir() or found.suffix.lower() in PICTURE_SUFFIXES | UNREAD_SUFFIXES:
            name = found.relative_to(root).as_posix()
            yield root, "" if name == "." else name
        else:
            continue
        count += 1
    if not count:
        raise PictureError(f"no picture, folder or archive matches {quoted(pattern)}")


def _globbed(pattern: Path) -> Iterator[Path]:
    """The files and folders an absolute pattern matches, hidden ones left out.

    Behind "**" each folder is looked at once: Python's own `glob` follows links that lead upwards for hours.
    """
    parts = pattern.parts
    start = parts.index("**") if "**" in parts else len(parts)
    for match in glob(str(Path(*parts[:start]))):  # noqa: PTH207 (Path.glob takes no absolute pattern)
        head = Path(abspath(match))  # noqa: PTH100
        if start == len(parts):
            yield head
        elif head.is_dir():
            names = [PurePosixPath(name) for name in Folder(head).names()]
            below = dict.fromkeys(one for name in names for one in (name, *name.parents))
            yield from (head / name for name in below if _fits(name.parts, parts[start:]))


def _fits(names: Sequence[str], patterns: Sequence[str]) -> bool:
    """Whether the parts of a path fit those of a pattern, where "**" is any number of parts."""
    if not patterns:
        return not names
    if patterns[0] == "**":
        return any(_fits(names[start:], patterns[1:]) for start in range(len(names) + 1))
    return bool(names) and fnmatch(names[0], patterns[0]) and _fits(names[1:], patterns[1:])


def _root_of(path: Path) -> tuple[Path, str]:
    return (path, "") if path.is_file() and (is_archive(path) or is_tfrecord(path)) else (path.parent, path.name)


def label_roots(roots: Sequence[Path]) -> dict[Path, str]:
    """A short name for each: its own, with as many of the folders above as tell those of one name apart."""
    labels = {root: _label(root, _least_length(root, roots)) for root in roots}
    while True:
        # The folder "a" must not hold what another input, called "a/photos", seems to hold.
        unclear = [
            root
            for root in roots
            if any(labels[other].startswith(f"{labels[root]}/") and root not in other.parents for other in roots)
        ]
        longer = {root: _label(root, labels[root].count("/") + 2) for root in unclear}
        if all(labels[root] == label for root, label in longer.items()):
            return labels
        labels |= longer


def _least_length(root: Path, roots: Sequence[Path]) -> int:
    parts = root.parts
    same = [other.parts for other in roots if other != root and other.name == root.name]
    length = 1
    while length < len(parts) and any(other[-length:] == parts[-length:] for other in same):
        length += 1
    return length


def _label(root: Path, length: int) -> str:
    return "/".join(part.strip("/\\") for part in root.parts[-length:])
