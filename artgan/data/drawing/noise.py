"""Noise for landscapes: smooth fields, fractal ridges, clouds. One picture at a time, seeded by a generator."""

import numpy as np
from PIL import Image

from artgan.data.drawing.chance import Array


def field(random: np.random.Generator, shape: tuple[int, int], cells: tuple[float, float]) -> Array:
    """Smooth noise of a (height, width), about `cells` (rows, columns) bumps in it; mean 0, deviation about 1."""
    lattice = random.standard_normal((max(2, round(cells[0])) + 2, max(2, round(cells[1])) + 2), dtype=np.float32)
    smooth = Image.fromarray(lattice).resize((shape[1], shape[0]), Image.Resampling.BICUBIC)
    return np.asarray(smooth, np.float32) * 1.3


def clouds(random: np.random.Generator, shape: tuple[int, int], cells: tuple[float, float], octaves: int = 4) -> Array:
    """Noise of several sizes, each half as large and 0.55 times as strong as the one before; deviation about 1."""
    total = np.zeros(shape, np.float32)
    for octave in range(octaves):
        total += np.float32(0.55**octave) * field(random, shape, (cells[0] * 2**octave, cells[1] * 2**octave))
    return total / np.float32(1.15)


def ridge(random: np.random.Generator, width: int, knots: int, rough: float, octaves: int = 7) -> Array:
    """The height of a mountain's outline over `width` columns, about -1 to 1.

    Octaves of noise, each twice as fine and `rough` times as high (0.35 rolling hills, 0.6 crags). The knots do not
    depend on `width`, so that the same scene can be drawn at any size.
    """
    x = np.linspace(0, 1, width, dtype=np.float32)
    total, height = np.zeros(width, np.float32), 1.0
    for octave in range(octaves):
        count = knots * 2**octave + 1
        total += np.float32(height) * np.interp(x, np.linspace(0, 1, count), random.uniform(-1, 1, count)).astype(
            np.float32
        )
        height *= rough
    return total


def step(low: float, high: float, value: Array) -> Array:
    """0 up to `low`, 1 from `high` on, smooth between."""
    share = np.clip((value - low) / (high - low), 0, 1)
    return np.asarray(share * share * (3 - 2 * share), np.float32)
