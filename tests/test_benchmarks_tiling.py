"""The benchmark of large pictures works, and its promise holds: 2048x2048 within 4 GiB."""

import importlib
from pathlib import Path
from types import ModuleType

import pytest

from conftest import REPOSITORY
from translation_models import write_model


@pytest.fixture
def benchmark(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(REPOSITORY / "tests" / "benchmarks"))
    return importlib.import_module("tiling")


@pytest.mark.slow
def test_2048_px_within_4_gib(benchmark: ModuleType, tmp_path: Path) -> None:
    model = benchmark.random_model(tmp_path / "model.safetensors")
    (row,) = benchmark.measure(model, "painting", [2048], ["auto"], "float32")
    assert row.gb < 4 * 2**30 / 1e9
    (row,) = benchmark.measure(model, "painting", [2048], ["exact"], "float32")
    assert row.gb < 2.5


@pytest.mark.slow
def test_the_script_measures(benchmark: ModuleType, tmp_path: Path) -> None:
    """Slow for its processes, not for its pictures."""
    model = write_model(tmp_path / "model.safetensors", ("photo", "painting"))
    rows = benchmark.measure(model, "painting", [64], ["auto"], "float32")
    assert (rows[0].side, rows[0].tiling) == ("64x64", "auto: whole")
    (row,) = benchmark.differences(model, "painting", [128], "float32")
    assert row.change > 1
    assert row.difference < 0.2  # a picture smaller than the thumbnail is its own
