"""Why a picture could not be had, or was not wanted: a closed list, so that failures can be counted."""

import re
from enum import StrEnum

from artgan.errors import ArtganError, ExitCode, NetworkError


class Reason(StrEnum):
    """The closed list; the value stands in manifests and summaries."""

    HTTP_4XX = "http_4xx"
    HTTP_5XX = "http_5xx"
    TIMEOUT = "timeout"
    DNS = "dns"
    TLS = "tls"
    CONNECTION = "connection"
    REDIRECTS = "redirects"
    BLOCKED_ADDRESS = "blocked_address"
    CHALLENGE = "challenge"
    ROBOTS = "robots"
    OPT_OUT = "opt_out"
    TOO_LARGE = "too_large"
    NOT_IMAGE = "not_image"
    TRUNCATED = "truncated"
    DAMAGED = "damaged"
    BOMB = "bomb"
    ANIMATED = "animated"
    TOO_SMALL = "too_small"
    ASPECT = "aspect"
    DUPLICATE = "duplicate"
    LICENCE = "licence"
    REMOVED = "removed"
    DISK_FULL = "disk_full"

    @property
    def is_choice(self) -> bool:
        """Whether the picture was left out on purpose ("skipped"), rather than failed to come."""
        return self in _CHOICES


_CHOICES = {
    Reason.ROBOTS,
    Reason.OPT_OUT,
    Reason.ANIMATED,
    Reason.TOO_SMALL,
    Reason.ASPECT,
    Reason.DUPLICATE,
    Reason.LICENCE,
    Reason.REMOVED,
}


# A key in an address, and the two ways a header gives one.
_SECRET = re.compile(
    r"(?i)((?:client_id|client_secret|(?:access|api)_?(?:key|token)|auth_?token|token|key|secret|password|signature"
    r"|x-amz-[a-z-]+)=)[^&\s'\"#]+"
    r"|((?:authorization['\"]?\s*[:=]\s*['\"]?)?(?:client-id|bearer|basic)\s+)[^\s'\",]+"
    r"|(://)[^/\s@]+@"
)


def redact(text: str) -> str:
    """The text on one printable line, without keys, tokens and passwords: fit for messages and files."""
    plain = "".join(c if c.isprintable() else " " for c in text)
    return _SECRET.sub(lambda found: (found[1] or found[2] or found[3]) + "***" + ("@" if found[3] else ""), plain)


class FetchError(NetworkError):
    """Something could not be fetched.

    Attributes:
        reason: of the closed list.
        cause: the message without the address.
        status: of HTTP, where an answer came.
        passing: whether it makes sense to try again at once.
        retry_after: seconds the server asks to wait, where it does.
    """

    def __init__(
        self,
        reason: Reason,
        cause: str,
        *,
        url: str,
        status: int | None = None,
        passing: bool = False,
        retry_after: float | None = None,
    ) -> None:
        cause = redact(cause)
        super().__init__(f"cannot fetch {redact(url)}: {cause}")
        self.reason, self.cause, self.status = reason, cause, status
        self.passing, self.retry_after = passing, retry_after


class Stopped(ArtganError):  # noqa: N818  # no fault: like StopIteration
    """The user asked to stop while something was waiting or on its way."""

    exit_code = ExitCode.INTERRUPTED

    def __init__(self) -> None:
        super().__init__("interrupted")
