"""One run at a time in a folder: a lock that the system takes away when the process ends, however it ends."""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from artgan.errors import OutputError
from artgan.io.files import check_writable, quoted

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

LOCK = ".artgan-lock"
"""The name of the file in the folder; it is there while a run is, and after a kill, when it means nothing."""

_TAKEN = {errno.EACCES, errno.EAGAIN, errno.EWOULDBLOCK, errno.EDEADLK}


@contextmanager
def only_run(folder: Path) -> Iterator[None]:
    """Hold `folder`, which is made if need be; at the end it is removed again if nothing is in it.

    On a file system that knows no locks, as some network shares are, nothing is held.

    Raises:
        OutputError: another process holds it, or the folder cannot be written.
    """
    path = folder / LOCK
    check_writable(path, force=True)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        stream = _hold(path)
    except OSError as error:
        raise OutputError(f"cannot write {quoted(path)}: {(error.strerror or str(error)).lower()}") from error
    if stream is None:
        raise OutputError(f"another artgan is writing into {quoted(folder)}: let it end first, or give another --out")
    try:
        yield
    finally:
        if sys.platform == "win32":  # an open file cannot be removed there
            stream.close()
        with suppress(OSError):
            path.unlink()
        stream.close()
        with suppress(OSError):
            folder.rmdir()


def _hold(path: Path) -> BinaryIO | None:
    """The open lock file; None when another process has it."""
    while True:
        stream = path.open("ab")
        try:
            _lock(stream)
        except OSError as error:
            if error.errno in _TAKEN:
                stream.close()
                return None
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(stream.fileno()), path.stat()):
                return stream
        stream.close()  # the run that held it ended, and removed the file, just before it was locked here


def _lock(stream: BinaryIO) -> None:
    if sys.platform == "win32":
        msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
