"""Face, ears, eyes, brows, nose and mouth of the drawn faces."""

import numpy as np

from artgan.data.drawing import colours
from artgan.data.drawing.chance import Array, Chance
from artgan.data.drawing.colours import mix
from artgan.data.drawing.curves import closed, ellipse, stroke, taper, through, vector
from artgan.data.drawing.layers import Layers
from artgan.data.drawing.pose import Pose, bulge, points


def draw_head(layers: Layers, chance: Chance, pose: Pose, skin: Array, line: Array, ears: Array) -> None:
    """Ears and the face itself, with its shaded side and blush; `ears` (N,) bool: not hidden under the hair."""
    count = len(skin)
    light, shadow, ink = skin[:, 0], skin[:, 1], skin[:, 2]
    jaw, chin, point = chance.uniform(0.64, 0.8), chance.uniform(1.1, 1.24), chance.uniform(0.16, 0.26)
    elf = chance.coin(0.05)
    for sign in (-1.0, 1.0):
        ear = points(
            (sign * 0.9, 0.0), (sign * np.where(elf, 1.75, 1.12), np.where(elf, -0.35, 0.0)), (sign * 1.1, 0.3),
            (sign * 0.95, 0.5), (sign * 0.85, 0.3), count=count,
        )  # fmt: skip
        shape = closed(ear, 4)
        for part, tone in ((shape, light), (stroke(shape, np.broadcast_to(line[:, None], shape.shape[:2])), ink)):
            layers.fill(pose.project(part, -0.1), tone, where=ears | elf)
        inner = points((sign * 0.95, 0.12), (sign * 1.05, 0.14), (sign * 0.98, 0.36), count=count)
        layers.fill(pose.project(inner, -0.1), shadow, where=ears | elf)
    face = points(
        (0, -1.1), (0.72, -0.85), (0.98, -0.25), (0.96, 0.3), (jaw, 0.78), (point, chin - 0.1), (0, chin),
        (-point, chin - 0.1), (-jaw, 0.78), (-0.96, 0.3), (-0.98, -0.25), (-0.72, -0.85), count=count,
    )  # fmt: skip
    depth = np.clip((face[..., 1] - 0.3) * 0.45, 0, 0.4)
    shape, z = closed(face, 4), closed(np.stack([depth, depth], -1), 4)[..., 0]
    flat = pose.project(shape, z)
    layers.fill(flat, light)
    width = line[:, None] * pose.scale[:, None] * np.ones(flat.shape[1], np.float32)
    layers.fill(stroke(np.concatenate([flat, flat[:, :1]], 1), np.concatenate([width, width[:, :1]], 1)), ink)
    # The side away from the light is shaded along the cheek.
    side = np.where(chance.coin(0.5), 1.0, -1.0).astype(np.float32)
    deep = chance.uniform(0.06, 0.2)
    rim = points(
        (0.97, 0.1), (0.95, 0.33), (jaw, 0.78), (point, chin - 0.09), (point - 0.06, chin - 0.14), (jaw - deep, 0.7),
        (0.93 - deep, 0.3), count=count,
    )  # fmt: skip
    rim[..., 0] *= side[:, None]
    layers.fill(pose.project(through(rim), np.clip((through(rim)[..., 1] - 0.3) * 0.45, 0, 0.4)), shadow, opacity=0.75)
    blush = chance.uniform(-0.4, 0.5)
    rosy = mix(light, light * vector(1.0, 0.62, 0.62), 0.9)
    for sign in (-1.0, 1.0):
        for ring in range(4):
            spot = ellipse(
                np.full(count, sign * 0.56), np.full(count, 0.62), 0.3 - 0.055 * ring, 0.17 - 0.032 * ring, 16
            )
            layers.fill(pose.project(spot, bulge(spot[..., 0])), rosy, opacity=np.clip(blush, 0, 1) * 0.6)


