"""What the drawn faces wear: ribbons, hair bands, pins, flowers, glasses."""

import numpy as np

from artgan.data.drawing import colours
from artgan.data.drawing.chance import Chance
from artgan.data.drawing.colours import mix
from artgan.data.drawing.curves import closed, ellipse, stroke, through
from artgan.data.drawing.face_hair import Hair, pair
from artgan.data.drawing.layers import Layers
from artgan.data.drawing.pose import Pose, bulge, points


def draw_ornaments(layers: Layers, chance: Chance, pose: Pose, hair: Hair) -> None:
    """Ribbons, a hair band, pins and glasses, on about half of the faces."""
    count = len(hair.kind)
    cloth = colours.CLOTH[chance.pick((2, 1, 1, 3, 1.5, 2, 1.5, 2, 1.5, 0, 1, 1))]
    ink = cloth[:, 1] * 0.5
    rise = 1.26 + hair.volume
    side = np.where(chance.coin(0.5), 1.0, -1.0).astype(np.float32)
    kind = chance.pick((5, 1.2, 1.2, 1.2, 0.8))  # none, ribbon, band, pin, flower
    for sign in (-1.0, 1.0):
        wing = points((0, 0), (sign * 0.5, -0.3), (sign * 0.55, 0.1), (sign * 0.3, 0.22), count=count)
        for grow, tone in ((1.14, ink), (1.0, mix(cloth[:, 0], cloth[:, 1], 0.2 + 0.2 * (sign > 0)))):
            place = closed(wing, 4) * grow + pair(side * 0.75, -rise + 0.42)[:, None]
            layers.fill(pose.project(place, 0.2), tone, where=kind == 1)
    knot = ellipse(side * 0.75, -rise + 0.43, 0.12, 0.13, 12)
    layers.fill(pose.project(knot, 0.25), cloth[:, 1], where=kind == 1)
    x = np.linspace(-1, 1, 15, dtype=np.float32)
    band = pair(x * (1.05 + hair.volume[:, None]), -rise[:, None] + 0.2 + 0.75 * np.abs(x) ** 2.4)
    for width, tone in ((0.2, ink), (0.14, cloth[:, 0])):
        layers.fill(pose.project(stroke(band, np.full((count, 15), width)), 0.15), tone, where=kind == 2)
    for offset in (0.0, 0.16):
        pin = points((side * 0.62, -0.5 + offset), (side * 0.95, -0.42 + offset), count=count)
        for width, tone in ((0.14, ink), (0.08, cloth[:, 0])):
            layers.fill(pose.project(stroke(pin, np.full((count, 2), width)), 0.5), tone, where=kind == 3)
    for petal in range(5):
        turn = 2 * np.pi * petal / 5
        leaf = ellipse(side * 0.85 + 0.15 * np.cos(turn), -0.75 + 0.15 * np.sin(turn), 0.14, 0.14, 12)
        layers.fill(pose.project(leaf, 0.35), mix(cloth[:, 0], cloth[:, 1], 0.25 * (petal % 2)), where=kind == 4)
    layers.fill(
        pose.project(ellipse(side * 0.85, 0 * side - 0.75, 0.09, 0.09, 10), 0.35),
        colours.rgb("ffd75e"),
        where=kind == 4,
    )

    glasses = chance.coin(0.07)
    frame = colours.LASH[chance.pick((2, 1, 1, 1))] * np.where(chance.coin(0.3), 3.0, 1.0)[:, None]
    big = chance.uniform(0.38, 0.42)
    for sign in (-1.0, 1.0):
        lens = ellipse(np.full(count, sign * 0.47), np.full(count, 0.29), big, big * 0.86, 24)
        layers.fill(pose.project(lens, bulge(lens[..., 0])), (1, 1, 1), opacity=0.12, where=glasses)
        rim = stroke(np.concatenate([lens, lens[:, :1]], 1), np.full((count, 25), 0.055))
        layers.fill(pose.project(rim, bulge(rim[..., 0])), frame, where=glasses)
    bridge = through(points((-0.09, 0.25), (0, 0.2), (0.09, 0.25), count=count))
    layers.fill(pose.project(stroke(bridge, np.full((count, 9), 0.06)), 0.9), frame, where=glasses)
