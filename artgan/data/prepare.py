"""What is done to one picture: decoded, cut, measured, hashed and written. Runs in worker processes."""

from dataclasses import dataclass, replace
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from artgan.data.boxes import Box
from artgan.data.crops import cut, decode_at_least, find_boxes
from artgan.data.duplicates import hashes
from artgan.data.inputs import Item, read_item
from artgan.data.journal import Crop
from artgan.data.quality import Limits, Measures, measure, reject
from artgan.errors import PictureError
from artgan.io.decoding import opened
from artgan.io.files import atomic_writer, quoted
from artgan.io.images import orientation
from artgan.io.reduced import decode_rgb8

DAMAGED = "damaged"
NO_FACE = "no_face"

_ENCODINGS: dict[str, dict[str, Any]] = {
    "jpg": {"format": "JPEG", "quality": 95, "subsampling": 0},
    "png": {"format": "PNG"},
    "webp": {"format": "WEBP", "lossless": True, "exact": True},
}


@dataclass(frozen=True, kw_only=True)
class Treatment:
    """What is done to every picture of a collection.

    Attributes:
        folder: the dataset's folder.
        size: side of the squares in pixels.
        crop: one of `artgan.data.crops.CROPS`.
        crops_per_picture: squares cut at most.
        cascade: the face detector's file; None takes the one for photographs.
        grayscale: whether squares are made gray.
        suffix: "jpg" (quality 95, 4:4:4), "png" or "webp" (both lossless).
        limits: which pictures and squares are left out; None leaves out none.
        seed: of random crops; each picture has a sequence of its own, by its content.
    """

    folder: Path
    size: int
    crop: str
    crops_per_picture: int
    cascade: Path | None
    grayscale: bool
    suffix: str
    limits: Limits | None
    seed: int

    @property
    def looks_at_squares(self) -> bool:
        """Whether duplicates are known by the one square of a picture, else by the whole of it."""
        return self.crops_per_picture == 1 and self.crop != "random"


def prepare_item(treatment: Treatment, item: Item) -> tuple[Crop, ...]:
    """Read a picture, write its squares; all squares with what is known of them, those left out with the reason.

    A picture that cannot be read gives one `Crop` of the reason "damaged"; raises OutputError where writing fails.
    """
    try:
        data = read_item(item)
    except PictureError as error:
        return (Crop(source=item.key, reason=DAMAGED, detail=_without_paths(error, item)),)
    return prepare_bytes(treatment, item, data)


def prepare_bytes(treatment: Treatment, item: Item, data: bytes) -> tuple[Crop, ...]:
    """As `prepare_item`, for a picture whose encoded bytes are at hand."""
    picture = Crop(source=item.key, bytes=len(data), sha256=sha256(data).hexdigest())
    try:
        return _prepare(treatment, picture, data)
    except PictureError as error:
        return (replace(picture, reason=DAMAGED, detail=_without_paths(error, item)),)


def reject_by_size(size: tuple[int, int], limits: Limits | None) -> str | None:
    """Why a picture of this width and height is left out, whatever is on it; None when its size is right."""
    perfect = Measures(blur=0.0, entropy=8.0, colour=255.0, bars=0.0, extremes=0.0)
    return None if limits is None else reject(perfect, size, limits)


def _prepare(treatment: Treatment, picture: Crop, data: bytes) -> tuple[Crop, ...]:
    label = quoted(picture.source)
    with opened(data, label) as image:  # by the header alone, before time is spent on pixels
        reason = reject_by_size(image.size, treatment.limits)
        if reason is not None:
            width, height = image.size
            upright = (height, width) if orientation(image) >= 5 else (width, height)
            return (replace(picture, original_size=upright, reason=reason),)
    pixels, original_size = decode_rgb8(data, label, at_least=decode_at_least(treatment.crop, treatment.size))
    picture = replace(picture, original_size=original_size)
    if not treatment.looks_at_squares:
        picture = replace(picture, hashes=hashes(pixels).to_text())
    boxes = find_boxes(
        pixels,
        treatment.crop,
        size=treatment.size,
        count=treatment.crops_per_picture,
        seed=treatment.seed,
        key=picture.sha256 or "",
        cascade=treatment.cascade,
    )
    if not boxes:
        return (replace(picture, reason=NO_FACE),)
    return tuple(_square(treatment, replace(picture, number=n), pixels, box) for n, box in enumerate(boxes))


def _square(treatment: Treatment, picture: Crop, pixels: NDArray[np.uint8], box: Box) -> Crop:
    """Cut one square, judge it, and write it if nothing speaks against it."""
    width, height = picture.original_size or (1, 1)
    place = box.scaled(width / pixels.shape[1], height / pixels.shape[0])
    square = cut(pixels, box, treatment.size)
    if treatment.grayscale:
        square = np.asarray(Image.fromarray(square).convert("L").convert("RGB"))
    measures = measure(square)
    reason = None
    if treatment.limits is not None:
        small = place.side < treatment.limits.min_side - 0.5
        reason = "too_small" if small else reject(measures, (width, height), treatment.limits)
    known = replace(
        picture,
        crop=place.rounded(),
        hashes=hashes(square).to_text() if treatment.looks_at_squares else picture.hashes,
        blur=round(measures.blur, 3),
        entropy=round(measures.entropy, 3),
        reason=reason,
    )
    if reason is None:
        with atomic_writer(treatment.folder / known.file(treatment.suffix), force=True, durable=False) as stream:
            stream.write(encode(square, treatment.suffix))
    return known


def encode(square: NDArray[np.uint8], suffix: str) -> bytes:
    """Pixels (S, S, 3) uint8 as a file of one of the three kinds."""
    stream = BytesIO()
    Image.fromarray(square).save(stream, **_ENCODINGS[suffix])
    return stream.getvalue()


def _without_paths(error: PictureError, item: Item) -> str:
    """What is wrong, naming the picture as the dataset does: where the input lies is nobody else's matter."""
    text = str(error).removeprefix("cannot read ")
    for name in (quoted(item.key), quoted(item.path), f"'{item.path}", str(item.path)):
        text = text.replace(name, "").strip()
    return text.removeprefix(":").strip()
