"""A pond in the evening: the sky and the willows upside down in the water, pads and blossoms afloat on it."""

import numpy as np
from brush import Canvas, arcs, follow
from colours import Array, pick, ramp, vary
from fields import blend, clouds, noise, sample, scatter, smear, step

SIZE = (768, 608)
LAMP = {"light": 0.3, "weave": 0.16}
WATER = "#1d2f63 #2c4f8f #4673b3 #6f93cf #9aa6dc #c8b4e0 #efc3d6 #f9dcc8 #fbeecb"
WILLOW = "#0f2f33 #1c5145 #2f7350 #5a9a5c #93b978"
PADS = "#2f6b4a #4d8f55 #79b062 #a9c877 #3f8a7d #6fb3a0"
# Rafts of pads: x, y, half width, half height, pads.
RAFTS = (
    (150, 92, 150, 16, 26), (520, 66, 190, 13, 28), (690, 150, 110, 16, 18), (330, 176, 120, 18, 18),
    (90, 262, 140, 26, 18), (590, 282, 150, 28, 20), (330, 366, 130, 28, 14), (690, 430, 120, 36, 12),
    (130, 470, 160, 46, 16), (470, 540, 170, 44, 13),
)  # fmt: skip


def lily_pads(rng: np.random.Generator) -> tuple[Array, Array]:
    """Centres (N, 2) and half widths (N,), far ones first; nearer pads are larger."""
    rows = []
    for cx, cy, wide, tall, count in RAFTS:
        for _ in range(count):
            spot = rng.normal(0, 0.5, 2).clip(-1.1, 1.1)
            y = cy + tall * spot[1]
            rows.append((cx + wide * spot[0], y, (9 + 40 * (y / SIZE[1]) ** 1.1) * rng.uniform(0.7, 1.2)))
    pads = np.array(sorted(rows, key=lambda row: row[1]))
    return pads[:, :2], pads[:, 2]


def water_lilies(canvas: Canvas, rng: np.random.Generator) -> None:
    width, height = SIZE
    y, x = np.indices((height, width), dtype=np.float32)
    upright = (np.pi / 2 + 0.10 * noise(rng, width, height, 120)).astype(np.float32)
    level = (0.07 * noise(rng, width, height, 70)).astype(np.float32)
    # The sky in the water: a bright path winding down between the dark reflections of the willows.
    path = 400 + 120 * np.sin(y / 165 + 0.7)
    bright = 1.1 * np.exp(-(((x - path) / 150) ** 2)) - 0.18
    mottle = clouds(rng, width, height, 120, 2.0)
    sky = ramp(0.3 + 0.42 * bright + 0.10 * mottle, WATER)
    hang = smear(noise(rng, width, height, 9), upright, 90)
    drape = step(
        0.15,
        1.0,
        np.abs(x - path) / 300
        + 0.22 * hang
        + 0.14 * noise(rng, width, height, 60, 0.5)
        - 0.12
        - 0.25 * (y / height - 0.4),
    )
    pond = blend(sky, ramp(0.42 + 0.2 * hang + 0.1 * mottle, WILLOW), 0.85 * drape)
    canvas.fill(pond)
    for spacing, length, broad, tilt, soft in (
        (12, 84, 20, upright, 1.0), (8, 54, 12, upright, 0.85), (8.5, 46, 11, level, 0.6), (6.5, 26, 6.5, level, 0.8),
    ):  # fmt: skip
        points = scatter(rng, width, height, spacing)
        colour = sample(pond, points)
        reach = length * rng.uniform(0.6, 1.3, len(points))
        if tilt is level:
            reach *= 0.5 + 0.8 * points[:, 1] / height
        canvas.paint(
            rng,
            follow(points, tilt, reach, rng),
            broad * rng.uniform(0.7, 1.25, len(points)),
            vary(colour, rng, 0.04, 0.02, 1.1),
            vary(colour, rng, 0.055, 0.032, 1.1),
            opacity=soft,
            dry=0.55,
        )
    fronds(canvas, rng, upright, drape)
    glimmer(canvas, rng, level, bright, drape)
    centres, halves = lily_pads(rng)
    for band in range(0, len(centres), 6):
        float_pads(canvas, rng, centres[band : band + 6], halves[band : band + 6])
    blossoms(canvas, rng, centres, halves)


def fronds(canvas: Canvas, rng: np.random.Generator, upright: Array, drape: Array) -> None:
    """Long thin willow branches hanging in the reflection."""
    points = scatter(rng, *SIZE, 15, drape > 0.3)
    code = np.where(
        rng.random(len(points))[:, None] < 0.6,
        pick(rng, len(points), "#0f2f36 #16423e #1f3f5c"),
        pick(rng, len(points), "#5f9f62 #86b56c #3f8468 #5f8fa0"),
    )
    canvas.paint(
        rng,
        follow(points, upright, rng.uniform(30, 90, len(points)), rng),
        rng.uniform(3, 6, len(points)),
        vary(code, rng, 0.04),
        opacity=0.5,
        dry=0.7,
        taper=2,
    )


def glimmer(canvas: Canvas, rng: np.random.Generator, level: Array, bright: Array, drape: Array) -> None:
    """Broken level strokes of sky light, pink and gold on the path, violet in the shade."""
    for where, codes, spacing in (
        ((bright > 0.3) & (drape < 0.5), "#fde9c9 #f9cfd0 #fff6e0 #f3b6c4 #e6c9ee", 14),
        (drape > 0.3, "#5a6fc0 #7a63b0 #3f5ea6 #8f86d0 #c987b8", 17),
        (bright < 0.5, "#86a8e0 #6b8ad2 #a99be0 #5fa5b8", 18),
    ):
        points = scatter(rng, *SIZE, spacing, where)
        near = 0.5 + points[:, 1] / SIZE[1]
        canvas.paint(
            rng,
            follow(points, level, rng.uniform(14, 34, len(points)) * near, rng),
            rng.uniform(3, 5.5, len(points)) * near,
            vary(pick(rng, len(points), codes), rng, 0.03, 0.02),
            opacity=0.9,
            dry=0.7,
            thick=1.3,
            taper=2,
        )


