"""Visits that an interface's rules ask for after a picture was downloaded: each made once, now or in a later run."""

from collections.abc import Callable
from threading import Event, Thread

from artgan.collect.client import Client
from artgan.collect.state import State
from artgan.errors import ArtganError
from artgan.io.failures import FetchError, Stopped

_MOST_TRIES = 3
_LOOK_SECONDS = 0.5
_GONE = (404, 410)


class Pinger:
    """Works off the pings that the state file owes, beside everything else."""

    def __init__(self, client: Client, state: State) -> None:
        self._client, self._state = client, state
        self._finishing = Event()
        state.retry_pings()
        self._thread = Thread(target=self._run, name="pings", daemon=True)
        self._thread.start()

    def finish(self, should_stop: Callable[[], bool]) -> None:
        """Wait until all are made, or the user does not want to wait: the rest is for the next run."""
        if owed := self._state.pings_owed():
            self._client.note(f"{owed} download notices are left to send; Ctrl-C is safe, the next run sends the rest")
        self._finishing.set()
        while self._thread.is_alive() and not should_stop():
            self._thread.join(0.1)

    def join(self) -> None:
        """Wait for the end of the thread, which `Client.abort` brings about."""
        self._finishing.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            while not self._client.stop.is_set():
                url = self._state.next_ping(_MOST_TRIES)
                if url is not None:
                    self._state.ping_tried(url, done=self._made(url))
                elif self._finishing.is_set():
                    return
                else:
                    self._finishing.wait(_LOOK_SECONDS)
        except Stopped:
            return
        except ArtganError as error:  # the state file cannot be written, which stops the run for itself
            self._client.note(str(error))

    def _made(self, url: str) -> bool:
        try:
            self._client.ping(url)
        except FetchError as error:
            return error.status in _GONE  # nobody counts the downloads of a picture that is no more
        return True
