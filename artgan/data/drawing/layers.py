"""Layers of polygons for many pictures at once, drawn with Pillow on a finer grid and averaged down."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from artgan.data.drawing.chance import Array

FINE = 3
"""Fine pixels a pixel, along each side."""


class Layers:
    """Polygons in the order they are painted, each with a colour and a visibility of its own in every picture.

    Coordinates are shares of the picture's side; colours RGB in [0, 1]; opacity in [0, 1].
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._layers: list[tuple[Array, list[tuple[int, int, int, int]], list[bool]]] = []

    def fill(
        self,
        points: Array,
        colour: Array | Sequence[float],
        *,
        opacity: Array | float = 1.0,
        where: NDArray[np.bool_] | bool = True,
    ) -> None:
        """A polygon (N, P, 2), or K of them (N, K, P, 2) one over the other with colours (N, 3) or (N, K, 3)."""
        if points.ndim == 3:
            points = points[:, None]
        many = points.shape[1]
        colours = np.asarray(colour, np.float32)
        if colours.ndim == 2:
            colours = colours[:, None]
        colours = np.broadcast_to(colours, (self._count, many, 3))
        alpha = np.asarray(opacity, np.float32)
        alpha = np.broadcast_to(alpha[:, None] if alpha.ndim == 1 else alpha, (self._count, many))
        seen = np.asarray(where)
        seen = np.broadcast_to(seen[:, None] if seen.ndim == 1 else seen, (self._count, many)) & (alpha > 0)
        inks = (np.clip(np.concatenate([colours, alpha[..., None]], -1), 0, 1) * 255 + 0.5).astype(np.uint8)
        points = np.ascontiguousarray(points, np.float32)
        for k in range(many):
            self._layers.append(
                (points[:, k].reshape(self._count, -1), list(map(tuple, inks[:, k].tolist())), seen[:, k].tolist())
            )

    def paint(self, backgrounds: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
        """Pictures (N, size, size, 3): small `backgrounds` (N, h, w, 3) stretched, and every layer over them."""
        side = size * FINE
        pixels = np.empty((self._count, size, size, 3), np.uint8)
        layers = [(points * side, inks, seen) for points, inks, seen in self._layers]
        for i in range(self._count):
            picture = Image.fromarray(backgrounds[i]).resize((side, side), Image.Resampling.BICUBIC)
            polygon = ImageDraw.Draw(picture, "RGBA").polygon
            for points, inks, seen in layers:
                if seen[i]:
                    polygon(points[i].tolist(), fill=inks[i])
            pixels[i] = np.asarray(picture.reduce(FINE))
        return pixels
