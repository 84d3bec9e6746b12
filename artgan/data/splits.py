"""Which pictures are learnt from and which are held out: by duplicate cluster, and for good.

A near duplicate of a training picture must not be held out, or the measure of what was learnt is a measure of what
was memorised. And a picture once held out must stay so when more pictures come, or old scores mean nothing.
"""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Literal

Split = Literal["train", "held-out"]


def assign(cluster_key: str, *, fraction_held_out: float, seed: int) -> Split:
    """The split of every picture of a cluster; depends on nothing but the arguments.

    A larger fraction only moves clusters from "train" to "held-out", never back.
    """
    digest = sha256(f"{seed}:{cluster_key}".encode()).digest()
    place = int.from_bytes(digest[:8], "big") / 2**64
    return "held-out" if place < fraction_held_out else "train"


def cluster_keys(
    clusters: Sequence[int], members: Sequence[str], *, known: Mapping[str, str] | None = None
) -> list[str]:
    """The key of each picture's cluster, to be given to `assign`: a name that lasts as the set grows.

    Args:
        clusters: the cluster number of each picture, as `artgan.data.duplicates.cluster` gives them.
        members: a lasting name of each picture, such as the SHA-256 of its bytes.
        known: the keys that members got in an earlier run. A cluster with known members keeps the smallest of their
            keys; without one, the smallest of its members' names is its key.
    """
    earlier = known or {}
    best: dict[int, tuple[bool, str]] = {}
    for number, member in zip(clusters, members, strict=True):
        candidate = (member not in earlier, earlier.get(member, member))
        if number not in best or candidate < best[number]:
            best[number] = candidate
    return [best[number][1] for number in clusters]
