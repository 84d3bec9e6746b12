"""What stands still in a film is held still: noise of a sensor or codec would be painted as something new each time.

A painter makes strokes of what it sees, so that it enlarges noise. Each frame is averaged with those before it, pixel
by pixel, as far as nothing has happened around the pixel: a change that is no larger than noise is taken in slowly, a
larger one at once. It is the frames that are averaged and not their paintings, whose strokes stay sharp that way.
"""

import torch.nn.functional as F
from torch import Tensor

_NOISE = 2 / 255
"""Mean change around a pixel that is taken for noise."""
_EVENT = 5 / 255
"""That is taken for something new; what lies between is in part."""
_SLOWLY = 0.2
"""The share of a frame in the average where there is noise only."""
_AROUND = 5
"""Sides of the square that is around a pixel."""


class Stilled:
    """The frames of a scene, as they come."""

    def __init__(self) -> None:
        self._before: Tensor | None = None

    def next(self, frame: Tensor) -> Tensor:
        """The next frame, (1, 3, H, W) in [0, 1]; the first one as it is. Where nothing changes nothing is changed."""
        if self._before is not None:
            change = frame - self._before
            frame = self._before + news(change) * change
        self._before = frame
        return frame


def news(change: Tensor) -> Tensor:
    """How much of a change (N, C, H, W) is taken at once around each pixel, (N, 1, H, W), at least what is always."""
    amount = change.abs().mean(1, keepdim=True)
    around = F.avg_pool2d(amount, _AROUND, stride=1, padding=_AROUND // 2, count_include_pad=False)
    return ((around - _NOISE) / (_EVENT - _NOISE)).clamp(_SLOWLY, 1)
