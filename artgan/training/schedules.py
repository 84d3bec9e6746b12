"""How the learning rate goes over a run."""

import math


def multiplier(schedule: str, progress: float) -> float:
    """What the learning rate is multiplied with when a share `progress`, from 0 to 1, of the run is done.

    "constant" is 1; "linear" falls to 0; "cosine" falls to 0 as half a cosine (Loshchilov and Hutter 2017, without
    restarts); "hold-then-decay" is 1 for the first half, then falls linearly (Zhu et al. 2017, section 4);
    "hold-80" is 1 for the first four fifths.
    """
    progress = min(max(progress, 0.0), 1.0)
    if schedule == "linear":
        return 1 - progress
    if schedule == "cosine":
        return (1 + math.cos(math.pi * progress)) / 2
    if schedule == "hold-then-decay":
        return min(1.0, 2 * (1 - progress))
    if schedule == "hold-80":
        return min(1.0, 5 * (1 - progress))
    return 1.0
