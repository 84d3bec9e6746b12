"""A windy night over a lake: impasto strokes along eddies, halos round the lights, their reflections in the water."""

import numpy as np
from brush import Canvas, arcs, follow
from colours import Array, pick, ramp, rgb, vary
from fields import blend, clouds, noise, sample, scatter, smear, step

SIZE = (768, 608)
SHORE = 468
EDDIES = ((300, 190, 120, 1), (480, 262, 84, -1), (95, 318, 66, -1), (690, 330, 60, 1))  # x, y, radius, sense
STARS = (
    (92, 86, 50), (196, 62, 26), (330, 40, 20), (452, 92, 40), (560, 44, 24), (548, 178, 22), (404, 338, 17),
    (190, 300, 22), (60, 208, 20), (742, 208, 28), (602, 300, 18), (260, 350, 12),
)  # fmt: skip
MOON = (662, 104, 74)
NIGHT = "#0a1440 #14246b #1d3f9b #2a66bf #4d9bd6 #9fd0dc #e6ecc0"
LIGHT = "#fff8d2 #ffe886 #fbc93d #eea52c #a9b763 #4f90b8 #2a5fb4"


def hills(x: Array) -> tuple[Array, Array]:
    """Ridge lines of the far and the near range."""
    far = 398 - 30 * np.sin(x / 118 + 0.4) - 13 * np.sin(x / 47 + 1.2)
    near = 432 - 20 * np.sin(x / 150 + 2.6) - 9 * np.sin(x / 39)
    return far, near


def winds(x: Array, y: Array, rng: np.random.Generator) -> Array:
    """Directions: a wavy stream, wound up by the eddies, in circles round the lights."""
    width, height = SIZE
    slant = 0.45 * np.cos(x / 92 + y / 140) + 0.22 * noise(rng, width, height, 90)
    flow = np.stack([np.cos(slant), np.sin(slant)], -1)
    for cx, cy, radius, sense in EDDIES:
        dx, dy = x - cx, (y - cy) * 1.15
        far = np.hypot(dx, dy) + 1e-3
        round_ = np.stack([-dy, dx], -1) / far[..., None] * sense
        inward = np.stack([-dx, -dy], -1) / far[..., None]
        flow = blend(flow, round_ * 0.96 + 0.28 * inward, 1 - step(radius * 0.75, radius * 1.55, far))
    for cx, cy, radius in (*STARS, MOON):
        dx, dy = x - cx, y - cy
        far = np.hypot(dx, dy) + 1e-3
        flow = blend(flow, np.stack([-dy, dx], -1) / far[..., None], 1 - step(radius * 1.0, radius * 1.5, far))
    return np.arctan2(flow[..., 1], flow[..., 0])


