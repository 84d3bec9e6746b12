"""A real client against a server on loopback, with a clock that never makes anybody wait."""

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event as Stop

import pytest
from pytest_httpserver import HTTPServer

from artgan.collect.candidates import Source
from artgan.collect.client import Client, ClientOptions
from artgan.collect.politeness import Clock
from artgan.events import Event, Note

FIXTURES = Path(__file__).parent.parent / "fixtures"


class ImpatientClock(Clock):
    """Jumps over every wait, and remembers how long they were together."""

    def __init__(self) -> None:
        self.waited = 0.0

    def now(self) -> float:
        return super().now() + self.waited

    def monotonic(self) -> float:
        return super().monotonic() + self.waited

    def wait(self, seconds: float, stop: Stop) -> None:
        self.waited += max(0.0, seconds)


class Visit:
    """One client for a source; `notes` are the lines the user saw."""

    def __init__(self, source: Source) -> None:
        self.events: list[Event] = []
        self.clock = ImpatientClock()
        options = ClientOptions(allow_private=True, per_second=1000.0)
        self.client = Client(options, hosts=source.hosts, listener=self.events.append, clock=self.clock)

    @property
    def notes(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, Note)]


@pytest.fixture
def visit() -> Iterator[Callable[[Source], Visit]]:
    visits: list[Visit] = []

    def begin(source: Source) -> Visit:
        visits.append(Visit(source))
        return visits[-1]

    yield begin
    for one in visits:
        one.client.close()


@pytest.fixture
def fixture_text() -> Callable[[str], str]:
    """A file of tests/collect/fixtures."""
    return lambda name: (FIXTURES / name).read_text(encoding="utf-8")


@pytest.fixture
def address(httpserver: HTTPServer) -> str:
    """The server's host and port."""
    return f"{httpserver.host}:{httpserver.port}"
