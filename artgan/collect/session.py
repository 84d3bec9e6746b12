"""A session for addresses that strangers wrote: it connects to public addresses only, and gives away nothing."""

import socket
from collections.abc import Iterator, Mapping
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, metadata
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from threading import Lock, Timer
from typing import Any
from urllib.parse import urljoin, urlsplit
from weakref import WeakSet

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, Retry
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import LocationValueError, ProtocolError, ReadTimeoutError
from urllib3.poolmanager import PoolManager

from artgan import __version__
from artgan.io.failures import FetchError, Reason

MAX_REDIRECTS = 5

_HEADERS_SECONDS = 30.0
_NAT64 = IPv6Network("64:ff9b::/96")
_LOCAL_NAT64 = IPv6Network("64:ff9b:1::/48")
_COMPATIBLE = IPv6Network("::/96")


def host_of(url: str) -> str:
    """The host of an address, "" where it has none or is no address."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


class BlockedAddressError(LocationValueError):
    """The peer is not on the public internet; of a class that nothing tries again."""


def user_agent(contact: str | None = None) -> str:
    """Who asks, honestly: "artgan/0.1.0 (+HOMEPAGE; contact)", with the home page that the package names."""
    known = [f"+{home}"] if (home := _home_page()) else []
    known += [_one_line(contact)] if contact else []
    return f"artgan/{__version__}" + (f" ({'; '.join(known)})" if known else "")


def _home_page() -> str | None:
    try:
        named = metadata("artgan").get_all("Project-URL") or []
    except PackageNotFoundError:  # run from its sources
        return None
    urls = dict(entry.partition(", ")[::2] for entry in named)
    return urls.get("Homepage") or urls.get("Repository")


def _one_line(text: str) -> str:
    """What a header can hold."""
    return "".join(c if c.isprintable() and c.isascii() else "?" for c in text)


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet.

    An IPv4 address inside an IPv6 one (mapped, compatible, NAT64, 6to4) counts as that IPv4 address.
    """
    peer: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    if isinstance(peer, IPv6Address):
        if peer in _LOCAL_NAT64 or peer.teredo is not None:
            return False
        inner = peer.ipv4_mapped or peer.sixtofour
        if inner is None and (peer in _NAT64 or peer in _COMPATIBLE):
            inner = IPv4Address(int(peer) & 0xFFFFFFFF)
        if inner is not None:
            peer = inner
    return peer.is_global and not peer.is_multicast and not peer.is_reserved


def _checked(sock: socket.socket, host: str) -> socket.socket:
    """The check is on the connected socket, not on the name: a name may mean one address now and another later."""
    try:
        peer = sock.getpeername()[0]
        if is_public(peer):
            return sock
    except BaseException:
        sock.close()
        raise
    sock.close()
    raise BlockedAddressError(f"{host} is the address {peer}, which is not on the public internet")


class _Live:
    """The sockets of a session, so that all can be woken at once."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.aborted = False
        self._sockets: WeakSet[socket.socket] = WeakSet()

    def add(self, sock: socket.socket) -> None:
        with self._lock:
            self._sockets.add(sock)
            if self.aborted:
                _shut(sock)

    def abort(self) -> None:
        with self._lock:
            self.aborted = True
            sockets = list(self._sockets)
        for sock in sockets:
            _shut(sock)


def _shut(sock: socket.socket) -> None:
    """Wake whoever reads from it. Not through TLS's own method, which is not safe while another thread reads."""
    with suppress(OSError):
        socket.socket.shutdown(sock, socket.SHUT_RDWR)


class _HurriedMixin:
    """Headers must be here after a while: a peer that sends a byte now and then resets every other timeout."""

    sock: socket.socket | None
    host: str
    live: _Live

    def connect(self) -> None:
        super().connect()  # type: ignore[misc]  # of the connection class that this is mixed into
        if self.sock is not None:
            self.live.add(self.sock)

    def getresponse(self) -> Any:
        late = False

        def abort() -> None:
            nonlocal late
            late = True
            if self.sock is not None:
                _shut(self.sock)

        timer = Timer(_HEADERS_SECONDS, abort)
        timer.daemon = True
        timer.start()
        try:
            answer = super().getresponse()  # type: ignore[misc]
            if late or self.live.aborted:  # headers that broke off pass for whole ones
                answer.close()
                raise ProtocolError("the headers broke off")
            return answer
        except Exception as error:
            if late:
                raise ReadTimeoutError(None, "", "no complete headers in time") from error  # type: ignore[arg-type]
            raise
        finally:
            timer.cancel()


