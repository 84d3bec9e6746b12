"""The benchmark of preparing still works, and its section finds its place on the page."""

import importlib
import json
import sys
from pathlib import Path
from types import ModuleType

import pytest

from conftest import REPOSITORY


@pytest.fixture
def benchmark(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script, imported as it imports its neighbours: from its own folder."""
    monkeypatch.syspath_prepend(str(REPOSITORY / "tests" / "benchmarks"))
    return importlib.import_module("data")


def test_quick_run_writes_figures(
    benchmark: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(benchmark, "usable_cores", lambda: 1)  # processes are tested elsewhere
    parts = ["--only", "pictures", "--only", "duplicates"]
    assert benchmark.main(["--quick", "--seed", "3", *parts, "--out", str(tmp_path)]) == 0
    page = capsys.readouterr().out
    assert "--quick --only pictures --only duplicates --seed 3`" in page
    results = json.loads((tmp_path / "data.json").read_text())
    assert {row["what"] for row in results["pictures"]} == {"artgan prepare", "Pillow", "torchvision"}
    assert all(row["per_second"]["values"][0] > 1 for row in results["pictures"])
    (row,) = results["duplicates"]
    assert row["found"] == row["planted"] == 4
    assert results["machine"]["cores"] >= 1
    assert results["seed"] == 3
    assert str(tmp_path) not in page


def test_a_section_keeps_its_place(benchmark: ModuleType, tmp_path: Path) -> None:
    page = sys.modules["page"]
    path = tmp_path / "page.md"
    path.write_text("# Title\n\nown text\n")
    page.replace_section(path, "data", "one")
    page.replace_section(path, "training", "two")
    page.replace_section(path, "data", "three")
    text = path.read_text()
    assert "one" not in text
    assert text.index("own text") < text.index("three") < text.index("two")
    kept = page.other_sections(path, own="mine_")
    assert "three" in kept
    assert "two" in kept
    assert "own text" not in kept
