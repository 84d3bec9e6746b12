"""Shows the core's events: results, notes, and progress, live on a terminal, as a plain line now and then elsewhere."""

import os
import sys
import time
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.table import Table
from rich.text import Text

from artgan.cli.output import Output
from artgan.events import (
    Downloading,
    Event,
    FolderDone,
    ItemsProgress,
    Note,
    PaintStep,
    PictureDone,
    PictureFailed,
    Summary,
    TrainStep,
)

_SECONDS_BETWEEN_LINES = 15.0


class ProgressView:
    """A listener for pipelines; use as a context manager so that the bar is gone when the work ends."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._console = Console(stderr=True, markup=False, highlight=False, soft_wrap=True)
        live = self._console.is_interactive and not output.quiet and not os.environ.get("ARTGAN_NO_PROGRESS")
        self._paint = _bar(self._console, "{task.fields[text]}") if live else None
        self._task: TaskID | None = None
        self._last_line = time.monotonic()
        self._scale = (0, 0)
        self.painting = False
        """Whether a picture has been begun, so that an interrupt has something to save."""
        self.training = False
        """The same for a training run."""

    def __enter__(self) -> "ProgressView":
        """Start drawing."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Clear the bar."""
        self._close()

    def __call__(self, event: Event) -> None:
        """Draw one event."""
        match event:
            case Note():
                self._line(event.text)
            case Downloading():
                self._download(event)
            case PaintStep():
                self._step(event)
            case PictureDone():
                self._close()
                self._output.result(event.path, {"source": event.source, **event.details})
            case PictureFailed():
                self._close()
                self._output.failure(event.source, event.error)
            case ItemsProgress():
                self._items(event)
            case TrainStep():
                self._train(event)
            case Summary():
                self._close()
                self._table(event)
            case FolderDone():
                self._close()
                self._output.result(event.path, dict(event.details))

    def _line(self, text: str) -> None:
        if self._output.quiet:
            return
        if self._paint is not None and self._task is not None:
            self._console.print(text)
        else:
            print(text, file=sys.stderr, flush=True)

    def _step(self, event: PaintStep) -> None:
        self.painting = True
        if self._output.verbose and (event.picture_number, event.scale) != self._scale:
            self._scale = (event.picture_number, event.scale)
            self._line(
                f"{event.picture}: scale {event.scale}/{event.scales}, {event.width}x{event.height}, from step "
                f"{event.step}: content {event.content_loss:.4g}, style {event.style_loss:.4g}"
            )
        which = f"{event.picture_number}/{event.pictures} " if event.pictures > 1 else ""
        text = (
            f"{which}{event.picture}  {event.width}x{event.height} (scale {event.scale}/{event.scales})  "
            f"step {event.step}  content {event.content_loss:.4g}  style {event.style_loss:.4g}  "
            f"{_time(event.seconds_left)} left"
        )
        self._show(text, done=event.step, left=event.seconds_left)

    def _download(self, event: Downloading) -> None:
        done = f"{event.done_bytes / 1e6:.0f}"
        total = "" if event.total_bytes is None else f" of {event.total_bytes / 1e6:.0f}"
        self._show(f"downloading {event.name}  {done}{total} MB", done=event.done_bytes, total=event.total_bytes)
        if event.done_bytes == event.total_bytes:
            self._close()

    def _items(self, event: ItemsProgress) -> None:
        of = "" if event.total is None else f" of {event.total}"
        parts = [f"{event.activity} {event.done}{of}", f"{event.per_second:.1f}/s"]
        parts += [f"{reason} {count}" for reason, count in event.reasons.items()]
        if event.seconds_left is not None:
            parts.append(f"{_time(event.seconds_left)} left")
        self._show("  ".join(parts), done=event.done, total=event.total)

    def _train(self, event: TrainStep) -> None:
        self.training = True
        of = "" if event.steps is None else f"/{event.steps}"
        parts = [f"step {event.step}{of}"]
        if event.seconds_left is not None:
            parts.append(f"{_time(event.seconds_left)} left")
        parts.append(f"{event.pictures_per_second:.0f} pictures/s")
        parts += [
            f"{name.rpartition('/')[2].replace('_', ' ')} {value:.2f}"
            for name, value in event.values.items()
            if not name.startswith("health/")  # for the doctor
        ]
        if event.samples is not None:
            parts.append(f"grid {event.samples.name}")
        self._show("  ".join(parts), done=event.step, total=event.steps, left=event.seconds_left)

    def _table(self, event: Summary) -> None:
        if self._output.quiet:
            return
        table = Table(title=event.title, title_justify="left", box=None, pad_edge=False)
        for number, column in enumerate(event.columns):
            table.add_column(Text(column), justify="left" if number == 0 else "right")
        for row in event.rows:
            table.add_row(*(Text(cell) for cell in row))
        self._console.print(table)

    def _show(self, text: str, *, done: float, total: float | None = None, left: float | None = None) -> None:
        now = time.monotonic()
        if self._paint is not None:
            if self._task is None:
                self._paint.start()
                self._task = self._paint.add_task("", total=None, text=text)
                self._began = now
            if left is not None:  # the bar shows time, since steps at different scales differ in cost
                done, total = now - self._began, now - self._began + left
            self._paint.update(self._task, completed=done, total=total, text=text)
        elif not self._output.quiet and now - self._last_line >= _SECONDS_BETWEEN_LINES:
            self._last_line = now
            print(text, file=sys.stderr, flush=True)

    def _close(self) -> None:
        if self._paint is not None and self._task is not None:
            self._paint.stop()
            self._paint.remove_task(self._task)
            self._task = None


def _bar(console: Console, text: str) -> Progress:
    return Progress(BarColumn(bar_width=24), TextColumn(text, markup=False), console=console, transient=True)


def _time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes_rest = divmod(minutes, 60)
    if hours:
        return f"{hours}:{minutes_rest:02d}:{rest:02d}"
    return f"{minutes}:{rest:02d}" if minutes else f"{rest} s"
