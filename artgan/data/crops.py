"""Square pieces of pictures, at one size: where to cut, and the cut. Nothing is ever squashed."""

from hashlib import sha256
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from artgan.data.boxes import Box
from artgan.data.face_detection import find_faces
from artgan.errors import UsageError, did_you_mean

CROPS = ("center", "entropy", "faces", "random", "pad")
"""Ways to a square: the middle, where most detail is, around faces, places by chance, the whole with margins."""

FILLS = ("reflect", "edge", "background")
"""What lies outside of the picture with `pad`: its mirror image, its border drawn out, or a colour."""

# A face box of the usual cascades reaches from the brows to the chin: this much of it around shows hair and neck.
_FACE_WIDTH = 1.9
_FACE_RAISE = 0.12
# Random squares have at least this part of the picture's short side, so that a painting's piece still shows a motif.
_SMALLEST_RANDOM = 0.5
_DETAIL_SIDE = 96


def decode_at_least(crop: str, size: int) -> int:
    """How long the shorter side of a decoded picture must be, for crops of `size` not to be enlarged needlessly.

    Random squares may be half the short side, faces a quarter of it; fainter faces come enlarged.
    """
    return size * {"random": 2, "faces": 4}.get(crop, 1)


def find_boxes(
    pixels: NDArray[np.uint8],
    crop: str,
    *,
    size: int,
    count: int = 1,
    seed: int = 0,
    key: str = "",
    cascade: Path | None = None,
) -> list[Box]:
    """The squares to cut out of a picture (H, W, 3), in its pixels.

    Args:
        pixels: uint8 sRGB.
        crop: one of CROPS.
        size: the side, in pixels, that the squares will have; random ones are not taken smaller where there is room.
        count: how many at most: of `random`, and of `faces` (largest first); the others give one.
        seed: with `key`, what random squares depend on.
        key: the picture's own name, so that its squares stay as other pictures come and go.
        cascade: the cascade of `faces`, see `artgan.data.face_detection`.

    Returns:
        Boxes within the picture, but for `pad`, whose box reaches beyond it; none where no face was found.

    Raises:
        UsageError: an unknown crop; `faces` without scikit-image or with an unusable cascade.
    """
    height, width = pixels.shape[:2]
    if crop == "center":
        return [_square((width - min(width, height)) / 2, (height - min(width, height)) / 2, min(width, height))]
    if crop == "entropy":
        return [_most_detail(pixels)]
    if crop == "pad":
        side = max(width, height)
        return [_square((width - side) / 2, (height - side) / 2, side)]
    if crop == "random":
        return _random(width, height, size=size, count=count, seed=seed, key=key)
    if crop == "faces":
        return [_around_face(face, width, height) for face in find_faces(pixels, cascade=cascade)[:count]]
    raise UsageError(f"no crop '{crop}'; known: {', '.join(CROPS)}.{did_you_mean(crop, CROPS)}")


def enlarges(box: Box, size: int) -> bool:
    """Whether `cut` would have to invent pixels: the box is smaller than the square made of it."""
    return max(box.right - box.left, box.bottom - box.top) < size - 0.5


def cut(
    pixels: NDArray[np.uint8],
    box: Box,
    size: int,
    *,
    fill: Literal["reflect", "edge", "background"] = "reflect",
    background: tuple[int, int, int] = (255, 255, 255),
) -> NDArray[np.uint8]:
    """The square `box` of a picture (H, W, 3) as pixels (size, size, 3), uint8, resampled with Lanczos' filter.

    Where the box reaches beyond the picture: its mirror image ("reflect": no line for a network to learn, and the
    statistics of the picture), its border drawn out ("edge"), or `background`.
    """
    height, width = pixels.shape[:2]
    side = box.right - box.left
    left, top = max(0.0, box.left), max(0.0, box.top)
    right, bottom = min(float(width), box.right), min(float(height), box.bottom)
    scale = size / side
    x0, y0 = round((left - box.left) * scale), round((top - box.top) * scale)
    x1 = max(x0 + 1, round((right - box.left) * scale))
    y1 = max(y0 + 1, round((bottom - box.top) * scale))
    if (x1 - x0, y1 - y0) == (width, height) and (left, top, right, bottom) == (0, 0, width, height):
        piece = pixels
    else:
        piece = np.asarray(
            Image.fromarray(pixels).resize(
                (x1 - x0, y1 - y0), Image.Resampling.LANCZOS, box=(left, top, right, bottom), reducing_gap=3.0
            )
        )
    margins = ((y0, size - y1), (x0, size - x1), (0, 0))
    if not any(margin for pair in margins for margin in pair):
        return np.array(piece)
    if fill == "background":
        out = np.empty((size, size, 3), dtype=np.uint8)
        out[:] = background
        out[y0:y1, x0:x1] = piece
        return out
    return np.pad(piece, margins, mode="symmetric" if fill == "reflect" else "edge")


