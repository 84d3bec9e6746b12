"""A still life broken into facets: guitar, bottle, bowl and glass, seen a little differently in every plane."""

from itertools import pairwise

import numpy as np
from brush import Canvas, follow, segments
from colours import Array, pick, rgb, to_lab, to_rgb, vary
from fields import clouds, sample, scatter
from PIL import Image, ImageDraw
from scipy.ndimage import gaussian_filter

SIZE = (640, 768)
# Surface colours of the scene, from its lit to its shaded side.
HUES = (
    "#e7cf9a #8a6a3c",  # 0 wall
    "#7fb0bd #1d4a63",  # 1 window
    "#d98f35 #6b3014",  # 2 table
    "#f2b04a #8f3f14",  # 3 guitar
    "#3a2418 #120b0a",  # 4 hole, strings, frets
    "#4f9a6a #0e3a33",  # 5 bottle
    "#f4ecd6 #8d8f93",  # 6 paper, glass
    "#d8542f #6d1818",  # 7 fruit
    "#2f5f9a #0f1f45",  # 8 cloth
)


def scene() -> Array:
    """The surface number of every unit, drawn whole before it is broken."""
    page = Image.new("L", SIZE, 0)
    pen = ImageDraw.Draw(page)
    pen.polygon([(0, 0), (210, 0), (180, 300), (0, 330)], fill=1)
    pen.polygon([(0, 520), (640, 470), (640, 768), (0, 768)], fill=2)
    pen.polygon([(0, 610), (250, 560), (420, 768), (0, 768)], fill=8)
    pen.polygon([(330, 90), (560, 40), (600, 300), (380, 330)], fill=6)
    pen.polygon([(500, 0), (640, 0), (640, 420), (560, 430)], fill=8)
    # Bottle.
    pen.polygon(
        [(118, 330), (160, 270), (160, 150), (212, 150), (212, 270), (254, 330), (254, 600), (118, 600)], fill=5
    )
    pen.rectangle((138, 400, 234, 500), fill=6)
    # Guitar: body of two rounds, neck towards the upper right.
    pen.polygon([(372, 420), (408, 436), (540, 110), (506, 96)], fill=4)
    pen.polygon([(492, 118), (548, 140), (578, 56), (524, 36)], fill=3)
    pen.ellipse((286, 360, 466, 530), fill=3)
    pen.ellipse((230, 480, 470, 720), fill=3)
    pen.ellipse((338, 440, 412, 514), fill=4)
    pen.polygon([(300, 606), (396, 640), (390, 656), (294, 622)], fill=4)
    # Bowl and fruit, glass.
    pen.ellipse((480, 520, 560, 600), fill=7)
    pen.ellipse((545, 530, 620, 606), fill=3)
    pen.ellipse((516, 484, 590, 560), fill=7)
    pen.chord((456, 510, 646, 680), 0, 180, fill=6)
    pen.polygon([(40, 500), (104, 500), (92, 640), (52, 640)], fill=6)
    return np.asarray(page)


def shatter(rng: np.random.Generator) -> list[Array]:
    """Convex polygons that tile the picture, cut one from another along a few leaning directions."""
    pieces = [np.array([(-20, -20), (SIZE[0] + 20, -20), (SIZE[0] + 20, SIZE[1] + 20), (-20, SIZE[1] + 20)], float)]
    leans = np.radians([18, 62, 78, 104, 118, 150])
    while len(pieces) < 84:
        areas = np.array([area(piece) for piece in pieces])
        chosen = rng.choice(len(pieces), p=areas**1.7 / (areas**1.7).sum())
        piece = pieces.pop(chosen)
        lean = rng.choice(leans) + rng.normal(0, 0.1)
        normal = np.array([-np.sin(lean), np.cos(lean)])
        weights = rng.dirichlet(np.full(len(piece), 3.0))
        side = (piece - weights @ piece) @ normal
        halves: tuple[list[Array], list[Array]] = ([], [])
        for i, corner in enumerate(piece):
            j = (i + 1) % len(piece)
            halves[int(side[i] > 0)].append(corner)
            if (side[i] > 0) != (side[j] > 0):
                cut = corner + (piece[j] - corner) * side[i] / (side[i] - side[j])
                halves[0].append(cut)
                halves[1].append(cut)
        pieces += [np.array(half) for half in halves if len(half) > 2]
    return pieces


