"""Hair of the drawn faces: what hangs behind, what frames the face, the fringe and highlights."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from artgan.data.drawing.chance import Array, Chance
from artgan.data.drawing.colours import mix
from artgan.data.drawing.curves import closed, ellipse, stroke, taper, through, tuft, vector
from artgan.data.drawing.layers import Layers
from artgan.data.drawing.pose import Pose, bulge, points

SHORT, BOB, LONG, TWIN_TAILS, PONYTAIL, SPIKY, BUNS = range(7)
CHOPPY, SWEPT, STRAIGHT, PARTED, BETWEEN_EYES, RAGGED = range(6)


@dataclass(frozen=True)
class Hair:
    """What every part of the hair agrees on; all (N,) but `ramp` (N, 4, 3): shadow, base, light, ink."""

    ramp: Array
    kind: NDArray[np.int64]
    fringe: NDArray[np.int64]
    volume: Array
    length: Array
    curl: Array
    line: Array

    @classmethod
    def drawn(cls, chance: Chance, ramp: Array, line: Array) -> "Hair":
        """A cut for every face."""
        return cls(
            ramp=ramp,
            kind=chance.pick((2.2, 2, 4, 1.6, 1.4, 1.4, 0.7)),
            fringe=chance.pick((3, 2.5, 1.6, 1.6, 2, 1.4)),
            volume=chance.uniform(0.0, 0.22),
            length=chance.uniform(1.3, 3.4),
            curl=np.where(chance.coin(0.4), chance.uniform(0.05, 0.13), 0).astype(np.float32),
            line=line,
        )

    def tone(self, share: Array) -> Array:
        """Colours (N, K, 3) for `share` (N, K) from -1 (shadow) by 0 (base) to 1 (light)."""
        shadow, base, light = (self.ramp[:, None, i] for i in range(3))
        return mix(mix(base, shadow, np.clip(-share, 0, 1)), light, np.clip(share, 0, 1))


def pair(x: Array | float, y: Array | float) -> Array:
    """Points (..., 2) of what broadcasts to x and y."""
    return np.stack(np.broadcast_arrays(np.asarray(x, np.float32), np.asarray(y, np.float32)), -1)


def _locks(
    layers: Layers,
    pose: Pose,
    hair: Hair,
    chance: Chance,
    left: Array,
    right: Array,
    tip: Array,
    bend: Array,
    z: Array | float,
    *,
    belly: Array | float,
    blunt: Array | float = 0.0,
    depth: float = 0.0,
    where: NDArray[np.bool_] | bool = True,
) -> None:
    """Locks (N, K): ink beneath, the lock, a shaded side, and a strand of light; `depth` darkens all of them."""
    count, many = tip.shape[:2]
    z = np.broadcast_to(np.asarray(z, np.float32), (count, many))[..., None]
    tones = chance.several(many, -0.35, 0.4) - depth
    phase = np.broadcast_to(chance.uniform(0, 1)[:, None], (count, many))
    wave = np.broadcast_to(hair.curl[:, None], (count, many))
    belly = np.broadcast_to(np.asarray(belly, np.float32), (count, many))
    line = np.broadcast_to(hair.line[:, None], (count, many))
    shapes = (
        (
            tuft(left, right, tip, bend, belly=belly, blunt=blunt, wave=wave, phase=phase, grow=line * 0.9),
            hair.ramp[:, None, 3],
            1.0,
        ),
        (tuft(left, right, tip, bend, belly=belly, blunt=blunt, wave=wave, phase=phase), hair.tone(tones), 1.0),
        (
            tuft((left + right) / 2, right, tip, bend, belly=belly * 0.35, wave=wave, phase=phase),
            hair.tone(tones - 0.6),
            0.7,
        ),
        (
            tuft(
                left * 0.8 + right * 0.2,
                left * 0.55 + right * 0.45,
                tip * 0.9 + left * 0.1,
                bend,
                belly=belly * 0.1,
                wave=wave,
                phase=phase,
            ),
            hair.tone(tones + 0.6),
            0.6,
        ),
    )
    seen = np.broadcast_to(np.asarray(where)[..., None] if np.ndim(where) == 1 else np.asarray(where), (count, many))
    flat = [pose.project(shape, z) for shape, _, _ in shapes]
    for k in range(many):  # every lock whole before the next one
        for shape, (_, colour, opacity) in zip(flat, shapes, strict=True):
            tint = np.broadcast_to(colour, (count, many, 3))[:, k]
            layers.fill(shape[:, k], tint, opacity=opacity, where=seen[:, k])


def draw_back(layers: Layers, chance: Chance, pose: Pose, hair: Hair) -> None:
    """The back of the head and what falls behind the shoulders."""
    count, kind = len(hair.kind), hair.kind
    wide, rise = 1.16 + hair.volume, 1.28 + hair.volume
    # Tails start at the sides and hang before the background only; three locks a tail.
    tail = (kind == TWIN_TAILS) | (kind == PONYTAIL)
    side = np.where(chance.coin(0.5), 1.0, -1.0).astype(np.float32)
    high, away = chance.uniform(-0.95, 0.3), chance.uniform(0.35, 1.0)
    for sign in (-1.0, 1.0):
        spread = np.array([-0.28, 0.3, 0.0], np.float32)[None] + chance.several(3, -0.1, 0.1)
        seen = tail & ((kind == TWIN_TAILS) | (side == sign))
        root = pair(sign * (1.0 + 0.02 * spread), high[:, None] + 0.25 * np.abs(spread))
        out = sign * (1.25 + away[:, None] + spread)
        down = (high + 1.1 + hair.length * 0.7)[:, None] + chance.several(3, -0.3, 0.3)
        push = pair(np.broadcast_to(sign * (0.45 + 0.3 * away[:, None]), (count, 3)), -0.35)
        width = vector(0.0, 0.22)
        _locks(
            layers,
            pose,
            hair,
            chance,
            root - width,
            root + width,
            pair(out, down),
            push,
            -0.15,
            belly=0.3,
            depth=0.15,
            where=seen,
        )
        bun = ellipse(np.full(count, sign * 0.85), np.full(count, -1.15), 0.45 + hair.volume, 0.43 + hair.volume, 20)
        inner = ellipse(np.full(count, sign * 0.85), np.full(count, -1.15), 0.4 + hair.volume, 0.38 + hair.volume, 20)
        layers.fill(pose.project(bun, -0.3), hair.ramp[:, 3], where=kind == BUNS)
        layers.fill(pose.project(inner, -0.3), hair.ramp[:, 1], where=kind == BUNS)
        swirl = ellipse(np.full(count, sign * 0.8), np.full(count, -1.2), 0.2, 0.17, 14)
        layers.fill(pose.project(swirl, -0.3), hair.ramp[:, 2], opacity=0.6, where=kind == BUNS)

    # The mass behind the neck: how far down and how wide depends on the cut.
    fall = np.choose(kind, [0.75, 1.0, hair.length, 0.5, 0.4, 0.7, 0.6]).astype(np.float32)
    broad = np.choose(kind, [1.0, 1.22, 1.3 + 0.35 * hair.volume, 0.95, 0.9, 1.0, 0.95]).astype(np.float32)
    for grow, colour in (
        (hair.line * 0.9, hair.ramp[:, 3]),
        (0 * hair.line, mix(hair.ramp[:, 1], hair.ramp[:, 0], 0.75)),
    ):
        mass = points(
            (0, -rise - grow),
            (wide * 0.75 + grow, -rise * 0.72 - grow),
            (wide + grow, -0.1),
            (broad + hair.volume + grow, fall * 0.6 + 0.1),
            (broad * 0.9 + grow, fall + grow),
            (0, fall * 0.95 + grow),
            (-broad * 0.9 - grow, fall + grow),
            (-broad - hair.volume - grow, fall * 0.6 + 0.1),
            (-wide - grow, -0.1),
            (-wide * 0.75 - grow, -rise * 0.72 - grow),
            count=count,
        )
        layers.fill(pose.project(closed(mass, 4), -0.2), colour)
    # Locks along the lower rim, from the outside in.
    order = np.array([-1, 1, -0.72, 0.72, -0.45, 0.45, -0.15, 0.15], np.float32)
    root_x = order * (wide[:, None] * 0.86)
    inward = np.where(kind == BOB, -0.22, 0.12).astype(np.float32)[:, None]
    tip_x = order * (broad + hair.volume * 0.6)[:, None] * (1 + inward) + chance.several(8, -0.1, 0.1)
    tip_y = fall[:, None] * (1.12 - 0.06 * np.abs(order)) + chance.several(8, 0.0, 0.3)
    roots = pair(root_x, np.broadcast_to(-0.5 + 0.25 * np.abs(order), root_x.shape))
    width = vector(0.22, 0.0)
    push = pair(order * np.where(kind == BOB, 0.34, 0.12)[:, None], 0.0)
    _locks(
        layers, pose, hair, chance, roots - width, roots + width, pair(tip_x, tip_y), push, -0.2, belly=0.1, depth=0.4
    )
    # Spikes all around.
    turn = np.linspace(-2.9, -0.24, 9, dtype=np.float32)[[0, 8, 1, 7, 2, 6, 3, 5, 4]] + chance.several(9, -0.12, 0.12)
    reach = chance.several(9, 0.2, 0.55) + 0.2
    outward = pair(np.cos(turn), np.sin(turn))
    along = pair(-np.sin(turn), np.cos(turn))
    foot = outward * pair(wide, rise)[:, None] * 0.72
    lean = along * chance.uniform(-0.35, 0.35)[:, None, None]
    tips = outward * (pair(wide, rise)[:, None] + reach[..., None]) + lean
    _locks(
        layers,
        pose,
        hair,
        chance,
        foot - along * 0.3,
        foot + along * 0.3,
        tips,
        along * 0.08,
        -0.1,
        belly=0.06,
        depth=0.1,
        where=kind == SPIKY,
    )


def draw_front(layers: Layers, chance: Chance, pose: Pose, hair: Hair, skin: Array) -> None:
    """The crown, locks beside the face, the fringe with its shadow on the forehead, and highlights."""
    count, kind, fringe = len(hair.kind), hair.kind, hair.fringe
    wide, rise = 1.12 + hair.volume, 1.26 + hair.volume
    part = chance.uniform(-0.45, 0.45)
    sweep = np.where(chance.coin(0.5), 1.0, -1.0).astype(np.float32) * chance.uniform(0.3, 0.6)

    # Fringe: tufts from the hairline, outer ones first so that the middle lies on top.
    across = np.array([-0.92, 0.92, -0.66, 0.66, -0.4, 0.42, -0.16, 0.17, 0.0], np.float32) + chance.several(
        9, -0.06, 0.06
    )
    rough = chance.several(9, -1, 1)
    base = chance.uniform(-0.2, 0.1)[:, None]
    edge = np.abs(across)
    tip_y = base + np.select(
        [(fringe == kind_)[:, None] for kind_ in range(6)],
        [
            0.14 * rough + 0.35 * edge**3,
            0.1 * rough + 0.22 * edge + 0.18 * across * np.sign(sweep)[:, None],
            0.02 * rough + 0.0 * edge,
            -0.28 + 0.62 * edge + 0.08 * rough,
            np.where(edge < 0.1, 0.45, 0.08 * rough + 0.3 * edge**2),
            0.25 * rough + 0.25 * edge**2,
        ],
    )
    shift = np.select(
        [(fringe == kind_)[:, None] for kind_ in range(6)],
        [
            0.1 * rough + 0.1 * part[:, None],
            sweep[:, None] + 0.06 * rough,
            0.02 * rough,
            0.36 * np.sign(across - part[:, None] * 0.4),
            0.14 * rough + 0.15 * np.sign(across) * (edge > 0.1),
            0.26 * rough,
        ],
    )
    tip = pair(across + shift, tip_y)
    root_x = across * 0.78 + np.where(fringe == SWEPT, -0.35 * sweep, part * 0.2)[:, None]
    root_y = -0.98 + 0.3 * across**2
    half = np.where((fringe == RAGGED)[:, None], 0.17, 0.22).astype(np.float32)
    left, right = pair(root_x - half, root_y), pair(root_x + half, root_y)
    bend = pair(-shift * 0.25 + across * 0.12, -0.06 * np.ones_like(across))
    blunt = np.where((fringe == STRAIGHT)[:, None], 0.13, np.where((fringe == CHOPPY)[:, None], 0.03, 0.0)).astype(
        np.float32
    )
    depth = bulge(np.clip(across, -1, 1)) * 0.75 + 0.1
    shade = tuft(left, right, tip + vector(0.02, 0.15), bend, belly=0.06, blunt=blunt)
    inside = bulge(np.clip(shade[..., 0], -1, 1))
    within = (np.abs(tip[..., 0]) < 0.8) & (tip[..., 1] < 0.75)
    layers.fill(pose.project(shade, inside), skin[:, 1], opacity=0.75, where=within)

    # Locks in front of the ears, down to the chest for long hair.
    reach = chance.several(2, 0.55, 1.15) + np.where(kind == LONG, 0.9, np.where(kind == SHORT, -0.25, 0.1))[:, None]
    reach = np.where((kind == SPIKY)[:, None], reach * 0.7, reach)
    sides = np.array([-1, 1], np.float32)
    tuck = chance.uniform(-0.12, 0.1)[:, None]
    for lean, more in ((0.1, 0.0), (-0.04, -0.35)):
        foot = pair(sides * 0.92, np.broadcast_to(-0.62, (count, 2)))
        ends = pair(sides * (1.02 + lean + tuck), reach + more)
        push = pair(sides * (0.2 + hair.volume[:, None] * 0.5), 0.0)
        _locks(
            layers,
            pose,
            hair,
            chance,
            foot - vector(0.2, 0),
            foot + vector(0.2, 0),
            ends,
            push,
            0.12,
            belly=0.04,
        )

    for grow, colour in ((hair.line * 0.9, hair.ramp[:, 3]), (0 * hair.line, hair.ramp[:, 1])):
        crown = points(
            (-wide * 1.0 - grow, -0.12),
            (-wide * 0.93 - grow, -0.68),
            (-wide * 0.55, -rise * 0.92 - grow),
            (0, -rise - grow),
            (wide * 0.55, -rise * 0.92 - grow),
            (wide * 0.93 + grow, -0.68),
            (wide * 1.0 + grow, -0.12),
            (0.86, -0.38),
            (0.5, -0.72),
            (part * 0.3, -0.86),
            (-0.5, -0.72),
            (-0.86, -0.38),
            count=count,
        )
        layers.fill(pose.project(closed(crown, 4), 0.02), colour)
    _locks(layers, pose, hair, chance, left, right, tip, bend, depth, belly=0.07, blunt=blunt)

    # Strands from the parting over the crown, dark and light.
    ends = np.linspace(-1, 1, 9, dtype=np.float32) + chance.several(9, -0.08, 0.08)
    for k in range(9):
        x = ends[:, k]
        start = -rise + 0.08
        line = through(
            points(
                (part * 0.35 + x * 0.12, start),
                (x * 0.66, start * 0.8 + 0.12),
                (x * 0.97, -0.62 + 0.2 * x * x),
                count=count,
            ),
            4,
        )
        tone = hair.ramp[:, 2] if k % 2 else mix(hair.ramp[:, 0], hair.ramp[:, 3], 0.35)
        layers.fill(pose.project(stroke(line, 0.07 * np.broadcast_to(taper(9), (count, 9))), 0.25), tone, opacity=0.6)
    # The shine around the crown: an arc with a ragged lower edge.
    x = np.linspace(-0.82, 0.82, 17, dtype=np.float32)
    arc = -rise[:, None] + 0.36 + 0.36 * (x / 0.9) ** 2
    thick = chance.several(17, 0.02, 0.22) * np.sqrt(np.clip(1 - (x / 0.84) ** 2, 0, 1))
    ring = np.concatenate(
        [
            pair(np.broadcast_to(x, thick.shape), arc - thick * 0.35),
            pair(np.broadcast_to(x, thick.shape), arc + thick)[:, ::-1],
        ],
        1,
    )
    glow = mix(hair.ramp[:, 2], np.ones((count, 3), np.float32), 0.35)
    layers.fill(pose.project(ring, 0.3), glow, opacity=chance.uniform(0.1, 0.85), where=chance.coin(0.8))
    # A lock that will not lie down.
    curl = chance.uniform(-0.5, 0.5)
    foot = pair(part * 0.3, -rise + 0.06)[:, None]
    _locks(layers, pose, hair, chance, foot - vector(0.05, 0), foot + vector(0.05, 0),
           pair(part * 0.3 + curl, -rise - 0.3)[:, None], pair(-curl * 0.3, 0 * curl - 0.2)[:, None], 0.1, belly=0.05,
           where=chance.coin(0.3))  # fmt: skip
