"""Hand-painted dots without end: hills, a sun and a sky, each a ground of one colour under dots of its complement."""

import numpy as np
from brush import Canvas, arcs, follow
from colours import Array, pick, ramp, rgb, vary
from fields import clouds, noise, sample, scatter, smear, step
from scipy.ndimage import distance_transform_edt

SIZE = (768, 608)
SUN = (520, 196, 142)
# Ground (a ramp from the region's edge to its heart) and the colours of its dots.
REGIONS = (
    ("#0b4f8a #0f7fa8 #16a0b4", "#ffd23f #ffe9a0 #ff8f2e"),  # sky
    ("#b3121d #e02f1f #ff6a2b", "#fff3cf #ffd447 #141b4d"),  # sun
    ("#f0a500 #ffc51f #ffdb4f", "#17130f #2a1a5e #17130f"),  # the hills, far to near
    ("#0c7a5b #12a06a #4cc27a", "#f2478c #ffd0dd #d31f5f"),
    ("#4a1d7a #6a2fa3 #8a4cc4", "#ffd21f #ff9b21 #fff0b0"),
    ("#c9184a #ea3363 #ff6b86", "#fdf6e3 #12305e #fdf6e3"),
    ("#0d1b4c #132a70 #1c3f96", "#ff7a1a #ffb21f #45d0c8"),
)


def regions(x: Array, y: Array, rng: np.random.Generator) -> Array:
    """Which region every unit belongs to."""
    label = np.zeros(x.shape, int)
    wobble = 4 * noise(rng, *SIZE, 60)
    label[np.hypot(x - SUN[0], y - SUN[1]) < SUN[2] + wobble] = 1
    crests = (
        322 - 62 * np.sin(x / 128 + 0.2),
        372 + 54 * np.sin(x / 150 + 0.9),
        448 - 50 * np.sin(x / 112 + 1.9),
        496 + 48 * np.sin(x / 136 + 2.9),
        572 - 42 * np.sin(x / 104 + 0.6),
    )
    for number, crest in enumerate(crests, 2):
        label[y > crest + wobble] = number
    return label


def pack(rng: np.random.Generator, label: Array, depth: Array) -> tuple[Array, Array]:
    """Dots that hardly touch, large in a region's heart and small at its rim: centres (N, 2) and radii (N,)."""
    centres, radii = np.empty((6000, 2)), np.empty(6000)
    count = 0
    swell = 0.55 + 0.45 * np.sin(depth / 15.0)
    for largest, tries in ((31, 700), (21, 1200), (13, 2800), (8, 5500), (4.8, 8500), (3.0, 11000)):
        points = rng.uniform((0, 0), SIZE, (tries, 2))
        room = sample(depth, points)
        sizes = np.minimum(largest * (0.75 + 0.35 * rng.random(tries)), 2.5 + 0.36 * room) * (
            0.75 + 0.25 * sample(swell, points)
        )
        for point, size, space in zip(points, sizes, room, strict=True):
            if size < 0.5 * largest or space < size + 1.5:
                continue
            gap = np.hypot(*(centres[:count] - point).T) - radii[:count]
            if count == 0 or gap.min() > size * 1.12 + 1.2:
                centres[count], radii[count] = point, size
                count += 1
    return centres[:count], radii[:count]


