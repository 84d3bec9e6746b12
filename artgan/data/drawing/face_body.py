"""What is below and behind a drawn face: background, neck, shoulders and clothes."""

import numpy as np
from numpy.typing import NDArray

from artgan.data.drawing import colours
from artgan.data.drawing.chance import Array, Chance
from artgan.data.drawing.colours import mix
from artgan.data.drawing.curves import closed, ellipse, stroke, taper, through, vector
from artgan.data.drawing.layers import Layers
from artgan.data.drawing.pose import Pose, points

GRADIENT = 24
"""Pixels a side of the smooth part of the background."""


def draw_background(layers: Layers, chance: Chance, count: int) -> NDArray[np.uint8]:
    """Smooth colours (N, GRADIENT, GRADIENT, 3) to be stretched; discs, stripes and sparks are added as layers."""
    pair = colours.BACKGROUNDS[chance.pick(colours.BACKGROUND_WEIGHTS)]
    angle, offset = chance.uniform(0, 2 * np.pi), chance.uniform(-0.3, 0.3)
    radial = chance.coin(0.35)
    y, x = (np.indices((GRADIENT, GRADIENT), dtype=np.float32) + 0.5) / GRADIENT - 0.5
    lead = (slice(None), None, None)
    linear = x * np.cos(angle)[lead] + y * np.sin(angle)[lead]
    share = np.where(radial[lead], np.hypot(x, y + 0.1) * 1.5 - 0.35, linear) + offset[lead]
    smooth = mix(pair[:, None, None, 0], pair[:, None, None, 1], np.clip(share + 0.5, 0, 1))
    glow = mix(pair[:, 0], np.ones((count, 3), np.float32), 0.45)

    kind = chance.pick((4, 2.2, 1, 1, 1))  # plain, out-of-focus discs, stripes, dots, a halo
    discs = [chance.several(9, low, high) for low, high in ((0, 1), (0, 1), (0.03, 0.13), (0.1, 0.4))]
    layers.fill(
        ellipse(discs[0], discs[1], discs[2], discs[2], 18),
        glow,
        opacity=discs[3],
        where=kind == 1,
    )
    lean, begin = chance.uniform(-0.7, 0.7), chance.uniform(0, 0.2)
    for k in range(6):
        left = begin + k * 0.25 - 0.35
        band = points((left, -0.1), (left + 0.12, -0.1), (left + 0.12 + lean, 1.1), (left + lean, 1.1), count=count)
        layers.fill(band, glow, opacity=0.4, where=kind == 2)
    spacing = chance.uniform(0.17, 0.25)
    rows, places = np.divmod(np.arange(36), 6)
    cx = (places + 0.5 * (rows % 2))[None] * spacing[:, None]
    cy = (rows[None] + 0.3) * spacing[:, None]
    radius = np.broadcast_to((spacing * 0.2)[:, None], cx.shape)
    layers.fill(
        ellipse(cx.astype(np.float32), cy.astype(np.float32), radius, radius, 10), glow, opacity=0.55, where=kind == 3
    )
    halo = chance.uniform(0.36, 0.46)
    layers.fill(ellipse(np.full(count, 0.5), np.full(count, 0.45), halo, halo, 40), glow, opacity=0.5, where=kind == 4)
    return np.asarray(np.clip(smooth, 0, 1) * 255 + 0.5, np.uint8)


