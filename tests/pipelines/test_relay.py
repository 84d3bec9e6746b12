"""Pictures handed on: read ahead by one, written behind by one, told in order, and nothing half done."""

from collections.abc import Callable
from pathlib import Path
from threading import Event as Signal
from threading import Lock, Thread, current_thread, main_thread
from typing import Any

import numpy as np
import pytest
import torch

from artgan.errors import DeviceError, OutputError, PictureError
from artgan.events import Event, Note, PictureDone, PictureFailed
from artgan.io.images import Picture
from artgan.pipelines.pictures import PicturesReport
from artgan.pipelines.relay import Computed, Read, one_at_a_time, relay

PATIENCE = 20.0
"""Seconds after which what is waited for does not come."""


class Bench:
    """Stands in for files: `log` holds what begins and ends; a step named in `held` waits for its signal."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.log: list[str] = []
        self.held: dict[str, Signal] = {}
        self.errors: dict[str, BaseException] = {}
        self.begun: dict[str, Signal] = {}
        self.threads: set[str] = set()
        self.events: list[Event] = []
        monkeypatch.setattr("artgan.pipelines.relay.read_picture", self._read)
        monkeypatch.setattr("artgan.pipelines.relay.find_content", lambda source: source)
        monkeypatch.setattr("artgan.pipelines.relay.write_result", self._write)

    def sign(self, step: str) -> Signal:
        return self.begun.setdefault(step, Signal())

    def step(self, step: str) -> None:
        self.log.append(f"{step} begins")
        self.sign(step).set()
        if step in self.held:
            assert self.held[step].wait(PATIENCE), step
        if step in self.errors:
            raise self.errors[step]
        self.log.append(f"{step} ends")

    def _read(self, source: str, *, stdin: Any) -> Picture:
        self._in_thread()
        self.step(f"read {source}")
        return Picture(pixels=np.zeros((2, 2, 3), dtype=np.float32), alpha=None, name=source, sha256="")

    def _write(self, image: Any, alpha: Any, destination: Path, receipt: Any, stdout: Any, *, force: bool) -> None:
        self._in_thread()
        self.step(f"write {destination.name}")

    def _in_thread(self) -> None:
        self.threads.add("main" if current_thread() is main_thread() else "other")

    def compute(self, number: int, source: str, read: Read) -> Computed:
        picture = read()
        assert picture.name == source
        assert current_thread() is main_thread()
        self.step(f"compute {source}")
        details = {"number": number}
        return Computed(image=torch.zeros(1, 3, 2, 2), alpha=None, receipt={}, details=details)

    def run(self, *sources: str, should_stop: Callable[[], bool] = lambda: False) -> PicturesReport:
        paths = [Path(source) for source in sources]
        listener = one_at_a_time(self.events.append)
        return relay(sources, paths, self.compute, listener=listener, should_stop=should_stop, force=False)

    @property
    def told(self) -> list[str]:
        return [event.source for event in self.events if isinstance(event, PictureDone | PictureFailed)]


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(monkeypatch)


def test_the_next_is_read_and_the_last_written_while_one_is_computed(bench: Bench) -> None:
    bench.held = {"compute b": Signal(), "write a": bench.sign("compute b"), "read c": bench.sign("compute b")}
    plain = bench.step

    def step(name: str) -> None:
        if name == "compute b":  # goes on only once both others are under way, which wait for it in turn
            assert bench.sign("write a").wait(PATIENCE)
            assert bench.sign("read c").wait(PATIENCE)
            bench.held["compute b"].set()
        plain(name)

    bench.step = step  # type: ignore[method-assign]
    assert bench.run("a", "b", "c") == PicturesReport(done=3, failed=0, interrupted=False)
    assert bench.told == ["a", "b", "c"]
    assert [event.details["number"] for event in bench.events if isinstance(event, PictureDone)] == [1, 2, 3]


def test_it_looks_ahead_by_one_and_no_more(bench: Bench) -> None:
    names = [f"{number}" for number in range(6)]
    bench.held = {"write 0": Signal()}

    def compute(number: int, source: str, read: Read) -> Computed:
        computed = bench.compute(number, source, read)
        if number < len(names):
            assert bench.sign(f"read {names[number]}").wait(PATIENCE)
        assert not any(bench.sign(f"read {name}").is_set() for name in names[number + 1 :])
        if number == 2:  # the writing of the first is not done: the second, computed, waits for its turn
            assert not bench.sign("write 1").is_set()
            bench.held["write 0"].set()
        return computed

    relay(names, [Path(name) for name in names], compute, listener=bench.events.append, should_stop=bool, force=False)
    assert bench.told == names
    writes = [line for line in bench.log if line.startswith("write")]
    assert writes == [f"write {name} {what}" for name in names for what in ("begins", "ends")], "one at a time"


def test_what_fails_is_told_in_its_place(bench: Bench) -> None:
    bench.errors = {
        "read b": PictureError("no picture"),
        "compute d": DeviceError("too large"),
        "write f": OutputError("disk full"),
    }
    assert bench.run(*"abcdefg") == PicturesReport(done=4, failed=3, interrupted=False)
    assert bench.told == list("abcdefg")
    failed = {event.source: event.error for event in bench.events if isinstance(event, PictureFailed)}
    assert failed == {"b": "no picture", "d": "too large", "f": "disk full"}


@pytest.mark.parametrize("step", ["read a", "compute a", "write a"])
def test_one_alone_raises_what_is_wrong(bench: Bench, step: str) -> None:
    bench.errors = {step: PictureError("no picture")}
    with pytest.raises(PictureError, match="no picture"):
        bench.run("a")
    assert bench.events == []


@pytest.mark.parametrize("sources", [["a"], ["a", "-", "c"]])
def test_one_alone_and_pipes_are_not_read_ahead(bench: Bench, sources: list[str]) -> None:
    bench.run(*sources)
    assert bench.threads == {"main"}
    assert bench.log == [
        f"{step} {source} {what}"
        for source in sources
        for step in ("read", "compute", "write")
        for what in ("begins", "ends")
    ]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ZeroDivisionError()])
def test_what_is_computed_is_written_when_the_next_breaks_off(bench: Bench, error: BaseException) -> None:
    bench.held = {"write a": bench.sign("compute b")}
    bench.errors = {"compute b": error}
    with pytest.raises(type(error)):
        bench.run("a", "b", "c")
    assert "write a ends" in bench.log  # c may be read meanwhile
    assert bench.told == ["a"]
    assert not bench.sign("write b").is_set()


def test_a_bug_in_writing_is_not_passed_over(bench: Bench) -> None:
    bench.errors = {"write a": ZeroDivisionError()}
    with pytest.raises(ZeroDivisionError):
        bench.run("a", "b", "c")
    assert bench.told == []


def test_asked_to_stop_it_finishes_the_picture_in_hand(bench: Bench) -> None:
    report = bench.run("a", "b", "c", "d", should_stop=lambda: bench.sign("compute b").is_set())
    assert report == PicturesReport(done=2, failed=0, interrupted=True)
    assert bench.told == ["a", "b"]
    assert not bench.sign("compute c").is_set()


def test_listeners_hear_one_event_at_a_time() -> None:
    inside, told = Lock(), []

    def listener(event: Event) -> None:
        assert inside.acquire(blocking=False)
        told.append(event)
        Signal().wait(0.001)
        inside.release()

    both = one_at_a_time(listener)
    errors: list[BaseException] = []

    def tell() -> None:
        try:
            for number in range(20):
                both(Note(text=f"{number}"))
        except BaseException as error:
            errors.append(error)

    threads = [Thread(target=tell) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(told) == 60
