"""The benchmark of flicker works, and its films move as they say."""

import importlib
from types import ModuleType

import pytest
import torch

from conftest import REPOSITORY


@pytest.fixture
def benchmark(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(REPOSITORY / "tests" / "benchmarks"))
    return importlib.import_module("flicker")


def test_films_move_as_they_say(benchmark: ModuleType) -> None:
    found = {name: made.flicker(made.frames) for name, made in benchmark.films("example:pavilion", 48, 5)}
    assert found["pan, 1 px a frame"] == found["pan, 3 px a frame"] == 0
    assert found["something passes by"] == 0
    assert found["still, with noise"] == pytest.approx(2 * 2**0.5, rel=0.1)
    assert 0 < found["the light grows"] < 2.55 + 1e-3
    for name, made in benchmark.films("example:pavilion", 48, 5):
        assert made.frames[0].shape[-2:] == (48, 48) or name.startswith("pan, 1") or name.startswith("pan, 3")
        assert not torch.equal(made.frames[0], made.frames[1])
        unmoved = benchmark.FilmMade(frames=made.frames, counted=made.counted).flicker(made.frames)
        assert made.motion == benchmark.STILL or found[name] < 0.6 * unmoved, name


def test_the_script_measures(benchmark: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert benchmark.main(["--quick"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("## Flicker of moving pictures")
    assert sum(line.startswith("| ") for line in text.splitlines()) == 2 + 7
