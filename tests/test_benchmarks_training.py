"""The benchmark of training and the ablation still work: tiny runs, and what can be checked by hand."""

import dataclasses
import importlib
import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
import torch
from PIL import Image

from artgan.config.files import find_recipe, read_config

from conftest import REPOSITORY

DATA = "synthetic:faces,n=40"


@pytest.fixture(autouse=True)
def scripts(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Scripts are imported as they import their neighbours: from their own folder."""
    monkeypatch.syspath_prepend(str(REPOSITORY / "tests" / "benchmarks"))
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


def script(name: str) -> ModuleType:
    return importlib.import_module(name)


def test_quick_run_measures_every_way_to_train(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = REPOSITORY / "docs" / "benchmarks.md"
    before = page.read_bytes()
    assert script("training").main(["--quick", "--only", "speed", "--seed", "3", "--out", str(tmp_path)]) == 0
    assert page.read_bytes() == before
    text = capsys.readouterr().out
    assert "--quick --only speed --seed 3`" in text
    assert str(tmp_path) not in text
    results = json.loads((tmp_path / "training.json").read_text())
    measured = {(row["what"].split()[-1], row["part"].split()[0]) for row in results["rates"]}
    assert measured == {(what, part) for what in ("dcgan", "cgan", "loop") for part in ("bare", "end")}
    assert all(row["per_second"]["values"][0] > 0 for row in results["rates"])
    assert all(row["share"].endswith("%") for row in results["rates"] if "plain" not in row["what"])
    assert results["machine"]["cores"] >= 1


def test_arithmetic_is_that_of_the_networks(tmp_path: Path) -> None:
    """At width 8 by hand: three passes of D and one of G, with what each update needs of their gradients."""
    rates, prepare = script("rates"), importlib.import_module("artgan.pipelines.prepare").prepare
    config = importlib.import_module("artgan.config.prepare").PrepareConfig(size=64)
    prepare(config, ["synthetic:faces,n=24"], out=str(tmp_path / "faces"))
    job = rates.Job(
        what="dcgan", part="step", precision="float32", folder=str(tmp_path / "faces"), warmup=1, steps=1, width=8
    )
    middle = sum(2 * 16 * side**2 * a * b for a, b, side in ((8, 16, 16), (16, 32, 8), (32, 64, 4)))
    picture, logit, latent = 2 * 16 * 32**2 * 3 * 8, 2 * 16 * 64, 2 * 100 * 16 * 64
    drawn = 2 * 4 * 33**2 * 12 * 8  # a layer towards a picture, as 2x2 blocks, half a block beyond the border
    judged = logit + middle + picture
    generator = latent + middle + drawn + latent + 2 * middle + 2 * picture
    discriminator = 2 * (judged + judged + logit + middle) + judged + logit + middle + drawn
    assert rates.step_gflop(job) == pytest.approx((generator + discriminator) * 64 / 1e9, rel=1e-9)


def test_plain_networks_are_the_public_ones() -> None:
    plain = script("plain_dcgan")
    generator, discriminator = plain.Generator(64), plain.Discriminator(64)
    assert sum(p.numel() for p in generator.parameters()) == 3_576_704
    assert sum(p.numel() for p in discriminator.parameters()) == 2_765_568
    images = generator(torch.randn(2, 100, 1, 1))
    assert images.shape == (2, 3, 64, 64)
    assert discriminator(images).shape == (2,)


@pytest.mark.parametrize("autocast", [False, True])
def test_plain_loop_learns(tmp_path: Path, autocast: bool) -> None:
    """D soon tells red pictures from first samples."""
    (tmp_path / "all").mkdir()
    for number in range(8):
        Image.new("RGB", (64, 64), (230, 30, 30)).save(tmp_path / "all" / f"{number}.png")
    lines: list[str] = []
    outcome = script("plain_dcgan").train(
        tmp_path,
        seed=0,
        autocast=autocast,
        enough=lambda steps, _: steps >= 20,
        tell=lines.append,
        width=4,
        batch_size=8,
        workers=0,
    )
    assert len(lines) == outcome.steps == 20
    losses = [float(line.split("loss D ")[1].split(",")[0]) for line in lines]
    assert losses[-1] < losses[0] / 2
    assert sorted(outcome.ends) == outcome.ends


def test_ablation_trains_what_is_not_done(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ablation, cells = script("ablation"), script("cells")
    names = [cells.PLAIN, "relativistic-augment"]
    only = [part for name in names for part in ("--only", name)]
    options = ["--quick", "--samples", "8", "--out", str(tmp_path / "out"), "--grids", str(tmp_path / "grids")]
    assert ablation.main([DATA, *options, *only[:2]]) == 0
    first = (tmp_path / "out" / f"{cells.PLAIN}.json").read_bytes()
    assert ablation.main([DATA, *options, *only]) == 0
    assert f"{cells.PLAIN}: done before" in capsys.readouterr().err
    assert (tmp_path / "out" / f"{cells.PLAIN}.json").read_bytes() == first
    result = json.loads((tmp_path / "out" / "relativistic-augment.json").read_text())
    assert (result["steps"], result["pictures_seen"], result["pictures"]) == (2, 16, 36)
    assert result["options"]["loss"] == "relativistic"
    assert result["scores"]["samples"] == result["floor"]["reals"] == 8
    with Image.open(tmp_path / "grids" / f"{cells.PLAIN}.jpg") as grid:
        assert grid.size == (8 * 66 - 2, 8 * 66 - 2)
    assert ablation.main(["--table", "--out", str(tmp_path / "out")]) == 0
    table = capsys.readouterr().out
    assert all(f"| {name} |" in table for name in [*names, "real pictures"])
    page = ["--table", "--page", "--docs", str(tmp_path / "docs"), "--grids", str(tmp_path / "grids")]
    assert ablation.main([*page, "--out", str(tmp_path / "out")]) == 0
    assert table.strip() in (tmp_path / "docs" / "results.md").read_text(encoding="utf-8")
    with Image.open(tmp_path / "docs" / ablation.PICTURE) as sheet:
        assert sheet.height == 2 * 66 - 2
    with pytest.raises(SystemExit, match="budget"):
        ablation.main([DATA, *options, "--budget", "7m"])


def test_every_cell_is_a_way_to_train() -> None:
    cells = script("cells")
    config = importlib.import_module("artgan.config.dcgan").DcganConfig
    made = {name: dataclasses.asdict(config(**cell.options)) for name, cell in cells.CELLS.items()}
    assert made["classic"] == dataclasses.asdict(config())
    small = read_config(find_recipe("small", "train dcgan"), "train dcgan", config)
    assert made["nearest-augment-32"] == dataclasses.asdict(config(**small))
    assert len({json.dumps(options) for name, options in made.items() if name != cells.PLAIN}) == len(made) - 1


@pytest.mark.slow  # each process imports torch anew
def test_processes_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    training = script("training")
    job = dataclasses.replace(training.QUICK.job, warmup=1, steps=1, workers=2, batch_size=4)
    plan = dataclasses.replace(training.QUICK, processes=True, job=job, memory=(40, 80))
    monkeypatch.setattr(training, "QUICK", plan)
    assert training.main(["--quick", "--out", str(tmp_path)]) == 0
    results = json.loads((tmp_path / "training.json").read_text())
    assert [row["mapped"] for row in results["memory"]] == [True, True]
    assert all(0.1 < row["gigabytes"] < 4 for row in results["memory"])
