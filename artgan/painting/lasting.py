"""What a film shows again is painted again as it was, however the camera moves.

The painting of the frame before is moved as the picture has moved and laid over the new one, as far as both frames show
the same there: strokes stay where they are in the scene, and are renewed little by little, or at once where something
is new. M. Ruder et al. ("Artistic Style Transfer for Videos", 2016, arXiv:1604.08610) begin a frame from the one before
in the same way; a painter in one pass has no beginning, so here it is the result that lasts.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from artgan.painting.motion import Motion
from artgan.painting.stilling import news

_COARSE = 5
"""Sides of the squares that two frames are compared by: what is finer is lost in resampling, and so no news."""
_FINE = 3
"""Sides of the squares that are without a painting's fine detail."""
_CRISPEST = 1.5
"""How much fine detail is strengthened at most."""


class Lasting:
    """The paintings of a scene, as they come."""

    def __init__(self) -> None:
        self._before: tuple[Tensor, Tensor] | None = None

    def next(self, frame: Tensor, painting: Tensor, motion: Motion) -> Tensor:
        """The next frame's painting, both (1, 3, H, W) in [0, 1], with its motion to the one before; the first as it
        is."""
        if self._before is not None:
            shown, seen = motion.of(self._before[0])
            lasting, _ = motion.of(self._before[1])
            if not motion.is_whole:
                lasting = _as_crisp(lasting, painting)
            share = torch.where(seen, news(_blurred(seen * (frame - shown), _COARSE)), 1.0)
            painting = (lasting + share * (painting - lasting)).clamp(0, 1)
        self._before = frame, painting
        return painting


def _as_crisp(lasting: Tensor, painting: Tensor) -> Tensor:
    """A painting that was resampled, which blurs more and more, with as much fine detail as a new one."""
    detail = lasting - _blurred(lasting, _FINE)
    wanted = painting - _blurred(painting, _FINE)
    stronger = (wanted.square().mean() / detail.square().mean().clamp_min(1e-12)).sqrt().clamp(1, _CRISPEST)
    return lasting + (stronger - 1) * detail


def _blurred(picture: Tensor, side: int) -> Tensor:
    return F.avg_pool2d(picture, side, stride=1, padding=side // 2, count_include_pad=False)
