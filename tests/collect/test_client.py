import gzip
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Any

import pytest
from urllib3 import Retry

from artgan.collect import session as session_module
from artgan.collect.client import Client
from artgan.collect.politeness import Clock
from artgan.collect.sources.challenges import ChallengeError
from artgan.collect.state import State
from artgan.events import Note
from artgan.io.download import Limits
from artgan.io.failures import FetchError, Reason, Stopped


class Jumping(Clock):
    """Waits take no time, and are remembered."""

    def __init__(self) -> None:
        self.ahead = 0.0
        self.waits: list[float] = []

    def now(self) -> float:
        return 1_800_000_000 + self.ahead

    def monotonic(self) -> float:
        return self.ahead

    def wait(self, seconds: float, stop: Event) -> None:
        if stop.is_set():
            raise Stopped
        self.ahead += max(0, seconds)
        self.waits.append(seconds)


@pytest.fixture
def clock() -> Jumping:
    return Jumping()


@pytest.fixture
def notes() -> list[str]:
    return []


@pytest.fixture
def make(quick: Any, clock: Jumping, notes: list[str]) -> Iterator[Callable[..., Client]]:
    made = []

    def make(state: State | None = None, clock: Clock = clock, **changes: Any) -> Client:
        def listen(event: Any) -> None:
            assert isinstance(event, Note)
            notes.append(event.text)

        made.append(Client(replace(quick, **changes), state=state, listener=listen, clock=clock))
        return made[-1]

    yield make
    for client in made:
        client.close()


@pytest.fixture
def client(make: Callable[..., Client]) -> Client:
    return make()


def test_a_page_and_its_parameters(client: Client, server: Any) -> None:
    server.add("/x", "grüße", type="text/html; charset=latin-1".replace("latin-1", "utf-8"))
    answer = client.get_text(server.url + "/x?a=1", params={"b": "ü&", "c": 2}, headers={"X-Mine": "y"})
    assert (answer.text, answer.status) == ("grüße", 200)
    assert server.asked[-1].path == "/x?a=1&b=%C3%BC%26&c=2"
    assert server.asked[-1].headers["x-mine"] == "y"
    assert answer.url.endswith("c=2")
    assert client.requests == 2  # with robots.txt


@pytest.mark.parametrize("charset", ["iso-8859-1", "'ISO-8859-1'", '"iso-8859-1"; x=y'])
def test_other_alphabets(client: Client, server: Any, charset: str) -> None:
    server.add("/x", "grüße".encode("latin-1"), type=f"text/html; charset={charset}")
    assert client.get_text(server.url + "/x").text == "grüße"


@pytest.mark.parametrize("charset", ["utf-8", "no-such", ""])
def test_damaged_letters_are_no_error(client: Client, server: Any, charset: str) -> None:
    server.add("/x", b"gr\xff", type=f"text/html; charset={charset}")
    assert client.get_text(server.url + "/x").text == "gr\ufffd"


def test_json(client: Client, server: Any) -> None:
    server.add("/x", '{"a": [1]}')
    assert client.get_json(server.url + "/x") == {"a": [1]}
    server.add("/y", "<html>")
    with pytest.raises(FetchError, match="the answer is no JSON"):
        client.get_json(server.url + "/y")


def test_statuses(client: Client, server: Any) -> None:
    server.add("/x", "gone", status=410)
    assert client.get_text(server.url + "/x", accept=(410,)).status == 410
    with pytest.raises(FetchError, match="the server answers 410"):
        client.get_text(server.url + "/x", cached=False)


def test_what_was_asked_is_not_asked_again(make: Callable[..., Client], server: Any, tmp_path: Path) -> None:
    url = server.add("/x", "first")
    for run in range(2):
        state = State(tmp_path / "state.sqlite")
        client = make(state)
        assert client.get_text(url, params={"page": 1}).text == "first"
        assert client.get_text(url, params={"page": 2}).headers["content-type"] == "image/jpeg"
        assert server.counts() == {"/x?page=1": 1, "/x?page=2": 1}
        if run:
            assert client.get_text(url, params={"page": 1}, cached=False).text == "first"
            assert server.counts()["/x?page=1"] == 2
        state.close()


