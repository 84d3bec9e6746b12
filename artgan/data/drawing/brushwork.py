"""An impressionist's hand: a scene laid down in strokes, large ones first, in broken colour on a toned canvas."""

import numpy as np

from artgan.data.drawing.chance import Array
from artgan.data.drawing.colours import mix, rgb
from artgan.data.drawing.curves import vector
from artgan.data.drawing.noise import step
from artgan.data.drawing.scenery import Scenery

# Length, width and spacing of strokes in shares of the picture, and the detail a place must have to get them.
PASSES = ((0.12, 0.034, 0.03, 0.0), (0.075, 0.021, 0.0185, 0.1), (0.042, 0.0125, 0.0105, 0.45))
PITCH = 0.85
"""Distance of neighbouring samples of a stroke in grid cells; the few holes look like a dry brush."""
BLOCK = 150_000
"""Samples of strokes laid at once."""
GROUND = rgb("c9a978")[0]


def paint(scene: Scenery, random: np.random.Generator) -> Array:
    """The painting of a scene (H, W, 3), sRGB in [0, 1], on the scene's own grid."""
    side = len(scene.colour)
    palette = _palette(scene)
    canvas = mix(palette, np.broadcast_to(GROUND, palette.shape), 0.35)
    relief = np.zeros((side, side), np.float32)
    for length, width, spacing, needed in PASSES:
        grid = np.arange(spacing / 2, 1, spacing)
        points = np.stack(np.meshgrid(grid, grid), -1).reshape(-1, 2).astype(np.float32)
        points += random.uniform(-0.7, 0.7, points.shape).astype(np.float32) * spacing
        points = random.permutation(points)
        row, column = (np.clip((points[:, axis] * side).astype(np.int64), 0, side - 1) for axis in (1, 0))
        keep = scene.detail[row, column] >= needed
        points, row, column = points[keep], row[keep], column[keep]
        count = len(points)
        if not count:
            continue
        fine = 1.25 - 0.55 * scene.detail[row, column]
        angle = scene.angle[row, column] + random.normal(0, 0.16, count).astype(np.float32)
        tint = _broken(palette[row, column], scene, random, 0.75)
        # In blocks that stay in the processor's cache and bound the memory.
        block = max(1, int(BLOCK / (length * width * (side / PITCH) ** 2)))
        for start in range(0, count, block):
            part = slice(start, start + block)
            _lay(canvas, relief, points[part], angle[part], length * fine[part], width * fine[part], tint[part], random)
    return _finished(canvas, relief, random)


def _palette(scene: Scenery) -> Array:
    """The scene's colours as a painter mixes them: richer, no black, cool shadows against warm light."""
    colour = scene.colour
    grey = colour.mean(-1, keepdims=True)
    rich = grey + (colour - grey) * 1.45
    dark = step(0.5, 0.05, grey[..., 0])
    rich = mix(rich, scene.shadow * 0.75, dark * 0.5)
    bright = step(0.55, 0.95, grey[..., 0])
    rich = mix(rich, mix(scene.light, vector(1.0, 0.97, 0.85), 0.5), bright * 0.3)
    return np.asarray(np.clip(0.07 + 0.9 * rich, 0, 1), np.float32)


def _broken(tint: Array, scene: Scenery, random: np.random.Generator, strength: float) -> Array:
    """Neighbouring strokes differ: a touch of the light, of the shade, of pure colour."""
    count = len(tint)
    tint = tint + random.normal(0, 0.055 * strength, (count, 3)).astype(np.float32)
    tint = tint + random.normal(0, 0.05 * strength, (count, 1)).astype(np.float32)
    other = np.where(random.random((count, 1)) < 0.5, scene.light[None], scene.shadow[None]).astype(np.float32)
    return mix(tint, other, (random.random(count) ** 4 * 0.45 * strength).astype(np.float32))


def _lay(
    canvas: Array,
    relief: Array,
    points: Array,
    angle: Array,
    length: Array,
    width: Array,
    tint: Array,
    random: np.random.Generator,
) -> None:
    """Bristle strokes in order, later ones over earlier ones; colour and thickness of the paint change in streaks."""
    side = len(canvas)
    count = len(points)
    along = max(3, int(np.ceil(float(length.max()) * side / PITCH)))
    across = max(2, int(np.ceil(float(width.max()) * side / PITCH)))
    u = np.linspace(-1, 1, along, dtype=np.float32)[None, :, None]
    v = np.linspace(-1, 1, across, dtype=np.float32)[None, None, :]
    bow = random.normal(0, 0.12, (count, 1, 1)).astype(np.float32)
    half, broad = (
        (length / 2)[:, None, None],
        (width / 2)[:, None, None] * np.sqrt(np.clip(1 - np.abs(u) ** 4, 0.05, 1)),
    )
    ahead, aside = u * half, v * broad + bow * (u**2 - 0.4) * half
    cos, sin = np.cos(angle)[:, None, None], np.sin(angle)[:, None, None]
    column = ((points[:, 0, None, None] + ahead * cos - aside * sin) * side).astype(np.int32)
    row = ((points[:, 1, None, None] + ahead * sin + aside * cos) * side).astype(np.int32)
    streak = random.random((count, 1, across), dtype=np.float32)
    # The brush runs out of paint towards the end of the stroke and at its edges, first where it carried least.
    dry = (u * 0.5 + 0.5) ** 3 * 0.42 + np.abs(v) ** 4 * 0.21
    keep = (streak > dry) & (row >= 0) & (column >= 0) & (row < side) & (column < side)
    chosen = np.flatnonzero(keep)
    place = (row * side + column).ravel()[chosen]
    stroke, hair = chosen // (along * across), chosen % across
    bristle = streak[stroke, 0, hair]
    canvas.reshape(-1, 3)[place] = tint[stroke] + ((bristle - 0.5) * 0.09)[:, None]
    relief.reshape(-1)[place] = 0.5 * bristle + 0.5 * np.abs(v[0, 0, hair]) ** 3


def _finished(canvas: Array, relief: Array, random: np.random.Generator) -> Array:
    """Dry: furrows catch light from the upper left, and the weave of the canvas shows a little."""
    side = len(canvas)
    weave = 0.05 * random.standard_normal((side, side), dtype=np.float32)
    bumps = relief + weave
    slope = np.zeros_like(bumps)
    slope[1:, 1:] = bumps[1:, 1:] - bumps[:-1, :-1]
    return np.asarray(np.clip(canvas * (1 + 0.13 * slope)[..., None], 0, 1), np.float32)