def draw_eyes(layers: Layers, chance: Chance, pose: Pose, iris: Array, skin: Array, brow: Array) -> None:
    """Both eyes and brows; `iris` (N, 3, 3) from top to light, `brow` (N, 3) the colour of the brows."""
    count = len(iris)
    lash = colours.LASH[chance.pick((1, 1, 1, 1))]
    half, tall = chance.uniform(0.29, 0.36), chance.uniform(0.28, 0.43)
    apart, level = chance.uniform(0.44, 0.5), chance.uniform(0.22, 0.32)
    slant = chance.uniform(-0.09, 0.09)
    heavy = chance.uniform(0.075, 0.125)
    look = chance.uniform(-0.05, 0.05) + pose.turn * 0.12
    lid = chance.uniform(0.86, 1.1)  # below 1 the upper lid hangs over the iris
    fill = chance.uniform(0.7, 0.84)
    shine = np.where(chance.coin(0.6), -1.0, 1.0).astype(np.float32)
    brow_high, brow_slant = chance.uniform(0.2, 0.36), chance.bell(0.06)
    brow_arch, brow_thick = chance.uniform(0.02, 0.1), chance.uniform(0.05, 0.1)
    lashes = chance.coin(0.55)
    white = mix(np.ones((count, 3), np.float32), skin[:, 1], 0.06)

    for sign in (-1.0, 1.0):

        def place(shape: Array, sign: float = sign) -> Array:
            # Eyes are written with the outer corner at +x; the slant lifts it.
            x = sign * (apart[:, None] + shape[..., 0])
            y = level[:, None] + shape[..., 1] - slant[:, None] * shape[..., 0] / 0.35
            return pose.project(np.stack([x, y], -1), bulge(x))

        def upper(x: Array) -> Array:
            # The edge of the upper lid: highest a little inside of the middle.
            u = np.clip(x / half[:, None], -1, 1)
            return -(tall * lid)[:, None] * np.sqrt(np.clip(1 - (np.abs(u + 0.08) / 1.08) ** 2.4, 0, 1)) * 0.95 + 0.02

        def lower(x: Array) -> Array:
            u = np.clip(x / half[:, None], -1, 1)
            return tall[:, None] * 0.86 * np.sqrt(np.clip(1 - np.abs(u) ** 2.2, 0, 1))

        across = half[:, None] * np.linspace(-1, 1, 13, dtype=np.float32)
        opening = np.concatenate(
            [np.stack([across, upper(across)], -1), np.stack([across, lower(across)], -1)[:, ::-1]], 1
        )
        layers.fill(place(opening), white)

        def clipped(shape: Array) -> Array:
            y = np.minimum(np.maximum(shape[..., 1], upper(shape[..., 0])), lower(shape[..., 0]) + 0.01)
            return np.stack([shape[..., 0], y], -1)

        gaze = sign * look
        rx, ry = half * fill, tall * 0.93
        layers.fill(place(clipped(ellipse(gaze, 0.0 * gaze, rx, ry, 24))), mix(iris[:, 0], lash, 0.35))
        layers.fill(
            place(clipped(ellipse(gaze, 0.02 * ry, rx * 0.86, ry * 0.9, 24))), mix(iris[:, 0], iris[:, 1], 0.55)
        )
        layers.fill(place(clipped(ellipse(gaze, 0.2 * ry, rx * 0.84, ry * 0.72, 24))), iris[:, 1])
        layers.fill(
            place(clipped(ellipse(gaze, 0.52 * ry, rx * 0.62, ry * 0.36, 16))), mix(iris[:, 1], iris[:, 2], 0.75)
        )
        layers.fill(place(clipped(ellipse(gaze, -0.02 * ry, rx * 0.3, ry * 0.34, 14))), mix(iris[:, 0], lash, 0.7))
        # The lid's shadow on the ball of the eye.
        shade = np.concatenate(
            [
                np.stack([across, upper(across)], -1),
                np.stack([across, np.minimum(upper(across) + 0.13, lower(across))], -1)[:, ::-1],
            ],
            1,
        )
        layers.fill(place(shade), lash, opacity=0.33)
        glint = vector(1, 1, 1)
        spot = sign * shine * rx * 0.36
        layers.fill(
            place(clipped(ellipse(gaze + spot, -0.38 * ry, rx * 0.3, ry * 0.25, 12))), glint[None] * np.ones((count, 1))
        )
        layers.fill(
            place(clipped(ellipse(gaze - spot, 0.46 * ry, rx * 0.16, ry * 0.12, 10))),
            glint[None] * np.ones((count, 1)),
            opacity=0.85,
        )

        swell = np.linspace(0.35, 1.0, 13, dtype=np.float32) ** 0.8
        line = np.stack([across * 1.06, upper(across) - 0.012], -1)
        line[:, -1, 1] -= 0.02
        layers.fill(place(stroke(line, heavy[:, None] * 1.35 * swell)), lash)
        wing = points((half * 0.7, -tall * 0.55), (half * 1.3, -tall * 0.38), (half * 1.02, tall * 0.1), count=count)
        layers.fill(place(wing), lash, where=lashes)
        bottom = np.stack([across, lower(across)], -1)[:, 4:12]
        layers.fill(place(stroke(bottom, np.broadcast_to(0.045 * taper(8), (count, 8)))), lash, opacity=0.7)
        fold = np.stack([across * 0.9, upper(across) - 0.14], -1)[:, 2:11]
        layers.fill(place(stroke(fold, np.broadcast_to(0.04 * taper(9), (count, 9)))), skin[:, 2], opacity=0.6)
        rise = -tall - brow_high
        arch = through(
            points(
                (-half * 0.75, rise + 0.03 + brow_slant),
                (0.05, rise - brow_arch),
                (half * 1.1, rise + 0.05 - brow_slant),
                count=count,
            ),
            5,
        )
        layers.fill(place(stroke(arch, brow_thick[:, None] * taper(11, start=0.6, peak=0.35))), brow)


