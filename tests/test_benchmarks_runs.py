"""What docs/results.md tells of a run is what the run's files say."""

import importlib
import json
import shlex
import tomllib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from PIL import Image

from artgan.config.cgan import CganConfig
from artgan.config.cyclegan import CycleganConfig
from artgan.pipelines.train import train
from artgan.training.runs import Run

from conftest import REPOSITORY


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(REPOSITORY / "tests" / "benchmarks"))
    return importlib.import_module("runs")


@pytest.fixture
def trained(tmp_path: Path) -> Path:
    config = CganConfig(size=16, width=4, batch_size=4, steps=3, seed=5, evaluate_every=2, sample_every=1)
    report = train("cgan", config, ["synthetic:faces,n=40"], out=tmp_path / "runs")
    assert report.run is not None
    return report.run


def test_a_run_comes_onto_the_page(runs: ModuleType, trained: Path, tmp_path: Path) -> None:
    run = Run(trained)
    scores = run.read_scores()
    scores["tags"] = {"accuracy": {"hair": 0.9, "all": 0.75}, "classifier": {"hair": 0.96, "all": 0.94}}
    run.write_scores(scores)
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "results.md").write_text("# Results\n\n<!-- tiny -->\nold\n<!-- end of tiny -->\n\nEnd.\n")
    given = [str(trained), "--name", "tiny", "--docs", str(docs), "--out", str(tmp_path / "records")]
    assert runs.main(given) == 0
    page = (docs / "results.md").read_text(encoding="utf-8")
    assert page.startswith("# Results\n\n<!-- tiny -->\n```console\nartgan train cgan synthetic:faces,n=40 ")
    assert page.endswith("<!-- end of tiny -->\n\nEnd.\n")
    assert "old" not in page
    assert "36 pictures; 3 steps, 12 pictures seen" in page
    assert "| all tags as asked | 0.750 | 0.940 | 0.798 |" in page
    found = json.loads((tmp_path / "records" / "tiny.json").read_text())
    assert (found["steps"], found["pictures_seen"], found["pictures"]) == (3, 12, [36])
    assert [line["step"] for line in found["curve"]] == [2, 3]
    assert str(tmp_path) not in json.dumps(found)
    with Image.open(docs / "images" / "result-tiny-samples.jpg") as picture:
        assert picture.size == (8 * 18 - 2, 8 * 18 - 2)
    with Image.open(docs / "images" / "result-tiny-curve.jpg") as picture:
        pixels = np.asarray(picture.convert("RGB"), dtype=np.int16)
    assert (abs(pixels[..., 0] - pixels[..., 2]) > 60).any()  # a coloured line on white


def test_a_run_of_translation_comes_onto_the_page(runs: ModuleType, tmp_path: Path) -> None:
    config = CycleganConfig(size=16, width=4, blocks=1, batch_size=2, steps=2, seed=5, names="red,blonde")
    data = ["synthetic:faces,hair=red,n=24", "synthetic:faces,hair=blonde,n=24"]
    run = train("cyclegan", config, data, out=tmp_path / "runs").run
    assert run is not None
    docs = tmp_path / "docs"
    assert runs.main([str(run), "--name", "hair", "--docs", str(docs), "--out", str(tmp_path)]) == 0
    page = (docs / "results.md").read_text(encoding="utf-8")
    ways = json.loads((tmp_path / "hair.json").read_text())["scores"]["directions"]
    assert list(ways) == ["red->blonde", "blonde->red"]
    for name in ways:
        assert f"| {name} | " in page
    with Image.open(docs / "images" / "result-hair-curve.jpg") as picture:
        assert picture.width > picture.height
    with Image.open(docs / "images" / "result-hair-samples.jpg") as picture:
        assert picture.height == 4 * 18 - 2  # what became of either, and what came back


def test_translations_are_cut_out_of_a_grid(runs: ModuleType) -> None:
    """Cells of one level each: the first row of three, the pictures themselves, is not among what is kept."""
    levels = np.arange(36, dtype=np.uint8).reshape(6, 6)
    grid = np.full((6 * 18 - 2, 6 * 18 - 2, 3), 255, np.uint8)
    for row in range(6):
        for column in range(6):
            grid[row * 18 : row * 18 + 16, column * 18 : column * 18 + 16] = levels[row, column]
    found = {"options": {"size": 16}, "scores": {"directions": {"a->b": {}, "b->a": {}}}}
    kept = runs.translations(grid, found)[8::18, -100::18, 0]
    assert kept.tolist() == levels[[1, 2, 4, 5]].tolist()


def test_the_command_of_a_hub(runs: ModuleType) -> None:
    told = runs.command({"method": "cyclegan", "data": ["monet", "+more", "vangogh", "photo"], "options": {}})
    assert told == "artgan train cyclegan monet +more vangogh --hub photo"
    assert runs.command({"method": "cyclegan", "data": ["a", "+c", "b"], "options": {}}).endswith("cyclegan a +c b")


def test_a_run_without_scores_is_none(runs: ModuleType, trained: Path) -> None:
    (trained / "scores.json").unlink()
    with pytest.raises(SystemExit, match="was not scored"):
        runs.main([str(trained), "--name", "tiny"])


@pytest.mark.parametrize(
    "command",
    [
        "artgan train dcgan data/portraits --recipe small --seed 0 --budget 30m --size 64",
        "artgan train dcgan data/portraits --recipe classic --seed 0 --steps 10 --size 64 --tensorboard",
        "artgan train cgan 'synthetic:faces,hair=red|blonde' --images 900 --size 32 --no-mirror --batch-size 32",
    ],
)
def test_the_command_is_the_one_that_trains_it(
    runs: ModuleType, command: str, artgan: Callable[..., Any], tmp_path: Path
) -> None:
    """Taken from what a run of the command would keep, it sets the same options again."""
    words = shlex.split(command)[1:]
    options = _options(artgan(*words, "--dump-config"), words[1])
    told = runs.command({"method": words[1], "data": words[2:3], "options": options})
    assert shlex.split(told)[:4] == ["artgan", "train", *words[1:3]]
    assert _options(artgan(*shlex.split(told)[1:], "--dump-config"), words[1]) == options
    assert ("--recipe small" in told) == ("--recipe small" in command)


def _options(dumped: Any, method: str) -> dict[str, Any]:
    assert dumped.code == 0, dumped.err
    table = tomllib.loads(dumped.out.decode())["train"][method]
    return {key.replace("-", "_"): value for key, value in table.items()}