def dots(canvas: Canvas, rng: np.random.Generator) -> None:
    width, height = SIZE
    y, x = np.indices((height, width), dtype=np.float32)
    label = regions(x, y, rng)
    depth = sum(distance_transform_edt(label == number) for number in range(len(REGIONS))).astype(np.float32)
    angle = np.arctan2(*np.gradient(clouds(rng, width, height, 220, 1.6, 2) * 20 + depth)) + np.pi / 2
    streams = smear(noise(rng, width, height, 6), angle, 40)
    ground = np.zeros((height, width, 3), np.float32)
    for number, (codes, _) in enumerate(REGIONS):
        here = label == number
        ground[here] = ramp(step(0, 70, depth[here]) * 0.8 + 0.12 * streams[here], codes)
    canvas.fill(ground)
    # The ground: short strokes along the region's rim, then a mist of points in neighbouring hues.
    for spacing, length, broad in ((8, 34, 10), (5.5, 20, 6)):
        points = scatter(rng, width, height, spacing)
        colour = sample(ground, points)
        canvas.paint(rng, follow(points, angle, length * rng.uniform(0.7, 1.3, len(points)), rng), broad,
                     vary(colour, rng, 0.03, 0.015), vary(colour, rng, 0.045, 0.03), thick=0.6)  # fmt: skip
    points = scatter(rng, width, height, 5.2)
    colour = vary(sample(ground, points), rng, 0.09, 0.05, 1.1)
    canvas.paint(
        rng,
        follow(points, angle, rng.uniform(2.5, 4.5, len(points)), rng),
        rng.uniform(2.2, 3.8, len(points)),
        colour,
        thick=0.9,
        taper=2,
    )
    rims(canvas, rng, label)
    centres, radii = pack(rng, label, depth)
    number = sample(label, centres)
    # Bands of one colour after another, in step with the distance from the border; every fourth dot is out of step.
    band = (sample(depth, centres) / 30 + rng.normal(0, 0.15, len(centres))).astype(int)
    band = np.where(rng.random(len(centres)) < 0.25, rng.integers(0, 3, len(centres)), band)
    colour = np.stack([rgb(REGIONS[n][1].split()[b % 3]) for n, b in zip(number, band, strict=True)])
    lay_dots(canvas, rng, centres, radii, vary(colour, rng, 0.035, 0.02))


def rims(canvas: Canvas, rng: np.random.Generator, label: Array) -> None:
    """A chain of small beads along every border."""
    edge = (label != np.roll(label, 1, 0)) | (label != np.roll(label, 1, 1))
    edge[0], edge[:, 0] = False, False
    points = rng.permutation(np.argwhere(edge)[:, ::-1].astype(np.float32))
    kept: list[Array] = []
    for point in points:
        if all(abs(point[0] - q[0]) + abs(point[1] - q[1]) > 8.5 for q in kept):
            kept.append(point)
    beads = np.array(kept)
    colour = vary(pick(rng, len(beads), "#fff4d2 #ffe7b0 #fdf6e3"), rng, 0.03, 0.012)
    lay_dots(canvas, rng, beads, rng.uniform(2.3, 3.3, len(beads)), colour)


def lay_dots(canvas: Canvas, rng: np.random.Generator, centres: Array, radii: Array, colour: Array) -> None:
    """Each dot as a hand turns it: a dark breath below, a coil of strokes from the rim inwards, a highlight."""
    count = len(centres)
    shadow = arcs(centres + np.array([0.7, 1.1]), radii * 0.9, np.full(count, 0.1), np.full(count, 2.4))
    canvas.paint(rng, shadow, radii * 0.35 + 1, colour * 0.28, opacity=0.45, thick=0.4)
    for large in (True, False):
        some = np.flatnonzero((radii > 6) == large)
        for share, wide in ((0.68, 0.68), (0.36, 0.7), (0.1, 0.6)):
            for turn in range(3 if share > 0.5 else 2):
                begin = rng.uniform(0, 0.8, len(some)) + turn * (2.1 if share > 0.5 else 3.1)
                squeeze = rng.normal(1, 0.035, len(some))
                paths = arcs(
                    centres[some], radii[some] * share * squeeze, begin, np.full(len(some), 2.7 if share > 0.5 else 3.6)
                )
                tint = vary(colour[some], rng, 0.022, 0.012)
                canvas.paint(
                    rng,
                    paths,
                    radii[some] * wide,
                    tint,
                    vary(tint, rng, 0.05, 0.02),
                    dry=0.12,
                    thick=1.2 if large else 1.0,
                    bristle=0.12,
                )
    large = np.flatnonzero(radii > 7)
    glint = arcs(
        centres[large], radii[large] * 0.62, rng.uniform(3.5, 4.0, len(large)), rng.uniform(0.5, 0.9, len(large))
    )
    canvas.paint(
        rng,
        glint,
        radii[large] * 0.16 + 0.8,
        vary(np.minimum(colour[large] * 0.6 + 0.45, 1), rng, 0.02),
        thick=1.2,
        taper=2,
        opacity=0.7,
    )
