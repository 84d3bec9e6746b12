"""What a run will take, found out by running a few of its steps: `--dry-run`."""

import math
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

import torch
from torch import Tensor, nn

from artgan.config.train import TrainConfig
from artgan.config.values import parse_duration
from artgan.events import Summary
from artgan.training.distributed import Processes
from artgan.training.engine import Engine, Limits
from artgan.training.task import Task

if sys.platform != "win32":
    import resource

_WARM_UP = 2
_MOST_STEPS = 20
_MOST_SECONDS = 10.0
_FEWEST_IMAGES, _MOST_IMAGES, _SHOWINGS = 300_000, 3_000_000, 1000


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a run will take."""

    networks: Mapping[str, int]
    """Trainable parameters by network."""
    pictures: int
    batch_size: int
    seconds_a_step: float
    pictures_per_second: float
    memory_bytes: int
    """The most that the process, or on a GPU its tensors, took during the steps."""
    steps: int | None
    seconds: float
    """From the beginning to the limit that comes first."""
    disk_bytes: int
    """Of state, model and best model; samples come on top."""

    def details(self) -> dict[str, object]:
        """Everything, for programs."""
        return asdict(self)

    def forecast(self) -> str:
        """How long it will take, in a line."""
        steps = self.seconds / self.seconds_a_step if self.steps is None else self.steps
        return (
            f"{self.seconds_a_step:.3g} s a step: about {_time(self.seconds)} for {steps:,.0f} steps; Ctrl-C saves, "
            "and --resume goes on"
        )

    def summary(self) -> Summary:
        """Everything, for people."""
        rows = [(f"{name} parameters", f"{count:,}") for name, count in self.networks.items()]
        rows += [
            ("pictures to learn from", f"{self.pictures:,}"),
            ("pictures a step", f"{self.batch_size}"),
            ("seconds a step", f"{self.seconds_a_step:.3g}"),
            ("pictures a second", f"{self.pictures_per_second:.4g}"),
            ("memory", f"{self.memory_bytes / 2**20:,.0f} MiB"),
            ("steps", "as time allows" if self.steps is None else f"{self.steps:,}"),
            ("time", _time(self.seconds)),
            ("disk", f"{self.disk_bytes / 2**20:,.0f} MiB"),
        ]
        return Summary(title="This run", columns=("", ""), rows=tuple(rows))


def limits(config: TrainConfig, pictures: int) -> tuple[Limits, str | None]:
    """When a run over so many pictures ends, and what to say when that is artgan's choice.

    Steps, images and epochs become steps, of which the fewest count. With nothing given, each picture is shown 1000
    times, but 300,000 are shown at least and 3,000,000 at most: what small sets were trained for in the literature on
    little data (Karras et al. 2020; Zhao et al. 2020).
    """
    wanted = [config.images] if config.images is not None else []
    wanted += [math.ceil(config.epochs * pictures)] if config.epochs is not None else []
    steps = [math.ceil(images / config.batch_size) for images in wanted]
    steps += [config.steps] if config.steps is not None else []
    seconds = None if config.budget is None else parse_duration(config.budget, "--budget")
    if steps or seconds is not None:
        return Limits(steps=min(steps, default=None), seconds=seconds), None
    images = min(max(_SHOWINGS * pictures, _FEWEST_IMAGES), _MOST_IMAGES)
    chosen = math.ceil(images / config.batch_size)
    text = f"{chosen} steps ({images:,} pictures shown); --steps, --images, --epochs or --budget 30m say otherwise"
    return Limits(steps=chosen, seconds=None), text


def measure(
    engine: Engine,
    task: Task,
    config: TrainConfig,
    bounds: Limits,
    pictures: int,
    device: torch.device,
    processes: Processes,
) -> Plan:
    """Run a few steps and tell what the whole run will take. The engine must have no run folder.

    Every one of the processes must take part: they share each step.
    """
    for _ in range(_WARM_UP):
        engine.step()
    _wait_for(device)
    began, took, count = time.monotonic(), 0.0, 0
    while count < _MOST_STEPS and took < _MOST_SECONDS:
        engine.step()
        count += 1
        (took,) = processes.agree([time.monotonic() - began])
    _wait_for(device)
    pace = (time.monotonic() - began) / count
    estimates = [bounds.seconds] if bounds.seconds is not None else []
    estimates += [bounds.steps * pace] if bounds.steps is not None else []
    return Plan(
        networks={name: trainable(network) for name, network in task.networks.items()},
        pictures=pictures,
        batch_size=config.batch_size,
        seconds_a_step=pace,
        pictures_per_second=config.batch_size / pace,
        memory_bytes=_most_memory(device),
        steps=bounds.steps,
        seconds=min(estimates),
        disk_bytes=_disk(engine, task),
    )


def trainable(network: nn.Module) -> int:
    """How many parameters are trained."""
    return sum(parameter.numel() for parameter in network.parameters() if parameter.requires_grad)


def _disk(engine: Engine, task: Task) -> int:
    """Bytes of a checkpoint, while the next one is written beside the old, and of the shared models."""
    networks = sum(_bytes(network.state_dict().values()) for network in task.networks.values())
    averaged = sum(_bytes(network.state_dict().values()) for network in engine.averaged.values())
    moments = sum(_bytes(state.values()) for o in task.optimizers.values() for state in o.state.values())
    return 2 * (networks + averaged + moments) + 3 * averaged


def _bytes(tensors: Iterable[Tensor]) -> int:
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)


def _most_memory(device: torch.device) -> int:
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    if device.type == "mps":
        return torch.mps.driver_allocated_memory()
    if sys.platform == "win32":
        return 0  # the one system whose Python cannot say
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _wait_for(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()


def _time(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60:02d} min" if minutes >= 60 else f"{seconds / 60:.1f} min"
