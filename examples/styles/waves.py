"""A colour woodblock print: rank behind rank of rolling waves, foam reaching out in fingers, under a red sun."""

import numpy as np
from brush import Canvas
from colours import Array, pick, ramp, rgb, vary
from fields import clouds, noise
from PIL import Image, ImageDraw

SIZE = (768, 608)
LAMP = {"light": 0.2, "weave": 0.05, "gloss": 0.0}
PAPER, KEY, FOAM = "#f3e6c8", "#14204a", "#fbf3dd"
# A wave of height 1 rolling to the right: up its back to the tip, and up its hollow face to the same tip.
BACK = (
    (-1.0, 0.0),
    (-0.55, 0.07),
    (-0.2, 0.25),
    (0.06, 0.54),
    (0.27, 0.83),
    (0.5, 1.0),
    (0.74, 1.0),
    (0.9, 0.88),
    (0.95, 0.73),
)
FACE = (
    (1.35, 0.0),
    (0.95, 0.03),
    (0.68, 0.14),
    (0.53, 0.32),
    (0.49, 0.52),
    (0.55, 0.7),
    (0.68, 0.81),
    (0.82, 0.82),
    (0.95, 0.73),
)
# Waves from far to near: x, base line, height, inks of the back from its foot to its crest, ink of the hollow.
FAR, MIDDLE, NEAR = "#7fb3b5 #a9cdbd #d5dfc4", "#2f6f9f #5b9ab5 #a4c9bf", "#173470 #27589a #5f9dbd"
WAVES = (
    (60, 372, 70, FAR), (215, 374, 54, FAR), (362, 372, 82, FAR), (520, 374, 60, FAR), (668, 372, 92, FAR),
    (590, 452, 150, MIDDLE), (330, 448, 104, MIDDLE), (-30, 452, 130, MIDDLE), (806, 456, 120, MIDDLE),
    (150, 548, 372, NEAR),
    (690, 560, 158, MIDDLE), (455, 590, 128, NEAR), (10, 618, 150, MIDDLE), (640, 660, 170, NEAR),
    (250, 668, 150, NEAR),
)  # fmt: skip


def spline(knots: tuple[tuple[float, float], ...], count: int = 160) -> Array:
    """A smooth curve (count, 2) through the knots (Catmull and Rom, 1974)."""
    p = np.array([knots[0], *knots, knots[-1]], float)
    place = np.linspace(0, len(knots) - 1 - 1e-6, count)
    i = place.astype(int)
    t = (place - i)[:, None]
    a, b, c, d = p[i], p[i + 1], p[i + 2], p[i + 3]
    return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)


