"""The measure of painting in one pass: a painter's memory in one piece and in tiles, in processes of its own."""

import importlib
from pathlib import Path
from types import ModuleType

import pytest

from conftest import REPOSITORY


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(REPOSITORY / "tests" / "benchmarks"))
    return importlib.import_module("processes")


@pytest.mark.slow  # each command imports torch anew
def test_memory_in_one_piece_and_in_tiles(processes: ModuleType, painter: Path) -> None:
    whole, tiled = processes.measure_fast_memory(painter, (352, 320), ["4G", "0.78G"], 0, "float32")
    assert (whole.size, whole.limit, whole.side, whole.levels) == ("352x320 px", "4G", "one piece", 0)
    assert tiled.limit == "0.78G"
    assert 192 <= int(tiled.side) < 352
    assert tiled.levels <= 2
    assert 0.1 < tiled.gib < 1.5