def draw_body(layers: Layers, chance: Chance, pose: Pose, skin: Array, line: Array, narrow: Array) -> None:
    """Neck, shoulders and clothes; `line` is the width of the ink, `narrow` how slim the shoulders are."""
    count = len(skin)
    light, shadow, ink = skin[:, 0], skin[:, 1], skin[:, 2]
    cloth = colours.CLOTH[chance.pick((3, 3, 2, 2, 1, 2, 1, 1.5, 1, 1, 1.5, 1))]
    second = colours.CLOTH[chance.pick((4, 2, 1, 2, 1.5, 1, 1, 1, 1, 0.5, 1, 1))]
    dark = cloth[:, 1] * 0.45
    kind = chance.pick((2, 2, 2, 1.5, 1.5))  # round neck, sailor collar, shirt with a tie, high collar, bare shoulders
    wide = chance.uniform(1.55, 1.95) - narrow
    neck = chance.uniform(0.34, 0.46)
    drop = chance.uniform(1.45, 1.6)

    shoulders = points(
        (-neck, 1.0),
        (-neck, 1.3),
        (-neck - 0.2, drop - 0.06),
        (-wide * 0.8, drop + 0.14),
        (-wide, drop + 0.7),
        (-wide, 4.2),
        (wide, 4.2),
        (wide, drop + 0.7),
        (wide * 0.8, drop + 0.14),
        (neck + 0.2, drop - 0.06),
        (neck, 1.3),
        (neck, 1.0),
        count=count,
    )
    outline = pose.upright(closed(shoulders, 3))
    layers.fill(outline, light)
    layers.fill(pose.upright(stroke(closed(shoulders, 3), np.broadcast_to(line[:, None], outline.shape[:2]))), ink)
    # The head's shadow on the neck.
    under = points((-neck, 0.9), (neck, 0.9), (neck, 1.3), (0.1, 1.55), (-neck, 1.36), count=count)
    layers.fill(pose.upright(under), shadow)
    bones = through(points((-0.55, drop + 0.16), (-0.3, drop + 0.2), (-0.08, drop + 0.3), count=count))
    for sign in (-1.0, 1.0):
        line_of_bone = bones * vector(sign, 1)
        layers.fill(
            pose.upright(stroke(line_of_bone, np.broadcast_to(0.05 * taper(9), (count, 9)))), shadow, where=kind != 3
        )

    low = chance.uniform(0.0, 0.3)
    top = np.select([kind == 3, kind == 4], [drop - 0.28, drop + 0.75], drop + 0.12)
    inner = np.where(kind == 3, neck + 0.04, neck + 0.32 + low * 0.4)
    depth = np.select([kind == 0, kind == 1, kind == 2, kind == 3], [0.16 + low, 0.75, 0.5, 0.12], 0.08)
    garment = points(
        (-wide - 0.06, 4.3), (-wide - 0.06, drop + 0.62), (-wide * 0.82, drop + 0.1 + (kind == 4) * 0.5), (-inner, top),
        (-inner * 0.45, top + depth * 0.75), (0, top + depth), (inner * 0.45, top + depth * 0.75), (inner, top),
        (wide * 0.82, drop + 0.1 + (kind == 4) * 0.5), (wide + 0.06, drop + 0.62), (wide + 0.06, 4.3),
        count=count,
    )  # fmt: skip
    shape = closed(garment, 3)
    layers.fill(pose.upright(shape), cloth[:, 0])
    layers.fill(pose.upright(stroke(shape, np.broadcast_to(line[:, None], shape.shape[:2]))), dark)
    for sign in (-1.0, 1.0):
        flip = vector(sign, 1)
        fold = points(
            (wide * 0.75, drop + 0.5), (wide * 0.95, drop + 0.5), (wide * 0.9, 2.9), (wide * 0.6, 2.9), count=count
        )
        layers.fill(pose.upright(fold * flip), cloth[:, 1], opacity=0.8)
        sailor = points(
            (neck, drop - 0.2),
            (neck + 0.35, drop - 0.02),
            (wide * 0.8, drop + 0.3),
            (0.75, drop + 0.8),
            (0.05, drop + 0.95),
            count=count,
        )
        shirt = points(
            (neck - 0.04, drop - 0.26), (neck + 0.26, drop), (0.5, drop + 0.5), (0.04, drop + 0.38), count=count
        )
        for flap, which, tone in ((sailor, kind == 1, second[:, 0]), (shirt, kind == 2, np.ones_like(light) * 0.97)):
            layers.fill(pose.upright(flap * flip), tone, where=which)
            ring = np.concatenate([flap, flap[:, :1]], 1)
            edge = stroke(ring * flip, np.broadcast_to(line[:, None], ring.shape[:2]))
            layers.fill(pose.upright(edge), tone * 0.45, where=which)
    collar = points(
        (-neck - 0.06, drop - 0.36),
        (neck + 0.06, drop - 0.36),
        (neck + 0.16, drop - 0.02),
        (0, drop + 0.12),
        (-neck - 0.16, drop - 0.02),
        count=count,
    )
    layers.fill(pose.upright(collar), mix(cloth[:, 0], cloth[:, 1], 0.5), where=kind == 3)
    tie = points((-0.12, drop + 0.36), (0.12, drop + 0.36), (0.2, drop + 1.2), (-0.2, drop + 1.2), count=count)
    layers.fill(pose.upright(tie), second[:, 1], where=(kind == 2))
    bow = chance.coin(0.5) & ((kind == 1) | (kind == 2))
    for sign in (-1.0, 1.0):
        wing = points(
            (0, drop + 0.5), (sign * 0.5, drop + 0.3), (sign * 0.56, drop + 0.62), (sign * 0.4, drop + 0.8), count=count
        )
        layers.fill(pose.upright(closed(wing, 3)), mix(second[:, 0], second[:, 1], 0.25 + 0.35 * (sign > 0)), where=bow)
