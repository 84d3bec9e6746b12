"""The benchmark scripts still work: tiny runs with random encoders, and the figures that can be checked by hand."""

import importlib
import sys
from pathlib import Path
from types import ModuleType

import pytest
import torch

from artgan.io.checkpoints import save_tensors
from artgan.models.encoder_weights import SOURCES, load_encoder

from conftest import REPOSITORY


@pytest.fixture
def benchmark(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script, imported as it imports its neighbours: from its own folder."""
    monkeypatch.syspath_prepend(str(REPOSITORY / "tests" / "benchmarks"))
    return importlib.import_module("transfer")


@pytest.fixture(scope="session")
def tiny_vgg19(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random weights in torchvision's layout of VGG19, with eight channels everywhere."""
    random = torch.Generator().manual_seed(1)
    tensors, channels = {}, 3
    for key in SOURCES["vgg19"].layout():
        if key.endswith("weight"):
            tensors[key] = torch.randn(8, channels, 3, 3, generator=random) * (2 / (9 * channels)) ** 0.5
            channels = 8
        else:
            tensors[key] = torch.zeros(8)
    path = tmp_path_factory.mktemp("vgg19") / "vgg19.safetensors"
    save_tensors(path, tensors, {})
    return path


def rows(page: str, title: str) -> list[list[str]]:
    """The cells of the last table under a heading, without its head."""
    lines = page.partition(f"## {title}\n")[2].partition("\n## ")[0].strip().rpartition("\n\n")[2].splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_quick_run_with_vgg19_writes_the_page(
    benchmark: ModuleType, tiny_vgg19: Path, tiny_encoder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "docs" / "page.md"
    files = ["--vgg19", str(tiny_vgg19), "--embedded", str(tiny_encoder)]
    assert benchmark.main(["--quick", "--only", "speed", "--only", "goal", *files, "--out", str(out)]) == 0
    page = out.read_text(encoding="utf-8")
    assert capsys.readouterr().out == page
    assert "figures mean nothing" in page
    assert "its rows are left out" not in page
    assert str(tmp_path) not in page
    assert str(tiny_vgg19) not in page
    assert "--quick --only speed --only goal --seed 0`" in page
    runs = rows(page, "Seconds to a fixed loss")
    assert {(row[0], row[2], row[3]) for row in runs} == {
        (encoder, optimizer, scales)
        for encoder in ("vgg19", "embedded")
        for optimizer in ("adam", "lbfgs")
        for scales in ("pyramid", "one")
    }
    # The goal is a point on this run's own way, so it gets there after just as many steps.
    same = next(row for row in runs if row[:4] == ["vgg19", "float32", "lbfgs", "one"])
    assert same[5] == "2"
    assert {row[1].rpartition(": ")[2] for row in rows(page, "Seconds a step")} >= {"embedded / vgg19"}


def test_quick_run_without_vgg19_says_so(
    benchmark: ModuleType, tiny_encoder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parts = ["--only", "speed", "--only", "goal"]
    assert benchmark.main(["--quick", *parts, "--embedded", str(tiny_encoder)]) == 0
    page = capsys.readouterr().out
    assert "VGG19's weights were not given" in page
    assert "Left out: the loss is VGG19's" in page
    assert "| embedded |" in page
    assert "| vgg19 |" not in page


@pytest.mark.slow  # each command imports torch anew
def test_commands_run_in_processes_of_their_own(
    benchmark: ModuleType, tiny_encoder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parts = ["--only", "memory", "--only", "command"]
    assert benchmark.main(["--quick", *parts, "--embedded", str(tiny_encoder)]) == 0
    page = capsys.readouterr().out
    memory = next(row for row in rows(page, "Peak memory") if "448x336 px" in row)
    assert memory[1:4:2] == ["embedded", "0.78G"]
    assert 0.1 < float(memory[4]) < 1.5
    assert 192 <= int(memory[5]) < 448
    (command,) = rows(page, "The README's command")
    assert command[1] == "embedded"
    assert command[3] == "3"


def test_arithmetic_is_counted_from_the_shapes(benchmark: ModuleType, tiny_encoder: Path) -> None:
    encoder = load_encoder("embedded", weights=tiny_encoder)
    counted = sys.modules["speed"].convolution_gflop(encoder, "relu2_1", 20, 10)
    first, second, third = 3 * 6 * 200, 6 * 6 * 200, 6 * 6 * 50
    assert counted == pytest.approx(2 * 2 * 9 * (first + second + third) / 1e9)


def test_peak_memory_is_the_commands_own(benchmark: ModuleType, tmp_path: Path) -> None:
    larger = bytearray(400_000_000)
    larger[::4096] = b"x" * len(larger[::4096])  # resident, so that this process is the larger one
    taken = "x = bytearray(100_000_000); x[::4096] = b'x' * len(x[::4096])"
    peak, seconds = sys.modules["processes"].watched([sys.executable, "-c", taken], tmp_path)
    assert 100e6 < peak < 200e6
    assert 0 < seconds < 60


def test_spread_shows_median_and_ends(benchmark: ModuleType) -> None:
    spread = sys.modules["page"].Spread
    assert str(spread.of([3.0, 1.0, 2.0])) == "2.00 (1.00–3.00)"
    assert str(spread.of([0.01234])) == "0.0123 (once)"
