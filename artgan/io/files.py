"""Files in and out: whole or not at all, with errors in one line. Knows nothing of pictures."""

import errno
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from os import W_OK, X_OK, access, fsync, strerror
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO

from artgan.errors import OutputError, PictureError, did_you_mean

MAX_BYTES = 2**30
"""No input is read beyond this many bytes: an endless pipe must not fill the memory."""

TEMPORARY = ".artgan-*.part"
"""The names of files that are being written, or were when a process was killed."""

_CHUNK = 2**20
_NAMES_COMPARED = 5000

_CAUSES = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "the file is larger than the file system or the limit of this process allows",
    errno.EROFS: "the file system is read-only",
    errno.ENAMETOOLONG: "the name is too long",
    errno.ENOTDIR: "a folder of its path is a file",
    errno.EISDIR: "it is a folder",
    errno.ELOOP: "its symbolic links run in a circle",
    errno.EIO: "the device reports an input/output error",
}
# An OSError inside the block of `atomic_writer` may come from anywhere; these come from writing only.
_WRITE_ERRORS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS}


def quoted(name: Path | str) -> str:
    """The name between quotes, on one line and printable: control and undecodable characters are escaped."""
    text = str(name)
    plain = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return f"'{plain}'"


@contextmanager
def atomic_writer(path: Path, *, force: bool, durable: bool = True) -> Iterator[BinaryIO]:
    """Write `path` whole or not at all.

    The bytes go to a temporary file in the same folder, are flushed to the disk, and the file is renamed when
    the block ends well; it gets the mode that the umask leaves. When the block raises, Ctrl-C included, the
    temporary file and the folders made for it are removed, and what stood at `path` is untouched. A symbolic
    link is followed: its target is replaced, the link stays.

    Without `durable` the flush to the disk is left to the system, which is many times faster: a kill does no harm, but
    after a loss of power the file may be empty. For one of many files that are checked before they are relied on.

    Raises:
        OutputError: `path` exists and `force` is false, is a folder or device, or cannot be written (no
            permission, read-only, disk full, name too long).
    """
    check_writable(path, force=force)
    target = path.resolve() if path.is_symlink() else path
    # A name of its own, short: one derived from the target's could exceed what the file system allows.
    temporary = target.parent / TEMPORARY.replace("*", token_hex(8))
    made: list[Path] = []
    stream: BinaryIO | None = None
    try:
        try:
            made = _make_folder(target.parent)
            stream = temporary.open("xb")
        except OSError as error:
            raise _cannot_write(path, error) from error
        try:
            yield stream
        except OSError as error:
            if error.errno in _WRITE_ERRORS:
                raise _cannot_write(path, error) from error
            raise
        try:
            stream.flush()
            if durable:
                fsync(stream.fileno())
            stream.close()
            check_writable(path, force=force)  # another process may have been faster
            temporary.replace(target)
        except OSError as error:
            raise _cannot_write(path, error) from error
    except BaseException:
        if stream is not None:
            with suppress(OSError):
                stream.close()  # a full disk fails here once more
        with suppress(OSError):
            temporary.unlink()
        for folder in reversed(made):
            with suppress(OSError):
                folder.rmdir()
        raise


def check_writable(path: Path, *, force: bool) -> None:
    """Raise OutputError when `path` cannot be written as `atomic_writer` would, creating nothing.

    Meant for the start of a command, before minutes of work are spent on a result that has no place.
    """
    try:
        if path.is_symlink():
            path = path.resolve(strict=False)
        mode = _mode(path)
    except (OSError, RuntimeError, ValueError) as error:  # RuntimeError: Python 3.11 on a circle of links
        raise _cannot_write(path, error) from error
    if mode is not None:
        if stat.S_ISDIR(mode):
            raise OutputError(f"cannot write {quoted(path)}: it is a folder; give the name of a file")
        if not stat.S_ISREG(mode):
            raise OutputError(f"cannot write {quoted(path)}: it is a device or pipe; - writes to standard output")
        if not force:
            raise OutputError(f"{quoted(path)} exists already; give --force to replace it or another --out")
    folder = path.parent
    try:
        while (mode := _mode(folder)) is None and folder != folder.parent:
            folder = folder.parent
    except OSError as error:
        raise _cannot_write(path, error) from error
    if mode is None or not stat.S_ISDIR(mode):
        raise OutputError(f"cannot write {quoted(path)}: {quoted(folder)} is not a folder")
    if not access(folder, W_OK | X_OK):
        raise OutputError(f"cannot write {quoted(path)}: the folder {quoted(folder)} is read-only")


