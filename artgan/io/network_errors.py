"""What went wrong in the network, told from the errors of requests, urllib3, TLS and the socket under each other."""

import socket
import ssl
from collections.abc import Iterator
from typing import Any

from urllib3.exceptions import HTTPError, IncompleteRead, LocationValueError, NameResolutionError, NewConnectionError
from urllib3.exceptions import SSLError as TLSError
from urllib3.exceptions import TimeoutError as NoAnswer

from artgan.io.failures import FetchError, Reason


def failure(error: Exception, url: str) -> FetchError:
    """What requests, urllib3 and the socket under them complain of, as one FetchError."""
    if isinstance(error, FetchError):
        return error
    causes = list(_causes(error))

    def said(*kinds: type[BaseException]) -> BaseException | None:
        return next((cause for cause in causes if isinstance(cause, kinds)), None)

    if blocked := said(LocationValueError):
        return FetchError(Reason.BLOCKED_ADDRESS, str(blocked), url=url)
    if said(NameResolutionError, socket.gaierror):
        return FetchError(Reason.DNS, "the name of its server is not known", url=url, passing=True)
    if said(TLSError, ssl.SSLError):
        return FetchError(Reason.TLS, "the connection is not secure: its certificate does not check", url=url)
    if said(IncompleteRead):
        return FetchError(Reason.TRUNCATED, "the connection broke", url=url, passing=True)
    if said(NoAnswer, TimeoutError) and not said(NewConnectionError):
        return FetchError(Reason.TIMEOUT, "the server is silent", url=url, passing=True)
    if said(ValueError) and not said(HTTPError):
        return FetchError(Reason.BLOCKED_ADDRESS, "it is no valid address", url=url)
    system = next((cause for cause in causes if isinstance(cause, OSError) and cause.errno), None)
    if isinstance(system, ConnectionRefusedError):
        return FetchError(Reason.CONNECTION, "connection refused", url=url, passing=True)
    if isinstance(system, OSError) and system.strerror:
        return FetchError(Reason.CONNECTION, system.strerror.lower(), url=url, passing=True)
    return FetchError(Reason.CONNECTION, "the connection broke", url=url, passing=True)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error and what it was made from: causes, contexts, arguments and `reason`."""
    waiting: list[Any] = [error]
    met: set[int] = set()
    while waiting:
        cause = waiting.pop(0)
        if isinstance(cause, BaseException) and id(cause) not in met:
            met.add(id(cause))
            yield cause
            waiting += [*cause.args, getattr(cause, "reason", None), cause.__cause__, cause.__context__]