def swirls(canvas: Canvas, rng: np.random.Generator) -> None:
    width, height = SIZE
    y, x = np.indices((height, width), dtype=np.float32)
    far, near = hills(x)
    angle = winds(x, y, rng)
    streams = smear(noise(rng, width, height, 7), angle, 90) + 0.5 * smear(noise(rng, width, height, 26), angle, 130)
    sky = ramp(0.36 + 0.19 * streams + 0.2 * (y / SHORE - 0.5), NIGHT)
    for cx, cy, radius, sense in EDDIES:
        dx, dy = x - cx, (y - cy) * 1.15
        r = np.hypot(dx, dy)
        coil = 0.5 + 0.5 * np.sin(r / radius * 11 - sense * np.arctan2(dy, dx))
        sky = blend(
            sky,
            ramp(coil + 0.12 * streams, "#122672 #2a5cb8 #62abdc #d3e6d2"),
            0.8 * (1 - step(radius * 0.7, radius * 1.2, r)),
        )
    glow = np.zeros_like(x)
    for cx, cy, radius in (*STARS, MOON):
        r = np.hypot(x - cx, y - cy) + 2.5 * noise(rng, width, height, 24)
        rings = r / radius + 0.07 * np.sin(r / 3.6)
        if radius == MOON[2]:
            rings = np.where(r < 0.48 * radius, 1.08, rings * 0.9 - 0.05)
        share = 1 - step(0.7, 1.3, r / radius)
        sky = blend(sky, ramp(rings / 1.15, LIGHT), share)
        glow = np.maximum(glow, share)
    # Hills and water under the sky, each with its own directions.
    ridge = smear(noise(rng, width, height, 8), np.arctan2(np.gradient(far, axis=1), 1.0), 50)
    lean = np.arctan2(np.gradient(far, axis=1), 1.0) * 1.6
    land = (y > far) & (y < SHORE)
    sky = np.where(
        (y > far)[..., None], ramp(0.4 + 0.2 * ridge + 0.3 * (y - far) / 60, "#17306e #28588f #3f8a8f #7cb58b"), sky
    )
    close = ramp(0.35 + 0.22 * ridge, "#0a1838 #12364f #1d5a52 #5d8a3f")
    sky = np.where((y > near)[..., None], close, sky)
    angle = np.where(land, lean + 0.5 * np.sin(x / 23) * (y > near), angle)
    lake = y >= SHORE
    ripple = smear(noise(rng, width, height, 5), np.zeros_like(x), 50)
    water = ramp(
        0.3 + 0.17 * ripple + 0.2 * clouds(rng, width, height, 90, 3), "#0a1644 #16348a #2363ad #3f9ab8 #8fd0c4"
    )
    sky = np.where(lake[..., None], water, sky)
    angle = np.where(lake, 0.12 * np.sin(x / 31 + y / 9), angle)

    canvas.fill(sky * 0.85)
    for spacing, length, broad, light, thick in (
        (9, 64, 15, 0.05, 0.7),
        (6, 42, 8.5, 0.06, 1.0),
        (4.6, 27, 5, 0.07, 1.1),
    ):
        points = scatter(rng, width, height, spacing)
        colour = sample(sky, points)
        reach = length * rng.uniform(0.6, 1.3, len(points)) * (1 - 0.5 * sample(glow, points))
        canvas.paint(
            rng,
            follow(points, angle, reach, rng),
            broad * rng.uniform(0.7, 1.25, len(points)),
            vary(colour, rng, light, 0.022, 1.12),
            vary(colour, rng, light * 1.3, 0.03, 1.1),
            thick=thick,
        )
    contours(canvas, rng, far, near)
    houses(canvas, rng)
    reflections(canvas, rng)
    lights(canvas, rng)
    # Thick pale accents along the streams, and dark ones between them.
    points = scatter(rng, width, height, 11, (streams > 0.9) & ~land & ~lake)
    canvas.paint(
        rng,
        follow(points, angle, rng.uniform(22, 50, len(points)), rng),
        rng.uniform(3, 5.5, len(points)),
        vary(pick(rng, len(points), "#bfe0e6 #8cc6e4 #e9efcf #5fa8dc"), rng, 0.03),
        thick=1.6,
        taper=2,
    )
    points = scatter(rng, width, height, 12, (streams < -1.0) & ~land & (glow < 0.2))
    canvas.paint(
        rng,
        follow(points, angle, rng.uniform(20, 44, len(points)), rng),
        rng.uniform(2.5, 4.5, len(points)),
        vary(pick(rng, len(points), "#0b1450 #101c63 #1c1a5e"), rng, 0.03),
        thick=1.3,
        taper=2,
    )


def contours(canvas: Canvas, rng: np.random.Generator, far: Array, near: Array) -> None:
    """Dark lines on the ridges and along the shore."""
    for line in (far[0], near[0], np.full(SIZE[0], SHORE, np.float32)):
        x = np.repeat(np.arange(0, SIZE[0], 14.0), 2) + rng.uniform(-6, 6, 2 * len(np.arange(0, SIZE[0], 14.0)))
        paths = np.stack([x[:, None] + np.linspace(-17, 17, 9)] * 2, -1)
        paths[..., 1] = line[np.clip(paths[..., 0], 0, SIZE[0] - 1).astype(int)] + rng.normal(0, 1.0, (len(x), 1))
        canvas.paint(rng, paths, 4.0, vary(pick(rng, len(x), "#070d2c #0b1a44 #122a50"), rng, 0.02), thick=1.2, taper=2)


def houses(canvas: Canvas, rng: np.random.Generator) -> None:
    """A village on the shore: walls, roofs, lit windows, and a row of poplars bent by the wind."""
    for x in (352, 376, 396, 424, 444, 470, 488, 520, 540):
        wide, tall = rng.uniform(13, 22), rng.uniform(12, 20)
        base = SHORE - 2
        rows = np.arange(base - tall, base, 3.0)
        begin = np.stack([np.full_like(rows, x), rows], -1)
        wall = begin[:, None] + np.linspace(0, 1, 9)[None, :, None] * np.array([wide, 0.6])
        canvas.paint(
            rng, wall, 4.5, vary(np.repeat(pick(rng, 1, "#2c4a86 #41639b #56719a #334a7c"), len(rows), 0), rng, 0.04)
        )
        peak = np.array([x + wide / 2, base - tall - rng.uniform(9, 14)])
        eaves = np.stack([np.linspace(x - 3, x + wide + 3, 9), np.full(9, base - tall + 1)], -1)
        roof = peak + np.linspace(0.05, 1, 9)[None, :, None] * (eaves[:, None] - peak)
        canvas.paint(rng, roof, 4, vary(np.repeat(pick(rng, 1, "#1b2350 #4a2f4f #283a6b #5b3a44"), 9, 0), rng, 0.03))
        for wx in (x + wide * 0.3, x + wide * 0.72):
            window = np.array([[wx, base - tall * 0.62], [wx, base - tall * 0.3]])
            canvas.paint(rng, window[None], 3.6, pick(rng, 1, "#ffd75a #ffbf3a #fff0a8"), thick=1.6)
    for x, tall in ((598, 128), (622, 168), (646, 112), (40, 96), (22, 140)):
        for _ in range(130):
            t = rng.random() ** 0.8
            spread = 16 * np.sin(np.pi * min(1, 0.12 + 0.88 * t) ** 0.7)
            at = np.array([x + rng.normal(0, 0.42) * spread + 7 * np.sin(t * 5 + x), SHORE + 4 - t * tall])
            bend = np.array([[0, 12], [rng.normal(0, 2), 4], [rng.normal(0, 2), -5], [rng.normal(1.5, 3), -15]])
            code = "#07142b #0c2736 #123f3f #1f5b40 #0a1840" if rng.random() < 0.86 else "#4f8144 #7c9a3e"
            canvas.paint(
                rng, (at + bend)[None], rng.uniform(4, 6.5), vary(pick(rng, 1, code), rng, 0.03), thick=1.2, taper=2
            )


