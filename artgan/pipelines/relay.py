"""Many pictures through one loaded model: the next is read while one is computed and the one before is written.

Decoding and encoding let go of Python's lock, as torch does, so they take place beside the computing. Results, their
order and what is told of each are as if the pictures were made one after the other; three are in memory at a time.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import RLock, Thread
from typing import Any, BinaryIO, TypeVar

from torch import Tensor

from artgan.errors import ArtganError
from artgan.events import Event, Listener
from artgan.io.colour import Pixels
from artgan.io.images import Picture, read_picture
from artgan.io.shipped import find_content
from artgan.pipelines.outputs import STDIO
from artgan.pipelines.pictures import PicturesReport, Tally, write_result
from artgan.pipelines.resuming import forget

_Value = TypeVar("_Value")

Read = Callable[[], Picture]


@dataclass(frozen=True, kw_only=True)
class Computed:
    """A picture that is yet to be written.

    Attributes:
        image: (1, 3, H, W) in [0, 1], on the CPU: a copy from elsewhere would wait for the next picture's computing.
        alpha: the transparency of what it was made from, of any size, or None where that is opaque.
        receipt: what goes into its file.
        details: what is told of it once it is written.
    """

    image: Tensor
    alpha: Pixels | None
    receipt: dict[str, Any]
    details: Mapping[str, object]


Compute = Callable[[int, str, Read], Computed]
"""Makes picture `number` (from 1) of a source, which `Read` gives, or raises what was wrong with it."""


def relay(
    sources: Sequence[str],
    destinations: Sequence[Path | None],
    compute: Compute,
    *,
    listener: Listener,
    should_stop: Callable[[], bool],
    force: bool,
    stdin: BinaryIO | None = None,
    stdout: BinaryIO | None = None,
) -> PicturesReport:
    """Make pictures as `each_picture` does, of files, "-" and "example:NAME", into files or, for None, `stdout`.

    When `should_stop` turns true, the picture in hand is finished. `compute` runs in the calling thread; `listener`,
    see `one_at_a_time`, is called from others, too.
    """
    tally = Tally(listener=listener, alone=len(sources) == 1)
    # What a pipe gives is waited for in the calling thread, which alone hears Ctrl-C.
    overlapped = len(sources) > 1 and STDIO not in sources
    reads: list[Read] = [partial(_read, source, stdin) for source in sources]

    def finish(source: str, destination: Path | None, computed: Computed) -> None:
        try:
            write_result(computed.image, computed.alpha, destination, computed.receipt, stdout, force=force)
        except ArtganError as error:
            tally.failed_at(source, error)
        else:
            if destination is not None:
                forget(destination)
            tally.wrote(source, destination, computed.details)

    writing: Future[None] | None = None
    try:
        given: Iterable[Read] = _ahead(reads) if overlapped else reads
        for number, (source, destination, read) in enumerate(zip(sources, destinations, given, strict=True), start=1):
            if should_stop():
                break
            try:
                computed = compute(number, source, read)
            except ArtganError as error:
                _end(writing)
                tally.failed_at(source, error)
                continue
            _end(writing)
            last = partial(finish, source, destination, computed)
            del computed  # the next picture's computing needs the room
            if overlapped:
                writing = _begun(last)
            else:
                last()
            del last
    finally:
        if writing is not None:
            wait([writing])  # what is computed is written and told, whatever comes after it
    _end(writing)
    return tally.report(interrupted=should_stop())


def one_at_a_time(listener: Listener) -> Listener:
    """The listener, for events of several threads."""
    lock = RLock()

    def tell(event: Event) -> None:
        with lock:
            listener(event)

    return tell


def _read(source: str, stdin: BinaryIO | None) -> Picture:
    return read_picture(source if source == STDIO else find_content(source), stdin=stdin)


def _ahead(reads: Sequence[Read]) -> Iterator[Read]:
    """Each of them done already; the next one is begun when the one before is handed out."""
    coming = _begun(reads[0], daemon=True)
    for following in (*reads[1:], None):
        wait([coming])
        ready = coming.result
        if following is not None:
            coming = _begun(following, daemon=True)
        yield ready
        del ready


def _begun(work: Callable[[], _Value], *, daemon: bool = False) -> Future[_Value]:
    """Under way in a thread of its own; the process waits for it to end, unless it is a `daemon`."""
    future: Future[_Value] = Future()

    def run() -> None:
        try:
            result = work()
        except BaseException as error:
            future.set_exception(error)
        else:
            future.set_result(result)

    Thread(target=run, daemon=daemon).start()
    return future


def _end(work: Future[None] | None) -> None:
    """Wait for it, and raise what it has raised."""
    if work is not None:
        work.result()