class Press:
    """Prints flat shapes: ink on paper through the grain of the block."""

    def __init__(self, canvas: Canvas, rng: np.random.Generator) -> None:
        self.canvas, self.rng = canvas, rng
        self.size = (canvas.colour.shape[1], canvas.colour.shape[0])
        y = np.indices((SIZE[1], SIZE[0]))[0]
        rings = y / 4.3 + 2.6 * clouds(rng, *SIZE, 120, 5.0, 2)
        grain = 0.55 * np.sin(2 * np.pi * rings) + 0.45 * noise(rng, *SIZE, 2.2, 14) + 0.4 * clouds(rng, *SIZE, 60)
        self.grain = self._stretch(grain.astype(np.float32))

    def _stretch(self, values: Array) -> Array:
        return np.asarray(Image.fromarray(values).resize(self.size, Image.Resampling.BICUBIC))

    def _mask(self, shapes: list[Array]) -> Array:
        page = Image.new("L", self.size)
        pen = ImageDraw.Draw(page)
        for shape in shapes:
            if len(shape) == 3:  # a disc: x, y, radius
                x, y, r = shape * self.canvas.scale
                pen.ellipse((x - r, y - r, x + r, y + r), fill=255)
            else:
                pen.polygon([tuple(point) for point in shape * self.canvas.scale], fill=255)
        return np.asarray(page, np.float32)[..., None] / 255

    def print(self, shapes: list[Array], inks: str, top: float = 0, bottom: float = 1, wear: float = 0.13) -> None:
        """Polygons (N, 2) and discs (3,) as one shape; the inks shade into each other from `bottom` up to `top`."""
        share = self._mask(shapes)
        rows = np.arange(self.size[1]) / self.canvas.scale
        ink = ramp((bottom - rows) / (bottom - top), inks)[:, None]
        bare = np.clip(wear * (self.grain + 0.5), 0, 0.6)[..., None]
        ink = ink * (1 - bare) + (0.45 * ink + 0.55 * rgb(PAPER)) * bare
        self.canvas.colour[:] = self.canvas.colour * (1 - share) + ink * share
        self.canvas.relief[:] = self.canvas.relief * (1 - share[..., 0]) + 0.12 * self.grain * share[..., 0]

    def line(self, paths: Array, width: Array | float, ink: str, **how: float) -> None:
        """Carved lines, swelling in the middle."""
        colour = vary(np.tile(rgb(ink), (len(paths), 1)), self.rng, 0.025, 0.008)
        self.canvas.paint(
            self.rng, paths, width, colour, **({"thick": 0.25, "bristle": 0.05, "dry": 0.35, "taper": 2} | how)
        )


def waves(canvas: Canvas, rng: np.random.Generator) -> None:
    press = Press(canvas, rng)
    page = np.array([(0, 0), (SIZE[0], 0), SIZE, (0, SIZE[1])], float)
    press.print([page], "#f7d9a8 #f6e3bd #efe3c6 #c9d3c6 #7d9fb4 #3f6896", top=0, bottom=330)
    press.print([np.array([566.0, 150.0, 78.0])], "#d8371f #e2512a #e9743a", top=70, bottom=235)
    clouds_and_islands(press)
    back, face = spline(BACK), spline(FACE)
    for x, base, tall, inks in WAVES:
        roll(press, np.array([x, base]), tall, inks, back, face)
    spray(press)


def clouds_and_islands(press: Press) -> None:
    """Bands of mist with round ends across the sun, and islands on the horizon."""
    rng = press.rng
    for x, y, wide in ((470, 196, 210), (640, 120, 190), (560, 214, 260), (60, 60, 230), (250, 96, 150)):
        for k in range(3):
            at, half = x + rng.normal(0, 34), wide * (0.5 - 0.1 * k)
            row, r = y + 12 * k, 7.5
            body = np.array([(at - half, row - r), (at + half, row - r), (at + half, row + r), (at - half, row + r)])
            press.print(
                [body, np.array([at - half, row, r]), np.array([at + half, row, r])],
                "#f8ead0 #f3d9b4" if k else "#fdf1da #f7dfc0",
                row - r,
                row + r,
            )
    for x, wide, tall, inks in (
        (408, 150, 40, "#5f7f93 #8fa9a6"),
        (290, 110, 26, "#6f8f9b #a3b8ac"),
        (716, 130, 34, "#58788f #8fa9a6"),
    ):
        t = np.linspace(-1, 1, 60)
        profile = 312 - tall * np.exp(-3 * t**2) * (1 + 0.16 * np.sin(t * 17 + x) + 0.08 * np.sin(t * 41))
        profile += tall * np.exp(-3)
        press.print([np.stack([x + t * wide / 2, profile], -1)], inks, 312 - tall, 312)
    for number, row in enumerate(np.arange(312, 372, 6.5)):
        line = np.stack([np.linspace(-10, SIZE[0] + 10, 120), np.full(120, row)], -1)
        line[:, 1] += 1.6 * np.sin(line[:, 0] / 17 + number * 2.2)
        below = np.concatenate([line, [(SIZE[0] + 10, SIZE[1]), (-10, SIZE[1])]])
        press.print([below], ("#9fc4bd #b9d3c3", "#86b2b6 #a3c6bd")[number % 2], row, row + 40)
        pieces = line[:108].reshape(12, 9, 2)
        press.line(pieces + np.array([rng.uniform(0, 40), 0]), 1.5, "#3f6e94")


