"""The benchmark scripts still work: tiny runs with random encoders, and the figures that can be checked by hand."""

import importlib
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from PIL import Image

from artgan.config.transfer import TransferConfig
from artgan.io.checkpoints import load_tensors
from artgan.models.encoder_weights import load_encoder

from conftest import REPOSITORY


@pytest.fixture
def benchmark(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script, imported as it imports its neighbours: from its own folder."""
    monkeypatch.syspath_prepend(str(REPOSITORY / "tests" / "benchmarks"))
    return importlib.import_module("transfer")


def rows(page: str, title: str) -> list[list[str]]:
    """The cells of the last table under a heading, without its head."""
    paragraphs = page.partition(f"## {title}\n")[2].partition("\n## ")[0].split("\n\n")
    lines = next(text for text in reversed(paragraphs) if text.startswith("| ")).splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_quick_run_with_vgg19_writes_the_page(
    benchmark: ModuleType, tiny_vgg19: Path, tiny_encoder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "docs" / "page.md"
    files = ["--vgg19", str(tiny_vgg19), "--embedded", str(tiny_encoder)]
    assert benchmark.main(["--quick", "--only", "speed", "--only", "goal", *files, "--out", str(out)]) == 0
    page = out.read_text(encoding="utf-8")
    told = capsys.readouterr().out
    for section in ("speed", "goal"):
        text = page.partition(f"<!-- transfer_{section} -->\n")[2].partition(f"<!-- end of transfer_{section} -->")[0]
        assert text in told
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


def test_the_whole_page_keeps_what_others_wrote(benchmark: ModuleType, tmp_path: Path) -> None:
    page, path = importlib.import_module("page"), tmp_path / "page.md"
    other = "\n<!-- other -->\nkept\n<!-- end of other -->\n"
    path.write_text(benchmark.whole_page({"head": "- one", "speed": "## Fast"}, other), encoding="utf-8")
    assert page.other_sections(path, own="transfer_") == other
    page.replace_section(path, "transfer_speed", "## Faster")
    assert path.read_text(encoding="utf-8") == benchmark.whole_page({"head": "- one", "speed": "## Faster"}, other)


def test_quick_run_without_vgg19_says_so(
    benchmark: ModuleType, tiny_encoder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parts = ["--only", "speed", "--only", "goal", "--only", "pairs", "--only", "strength"]
    assert benchmark.main(["--quick", *parts, "--embedded", str(tiny_encoder)]) == 0
    page = capsys.readouterr().out
    assert "VGG19's weights were not given" in page
    assert "Left out: the loss is VGG19's" in page
    assert "Left out: it needs VGG19's weights" in page
    assert [row[:2] for row in rows(page, "One strength at every size")] == [["50", "32"], ["50", "48"]]
    assert "| embedded |" in page
    assert "| vgg19 |" not in page


def test_the_plain_program_has_artgan_s_loss(benchmark: ModuleType, tiny_vgg19: Path) -> None:
    plain, workload = importlib.import_module("plain_transfer"), importlib.import_module("workload")
    random = torch.Generator().manual_seed(2)
    content, style, picture = (torch.rand(1, 3, 36, 48, generator=random) for _ in range(3))
    objective = workload.objective_of(TransferConfig(), load_encoder("vgg19", weights=tiny_vgg19))
    pair = workload.Pair(content=content, style=style)
    targets = pair.targets(objective, workload.Scale(height=36, width=48, steps=1))
    loss = plain.Loss(plain.Vgg19(load_tensors(tiny_vgg19)[0]), content, style)
    assert loss(picture).item() == pytest.approx(objective(picture, targets).total.item(), rel=1e-5)
    painting = plain.descend(loss, content)
    *_, painted = (next(painting) for _ in range(8))
    assert loss(painted).item() < 0.9 * loss(content).item()


def test_pairs_are_raced_once(
    benchmark: ModuleType, tiny_vgg19: Path, tiny_encoder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number, kind in enumerate(("content", "content", "style", "style")):
        path = tmp_path / "pictures" / kind / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.effect_noise((40, 30), 20 + 30 * number).convert("RGB").save(path)
    files = ["--vgg19", str(tiny_vgg19), "--embedded", str(tiny_encoder)]
    options = ["--quick", "--only", "pairs", *files, "--pictures", str(tmp_path / "pictures")]
    options += ["--results", str(tmp_path / "kept"), "--goal-size", "40"]
    assert benchmark.main(options) == 0
    first = capsys.readouterr().out
    assert [row[:2] for row in rows(first, "Against a plain program, pair by pair")] == [["0", "2"], ["1", "3"]]
    assert "--pictures DIR --pairs diagonal --goal-size 40" in first
    assert str(tmp_path) not in first
    kept = {path.name: path.read_bytes() for path in (tmp_path / "kept" / "contest-40").iterdir()}
    assert set(kept) == {"0-2.json", "1-3.json"}
    assert benchmark.main([*options, "--pairs", "all"]) == 0
    again = rows(capsys.readouterr().out, "Against a plain program, pair by pair")
    assert [row[:2] for row in again] == [["0", "2"], ["0", "3"], ["1", "2"], ["1", "3"]]
    assert all((tmp_path / "kept" / "contest-40" / name).read_bytes() == content for name, content in kept.items())


def test_lasting_parts_of_a_pair_stay_when_others_are_measured_anew(benchmark: ModuleType, tmp_path: Path) -> None:
    module = importlib.import_module("kept")
    pair, kept = (Path("a.jpg"), Path("b.jpg")), module.Kept(folder=tmp_path)
    ran: list[str] = []

    def record(steps: int, size: int) -> dict[str, Any]:
        def measure(name: str, lasting: bool, **settings: int) -> Any:
            def run(parts: dict[str, Any]) -> dict[str, Any]:
                ran.append(name)
                return {"after": sorted(parts)}

            return module.Measure(settings=settings, run=run, lasting=lasting)

        measures = {"plain": measure("plain", True, size=size), "swift": measure("swift", False, steps=steps)}
        found: dict[str, Any] = kept.record(pair, measures | {"slow": measure("slow", False)})
        return found

    assert [record(3, 32)["slow"]["after"], ran] == [["plain", "swift"], ["plain", "swift", "slow"]]
    assert [record(3, 32)["slow"]["after"], ran[3:]] == [["plain", "swift"], []]
    assert [record(4, 32)["slow"]["after"], ran[3:]] == [["plain", "swift"], ["swift", "slow"]]
    record(4, 48)
    assert ran[5:] == ["plain", "swift", "slow"]


def test_every_second_of_a_command_is_of_a_part(benchmark: ModuleType, tiny_encoder: Path, tmp_path: Path) -> None:
    watched = importlib.import_module("watched")
    options = ["example:portrait", "--style", "swirls", "--size", "48", "--steps", "3", "--scales", "1"]
    options += ["--encoder-weights", str(tiny_encoder), "-o", str(tmp_path / "out.png"), "--quiet"]
    began = time.perf_counter()
    spent = watched.run_watched(options)
    whole = time.perf_counter() - began
    assert set(spent) == set(watched.PARTS)
    assert all(one.seconds > 0 for part, one in spent.items() if part != "imports")
    assert sum(one.seconds for one in spent.values()) == pytest.approx(whole, rel=0.05)
    assert (spent["encoder, backward"].calls, spent["optimizer"].calls, spent["encoding"].calls) == (3, 3, 1)


def test_all_that_is_watched_exists_and_what_an_earlier_version_lacks_is_skipped(benchmark: ModuleType) -> None:
    watched = importlib.import_module("watched")
    assert all(watched._found(one.function) for one in watched.WATCHED)
    assert watched._found("artgan.nowhere:at_all") is None
    assert watched._found("artgan.painting.optimise:Descent.nothing.of_it") is None


def test_an_earlier_version_is_asked_whether_it_knows_an_option(benchmark: ModuleType) -> None:
    parts = importlib.import_module("parts")
    command = ["content.png", "--style", "swirls"]
    assert parts._knows(REPOSITORY, command)
    assert not parts._knows(REPOSITORY, [*command, "--clairvoyance"])


def test_what_runs_inside_another_part_is_taken_off_it(benchmark: ModuleType) -> None:
    stopwatch = importlib.import_module("stopwatch").Stopwatch()
    with stopwatch.charged("outer"):
        time.sleep(0.02)
        with stopwatch.charged("inner"):
            time.sleep(0.05)
    with stopwatch.charged("closed", closed=True), stopwatch.charged("inner"):
        time.sleep(0.01)
    assert stopwatch.spent["inner"].seconds >= 0.05
    assert stopwatch.spent["inner"].calls == 1
    assert stopwatch.spent["outer"].seconds >= 0.02
    assert stopwatch.spent["closed"].seconds >= 0.01
    assert stopwatch.spent["inner"].seconds > stopwatch.spent["outer"].seconds


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