class _OpenHTTP(_HurriedMixin, HTTPConnection):
    pass


class _OpenHTTPS(_HurriedMixin, HTTPSConnection):
    pass


class _PublicHTTP(_OpenHTTP):
    def _new_conn(self) -> socket.socket:
        return _checked(super()._new_conn(), self.host)


class _PublicHTTPS(_OpenHTTPS):
    def _new_conn(self) -> socket.socket:
        return _checked(super()._new_conn(), self.host)


def _pool_classes(live: _Live, *, allow_private: bool) -> dict[str, type[HTTPConnectionPool]]:
    plain, secure = (_OpenHTTP, _OpenHTTPS) if allow_private else (_PublicHTTP, _PublicHTTPS)
    shared = {"live": live}
    return {
        "http": type("HTTPPool", (HTTPConnectionPool,), {"ConnectionCls": type("HTTP", (plain,), shared)}),
        "https": type("HTTPSPool", (HTTPSConnectionPool,), {"ConnectionCls": type("HTTPS", (secure,), shared)}),
    }


class _Adapter(HTTPAdapter):
    def __init__(self, live: _Live, *, allow_private: bool, connections: int) -> None:
        self._classes = _pool_classes(live, allow_private=allow_private)
        # Nothing is tried again down here: `artgan.io.retries` does it, where waiting can be interrupted.
        super().__init__(pool_connections=64, pool_maxsize=connections, max_retries=Retry(0, read=False))

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, **options)
        manager: PoolManager = self.poolmanager
        manager.pool_classes_by_scheme = self._classes


class _OneHop(requests.Session):
    def resolve_redirects(self, *arguments: Any, **options: Any) -> Iterator[Any]:
        """Nothing: requests looks ahead even where it is told not to follow, and reads the whole body for it."""
        return iter(())


class SafeSession:
    """GET for untrusted addresses, one hop at a time.

    Every hop is checked: scheme http or https, no password in the address, host on the list, peer public. The
    environment is not read: no proxy, no .netrc, no certificates from it. Cookies are not kept.
    """

    def __init__(
        self, *, contact: str | None = None, allow_private: bool = False, connections: int = 4, hosts: Any = None
    ) -> None:
        self._hosts: frozenset[str] | None = hosts
        self._session = _OneHop()
        self._session.trust_env = False
        self._session.headers.clear()
        self._session.headers["User-Agent"] = user_agent(contact)
        self._live = _Live()
        adapter = _Adapter(self._live, allow_private=allow_private, connections=connections)
        self._session.mount("http://", adapter)
        self._session.mount("https://", adapter)

    def check(self, url: str) -> str:
        """The host of an address that may be asked.

        Raises:
            FetchError: BLOCKED_ADDRESS: another scheme, a password inside, a host that is not of this source.
        """
        try:
            parts = urlsplit(url)
            host, _ = parts.hostname or "", parts.port
        except ValueError:
            raise FetchError(Reason.BLOCKED_ADDRESS, "it is no valid address", url=url) from None
        cause = None
        if parts.scheme not in ("http", "https"):
            cause = "only http and https addresses are fetched"
        elif not host or parts.username is not None or parts.password is not None:
            cause = "it names no host, or holds a password"
        elif not self.may_ask(host):
            cause = f"{host} is no host of this source"
        if cause is not None:
            raise FetchError(Reason.BLOCKED_ADDRESS, cause, url=url)
        return host

    def may_ask(self, host: str) -> bool:
        """Whether the host is on the list, where there is one."""
        return self._hosts is None or any(
            host == known or (known.startswith(".") and host.endswith(known)) for known in self._hosts
        )

    def get(self, url: str, headers: Mapping[str, str], *, timeout: tuple[float, float]) -> requests.Response:
        """One hop: an answer with its headers read and its body open. Redirects are answers like others."""
        self.check(url)
        self._session.cookies.clear()
        return self._session.get(url, headers=dict(headers), timeout=timeout, stream=True, allow_redirects=False)

    def target(self, response: requests.Response) -> str | None:
        """Where an answer redirects to, as a whole address; None for any other answer."""
        location = self._session.get_redirect_target(response)
        try:
            return None if location is None else urljoin(response.url, location)
        except ValueError:
            cause = "it redirects to what is no valid address"
            raise FetchError(Reason.BLOCKED_ADDRESS, cause, url=response.url) from None

    def abort(self) -> None:
        """Break every connection, those to come included: who reads from one gets an error at once."""
        self._live.abort()

    def close(self) -> None:
        """Close the connections."""
        self._session.close()
