"""A painter's canvas and brush: thousands of bristle strokes laid at once, in colour and in relief.

Lengths are in units; a picture is about 768 units long on its longer side whatever its size in pixels, so a style is
written once and can be drawn small. Colours are sRGB in [0, 1]. Paths are (N, K, 2) arrays of (x, y) in units.
"""

from dataclasses import dataclass, field

import numpy as np
from colours import Array
from fields import sample, streaks
from PIL import Image
from scipy.ndimage import gaussian_filter

SAMPLE = 0.7  # distance of neighbouring paint samples in pixels; below 1 / sqrt(2) a stroke has no holes
CHUNK = 3_000_000  # paint samples laid in one go: bounds the memory


@dataclass
class Canvas:
    """Wet paint: what colour it has and how thick it lies, at `scale` pixels a unit."""

    width: int
    height: int
    scale: float
    ground: tuple[float, float, float] = (0.8, 0.75, 0.65)
    colour: Array = field(init=False)
    relief: Array = field(init=False)

    def __post_init__(self) -> None:
        shape = (round(self.height * self.scale), round(self.width * self.scale))
        self.colour = np.empty((*shape, 3), np.float32)
        self.colour[:] = self.ground
        self.relief = np.zeros(shape, np.float32)
        self.streaks = streaks(np.random.default_rng(7))

    def fill(self, colours: Array) -> None:
        """Underpainting: a field of colours (height, width, 3) in units, stretched over the canvas."""
        size = (self.colour.shape[1], self.colour.shape[0])
        planes = [
            Image.fromarray(colours[..., c].astype(np.float32)).resize(size, Image.Resampling.BILINEAR)
            for c in range(3)
        ]
        self.colour[:] = np.stack([np.asarray(plane) for plane in planes], -1)

    def paint(
        self,
        rng: np.random.Generator,
        paths: Array,
        width: Array | float,
        colour: Array,
        second: Array | None = None,
        *,
        bristle: float = 0.16,
        dry: float = 0.3,
        thick: float = 1.0,
        opacity: float = 1.0,
        taper: float = 4.0,
        clip: Array | None = None,
    ) -> None:
        """Lay the strokes in order, each over the ones before it.

        `second` is the other colour on the brush, mixed in streaks; `bristle` how much lightness the bristles add
        and take; `dry` how early the paint runs out; `taper` the roundness of the ends (1.5 leaf, 6 flat brush);
        `clip` a boolean field in units outside which nothing is painted.
        """
        count = len(paths)
        if not count:
            return
        paths = paths.astype(np.float32)
        width = np.broadcast_to(np.asarray(width, np.float32), (count,))
        colour = np.broadcast_to(colour, (count, 3)).astype(np.float32)
        second = colour if second is None else np.broadcast_to(second, (count, 3)).astype(np.float32)
        lengths = np.hypot(*np.moveaxis(np.diff(paths, axis=1), -1, 0)).sum(1)
        along = max(3, int(np.ceil(lengths.max() * self.scale / SAMPLE)))
        across = max(3, int(np.ceil(width.max() * self.scale / SAMPLE)))
        step = max(1, CHUNK // (along * across))
        for start in range(0, count, step):
            part = slice(start, start + step)
            self._lay(rng, paths[part], lengths[part], width[part], colour[part], second[part], along, across,
                      bristle, dry, thick, opacity, taper, clip)  # fmt: skip

    def _lay(
        self, rng, paths, lengths, width, colour, second, along, across, bristle, dry, thick, opacity, taper, clip
    ) -> None:  # fmt: skip
        count, knots, _ = paths.shape
        u = np.linspace(0, 1, along, dtype=np.float32)
        v = np.linspace(-1, 1, across, dtype=np.float32)
        # Centre line and normals at every step along the stroke.
        place = u * (knots - 1)
        left = np.minimum(place.astype(int), knots - 2)
        share = (place - left)[None, :, None]
        line = paths[:, left] * (1 - share) + paths[:, left + 1] * share
        tangent = np.gradient(paths, axis=1)
        tangent = tangent[:, left] * (1 - share) + tangent[:, left + 1] * share
        tangent /= np.maximum(np.linalg.norm(tangent, axis=-1, keepdims=True), 1e-6)
        ends = (1 - np.abs(2 * u - 1) ** taper) ** 0.5
        half = width[:, None] / 2 * ends[None] * (0.92 + 0.16 * rng.random((count, 1), dtype=np.float32))
        x = line[..., 0, None] - (tangent[..., 1] * half)[..., None] * v
        y = line[..., 1, None] + (tangent[..., 0] * half)[..., None] * v
        column = (x * self.scale).astype(np.int32)
        row = (y * self.scale).astype(np.int32)
        # Bristles: a place of its own in the streak texture for every stroke; two units a texel across, eight along.
        size = len(self.streaks)
        offset = rng.integers(0, size, (2, count))
        tu = (offset[0][:, None] + u[None] * lengths[:, None] * 0.6).astype(np.int32) % size
        tv = (offset[1][:, None] + v[None] * width[:, None] * 1.1).astype(np.int32) % size
        hair = self.streaks[tv[:, None, :], tu[:, :, None]]
        # The paint runs out towards the tail and at the edges, first where the bristles carry least.
        tail = (u**3)[None, :, None] * 0.8 + (np.abs(v) ** 5)[None, None, :] * 0.55
        height, broad = self.relief.shape
        keep = (hair > dry * tail) & (x >= 0) & (y >= 0) & (column < broad) & (row < height)
        if clip is not None:
            inside = (np.clip(y, 0, clip.shape[0] - 1).astype(int), np.clip(x, 0, clip.shape[1] - 1).astype(int))
            keep &= clip[inside]
        index = (row * broad + column)[keep]
        hair = hair[keep]
        stroke = np.broadcast_to(np.arange(count)[:, None, None], keep.shape)[keep]
        mix = np.clip((hair - 0.5) * 2.2 + 0.5, 0, 1)[:, None]
        paint = colour[stroke] * (1 - mix) + second[stroke] * mix + ((hair - 0.5) * 2 * bristle)[:, None]
        flat = self.colour.reshape(-1, 3)
        if opacity < 1:
            paint = paint * opacity + flat[index] * (1 - opacity)
        flat[index] = paint
        # Relief: bristle furrows, and a ridge where the brush has pushed the paint aside.
        ridge = (0.25 + np.abs(v) ** 4 * 0.5)[None, None, :] * (1 - 0.35 * u)[None, :, None]
        body = np.broadcast_to(ridge, keep.shape)[keep] + hair * 0.9
        bumps = self.relief.reshape(-1)
        bumps[index] = thick * body if opacity == 1 else bumps[index] * (1 - opacity) + thick * body * opacity

    def picture(self, *, light: float = 0.35, weave: float = 0.12, gloss: float = 0.1) -> Image.Image:
        """The dry painting under a lamp at the upper left, at half the canvas' pixels."""
        rows, columns = np.indices(self.relief.shape, dtype=np.float32) / self.scale
        cloth = np.sin(rows * 2.6) * np.sin(columns * 2.6) + 0.5 * np.sin(rows * 1.3 + columns * 1.3)
        bumps = self.relief + weave * cloth / (1 + 1.5 * self.relief)
        slope = np.zeros_like(bumps)
        for sigma, weight in ((0.35, 0.5), (1.1, 0.8)):
            dy, dx = np.gradient(gaussian_filter(bumps, sigma * self.scale))
            slope += weight * self.scale * (dx * 0.6 + dy * 0.8)
        slope = np.tanh(slope * 1.6)
        shaded = self.colour * (1 + light * slope)[..., None]
        shaded += (gloss * np.maximum(slope - 0.35, 0))[..., None]
        pixels = Image.fromarray((np.clip(shaded, 0, 1) * 255 + 0.5).astype(np.uint8))
        return pixels.resize((pixels.width // 2, pixels.height // 2), Image.Resampling.LANCZOS)


def follow(points: Array, angle: Array, length: Array | float, rng: np.random.Generator, knots: int = 9) -> Array:
    """Paths (N, knots, 2) of the given lengths through `points` along a field of directions (radians, modulo pi)."""
    count = len(points)
    stride = np.broadcast_to(np.asarray(length, np.float32), (count,)) / (knots - 1)
    halves = []
    start = sample(angle, points) + np.pi * rng.integers(0, 2, count)
    for sense in (1, -1):
        here = points.astype(np.float32)
        heading = np.stack([np.cos(start), np.sin(start)], -1) * sense
        half = [here]
        for _ in range(knots // 2):
            here = here + heading * stride[:, None]
            turn = sample(angle, here)
            ahead = np.stack([np.cos(turn), np.sin(turn)], -1)
            heading = ahead * np.where((ahead * heading).sum(-1) < 0, -1, 1)[:, None]
            half.append(here)
        halves.append(half)
    return np.stack(halves[1][:0:-1] + halves[0], 1)


def arcs(centres: Array, radius: Array, begin: Array, sweep: Array, flatten: float = 1.0, knots: int = 9) -> Array:
    """Paths along circles, or along ellipses `flatten` times as high as wide."""
    turn = begin[:, None] + np.linspace(0, 1, knots)[None] * sweep[:, None]
    ring = np.stack([np.cos(turn), np.sin(turn) * flatten], -1)
    return centres[:, None] + radius[:, None, None] * ring


def segments(begin: Array, end: Array, rng: np.random.Generator, wobble: float = 0.0, knots: int = 9) -> Array:
    """Nearly straight paths from `begin` to `end` (N, 2), off the ruler by about `wobble` units."""
    share = np.linspace(0, 1, knots)[None, :, None]
    paths = begin[:, None] * (1 - share) + end[:, None] * share
    bend = rng.normal(size=(len(begin), 1, 2)) * np.sin(np.pi * share) + 0.3 * rng.normal(size=paths.shape)
    return paths + wobble * bend
