"""What all routes to Unsplash share: its picture addresses, its photo objects, its credit line."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

from artgan.collect.candidates import AiTraining, Candidate
from artgan.collect.sources.lenient import at, rows, text, whole

SITE = "https://unsplash.com"
IMAGE_HOST = "images.unsplash.com"
LICENSE = "Unsplash License"
LICENSE_URL = "https://unsplash.com/license"

Crop = Literal["faces", "entropy", "center", "keep"]

_PHOTO_PATH = re.compile(r"/(photo-|reserve/|flagged/photo-|\d+/)")
_PAGE_PATH = re.compile(r"/photos/(?:[^/?#]*-)?([A-Za-z0-9_-]{11})/?$")
_ID = re.compile(r"[A-Za-z0-9_-]{6,20}")
_CREDIT = "utm_source=artgan&utm_medium=referral"


def hosts_of(address: str, image_host: str) -> frozenset[str]:
    """The hosts a route may ask: that of its address, and the image host, without their ports."""
    return frozenset((urlsplit(address).hostname or "", urlsplit(f"//{image_host}").hostname or ""))


@dataclass(frozen=True, kw_only=True)
class Rendering:
    """The picture that the image host is asked to make of a photo: its imgix parameters.

    `crop` faces, entropy and center give a square of `size` pixels about what matters; keep gives the whole photo with
    a short side of `size`.
    """

    size: int = 512
    crop: Crop = "faces"
    quality: int = 85

    def url(self, address: str, width: int | None = None, height: int | None = None) -> str:
        """The address of the rendering; of the original's parameters only `ixid` is kept, as Unsplash asks."""
        parts = urlsplit(address)
        wanted: list[tuple[str, str]] = [("ixid", value) for value in parse_qs(parts.query).get("ixid", [])[:1]]
        if self.crop == "keep":
            # One side alone keeps the shape; a photo of unknown shape is taken for an upright one.
            wide = width is not None and height is not None and width > height
            wanted += [("h" if wide else "w", str(self.size)), ("fit", "max")]
        else:
            wanted += [("w", str(self.size)), ("h", str(self.size)), ("fit", "crop")]
            # Where no face is found the host falls back on the second.
            wanted += {"faces": [("crop", "faces,entropy")], "entropy": [("crop", "entropy")]}.get(self.crop, [])
        wanted += [("fm", "jpg"), ("q", str(self.quality))]
        return urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode(wanted, safe=","), ""))

    @property
    def expected_bytes(self) -> int:
        """About what a rendering weighs: a fifth of a byte a pixel, half more when it is not cut to a square."""
        return round(self.size * self.size * (0.2 if self.crop != "keep" else 0.3))


def is_photo_address(address: str, image_host: str = IMAGE_HOST) -> bool:
    """Whether an address is a photo on the image host: no profile picture, no watermarked premium preview."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and parts.netloc == image_host and bool(_PHOTO_PATH.match(parts.path))


def photo_id(page: str | None) -> str | None:
    """The id of a photo in the address of its page: the last 11 characters of "/photos/a-red-door-AbCdEfGhIjK"."""
    if not page:
        return None
    try:
        found = _PAGE_PATH.search(urlsplit(page).path)
    except ValueError:
        return None
    return found.group(1) if found else None


def credited(address: str | None) -> str | None:
    """An address on unsplash.com with the parameters that Unsplash asks links of credit to carry."""
    if address is None:
        return None
    return f"{address}{'&' if '?' in address else '?'}{_CREDIT}"


def attribution(author: str | None) -> str:
    """The credit line in Unsplash's form."""
    return f"Photo by {author} on Unsplash" if author else "Photo on Unsplash"


def candidate_of(
    photo: Mapping[str, Any],
    *,
    query: str,
    rendering: Rendering,
    ai_training: AiTraining,
    image_host: str = IMAGE_HOST,
    ping: bool = False,
) -> Candidate | None:
    """The candidate in a photo object of the API or of the site's own JSON; None for what may not be taken.

    Left out are premium and sponsored photos, and anything whose picture is not on the image host. `ping`: the photo's
    `download_location` is to be told of the download (API guidelines).
    """
    identity = photo.get("id")
    if not isinstance(identity, str) or not _ID.fullmatch(identity):
        return None
    if photo.get("premium") is True or photo.get("plus") is True or at(photo, "sponsorship") is not None:
        return None
    raw = at(photo, "urls", "raw") or at(photo, "urls", "full")
    if not isinstance(raw, str) or not is_photo_address(raw, image_host):
        return None
    width, height = whole(photo.get("width")), whole(photo.get("height"))
    author = text(at(photo, "user", "name")) or text(at(photo, "user", "username"))
    location = at(photo, "links", "download_location")
    return Candidate(
        source="unsplash",
        source_id=identity,
        image_url=rendering.url(raw, width, height),
        page_url=credited(text(at(photo, "links", "html")) or f"{SITE}/photos/{identity}"),
        title=text(photo.get("description")) or text(photo.get("alt_description")),
        author=author,
        author_url=credited(text(at(photo, "user", "links", "html"))),
        license=LICENSE,
        license_url=LICENSE_URL,
        attribution=attribution(author),
        ai_training=ai_training,
        tags=tuple(title for tag in rows(photo.get("tags")) if (title := text(tag.get("title")))),
        query=query,
        ping_url=location if ping and isinstance(location, str) else None,
    )