def roll(press: Press, at: Array, tall: float, inks: str, back: Array, face: Array) -> None:
    """One wave: body, stripes from foot to tip, gouge marks, outline, foam."""
    rng = press.rng

    def place(curve: Array) -> Array:
        return at + curve * (tall, -tall)

    left, right = place(back), place(face)
    sea = np.array([(SIZE[0] + 20, at[1]), (SIZE[0] + 20, SIZE[1]), (-20, SIZE[1]), (-20, at[1])])
    press.print([np.concatenate([left, right[::-1], sea])], inks, at[1] - tall, at[1] + 30)

    ripples(press, at[1], inks)

    def stripe(t: float | Array) -> Array:
        t = np.asarray(t)[..., None, None]
        return left * (1 - t) + right * t

    # Bands: dark tongues drawn up the face, from a broad foot to a point under the tip.
    dark, pale = inks.split()[0], inks.split()[-1]
    deep = {FAR: "#4f8fa3", MIDDLE: "#1d4d85", NEAR: "#0f2359"}[inks]
    for number, t in enumerate(np.linspace(0.12, 0.94, 7 if tall > 100 else 4)):
        half = 0.028 * (1 if number % 2 else 1.45)
        low, high = stripe(t - half)[: 146 - 9 * (number % 3)], stripe(t + half)[: 146 - 9 * (number % 3)]
        press.print([np.concatenate([low, high[::-1]])], f"{deep} {deep} {dark}", at[1] - tall, at[1] + 30)
    lines = 13 if tall > 100 else 7
    curves = stripe(np.linspace(0.05, 0.97, lines))
    knots = np.linspace(6, 148, 9).astype(int)
    press.line(curves[:, knots], np.full(lines, 1.0 + tall / 190), KEY)
    press.line(curves[:, knots] + (1.8, 0.8), 0.9 + tall / 260, FOAM, dry=0.8)
    # Gouge marks along the stripes, fine and many.
    count = int(tall * 3.2)
    along = rng.integers(0, 118, count)[:, None] + np.linspace(0, 1, 9)[None] * rng.integers(6, 24, count)[:, None]
    marks = stripe(rng.uniform(0.02, 0.98, count))[np.arange(count)[:, None], along.astype(int)]
    codes = np.where(
        rng.random(count)[:, None] < 0.5, pick(rng, count, f"{pale} {FOAM}"), pick(rng, count, f"{deep} {KEY}")
    )
    press.canvas.paint(
        rng, marks, rng.uniform(0.8, 2.0, count), vary(codes, rng, 0.03), thick=0.2, bristle=0.04, dry=0.6, taper=2
    )
    outline = np.concatenate([left, right[::-1]])
    starts = np.arange(0, len(outline) - 24, 12)
    press.line(outline[starts[:, None] + np.linspace(0, 23, 9).astype(int)], 1.6 + tall / 110, KEY)
    foam(press, left, right, tall)


def ripples(press: Press, row: float, inks: str) -> None:
    """The sea at a wave's foot: broken wavy lines, dark and pale by turns."""
    rng = press.rng
    count = 120 if inks == FAR else 190
    begin = np.stack([rng.uniform(-60, SIZE[0], count), row + 2 + 90 * rng.random(count) ** 1.3], -1)
    reach = rng.uniform(24, 70, count)
    paths = begin[:, None] + np.linspace(0, 1, 9)[None, :, None] * np.stack([reach, np.zeros(count)], -1)[:, None]
    paths[..., 1] += 2.0 * np.sin(paths[..., 0] / 9.5 + begin[:, 1:] / 7)
    edge = np.stack([np.linspace(-20, SIZE[0] + 20, 9 * 20).reshape(20, 9), np.full((20, 9), row)], -1)
    edge[..., 1] += 1.5 * np.sin(edge[..., 0] / 11)
    press.line(edge, 1.8, KEY)
    dark = rng.random(count) < 0.55
    press.line(paths[dark], rng.uniform(1.2, 2.2, int(dark.sum())), KEY if inks != FAR else "#3f6e94")
    press.line(paths[~dark], rng.uniform(1.2, 2.4, int((~dark).sum())), inks.split()[-1], dry=0.7)


