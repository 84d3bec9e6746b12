"""What a square is worth for training: blur, emptiness, colour, bars at its edges, and the limits set to them."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from artgan.data.boxes import Box

_BAR_SPREAD = 8.0  # of 255: what JPEG leaves of one colour within a line
_BAR_DRIFT = 8.0  # of 255: from line to line, and from one bar to the other
_BAR_EDGE = 1 / 32  # of the side: what resampling and JPEG's blocks have blurred of a bar's end
_BAR_STEP = 14.0  # of 255: the picture's least difference from the bar there ...
_BAR_LENGTH = 0.75  # ... along this part of it

Reason = Literal["too_small", "aspect", "blurry", "low_entropy", "grayscale", "letterbox", "blank"]


@dataclass(frozen=True, slots=True)
class Measures:
    """Numbers of one picture, none of which depends on its size by itself.

    Attributes:
        blur: 0 to 1: 0 crisp, 1 no fine detail at all. 1 / (1 + r), where r is the variance of the Laplacian over the
            variance of the grey picture (contrast must not count as sharpness), times log2(side) / 8: pictures with the
            natural 1/f spectrum then measure the same at 64 and at 256 pixels.
        entropy: of the histogram of 256 grey levels, in bits, 0 to 8.
        colour: 0 to 255: the spread between the largest and the smallest of red, green and blue that all but 1 % of the
            picture keep below, after averaging what JPEG does to colours in 4 x 4 pixels.
        bars: 0 to 1: the part of the area that uniform bars at opposite edges take.
        extremes: 0 to 1: the part of the pixels that are pure black or pure white.
    """

    blur: float
    entropy: float
    colour: float
    bars: float
    extremes: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What is kept. None switches a limit off.

    Of 7,000 real pictures (Monet, Van Gogh, portraits painted and photographed, landscapes, anime) the defaults drop
    five: two framed ones, two landscapes in haze, one soft face. The blur of the rest is 0.16 to 0.97 (Monet: median
    0.56, highest 0.93), while a Gaussian blur of two pixels gives 0.98 and more in 95 of 100; their entropy is 5 to 8
    bits. Colour is 28 and more where there is any: 12 for `min_colour` drops black and white.
    """

    min_side: int = 0
    max_aspect: float | None = 3.0
    max_blur: float | None = 0.985
    min_entropy: float | None = 3.5
    min_colour: float | None = None
    max_bars: float | None = 0.08
    max_extremes: float | None = 0.9


def measure(pixels: NDArray[np.uint8]) -> Measures:
    """The measures of a picture (H, W, 3), uint8 sRGB."""
    image = Image.fromarray(pixels)
    flat = image.convert("L")
    grey = np.asarray(flat)
    histogram = np.array(flat.histogram())
    share = histogram[histogram > 0] / grey.size
    return Measures(
        blur=_blur(grey),
        entropy=float(-(share * np.log2(share)).sum()),
        colour=_colour(image),
        bars=_bars_share(pixels),
        extremes=float(histogram[[0, 1, 254, 255]].sum() / grey.size),
    )


def reject(measures: Measures, original_size: tuple[int, int], limits: Limits) -> Reason | None:
    """Why the picture is not kept, None if it is. `original_size` is (width, height) of the upright original."""
    width, height = original_size
    if min(width, height) < limits.min_side:
        return "too_small"
    if limits.max_aspect is not None and max(width, height) > limits.max_aspect * min(width, height):
        return "aspect"
    if limits.max_bars is not None and measures.bars > limits.max_bars:
        return "letterbox"
    if limits.max_extremes is not None and measures.extremes > limits.max_extremes:
        return "blank"
    if limits.min_entropy is not None and measures.entropy < limits.min_entropy:
        return "low_entropy"
    if limits.max_blur is not None and measures.blur > limits.max_blur:
        return "blurry"
    if limits.min_colour is not None and measures.colour < limits.min_colour:
        return "grayscale"
    return None


def _blur(grey: NDArray[np.uint8]) -> float:
    values = grey.astype(np.float32)
    contrast = float(values.var())
    if contrast < 1e-3 or min(values.shape) < 3:
        return 1.0
    inner = values[1:-1, 1:-1]
    laplacian = values[:-2, 1:-1] + values[2:, 1:-1] + values[1:-1, :-2] + values[1:-1, 2:] - 4.0 * inner
    ratio = float(laplacian.var()) / contrast * math.log2(min(values.shape)) / 8.0
    return 1.0 / (1.0 + ratio)


def _colour(image: Image.Image) -> float:
    factor = min(4, min(image.size))
    averaged = np.asarray(image.reduce(factor)) if factor > 1 else np.asarray(image)
    spread = averaged.max(axis=2) - averaged.min(axis=2)
    return float(np.percentile(spread, 99))


def without_bars(pixels: NDArray[np.uint8]) -> Box:
    """The picture (H, W, 3) without the uniform bars or frame at its edges; the whole where there are none.

    A bar is a run of lines from an edge that are all nearly one colour and end at once, along most of the edge: a plain
    background ends where the head begins, line by line. Bars come in pairs of one colour (above and below, or left
    and right): a white sky at the top alone is none.
    """
    height, width = pixels.shape[:2]
    left, right = _pair(pixels.transpose(1, 0, 2))
    # Between the bars at the sides, since a frame's lines above and below are cut where those are seen.
    top, bottom = _pair(pixels[:, left : width - right])
    if (left, right) == (0, 0):
        left, right = _pair(pixels[top : height - bottom].transpose(1, 0, 2))
    return Box(left, top, width - right, height - bottom)


def _pair(lines: NDArray[np.uint8]) -> tuple[int, int]:
    """How many lines are bar from the first on, and from the last back; (0, 0) unless both are, in one colour."""
    first, last = _run(lines), _run(lines[::-1])
    if not first or not last or first + last >= len(lines):
        return 0, 0
    colours = lines[0].mean(axis=0), lines[-1].mean(axis=0)
    if np.abs(colours[0] - colours[1]).max() >= _BAR_DRIFT:
        return 0, 0
    edge = max(3, round(len(lines) * _BAR_EDGE))
    ends = []
    for count, inwards, colour in ((first, lines, colours[0]), (last, lines[::-1], colours[1])):
        away = np.abs(inwards[count : count + edge].astype(np.float32) - colour).max(axis=2) > _BAR_STEP
        ended = away.mean(axis=1) >= _BAR_LENGTH
        if not ended.any():
            return 0, 0
        ends.append(count + int(np.argmax(ended)))
    return ends[0], ends[1]


def _run(lines: NDArray[np.uint8]) -> int:
    """How many lines from the first on are of one colour, all the same."""
    first = lines[0].mean(axis=0, dtype=np.float32)
    for count, line in enumerate(lines):
        values = line.astype(np.float32)
        if values.std(axis=0).max() >= _BAR_SPREAD or np.abs(values.mean(axis=0) - first).max() >= _BAR_DRIFT:
            return count
    return len(lines)


def _bars_share(pixels: NDArray[np.uint8]) -> float:
    box = without_bars(pixels)
    height, width = pixels.shape[:2]
    return 1.0 - (box.right - box.left) * (box.bottom - box.top) / float(height * width)
