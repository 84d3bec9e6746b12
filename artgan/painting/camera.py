"""How a film's camera moves, so that the painter's grid moves with it.

The coarsest features of a painter in one pass lie 8 pixels apart: what moves by less than that falls on other places of
this grid, and is painted otherwise. Where the whole picture moves alike, as when a camera turns, the grid can follow.
"""

import torch.nn.functional as F
from torch import Tensor

from artgan.painting.motion import Motion, motion_between


class Camera:
    """How a scene's frames move, as they come."""

    def __init__(self) -> None:
        self._before: Tensor | None = None
        self._since = Motion()

    def next(self, frame: Tensor) -> Motion:
        """From this frame, (1, 3, H, W), to the one before."""
        motion = Motion() if self._before is None else motion_between(self._before, frame)
        self._before = frame
        self._since = self._since @ motion
        return motion

    @property
    def place(self) -> tuple[int, int]:
        """How far down and to the right of the first frame what its middle shows has moved in the last one."""
        shift = self._since.inverse.shift
        return round(shift.imag), round(shift.real)


def on_grid(image: Tensor, down: int, right: int, multiple: int) -> tuple[Tensor, int, int]:
    """An image that has moved so far with a mirror image before it, so that it lies on the grid as if it had not; and
    how many rows and columns there are before it. Sides stay the same, but for whole multiples."""
    top, left = -down % multiple, -right % multiple
    bottom, behind = -top % multiple, -left % multiple
    fits = min(image.shape[-2:]) > multiple
    return F.pad(image, (left, behind, top, bottom), mode="reflect" if fits else "replicate"), top, left
