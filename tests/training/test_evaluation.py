"""When a run is scored, what is kept of it, and what people and files are told."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import torch
from torch import nn

from artgan.events import Event, Summary, ignore
from artgan.io.checkpoints import load_tensors
from artgan.training import evaluation
from artgan.training.callbacks import Metrics, Telling
from artgan.training.engine import Engine, Moment
from artgan.training.evaluation import SHARE, Evaluation, Verdict
from artgan.training.runs import Run

ToyEngine = Callable[..., tuple[Engine, object]]


class Scripted:
    """A judge that gives scores in turn and remembers what it was asked."""

    def __init__(self, *scores: float) -> None:
        self.scores = iter(scores)
        self.asked: list[str] = []

    def quick(self, averaged: Mapping[str, nn.Module], *, seconds: float) -> Verdict:
        return self._verdict("quick", averaged)

    def full(self, averaged: Mapping[str, nn.Module], *, seconds: float) -> Verdict:
        return self._verdict("full", averaged)

    def _verdict(self, kind: str, averaged: Mapping[str, nn.Module]) -> Verdict:
        assert not torch.is_grad_enabled()
        assert not averaged["generator"].training
        self.asked.append(kind)
        score = next(self.scores)
        summary = Summary(title="scores", columns=("", ""), rows=()) if kind == "full" else None
        return Verdict(figures={"score/distance": score, "score/ms_ssim": 0.5}, record={"d": score}, summary=summary)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run.create(tmp_path, "toy", "noise")


def about(path: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads(load_tensors(path)[1]["artgan.about"])
    return found


def test_scores_are_logged_and_the_best_is_kept(make_engine: ToyEngine, run: Run) -> None:
    judge, heard = Scripted(3.0, 1.0, 2.0, 2.5), list[Event]()
    engine, task = make_engine(run=run, steps=7, log_every=100)
    scores = Evaluation(judge, run, task, every=2, about={"data": "x"}, listener=heard.append)  # type: ignore[arg-type]
    engine.train([scores, Metrics(run)])
    assert judge.asked == ["quick", "quick", "quick", "full"]
    lines = [(line["step"], line["score/distance"]) for line in run.read_metrics()]
    assert lines == [(2, 3.0), (4, 1.0), (6, 2.0), (7, 2.5)]
    assert [event.title for event in heard if isinstance(event, Summary)] == ["scores"]
    assert run.best_score() == 1.0
    best = about(run.best_model)
    assert (best["step"], best["data"], best["scores"]) == (4, "x", {"step": 4, "images_seen": 32, "d": 1.0})
    latest = {"step": 7, "images_seen": 56, "d": 2.5}
    assert about(run.model)["scores"] == run.read_scores() == latest


def test_a_resumed_run_remembers_its_best_and_its_scores(make_engine: ToyEngine, run: Run) -> None:
    engine, task = make_engine(run=run, steps=4)
    engine.train([Evaluation(Scripted(1.0, 0.9), run, task, every=2, about={}, listener=ignore)])  # type: ignore[arg-type]
    before = run.best_model.read_bytes()
    engine, task = make_engine(run=run, steps=10)
    engine.resume(run)
    again = Evaluation(Scripted(), run, task, every=100, about={}, listener=ignore)  # type: ignore[arg-type]
    engine.train([again], should_stop=lambda: engine.position.step == 6)  # stopped: not scored
    assert run.best_model.read_bytes() == before
    assert about(run.model)["step"] == 6
    assert about(run.model)["scores"] == {"step": 4, "images_seen": 32, "d": 0.9}


def test_what_cannot_be_measured_is_never_the_best(make_engine: ToyEngine, run: Run) -> None:
    engine, task = make_engine(run=run, steps=3)
    judge = Scripted(float("nan"), 2.0, float("nan"))
    engine.train([Evaluation(judge, run, task, every=1, about={}, listener=ignore)])  # type: ignore[arg-type]
    assert run.best_score() == 2.0


def moment(step: int, seconds: float, *, last: bool = False) -> Moment:
    return Moment(
        step=step, images_seen=step, seconds=seconds, seconds_left=None, last=last, averaged={}, pictures_per_second=1
    )


@pytest.mark.parametrize("cost", [0.5, 6.0])
def test_scores_take_a_twentieth_of_the_time(run: Run, monkeypatch: pytest.MonkeyPatch, cost: float) -> None:
    now = 0.0

    class Slow(Scripted):
        def _verdict(self, kind: str, averaged: Mapping[str, nn.Module]) -> Verdict:
            nonlocal now
            now += cost
            self.asked.append(kind)
            return Verdict(figures={"score/distance": 1.0}, record={})

    monkeypatch.setattr(evaluation.time, "monotonic", lambda: now)
    monkeypatch.setattr(Run, "best_score", lambda self: 0.0)
    judge = Slow()
    callback = Evaluation(judge, run, None, every=None, about={}, listener=ignore)  # type: ignore[arg-type]
    step = 0
    while now < 3600:
        now += 1.0
        step += 1
        callback.stepped(moment(step, now))
    assert 20 < len(judge.asked) < 100
    assert cost * len(judge.asked) < 1.1 * SHARE * 3600
    callback.stepped(moment(step + 1, now + 1, last=True))
    assert judge.asked[-1] == "full"


def test_a_run_of_seconds_is_scored_at_its_end_only(make_engine: ToyEngine, run: Run) -> None:
    judge = Scripted(1.0)
    engine, task = make_engine(run=run, steps=6)
    engine.train([Evaluation(judge, run, task, every=None, about={}, listener=ignore)])  # type: ignore[arg-type]
    assert judge.asked == ["full"]


def test_scores_change_nothing_of_training(make_engine: ToyEngine, run: Run, tmp_path: Path) -> None:
    class Gambler(Scripted):
        def _verdict(self, kind: str, averaged: Mapping[str, nn.Module]) -> Verdict:
            torch.rand(7)
            return super()._verdict(kind, averaged)

    engine, task = make_engine(run=run, steps=6)
    scores = Evaluation(Gambler(*range(6)), run, task, every=1, about={}, listener=ignore)  # type: ignore[arg-type]
    engine.train([scores])
    other = Run.create(tmp_path, "toy", "unscored")
    make_engine(run=other, steps=6)[0].train()
    found, expected = load_tensors(run.state)[0], load_tensors(other.state)[0]
    kept = [name for name in expected if not name.startswith("pending")]
    assert kept
    assert not [name for name in kept if not torch.equal(found[name], expected[name])]


def test_the_latest_scores_are_shown_with_the_losses(run: Run) -> None:
    heard: list[Event] = []

    class Grids:
        latest = None

    telling = Telling(heard.append, run, Grids(), 10)  # type: ignore[arg-type]
    telling.logged({"step": 1, "score/distance": 0.4, "score/ms_ssim": 0.1})
    telling.logged({"step": 2, "loss/generator": 2.0})
    telling.watched(moment(3, 1.0), {"loss/generator": 1.0})
    assert heard[-1].values == {"loss/generator": 1.0, "score/distance": 0.4}  # type: ignore[union-attr]
