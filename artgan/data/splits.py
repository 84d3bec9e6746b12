"""Which pictures are learnt from and which are held out: by their content alone, whatever else is in the set.

A picture that was learnt from must never be held out when more pictures come, or the measure of what was learnt is a
measure of what was memorised.
"""

from hashlib import sha256
from typing import Literal

Split = Literal["train", "held-out"]


def assign(key: str, *, fraction_held_out: float, seed: int) -> Split:
    """The split of the picture of this key, its SHA-256 say; depends on nothing but the arguments.

    A larger fraction only moves pictures from "train" to "held-out", never back.
    """
    digest = sha256(f"{seed}:{key}".encode()).digest()
    place = int.from_bytes(digest[:8], "big") / 2**64
    return "held-out" if place < fraction_held_out else "train"
