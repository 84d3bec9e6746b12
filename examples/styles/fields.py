"""Fields over the picture, one value a unit: noise, directions, streaks along directions."""

import numpy as np
from colours import Array
from PIL import Image
from scipy.ndimage import gaussian_filter


def noise(rng: np.random.Generator, width: int, height: int, cell: float, stretch: float = 1.0) -> Array:
    """Smooth noise (height, width), mean 0, deviation 1, its features `cell` units high and `stretch` times as wide."""
    lattice = (max(4, round(height / cell) + 3), max(4, round(width / cell / stretch) + 3))
    coarse = Image.fromarray(rng.normal(size=lattice).astype(np.float32))
    fine = np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC))
    return (fine - fine.mean()) / fine.std()


def clouds(
    rng: np.random.Generator, width: int, height: int, cell: float, stretch: float = 1.0, octaves: int = 4
) -> Array:
    """Noise of several sizes, each half as large and 0.55 times as strong as the one before."""
    total = sum(0.55**i * noise(rng, width, height, cell / 2**i, stretch) for i in range(octaves))
    return (total - total.mean()) / total.std()


def streaks(rng: np.random.Generator, size: int = 512) -> Array:
    """A tiling texture in [0, 1] of hairs running along the columns' axis, as bristles leave them."""
    hairs = gaussian_filter(rng.normal(size=(size, size)), (0.7, 14), mode="wrap")
    locks = gaussian_filter(rng.normal(size=(size, size)), (3.0, 30), mode="wrap")
    total = hairs / hairs.std() + 0.7 * locks / locks.std()
    return (np.argsort(np.argsort(total.ravel())).reshape(size, size) / size**2).astype(np.float32)


def sample(values: Array, points: Array) -> Array:
    """The field at points (N, 2) of (x, y), the nearest value, the edge's outside."""
    column = np.clip(points[..., 0], 0, values.shape[1] - 1).astype(int)
    row = np.clip(points[..., 1], 0, values.shape[0] - 1).astype(int)
    return values[row, column]


def scatter(rng: np.random.Generator, width: int, height: int, spacing: float, where: Array | None = None) -> Array:
    """Points about `spacing` apart all over the picture and a little beyond, in random order; `where` keeps a part."""
    x, y = np.meshgrid(np.arange(-spacing, width + spacing, spacing), np.arange(-spacing, height + spacing, spacing))
    points = np.stack([x.ravel(), y.ravel()], -1) + rng.uniform(-0.6, 0.6, (x.size, 2)) * spacing
    points = rng.permutation(points)
    return points if where is None else points[sample(where, points)]


def smear(values: Array, angle: Array, reach: int) -> Array:
    """The field averaged along the directions, `reach` units both ways: noise becomes streams. Mean 0, deviation 1.

    Line integral convolution: B. Cabral and L. Leedom, "Imaging vector fields using line integral convolution" (1993).
    """
    values, coarse = values[::2, ::2], angle[::2, ::2]
    rows, columns = np.indices(values.shape, dtype=np.float32)
    total = values.copy()
    for sense in (1, -1):
        here = np.stack([columns, rows], -1)
        heading = np.stack([np.cos(coarse), np.sin(coarse)], -1) * sense
        for _ in range(reach // 4):
            here = here + 2 * heading
            turn = sample(coarse, here)
            ahead = np.stack([np.cos(turn), np.sin(turn)], -1)
            heading = ahead * np.where((ahead * heading).sum(-1) < 0, -1, 1)[..., None]
            total += sample(values, here)
    fine = np.asarray(Image.fromarray(total).resize(angle.shape[::-1], Image.Resampling.BILINEAR))
    return (fine - fine.mean()) / fine.std()


def step(edge0: float, edge1: float, value: Array) -> Array:
    """0 up to `edge0`, 1 from `edge1` on, smooth between."""
    share = np.clip((value - edge0) / (edge1 - edge0), 0, 1)
    return share * share * (3 - 2 * share)


def blend(below: Array, above: Array, share: Array) -> Array:
    """Colours mixed by a field of shares."""
    return below * (1 - share[..., None]) + above * share[..., None]
