"""How much arithmetic work takes, and how much the machine can do at most: a bare convolution."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated

import torch
from torch.utils.flop_counter import FlopCounterMode

from artgan.models.encoder_passes import Convolution
from artgan.runtime import generator, resolve_precision

from page import Spread
from workload import CPU

CEILING_CHANNELS, CEILING_SIDE = 256, 64
CEILING_GFLOP = 2 * 9 * CEILING_CHANNELS**2 * CEILING_SIDE**2 / 1e9


CEILING_TEXT = "What this machine can do: a 3x3 convolution, 256 to 256 channels at 64x64, with its ReLU."
COUNTED_TEXT = """\
GFLOP counts convolutions and matrix products, forward and backward, a multiplication and an addition as
two; the share of the ceiling is taken within each turn."""


@dataclass(frozen=True)
class CeilingRow:
    precision: Annotated[str, "precision"]
    gflops: Annotated[Spread, "GFLOP/s"]


def gflop_of(work: Callable[[], object]) -> float:
    """What PyTorch counts of it: convolutions and matrix products, forward and backward, a multiplication and an
    addition as two."""
    with FlopCounterMode(display=False) as counter:
        work()
    return counter.get_total_flops() / 1e9


def bare_convolution(precision: str, seed: int) -> Callable[[], object]:
    """The heart of VGG19 alone: one 3x3 convolution with its ReLU, forward, on the fastest path there is."""
    random, dtype = generator(seed), resolve_precision(precision, CPU)
    weight = torch.randn(CEILING_CHANNELS, CEILING_CHANNELS, 3, 3, generator=random) / 48
    convolution = Convolution(weight.to(dtype), torch.zeros(CEILING_CHANNELS, dtype=dtype))
    maps = torch.randn(1, CEILING_CHANNELS, CEILING_SIDE, CEILING_SIDE, generator=random)
    maps = maps.to(dtype, memory_format=torch.channels_last)
    return lambda: convolution.forward(maps)


def per_second(work: Callable[[], object], *, warmup: int, steps: int) -> float:
    """How often work is done in a second: `steps` times are timed, after `warmup` that are not."""
    for _ in range(warmup):
        work()
    began = time.perf_counter()
    for _ in range(steps):
        work()
    return steps / (time.perf_counter() - began)


def ceiling_rate(precision: str, seed: int, *, warmup: int, steps: int) -> float:
    """GFLOP a second of the bare convolution."""
    return CEILING_GFLOP * per_second(bare_convolution(precision, seed), warmup=warmup, steps=steps)


def of_the_ceiling(rates: Sequence[float], gflop: float, ceiling: Sequence[float]) -> str:
    """The median share, each taken within a round, whose parts saw the same state of the machine."""
    return f"{Spread.of(rate * gflop / most for rate, most in zip(rates, ceiling, strict=True)).median:.0%}"
