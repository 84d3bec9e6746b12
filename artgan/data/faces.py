"""Drawn anime-like faces whose hair and eye colours are known exactly, because they were drawn that way.

Everything about a face but its two colours comes from a row of random numbers, so the same face can be drawn with other
hair: the true answer to an unpaired translation of hair colours.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from artgan.data.drawing import colours
from artgan.data.drawing.chance import Array, Chance, throw
from artgan.data.drawing.colours import mix
from artgan.data.drawing.curves import vector
from artgan.data.drawing.face_body import draw_background, draw_body
from artgan.data.drawing.face_features import draw_eyes, draw_head, draw_nose_and_mouth
from artgan.data.drawing.face_hair import BOB, LONG, SPIKY, Hair, draw_back, draw_front
from artgan.data.drawing.face_ornaments import draw_ornaments
from artgan.data.drawing.layers import Layers
from artgan.data.drawing.pose import Pose
from artgan.data.vocabulary import ANIME
from artgan.errors import UsageError, did_you_mean

HAIR, EYES = (group.values for group in ANIME.groups)
NUMBERS = 400
"""Random numbers a face."""
CHUNK = 200
"""Faces whose polygons are held in memory at once."""
_STREAM = 1


@dataclass(frozen=True, kw_only=True, eq=False)
class Faces:
    """Faces not drawn yet, one a row.

    Attributes:
        traits: (N, NUMBERS) float32 in [0, 1): everything but the two colours.
        hair: (N,) indices into HAIR.
        eyes: (N,) indices into EYES.
    """

    traits: Array
    hair: NDArray[np.int64]
    eyes: NDArray[np.int64]

    def __len__(self) -> int:
        """How many."""
        return len(self.hair)

    def tags(self) -> NDArray[np.uint8]:
        """(N, 23) of 0 and 1, in the order of the vocabulary ANIME: one hair colour and one eye colour a face."""
        vectors = np.zeros((len(self), ANIME.dimensions), np.uint8)
        rows = np.arange(len(self))
        for place, index in zip(ANIME.slices, (self.hair, self.eyes), strict=True):
            vectors[rows, place.start + index] = 1
        return vectors


def random_faces(
    n: int, seed: int, *, hair: str | Sequence[str] | None = None, eyes: str | Sequence[str] | None = None
) -> Faces:
    """`n` faces, with hair and eyes of all colours or of those named, equally often.

    Face i depends on `seed` and i alone, never on `n`; naming colours changes nothing else about a face. Raises
    UsageError for a colour that is not in the vocabulary.
    """
    numbers = throw(n, seed, NUMBERS + 2, stream=_STREAM)
    chosen = []
    for column, words, group, known in ((0, hair, "hair", HAIR), (1, eyes, "eyes", EYES)):
        allowed = np.array(_indices(words, group, known))
        chosen.append(allowed[np.minimum((numbers[:, column] * len(allowed)).astype(np.int64), len(allowed) - 1)])
    return Faces(traits=numbers[:, 2:], hair=chosen[0], eyes=chosen[1])


def recoloured(faces: Faces, *, hair: str | None = None, eyes: str | None = None) -> Faces:
    """The very same faces with other hair or eyes: only hair and the brows, which go with it, or the irises change."""
    changed = {}
    for group, word, known in (("hair", hair, HAIR), ("eyes", eyes, EYES)):
        if word is not None:
            changed[group] = np.full(len(faces), _indices(word, group, known)[0], np.int64)
    return replace(faces, **changed)


def draw_faces(faces: Faces, *, size: int) -> NDArray[np.uint8]:
    """The pictures, (N, size, size, 3) uint8 sRGB."""
    pixels = np.empty((len(faces), size, size, 3), np.uint8)
    for start in range(0, len(faces), CHUNK):
        part = slice(start, start + CHUNK)
        pixels[part] = _draw(faces.traits[part], faces.hair[part], faces.eyes[part], size)
    return pixels


def _draw(traits: Array, hair_index: NDArray[np.int64], eyes_index: NDArray[np.int64], size: int) -> NDArray[np.uint8]:
    count = len(traits)
    chance = Chance(traits)
    layers = Layers(count)
    pose = Pose.drawn(chance)
    line = chance.uniform(0.025, 0.06)  # ink, in head units
    hair_ramp = colours.ramps(colours.HAIR, HAIR, hair_index, chance.several(4, -1, 1))
    iris = colours.ramps(colours.EYES, EYES, eyes_index, chance.several(4, -1, 1))
    # Some artists draw outlines in ink, others in a darker shade of the colour itself.
    hair_ramp[:, 3] = mix(hair_ramp[:, 3], hair_ramp[:, 0], chance.uniform(0.1, 0.7))
    skin = colours.SKIN[chance.pick(colours.SKIN_WEIGHTS)].copy()
    skin[:, 2] = mix(skin[:, 2], skin[:, 1], chance.uniform(0, 0.5))
    hair = Hair.drawn(chance, hair_ramp, line)
    narrow = chance.uniform(0, 0.25)

    backgrounds = draw_background(layers, chance, count)
    draw_back(layers, chance, pose, hair)
    draw_body(layers, chance, pose, skin, line, narrow)
    ears = ~np.isin(hair.kind, (BOB, LONG)) | (hair.kind == SPIKY)
    draw_head(layers, chance, pose, skin, line, ears)
    draw_nose_and_mouth(layers, chance, pose, skin)
    brow = mix(hair_ramp[:, 0], hair_ramp[:, 3], 0.5)
    draw_eyes(layers, chance, pose, iris, skin, brow)
    draw_front(layers, chance, pose, hair, skin)
    draw_ornaments(layers, chance, pose, hair)
    return _lit(layers.paint(backgrounds, size), chance)


def _lit(pixels: NDArray[np.uint8], chance: Chance) -> NDArray[np.uint8]:
    """Light from one side, a little warm or cool; weak enough that colours keep their names."""
    size = pixels.shape[1]
    angle, strength = chance.uniform(0, 2 * np.pi), chance.uniform(0.0, 0.16)
    warm = chance.uniform(-0.035, 0.035)
    y, x = (np.indices((size, size), dtype=np.float32) + 0.5) / size - 0.5
    lead = (slice(None), None, None)
    slope = x * np.cos(angle)[lead] + y * np.sin(angle)[lead]
    tint = 1 + warm[:, None] * vector(1, 0.1, -1)
    light = (1 + strength[lead] * slope)[..., None] * tint[:, None, None]
    return np.asarray(np.clip(pixels * light + 0.5, 0, 255), np.uint8)


def _indices(words: str | Sequence[str] | None, group: str, known: Sequence[str]) -> list[int]:
    if words is None:
        return list(range(len(known)))
    chosen = [words] if isinstance(words, str) else list(words)
    for word in chosen:
        if word not in known:
            raise UsageError(f"no {group} colour '{word}'.{did_you_mean(word, known)} Known: {', '.join(known)}")
    return [known.index(word) for word in chosen]
