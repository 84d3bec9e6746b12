"""The one downloader: a file comes whole and checked, or not at all; what is half there is continued."""

import errno
import hashlib
import json
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Timer

import requests
from urllib3.exceptions import HTTPError

from artgan.io.failures import FetchError, Reason, Stopped
from artgan.io.network_errors import failure
from artgan.io.retries import PASSING_STATUSES, Retries, retry_after, wait

Opener = Callable[[Mapping[str, str]], requests.Response]
"""Asks for the address with these headers; the answer's body is still open (`stream=True`)."""

_CHUNK = 65_536
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a download may take."""

    max_bytes: int = 64 * 2**20
    seconds: float = 120.0
    """For the bodies of all tries together; waiting for one's turn, or because the server asks for it, not counted."""
    connect_seconds: float = 5.0
    silence_seconds: float = 20.0

    @property
    def timeout(self) -> tuple[float, float]:
        """As requests wants it."""
        return self.connect_seconds, self.silence_seconds


@dataclass(frozen=True, kw_only=True)
class Downloaded:
    """A file that is here."""

    path: Path
    bytes: int
    sha256: str
    status: int
    headers: Mapping[str, str]
    """Of the last answer, names in lower case."""
    resumed_from: int
    """Bytes that were not fetched again by the last try."""


def download(
    opener: Opener,
    url: str,
    target: Path,
    *,
    limits: Limits,
    stop: Event | None = None,
    retries: Retries | None = None,
    sha256: str | None = None,
    expected_bytes: int | None = None,
    check: Callable[[requests.Response], None] = lambda response: None,
    pause: Callable[[float, FetchError], None] | None = None,
    on_bytes: Callable[[int, int | None], None] = lambda done, total: None,
) -> Downloaded:
    """Fetch `url` to `target`, which must not be there.

    The bytes gather in `target`.part; beside it a .json remembers the validator (ETag or Last-Modified), so that a
    later try, or a later run, asks for the rest only (Range with If-Range, RFC 9110). A server that cannot do that
    sends the whole file again. The finished file is flushed to the disk and renamed.

    Args:
        opener: asks for the address.
        url: names the file in errors, and ties half a file to its address.
        target: a path of one's own choice; never one that the network named.
        limits: bytes and seconds.
        stop: set it to stop at once; what is here stays as .part.
        retries: counts the tries at this address; by default seven.
        sha256: in hexadecimal, or the beginning of it, that the file must have.
        expected_bytes: its length, where it is known beforehand.
        check: looks at the headers of each good answer and raises when it is not wanted.
        pause: waits between tries.
        on_bytes: told of the bytes so far and of the whole length, where it is known.

    Raises:
        FetchError: with the reason; `target` is not there then.
        Stopped: `stop` was set.
    """
    stop, retries = stop or Event(), retries or Retries()
    half, budget = _Half(target, url), _Budget(limits.seconds)
    while True:
        try:
            return _try(opener, url, half, limits, budget, stop, sha256, expected_bytes, check, on_bytes)
        except FetchError as error:
            try:
                seconds = retries.pause(error)
            except FetchError:
                # What the network interrupted may be continued another day.
                if not error.passing and error.reason is not Reason.TIMEOUT:
                    half.drop()
                raise
            (pause or (lambda seconds, _: wait(seconds, stop)))(seconds, error)


def trusted(url: str, limits: Limits) -> Opener:
    """Asks for an address that artgan itself or its user named, through the proxies of the environment."""

    def ask(headers: Mapping[str, str]) -> requests.Response:
        return requests.get(url, headers=dict(headers), stream=True, timeout=limits.timeout)

    return ask


class _Budget:
    """Seconds left for bodies, over all tries."""

    def __init__(self, seconds: float) -> None:
        self.left = seconds

    @contextmanager
    def spending(self) -> Iterator[float]:
        """Counts the time inside; gives the deadline, as `time.monotonic` counts."""
        started = time.monotonic()
        try:
            yield started + self.left
        finally:
            self.left -= time.monotonic() - started


class _Half:
    """What is here of a file, and what it needs to be continued."""

    def __init__(self, target: Path, url: str) -> None:
        self.target = target
        self.part = target.with_name(target.name + ".part")
        self.notes = target.with_name(target.name + ".json")
        self._url = hashlib.sha256(url.encode("utf-8", "surrogatepass")).hexdigest()

    def start(self) -> tuple[int, str | None]:
        """Bytes here, and the validator to continue with: (0, None) for a fresh start."""
        try:
            notes = json.loads(self.notes.read_text(encoding="utf-8"))
            size = self.part.stat().st_size
            if notes["url"] == self._url and size and isinstance(notes["validator"], str):
                return size, notes["validator"]
        except (OSError, ValueError, KeyError, TypeError):
            pass
        return 0, None

    def note(self, headers: Mapping[str, str]) -> None:
        """Remember how to continue, where it can be: ranges of a compressed body count its compressed bytes."""
        tag = headers.get("ETag", "")  # a weak one is none (RFC 9110, 13.1.5)
        validator = tag if tag.startswith('"') else headers.get("Last-Modified")
        self.notes.unlink(missing_ok=True)
        if validator and headers.get("Accept-Ranges") != "none" and "Content-Encoding" not in headers:
            self.notes.write_text(json.dumps({"url": self._url, "validator": validator}), encoding="utf-8")

    def drop(self) -> None:
        """Forget it all."""
        for path in (self.part, self.notes):
            with suppress(OSError):
                path.unlink(missing_ok=True)