def area(piece: Array) -> float:
    ahead = np.roll(piece, -1, 0)
    return abs((piece[:, 0] * ahead[:, 1] - ahead[:, 0] * piece[:, 1]).sum()) / 2


def shards(canvas: Canvas, rng: np.random.Generator) -> None:
    width, height = SIZE
    y, x = np.indices((height, width), dtype=np.float32)
    surfaces = scene()
    pieces = shatter(rng)
    lit = np.stack([to_lab(rgb(codes.split()[0])) for codes in HUES])
    shade = np.stack([to_lab(rgb(codes.split()[1])) for codes in HUES])
    broken = np.zeros((height, width), int)
    colour = np.zeros((height, width, 3))
    angle = np.zeros((height, width), np.float32)
    mottle = clouds(rng, width, height, 60)
    for piece in pieces:
        page = Image.new("1", SIZE)
        ImageDraw.Draw(page).polygon([tuple(corner) for corner in piece], fill=1)
        here = np.asarray(page)
        if not here.any():
            continue
        # The facet's own view of the scene: moved, turned and a little larger.
        centre = piece.mean(0)
        move, turn, zoom = rng.normal(0, 17, 2), rng.normal(0, 0.13), rng.uniform(0.86, 1.1)
        dx, dy = (x[here] - centre[0]) * zoom, (y[here] - centre[1]) * zoom
        seen = np.stack([dx * np.cos(turn) - dy * np.sin(turn), dx * np.sin(turn) + dy * np.cos(turn)], -1)
        broken[here] = sample(surfaces, seen + centre + move)
        # Light falls off across the facet from one of its edges.
        fall = rng.choice(np.radians([20, 75, 110, 160, 200, 255, 300]))
        across = dx * np.cos(fall) + dy * np.sin(fall)
        share = (across - across.min()) / (np.ptp(across) + 1e-6)
        share = np.clip(1.2 * share**1.15 - 0.12 + 0.06 * mottle[here] + rng.normal(0, 0.08), -0.22, 1.05)[:, None]
        tint = rng.normal(0, [0.045, 0.013, 0.018])
        colour[here] = lit[broken[here]] * (1 - share) + shade[broken[here]] * share + tint
        angle[here] = fall + np.pi / 2 * (rng.random() < 0.7) + rng.normal(0, 0.15)
    painted = to_rgb(colour)
    canvas.fill(painted)
    for spacing, length, broad, light in ((10, 46, 18, 0.03), (7, 30, 11, 0.035), (6.2, 19, 6.5, 0.045)):
        points = scatter(rng, width, height, spacing)
        base = sample(painted, points)
        paths = follow(points, angle + rng.normal(0, 0.1), length * rng.uniform(0.5, 1.2, len(points)), rng)
        # A stroke that would leave its surface is shortened towards its middle.
        same = np.abs(sample(painted, paths[:, 0]) - sample(painted, paths[:, -1])).sum(-1) < 0.35
        paths = np.where(same[:, None, None], paths, points[:, None] + 0.4 * (paths - points[:, None]))
        canvas.paint(rng, paths, broad * rng.uniform(0.7, 1.2, len(points)), vary(base, rng, light, 0.014, 1.08),
                     vary(base, rng, light * 1.4, 0.022, 1.05), thick=0.9, taper=6, dry=0.4)  # fmt: skip
    outlines(canvas, rng, broken, pieces)
    accents(canvas, rng, painted, angle)


