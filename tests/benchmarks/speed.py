"""Seconds a step, and how near that is to what the machine can do."""

import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, TypeVar

from artgan.config.transfer import TransferConfig
from artgan.models.encoder import Encoder
from artgan.painting.optimise import Descent
from artgan.painting.pyramid import Scale, resize

from arithmetic import CEILING_GFLOP, bare_convolution
from page import Spread
from workload import Encoders, Pair, objective_of, precision_title, precisions

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class CeilingRow:
    precision: Annotated[str, "precision"]
    seconds: Annotated[Spread, "seconds a convolution"]
    gflops: Annotated[float, "GFLOP/s"]


@dataclass(frozen=True)
class StepRow:
    size: Annotated[str, "size"]
    encoder: Annotated[str, "encoder"]
    precision: Annotated[str, "precision"]
    seconds: Annotated[Spread, "seconds a step"]
    gflop: Annotated[float, "GFLOP a step"]
    gflops: Annotated[float, "GFLOP/s"]
    share: Annotated[str, "of the ceiling"]


@dataclass(frozen=True)
class RatioRow:
    size: Annotated[str, "size"]
    ratio: Annotated[str, "seconds a step of"]
    value: Annotated[Spread, "ratio"]


@dataclass(frozen=True)
class Speed:
    ceiling: list[CeilingRow]
    steps: list[StepRow]
    ratios: list[RatioRow]


def measure_speed(encoders: Encoders, pair: Pair, sizes: Sequence[tuple[int, int]], repeats: int, seed: int) -> Speed:
    """Time steps at (width, height) sizes for every encoder and precision, and a bare convolution among them."""
    ceiling: list[CeilingRow] = []
    steps: list[StepRow] = []
    ratios: list[RatioRow] = []
    # All sizes in the same rounds, so that a slow minute of the machine hits every row alike.
    cases = [(size, name, precision) for size in sizes for name in encoders.names for precision in precisions()]
    work: dict[tuple[tuple[int, int], str, str], Callable[[], object]] = {
        ((0, 0), "ceiling", precision): bare_convolution(precision, seed) for precision in precisions()
    }
    gflop = {}
    for size, name, precision in cases:
        encoder = encoders.load(name, precision)
        work[size, name, precision], gflop[size, name] = _painting_step(encoder, pair, *size)
    seconds = interleaved(work, repeats)

    reached = {}
    for precision in precisions():
        spread = Spread.of(seconds[(0, 0), "ceiling", precision])
        reached[precision] = CEILING_GFLOP / spread.median
        ceiling.append(CeilingRow(precision_title(precision), spread, reached[precision]))
    for size, name, precision in cases:
        spread = Spread.of(seconds[size, name, precision])
        gflops = gflop[size, name] / spread.median
        share = f"{gflops / reached[precision]:.0%}"
        steps.append(StepRow(_title(size), name, precision_title(precision), spread, gflop[size, name], gflops, share))
    for size in sizes:
        for name in encoders.names if "auto" in precisions() else ():
            title = f"{name}: bfloat16 / float32"
            ratios.append(RatioRow(_title(size), title, _ratio(seconds, (size, name, "auto"), (size, name, "float32"))))
        for precision in precisions() if "vgg19" in encoders.names else ():
            title = f"{precision_title(precision)}: embedded / vgg19"
            pairs = (size, "embedded", precision), (size, "vgg19", precision)
            ratios.append(RatioRow(_title(size), title, _ratio(seconds, *pairs)))
    return Speed(ceiling, steps, ratios)


def interleaved(work: Mapping[Key, Callable[[], object]], repeats: int) -> dict[Key, list[float]]:
    """Seconds of each piece of work, `repeats` times in turns, after one turn unmeasured.

    Every other round goes backwards, so that no piece always follows the same other.
    """
    seconds: dict[Key, list[float]] = {key: [] for key in work}
    for number in range(repeats + 1):
        for key in list(work) if number % 2 else reversed(list(work)):
            began = time.perf_counter()
            work[key]()
            if number:
                seconds[key].append(time.perf_counter() - began)
    return seconds


def convolution_gflop(encoder: Encoder, deepest: str, height: int, width: int) -> float:
    """Arithmetic of one step's convolutions up to a layer, a multiplication and an addition counted as two.

    A 3x3 convolution takes 2 * 9 * C_in * C_out * H * W forward and as much again for the gradient to its input;
    nothing is spent on weights, which are frozen. Gram matrices and element-wise work are left out.
    """
    channels, total = 3, 0
    for stage in encoder._stages:  # the encoder tells nobody else how wide the layers without a head are
        if stage.pool_before:
            height, width = height // 2, width // 2
        total += 2 * 9 * channels * stage.convolution.out_channels * height * width
        channels = stage.convolution.out_channels
        if stage.layer == deepest:
            break
    return 2 * total / 1e9


def _painting_step(encoder: Encoder, pair: Pair, width: int, height: int) -> tuple[Callable[[], object], float]:
    """One step of Adam on the command's default objective, and its GFLOP."""
    objective = objective_of(TransferConfig(), encoder)
    targets = pair.targets(objective, Scale(height=height, width=width, steps=1))
    descent = Descent(resize(pair.content, height, width), optimizer="adam", learning_rate=None)
    deepest = max(objective.layers, key=encoder.layers.index)
    return lambda: descent.step(objective, targets), convolution_gflop(encoder, deepest, height, width)


def _ratio(seconds: Mapping[Key, Sequence[float]], above: Key, below: Key) -> Spread:
    """Ratios within each round, whose parts saw the same state of the machine."""
    return Spread.of(a / b for a, b in zip(seconds[above], seconds[below], strict=True))


def _title(size: tuple[int, int]) -> str:
    return "{}x{}".format(*size)