def draw_nose_and_mouth(layers: Layers, chance: Chance, pose: Pose, skin: Array) -> None:
    """A hint of a nose and one of seven mouths."""
    count = len(skin)
    ink, shadow = skin[:, 2], skin[:, 1]
    aside = np.where(pose.turn >= 0, 1.0, -1.0).astype(np.float32)
    small = chance.coin(0.5)
    dot = points((0.0, 0.54), (0.07 * aside, 0.64), (-0.02 * aside, 0.66), count=count)
    layers.fill(pose.project(dot, 0.95), mix(shadow, ink, 0.35), where=small)
    bridge = through(points((-0.02 * aside, 0.42), (0.05 * aside, 0.6), (-0.03 * aside, 0.65), count=count))
    layers.fill(
        pose.project(stroke(bridge, np.broadcast_to(0.045 * taper(9), (count, 9))), 0.95),
        mix(shadow, ink, 0.5),
        where=~small,
    )

    kind = chance.pick((3, 2.5, 2, 1.2, 0.8, 0.8, 1))  # smile, flat, open, small o, cat, frown, grin
    wide, y = chance.uniform(0.15, 0.27), chance.uniform(0.84, 0.9)
    open_by = chance.uniform(0.1, 0.22)
    curve = np.select([kind == 0, kind == 1, kind == 5], [0.07, 0.01, -0.06], 0.05)
    crooked = chance.uniform(-0.03, 0.03)
    lips = mix(ink, vector(0.62, 0.16, 0.18), 0.45)
    mouth = np.array([0.62, 0.2, 0.22], np.float32) * np.ones((count, 1), np.float32)
    tongue = np.array([0.93, 0.5, 0.48], np.float32) * np.ones((count, 1), np.float32)

    line = through(
        points(
            (-wide, y - curve * 0.6 + crooked), (0, y + curve * 0.6), (wide, y - curve * 0.6 - crooked), count=count
        ),
        5,
    )
    pen = np.broadcast_to(0.055 * taper(11, start=0.4, end=0.4), (count, 11))
    laugh = closed(
        points(
            (-wide, y - 0.03),
            (0, y),
            (wide, y - 0.03),
            (wide * 0.55, y + open_by * 0.8),
            (0, y + open_by),
            (-wide * 0.55, y + open_by * 0.8),
            count=count,
        ),
        3,
    )
    inside = ellipse(0 * y, y + open_by * 0.72, wide * 0.5, open_by * 0.3, 12)
    circle = ellipse(0 * y, y + 0.03, wide * 0.32, wide * 0.4, 14)
    cat = through(
        points(
            (-wide, y - 0.04),
            (-wide * 0.5, y + 0.06),
            (0, y - 0.02),
            (wide * 0.5, y + 0.06),
            (wide, y - 0.04),
            count=count,
        ),
        4,
    )
    teeth = points((-wide, y - 0.05), (wide, y - 0.05), (wide * 0.7, y + 0.07), (-wide * 0.7, y + 0.07), count=count)
    for shape, tone, which in (
        (stroke(line, pen), lips, (kind <= 1) | (kind == 5)),
        (laugh, mouth, kind == 2),
        (inside, tongue, kind == 2),
        (stroke(laugh, np.full(laugh.shape[:2], 0.04)), lips, kind == 2),
        (circle, mouth, kind == 3),
        (stroke(cat, np.broadcast_to(0.055 * taper(17), (count, 17))), lips, kind == 4),
        (closed(teeth, 3), np.ones((count, 3), np.float32), kind == 6),
        (stroke(closed(teeth, 3), np.full((count, 12), 0.045)), lips, kind == 6),
    ):
        layers.fill(pose.project(shape, 0.78), tone, where=which)
    under = through(points((-wide * 0.4, y + 0.17), (0, y + 0.2), (wide * 0.4, y + 0.17), count=count))
    layers.fill(
        pose.project(stroke(under, np.broadcast_to(0.04 * taper(9), (count, 9))), 0.75),
        shadow,
        opacity=0.7,
        where=kind != 2,
    )
