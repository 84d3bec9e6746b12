"""The benchmark of start-up tells every stage."""

import importlib

import pytest

from conftest import REPOSITORY


@pytest.mark.slow
def test_stages_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(REPOSITORY / "tests" / "benchmarks"))
    rows = importlib.import_module("startup").measure(None, 1)
    stages = ["Python", "command line", "import torch", "import the rest", "weights and pictures", "first step"]
    assert [row.stage for row in rows][:6] == stages
    assert all(row.seconds.median >= 0 and row.processor.median >= 0 for row in rows)
    assert rows[2].processor.median > rows[1].processor.median  # torch, and not the command line
