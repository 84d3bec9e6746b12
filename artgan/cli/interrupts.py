"""Ctrl-C: once there is something to save, the first asks the work to stop and save it; else it ends the process."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from artgan.io.failures import Stopped


@contextmanager
def graceful_interrupts(can_save: Callable[[], bool], on_first: Callable[[], None]) -> Iterator[Callable[[], bool]]:
    """Yield a function that says whether the user has interrupted; SIGTERM asks as politely as SIGINT.

    While `can_save` is false, as during a download, and on the second time, the work ends at once, in Stopped: Typer
    would end a KeyboardInterrupt without a word.
    """
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False  # only the main thread may set handlers
        return
    asked = False

    def handle(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        if asked or not can_save():
            raise KeyboardInterrupt
        asked = True
        on_first()

    previous = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: asked
    except KeyboardInterrupt:
        raise Stopped from None
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
