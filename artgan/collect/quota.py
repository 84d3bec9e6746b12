"""Quotas of interfaces, as their headers tell them: remembered across runs, and waited out."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from threading import Event, Lock

from artgan.collect.politeness import Clock
from artgan.collect.state import State
from artgan.io.failures import FetchError, Reason

_HOUR = 3600.0


@dataclass(frozen=True, kw_only=True)
class Quota:
    """What an interface allows an hour."""

    limit: int | None
    remaining: int
    back_at: float
    """Seconds since 1970 at which it is full again."""


class Quotas:
    """The quotas of the hosts met so far; safe among threads."""

    def __init__(self, clock: Clock, state: State | None, note: Callable[[str], None]) -> None:
        self._clock, self._state, self._note = clock, state, note
        self._known: dict[str, Quota] = {}
        self._said: float | None = None
        self._lock = Lock()

    def of(self, host: str) -> Quota | None:
        """What the host said last, in this run or an earlier one."""
        with self._lock:
            if host not in self._known and self._state is not None and (known := self._state.fact(f"quota:{host}")):
                self._known[host] = Quota(**known)
            return self._known.get(host)

    def count(self, host: str, status: int, headers: Mapping[str, str], text: str, url: str) -> None:
        """Read an answer: X-Ratelimit-Remaining, or a refusal because the quota is used up.

        Raises:
            FetchError: refused; a passing failure, after which `wait` waits.
        """
        left, limit = headers.get("x-ratelimit-remaining", ""), headers.get("x-ratelimit-limit", "")
        spent = (status == 403 and "rate limit" in text[:1000].lower()) or (
            status == 429 and left == "0" and "retry-after" not in headers
        )
        if not left.isdigit() and not spent:
            return
        quota = Quota(
            limit=int(limit) if limit.isdigit() else None,
            remaining=0 if spent else int(left),
            back_at=(self._clock.now() // _HOUR + 1) * _HOUR,  # no header tells when: it is refilled every hour
        )
        with self._lock:
            self._known[host] = quota
        if self._state is not None:
            self._state.set_fact(f"quota:{host}", asdict(quota))
        if spent:
            cause = "its quota is used up"
            raise FetchError(Reason.HTTP_4XX, cause, url=url, status=status, passing=True, retry_after=0.0)

    def wait(self, host: str, stop: Event) -> None:
        """Wait until the host's quota is back, and say so. Raises Stopped."""
        quota = self.of(host)
        if quota is None or quota.remaining > 0 or (seconds := quota.back_at - self._clock.now()) <= 0:
            return
        with self._lock:
            new, self._said = self._said != quota.back_at, quota.back_at
        if new:
            at = datetime.fromtimestamp(quota.back_at).strftime("%H:%M")
            self._note(f"paused, quota back at {at}; Ctrl-C is safe, the same command goes on later")
        self._clock.wait(seconds + 1, stop)
