"""How all of a picture moves from one frame of a film to the next: shifted, turned and scaled, to parts of a pixel.

A shift by phase correlation (C. Kuglin and D. Hines, "The phase correlation image alignment method", 1975) is where
least squares begin: B. Lucas and T. Kanade, "An iterative image registration technique" (1981), coarse to fine as in J.
Bergen et al., "Hierarchical model-based motion estimation" (1992). What moves for itself counts little: residuals are
weighed as in J.-M. Odobez and P. Bouthemy, "Robust multiresolution estimation of parametric motion models" (1995).
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from artgan.painting.pyramid import fit, resize

_LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601
_FARTHEST = 0.25
"""Of a side: a shift beyond shares too little of the picture to be sure of."""
_BETTER = 0.6
"""What undoing a motion leaves at most of the difference of two frames; else they are taken to stand still, lest all is
moved where something passes by."""
_SIDES = (64, 128, 256)
"""Long sides that the motion is found at, one after the other."""
_ROUNDS = 12
"""Of least squares, at each, unless no place is moved by _SETTLED pixels any more."""
_SETTLED = 0.005
_LEAST = 16
"""Pixels that both frames have to show."""
_HARDLY = 0.05
"""Pixels: what moves no place by more stands still, and what is so near to whole pixels moves by these."""


@dataclass(frozen=True, kw_only=True)
class Motion:
    """From places in a frame to those in the one before that show the same.

    Places are complex numbers, right + down i, in pixels from the middle.

    Attributes:
        turned: what a place is multiplied by.
        shift: what is added then.
    """

    turned: complex = 1
    shift: complex = 0

    def __matmul__(self, other: "Motion") -> "Motion":
        """This one after another."""
        return Motion(turned=self.turned * other.turned, shift=self.turned * other.shift + self.shift)

    @property
    def inverse(self) -> "Motion":
        """From places in the frame before to those in this one."""
        return Motion(turned=1 / self.turned, shift=-self.shift / self.turned)

    def scaled(self, factor: float) -> "Motion":
        """The same in pictures so many times as large."""
        return Motion(turned=self.turned, shift=self.shift * factor)

    def farthest(self, height: int, width: int) -> float:
        """How many pixels a place is moved at most, in a picture of this size."""
        corners = (complex(right * width / 2, down * height / 2) for right in (-1, 1) for down in (-1, 1))
        return max(abs((self.turned - 1) * corner + self.shift) for corner in corners)

    def snapped(self, height: int, width: int) -> "Motion":
        """By whole pixels where it is as good as that, so that nothing needs to be resampled."""
        return self._whole if (self @ self._whole.inverse).farthest(height, width) <= _HARDLY else self

    def of(self, before: Tensor) -> tuple[Tensor, Tensor]:
        """A picture (1, C, H, W) seen from where the next frame is seen; and where it shows something, (1, 1, H, W)."""
        height, width = before.shape[-2:]
        down, right = (torch.arange(side, device=before.device) - (side - 1) / 2 for side in (height, width))
        columns = self.turned.real * right[None] - self.turned.imag * down[:, None] + self.shift.real
        rows = self.turned.imag * right[None] + self.turned.real * down[:, None] + self.shift.imag
        seen = ((columns.abs() <= (width - 1) / 2) & (rows.abs() <= (height - 1) / 2))[None, None]
        if self.is_whole:
            return torch.roll(before, (-round(self.shift.imag), -round(self.shift.real)), (-2, -1)), seen
        grid = torch.stack([columns * 2 / width, rows * 2 / height], -1)[None]
        # Not every version of torch can do this on Apple's devices.
        device = torch.device("cpu") if before.device.type == "mps" else before.device
        moved = F.grid_sample(before.to(device), grid.to(device), "bicubic", "border", align_corners=False)
        return moved.to(before.device), seen

    @property
    def is_whole(self) -> bool:
        """Whether it is by whole pixels, without a turn, so that nothing is resampled."""
        return self == self._whole

    @property
    def _whole(self) -> "Motion":
        """By the nearest whole pixels, without a turn."""
        return Motion(shift=complex(round(self.shift.real), round(self.shift.imag)))


def motion_between(before: Tensor, after: Tensor) -> Motion:
    """Of frames (1, 3, H, W); none where the picture does not move, or not all alike."""
    height, width = after.shape[-2:]
    side = max(height, width)
    found = Motion()
    for level, long_side in enumerate(sorted({min(side, s) for s in _SIDES})):
        one, other = (_sketch(frame, *fit(height, width, long_side)) for frame in (before, after))
        factor = long_side / side
        start = _start(one, other) if level == 0 else found.scaled(factor)
        found = _refined(one, other, start).scaled(1 / factor)
    aligned = found.snapped(height, width)
    if aligned == Motion() or aligned.farthest(height, width) > 2 * _FARTHEST * side:
        return Motion()
    at = aligned.scaled(factor)
    return aligned if _difference(one, other, at) <= _BETTER * _difference(one, other, Motion()) else Motion()


def _refined(before: Tensor, after: Tensor, found: Motion) -> Motion:
    """By least squares from a motion that is nearly right.

    How much the picture changes with each of its four numbers is told by the slopes of light, halfway between both.
    """
    height, width = after.shape[-2:]
    down, right = (torch.arange(side) - (side - 1) / 2 for side in (height, width))
    right, down = right[None].expand(height, width), down[:, None].expand(height, width)
    along = _slopes(after)
    for _ in range(_ROUNDS):
        moved, seen = found.of(before)
        error = (after - moved)[seen]
        if len(error) < _LEAST:
            return found
        slope_down, slope_right = ((one + other)[0, 0] / 2 for one, other in zip(along, _slopes(moved), strict=True))
        parts = torch.stack(
            [slope_right * right + slope_down * down, slope_down * right - slope_right * down, slope_right, slope_down]
        )[:, seen[0, 0]].double()
        spread = 1.5 * error.abs().median() + 1 / 255
        weights = (1 / (1 + (error / spread).square()).square()).double()
        normal = (parts * weights) @ parts.T
        normal += 1e-6 * normal.diagonal().mean().clamp_min(1e-9) * torch.eye(4)
        step = torch.linalg.solve(normal, (parts * weights) @ error.double()).tolist()
        change = Motion(turned=1 + complex(step[0], step[1]), shift=complex(step[2], step[3]))
        if not change.farthest(height, width) < max(height, width):  # lost, or no number
            break
        found = found @ change
        if change.farthest(height, width) < _SETTLED:
            break
    return found


def _start(before: Tensor, after: Tensor) -> Motion:
    """By phase correlation a shift by whole pixels, if it is better than none."""
    shift = Motion(shift=_shift(before[0, 0], after[0, 0]))
    return shift if _difference(before, after, shift) < _difference(before, after, Motion()) else Motion()


def _shift(before: Tensor, after: Tensor) -> complex:
    height, width = before.shape
    window = torch.outer(*(torch.hann_window(side, periodic=False) for side in (height, width)))
    one, other = (torch.fft.rfft2((picture - picture.mean()) * window) for picture in (before, after))
    cross = one * other.conj()
    place = int(torch.fft.irfft2(cross / cross.abs().clamp_min(1e-9), s=(height, width)).argmax())
    down, right = _signed(place // width, height), _signed(place % width, width)
    if abs(down) > _FARTHEST * height or abs(right) > _FARTHEST * width:
        return 0
    return complex(right, down)


def _sketch(frame: Tensor, height: int, width: int) -> Tensor:
    """Light and dark at this size, (1, 1, H, W), without the finest waves, of which resampling tells little."""
    small = resize(frame, height, width).cpu()  # few pixels, and doubles, which not every device has
    light = (small * torch.tensor(_LUMA).view(1, 3, 1, 1)).sum(1, keepdim=True)
    padded = F.pad(light, (1, 1, 1, 1), mode="replicate")
    across = padded[..., :-2] + 2 * padded[..., 1:-1] + padded[..., 2:]
    return (across[..., :-2, :] + 2 * across[..., 1:-1, :] + across[..., 2:, :]) / 16


def _slopes(picture: Tensor) -> tuple[Tensor, Tensor]:
    """By central differences, down and to the right."""
    padded = F.pad(picture, (1, 1, 1, 1), mode="replicate")
    down = (padded[..., 2:, 1:-1] - padded[..., :-2, 1:-1]) / 2
    return down, (padded[..., 1:-1, 2:] - padded[..., 1:-1, :-2]) / 2


def _difference(before: Tensor, after: Tensor, motion: Motion) -> float:
    """Mean change where both show the same place."""
    moved, seen = motion.of(before)
    return float((after - moved).abs()[seen].mean())


def _signed(place: int, side: int) -> int:
    return place if place <= side // 2 else place - side
