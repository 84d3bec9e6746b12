"""A small gallery on this machine, to see `artgan scrape page` at work without touching anybody's site.

    python examples/gallery.py                                            # serves until Ctrl-C
    artgan scrape page http://127.0.0.1:8000 --allow-private              # in another terminal

Its pages are like those of the world: several sizes of each picture, lazy loading, links to the full size, a few dead
links, a page that is no picture, the same picture twice, and robots.txt with a folder that is nobody's business.
"""

import argparse
import io
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from PIL import Image

from artgan.data.synthetic import draw, parse_synthetic

A_PAGE = 12
SIDE = 192
KINDS = ("paintings", "faces", "photos")
ROBOTS = "User-agent: *\nDisallow: /private/\n"


class Gallery:
    """Drawn faces and landscapes, in pages."""

    def __init__(self, pictures: int) -> None:
        self.count = pictures
        self.pages = -(-pictures // A_PAGE)
        each = -(-pictures // len(KINDS))
        specs = [parse_synthetic(f"synthetic:{kind},n={each},seed=7") for kind in KINDS]
        self._drawn = [draw(spec, size=SIDE)[0] for spec in specs]

    def picture(self, number: int, side: int) -> bytes:
        """A JPEG: a painting, a face, a photo, and so on."""
        pixels = self._drawn[number % len(KINDS)][number // len(KINDS)]
        stream = io.BytesIO()
        Image.fromarray(pixels).resize((side, side), Image.Resampling.LANCZOS).save(stream, "JPEG", quality=92)
        return stream.getvalue()

    def page(self, page: int) -> str:
        """One page of HTML with its pictures and the way to the others."""
        first = (page - 1) * A_PAGE
        figures = [_figure(number) for number in range(first, min(first + A_PAGE, self.count))]
        if page == 1:
            figures += [_figure(0), '<img src="/pictures/lost.jpg" alt="lost">', '<img src="/about.jpg" alt="a page">']
            figures += ['<img src="/private/secret.jpg" alt="nobody\'s business">']
        numbers = " ".join(f'<a href="/?page={one}">{one}</a>' for one in range(1, self.pages + 1))
        following = f'<a rel="next" href="/?page={page + 1}">Next</a>' if page < self.pages else ""
        style = "body{font-family:sans-serif;max-width:60em;margin:auto}figure{display:inline-block;margin:.5em}"
        return (
            f'<!DOCTYPE html><html lang="en"><head><title>Gallery, page {page}</title><meta charset="utf-8">'
            f'<meta name="author" content="the artgan gallery"><style>{style}</style></head><body><h1>Gallery</h1>'
            f"{''.join(figures)}<nav>{numbers} {following}</nav><p>Drawn by a program; "
            '<a rel="license" href="https://creativecommons.org/publicdomain/zero/1.0/">CC0</a></p></body></html>'
        )


def _figure(number: int) -> str:
    name = f"/pictures/{number:04d}"
    caption = f"<figcaption>No. {number}</figcaption>"
    match number % 3:
        case 0:  # several sizes
            sizes = ", ".join(f"{name}.jpg?w={side} {side}w" for side in (64, 128, SIDE))
            return f'<figure><img srcset="{sizes}" src="{name}.jpg?w=128" width="128">{caption}</figure>'
        case 1:  # a link to the full size
            image = f'<img src="{name}.jpg?w=128" width="128">'
            return f'<figure><a href="{name}.jpg">{image}</a>{caption}</figure>'
        case _:  # loaded by a script in a browser
            return f'<figure><img data-src="{name}.jpg" src="data:," width="128">{caption}</figure>'


def handler(gallery: Gallery) -> type[BaseHTTPRequestHandler]:
    """What answers requests for the gallery."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = parse_qs(parts.query)
            name = parts.path.rpartition("/")[2].removesuffix(".jpg")
            if parts.path == "/robots.txt":
                self.answer(ROBOTS.encode(), "text/plain")
            elif parts.path == "/":
                page = query.get("page", ["1"])[0]
                number = int(page) if page.isdecimal() else 0
                if 1 <= number <= gallery.pages:
                    self.answer(gallery.page(number).encode(), "text/html; charset=utf-8")
                else:
                    self.answer(b"no such page", "text/plain", HTTPStatus.NOT_FOUND)
            elif parts.path == "/about.jpg":
                self.answer(b"<html><body>This is no picture.</body></html>", "text/html")
            elif parts.path.startswith("/pictures/") and name.isdecimal() and int(name) < gallery.count:
                width = query.get("w", [str(SIDE)])[0]
                side = min(SIDE, max(16, int(width))) if width.isdecimal() else SIDE
                self.answer(gallery.picture(int(name), side), "image/jpeg")
            else:
                self.answer(b"not found", "text/plain", HTTPStatus.NOT_FOUND)

        def answer(self, body: bytes, kind: str, status: HTTPStatus = HTTPStatus.OK) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing."""

    return Handler


def serve(pictures: int, port: int) -> ThreadingHTTPServer:
    """A server that is bound to a port of this machine, and not yet answering; port 0 takes any that is free."""
    return ThreadingHTTPServer(("127.0.0.1", port), handler(Gallery(pictures)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Serve a small gallery on this machine.")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--pictures", type=int, default=48)
    options = parser.parse_args()
    try:
        server = serve(options.pictures, options.port)
    except OSError as error:
        parser.error(f"port {options.port} cannot be had ({error.strerror}): give another --port")
    with server:
        print(f"a gallery of {options.pictures} pictures: http://127.0.0.1:{server.server_port}; Ctrl-C ends it")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()