def _try(
    opener: Opener,
    url: str,
    half: _Half,
    limits: Limits,
    budget: _Budget,
    stop: Event,
    sha256: str | None,
    expected_bytes: int | None,
    check: Callable[[requests.Response], None],
    on_bytes: Callable[[int, int | None], None],
) -> Downloaded:
    here, validator = half.start()
    headers = {"Accept-Encoding": "identity"}
    if validator is not None:
        headers |= {"Range": f"bytes={here}-", "If-Range": validator}
    with answered(opener, headers, url) as response:
        if response.status_code == 416:  # the file has changed, or was here whole already: from the start
            half.drop()
            raise FetchError(Reason.TRUNCATED, "its length has changed", url=url, passing=True)
        raise_for_status(response, url)
        check(response)
        if response.status_code == 206:
            found = _RANGE.fullmatch(response.headers.get("Content-Range", ""))
            # There are servers that ignore If-Range.
            said = response.headers.get("ETag" if (validator or "").startswith('"') else "Last-Modified")
            other = said not in (None, validator)
            if not here or found is None or int(found[1]) != here or other or "Content-Encoding" in response.headers:
                half.drop()
                raise FetchError(Reason.TRUNCATED, "it sends another part than asked for", url=url, passing=True)
            total = None if found[3] == "*" else int(found[3])
        else:
            here = 0
            length = response.headers.get("Content-Length", "")
            total = int(length) if length.isdigit() and "Content-Encoding" not in response.headers else None
        for size, said in ((total, "is"), (expected_bytes, "should be")):
            if size is not None and size > limits.max_bytes:
                cause = f"it {said} {size} bytes long, more than the {limits.max_bytes} allowed"
                raise FetchError(Reason.TOO_LARGE, cause, url=url)
        with _disk(url), budget.spending() as deadline:
            if not here:
                half.note(response.headers)
            with half.part.open("ab" if here else "wb") as stream:
                done = here
                on_bytes(done, total)
                try:
                    for chunk in body(response, url, deadline=deadline, stop=stop):
                        done += len(chunk)
                        if done > limits.max_bytes:
                            cause = f"it is longer than the {limits.max_bytes} bytes allowed"
                            raise FetchError(Reason.TOO_LARGE, cause, url=url)
                        stream.write(chunk)
                        on_bytes(done, total)
                except FetchError as error:
                    if total is None or not error.passing:
                        raise
                    cause = f"the connection broke after {done} of {total} bytes"
                    raise FetchError(error.reason, cause, url=url, passing=True) from error
                stream.flush()
                os.fsync(stream.fileno())
    wanted = total if total is not None else expected_bytes
    if wanted is not None and done != wanted:
        if done > wanted:
            half.drop()
        raise FetchError(
            Reason.TRUNCATED, f"the connection broke after {done} of {wanted} bytes", url=url, passing=True
        )
    with half.part.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    if sha256 is not None and not digest.startswith(sha256.lower()):
        half.drop()
        raise FetchError(Reason.DAMAGED, "it is not the file it should be: its SHA-256 differs", url=url)
    with _disk(url):
        half.part.replace(half.target)
    half.drop()
    return Downloaded(
        path=half.target,
        bytes=done,
        sha256=digest,
        status=response.status_code,
        headers={name.lower(): value for name, value in response.headers.items()},
        resumed_from=here,
    )


@contextmanager
def answered(opener: Opener, headers: Mapping[str, str], url: str) -> Iterator[requests.Response]:
    """The answer to one try, closed at the end; what goes wrong inside becomes a FetchError."""
    response = None
    try:
        response = opener(headers)
        yield response
    except (requests.RequestException, HTTPError) as error:
        raise failure(error, url) from error
    finally:
        if response is not None:
            response.close()


def raise_for_status(response: requests.Response, url: str) -> None:
    """Raise FetchError unless the answer is 200, or 206 to a request with a range."""
    status = response.status_code
    if status in (200, 206):
        return
    raise FetchError(
        Reason.HTTP_5XX if status >= 500 else Reason.HTTP_4XX if status >= 400 else Reason.REDIRECTS,
        f"the server answers {status}",
        url=url,
        status=status,
        passing=status in PASSING_STATUSES,
        retry_after=retry_after(response.headers.get("Retry-After")) if status in PASSING_STATUSES else None,
    )


def body(response: requests.Response, url: str, *, deadline: float, stop: Event) -> Iterator[bytes]:
    """The body in pieces as they come, decoded where it is compressed; no longer than to `deadline` (monotonic)."""
    raw = response.raw
    late = Event()

    def abort() -> None:
        late.set()
        with suppress(Exception):  # it may just have ended
            raw.shutdown()

    # A peer that sends a byte now and then keeps `read1` alone waiting for ever.
    timer = Timer(max(0.0, deadline - time.monotonic()), abort)
    timer.daemon = True
    timer.start()
    try:
        while chunk := raw.read1(_CHUNK, decode_content=True):
            if stop.is_set():
                raise Stopped
            yield chunk
            if late.is_set():
                break
    except (HTTPError, OSError, ValueError, AttributeError) as error:  # the latter two where TLS is shut meanwhile
        if stop.is_set():
            raise Stopped from error
        if not late.is_set():
            raise failure(error, url) from error
    finally:
        timer.cancel()
    if late.is_set():
        raise FetchError(Reason.TIMEOUT, "it came too slowly", url=url)


@contextmanager
def _disk(url: str) -> Iterator[None]:
    """A full disk is told from a broken connection by where it happens."""
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        cause = "the disk is full" if full else f"cannot write it: {(error.strerror or str(error)).lower()}"
        raise FetchError(Reason.DISK_FULL, cause, url=url) from error