def foam(press: Press, left: Array, right: Array, tall: float) -> None:
    """Lobes along the crest and fingers that curl down and forward from the lip."""
    rng = press.rng
    size = 2.2 + tall * 0.021
    discs = []
    crest = np.concatenate([left[84:], right[:110:-1]])
    for i in range(0, len(crest), 3):
        discs.append((*(crest[i] + rng.normal(0, 0.35, 2) * size), size * rng.uniform(0.7, 1.25)))
    fingers = max(4, int(tall / 17))
    for i in np.linspace(24, len(crest) - 6, fingers).astype(int):
        heading = -1.2 + 2.0 * i / len(crest) + rng.normal(0, 0.2)
        for branch in range(2 if tall < 100 else 3):
            here, lean, radius = crest[i].copy(), heading + 0.62 * (branch - 1), size * rng.uniform(0.8, 1.0)
            curl = rng.uniform(0.16, 0.30)
            for _ in range(int(rng.integers(5, 10))):
                here = here + radius * 0.95 * np.array([np.cos(lean), np.sin(lean)])
                discs.append((*here, radius))
                radius *= 0.87
                lean += curl
    shapes = np.array(discs)
    rim = 1.0 + tall / 330
    press.print(list(shapes + np.array([0, 0, rim])), f"{KEY} {KEY}", 0, SIZE[1], 0.08)
    press.print(list(shapes), f"#dfe9e0 {FOAM} {FOAM}", shapes[:, 1].min(), shapes[:, 1].max() + 1, 0.05)
    # Scallops inside the foam, blue-grey below and fine.
    some = shapes[rng.random(len(shapes)) < 0.55]
    turn = rng.uniform(0.2, 1.0, len(some))[:, None] + np.linspace(0, 1.9, 9)[None]
    ring = np.stack([np.cos(turn), np.sin(turn)], -1) * some[:, None, 2:] * 0.62
    press.line(some[:, None, :2] + ring, 0.7 + tall / 330, "#5f8fb0")
    small = shapes[rng.random(len(shapes)) < 0.3]
    turn = rng.uniform(2.5, 4.0, len(small))[:, None] + np.linspace(0, 1.5, 9)[None]
    ring = np.stack([np.cos(turn), np.sin(turn)], -1) * small[:, None, 2:] * 0.4
    press.line(small[:, None, :2] + ring, 0.6 + tall / 420, KEY)


def spray(press: Press) -> None:
    """Drops thrown ahead of the great wave and of the middle ones."""
    rng = press.rng
    drops = []
    for x, base, tall, inks in WAVES:
        if inks == FAR:
            continue
        count = int(tall / 3.2)
        away = rng.gamma(2.0, 0.11, count)
        lean = rng.uniform(-1.3, 0.9, count)
        tip = np.array([x + 0.86 * tall, base - 0.92 * tall])
        spot = tip + tall * away[:, None] * np.stack([np.cos(lean), np.sin(lean)], -1)
        drops.append(np.column_stack([spot, rng.uniform(0.9, 2.3, count) * (0.6 + tall / 300)]))
    shapes = np.concatenate(drops)
    press.print(list(shapes + np.array([0, 0, 0.8])), f"{KEY} {KEY}", 0, SIZE[1], 0.05)
    press.print(list(shapes), f"{FOAM} {FOAM}", 0, SIZE[1], 0.05)
