"""artgan.io.download, against a server that misbehaves; it stands here, where that server is."""

import gzip
import hashlib
import resource
from collections.abc import Callable
from pathlib import Path
from threading import Event, Timer
from time import monotonic
from typing import Any

import pytest
from urllib3 import Retry

from artgan.io.download import Downloaded, Limits, download, trusted
from artgan.io.failures import FetchError, Reason, Stopped
from artgan.io.retries import Retries

BODY = bytes(range(256)) * 400
QUICK = Limits(seconds=5, connect_seconds=1, silence_seconds=0.3)
Fetch = Callable[..., Downloaded]


@pytest.fixture
def fetch(tmp_path: Path) -> Fetch:
    def run(url: str, limits: Limits = QUICK, tries: int = 3, **more: Any) -> Downloaded:
        retries = Retries(Retry(tries, backoff_factor=0))
        return download(trusted(url, limits), url, tmp_path / "x", limits=limits, retries=retries, **more)

    return run


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def reason_of(run: Callable[[], object]) -> Reason:
    with pytest.raises(FetchError) as caught:
        run()
    assert "\n" not in str(caught.value)
    return caught.value.reason


def test_a_file(fetch: Fetch, server: Any, tmp_path: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    got = fetch(server.add("/x", BODY), on_bytes=lambda *so_far: seen.append(so_far))
    assert (tmp_path / "x").read_bytes() == BODY
    assert left(tmp_path) == ["x"]
    assert (got.bytes, got.status, got.resumed_from) == (len(BODY), 200, 0)
    assert got.sha256 == hashlib.sha256(BODY).hexdigest()
    assert got.headers["content-type"] == "image/jpeg"
    assert (seen[0], seen[-1]) == ((0, len(BODY)), (len(BODY), len(BODY)))


@pytest.mark.parametrize("manner", ["reset", "short"])
@pytest.mark.parametrize("validator", [{"ETag": '"a"'}, {"ETag": 'W/"a"'}, {}], ids=["strong", "weak", "none"])
def test_half_a_file_is_continued(fetch: Fetch, server: Any, tmp_path: Path, manner: str, validator: Any) -> None:
    url = server.add("/x", BODY, headers=validator)
    server.misbehave("/x", manner)
    got = fetch(url)
    assert (tmp_path / "x").read_bytes() == BODY
    assert left(tmp_path) == ["x"]
    again = server.asked[1].headers
    if validator == {"ETag": '"a"'}:
        assert 0 < got.resumed_from < len(BODY)
        assert again["range"] == f"bytes={got.resumed_from}-"
        assert again["if-range"] == '"a"'
        assert got.status == 206
    else:
        assert "range" not in again
        assert got.resumed_from == 0


def test_a_later_run_continues(fetch: Fetch, server: Any, tmp_path: Path) -> None:
    url = server.add("/x", BODY, headers={"ETag": '"a"'})
    server.misbehave("/x", "short")
    assert reason_of(lambda: fetch(url, tries=0)) is Reason.TRUNCATED
    assert left(tmp_path) == ["x.json", "x.part"]
    assert fetch(url).resumed_from == len(BODY) - 7
    assert (tmp_path / "x").read_bytes() == BODY


def test_what_has_changed_meanwhile_comes_anew(fetch: Fetch, server: Any, tmp_path: Path) -> None:
    url = server.add("/x", BODY, headers={"ETag": '"a"'})
    server.misbehave("/x", "short")
    reason_of(lambda: fetch(url, tries=0))
    server.add("/x", BODY[::-1], headers={"ETag": '"b"'})
    assert fetch(url).resumed_from == 0
    assert (tmp_path / "x").read_bytes() == BODY[::-1]


def test_half_of_another_address_is_not_continued(fetch: Fetch, server: Any, tmp_path: Path) -> None:
    server.misbehave("/x", "short")
    reason_of(lambda: fetch(server.add("/x", BODY, headers={"ETag": '"a"'}), tries=0))
    assert fetch(server.add("/y", BODY[::-1], headers={"ETag": '"a"'})).resumed_from == 0
    assert (tmp_path / "x").read_bytes() == BODY[::-1]


@pytest.mark.parametrize("notes", ["", "[]", "{}", '{"url": 1}', "\xff"])
def test_damaged_notes_mean_a_fresh_start(fetch: Fetch, server: Any, tmp_path: Path, notes: str) -> None:
    (tmp_path / "x.part").write_bytes(b"rubbish")
    (tmp_path / "x.json").write_text(notes, encoding="latin-1")
    assert fetch(server.add("/x", BODY)).resumed_from == 0
    assert (tmp_path / "x").read_bytes() == BODY


@pytest.mark.parametrize("start", [0, 5, 99])
def test_a_part_that_was_not_asked_for(fetch: Fetch, server: Any, tmp_path: Path, start: int) -> None:
    page = server.add("/x", BODY, headers={"ETag": '"a"'})
    server.misbehave("/x", "reset")
    wrong = server.page(body=b"wrong", status=206, headers={"Content-Range": f"bytes {start}-{start + 4}/{len(BODY)}"})
    answers = [wrong, server.pages["/x"]]
    reason_of(lambda: fetch(page, tries=0))
    server.pages["/x"] = lambda path, headers: answers.pop(0)
    fetch(page)
    assert (tmp_path / "x").read_bytes() == BODY


def test_a_server_that_ignores_if_range(fetch: Fetch, server: Any, tmp_path: Path) -> None:
    url = server.add("/x", BODY, headers={"ETag": '"a"'})
    server.misbehave("/x", "short")
    reason_of(lambda: fetch(url, tries=0))
    changed = BODY[::-1]

    def answer(path: str, headers: Any) -> Any:
        if "range" not in headers:
            return server.page(body=changed, headers={"ETag": '"b"'})
        start = int(headers["range"].removeprefix("bytes=").removesuffix("-"))
        part = {"Content-Range": f"bytes {start}-{len(BODY) - 1}/{len(BODY)}", "ETag": '"b"'}
        return server.page(body=changed[start:], status=206, headers=part)

    server.pages["/x"] = answer
    fetch(url)
    assert (tmp_path / "x").read_bytes() == changed


def test_half_of_a_compressed_file_is_not_continued(fetch: Fetch, server: Any, tmp_path: Path) -> None:
    """Its bytes on the disk are not those that a range counts."""
    packed = gzip.compress(BODY)
    url = server.add("/x", packed, headers={"ETag": '"a"', "Content-Encoding": "gzip"})
    server.misbehave("/x", "reset")
    assert fetch(url).resumed_from == 0
    assert (tmp_path / "x").read_bytes() == BODY
    assert all("range" not in asked.headers for asked in server.asked)


def test_a_half_that_is_whole_already(fetch: Fetch, server: Any, tmp_path: Path) -> None:
    url = server.add("/x", BODY, headers={"ETag": '"a"'})
    server.misbehave("/x", "short")
    reason_of(lambda: fetch(url, tries=0))
    (tmp_path / "x.part").write_bytes(BODY)
    assert fetch(url).status == 200  # 416, and then from the start
    assert (tmp_path / "x").read_bytes() == BODY


@pytest.mark.parametrize("manner", ["429", "500", "503", "reset", "silent", "short"])
def test_what_passes_is_tried_again(fetch: Fetch, server: Any, tmp_path: Path, manner: str) -> None:
    url = server.add("/x", BODY)
    server.misbehave("/x", manner, manner)
    assert fetch(url).bytes == len(BODY)
    assert server.counts()["/x"] == 3


@pytest.mark.parametrize(
    ("manner", "reason"),
    [
        ("429", Reason.HTTP_4XX),
        ("503", Reason.HTTP_5XX),
        ("reset", Reason.CONNECTION),
        ("silent", Reason.TIMEOUT),
        ("short", Reason.TRUNCATED),
    ],
)
def test_and_given_up_in_the_end(fetch: Fetch, server: Any, manner: str, reason: Reason) -> None:
    url = server.add("/x", BODY)
    server.misbehave("/x", *[manner] * 9)
    assert reason_of(lambda: fetch(url, tries=2)) is reason
    assert server.counts()["/x"] == 3


@pytest.mark.parametrize("status", [400, 403, 404, 410, 204, 301])
def test_what_stays_is_not(fetch: Fetch, server: Any, tmp_path: Path, status: int) -> None:
    url = server.add("/x", b"", status=status)
    with pytest.raises(FetchError, match=f"the server answers {status}") as caught:
        fetch(url)
    assert caught.value.status == status
    assert len(server.asked) == 1
    assert left(tmp_path) == []


def test_retry_after_is_waited_for(fetch: Fetch, server: Any) -> None:
    url = server.add("/x", BODY)
    server.misbehave("/x", "429 in 1", "503 in 900", "429 date")
    waits: list[float] = []
    fetch(url, pause=lambda seconds, error: waits.append(seconds))
    assert waits[:2] == [1, 900]
    assert 0 <= waits[2] <= 2


def test_a_byte_now_and_then_does_not_last_for_ever(fetch: Fetch, server: Any) -> None:
    url = server.add("/x", BODY)
    server.misbehave("/x", "drip")
    started = monotonic()
    limits = Limits(seconds=0.3, silence_seconds=1)
    assert reason_of(lambda: fetch(url, limits=limits)) is Reason.TIMEOUT
    assert monotonic() - started < 1.5


def test_no_more_than_allowed_is_read(fetch: Fetch, server: Any, tmp_path: Path) -> None:
    small = Limits(max_bytes=50_000)
    assert reason_of(lambda: fetch(server.add("/x", BODY), limits=small)) is Reason.TOO_LARGE
    server.misbehave("/x", "chunked")  # which does not say how much comes
    assert reason_of(lambda: fetch(server.url + "/x", limits=small)) is Reason.TOO_LARGE
    assert reason_of(lambda: fetch(server.url + "/x", limits=small, expected_bytes=60_000)) is Reason.TOO_LARGE
    assert left(tmp_path) == []


def test_a_length_that_is_known_must_be_right(fetch: Fetch, server: Any, tmp_path: Path) -> None:
    server.misbehave("/x", "chunked", "chunked", "chunked", "chunked")
    url = server.add("/x", BODY)
    assert reason_of(lambda: fetch(url, expected_bytes=len(BODY) + 1, tries=0)) is Reason.TRUNCATED
    assert fetch(url, expected_bytes=len(BODY)).bytes == len(BODY)


def test_hashes(fetch: Fetch, server: Any, tmp_path: Path) -> None:
    digest = hashlib.sha256(BODY).hexdigest()
    url = server.add("/x", BODY)
    assert reason_of(lambda: fetch(url, sha256="0" * 64)) is Reason.DAMAGED
    assert left(tmp_path) == []
    assert fetch(url, sha256=digest[:8].upper()).sha256 == digest


def test_a_full_disk(fetch: Fetch, server: Any, tmp_path: Path) -> None:
    url = server.add("/x", BODY)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, before[1]))
    try:
        assert reason_of(lambda: fetch(url)) is Reason.DISK_FULL
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert left(tmp_path) == []
    assert (
        reason_of(lambda: download(trusted(url, QUICK), url, tmp_path / "no" / "x", limits=QUICK)) is Reason.DISK_FULL
    )


