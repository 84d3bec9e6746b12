"""How a film's camera moves, so that the painter's grid moves with it.

The coarsest features of a painter in one pass lie 8 pixels apart: what moves by less than that falls on other places of
this grid, and is painted otherwise. Where the whole picture moves alike, as when a camera turns, the grid can follow.

The shift between two frames is found by phase correlation (C. Kuglin and D. Hines, "The phase correlation image
alignment method", 1975), to a fraction of a pixel by H. Foroosh et al., "Extension of phase correlation to subpixel
registration" (2002).
"""

import torch
import torch.nn.functional as F
from torch import Tensor

_LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601
_FARTHEST = 0.25
"""Of a side: a shift beyond shares too little of the picture to be sure of."""
_BETTER = 0.6
"""What undoing a shift leaves at most of the difference of two frames; else they are taken to stand still, lest the
grid jumps under a picture in which something passes by."""


class Camera:
    """Where a scene's frames lie, as they come, if the first one lies at 0."""

    def __init__(self) -> None:
        self._before: Tensor | None = None
        self._down = self._right = 0.0

    def next(self, frame: Tensor) -> tuple[int, int]:
        """How far down and to the right of the first frame what is seen has moved in this one, (1, 3, H, W)."""
        light = (frame * torch.tensor(_LUMA, device=frame.device).view(1, 3, 1, 1)).sum(1)[0]
        if self._before is not None:
            down, right = moved(self._before, light)
            self._down, self._right = self._down + down, self._right + right
        self._before = light
        return round(self._down), round(self._right)


def moved(before: Tensor, after: Tensor) -> tuple[float, float]:
    """How far down and to the right all of a picture (H, W) has moved; 0 where it has not, or not all alike."""
    height, width = before.shape
    window = torch.outer(*(torch.hann_window(side, periodic=False, device=before.device) for side in (height, width)))
    one, other = (torch.fft.rfft2((picture - picture.mean()) * window) for picture in (before, after))
    cross = other * one.conj()
    peaks = torch.fft.irfft2(cross / cross.abs().clamp_min(1e-9), s=(height, width))
    place = int(peaks.argmax())
    shift = [_signed(place // width, height), _signed(place % width, width)]
    if shift == [0, 0] or any(abs(n) > _FARTHEST * side for n, side in zip(shift, (height, width), strict=True)):
        return 0.0, 0.0
    if _difference(before, after, shift[0], shift[1]) > _BETTER * _difference(before, after, 0, 0):
        return 0.0, 0.0
    row, column = place // width, place % width
    return (
        shift[0] + _between(peaks[row - 1, column], peaks[row, column], peaks[(row + 1) % height, column]),
        shift[1] + _between(peaks[row, column - 1], peaks[row, column], peaks[row, (column + 1) % width]),
    )


def on_grid(image: Tensor, down: int, right: int, multiple: int) -> tuple[Tensor, int, int]:
    """An image that has moved so far with a mirror image before it, so that it lies on the grid as if it had not; and
    how many rows and columns there are before it. Sides stay the same, but for whole multiples."""
    top, left = -down % multiple, -right % multiple
    bottom, behind = -top % multiple, -left % multiple
    fits = min(image.shape[-2:]) > multiple
    return F.pad(image, (left, behind, top, bottom), mode="reflect" if fits else "replicate"), top, left


def _difference(before: Tensor, after: Tensor, down: int, right: int) -> float:
    """Mean change where both show the same place."""
    height, width = before.shape
    seen = before[max(0, -down) : height - max(0, down), max(0, -right) : width - max(0, right)]
    again = after[max(0, down) : height + min(0, down), max(0, right) : width + min(0, right)]
    return float((seen - again).abs().mean())


def _signed(place: int, side: int) -> int:
    return place if place <= side // 2 else place - side


def _between(before: Tensor, peak: Tensor, after: Tensor) -> float:
    """Where between its neighbours a peak lies, from the middle: it is shared out by how near each of them is."""
    side, sign = (before, -1) if before > after else (after, 1)
    share = max(0.0, float(side))
    return sign * share / (share + float(peak))
