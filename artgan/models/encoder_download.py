"""The one download of an encoder's weights: bounded, resumed, checked, and told of as it goes."""

import errno
import re
import time
from pathlib import Path

from urllib3 import Retry

from artgan.errors import NetworkError, WeightsError
from artgan.events import Downloading, Listener
from artgan.io.download import Limits, download, trusted
from artgan.io.failures import FetchError, Reason
from artgan.io.retries import PATIENT, Retries

_REPORT_SECONDS = 1.0
_LIMITS = Limits(max_bytes=2**30, seconds=24 * 3600.0, connect_seconds=30.0, silence_seconds=30.0)
_RETRY: Retry = PATIENT
_OTHERWISE = "give --encoder-weights FILE, or --encoder embedded, which needs no download"


def fetch(url: str, target: Path, on_event: Listener) -> None:
    """Fetch a file whose name, NAME-SHA256PREFIX.pth, tells its hash, and check it.

    Raises:
        WeightsError: it is not what its name says.
        NetworkError: it cannot be had.
        OSError: there is no room for it.
    """
    digits = re.fullmatch(r".*-([0-9a-f]{8,})\.pth", target.name)
    progress = _Progress(target.name, on_event)
    try:
        download(
            trusted(url, _LIMITS),
            url,
            target,
            limits=_LIMITS,
            retries=Retries(_RETRY),
            sha256=digits[1] if digits else "unknown",
            on_bytes=progress,
        )
    except FetchError as error:
        if error.reason is Reason.DAMAGED:
            raise WeightsError(f"{url} is not the file it should be: its SHA-256 differs; {_OTHERWISE}") from error
        if error.reason is Reason.DISK_FULL:
            raise OSError(errno.ENOSPC, error.cause) from error
        raise NetworkError(f"cannot download {url}: {error.cause}; {_OTHERWISE}") from error
    progress.last()


class _Progress:
    """Tells about once a second how far a download is, and once at its end."""

    def __init__(self, name: str, on_event: Listener) -> None:
        self._name, self._on_event = name, on_event
        self._told = -_REPORT_SECONDS
        self._bytes: tuple[int, int | None] = 0, None

    def __call__(self, done: int, total: int | None) -> None:
        self._bytes = done, total
        if time.monotonic() - self._told >= _REPORT_SECONDS:
            self._told = time.monotonic()
            self.last()

    def last(self) -> None:
        """Tell where it stands."""
        done, total = self._bytes
        self._on_event(Downloading(name=self._name, done_bytes=done, total_bytes=total))
