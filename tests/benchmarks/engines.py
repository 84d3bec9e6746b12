"""Engines as `artgan train` makes them, on the CPU and without a run's folder."""

from collections.abc import Mapping

from artgan.config.train import TrainConfig
from artgan.data.datasets import Dataset
from artgan.events import ignore
from artgan.pipelines.methods import METHODS
from artgan.runtime import resolve_precision
from artgan.training.distributed import Processes
from artgan.training.engine import Engine, Limits
from artgan.training.feed import Feed

from workload import CPU


def engine_of(method: str, config: TrainConfig, data: Mapping[str, Dataset]) -> Engine:
    """What trains a method of METHODS with these options, a seed and a number of steps among them."""
    assert config.seed is not None
    precision = resolve_precision(config.precision, CPU)
    return Engine(
        METHODS[method].build_task(config, data, seed=config.seed, device=CPU, precision=precision, listener=ignore),
        Feed(data, batch_size=config.batch_size, seed=config.seed, device=CPU, mirror=config.mirror),
        config,
        limits=Limits(steps=config.steps, seconds=None),
        seed=config.seed,
        device=CPU,
        precision=precision,
        processes=Processes(),
    )
