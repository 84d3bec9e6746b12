"""Where pictures lie: folders with their subfolders, and archives, seen alike as files with relative names."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from artgan.data.archives import is_visible, list_archive, read_member
from artgan.errors import PictureError
from artgan.io.files import quoted, read_bytes
from artgan.io.inputs import natural_key


class Place(Protocol):
    """A folder or an archive. Names are relative to it, with slashes between their parts."""

    path: Path
    is_folder: bool

    def names(self) -> Sequence[str]:
        """All visible files: in natural order, in an archive that is read in sequence in its own."""

    def has(self, name: str) -> bool:
        """Whether there is such a file."""

    def read(self, name: str) -> bytes:
        """The bytes of a file. Raises PictureError when it cannot be read."""


class Folder:
    """A folder and all below it."""

    is_folder = True

    def __init__(self, path: Path) -> None:
        self.path = path

    def names(self, below: str = "") -> list[str]:
        """All visible files, or those below a subfolder. Links to folders are followed, each folder once."""
        found: list[str] = []
        seen: set[tuple[int, int]] = set()
        folders, links = [below], list[str]()
        while folders or links:
            # Real folders first: a file keeps the same name when a link to its folder is added.
            name = folders.pop() if folders else links.pop()
            try:
                state = (self.path / name).stat()
                if (state.st_dev, state.st_ino) in seen:
                    continue
                seen.add((state.st_dev, state.st_ino))
                for entry in (self.path / name).iterdir():
                    if entry.name.startswith("."):
                        continue
                    inner = f"{name}/{entry.name}" if name else entry.name
                    if not entry.is_dir():
                        found.append(inner)
                    else:
                        (links if entry.is_symlink() else folders).append(inner)
            except OSError as error:
                raise PictureError(
                    f"cannot read the folder {quoted(self.path / name)}: {(error.strerror or str(error)).lower()}"
                ) from error
            links.sort(key=natural_key, reverse=True)
        return sorted((name for name in found if (self.path / name).is_file()), key=natural_key)

    def has(self, name: str) -> bool:
        """Whether there is such a file."""
        return (self.path / name).is_file()

    def read(self, name: str) -> bytes:
        """The bytes of a file. Raises PictureError when it cannot be read."""
        return read_bytes(self.path / name)


class Archive:
    """A zip or tar; what is damaged in it is missing from its names.

    Attributes:
        damage: why the rest of the archive is lost, in one line; None when it is whole.
        sequential: whether it is read quickly in the order of its names only.
    """

    is_folder = False

    def __init__(self, path: Path) -> None:
        self.path = path
        listing = list_archive(path)
        self.damage = listing.damage
        self.sequential = listing.sequential
        visible = [name for name in listing.sizes if is_visible(name)]
        self._names = visible if listing.sequential else sorted(visible, key=natural_key)
        self._sizes = listing.sizes

    def names(self) -> list[str]:
        """All visible files: in natural order, in an archive that is read in sequence in its own."""
        return self._names

    def has(self, name: str) -> bool:
        """Whether there is such a file."""
        return name in self._sizes and is_visible(name)

    def size(self, name: str) -> int:
        """The length of a file in bytes, as the archive has it. Raises KeyError for one that is not there."""
        return self._sizes[name]

    def read(self, name: str) -> bytes:
        """The bytes of a file. Raises PictureError when it cannot be read."""
        return read_member(self.path, name, quoted(f"{self.path}!/{name}"))
