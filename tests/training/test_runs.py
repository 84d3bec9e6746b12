import json
import threading
from pathlib import Path

import pytest
from torch import nn

from artgan.errors import OutputError, UsageError, WeightsError
from artgan.models.registry import ModelSpec
from artgan.training.runs import Run, save_model


def test_folders_are_numbered_and_named(tmp_path: Path) -> None:
    names = [
        Run.create(tmp_path / "runs", "dcgan", name).path.name for name in ("Portraits 64", "synthetic:faces,hair=red")
    ]
    assert names == ["00000-dcgan-portraits-64", "00001-dcgan-synthetic-faces-hair-red"]
    (tmp_path / "runs" / "00041-mine").mkdir()
    assert Run.create(tmp_path / "runs", "cgan", "../x").path.name == "00042-cgan-x"


def test_runs_that_begin_together_get_folders_of_their_own(tmp_path: Path) -> None:
    made: list[Path] = []
    threads = [threading.Thread(target=lambda: made.append(Run.create(tmp_path, "a", "b").path)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 8


def test_no_place_for_a_run(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot make a run folder in"):
        Run.create(tmp_path / "file", "dcgan", "x")


def test_opening_what_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no run folder: it has no config\.json"):
        Run.open(tmp_path)
    (tmp_path / "config.json").write_text('{"options": 3}')
    with pytest.raises(WeightsError, match="holds no options"):
        Run.open(tmp_path).read_config()
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(WeightsError, match="damaged"):
        Run.open(tmp_path).read_config()


def test_metrics_are_cut_behind_a_step_and_survive_a_crash(tmp_path: Path) -> None:
    run = Run(tmp_path)
    assert run.rewind(0) == []
    for step in (10, 20, 30):
        run.append_metrics({"step": step, "loss/generator": 0.5})
    with (tmp_path / "metrics.jsonl").open("a") as stream:
        stream.write('{"step": 40, "los')
    assert [line["step"] for line in run.read_metrics()] == [10, 20, 30]
    assert [line["step"] for line in run.rewind(20)] == [10, 20]
    run.append_metrics({"step": 30})
    lines = (tmp_path / "metrics.jsonl").read_text().splitlines()
    assert [json.loads(line)["step"] for line in lines] == [10, 20, 30]


def test_grids_behind_a_step_go(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.samples.mkdir()
    (run.samples / "note.png").touch()
    for step in (10, 20, 30):
        run.sample_path(step).touch()
    run.rewind(20)
    assert [path.name for path in run.sample_grids()] == ["000010.png", "000020.png"]
    assert (run.samples / "note.png").exists()


def test_scores_and_steps_are_read_off_the_models(tmp_path: Path) -> None:
    run = Run(tmp_path)
    assert run.best_score() is None
    assert run.model_step() is None
    spec = ModelSpec(architecture="dcgan", version=1, options={})
    save_model(run.best_model, spec, {"g": nn.Linear(1, 1)}, {"best": 0.25})
    save_model(run.model, spec, {"g": nn.Linear(1, 1)}, {"step": 7})
    assert run.best_score() == 0.25
    assert run.model_step() == 7
    run.model.write_bytes(b"broken")
    assert run.model_step() is None


def test_grids_are_in_the_order_of_steps(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.samples.mkdir()
    for step in (5, 1_000_000, 20):
        run.sample_path(step).write_bytes(b"")
    (run.samples / "mine.png").write_bytes(b"")
    assert [path.name for path in run.sample_grids()] == ["000005.png", "000020.png", "1000000.png"]
