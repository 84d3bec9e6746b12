"""How often a host may be asked, whether it may be asked at all, and whether it allows what it sends to be used."""

import math
import time
from collections.abc import Callable, Mapping
from threading import Event, Lock
from urllib.parse import urlsplit

from protego import Protego

from artgan.io.failures import FetchError, Reason, Stopped

_PRODUCT = "artgan"
_OPT_OUT = {"noai", "noimageai", "noindex", "noimageindex", "none"}
_WITH_VALUE = {"unavailable_after", "max-image-preview", "max-snippet", "max-video-preview"}
_MOST_ROBOTS = 500 * 2**10  # letters that are read; RFC 9309, 2.5, asks for no more
_SLOWEST = 60.0  # seconds between two requests: a crawl delay of a day would be a ban


class Clock:
    """Time, which tests replace."""

    def now(self) -> float:
        """Seconds since 1970."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds that never go back."""
        return time.monotonic()

    def wait(self, seconds: float, stop: Event) -> None:
        """Sleep; raises Stopped at once when `stop` is set."""
        if stop.wait(max(0.0, seconds)):
            raise Stopped


class Host:
    """One host's token bucket, its number of connections, and a pause it has asked for."""

    def __init__(self, clock: Clock, *, per_second: float, burst: float, connections: int) -> None:
        self._clock, self._lock = clock, Lock()
        self._rate, self._burst = per_second, max(1.0, burst)
        self._tokens, self._filled = self._burst, clock.monotonic()
        self._paused_until = -math.inf
        self.connections = connections

    def take(self, stop: Event) -> None:
        """Wait for a turn. Turns are given in the order they are asked for. Raises Stopped."""
        with self._lock:
            now = self._clock.monotonic()
            start = max(now, self._paused_until)
            self._tokens = min(self._burst, self._tokens + max(0.0, start - self._filled) * self._rate)
            self._filled = max(self._filled, start)
            self._tokens -= 1  # below zero: those who wait stand in line
            ready = self._filled if self._tokens >= 0 else self._filled - self._tokens / self._rate
        while (left := ready - self._clock.monotonic()) > 0:
            self._clock.wait(left, stop)
            with self._lock:  # a pause may have been asked for meanwhile
                ready = max(ready, self._paused_until)
        if stop.is_set():
            raise Stopped

    def pause(self, seconds: float) -> None:
        """Nobody asks this host for so long."""
        with self._lock:
            self._paused_until = max(self._paused_until, self._clock.monotonic() + seconds)

    def slow_down(self, per_second: float) -> None:
        """Ask at most so often; a host is never made faster than it was."""
        with self._lock:
            self._rate = max(1 / _SLOWEST, min(self._rate, per_second))
            self._burst = 1.0
            self._tokens = min(self._tokens, self._burst)


class Hosts:
    """The hosts met so far. `limit` sets one apart from the default."""

    def __init__(self, clock: Clock, *, per_second: float, connections: int) -> None:
        self._clock, self._default = clock, (per_second, connections)
        self._special: dict[str, tuple[float, int]] = {}
        self._hosts: dict[str, Host] = {}
        self._lock = Lock()

    def limit(self, host: str, *, per_second: float, connections: int) -> None:
        """How fast this host may be asked, to be said before it is: never faster than the default of the run."""
        with self._lock:
            rate, most = self._default
            self._special[host] = (min(per_second, rate), min(connections, most))

    def of(self, host: str) -> Host:
        """The record of a host, made when it is first asked for."""
        with self._lock:
            if host not in self._hosts:
                per_second, connections = self._special.get(host, self._default)
                self._hosts[host] = Host(self._clock, per_second=per_second, burst=connections, connections=connections)
            return self._hosts[host]


class Robots:
    """robots.txt of each site (RFC 9309), asked for once a run."""

    def __init__(self, fetch: Callable[[str], tuple[int, str]]) -> None:
        """`fetch` gives the status and text of an address, or raises FetchError when its server cannot be reached."""
        self._fetch = fetch
        self._sites: dict[str, Protego | FetchError] = {}
        self._locks: dict[str, Lock] = {}
        self._lock = Lock()

    def allows(self, url: str) -> bool:
        """Whether the site's rules for artgan, or for everyone, let the address be asked for.

        Raises:
            FetchError: the site cannot be reached or its rules not be read for now, which is found out once a run.
        """
        return bool(self._rules(url).can_fetch(url, _PRODUCT))

    def per_second(self, url: str) -> float | None:
        """The pace the site asks for by Crawl-delay or Request-rate."""
        rules = self._rules(url)
        if delay := rules.crawl_delay(_PRODUCT):
            return 1 / float(delay)
        rate = rules.request_rate(_PRODUCT)
        return rate.requests / rate.seconds if rate and rate.seconds else None

    def _rules(self, url: str) -> "Protego":
        parts = urlsplit(url)
        site = f"{parts.scheme}://{parts.netloc}"
        with self._lock:
            lock = self._locks.setdefault(site, Lock())
        with lock:
            if site not in self._sites:
                self._sites[site] = self._read(site)
            rules = self._sites[site]
        if isinstance(rules, FetchError):
            raise FetchError(rules.reason, rules.cause, url=url, status=rules.status)
        return rules

    def _read(self, site: str) -> "Protego | FetchError":
        try:
            status, text = self._fetch(url := site + "/robots.txt")
        except FetchError as error:
            return error
        # RFC 9309, 2.3.1: "unavailable" (4xx) allows everything, "unreachable" nothing: not for good, but for now.
        if status >= 500 or status == 429:
            reason = Reason.HTTP_5XX if status >= 500 else Reason.HTTP_4XX
            return FetchError(reason, f"its robots.txt answers {status}, so nothing is asked", url=url, status=status)
        if status != 200:
            text = ""
        return Protego.parse(text[:_MOST_ROBOTS])


def opted_out(headers: Mapping[str, str]) -> bool:
    """Whether the headers of a picture (names in lower case) ask not to use it.

    X-Robots-Tag with noai, noimageai, noindex, noimageindex or none, for everyone or for artgan; the TDM
    Reservation Protocol's tdm-reservation: 1 (W3C community group report, 2022).
    """
    if headers.get("tdm-reservation", "").strip() == "1":
        return True
    for_us = True
    for part in headers.get("x-robots-tag", "").lower().split(","):
        agent, colon, rule = part.rpartition(":")
        if colon and agent.strip() in _WITH_VALUE:
            continue
        if colon:
            for_us = agent.strip() in (_PRODUCT, "*")  # holds for the rules behind it, too
        if for_us and rule.strip() in _OPT_OUT:
            return True
    return False