def _square(left: float, top: float, side: float) -> Box:
    return Box(left, top, left + side, top + side)


def _most_detail(pixels: NDArray[np.uint8]) -> Box:
    """The square of the short side with most detail; among the almost best, the one nearest to the middle.

    Detail is the logarithm of the edge strength, summed: a single hard edge must not outweigh a face.
    """
    height, width = pixels.shape[:2]
    side = min(width, height)
    if width == height:
        return _square(0, 0, side)
    small = Image.fromarray(pixels).convert("L")
    factor = side / min(side, _DETAIL_SIDE)
    small = small.resize(
        (max(1, round(width / factor)), max(1, round(height / factor))), Image.Resampling.BOX, reducing_gap=2.0
    )
    grey = np.asarray(small).astype(np.float32)
    down, right = np.gradient(np.pad(grey, 1, mode="edge"))
    detail = np.log1p(np.hypot(down, right)[1:-1, 1:-1])
    profile = detail.sum(axis=0 if width > height else 1, dtype=np.float64)
    window = min(small.size)
    sums = np.concatenate([[0.0], np.cumsum(profile)])
    sums = sums[window:] - sums[:-window]
    good = np.flatnonzero(sums >= 0.99 * sums.max())
    place = int(good[np.argmin(np.abs(good - (len(sums) - 1) / 2))])
    free = abs(width - height)
    offset = free / 2 if len(sums) == 1 else place / (len(sums) - 1) * free
    return _square(offset, 0, side) if width > height else _square(0, offset, side)


def _random(width: int, height: int, *, size: int, count: int, seed: int, key: str) -> list[Box]:
    """Squares that differ in place and scale: of several tries the one that shares least with those before it."""
    digest = sha256(f"{seed}:{key}".encode()).digest()
    random = np.random.default_rng(int.from_bytes(digest[:8], "big"))
    longest = min(width, height)
    smallest = min(longest, max(size, int(np.ceil(longest * _SMALLEST_RANDOM))))
    chosen: list[Box] = []
    for _ in range(count):
        tries = []
        for _ in range(8):
            side = int(random.integers(smallest, longest + 1))
            left, top = random.integers(0, width - side + 1), random.integers(0, height - side + 1)
            tries.append(_square(int(left), int(top), side))
        chosen.append(min(tries, key=lambda box: max((_overlap(box, other) for other in chosen), default=0.0)))
    return list(dict.fromkeys(chosen))  # a picture as small as the square has only one


def _overlap(one: Box, other: Box) -> float:
    """The area shared, as a part of the area of both together."""
    across = min(one.right, other.right) - max(one.left, other.left)
    down = min(one.bottom, other.bottom) - max(one.top, other.top)
    shared = max(0.0, across) * max(0.0, down)
    return shared / ((one.side**2 + other.side**2) - shared)


def _around_face(face: Box, width: int, height: int) -> Box:
    """A square with the hair and the neck, moved into the picture, made smaller only where it does not fit."""
    size = face.bottom - face.top
    side = min(size * _FACE_WIDTH, float(width), float(height))
    middle, centre = (face.left + face.right) / 2, (face.top + face.bottom) / 2 - size * _FACE_RAISE
    left = min(max(0.0, middle - side / 2), width - side)
    top = min(max(0.0, centre - side / 2), height - side)
    return _square(left, top, side)
