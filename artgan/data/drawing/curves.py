"""Outlines made of curves, for many pictures at once: smooth closed shapes, tufts of hair, ink strokes.

Points are (..., P, 2) arrays of (x, y); the leading axes are pictures and, for tufts, the tufts of a picture.
"""

from functools import cache

import numpy as np

from artgan.data.drawing.chance import Array


def vector(*values: float) -> Array:
    """One point, or one colour, as an array."""
    return np.array(values, np.float32)


@cache
def _loop(controls: int, steps: int) -> Array:
    """What turns `controls` points into a closed Catmull-Rom curve of controls * steps points."""
    weights = np.zeros((controls * steps, controls), np.float32)
    for i in range(controls):
        for k in range(steps):
            t = k / steps
            parts = (-t + 2 * t**2 - t**3, 2 - 5 * t**2 + 3 * t**3, t + 4 * t**2 - 3 * t**3, -(t**2) + t**3)
            for j, part in enumerate(parts):
                weights[i * steps + k, (i + j - 1) % controls] += part / 2
    return weights


def closed(controls: Array, steps: int = 4) -> Array:
    """A smooth closed curve through control points (N, C, 2) -> (N, C * steps, 2)."""
    return np.asarray(np.einsum("pc,...cd->...pd", _loop(controls.shape[-2], steps), controls, optimize=True))


@cache
def _open(controls: int, steps: int) -> Array:
    """The same for a curve with two ends: the first and the last point count twice."""
    weights = np.zeros(((controls - 1) * steps + 1, controls), np.float32)
    for row in range(len(weights)):
        i, t = min(row // steps, controls - 2), 0.0
        t = row / steps - i
        parts = (-t + 2 * t**2 - t**3, 2 - 5 * t**2 + 3 * t**3, t + 4 * t**2 - 3 * t**3, -(t**2) + t**3)
        for j, part in enumerate(parts):
            weights[row, min(max(i + j - 1, 0), controls - 1)] += part / 2
    return weights


def through(controls: Array, steps: int = 4) -> Array:
    """A smooth curve from the first to the last of the points (N, C, 2) -> (N, (C - 1) * steps + 1, 2)."""
    return np.asarray(np.einsum("pc,...cd->...pd", _open(controls.shape[-2], steps), controls, optimize=True))


def ellipse(cx: Array | float, cy: Array | float, rx: Array | float, ry: Array | float, points: int = 20) -> Array:
    """Ellipses with these centres and half axes, all (N,) or numbers -> (N, points, 2)."""
    turn = np.linspace(0, 2 * np.pi, points, endpoint=False, dtype=np.float32)
    left, top, wide, high = (np.asarray(value, np.float32)[..., None] for value in (cx, cy, rx, ry))
    x, y = np.broadcast_arrays(left + wide * np.cos(turn), top + high * np.sin(turn))
    return np.stack([x, y], -1)


def stroke(line: Array, width: Array) -> Array:
    """The outline of an ink line along `line` (..., P, 2) with `width` (..., P) across -> (..., 2P, 2)."""
    along = np.gradient(line, axis=-2)
    along /= np.maximum(np.linalg.norm(along, axis=-1, keepdims=True), 1e-6)
    side = np.stack([-along[..., 1], along[..., 0]], -1) * (np.asarray(width, np.float32)[..., None] / 2)
    return np.concatenate([line + side, (line - side)[..., ::-1, :]], -2)


def taper(points: int, *, start: float = 0.15, end: float = 0.15, peak: float = 0.5) -> Array:
    """How the width of a pen stroke swells and fades: (points,) with 1 at `peak`."""
    t = np.linspace(0, 1, points, dtype=np.float32)
    rise = np.clip(t / peak, 0, 1)
    fall = np.clip((1 - t) / max(1 - peak, 1e-3), 0, 1)
    return np.asarray(
        np.where(t < peak, start + (1 - start) * rise**0.7, end + (1 - end) * fall**0.7).astype(np.float32)
    )


def tuft(
    left: Array,
    right: Array,
    tip: Array,
    bend: Array,
    *,
    belly: Array | float = 0.1,
    blunt: Array | float = 0.0,
    wave: Array | float = 0.0,
    phase: Array | float = 0.0,
    grow: Array | float = 0.0,
    steps: int = 8,
) -> Array:
    """Tufts of hair from a root between `left` and `right` (..., 2) to `tip` -> (..., 2 * steps, 2).

    `bend` (..., 2) pushes the middle aside, `belly` widens it, `blunt` is half the width left at the tip, `wave` the
    height of waves along it, and `grow` adds to both sides and the tip: an outline to be drawn beneath.
    """
    t = np.linspace(0, 1, steps, dtype=np.float32)[:, None]
    span = right - left
    across = span / np.maximum(np.linalg.norm(span, axis=-1, keepdims=True), 1e-6)
    down = tip - (left + right) / 2
    down = down / np.maximum(np.linalg.norm(down, axis=-1, keepdims=True), 1e-6)

    def widen(value: Array | float) -> Array:
        return np.asarray(value, np.float32)[..., None]

    edges = []
    for sign, root in ((-1, left), (1, right)):
        end = tip + across * (sign * widen(blunt)) + down * (widen(grow) * 1.5)
        root = root + across * (sign * widen(grow))
        middle = (root + end) / 2 + bend + across * (sign * (widen(belly) + widen(grow)))
        edge = (1 - t) ** 2 * root[..., None, :] + 2 * (1 - t) * t * middle[..., None, :] + t**2 * end[..., None, :]
        sway = widen(wave) * np.sin(2 * np.pi * (1.1 * t[:, 0] + widen(phase))) * t[:, 0]
        edges.append(edge + across[..., None, :] * sway[..., None])
    return np.concatenate([edges[0], edges[1][..., ::-1, :]], -2)