def outlines(canvas: Canvas, rng: np.random.Generator, surfaces: Array, pieces: list[Array]) -> None:
    """Dark lines: broken ones round the things, long drawn ones along the facets, a pale one beside some of them."""
    from_top, from_left = np.roll(surfaces, 1, 0) != surfaces, np.roll(surfaces, 1, 1) != surfaces
    edge = from_top | from_left
    edge[:2], edge[:, :2] = False, False
    soft = np.asarray(
        Image.fromarray(edge.astype(np.float32)).resize((SIZE[0] // 6, SIZE[1] // 6), Image.Resampling.BOX)
    )
    soft = np.asarray(Image.fromarray(soft).resize(SIZE, Image.Resampling.BICUBIC))
    # Along a ridge of the blurred edge the structure tensor's minor direction is the contour's.
    gy, gx = np.gradient(soft)

    jxx, jyy, jxy = (gaussian_filter(a, 5) for a in (gx * gx, gy * gy, gx * gy))
    along = (0.5 * np.arctan2(2 * jxy, jxx - jyy) + np.pi / 2).astype(np.float32)
    points = rng.permutation(np.argwhere(edge)[:, ::-1].astype(np.float32))
    points = points[: len(points) // 3]
    paths = follow(points, along, rng.uniform(8, 16, len(points)), rng)
    canvas.paint(
        rng,
        paths,
        rng.uniform(1.8, 3.4, len(points)),
        vary(pick(rng, len(points), "#1a100c #241409 #10141d"), rng, 0.02),
        thick=0.8,
        taper=2,
    )
    begin, end = [], []
    for piece in pieces:
        for a, b in zip(piece, np.roll(piece, -1, 0), strict=True):
            if rng.random() < 0.74 and np.hypot(*(b - a)) > 26:
                begin.append(a)
                end.append(a + (b - a) * rng.uniform(0.6, 1.12))
    first, last = np.array(begin), np.array(end)
    broad = rng.uniform(2.4, 5.2, len(first))
    canvas.paint(
        rng,
        segments(first, last, rng, 0.8),
        broad,
        vary(pick(rng, len(first), "#17100d #221510 #0e1420"), rng, 0.02),
        thick=1.1,
        taper=3,
        dry=0.5,
    )
    some = rng.random(len(first)) < 0.45
    normal = (last - first)[:, ::-1] * (1, -1) / np.linalg.norm(last - first, axis=1, keepdims=True)
    beside = normal * (broad[:, None] * 0.9 + 1)
    canvas.paint(
        rng,
        segments((first + beside)[some], (last + beside)[some], rng, 0.8),
        2.6,
        vary(pick(rng, int(some.sum()), "#f7e7bd #e9d9b5 #cfe0dc"), rng, 0.03),
        thick=1.3,
        taper=2,
        dry=0.8,
    )


def accents(canvas: Canvas, rng: np.random.Generator, painted: Array, angle: Array) -> None:
    """Stippled patches and strings: the small, regular marks among the large planes."""
    light = painted.mean(-1)
    patch = clouds(rng, *SIZE, 110, 1.0, 2) > 0.9
    points = scatter(rng, *SIZE, 8.5, patch)
    pale = sample(light, points) < 0.42
    colour = np.where(
        pale[:, None],
        pick(rng, len(points), "#f0d9a0 #e8a94c #9cc3c4"),
        pick(rng, len(points), "#3b2313 #17304a #6a2a14"),
    )
    canvas.paint(
        rng,
        follow(points, angle, rng.uniform(4, 8, len(points)), rng),
        rng.uniform(2.4, 3.8, len(points)),
        vary(colour, rng, 0.03),
        thick=1.3,
        taper=2,
    )
    for offset in np.linspace(-9, 9, 5):
        start, stop = np.array([348 + offset, 636 + offset * 0.4]), np.array([524 + offset * 0.9, 90 + offset * 0.4])
        cuts = np.sort(rng.random(6))
        for a, b in pairwise(cuts):
            jump = rng.normal(0, 3, 2)
            line = segments(
                (start + (stop - start) * a + jump)[None], (start + (stop - start) * b + jump)[None], rng, 0.4
            )
            canvas.paint(rng, line, 1.7, pick(rng, 1, "#f6e6b8 #fff3d0 #2a170d"), thick=1.0, taper=3)
