"""Landscapes as light and matter: what is where in a scene, in which colour, and how the brush would follow it.

Sky with clouds and a sun, up to four ranges of mountains or hills in ever thicker air, woods, a lake or a meadow, in a
season and at a time of day. Everything is placed in shares of the picture, so a scene looks alike at every size.
"""

from dataclasses import dataclass

import numpy as np

from artgan.data.drawing.chance import Array
from artgan.data.drawing.colours import mix, rgb
from artgan.data.drawing.curves import vector
from artgan.data.drawing.noise import clouds, field, ridge, step

# Zenith, horizon, sunlight, haze, and what the light makes of white ground, by time of day.
HOURS = {
    "noon": rgb("3d78c4", "b9d8ee", "fff6e0", "b5cce0", "fffaf0"),
    "morning": rgb("6f9fd0", "f3dcc0", "ffe6bd", "d8d4cf", "f6ead8"),
    "sunset": rgb("46508f", "f7a566", "ffb978", "d99a80", "e6b79c"),
    "dusk": rgb("2c3766", "c98fa6", "e2b3b8", "7f7fa6", "9a90b6"),
    "overcast": rgb("8f9fb0", "d5dce0", "e6e9ea", "c3cbd2", "d6dbe1"),
}
# Grass, woods, rock, flowers by season.
SEASONS = {
    "spring": rgb("7fa548", "4f7a38", "8a857c", "f2b8cc"),
    "summer": rgb("6c9440", "35602f", "857c70", "e8d048"),
    "autumn": rgb("b39a4c", "b0622a", "877a6c", "c8502c"),
    "winter": rgb("e4eaf0", "4c5f5c", "8f95a0", "f6f8fa"),
}


@dataclass(frozen=True, eq=False)
class Scenery:
    """A scene on a grid (H, W): what a camera would see and what a painter would make of it.

    Attributes:
        colour: (H, W, 3) sRGB in [0, 1], without grain.
        angle: (H, W) the direction of brush strokes in radians.
        detail: (H, W) in [0, 1], how small strokes should be: 0 the sky, 1 trees and edges.
        light: (3,) the colour of sunlight; shadow: (3,) the colour of the shade, for the painter.
    """

    colour: Array
    angle: Array
    detail: Array
    light: Array
    shadow: Array


