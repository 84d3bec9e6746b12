"""Files inside of zip and tar archives, read where they lie: nothing is unpacked to the disk, names are only names."""

import atexit
import os
import tarfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from threading import Lock
from typing import BinaryIO, cast

from artgan.errors import PictureError
from artgan.io.files import MAX_BYTES, no_such_file, quoted, read_stream

_ZIP_SUFFIXES = (".zip",)
_TAR_SUFFIXES = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
_OPEN_AT_ONCE = 4


def is_archive(path: Path) -> bool:
    """Whether the name is one of a zip, or of a tar, compressed or not."""
    return path.name.lower().endswith(_ZIP_SUFFIXES + _TAR_SUFFIXES)


@dataclass(frozen=True, kw_only=True)
class Listing:
    """What an archive holds.

    Attributes:
        sizes: the regular files, as the archive spells them, and their lengths in bytes, unpacked; each once, the last
            of a name counts.
        sequential: reading out of this order is slow, for a compressed tar is unpacked from its start each time.
        damage: why the rest of the archive is lost, in one line; None when it is whole.
    """

    sizes: Mapping[str, int]
    sequential: bool
    damage: str | None


def list_archive(path: Path) -> Listing:
    """The files in an archive, as far as it can be read; never raises for a damaged one."""
    with _archives.using(path) as archive:
        return archive.listing


def read_member(path: Path, name: str, label: str) -> bytes:
    """The bytes of one file in an archive; `label` names it in errors.

    The archive stays open for the next call of this process.

    Raises:
        PictureError: the archive or the member is missing, damaged, encrypted, or longer than MAX_BYTES.
    """
    with _archives.using(path) as archive:
        return archive.read(name, label)


def is_visible(name: str) -> bool:
    """Whether no part of a path is hidden; macOS puts a hidden twin of every file into its archives."""
    return not any(part.startswith(".") or part == "__MACOSX" for part in PurePosixPath(name).parts if part != "..")


class _Archive:
    """An open archive: a table of members, and how to open one."""

    def __init__(self, path: Path) -> None:
        self._label = quoted(path)
        self._members: dict[str, zipfile.ZipInfo | tarfile.TarInfo] = {}
        self._archive: zipfile.ZipFile | tarfile.TarFile | None = None
        is_tar = path.name.lower().endswith(_TAR_SUFFIXES)
        damage = None
        try:
            if is_tar:
                self._archive = tarfile.open(path)  # noqa: SIM115 (stays open; `close` ends it)
                for entry in self._archive:
                    if entry.isreg():
                        self._members[entry.name] = entry
                # A plain tar cut between two files still reads well: only the empty block at its end is missing.
                if path.suffix.lower() == ".tar" and path.stat().st_size < self._archive.offset + tarfile.BLOCKSIZE:
                    raise tarfile.ReadError
            else:
                self._archive = zipfile.ZipFile(path)
                self._members = {info.filename: info for info in self._archive.infolist() if not info.is_dir()}
        except FileNotFoundError:
            damage = f"cannot read {self._label}: {no_such_file(path)}"
        except PermissionError:
            damage = f"cannot read {self._label}: permission denied"
        except Exception:  # damaged headers and compressed streams make these readers raise anything
            damage = f"cannot read {self._label}: the archive is damaged or incomplete, or no archive"
        sequential = isinstance(self._archive, tarfile.TarFile) and not path.name.lower().endswith(".tar")
        sizes = {name: _size(member) for name, member in self._members.items()}
        self.listing = Listing(sizes=sizes, sequential=sequential, damage=damage)

    def read(self, name: str, label: str) -> bytes:
        member = self._members.get(name)
        if member is None or self._archive is None:
            raise PictureError(self.listing.damage or f"cannot read {label}: it is not in the archive")
        size = _size(member)
        if size > MAX_BYTES:
            raise PictureError(f"cannot read {label}: it is longer than {MAX_BYTES // 2**20} MiB")
        if isinstance(member, zipfile.ZipInfo) and member.flag_bits & 1:
            raise PictureError(f"cannot read {label}: it is encrypted; unpack the archive with its password first")
        try:
            with self._open(member) as stream:
                data = read_stream(stream, label)
        except PictureError:
            raise
        except NotImplementedError as error:
            raise PictureError(
                f"cannot read {label}: it is packed in an unusual way; unpack the archive first"
            ) from error
        except Exception as error:  # damaged streams make the decompressors raise anything
            raise PictureError(f"cannot read {label}: the archive is damaged here") from error
        if len(data) != size:
            raise PictureError(f"cannot read {label}: the archive is damaged here")
        return data

    def _open(self, member: zipfile.ZipInfo | tarfile.TarInfo) -> BinaryIO:
        if isinstance(member, zipfile.ZipInfo):
            return cast(BinaryIO, cast(zipfile.ZipFile, self._archive).open(member))
        stream = cast(tarfile.TarFile, self._archive).extractfile(member)
        if stream is None or member.issparse():  # a sparse file of a few bytes may claim to be endless
            raise NotImplementedError
        return cast(BinaryIO, stream)

    def close(self) -> None:
        if self._archive is not None:
            self._archive.close()


def _size(member: zipfile.ZipInfo | tarfile.TarInfo) -> int:
    return member.file_size if isinstance(member, zipfile.ZipInfo) else member.size


class _OpenArchives:
    """The archives this process used last. A forked process opens its own: a shared file has one position."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._process = os.getpid()
        self._open: dict[tuple[Path, int, int], _Archive] = {}

    @contextmanager
    def using(self, path: Path) -> Iterator[_Archive]:
        """The archive, for one thread at a time: a tar has one position, too."""
        if self._process != os.getpid():
            self._lock, self._process, self._open = Lock(), os.getpid(), {}
        with self._lock:
            try:
                state = path.stat()
                key = path, state.st_mtime_ns, state.st_size
            except OSError:
                key = path, 0, 0  # opening it tells why
            archive = self._open.pop(key, None) or _Archive(path)
            self._open[key] = archive  # the last used at the end
            while len(self._open) > _OPEN_AT_ONCE:
                self._open.pop(next(iter(self._open))).close()
            yield archive

    def close(self) -> None:
        with self._lock:
            while self._open:
                self._open.popitem()[1].close()


_archives = _OpenArchives()
atexit.register(_archives.close)
