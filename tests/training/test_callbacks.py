"""What callbacks leave in a run's folder, and what they tell."""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from artgan.errors import UsageError
from artgan.events import Event, Note, TrainStep
from artgan.training import clock
from artgan.training.callbacks import (
    Metrics,
    Samples,
    Telling,
    TensorBoard,
    sample_due,
    to_images,
    to_pixels,
)
from artgan.training.engine import Engine, Moment
from artgan.training.runs import Run

ToyEngine = Callable[..., tuple[Engine, object]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run.create(tmp_path, "toy", "noise")


def test_grids_and_their_animation(make_engine: ToyEngine, run: Run) -> None:
    engine, task = make_engine(run=run, steps=7, learning_rate=0.1)  # frames that are alike become one
    engine.train([Metrics(run), Samples(run, task, every=None, reference=0.25)])
    assert [path.stem for path in run.sample_grids()] == ["000001", "000002", "000005", "000007"]
    with Image.open(run.sample_path(5)) as grid:
        assert grid.size == (34, 34)
    with Image.open(run.animation) as animation:
        assert (animation.n_frames, animation.size) == (4, (34, 34))
    assert all(line["score/diversity"] > 0 for line in run.read_metrics() if line["step"] in (1, 2, 5, 7))
    assert [line["step"] for line in run.read_metrics()] == [1, 2, 4, 5, 7]


def test_the_grid_of_an_interrupted_run(make_engine: ToyEngine, run: Run) -> None:
    engine, task = make_engine(run=run)
    samples = Samples(run, task, every=100, reference=1)
    assert engine.train([samples], should_stop=lambda: engine.position.step == 3)
    assert samples.latest == run.sample_path(3)
    assert run.sample_path(3).is_file()
    assert not run.animation.exists()


def test_grids_show_the_average_and_are_the_same_at_a_step(make_engine: ToyEngine, run: Run, tmp_path: Path) -> None:
    engine, task = make_engine(run=run, steps=5)
    engine.train([Samples(run, task, every=None, reference=0)])
    other = Run.create(tmp_path, "toy", "again")
    again, task = make_engine(run=other, steps=5)
    again.train([Samples(other, task, every=5, reference=0)])
    assert run.sample_path(5).read_bytes() == other.sample_path(5).read_bytes()
    assert run.sample_path(1).read_bytes() != run.sample_path(5).read_bytes()


@pytest.mark.parametrize(
    ("every", "expected"), [(None, [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 3000]), (1500, [1500, 3000])]
)
def test_when_samples_are_due(every: int | None, expected: list[int]) -> None:
    assert [step for step in range(1, 3500) if sample_due(step, every)] == expected


def moment(step: int, left: float | None) -> Moment:
    return Moment(
        step=step, images_seen=8 * step, seconds=1, seconds_left=left, last=False, averaged={}, pictures_per_second=80.0
    )


def telling(run: Run, task: object, heard: list[Event], steps: int | None = 20) -> Telling:
    return Telling(heard.append, run, Samples(run, task, every=None, reference=0), steps)  # type: ignore[arg-type]


def test_steps_are_told_about_once_a_second(make_engine: ToyEngine, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "_SECONDS_BETWEEN_LOOKS", 0)
    heard: list[Event] = []
    engine, task = make_engine(run=run, steps=3)
    engine.train([telling(run, task, heard, 3)])
    steps = [event for event in heard if isinstance(event, TrainStep)]
    assert [event.step for event in steps] == [1, 1, 2, 3]  # the first at once, so that Ctrl-C is known to save
    assert steps[-1].values.keys() == {"loss/generator", "loss/discriminator"}
    assert (steps[-1].run, steps[-1].steps, steps[-1].images_seen) == (run.path.name, 3, 24)


def test_a_run_that_is_at_its_end_says_so(make_engine: ToyEngine, run: Run) -> None:
    heard: list[list[Event]] = [[], []]
    for session in heard:
        engine, task = make_engine(run=run, steps=3)
        if run.state.exists():
            engine.resume(run)
        engine.train([telling(run, task, session, 3)])
    ends = [[event.text for event in session if isinstance(event, Note)] for session in heard]
    assert ends[0] == []
    assert [text.partition(":")[0] for text in ends[1]] == ["step 3 is the run's end already"]


@pytest.mark.parametrize(("left", "notes"), [(None, 0), (3000.0, 0), (9000.0, 1)])
def test_a_long_run_is_announced_once(run: Run, left: float | None, notes: int) -> None:
    heard: list[Event] = []
    callback = telling(run, None, heard)
    for step in (1, 2, 3):
        callback.watched(moment(step, left), {})
    texts = [event.text for event in heard if isinstance(event, Note)]
    assert len(texts) == notes
    assert not texts or texts[0].startswith("this will take about 2.5 hours; --budget 30m")


def test_tensorboard_gets_the_same_figures(make_engine: ToyEngine, run: Run) -> None:
    pytest.importorskip("tensorboard")
    engine, _ = make_engine(run=run, steps=8)
    engine.train([TensorBoard(run)])
    (events,) = (run.path / "tensorboard").iterdir()
    assert b"loss/generator" in events.read_bytes()


def test_a_resumed_run_has_no_point_twice_in_tensorboard(run: Run) -> None:
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    for begin, steps in ((0, (10, 20, 30)), (20, (30, 40))):
        session = TensorBoard(run, begin)
        for step in steps:
            session.logged({"step": step, "loss": float(begin)})
        session.ended(moment(0, None))
    events = accumulator.EventAccumulator(str(run.path / "tensorboard")).Reload()
    assert [(event.step, event.value) for event in events.Scalars("loss")] == [(10, 0), (20, 0), (30, 20), (40, 20)]


def test_tensorboard_is_an_extra(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(UsageError, match=r"pip install 'artgan\[tensorboard\]'"):
        TensorBoard(run)


def test_bytes_and_images() -> None:
    pixels = np.arange(48, dtype=np.uint8).reshape(1, 4, 4, 3) * 5
    images = to_images(pixels)
    assert images.shape == (1, 3, 4, 4)
    assert np.array_equal(to_pixels(images), pixels)
    assert to_pixels(torch.tensor([[[[-2.0]], [[0.0]], [[7.0]]]])).ravel().tolist() == [0, 128, 255]