def test_robots_are_obeyed_but_by_interfaces(client: Client, server: Any, tmp_path: Path) -> None:
    server.add("/robots.txt", "User-agent: *\nDisallow: /no", type="text/plain")
    server.add("/no/x", "hello")
    server.add("/yes", "", status=302, headers={"Location": "/no/x"})
    for path in ("/no/x", "/yes"):
        with pytest.raises(FetchError, match=r"robots\.txt of 127\.0\.0\.1 forbids it") as caught:
            client.get_text(server.url + path)
        assert caught.value.reason is Reason.ROBOTS
    with pytest.raises(FetchError, match="forbids"):
        client.picture(server.url + "/no/x", tmp_path / "x")
    assert client.get_text(server.url + "/no/x", api=True).text == "hello"
    assert [asked.path for asked in server.asked].count("/robots.txt") == 1


def test_a_crawl_delay_is_kept(client: Client, clock: Jumping, server: Any) -> None:
    server.add("/robots.txt", "User-agent: *\nCrawl-delay: 7", type="text/plain")
    server.add("/x", "hello")
    for _ in range(4):
        client.get_text(server.url + "/x", cached=False)
    assert 14 <= sum(clock.waits) <= 28


@pytest.mark.parametrize("manners", [("429 in 1", "503 in 900"), ("500", "reset", "short"), ("silent", "429 date")])
def test_what_passes_is_tried_again(
    client: Client, clock: Jumping, server: Any, notes: list[str], manners: Any
) -> None:
    server.misbehave("/x", *manners)
    assert client.get_text(server.add("/x", "hello")).text == "hello"
    assert server.counts()["/x"] == 1 + len(manners)
    if manners[0] == "429 in 1":
        assert sum(clock.waits) == 901
        assert len(notes) == 1
        assert "Ctrl-C is safe" in notes[0]


def test_a_bad_file_stops_no_other(make: Callable[..., Client], clock: Jumping, server: Any, tmp_path: Path) -> None:
    client = make(retry=Retry(total=6, read=5, status=5, backoff_factor=100, backoff_max=100, backoff_jitter=0))
    server.misbehave("/bad", "short", "short", "500", "500")
    server.misbehave("/busy", "503", "503")
    client.picture(server.add("/bad", b"x" * 100), tmp_path / "bad")
    assert sum(clock.waits) == 300
    began = clock.ahead = 1000.0
    host = client._hosts.of("127.0.0.1")
    host.take(client.stop)
    assert clock.ahead == began  # nobody but the bad file has waited
    client.picture(server.add("/busy", b"y" * 100), tmp_path / "busy")
    assert host._paused_until > began


@pytest.mark.parametrize("status", [200, 404])
def test_a_page_in_place_of_a_picture_does_not_last_for_ever(
    client: Client, server: Any, tmp_path: Path, status: int
) -> None:
    server.misbehave("/x", "drip")
    began = monotonic()
    with pytest.raises(FetchError) as caught:
        client.picture(server.add("/x", "<p>" * 200, type="text/html", status=status), tmp_path / "x")
    assert caught.value.reason is (Reason.NOT_IMAGE if status == 200 else Reason.HTTP_4XX)
    assert monotonic() - began < 3


def test_waits_say_why(make: Callable[..., Client], server: Any, notes: list[str]) -> None:
    client = make(retry=Retry(total=3, connect=2, backoff_factor=20, backoff_jitter=0))
    with pytest.raises(FetchError, match="refused"):
        client.get_text("http://127.0.0.1:1/x", api=True)
    assert len(notes) == 1
    assert notes[0].startswith("cannot fetch http://127.0.0.1:1/x: connection refused; next try at ")


def test_a_quota_is_waited_for(make: Callable[..., Client], clock: Jumping, server: Any, notes: list[str]) -> None:
    left = [2, 1, 0, 0, 49]

    def answer(path: str, headers: Any) -> Any:
        headers = {"X-Ratelimit-Limit": "50", "X-Ratelimit-Remaining": str(left.pop(0))}
        if len(left) == 1:
            return server.page(body=b"Rate Limit Exceeded", status=403, headers=headers)
        return server.page(body=b"{}", headers=headers)

    server.pages["/a"] = answer
    state = State(None)
    client = make(state)
    for number in range(4):
        client.get_json(server.url + "/a", params={"page": number}, api=True)
    quota = client.quota("127.0.0.1")
    assert quota is not None
    assert (quota.limit, quota.remaining) == (50, 49)
    assert len(clock.waits) >= 2  # after the last one, and after the refusal
    assert clock.now() > 1_800_000_000 + 3600
    assert [note.startswith("paused, quota back at ") for note in notes] == [True, True]
    known = make(state).quota("127.0.0.1")  # the next run
    assert known == quota


