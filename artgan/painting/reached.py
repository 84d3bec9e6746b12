"""How far a painting is, as tensors: the part of its state that is no picture."""

from collections.abc import Mapping

import torch
from torch import Tensor

from artgan.painting.optimise import Reached


def pack_reached(reached: Reached, taken: Mapping[int, int], seconds: float) -> dict[str, Tensor]:
    """`taken` are the steps at each scale, counted from 1; `seconds` what has been spent until now."""
    return {
        "reached.scale": torch.tensor(reached.scale),
        "reached.step": torch.tensor(reached.step),
        "reached.taken": torch.tensor([taken[scale] for scale in sorted(taken)]),
        "reached.losses": torch.tensor(reached.losses, dtype=torch.float64),
        "reached.seconds": torch.tensor(seconds, dtype=torch.float64),
    }


def unpack_reached(state: Mapping[str, Tensor], taken: dict[int, int]) -> Reached:
    """Where `pack_reached` was; fills `taken`. Raises KeyError and ValueError when the state is of other scales."""
    counts = state["reached.taken"].tolist()
    scale = int(state["reached.scale"])
    if len(counts) != len(taken) or not 0 <= scale < len(counts):
        raise ValueError(f"{len(counts)} scales and not {len(taken)}")
    taken.update(zip(sorted(taken), counts, strict=True))
    return Reached(
        scale=scale,
        step=int(state["reached.step"]),
        total_steps=sum(counts),
        losses=state["reached.losses"].tolist(),
        seconds=float(state["reached.seconds"]),
    )
