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
    photo = benchmark.photo_of("example:pavilion", 48, 70)
    found = {name: made.flicker(made.frames) for name, made in benchmark.films(photo, 48, 5)}
    assert photo.shape == (1, 3, 48, 70)
    assert found["pan, 1 px a frame"] == found["pan, 3 px a frame"] == 0
    assert found["something passes by"] == 0
    assert found["still, with noise"] == pytest.approx(2 * 2**0.5, rel=0.1)
    assert 0 < found["the light grows"] < 2.55 + 1e-3
    moving = dict(benchmark.films(photo, 48, 5))["something passes by"]
    assert not torch.equal(moving.frames[0], moving.frames[1])


def test_the_script_measures(benchmark: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert benchmark.main(["--quick"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("## Flicker of moving pictures")
    assert sum(line.startswith("| ") for line in text.splitlines()) == 2 + 5
