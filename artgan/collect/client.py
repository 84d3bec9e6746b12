"""Polite and safe HTTP for sources: pages, interfaces, files. What a source may do to the network goes through here."""

import hashlib
import json
import time
from collections.abc import Callable, Container, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Event, Lock
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

import requests
from urllib3 import Retry

from artgan.collect.politeness import Clock, Hosts, Robots, opted_out
from artgan.collect.quota import Quota, Quotas
from artgan.collect.session import MAX_REDIRECTS, SafeSession, host_of
from artgan.collect.sources.challenges import ChallengeError, challenge_message, is_challenge
from artgan.collect.state import State
from artgan.events import Downloading, Listener, Note, ignore
from artgan.io.download import Downloaded, Limits, answered, body, download, raise_for_status
from artgan.io.failures import FetchError, Reason, redact
from artgan.io.retries import PATIENT, Retries

_MAX_TEXT = 16 * 2**20
_SAID_SECONDS = 5.0  # shorter waits are not worth a line
_PROGRESS_SECONDS = 0.5
_BUSY = (429, 503)


@dataclass(frozen=True, kw_only=True)
class ClientOptions:
    """How to ask. `per_second` and `connections` hold for a host that nothing else is known of."""

    contact: str | None = None
    """An address or e-mail where a site's owner reaches the person who runs this; part of the user agent."""
    per_second: float = 4.0
    connections: int = 3
    allow_private: bool = False
    """Let addresses of one's own machine and network be asked."""
    robots: bool = True
    """Obey robots.txt; False is for one's own server."""
    limits: Limits = field(default_factory=Limits)
    retry: Retry = PATIENT


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An answer read whole. `headers` has names in lower case."""

    url: str
    """After redirects."""
    status: int
    headers: Mapping[str, str]
    text: str

    def json(self) -> Any:
        """The text read as JSON. Raises FetchError (DAMAGED) when it is none."""
        try:
            return json.loads(self.text)
        except (ValueError, RecursionError):
            raise FetchError(Reason.DAMAGED, "the answer is no JSON", url=self.url, status=self.status) from None


class Client:
    """Asks hosts, a few at a time, and waits where they want it.

    Every hop is checked by `SafeSession`, takes its turn at its host and, but for interfaces, is checked against
    robots.txt. Refusals that pass are tried again. Close it after use.
    """

    def __init__(
        self,
        options: ClientOptions,
        *,
        hosts: frozenset[str] | None = None,
        state: State | None = None,
        listener: Listener = ignore,
        stop: Event | None = None,
        clock: Clock | None = None,
    ) -> None:
        """`hosts`: those that may be asked, ".example.org" with all below; None: any public one."""
        self.options, self.stop = options, stop or Event()
        self._state, self._listener, self._clock = state, listener, clock or Clock()
        self._session = SafeSession(
            contact=options.contact, allow_private=options.allow_private, connections=options.connections, hosts=hosts
        )
        self._hosts = Hosts(self._clock, per_second=options.per_second, connections=options.connections)
        self._robots = Robots(self._robots_text)
        self._keys: dict[str, dict[str, str]] = {}
        self._quotas = Quotas(self._clock, state, self.note)
        self._lock = Lock()
        self.requests = 0
        """Made so far, those that failed included."""

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def abort(self) -> None:
        """Stop whatever waits or is on its way; who waits for it gets Stopped."""
        self.stop.set()
        self._session.abort()

    # What sources call

    def get_text(
        self,
        url: str,
        *,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        cached: bool = True,
        api: bool = False,
        accept: Container[int] = (),
    ) -> Answer:
        """A page or an interface's answer, at most 16 MiB. An answer given before comes from the state file.

        Args:
            url: where.
            params: added to the query.
            headers: sent with it, and never to another host that it redirects to.
            cached: keep the answer, and take a kept one.
            api: an official interface: robots.txt, which is meant for crawlers of pages, is not asked, and
                quota headers (X-Ratelimit-Remaining) are obeyed.
            accept: statuses to return as they are, for example 404 where it means the last page.

        Raises:
            FetchError: with the reason.
            ChallengeError: a page that asks visitors to prove to be people.
            Stopped: the user wants to stop.
        """
        self._session.check(url)
        if params:
            parts = urlsplit(url)
            query = "&".join(filter(None, [parts.query, urlencode(params)]))
            url = urlunsplit(parts._replace(query=query))
        key = hashlib.sha256(json.dumps([url, sorted((headers or {}).items())]).encode()).hexdigest()
        if cached and self._state is not None and (page := self._state.page(key)) is not None:
            return Answer(url=page[0], status=page[1], headers=page[2], text=page[3])
        retries = Retries(self.options.retry)
        while True:
            try:
                answer = self._ask(url, headers or {}, api=api, accept=accept)
                break
            except FetchError as error:
                self._pause(host_of(url), retries.pause(error), error, told=True)
        if cached and self._state is not None and answer.status not in (401, 403, 429):
            self._state.keep_page(key, redact(answer.url), answer.status, dict(answer.headers), answer.text)
        return answer

    def get_json(
        self,
        url: str,
        *,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        cached: bool = True,
        api: bool = False,
    ) -> Any:
        """`get_text`, read as JSON."""
        return self.get_text(url, params=params, headers=headers, cached=cached, api=api).json()

    def download(
        self,
        url: str,
        target: Path,
        *,
        limits: Limits | None = None,
        sha256: str | None = None,
        expected_bytes: int | None = None,
        headers: Mapping[str, str] | None = None,
        api: bool = False,
        check: Callable[[requests.Response], None] = lambda response: None,
        on_bytes: Callable[[int, int | None], None] = lambda done, total: None,
    ) -> Downloaded:
        """Fetch a file, see `artgan.io.download.download`; by default within the limits for pictures."""
        limits = limits or self.options.limits
        host = self._session.check(url)

        def opener(more: Mapping[str, str]) -> requests.Response:
            response = self._open(url, {**(headers or {}), **more}, api=api, limits=limits)
            if response.status_code >= 400 and is_challenge(self._start_of(response)):
                response.close()
                raise ChallengeError(challenge_message(response.url))
            return response

        return download(
            opener,
            url,
            target,
            limits=limits,
            stop=self.stop,
            retries=Retries(self.options.retry),
            sha256=sha256,
            expected_bytes=expected_bytes,
            check=check,
            pause=lambda seconds, error: self._pause(host, seconds, error, told=False),
            on_bytes=on_bytes,
        )

    def picture(self, url: str, target: Path, *, expected_bytes: int | None = None) -> Downloaded:
        """`download` for a picture: HTML and pictures whose headers opt out are refused before they are read."""

        def check(response: requests.Response) -> None:
            mime = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
            if mime in ("text/html", "application/xhtml+xml"):
                if is_challenge(self._start_of(response)):
                    raise FetchError(Reason.CHALLENGE, "its host asks visitors to prove to be people", url=url)
                raise FetchError(Reason.NOT_IMAGE, "it is a page, not a picture", url=url, status=response.status_code)
            if opted_out({name.lower(): value for name, value in response.headers.items()}):
                raise FetchError(Reason.OPT_OUT, "its owner opted out of this use", url=url)

        return self.download(url, target, expected_bytes=expected_bytes, check=check)

    def ping(self, url: str) -> None:
        """Visit an address because the rules of an interface want it; the answer does not matter."""
        self.get_text(url, cached=False, api=True)

    def limit(self, host: str, *, per_second: float, connections: int) -> None:
        """How fast and with how many connections a host may be asked, said before it is: never above the options'."""
        self._hosts.limit(host, per_second=per_second, connections=connections)

    def connections(self, host: str) -> int:
        """How many pictures of this host may be fetched at a time."""
        return self._hosts.of(host).connections

    def authorize(self, host: str, headers: Mapping[str, str]) -> None:
        """Send these headers to that host and to no other: keys. They are never kept or shown."""
        self._keys[host] = dict(headers)

    def quota(self, host: str) -> Quota | None:
        """What the host's last answer said of its quota."""
        return self._quotas.of(host)

    def note(self, text: str) -> None:
        """Tell the user a line."""
        self._listener(Note(text=redact(text)))

    def progress(self, name: str) -> Callable[[int, int | None], None]:
        """An `on_bytes` for a download that takes long: tells the user of it, twice a second."""
        told = 0.0

        def tell(done: int, total: int | None) -> None:
            nonlocal told
            if done == total or time.monotonic() - told >= _PROGRESS_SECONDS:
                told = time.monotonic()
                self._listener(Downloading(name=name, done_bytes=done, total_bytes=total))

        return tell

    # Underneath

    def _ask(self, url: str, headers: Mapping[str, str], *, api: bool, accept: Container[int]) -> Answer:
        limits = self.options.limits
        opener = lambda more: self._open(url, {**headers, **more}, api=api, limits=limits)  # noqa: E731
        with answered(opener, {"Accept-Encoding": "gzip, deflate"}, url) as response:
            status, found = response.status_code, {k.lower(): v for k, v in response.headers.items()}
            data, deadline = bytearray(), time.monotonic() + limits.seconds
            for chunk in body(response, url, deadline=deadline, stop=self.stop):
                data += chunk
                if len(data) > _MAX_TEXT:
                    raise FetchError(Reason.TOO_LARGE, f"it is longer than {_MAX_TEXT} bytes", url=url)
            text = _decoded(bytes(data), found.get("content-type", ""))
            if not api and is_challenge(text):
                raise ChallengeError(challenge_message(response.url))
            if api:
                self._quotas.count(host_of(url), status, found, text, url)
            if status not in accept:
                raise_for_status(response, url)
            return Answer(url=response.url, status=status, headers=found, text=text)

    def _open(self, url: str, headers: Mapping[str, str], *, api: bool, limits: Limits) -> requests.Response:
        """The answer at the end of all redirects, its body open. The caller's headers stay with their host."""
        first = self._session.check(url)
        for _ in range(MAX_REDIRECTS + 1):
            host = self._session.check(url)
            record = self._hosts.of(host)
            if self.options.robots and not api:
                if not self._robots.allows(url):
                    raise FetchError(Reason.ROBOTS, f"robots.txt of {host} forbids it", url=url)
                if pace := self._robots.per_second(url):
                    record.slow_down(pace)
            if api:
                self._quotas.wait(host, self.stop)
            record.take(self.stop)
            with self._lock:
                self.requests += 1
            sent = dict(headers) if host == first else {k: v for k, v in headers.items() if k in _HARMLESS}
            response = self._session.get(url, {**sent, **self._keys.get(host, {})}, timeout=limits.timeout)
            try:
                target = self._session.target(response)
            except FetchError:
                response.close()
                raise
            if target is None and response.headers.get("cf-mitigated") != "challenge":
                return response
            response.close()
            if target is None:
                raise ChallengeError(challenge_message(url))
            if urlsplit(url).scheme == "https" and urlsplit(target).scheme != "https":
                raise FetchError(Reason.REDIRECTS, "it redirects from https to http", url=url)
            url = target
        raise FetchError(Reason.REDIRECTS, f"it redirects more than {MAX_REDIRECTS} times", url=url)

    def _robots_text(self, url: str) -> tuple[int, str]:
        try:
            answer = self.get_text(url, api=True, cached=False, accept=range(400, 500))
        except ChallengeError:
            return 403, ""
        except FetchError as error:
            if error.status is None:
                raise
            return error.status, ""
        return answer.status, answer.text

    def _start_of(self, response: requests.Response) -> str:
        """The beginning of a page, as much as comes in a short while: only to say more exactly what is wrong."""
        data, deadline = bytearray(), time.monotonic() + self.options.limits.silence_seconds
        with suppress(FetchError):
            for chunk in body(response, response.url, deadline=deadline, stop=self.stop):
                data += chunk
                if len(data) > _MAX_TEXT // 64:
                    break
        return str(data, "utf-8", "replace")

    def _pause(self, host: str, seconds: float, error: FetchError, *, told: bool) -> None:
        """Wait before the next try. A host that is too busy is let alone by all threads; a bad file stops no other."""
        asked = error.retry_after is not None
        if asked or error.status in _BUSY:
            self._hosts.of(host).pause(seconds)
        if seconds >= _SAID_SECONDS and (asked or told):
            at = datetime.fromtimestamp(self._clock.now() + seconds).strftime("%H:%M:%S")
            why = f"paused, {host} wants to be asked again at {at}" if asked else f"{error}; next try at {at}"
            self.note(f"{why}; Ctrl-C is safe")
        self._clock.wait(seconds, self.stop)


_HARMLESS = {"Accept", "Accept-Encoding", "Accept-Language", "Range", "If-Range"}


def _decoded(data: bytes, content_type: str) -> str:
    _, found, charset = content_type.lower().partition("charset=")
    with suppress(LookupError, UnicodeDecodeError):
        return data.decode(charset.split(";")[0].strip(" \"'") if found else "utf-8")
    return data.decode("utf-8", "replace")
