"""What happens beside training: lines of metrics, grids of samples, and what people are told."""

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from artgan.errors import UsageError
from artgan.events import Listener, Note, TrainStep
from artgan.io.files import atomic_writer
from artgan.io.images import write_picture
from artgan.io.media import grid
from artgan.io.webp import write_webp
from artgan.training.engine import Callback, Moment
from artgan.training.runs import Run
from artgan.training.task import Task
from artgan.training.trouble import diversity

SHOWN = ("score/distance", "score/loss", "score/tags/all")
"""Scores that the progress shows."""

_REGULAR = 1000
_MOST_FRAMES = 60
_FRAME_WIDTH = 640
_FRAME_MS, _LAST_MS = 250.0, 2000.0
_LONG = 3600.0


class Metrics(Callback):
    """Writes metrics.jsonl."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def logged(self, line: Mapping[str, float]) -> None:
        """One line."""
        self._run.append_metrics(line)


class TensorBoard(Callback):
    """Writes the same figures as TensorBoard's event files; points beyond `step`, where a session begins, are
    superseded. Raises UsageError when TensorBoard is not installed."""

    def __init__(self, run: Run, step: int = 0) -> None:
        try:
            module = importlib.import_module("torch.utils.tensorboard")
        except ImportError:
            raise UsageError("--tensorboard needs TensorBoard: pip install 'artgan[tensorboard]'") from None
        self._writer: Any = module.SummaryWriter(str(run.path / "tensorboard"), purge_step=step + 1 if step else None)

    def logged(self, line: Mapping[str, float]) -> None:
        """A point on every curve."""
        for name, value in line.items():
            if name != "step":
                self._writer.add_scalar(name, value, int(line["step"]))

    def ended(self, moment: Moment) -> None:
        """Nothing stays in a buffer."""
        self._writer.close()


class Samples(Callback):
    """Grids of the task's samples, a measure of how they differ, and in the end an animation of the grids.

    `reference` is what the diversity of training pictures is, as `trouble.diversity` measures it.
    """

    def __init__(self, run: Run, task: Task, *, every: int | None, reference: float) -> None:
        self._run, self._task, self._every, self._reference = run, task, every, reference
        self.latest: Path | None = next(iter(run.sample_grids()[::-1]), None)

    def stepped(self, moment: Moment) -> Mapping[str, float]:
        """A grid when it is time for one."""
        if not (moment.last or sample_due(moment.step, self._every)):
            return {}
        return self._draw(moment)

    def ended(self, moment: Moment) -> None:
        """The last grid, when the run was interrupted between two, and the animation."""
        if not self._run.sample_path(moment.step).exists():
            self._draw(moment)
        frames = [_frame(path) for path in _evenly(self._run.sample_grids(), _MOST_FRAMES)]
        if len(frames) > 1 and len({frame.shape for frame in frames}) == 1:
            with atomic_writer(self._run.animation, force=True) as stream:
                times = [_FRAME_MS] * (len(frames) - 1) + [_LAST_MS]
                write_webp(stream, zip(frames, times, strict=True), quality=80)

    def _draw(self, moment: Moment) -> dict[str, float]:
        with torch.no_grad():
            images = self._task.samples(moment.averaged).float().cpu()  # not every device can compare them
        pixels = to_pixels(images)
        self.latest = self._run.sample_path(moment.step)
        write_picture(np.divide(grid(pixels), 255, dtype=np.float32), self.latest, receipt=None, force=True)
        return {"score/diversity": round(diversity(images) / self._reference, 4)} if self._reference > 0 else {}


class Telling(Callback):
    """Tells the listener how it goes, and before a long run how long it will be."""

    def __init__(self, listener: Listener, run: Run, samples: Samples, steps: int | None) -> None:
        self._listener, self._run, self._samples, self._steps = listener, run, samples, steps
        self._begun = self._forecast = False
        self._scores: dict[str, float] = {}

    def stepped(self, moment: Moment) -> Mapping[str, float]:
        """The first step of a session is told at once: from here on there is something to save."""
        if not self._begun:
            self._begun = True
            self.watched(moment, {})
        return {}

    def ended(self, moment: Moment) -> None:
        """A run that was resumed at its end says why nothing happened."""
        if not self._begun:
            limits = "--steps, --images, --epochs or --budget"
            self._listener(Note(text=f"step {moment.step} is the run's end already: {limits} sets a later one"))

    def logged(self, line: Mapping[str, float]) -> None:
        """Scores are shown until there are newer ones."""
        self._scores |= {name: line[name] for name in SHOWN if name in line}

    def watched(self, moment: Moment, values: Mapping[str, float]) -> None:
        """A step for the progress bar."""
        left = moment.seconds_left
        if not self._forecast and left is not None:
            self._forecast = True
            if left > _LONG:
                text = (
                    f"this will take about {left / 3600:.1f} hours; --budget 30m or --steps N bounds it, Ctrl-C saves"
                )
                self._listener(Note(text=text))
        self._listener(
            TrainStep(
                run=self._run.path.name,
                step=moment.step,
                steps=self._steps,
                images_seen=moment.images_seen,
                pictures_per_second=moment.pictures_per_second,
                values={**values, **self._scores},
                seconds_left=left,
                samples=self._samples.latest,
            )
        )


def sample_due(step: int, every: int | None) -> bool:
    """Whether to draw samples at a step: every `every` steps, or 1, 2, 5, 10, 20, 50, ... and then every 1000."""
    if every is not None:
        return step % every == 0
    if step >= _REGULAR:
        return step % _REGULAR == 0
    return str(step).rstrip("0") in ("1", "2", "5")


def to_pixels(images: Tensor) -> NDArray[np.uint8]:
    """Images (N, 3, H, W) in [-1, 1] as bytes (N, H, W, 3)."""
    scaled = images.detach().add(1).mul(127.5).round().clamp(0, 255)
    return scaled.to(torch.uint8).permute(0, 2, 3, 1).cpu().numpy()


def to_images(pixels: NDArray[np.uint8]) -> Tensor:
    """Bytes (N, H, W, 3) as images (N, 3, H, W) float32 in [-1, 1]."""
    return torch.from_numpy(pixels).permute(0, 3, 1, 2).float().div(127.5).sub(1)


def _frame(path: Path) -> NDArray[np.uint8]:
    with Image.open(path) as image:
        frame = image.convert("RGB")
    if frame.width > _FRAME_WIDTH:
        height = round(frame.height * _FRAME_WIDTH / frame.width)
        frame = frame.resize((_FRAME_WIDTH, height), Image.Resampling.LANCZOS)
    return np.asarray(frame)


def _evenly(paths: list[Path], count: int) -> list[Path]:
    """At most `count` of the paths, the first and the last among them."""
    if len(paths) <= count:
        return paths
    return [paths[round(place)] for place in np.linspace(0, len(paths) - 1, count)]