def test_a_challenge_is_believed(client: Client, server: Any, tmp_path: Path) -> None:
    page = '<title>Making sure you&#39;re not a bot!</title><script src="/.within.website/x/cmd/anubis/x.mjs">'
    for path, more in {
        "/a": {"status": 200},
        "/b": {"status": 401},
        "/c": {"headers": {"cf-mitigated": "challenge"}},
    }.items():
        server.add(path, "<p>" if path == "/c" else page, type="text/html", **more)
        with pytest.raises(ChallengeError, match="prove to be people"):
            client.get_text(server.url + path)
    assert sum(server.counts().values()) == 3
    for path in ("/a", "/b", "/c"):
        with pytest.raises(FetchError) as caught:
            client.picture(server.url + path, tmp_path / "x")
        assert caught.value.reason is Reason.CHALLENGE


@pytest.mark.parametrize("manner", ["html"])
def test_a_page_is_no_picture(client: Client, server: Any, tmp_path: Path, manner: str) -> None:
    url = server.add("/x", b"jpeg")
    server.misbehave("/x", manner)
    with pytest.raises(FetchError, match="it is a page, not a picture") as caught:
        client.picture(url, tmp_path / "x")
    assert caught.value.reason is Reason.NOT_IMAGE
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("headers", [{"X-Robots-Tag": "noai"}, {"TDM-Reservation": "1"}])
def test_who_opts_out_is_left_alone(client: Client, server: Any, tmp_path: Path, headers: Any) -> None:
    with pytest.raises(FetchError) as caught:
        client.picture(server.add("/x", b"jpeg", headers=headers), tmp_path / "x")
    assert caught.value.reason is Reason.OPT_OUT


def test_a_bomb_of_text_is_bounded(client: Client, server: Any) -> None:
    bomb = gzip.compress(bytes(200 * 2**20), 1)
    assert len(bomb) < 2**20
    url = server.add("/x", bomb, type="text/html", headers={"Content-Encoding": "gzip"})
    with pytest.raises(FetchError) as caught:
        client.get_text(url)
    assert caught.value.reason is Reason.TOO_LARGE


def test_compressed_text(client: Client, server: Any) -> None:
    url = server.add("/x", gzip.compress(b"hello"), type="text/html", headers={"Content-Encoding": "gzip"})
    assert client.get_text(url).text == "hello"
    assert "gzip" in server.asked[-1].headers["accept-encoding"]


@pytest.mark.parametrize("manner", ["drip", "drip headers"])
def test_a_byte_now_and_then_does_not_last_for_ever(
    make: Callable[..., Client], server: Any, monkeypatch: pytest.MonkeyPatch, manner: str
) -> None:
    monkeypatch.setattr(session_module, "_HEADERS_SECONDS", 0.3)
    client = make(limits=Limits(seconds=0.3, silence_seconds=2))
    url = server.add("/x", "hello " * 1000)
    server.misbehave("/x", *[manner] * 9)
    started = monotonic()
    with pytest.raises(FetchError) as caught:
        client.get_text(url)
    assert caught.value.reason is Reason.TIMEOUT
    assert monotonic() - started < 4


@pytest.mark.parametrize("manner", ["drip", "drip headers", "503 in 900"])
def test_abort_wakes_everyone(make: Callable[..., Client], server: Any, manner: str) -> None:
    client = make(clock=Clock(), limits=Limits())
    url = server.add("/x", "hello " * 1000)
    server.misbehave("/x", manner)
    threading.Timer(0.3, client.abort).start()
    started = monotonic()
    with pytest.raises(Stopped):
        client.get_text(url)
    assert monotonic() - started < 1.5


def test_connections_are_kept(client: Client, server: Any, tmp_path: Path) -> None:
    for number in range(20):
        client.picture(server.add(f"/{number}", b"jpeg"), tmp_path / str(number))
    assert len({asked.client for asked in server.asked}) == 1


def test_keys_are_not_kept_or_shown(make: Callable[..., Client], server: Any, tmp_path: Path) -> None:
    state = State(tmp_path / "state.sqlite")
    client = make(state)
    client.authorize("127.0.0.1", {"Authorization": "Client-ID hush"})
    client.get_text(server.add("/x", "hello"), params={"client_id": "hush"}, api=True)
    with pytest.raises(FetchError) as caught:
        client.get_text(server.url + "/none", params={"client_id": "hush"}, api=True)
    assert "hush" not in str(caught.value)
    state.close()
    assert b"hush" not in b"".join(path.read_bytes() for path in tmp_path.iterdir())