def float_pads(canvas: Canvas, rng: np.random.Generator, centres: Array, halves: Array) -> None:
    """Each pad: its shadow on the water, level strokes within, a light rim behind and a dark one in front."""
    flat = 0.34
    below = arcs(
        centres + np.array([0, 2.5]), halves * 0.95, np.full(len(halves), 0.2), np.full(len(halves), 2.7), flat
    )
    canvas.paint(
        rng, below, halves * 0.16 + 1.5, vary(pick(rng, len(halves), "#142a4f #1b2f5f #10323c"), rng, 0.03), opacity=0.8
    )
    own = vary(pick(rng, len(halves), PADS), rng, 0.035, 0.02, 0.85)
    lines = 9
    where = np.repeat(np.arange(len(halves)), lines)
    lift = np.tile(np.linspace(-0.88, 0.88, lines), len(halves)) + rng.normal(0, 0.04, len(where))
    reach = np.sqrt(np.clip(1 - lift**2, 0.05, 1)) * halves[where] * rng.uniform(0.8, 1.02, len(where))
    middle = centres[where] + np.stack([rng.normal(0, 1.0, len(where)), lift * halves[where] * flat], -1)
    share = np.linspace(-1, 1, 9)[None, :]
    paths = np.stack(
        [
            middle[:, :1] + share * reach[:, None],
            middle[:, 1:] + 0.6 * rng.normal(size=(len(where), 1)) * (1 - share**2),
        ],
        -1,
    )
    colour = vary(own[where] * (1.12 - 0.2 * lift[:, None]).clip(0.8, 1.3), rng, 0.045, 0.025)
    canvas.paint(
        rng,
        paths,
        halves[where] * 0.1 + 1.2,
        np.clip(colour, 0, 1),
        vary(np.clip(colour, 0, 1), rng, 0.07, 0.035, 0.95),
        dry=0.4,
    )
    for begin, sweep, codes in ((3.4, 2.4, "#d6e39a #f0d7b8 #b9dcb4 #f3c3c9"), (0.4, 2.2, "#1d4a44 #24406a #3a2f66")):
        rim = arcs(
            centres, halves, begin + rng.normal(0, 0.25, len(halves)), sweep * rng.uniform(0.6, 1, len(halves)), flat
        )
        canvas.paint(
            rng, rim, halves * 0.05 + 1.2, vary(pick(rng, len(halves), codes), rng, 0.03), dry=0.7, thick=1.2, taper=2
        )


def blossoms(canvas: Canvas, rng: np.random.Generator, centres: Array, halves: Array) -> None:
    """Cups of thick petals, the outer ones darker, and a golden heart."""
    for i in np.flatnonzero(rng.random(len(centres)) < 0.34):
        size = halves[i] * rng.uniform(0.45, 0.65) + 2.5
        at = centres[i] + (rng.normal(0, 0.35) * halves[i], -0.25 * size)
        outer, inner = (
            ("#e0608f #c9427c #f08fb0", "#ffd9e4 #fff1ee #f9b4cb"),
            ("#d9b7e0 #b98fd6 #e9c9ea", "#ffffff #fdf3ff #ffe9f2"),
            ("#f3c9a0 #f0a08a #f7dcb0", "#fffbe6 #fff1c9 #ffffff"),
        )[rng.integers(3)]
        for ring, (codes, count, reach) in enumerate(((outer, 13, 1.0), (inner, 11, 0.78), (inner, 7, 0.5))):
            lean = np.linspace(-2.9, -0.25, count) + rng.normal(0, 0.12, count)
            tip = np.stack([np.cos(lean) * size * reach * 1.05, np.sin(lean) * size * reach * 0.8 + 0.12 * size], -1)
            share = np.linspace(0, 1, 9)[None, :, None]
            curl = np.array([0, -0.16 * size]) * np.sin(np.pi * share)
            paths = at + (0, 0.24 * size - ring * 0.06 * size) + share * tip[:, None] - curl
            canvas.paint(
                rng,
                paths,
                size * 0.26 + 0.8,
                vary(pick(rng, count, codes), rng, 0.03, 0.012),
                thick=2.0,
                taper=2,
                dry=0.2,
            )
        hearts = at + rng.normal(0, 0.12, (5, 2)) * size
        paths = hearts[:, None] + np.linspace(-0.12, 0.12, 9)[None, :, None] * np.array([0.4, 1.0]) * size
        canvas.paint(
            rng, paths, size * 0.13 + 0.7, vary(pick(rng, 5, "#ffc52e #ff9e1f #ffe06a"), rng, 0.03), thick=2.0, taper=2
        )
        mirror = at + (0, 0.62 * size) + np.stack([np.linspace(-0.7, 0.7, 6), rng.uniform(0, 0.4, 6)], -1) * size
        paths = mirror[:, None] + np.linspace(-0.3, 0.3, 9)[None, :, None] * np.array([1.0, 0.05]) * size
        canvas.paint(rng, paths, size * 0.1 + 0.8, vary(pick(rng, 6, outer), rng, 0.04), opacity=0.75, dry=0.6, taper=2)
