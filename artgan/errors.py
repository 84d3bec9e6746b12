"""The errors artgan knows: each is one line for the user and carries its exit code. Standard library only."""

from collections.abc import Iterable
from difflib import get_close_matches
from enum import IntEnum


class ExitCode(IntEnum):
    """What the process returns; listed in docs/cli.md."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    SOME_ITEMS_FAILED = 3
    INTERRUPTED = 130


class ArtganError(Exception):
    """A known failure. `str(error)` is one line that names the cause and, where there is one, the mend."""

    exit_code: ExitCode = ExitCode.FAILED


class UsageError(ArtganError):
    """The command was asked for something it does not offer."""

    exit_code = ExitCode.USAGE


class PictureError(ArtganError):
    """A picture cannot be read, or is not one."""


class OutputError(ArtganError):
    """A result cannot be written: it exists already, the disk is full, the folder is read-only."""


class WeightsError(ArtganError):
    """Weights or a checkpoint are missing, damaged or of another kind."""


class NetworkError(ArtganError):
    """A download failed."""


class DeviceError(ArtganError):
    """The device asked for is not there, or has run out of memory."""


class DivergedError(ArtganError):
    """An optimisation left the finite numbers."""


def did_you_mean(wrong: str, known: Iterable[str]) -> str:
    """A suggestion to put behind an error: " Did you mean 'relu4_2'?", or nothing when nothing is close."""
    close = get_close_matches(wrong, list(known), n=1)
    return f" Did you mean '{close[0]}'?" if close else ""
