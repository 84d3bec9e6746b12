"""Where a head is in the picture and where it looks: from head coordinates to shares of the picture's side.

Head coordinates: x to the right and y down, the half width of the face is 1, the middle of the head is the origin, and
z points at the viewer. Eyes lie at y = 0.25, the chin at about y = 1.2, the crown at y = -1.3.
"""

from dataclasses import dataclass

import numpy as np

from artgan.data.drawing.chance import Array, Chance


@dataclass(frozen=True)
class Pose:
    """Turned, nodded, tilted (radians), scaled and moved; every field is (N,)."""

    turn: Array
    nod: Array
    tilt: Array
    scale: Array
    x: Array
    y: Array

    @classmethod
    def drawn(cls, chance: Chance) -> "Pose":
        """Mostly from the front, sometimes from the side."""
        return cls(
            turn=chance.bell(0.21),
            nod=chance.bell(0.07),
            tilt=chance.bell(0.1),
            scale=chance.uniform(0.25, 0.315),
            x=0.5 + chance.bell(0.026),
            y=0.475 + chance.bell(0.024),
        )

    def project(self, points: Array, z: Array | float = 0.0) -> Array:
        """Points (N, ..., 2) at depth `z` (broadcast to (N, ...)) -> shares of the side, (N, ..., 2)."""
        lead = (slice(None),) + (None,) * (points.ndim - 2)
        depth = np.asarray(z, np.float32)
        x = points[..., 0] * np.cos(self.turn)[lead] + depth * np.sin(self.turn)[lead]
        y = points[..., 1] * np.cos(self.nod)[lead] + depth * np.sin(self.nod)[lead]
        # The neck carries the head: it tilts about a point below the chin.
        cos, sin = np.cos(self.tilt)[lead], np.sin(self.tilt)[lead]
        y = y - 1.0
        x, y = x * cos - y * sin, x * sin + y * cos + 1.0
        return np.stack([self.x[lead] + self.scale[lead] * x, self.y[lead] + self.scale[lead] * y], -1)

    def upright(self, points: Array) -> Array:
        """The same for the body, which neither turns nor tilts."""
        lead = (slice(None),) + (None,) * (points.ndim - 2)
        x = self.x[lead] + self.scale[lead] * (points[..., 0] + np.sin(self.tilt)[lead] * 0.3)
        return np.stack([x, self.y[lead] + self.scale[lead] * points[..., 1]], -1)


def bulge(x: Array) -> Array:
    """The depth of the front of the face at x."""
    return np.asarray(0.72 * np.sqrt(np.clip(1 - (x / 1.12) ** 2, 0.02, 1)), np.float32)


def points(*pairs: tuple[Array | float, Array | float], count: int) -> Array:
    """Control points (count, P, 2) of pairs of numbers or (count,) arrays."""
    columns = [np.broadcast_to(np.asarray(value, np.float32), (count,)) for pair in pairs for value in pair]
    return np.stack(columns, -1).reshape(count, len(pairs), 2)
