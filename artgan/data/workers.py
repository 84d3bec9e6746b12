"""The same work on many items in several processes: ends cleanly on Ctrl-C, and with the process that began it."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing.connection import wait as wait_for
from typing import TypeVar

from artgan.errors import ArtganError

Item = TypeVar("Item")
Result = TypeVar("Result")

_CHUNK = 8
"""Items a task: few enough to stop soon, enough for the messages not to be felt."""
_FEWEST = 48
"""With fewer items than this the start of another process costs more than it brings."""


def usable_cores() -> int:
    """The cores this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def work(
    function: Callable[[Item], Result],
    items: Sequence[Item],
    *,
    processes: int,
    should_stop: Callable[[], bool] = lambda: False,
) -> Iterator[Result]:
    """The results of `function` for all items, in the order in which they are ready.

    `function`, items and results are picklable. One process, or few items, are worked on right here. When `should_stop`
    turns true, items in hand are finished and the others are left.

    Raises:
        ArtganError: a worker was killed, as when the memory is full; or what `function` raises.
    """
    workers = min(processes, len(items) // _FEWEST * 2)
    if workers < 2:
        for item in items:
            if should_stop():
                return
            yield function(item)
        return
    chunks = iter([items[start : start + _CHUNK] for start in range(0, len(items), _CHUNK)])
    # Started afresh, not forked: forks of a process with threads hang now and then.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, initializer=_begin) as pool:
        running: set[Future[list[Result]]] = set()
        try:
            with _interrupts_ignored():  # what a starting process inherits, until `_begin` has run there
                for chunk in (next(chunks, None) for _ in range(2 * workers)):
                    if chunk is not None:
                        running.add(pool.submit(_chunk, function, chunk))
            while running:
                done, running = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    yield from future.result()
                    if not should_stop() and (chunk := next(chunks, None)) is not None:
                        running.add(pool.submit(_chunk, function, chunk))
        except BrokenProcessPool:
            raise ArtganError(
                "a worker process was killed, as when memory runs out; the same command with --processes 1 goes on"
            ) from None
        finally:
            for future in running:
                future.cancel()


def _chunk(function: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
    return [function(item) for item in items]


def _begin() -> None:
    """In a new worker: leave Ctrl-C to the parent, and end when the parent is gone, even if it was killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    wait_for([sentinel])
    os._exit(1)


@contextmanager
def _interrupts_ignored() -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    previous = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)