def read_bytes(path: Path) -> bytes:
    """All bytes of a file, or of a pipe such as a shell's `<(command)`.

    Raises:
        PictureError: it is missing (with the nearest name in its folder), a folder, not permitted, or longer
            than MAX_BYTES.
    """
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise PictureError(f"cannot read {quoted(path)}: it is a folder, and one file is wanted here")
        with path.open("rb") as stream:
            return read_stream(stream, quoted(path))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise PictureError(f"cannot read {quoted(path)}: {no_such_file(path)}") from error
    except PermissionError as error:
        raise PictureError(f"cannot read {quoted(path)}: permission denied") from error
    except (OSError, ValueError) as error:
        raise PictureError(f"cannot read {quoted(path)}: {_cause(error)}") from error


def read_stream(stream: BinaryIO, label: str) -> bytes:
    """All bytes of an open stream; PictureError, which calls it `label`, beyond MAX_BYTES."""
    chunks: list[bytes] = []
    length = 0
    while chunk := stream.read(_CHUNK):
        chunks.append(chunk)
        length += len(chunk)
        if length > MAX_BYTES:
            raise PictureError(f"cannot read {label}: it is longer than {MAX_BYTES // 2**20} MiB")
    return b"".join(chunks)


def write_stream(stream: BinaryIO, data: bytes) -> None:
    """Write and flush to a pipe or redirected file. Raises OutputError, but BrokenPipeError when the reader left."""
    try:
        stream.write(data)
        stream.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(f"cannot write to standard output: {_cause(error)}") from error


def no_such_file(path: Path) -> str:
    """Why `path` is not there: "no such file", with the nearest name in its folder, or the missing folder."""
    folder = path.parent
    try:
        if not folder.is_dir():
            return f"there is no folder {quoted(folder)}"
        names = [entry.name for entry in islice(folder.iterdir(), _NAMES_COMPARED) if entry.is_file()]
    except OSError:
        return "no such file"
    other_case = [name for name in names if name.casefold() == path.name.casefold()]
    if other_case:
        return f"no such file. Did you mean {quoted(other_case[0])}?"
    return f"no such file.{hint}" if (hint := did_you_mean(path.name, names)) else "no such file"


def _mode(path: Path) -> int | None:
    """The file mode of `path`, None when nothing is there."""
    try:
        return path.stat().st_mode
    except FileNotFoundError:
        return None


def _make_folder(folder: Path) -> list[Path]:
    """Create `folder` and its missing parents; those made, outermost first."""
    missing = [p for p in (folder, *folder.parents) if _mode(p) is None]
    folder.mkdir(parents=True, exist_ok=True)
    return missing[::-1]


def _cannot_write(path: Path, error: Exception) -> OutputError:
    if isinstance(error, PermissionError):
        return OutputError(f"cannot write {quoted(path)}: no permission to write in {quoted(path.parent)}")
    return OutputError(f"cannot write {quoted(path)}: {_cause(error)}")


def _cause(error: Exception) -> str:
    if isinstance(error, OSError) and error.errno is not None:
        return _CAUSES.get(error.errno) or strerror(error.errno).lower()
    if isinstance(error, RuntimeError):
        return _CAUSES[errno.ELOOP]
    return "the name holds a character that no file name can hold"
