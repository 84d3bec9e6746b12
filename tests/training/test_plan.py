"""How long a run is, and what a dry run measures."""

from collections.abc import Callable

import pytest
import torch

from artgan.config.train import TrainConfig
from artgan.training.distributed import Processes
from artgan.training.engine import Engine, Limits
from artgan.training.plan import limits, measure

CPU = torch.device("cpu")


@pytest.mark.parametrize(
    ("options", "steps", "seconds"),
    [
        ({"steps": 20}, 20, None),
        ({"images": 1000}, 16, None),
        ({"epochs": 2.0}, 94, None),
        ({"epochs": 0.001}, 1, None),
        ({"steps": 20, "images": 640, "epochs": 9.0}, 10, None),
        ({"budget": "15m"}, None, 900),
        ({"budget": "1h30m", "steps": 7}, 7, 5400),
    ],
)
def test_the_first_limit_counts(options: dict[str, object], steps: int | None, seconds: float | None) -> None:
    bounds, said = limits(TrainConfig(**options), 3000)  # type: ignore[arg-type]
    assert bounds == Limits(steps=steps, seconds=seconds)
    assert said is None


@pytest.mark.parametrize(("pictures", "images"), [(100, 300_000), (911, 911_000), (50_000, 3_000_000)])
def test_a_length_is_chosen_and_said(pictures: int, images: int) -> None:
    bounds, said = limits(TrainConfig(batch_size=50), pictures)
    assert bounds == Limits(steps=images // 50, seconds=None)
    assert said is not None
    assert said.startswith(f"{images // 50} steps ({images:,} pictures shown); --steps")


def test_a_dry_run_measures_real_steps(make_engine: Callable[..., tuple[Engine, object]]) -> None:
    engine, task = make_engine()
    bounds = Limits(steps=1000, seconds=None)
    plan = measure(engine, task, TrainConfig(batch_size=8), bounds, 30, CPU, Processes())  # type: ignore[arg-type]
    assert engine.position.step > 5
    assert plan.networks == {"generator": 6 * 8 * 16 + 8 + 16 + 27, "discriminator": 3 * 6 * 16 + 6 + 97}
    assert plan.pictures_per_second == pytest.approx(8 / plan.seconds_a_step)
    assert plan.seconds == pytest.approx(1000 * plan.seconds_a_step)
    assert plan.memory_bytes > 50_000_000
    # Two checkpoints of weights, average and two moments, and three models, of 4 bytes a number.
    weights = sum(plan.networks.values()) * 4
    assert 8 * weights < plan.disk_bytes < 13 * weights
    rows = dict(plan.summary().rows)
    assert rows["steps"] == "1,000"
    assert rows["generator parameters"] == f"{plan.networks['generator']:,}"


def test_time_bounds_the_estimate(make_engine: Callable[..., tuple[Engine, object]]) -> None:
    engine, task = make_engine()
    bounds = Limits(steps=None, seconds=60)
    plan = measure(engine, task, TrainConfig(batch_size=8), bounds, 30, CPU, Processes())  # type: ignore[arg-type]
    assert plan.seconds == 60
    assert dict(plan.summary().rows)["steps"] == "as time allows"
    assert dict(plan.summary().rows)["time"] == "1.0 min"
