"""What a user may give as inputs (files, folders, patterns, names, "-") becomes a list of single pictures."""

import re
from collections.abc import Callable, Sequence
from glob import glob, has_magic
from pathlib import Path

from artgan.errors import PictureError, UsageError
from artgan.io.files import no_such_file, quoted

# fmt: off
PICTURE_SUFFIXES = frozenset({
    ".avif", ".bmp", ".gif", ".jfif", ".jp2", ".jpe", ".jpeg", ".jpg", ".pbm", ".pgm", ".png", ".ppm", ".tga",
    ".tif", ".tiff", ".webp",
})
# fmt: on
"""What counts as a picture in a folder. A file named outright is read whatever its suffix."""

UNREAD_SUFFIXES = frozenset({".arw", ".cr2", ".cr3", ".dng", ".heic", ".heif", ".jxl", ".nef", ".orf", ".raf", ".rw2"})
"""Pictures of phones and cameras that Pillow cannot read."""


def expand_inputs(inputs: Sequence[str], *, is_named: Callable[[str], bool] = lambda _: False) -> list[str]:
    """Single inputs in the order given, without duplicates: paths of files, names, and "-" for stdin.

    A folder gives its pictures, not those of its subfolders, and a pattern its matches; both in natural order
    (img2 before img10), hidden files left out. An existing file wins over a pattern or name it could also be.
    `is_named` tells names that mean something without a file, such as "example:portrait"; they pass as they
    are.

    Raises:
        UsageError: "-" given twice, or an empty input.
        PictureError: a file is missing, a folder has no pictures, a pattern matches nothing.
    """
    if sum(text == "-" for text in inputs) > 1:
        raise UsageError("- (standard input) can be given once only")
    found: dict[str, str] = {}  # by absolute path, so that ./a.png and a.png are one
    for text in inputs:
        if text == "-":
            found.setdefault("-", "-")
            continue
        for item in _expand(text, is_named):
            found.setdefault(str(Path(item).absolute()) if _exists(Path(item)) else item, item)
    return list(found.values())


def natural_key(name: str) -> tuple[list[str | int], str]:
    """A key to sort names by as people do: digits by their number, letters without regard to case."""
    parts = re.split(r"([0-9]+)", name.casefold())
    return [int(part) if i % 2 else part for i, part in enumerate(parts)], name


def _expand(text: str, is_named: Callable[[str], bool]) -> list[str]:
    if not text:
        raise UsageError("an input is empty; give the name of a picture")
    path = Path(text)
    if _exists(path):
        return _in_folder(path) if path.is_dir() else [text]
    if is_named(text):
        return [text]
    if has_magic(text):
        return _matches(text)
    raise PictureError(f"cannot read {quoted(text)}: {no_such_file(path)}")


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a pattern can be longer than a name may be
        return False


def _in_folder(folder: Path) -> list[str]:
    try:
        names = [p.name for p in folder.iterdir() if not p.name.startswith(".") and _is_picture(p)]
    except OSError as error:
        raise PictureError(f"cannot read the folder {quoted(folder)}: permission denied") from error
    if not names:
        raise PictureError(f"no pictures in {quoted(folder)}")
    return [str(folder / name) for name in sorted(names, key=natural_key)]


def _matches(pattern: str) -> list[str]:
    """The files a pattern matches; where pictures are among them, only those: `dir/*` may hold a note too."""
    # Not Path.glob: it takes no absolute pattern and matches hidden files.
    matches = glob(pattern, recursive=True)  # noqa: PTH207
    files = [Path(match) for match in matches if Path(match).is_file()]
    if not files:
        raise PictureError(f"no file matches {quoted(pattern)}")
    chosen = [path for path in files if _is_picture(path)] or files
    return sorted((str(path) for path in chosen), key=natural_key)


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in PICTURE_SUFFIXES and path.is_file()
