"""A source at work in a thread of its own, a little ahead of what is wanted, and stopped when it goes in circles."""

from collections.abc import Iterable
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Semaphore, Thread
from typing import Any

from artgan.collect.candidates import Candidate, Source
from artgan.collect.client import Client
from artgan.io.failures import Stopped

_POLL_SECONDS = 0.2


@dataclass(frozen=True, kw_only=True)
class Ended:
    """The source offers no more: it has told all (`exhausted`), goes in circles, or failed."""

    exhausted: bool = False
    error: BaseException | None = None
    note: str | None = None


class Offers:
    """Puts a source's candidates into a queue, each key and address once, and `Ended` behind the last."""

    def __init__(
        self, source: Source, client: Client, inbox: "SimpleQueue[Any]", *, ahead: int, max_repeats: int
    ) -> None:
        self._source, self._client, self._inbox, self._max_repeats = source, client, inbox, max_repeats
        self._room = Semaphore(ahead)
        self._pending: set[str] = set()
        self._thread = Thread(target=self._run, name="source", daemon=True)

    def known(self, candidates: Iterable[Candidate]) -> None:
        """These are in hand already and need not be offered again. To be called before `start`."""
        self._pending = {candidate.key for candidate in candidates}

    def start(self) -> None:
        """Begin to ask the source."""
        self._thread.start()

    def taken(self, candidate: Candidate) -> None:
        """This one was used: there is room for another, if it was an offer and not in hand before."""
        if candidate.key not in self._pending:
            self._room.release()

    def join(self) -> None:
        """Wait for the end of the thread, which `Client.abort` brings about."""
        if self._thread.ident is not None:
            self._thread.join(timeout=_POLL_SECONDS * 10)

    def _run(self) -> None:
        try:
            self._inbox.put(self._offer_all())
        except Stopped:
            self._inbox.put(Ended())
        except BaseException as error:
            self._inbox.put(Ended(error=error))

    def _offer_all(self) -> Ended:
        keys: set[str] = set()
        addresses: set[str] = set()
        repeats = 0
        for candidate in self._source.candidates(self._client):
            if self._client.stop.is_set():
                raise Stopped
            if candidate.key in keys or candidate.image_url in addresses:
                repeats += 1
                if repeats >= self._max_repeats:
                    return Ended(note=f"{self._source.name} offers the same {len(keys)} pictures again; that is all")
                continue
            repeats = 0
            keys.add(candidate.key)
            addresses.add(candidate.image_url)
            if candidate.key in self._pending:
                continue
            while not self._room.acquire(timeout=_POLL_SECONDS):
                if self._client.stop.is_set():
                    raise Stopped
            self._inbox.put(candidate)
        return Ended(exhausted=True)