def scenery(seed: tuple[int, int, int], side: int) -> Scenery:
    """The scene of this seed on a square grid."""
    random = np.random.default_rng(seed)
    hour = HOURS[str(random.choice(list(HOURS), p=[0.34, 0.2, 0.2, 0.1, 0.16]))]
    season = SEASONS[str(random.choice(list(SEASONS), p=[0.25, 0.35, 0.24, 0.16]))]
    shape = (side, side)
    y, x = (np.indices(shape, dtype=np.float32) + 0.5) / side
    horizon = float(random.uniform(0.42, 0.66))
    sun = (float(random.uniform(0.1, 0.9)), horizon * float(random.uniform(0.15, 0.85)))

    # Sky: bluer upwards, lighter round the sun, clouds flatter towards the horizon.
    height = np.clip(y / horizon, 0, 1)
    sky = mix(np.broadcast_to(hour[0], (*shape, 3)), hour[1], height**1.6)
    glow = np.exp(-np.hypot(x - sun[0], (y - sun[1]) * 1.2) * float(random.uniform(3.5, 6)))
    sky = mix(sky, hour[2], glow * 0.75)
    cover = float(random.uniform(-0.9, 0.9))
    bank = clouds(random, shape, (float(random.uniform(3, 6)), float(random.uniform(1.5, 3.5))), 5)
    thick = step(0.0, 1.4, bank + cover - 0.4 * (height - 0.5))
    lit = np.clip(0.75 + 0.5 * (bank - np.roll(bank, -max(1, side // 24), axis=0)), 0, 1)
    cloud = mix(
        mix(np.broadcast_to(hour[0], (*shape, 3)), hour[3], 0.7), mix(hour[2], np.ones(3, np.float32), 0.55), lit
    )
    colour = mix(sky, cloud, thick * 0.85)
    disc = (hour[1, 2] < 0.8) * step(0.03, 0.02, np.hypot(x - sun[0], y - sun[1]))
    colour = mix(colour, np.ones(3, np.float32), disc * (1 - thick) * 0.9)
    angle = 0.25 * field(random, shape, (3, 2)) + 0.9 * thick * field(random, shape, (4, 4)) * 0.5
    detail = 0.15 + 0.25 * thick

    # Ranges from far to near: each lower, rougher in matter, clearer in the air.
    ranges = int(random.integers(1, 5))
    crags = float(random.uniform(0.38, 0.56))
    tall = float(random.uniform(0.1, 0.34))
    snow = random.random() < 0.5
    toward = 1.0 if sun[0] > 0.5 else -1.0
    for k in range(ranges):
        near = (k + 1) / ranges
        top = horizon - tall * (1.15 - near) + 0.06 * near * (ranges > 1)
        outline = top - tall * 0.5 * (1.1 - 0.75 * near) * ridge(random, side, 3 + k, crags if near < 0.8 else 0.36)
        body = y - outline[None]
        rock = clouds(random, shape, (13, 8), 5)
        relief = 0.5 + 0.5 * np.clip(toward * np.gradient(rock, axis=1) * side / 30, -1, 1)
        wood = step(-0.2, 0.5, rock * 0.6 + near * 2.6 - 1.2)
        ground = mix(np.broadcast_to(season[2], (*shape, 3)), mix(season[1], season[0], step(-0.6, 1.2, rock)), wood)
        if snow and near < 0.7:
            ground = mix(ground, vector(0.95, 0.96, 1.0), step(0.1, -0.05, body - tall * 0.3 + 0.08 * rock))
        ground = ground * (0.45 + 0.65 * relief[..., None]) * hour[4]
        ground = mix(ground, hour[3], np.float32((1 - near) * 0.75 + 0.12) + 0.2 * step(0.0, 0.25, body) * (1 - near))
        edge = step(-0.5 / side, 0.5 / side, body)
        colour = mix(colour, ground, edge)
        slope = np.arctan(np.gradient(outline) * side)[None] * 0.8 + toward * 0.5 + 0.3 * rock
        angle = np.where(edge > 0.5, slope, angle)
        detail = np.where(edge > 0.5, 0.35 + 0.4 * near, detail)
    scene = Scenery(
        colour,
        np.asarray(angle, np.float32),
        np.asarray(detail, np.float32),
        hour[2],
        mix(hour[0], rgb("46409a")[0], 0.4),
    )
    return _foreground(scene, random, season, hour, horizon + 0.03, x, y, toward)


def _foreground(
    scene: Scenery,
    random: np.random.Generator,
    season: Array,
    hour: Array,
    horizon: float,
    x: Array,
    y: Array,
    toward: float,
) -> Scenery:
    """A meadow or a lake that mirrors what stands behind it, trees on the shore, flowers."""
    side = len(y)
    shape = (side, side)
    colour, angle, detail = scene.colour.copy(), scene.angle.copy(), scene.detail.copy()
    lake = random.random() < 0.6

    distance = np.clip((y - horizon) / (1 - horizon), 0, 1)
    rough = clouds(random, (side, side), (5, 3), 3)
    blades = clouds(random, shape, (26, 14), 3)
    patches = step(-1.2, 1.2, rough + 0.5 * blades)
    meadow = mix(np.broadcast_to(season[1], (*shape, 3)), season[0], patches) * hour[4]
    meadow = meadow * (0.82 + 0.16 * blades[..., None] * distance[..., None])
    meadow = mix(meadow, hour[3], 0.45 * (1 - distance) ** 2)
    sown = step(1.3, 1.6, field(random, shape, (70, 70)) + 0.6 * rough) * distance
    meadow = mix(meadow, season[3], sown * 0.9)
    below = y > horizon
    land = step(-0.5 / side, 0.5 / side, y - horizon)
    colour = mix(colour, meadow, land)
    angle = np.where(below, -1.3 + 0.5 * rough, angle)
    detail = np.where(below, 0.4 + 0.35 * distance, detail)

    colour, angle, detail = _trees(random, season, hour, horizon, x, y, toward, (colour, angle, detail))
    if lake:
        begin = horizon + float(random.uniform(0.02, 0.08))
        bank = begin + 0.02 * ridge(random, side, 4, 0.5)
        end = 1.25 if random.random() < 0.6 else float(random.uniform(0.82, 0.95))
        far = end + 0.05 * ridge(random, side, 3, 0.5)
        ripple = field(random, shape, (60, 8)) * 0.006 + field(random, shape, (24, 3)) * 0.008
        depth = np.clip((y - begin) / (1 - begin), 0, 1)
        mirrored = np.clip(((2 * bank[None] - y + ripple * (0.4 + 3 * depth)) * side).astype(np.int64), 0, side - 1)
        columns = np.clip((x * side + ripple * side).astype(np.int64), 0, side - 1)
        water = colour[mirrored, columns] * vector(0.84, 0.9, 0.95)
        water = mix(water, hour[0] * 0.55, 0.12 + 0.3 * depth)
        water = mix(water, hour[2], step(1.4, 2.2, field(random, shape, (70, 9))) * 0.35)
        wet = step(-0.5 / side, 0.5 / side, y - bank[None]) * step(0.5 / side, -0.5 / side, y - far[None])
        colour = mix(colour, water, wet)
        angle = np.where(wet > 0.5, 0.06 * rough, angle)
        detail = np.where(wet > 0.5, 0.35, detail)
    return Scenery(
        np.clip(colour, 0, 1), np.asarray(angle, np.float32), np.asarray(detail, np.float32), scene.light, scene.shadow
    )


def _trees(
    random: np.random.Generator, season: Array, hour: Array, horizon: float, x: Array, y: Array, toward: float,
    layers: tuple[Array, Array, Array],
) -> tuple[Array, Array, Array]:  # fmt: skip
    """Crowns of leaves or firs, far ones first, each lit from the sun's side."""
    colour, angle, detail = layers
    side = len(y)
    fine = clouds(random, (side, side), (34, 34), 3)
    leaves = 0.5 * clouds(random, (side, side), (9, 9), 3) + 0.6 * fine
    firs = random.random() < 0.45
    feet = np.sort(random.uniform(0, 1, int(random.integers(3, 22))) ** 2.2)
    for foot in feet.tolist():
        cx, base = float(random.uniform(-0.05, 1.05)), horizon + 0.015 + foot * 0.3
        high = (0.07 + 0.5 * foot) * float(random.uniform(0.7, 1.2))
        wide = high * float(random.uniform(0.2, 0.3) if firs else random.uniform(0.3, 0.42))
        tone, grain = float(random.uniform(-0.25, 0.3)), float(random.uniform(0.12, 0.24))
        # Only the part of the picture where the tree can be.
        box = (_span(base - 1.3 * high, base + 0.06 * high, side), _span(cx - 1.6 * wide, cx + 1.6 * wide, side))
        grown, up, across = leaves[box], (base - y[box]) / high, (x[box] - cx) / wide
        if firs:
            tiers = 0.8 + 0.2 * np.abs(np.sin(up * 17 + 0.6 * fine[box]))
            body = (1 - up) * tiers - np.abs(across) + 0.09 * fine[box] * np.clip(1.2 - up, 0, 1)
            mask = step(-0.03, 0.05, body) * step(-0.02, 0.04, up) * step(1.02, 0.98, up)
        else:
            body = 1 - np.hypot(across, (up - 0.64) / 0.4) + 1.5 * grain * np.clip(grown, -1.5, 0.9)
            mask = step(-0.03, 0.1, body)
            trunk = step(0.12, 0.08, np.abs(across + 0.03 * grown) - 0.05 * (0.3 - up)) * step(-0.02, 0.02, up)
            bark = mix(vector(0.27, 0.2, 0.16), hour[3], 0.25 * (1 - foot))
            colour[box] = mix(colour[box], bark, trunk * step(0.62, 0.5, up))
        lit = np.clip(0.5 + 0.35 * toward * across + 0.3 * (up - 0.5) + 0.3 * grown + tone, 0, 1)
        leaf = mix(season[1] * 0.45 * hour[4], mix(season[1], season[0], 0.55) * hour[4] * 1.1, lit)
        leaf = mix(leaf, hour[3], 0.38 * (1 - foot) ** 2)
        colour[box] = mix(colour[box], leaf, mask)
        angle[box] = np.where(mask > 0.5, (1.2 * across if firs else -0.9 + 0.9 * grown), angle[box])
        detail[box] = np.where(mask > 0.5, 1.0, detail[box])
    return colour, angle, detail


def _span(low: float, high: float, side: int) -> slice:
    return slice(max(0, int(low * side)), max(0, min(side, int(high * side) + 1)))