def reflections(canvas: Canvas, rng: np.random.Generator) -> None:
    """Under each light a ladder of short golden strokes, wider and rarer towards the viewer."""
    lamps = [(x, 1.0, "#ffe07a #f9c440 #fff3b8 #e79b2e") for x in (360, 403, 431, 478, 497, 529, 545)]
    lamps += [(MOON[0], 2.3, "#fff6c4 #ffe07a #f7cf57 #cfe3b0"), (STARS[0][0], 1.7, "#fff0a8 #f3cf62 #bcd7b0")]
    for x, wide, code in lamps:
        count = int(46 * wide)
        depth = rng.random(count) ** 0.8
        y = SHORE + 6 + depth * (SIZE[1] - SHORE)
        begin = np.stack([x + rng.normal(0, 2 + 7 * depth * wide), y], -1)
        ends = (
            np.linspace(-0.5, 0.5, 9)[None, :, None]
            * np.stack([rng.uniform(9, 17, count) * (0.6 + depth * wide), rng.normal(0, 2, count)], -1)[:, None]
        )
        canvas.paint(
            rng,
            begin[:, None] + ends,
            2.2 + 3 * depth,
            vary(pick(rng, count, code), rng, 0.04, 0.02),
            thick=1.6,
            taper=2,
        )


def lights(canvas: Canvas, rng: np.random.Generator) -> None:
    """Concentric strokes, thickest at the heart; the moon is a crescent."""
    for cx, cy, radius in (*STARS, MOON):
        moon = (cx, cy, radius) == MOON
        count = int(radius * (6 if moon else 7))
        r = radius * np.sqrt(rng.uniform(0.3 if moon else 0.0, 1.1, count))
        order = np.argsort(-r)
        r = r[order]
        sweep = np.minimum(26 / np.maximum(r, 3), 2.4) * rng.uniform(0.6, 1.2, count)
        colour = ramp(r / radius / 1.15 + rng.normal(0, 0.05, count), LIGHT)
        centres = np.tile(np.array([[cx, cy]], np.float32), (count, 1))
        keep = rng.random(count) < 1.15 - 0.75 * r / radius  # the halo thins out
        paths = arcs(centres, r, rng.uniform(0, 2 * np.pi, count), sweep)
        canvas.paint(
            rng,
            paths[keep],
            rng.uniform(3.2, 5.6, count)[keep],
            vary(colour, rng, 0.03, 0.025)[keep],
            thick=1.5,
            taper=2.5,
        )
        heart = radius * 0.3
        if moon:
            t = rng.uniform(-1.45, 1.05, 90)
            inner = rng.uniform(0, 1, 90)[:, None]
            centres = np.array([cx, cy]) + inner * np.array([0.2, -0.04]) * radius
            paths = arcs(centres, radius * (0.42 - 0.06 * inner[:, 0]), np.pi + t, np.full(90, 0.45))
            canvas.paint(
                rng,
                paths,
                5 * np.cos(t + 0.2) + 1.5,
                vary(pick(rng, 90, "#fff6c8 #ffe27a #ffc83a #ffab2e"), rng, 0.02),
                thick=2,
                taper=2,
            )
        else:
            count = int(8 + heart)
            r = heart * rng.uniform(0.1, 0.8, count)
            centres = np.tile(np.array([[cx, cy]], np.float32), (count, 1))
            paths = arcs(centres, r, rng.uniform(0, 6.3, count), np.full(count, 1.6))
            canvas.paint(
                rng, paths, heart * 0.5 + 1.5, vary(np.tile(rgb("#fff9dc"), (count, 1)), rng, 0.02, 0.012), thick=2
            )
