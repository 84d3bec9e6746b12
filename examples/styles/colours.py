"""Colour as a painter mixes it: palettes and small variations in OKLab, where equal steps look equal.

OKLab: B. Ottosson, "A perceptual color space for image processing" (2020).
"""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def to_lab(colours: Array) -> Array:
    """sRGB in [0, 1] (..., 3) to OKLab."""
    linear = np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    return np.cbrt(linear @ TO_LMS.T) @ TO_LAB.T


def to_rgb(lab: Array) -> Array:
    """OKLab (..., 3) to sRGB, clipped to [0, 1]."""
    linear = ((lab @ np.linalg.inv(TO_LAB).T) ** 3) @ np.linalg.inv(TO_LMS).T
    linear = np.clip(linear, 0, 1)
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055).astype(np.float32)


def rgb(code: str) -> Array:
    """'#1b2a6b' as an array of three."""
    return np.array([int(code[i : i + 2], 16) / 255 for i in (1, 3, 5)], np.float32)


def ramp(position: Array, codes: str) -> Array:
    """Colours at positions in [0, 1] along a palette: '#1b2a6b #3f7fc4 #f6d55c', evenly spaced."""
    stops = to_lab(np.stack([rgb(code) for code in codes.split()]))
    place = np.clip(position, 0, 1) * (len(stops) - 1)
    knots = np.arange(len(stops))
    return to_rgb(np.stack([np.interp(place, knots, stops[:, c]) for c in range(3)], -1))


def pick(rng: np.random.Generator, count: int, codes: str) -> Array:
    """`count` colours drawn from a palette."""
    stops = np.stack([rgb(code) for code in codes.split()])
    return stops[rng.integers(0, len(stops), count)]


def vary(
    colours: Array, rng: np.random.Generator, light: float = 0.05, hue: float = 0.02, chroma: float = 1.0
) -> Array:
    """Each colour moved a little in lightness and hue, and its chroma scaled: no two strokes are mixed alike."""
    lab = to_lab(colours)
    lab[..., 0] += rng.normal(0, light, lab.shape[:-1])
    lab[..., 1:] = lab[..., 1:] * chroma + rng.normal(0, hue, (*lab.shape[:-1], 2))
    return to_rgb(lab)
