"""How much a film flickers: what changes from frame to frame where nothing of what is seen does.

The warping error of W.-S. Lai et al., "Learning Blind Video Temporal Consistency" (2018, arXiv:1808.00449), and the
temporal loss of M. Ruder et al., "Artistic Style Transfer for Videos" (2016, arXiv:1604.08610): each frame is compared
with the next after the motion between them is undone, where both show the same place. They estimate motion; here it is
known, a shift by whole pixels, so that nothing of the error is the estimate's. The root is taken of the mean square,
which has the unit of the pixels.

A film that shows nothing but one colour does not flicker, and a content with noise in it does: so the number is to be
read beside that of another way to paint the same film, and beside the content's own.
"""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor


def flicker(
    frames: Sequence[Tensor], motion: tuple[int, int] = (0, 0), counted: Sequence[Tensor] | None = None
) -> float:
    """Root mean square of the change between successive frames, all pairs and pixels alike.

    Args:
        frames: two or more, (1, C, H, W), of one size.
        motion: how many pixels down and to the right all that is seen moves from each frame to the next.
        counted: for each frame (1, 1, H, W), true where its pixels count; a pair is compared where both do, as a place
            that something passes by is the same place in neither of both.

    Returns:
        In the unit of the frames; 0 where nothing changes. NaN where there is nothing to compare.
    """
    total, count = 0.0, 0
    everywhere = torch.ones_like(frames[0][:, :1], dtype=torch.bool)
    masks = [everywhere] * len(frames) if counted is None else [mask.bool() for mask in counted]
    for (before, after), (known, known_after) in zip(pairwise(frames), pairwise(masks), strict=True):
        change = _still_seen(before, motion) - _moved(after, motion)
        both = (_still_seen(known, motion) & _moved(known_after, motion)).expand_as(change)
        total += change[both].double().square().sum().item()
        count += int(both.sum())
    return (total / count) ** 0.5 if count else float("nan")


def _still_seen(frame: Tensor, motion: tuple[int, int]) -> Tensor:
    """What the next frame shows, too."""
    return _moved(frame, (-motion[0], -motion[1]))


def _moved(frame: Tensor, motion: tuple[int, int]) -> Tensor:
    """What the frame before shows, too, in its order."""
    (height, width), (down, right) = frame.shape[-2:], motion
    return frame[..., max(0, down) : height + min(0, down), max(0, right) : width + min(0, right)]
