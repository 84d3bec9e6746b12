"""The state of torch.optim.LBFGS on one picture as named tensors, and back: what a painting that goes on needs."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

_PREFIX = "lbfgs."
_COUNTS = frozenset({"n_iter", "func_evals"})
_LISTS = ("old_dirs", "old_stps", "ro")
_SCRATCH = "al"
"""Room for the two-loop recursion, written before it is read."""


def lbfgs_tensors(state: Mapping[str, Any]) -> dict[str, Tensor]:
    """A tensor for each number, tensor and member of a list in the optimiser's state of its one parameter."""
    tensors: dict[str, Tensor] = {}
    for key, value in state.items():
        if key == _SCRATCH or value is None:
            continue
        if isinstance(value, list):
            tensors |= {f"{_PREFIX}{key}.{number:03d}": member for number, member in enumerate(value)}
        else:
            exact = value if isinstance(value, Tensor) else torch.tensor(value, dtype=torch.float64)
            tensors[_PREFIX + key] = exact
    return tensors


def lbfgs_state(tensors: Mapping[str, Tensor], device: torch.device, history: int) -> dict[str, Any]:
    """What `lbfgs_tensors` took apart; other tensors are left alone. `history` is the optimiser's."""
    state: dict[str, Any] = {name: [] for name in _LISTS}
    for name in sorted(tensors):
        if not name.startswith(_PREFIX):
            continue
        key, _, number = name.removeprefix(_PREFIX).partition(".")
        value = tensors[name]
        if number:
            state[key].append(value.to(device, copy=True))
        elif key in _COUNTS:
            state[key] = int(value)
        elif value.dtype == torch.float64:
            state[key] = float(value)
        else:
            state[key] = value.to(device, copy=True)
    return state | {_SCRATCH: [None] * history}
