"""When to try again, and how long to wait before: urllib3's rules, with a wait that can be interrupted."""

from threading import Event

from urllib3 import HTTPResponse, Retry
from urllib3.exceptions import ConnectTimeoutError, InvalidHeader, MaxRetryError, ProtocolError

from artgan.io.failures import FetchError, Reason, Stopped

PASSING_STATUSES = frozenset({408, 429, 500, 502, 503, 504})

# `other` bounds the whole; backoff is 0, 2, 4, 8 ... seconds with up to half a second of jitter.
PATIENT = Retry(
    total=6,
    connect=3,
    read=5,
    status=5,
    backoff_factor=1,
    backoff_max=60,
    backoff_jitter=0.5,
    status_forcelist=PASSING_STATUSES,
    respect_retry_after_header=True,
    retry_after_max=900,
    raise_on_status=False,
)
"""For one address: at most seven tries, and never more than a quarter of an hour between two."""


class Retries:
    """Counts the tries at one address."""

    def __init__(self, policy: Retry = PATIENT) -> None:
        self._retry = policy

    def pause(self, error: FetchError) -> float:
        """Seconds to wait before the next try after `error`, which is raised where there is none."""
        if not error.passing:
            raise error
        try:
            if error.status is not None and error.reason in (Reason.HTTP_4XX, Reason.HTTP_5XX):
                self._retry = self._retry.increment("GET", "", response=HTTPResponse(status=error.status))
            elif error.reason is Reason.CONNECTION:
                self._retry = self._retry.increment("GET", "", error=ConnectTimeoutError(error.cause))
            else:
                self._retry = self._retry.increment("GET", "", error=ProtocolError(error.cause))
        except MaxRetryError:
            raise error from None
        if error.retry_after is not None:
            return error.retry_after
        return float(self._retry.get_backoff_time())


def retry_after(value: str | None) -> float | None:
    """Seconds that a Retry-After header asks for, as number or date, at most 900; None where it asks for nothing."""
    if value is None:
        return None
    try:
        return PATIENT.parse_retry_after(value)
    except (InvalidHeader, ValueError, OverflowError):
        return None


def wait(seconds: float, stop: Event) -> None:
    """Sleep that ends at once, with Stopped, when `stop` is set."""
    if stop.wait(max(seconds, 0.0)):
        raise Stopped
