"""A real HTTP server on loopback that serves what it is given, and misbehaves as told."""

import re
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Page:
    """What an address answers."""

    body: bytes = b""
    type: str = "text/html; charset=utf-8"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A request that came."""

    path: str
    headers: Mapping[str, str]
    """Names in lower case."""
    client: tuple[str, int]
    at: float


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 20

    def setup(self) -> None:
        super().setup()
        # A body follows its headers at once, or Nagle's algorithm and delayed acknowledgement cost 40 ms each.
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def log_message(self, format: str, *arguments: object) -> None:
        pass

    def do_GET(self) -> None:
        server: Server = self.server.owner  # type: ignore[attr-defined]
        headers = {name.lower(): value for name, value in self.headers.items()}
        path = self.path.partition("?")[0]
        with server.lock:
            server.asked.append(Asked(path=self.path, headers=headers, client=self.client_address, at=time.time()))
            turns = server.turns.get(path)
            manner = turns.pop(0) if turns else None
            page = server.pages.get(path) or (server.fallback(path) if server.fallback else None)
        if callable(page):
            page = page(self.path, headers)
        if page is None:
            page = Page(body=b"not here", type="text/plain", status=404)
        try:
            if manner is None:
                self.send(page, headers)
            else:
                MANNERS[manner](self, page)
        except OSError:  # the client had enough
            self.close_connection = True

    def send(self, page: Page, asked: Mapping[str, str]) -> None:
        body, status, more = page.body, page.status, dict(page.headers)
        tag = more.get("ETag")
        part = re.fullmatch(r"bytes=(\d+)-", asked.get("range", ""))
        if part and status == 200 and tag and asked.get("if-range") == tag:
            start = int(part[1])
            if start >= len(body):
                status, body = 416, b""
            else:
                more["Content-Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
                status, body = 206, body[start:]
        self.head(status, page.type, len(body), more)
        self.wfile.write(body)

    def head(self, status: int, type_: str, length: int | None, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", type_)
        if length is not None:
            self.send_header("Content-Length", str(length))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()

    def reset(self) -> None:
        """Not the polite end of a connection, but its break (RST)."""
        self.wfile.flush()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True


def _refuse(status: int, retry_after: Callable[[], str] | None = None) -> Callable[[_Handler, Page], None]:
    def answer(handler: _Handler, page: Page) -> None:
        handler.head(status, "text/plain", 4, {} if retry_after is None else {"Retry-After": retry_after()})
        handler.wfile.write(b"busy")

    return answer


def _reset(handler: _Handler, page: Page) -> None:
    handler.head(page.status, page.type, len(page.body), page.headers)
    handler.wfile.write(page.body[: len(page.body) // 2])
    handler.reset()


def _slow(handler: _Handler, page: Page) -> None:
    handler.head(page.status, page.type, len(page.body), page.headers)
    step = max(1, len(page.body) // 4)
    for start in range(0, len(page.body), step):
        handler.wfile.write(page.body[start : start + step])
        time.sleep(0.02)


def _drip(handler: _Handler, page: Page) -> None:
    """A byte now and then, for as long as anyone listens."""
    handler.head(page.status, page.type, len(page.body), page.headers)
    for byte in page.body:
        handler.wfile.write(bytes([byte]))
        time.sleep(0.05)


def _drip_headers(handler: _Handler, page: Page) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        handler.wfile.write(b"X")
        time.sleep(0.05)


def _silent(handler: _Handler, page: Page) -> None:
    time.sleep(1.0)
    handler.close_connection = True


def _short(handler: _Handler, page: Page) -> None:
    """Less than was announced."""
    handler.head(page.status, page.type, len(page.body), page.headers)
    handler.wfile.write(page.body[:-7])
    handler.close_connection = True


def _chunked(handler: _Handler, page: Page) -> None:
    handler.head(page.status, page.type, None, {**page.headers, "Transfer-Encoding": "chunked"})
    for start in range(0, len(page.body), 1000):
        chunk = page.body[start : start + 1000]
        handler.wfile.write(f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n")
    handler.wfile.write(b"0\r\n\r\n")


def _html(handler: _Handler, page: Page) -> None:
    body = b"<!doctype html><title>Just a page</title>"
    handler.head(200, "text/html", len(body))
    handler.wfile.write(body)


def _disguised(handler: _Handler, page: Page) -> None:
    body = b"<!doctype html><title>Just a page</title>"
    handler.head(200, "image/jpeg", len(body))
    handler.wfile.write(body)


MANNERS: dict[str, Callable[[_Handler, Page], None]] = {
    "429": _refuse(429, lambda: "0"),
    "429 in 1": _refuse(429, lambda: "1"),
    "429 date": _refuse(429, lambda: formatdate(time.time() + 1, usegmt=True)),
    "429 bare": _refuse(429),
    "500": _refuse(500),
    "503": _refuse(503),
    "503 in 900": _refuse(503, lambda: "900"),
    "reset": _reset,
    "slow": _slow,
    "drip": _drip,
    "drip headers": _drip_headers,
    "silent": _silent,
    "short": _short,
    "chunked": _chunked,
    "html": _html,
    "disguised html": _disguised,
}


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass


class Server:
    """Start it, tell it what to answer, ask it what came.

    `pages` maps paths to a Page or to a function of (path with query, headers) that returns one; `turns` maps paths
    to the manners of the next answers, after which the page is served as it should be.
    """

    page = Page
    """For tests, which cannot import this module."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.lock = threading.RLock()
        self.pages: dict[str, Page | Callable[[str, Mapping[str, str]], Page | None]] = {}
        self.turns: dict[str, list[str]] = {}
        self.fallback: Callable[[str], Page | None] | None = None
        self.asked: list[Asked] = []
        self._http = _Quiet((host, 0), _Handler)
        self._http.owner = self  # type: ignore[attr-defined]
        self.port = self._http.server_address[1]
        self.url = f"http://{host}:{self.port}"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def add(self, path: str, body: bytes | str, type: str = "image/jpeg", **more: Any) -> str:
        """Serve a body under a path; the whole address."""
        data = body.encode() if isinstance(body, str) else body
        self.pages[path] = Page(body=data, type=type, **more)
        return self.url + path

    def misbehave(self, path: str, *manners: str) -> None:
        """How to answer the next requests for a path."""
        assert all(manner in MANNERS for manner in manners)
        self.turns[path] = list(manners)

    def counts(self) -> Counter[str]:
        """Requests by path, robots.txt left out."""
        with self.lock:
            paths = [asked.path for asked in self.asked]
        return Counter(path for path in paths if path != "/robots.txt")

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()
