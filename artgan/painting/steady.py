"""Films in one pass, without flicker: what a frame becomes depends on itself alone, and on the scene that it is in.

Frame by frame a painting changes with more than what is seen; each of the causes is taken away:

- A picture in one pass depends on its colours' and features' means and deviations as a whole, which jump with whatever
  passes by. They are gathered over a scene, from frames evenly over it, and kept fixed throughout: where two frames are
  alike, so are their paintings. At a cut all changes anyway.
- Noise is painted as something new each time. What stands still is held still (`stilling`).
- What moves falls on other places of the painter's grid. The grid follows the camera (`camera`).
- A zoom changes what is painted all the same. What is shown again is painted again as it was (`lasting`).
"""

from collections.abc import Callable, Generator, Sequence
from contextlib import closing

import torch
from torch import Tensor

from artgan.io.images import Picture
from artgan.painting.camera import Camera, on_grid
from artgan.painting.fast import FastPainter
from artgan.painting.lasting import Lasting
from artgan.painting.manners import Manner
from artgan.painting.pyramid import fit, resize
from artgan.painting.stilling import Stilled
from artgan.painting.tensors import to_alpha, to_tensor

MOST_SEEN = 16
"""Frames that stand for a scene."""
_PIXELS_SEEN = 2**23
"""Of these frames together, since they are held at once; but two are always seen."""
_SKETCH = 16
"""Sides of the small pictures by which frames are compared."""
_CUT = 0.1
"""Mean change of the small pictures' values, from 0 to 1, that a cut is at least."""
_TIMES_MORE = 2.5
"""How many times more than before and after changes at a cut: what flashes or moves fast is no row of cuts."""


class Changes:
    """How much each frame of a film differs from the one before, as it goes by."""

    def __init__(self) -> None:
        self.values: list[float] = []
        """From 0 to 1; of the first frame 0."""
        self._before: Tensor | None = None

    def add(self, picture: Picture) -> None:
        """The next frame."""
        sketch = resize(to_tensor(picture, torch.device("cpu")), _SKETCH, _SKETCH)
        self.values.append(0.0 if self._before is None else (sketch - self._before).abs().mean().item())
        self._before = sketch


def scenes(changes: Sequence[float]) -> list[range]:
    """The numbers of the frames of each scene, from how much each frame differs from the one before."""
    before, after = [0.0, *changes], [*changes[1:], 0.0]
    cuts = [
        number
        for number, change in enumerate(changes)
        if number and change >= _CUT and change >= _TIMES_MORE * max(before[number], after[number])
    ]
    begins, ends = [0, *cuts], [*cuts, len(changes)]
    return [range(begin, end) for begin, end in zip(begins, ends, strict=True) if end > begin]


def seen_of(scene: range, pixels: int) -> set[int]:
    """The numbers of the frames, of so many pixels each, that stand for a scene: evenly over it."""
    most = min(len(scene), max(2, min(MOST_SEEN, _PIXELS_SEEN // pixels)))
    return {scene[(2 * number + 1) * len(scene) // (2 * most)] for number in range(most)}


class Steadicam:
    """Paints the frames of a scene as they come, in manners that are settled for all of them."""

    def __init__(self, painter: FastPainter, manners: Sequence[Manner]) -> None:
        self._painter = painter
        self._manners = manners
        self._stilled = Stilled()
        self._camera = Camera()
        self._lasting = Lasting()
        # Masks lie on the picture as it is.
        self._follows = all(style.mask is None for style in painter.styles)

    def repainted(self, image: Tensor, alpha: Tensor | None) -> Tensor:
        """The next frame, (1, 3, H, W) in [0, 1], with its transparency."""
        image = self._stilled.next(image)
        if not self._follows:
            return self._painter.repainted(image, alpha, self._manners)
        motion = self._camera.next(image)
        laid, top, left = on_grid(image, *self._camera.place, max(manner.grid for manner in self._manners))
        painting = self._painter.repainted(laid, alpha, self._manners)
        own = painting[..., top : top + image.shape[-2], left : left + image.shape[-1]]
        return self._lasting.next(image, own, motion)


def repainted(
    painter: FastPainter,
    film: Callable[[], Generator[Picture, None, None]],
    scenes: Sequence[range],
    device: torch.device,
) -> Generator[tuple[Picture, Tensor], None, None]:
    """The frames of a film, one after the other, each with its painting (1, 3, H, W) in [0, 1] at the painter's size.

    Args:
        painter: of the styles.
        film: begins the film anew; it is gone through twice, the second time a scene behind.
        scenes: of `scenes`, which together are all of it.
        device: the painter's.
    """
    with closing(film()) as ahead, closing(film()) as behind:
        for scene in scenes:
            manners = painter.settled(*_seen(scene, ahead, painter.size, device))
            hold = Steadicam(painter, manners)
            for _, frame in zip(scene, behind, strict=False):
                yield frame, hold.repainted(_at_size(frame, painter.size, device), to_alpha(frame, device))


def _seen(
    scene: range, film: Generator[Picture, None, None], size: int, device: torch.device
) -> tuple[list[Tensor], list[Tensor | None]]:
    """Goes through a scene: the frames that stand for it, and their transparency."""
    pictures, alphas = [], []
    wanted: set[int] | None = None
    for number, frame in zip(scene, film, strict=False):
        if wanted is None:
            height, width = fit(frame.pixels.shape[0], frame.pixels.shape[1], size)
            wanted = seen_of(scene, height * width)
        if number in wanted:
            pictures.append(_at_size(frame, size, device))
            alphas.append(to_alpha(frame, device))
    return pictures, alphas


def _at_size(picture: Picture, size: int, device: torch.device) -> Tensor:
    image = to_tensor(picture, device)
    return resize(image, *fit(image.shape[-2], image.shape[-1], size))
