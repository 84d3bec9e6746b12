"""A mosaic floor: rosettes of small stones set in rings, each stone cut and coloured by itself, in pale mortar."""

import numpy as np
from brush import Canvas
from colours import Array, ramp, rgb, to_rgb, vary
from fields import clouds, sample, scatter

SIZE = (768, 608)
LAMP = {"light": 0.34, "weave": 0.03, "gloss": 0.22}
STONE = 9.2
# Rosettes: x, y, weight (a larger one claims more ground), petals, colours from the heart outwards.
ROSETTES = (
    (330, 300, 150, 12, "#fff3c4 #f2b632 #c8371f #7a1022 #f3d27a #16467f #0d2350 #1f8a94 #e9dcb8"),
    (84, 110, 84, 8, "#fbe9b0 #1f8a94 #0e4a6b #e9c35c #b4301f #f2e2bd #16467f"),
    (618, 112, 100, 10, "#c8371f #f2b632 #fff3c4 #16467f #2aa39a #0d2350 #e9c35c"),
    (92, 500, 92, 9, "#f2b632 #7a1022 #d96a2b #fbe9b0 #1d6b4f #0e3d3a #e9c35c"),
    (600, 486, 118, 12, "#fff3c4 #2aa39a #16467f #f2b632 #d4502a #f6e3b4 #5b1a3a #0d2350"),
    (352, 30, 44, 6, "#e9c35c #1d6b4f #8fbf8a #0e3d3a #f2e2bd"),
    (356, 596, 44, 6, "#e9c35c #b4301f #f0a05a #5b1a3a #f2e2bd"),
    (760, 300, 62, 8, "#fbe9b0 #d4502a #f2b632 #7a1022 #1f8a94 #0d2350"),
    (-6, 306, 58, 8, "#fbe9b0 #16467f #5fb0c4 #0d2350 #e9c35c #b4301f"),
)


def claims() -> tuple[Array, Array]:
    """For every unit the rosette it belongs to, and its distance from the border in about units (power diagram)."""
    y, x = np.indices((SIZE[1], SIZE[0]), dtype=np.float32)
    reach = np.stack([np.hypot(x - cx, y - cy) - weight for cx, cy, weight, *_ in ROSETTES])
    ordered = np.sort(reach, axis=0)
    return reach.argmin(0), (ordered[1] - ordered[0]) / 2


def mosaic(canvas: Canvas, rng: np.random.Generator) -> None:
    owner, margin = claims()
    mottle = clouds(rng, *SIZE, 90)
    sand = to_rgb(np.stack([0.62 + 0.05 * mottle, 0.01 + 0 * mottle, 0.035 + 0 * mottle], -1))
    canvas.fill(sand)
    grit = scatter(rng, *SIZE, 3.2)
    grains = grit[:, None] + np.linspace(-1, 1, 3)[None, :, None] * rng.normal(0, 1.1, (len(grit), 1, 2))
    canvas.paint(rng, grains, 1.8, vary(sample(sand, grit), rng, 0.07, 0.008), thick=0.35)
    for number, (cx, cy, _, petals, codes) in enumerate(ROSETTES):
        centre = np.array([cx, cy], float)
        for ring in range(60):
            r = 3 + ring * STONE
            count = max(1, round(2 * np.pi * r / (STONE * rng.uniform(0.98, 1.12))))
            turn = (np.arange(count) + rng.uniform(0, 1)) * 2 * np.pi / count + rng.normal(0, 0.35 / r, count)
            out = np.stack([np.cos(turn), np.sin(turn)], -1)
            spots = centre + out * (r + rng.normal(0, 0.35, (count, 1)))
            inside = (spots > -8).all(1) & (spots < np.array(SIZE) + 8).all(1)
            kept = inside & (sample(owner, spots) == number) & (sample(margin, spots) > STONE * 0.62)
            set_stones(canvas, rng, spots[kept], turn[kept] + np.pi / 2, pattern(r, turn[kept], petals, codes))
    border(canvas, rng, owner, margin)


def pattern(r: float, turn: Array, petals: int, codes: str) -> Array:
    """Petals opening one behind another: a wavy distance, cut into bands of one colour."""
    wavy = r * (1 + 0.16 * np.cos(petals * turn) * np.minimum(1, r / 50)) / 27
    stops = codes.split()
    band = wavy.astype(int)
    # After the last colour the palette runs backwards and forwards again.
    place = np.abs((band + len(stops) - 1) % (2 * len(stops) - 2) - (len(stops) - 1))
    shade = ramp(np.clip(0.75 - 0.5 * (wavy - band), 0, 1), "#000000 #ffffff")
    colour = np.stack([rgb(stops[p]) for p in place]) if len(turn) else np.empty((0, 3), np.float32)
    return np.clip(colour * (0.72 + 0.5 * shade), 0, 1)


def set_stones(canvas: Canvas, rng: np.random.Generator, spots: Array, lean: Array, colour: Array) -> None:
    """Stones cut by hand: never quite square, chipped, no two from the same slab; some are of gold glass."""
    count = len(spots)
    lean = lean + rng.normal(0, 0.07, count)
    long = STONE * rng.uniform(0.78, 0.96, count)
    ahead = np.stack([np.cos(lean), np.sin(lean)], -1) * long[:, None] / 2
    paths = spots[:, None] + np.linspace(-1, 1, 5)[None, :, None] * ahead[:, None]
    paths = paths + rng.normal(0, 0.16, paths.shape)
    tint = vary(colour, rng, 0.05, 0.018, 1.08)
    canvas.paint(rng, paths + 0.7, STONE * 0.92, tint * 0.2, opacity=0.55, thick=0.1, taper=14, dry=0.05)
    canvas.paint(rng, paths, STONE * rng.uniform(0.74, 0.88, count), tint, vary(tint, rng, 0.045, 0.015),
                 bristle=0.07, dry=0.22, thick=1.9, taper=14)  # fmt: skip


def border(canvas: Canvas, rng: np.random.Generator, owner: Array, margin: Array) -> None:
    """A single row of dark and golden stones by turns where two rosettes meet."""
    slope_y, slope_x = np.gradient(margin)
    along = np.arctan2(slope_x, -slope_y)
    seam = (owner != np.roll(owner, 1, 0)) | (owner != np.roll(owner, 1, 1))
    seam[0], seam[:, 0] = False, False
    points = np.argwhere(seam)[:, ::-1].astype(np.float32)
    points = points[np.lexsort((points[:, 1] // 4, points[:, 0] // 4))]
    kept = np.empty((0, 2), np.float32)
    for point in points:
        if not len(kept) or np.hypot(*(kept - point).T).min() > STONE * 0.98:
            kept = np.vstack([kept, point])
    beside = kept + np.stack([-np.sin(sample(along, kept)), np.cos(sample(along, kept))], -1) * 3
    colour = np.stack([rgb(code) for code in ("#10162e", "#d9a62e", "#10162e")])[np.arange(len(kept)) % 3]
    set_stones(canvas, rng, kept, sample(along, beside), colour)