def test_stopping_keeps_the_half(fetch: Fetch, server: Any, tmp_path: Path) -> None:
    url = server.add("/x", BODY[:1000], headers={"ETag": '"a"'})
    server.misbehave("/x", "drip")
    stop = Event()
    Timer(0.3, stop.set).start()
    with pytest.raises(Stopped):
        fetch(url, stop=stop)
    assert left(tmp_path) == ["x.json", "x.part"]
    assert 0 < fetch(url).resumed_from < 100
    assert (tmp_path / "x").read_bytes() == BODY[:1000]


def test_stopping_ends_a_wait(fetch: Fetch, server: Any) -> None:
    url = server.add("/x", BODY)
    server.misbehave("/x", "503 in 900")
    stop = Event()
    Timer(0.1, stop.set).start()
    started = monotonic()
    with pytest.raises(Stopped):
        fetch(url, stop=stop)
    assert monotonic() - started < 2


@pytest.mark.parametrize(
    ("url", "reason"), [("http://127.0.0.1:1/x", Reason.CONNECTION), ("http://no-such-name.invalid/x", Reason.DNS)]
)
def test_nobody_there(fetch: Fetch, url: str, reason: Reason) -> None:
    assert reason_of(lambda: fetch(url, tries=1)) is reason


def test_no_tls_where_it_should_be(fetch: Fetch, server: Any) -> None:
    assert reason_of(lambda: fetch(server.url.replace("http", "https"), tries=0)) is Reason.TLS


def test_the_caller_may_refuse(fetch: Fetch, server: Any, tmp_path: Path) -> None:
    def refuse(response: Any) -> None:
        raise FetchError(Reason.OPT_OUT, "no", url=response.url)

    assert reason_of(lambda: fetch(server.add("/x", BODY), check=refuse)) is Reason.OPT_OUT
    assert left(tmp_path) == []
