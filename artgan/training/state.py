"""The exact state of a run as named tensors, so that it continues bit for bit, whatever the order of anything.

Names are "network/NETWORK/...", "average/NETWORK/...", "optimizer/OPTIMIZER/NETWORK.PARAMETER/MOMENT", "extra/..." and
"pending/..." for what is not yet logged. No generator's state is kept: everything random is derived from the seed and
the step (see `seeds`).
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from artgan.errors import WeightsError
from artgan.io.checkpoints import load_tensors, save_tensors
from artgan.io.files import quoted
from artgan.training.averaging import Averages
from artgan.training.task import Task

_VERSION = 1
STATE_KEY = "artgan.state"
"""The metadata that tells a training state: version, task, seed, step."""


@dataclass(frozen=True, kw_only=True)
class Position:
    """Where a run stands: steps done, pictures trained on, seconds of training so far."""

    step: int = 0
    images_seen: int = 0
    seconds: float = 0.0


def save_state(
    path: Path, task: Task, averages: Averages, position: Position, pending: Mapping[str, Tensor], seed: int
) -> None:
    """Write everything a run is to a safetensors file, whole or not at all; `pending` are values not yet logged."""
    tensors = {f"pending/{name}": values for name, values in pending.items()}
    tensors |= {f"extra/{name}": value for name, value in task.extra_state().items()}
    for name, network in task.networks.items():
        tensors |= {f"network/{name}/{key}": value for key, value in network.state_dict().items()}
    for name, state in averages.state().items():
        tensors |= {f"average/{name}/{key}": value for key, value in state.items()}
    for name, optimizer in task.optimizers.items():
        for parameter, place in zip(_parameters(optimizer), _places(task, name, optimizer), strict=True):
            tensors |= {f"{place}/{key}": value for key, value in optimizer.state[parameter].items()}
    about = {"version": _VERSION, "task": task.name, "seed": seed, **asdict(position)}
    save_tensors(path, tensors, {STATE_KEY: json.dumps(about)})


def load_state(path: Path, task: Task, averages: Averages, seed: int) -> tuple[Position, dict[str, Tensor]]:
    """Bring a task and its averages to where `save_state` found them; the position and the pending values.

    Raises:
        WeightsError: the file is missing or damaged, or of another task, other networks, or a newer artgan.
    """
    tensors, metadata = load_tensors(path)
    about = _about(metadata, path)
    if (about["task"], about["seed"]) != (task.name, seed):
        raise WeightsError(f"{quoted(path)} is the state of another run")
    groups: dict[str, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        kind, _, rest = name.partition("/")
        groups.setdefault(kind, {})[rest] = tensor
    try:
        for name, network in task.networks.items():
            network.load_state_dict(_below(groups.get("network", {}), name))
        averages.load_state({name: _below(groups.get("average", {}), name) for name in averages.networks})
        for name, optimizer in task.optimizers.items():
            _load_optimizer(optimizer, _places(task, name, optimizer), tensors)
        task.load_extra_state(groups.get("extra", {}))
    except (RuntimeError, KeyError, ValueError) as error:
        raise WeightsError(f"{quoted(path)} does not fit the networks: {' '.join(str(error).split())[:200]}") from error
    position = Position(step=about["step"], images_seen=about["images_seen"], seconds=about["seconds"])
    return position, groups.get("pending", {})


def all_finite(networks: Iterable[nn.Module]) -> bool:
    """Whether no weight and no buffer is infinite or not a number; one look at the device."""
    tensors = [t for network in networks for t in network.state_dict().values() if t.is_floating_point()]
    norms = torch.stack(torch._foreach_norm(tensors, float("inf")))
    return bool(torch.isfinite(norms).all())


def _about(metadata: Mapping[str, str], path: Path) -> dict[str, Any]:
    try:
        about: dict[str, Any] = json.loads(metadata[STATE_KEY])
        version = int(about["version"])
    except (KeyError, ValueError, TypeError) as error:
        raise WeightsError(f"{quoted(path)} is no state of a training run") from error
    if version > _VERSION:
        raise WeightsError(f"{quoted(path)} was written by a newer artgan: update artgan to continue the run")
    return about


def _parameters(optimizer: torch.optim.Optimizer) -> list[Tensor]:
    return [parameter for group in optimizer.param_groups for parameter in group["params"]]


def _places(task: Task, name: str, optimizer: torch.optim.Optimizer) -> list[str]:
    """Where each parameter's moments are kept, by the parameter's name and not by its number."""
    known = {id(p): f"{net}.{key}" for net, network in task.networks.items() for key, p in network.named_parameters()}
    return [f"optimizer/{name}/{known[id(parameter)]}" for parameter in _parameters(optimizer)]


def _load_optimizer(optimizer: torch.optim.Optimizer, places: list[str], tensors: Mapping[str, Tensor]) -> None:
    state: dict[int, dict[str, Tensor]] = {}
    for number, (parameter, place) in enumerate(zip(_parameters(optimizer), places, strict=True)):
        moments = _below(tensors, place)
        # Moments lie in memory as their parameter does, which fused optimizers rely on.
        state[number] = {
            key: torch.empty_like(parameter, device="cpu").copy_(value) if value.shape == parameter.shape else value
            for key, value in moments.items()
        }
    filled = {number: moments for number, moments in state.items() if moments}
    optimizer.load_state_dict({"state": filled, "param_groups": optimizer.state_dict()["param_groups"]})


def _below(tensors: Mapping[str, Tensor], name: str) -> dict[str, Tensor]:
    prefix = f"{name}/"
    return {key.removeprefix(prefix): tensor for key, tensor in tensors.items() if key.startswith(prefix)}
