"""The benchmark of start-up tells every stage and whole commands, of this version and of another."""

import importlib
import json
from pathlib import Path

import pytest

from conftest import REPOSITORY


@pytest.mark.slow  # each process imports torch anew
def test_stages_in_order_before_and_after(monkeypatch: pytest.MonkeyPatch, painter: Path, tmp_path: Path) -> None:
    monkeypatch.syspath_prepend(str(REPOSITORY / "tests" / "benchmarks"))
    startup = importlib.import_module("startup")
    page = tmp_path / "page.md"
    typed = ["--painter", str(painter), "--before", str(REPOSITORY), "--repeats", "1", "--size", "48"]
    assert startup.main([*typed, "--out", str(page), "--results", str(tmp_path)]) == 0
    text = page.read_text(encoding="utf-8")
    assert text.startswith("\n<!-- startup -->\n## Start-up\n")
    assert str(tmp_path) not in text
    found = json.loads((tmp_path / "startup.json").read_text(encoding="utf-8"))
    rows = {row["stage"]: row for row in found["to the first step of optimising"]}
    imports = ["import the command line", "import torch", "import the rest"]
    own = ["weights and pictures", "first step", "to the picture", "scores"]
    assert list(rows) == [startup.OUTSIDE, *imports, *own, startup.ALL]
    for column in ("seconds", "before", "processor", "processor_before"):
        times = {stage: row[column]["values"][0] for stage, row in rows.items()}
        assert sum(times.values()) == pytest.approx(2 * times[startup.ALL])
        assert min(times.values()) >= 0
        assert times["import torch"] > times["import the command line"]  # torch, and not the command line
    assert "painting" in [row["stage"] for row in found["in one pass"]]
    assert any("--painter RUN" in row["stage"] for row in found["whole commands"])
