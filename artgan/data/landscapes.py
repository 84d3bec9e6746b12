"""Drawn landscapes twice: as a photograph and as an impressionist painting of the very same scene.

The true pairs score an unpaired translation between photographs and paintings, which never sees a pair.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from artgan.data.drawing.brushwork import paint
from artgan.data.drawing.chance import Array
from artgan.data.drawing.noise import step
from artgan.data.drawing.scenery import scenery

_STREAM = 2
_FINE = 2


@dataclass(frozen=True, kw_only=True)
class Scenes:
    """Landscapes not drawn yet: scene i is a function of the seed and of `numbers[i]` alone."""

    seed: int
    numbers: tuple[int, ...]

    def __len__(self) -> int:
        """How many."""
        return len(self.numbers)

    def __getitem__(self, part: slice) -> "Scenes":
        """Some of these scenes."""
        return Scenes(seed=self.seed, numbers=self.numbers[part])

    def of(self, i: int) -> tuple[int, int, int]:
        """What seeds the i-th of these scenes."""
        return (_STREAM, self.seed, self.numbers[i])


def random_scenes(n: int, seed: int, *, first: int = 0) -> Scenes:
    """`n` scenes of a seed, from number `first` on; scenes of other numbers or seeds are other places."""
    return Scenes(seed=seed, numbers=tuple(range(first, first + n)))


def draw_photos(scenes: Scenes, size: int) -> NDArray[np.uint8]:
    """The scenes as photographs, (N, size, size, 3) uint8 sRGB: sharp, with the lens' falloff and grain."""
    pixels = np.empty((len(scenes), size, size, 3), np.uint8)
    for i in range(len(scenes)):
        random = np.random.default_rng((*scenes.of(i), 1))
        colour = _shrunk(scenery(scenes.of(i), _FINE * size).colour, size)
        y, x = (np.indices((size, size), dtype=np.float32) + 0.5) / size - 0.5
        colour = colour * (1 - np.float32(random.uniform(0, 0.5)) * (x * x + y * y))[..., None]
        contrast = np.float32(random.uniform(0.15, 0.6))
        colour = colour * (1 - contrast) + step(-0.1, 1.1, colour) * contrast
        grain = random.normal(0, random.uniform(0.004, 0.018), (size, size, 1)).astype(np.float32)
        pixels[i] = np.clip((colour + grain) * 255 + 0.5, 0, 255)
    return pixels


def draw_paintings(scenes: Scenes, size: int) -> NDArray[np.uint8]:
    """The scenes as paintings, (N, size, size, 3) uint8 sRGB, in visible strokes of broken colour."""
    pixels = np.empty((len(scenes), size, size, 3), np.uint8)
    for i in range(len(scenes)):
        painted = paint(scenery(scenes.of(i), _FINE * size), np.random.default_rng((*scenes.of(i), 2)))
        pixels[i] = np.clip(_shrunk(painted, size) * 255 + 0.5, 0, 255)
    return pixels


def _shrunk(colour: Array, size: int) -> Array:
    fine = Image.fromarray((np.clip(colour, 0, 1) * 255 + 0.5).astype(np.uint8))
    return np.asarray(fine.reduce(len(colour) // size), np.float32) / 255
