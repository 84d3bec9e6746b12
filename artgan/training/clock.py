"""The time a run has taken, its speed, and what is left of it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

_SECONDS_BETWEEN_LOOKS = 1.0


class Clock:
    """Counts seconds of training from where an earlier session left off.

    `seconds` is the run's age over all sessions, at step `step` and `images_seen` pictures.
    """

    def __init__(self, *, seconds: float = 0.0, images_seen: int = 0) -> None:
        now = time.monotonic()
        self._earlier, self._began = seconds, now
        self._line_began, self._line_images, self._aside = now, images_seen, 0.0
        self._saved = self._looked = now
        self._first: tuple[int, float] | None = None

    def seconds(self) -> float:
        """The run's age, in all sessions."""
        return self._earlier + time.monotonic() - self._began

    def stepped(self, step: int) -> None:
        """A step is done. The first one of a session warms the device up and says nothing of the speed."""
        if self._first is None:
            self._first = (step, time.monotonic())

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Time that is not training: samples, scores, checkpoints. It counts, but not for the speed."""
        began = time.monotonic()
        yield
        self._aside += time.monotonic() - began

    def speed(self, images_seen: int) -> float:
        """Pictures a second of training since the last line of metrics."""
        took = time.monotonic() - self._line_began - self._aside
        return (images_seen - self._line_images) / max(took, 1e-9)

    def line(self, images_seen: int) -> None:
        """A line of metrics is written; `speed` starts anew."""
        self._line_began, self._line_images, self._aside = time.monotonic(), images_seen, 0.0

    def seconds_left(self, step: int, *, steps: int | None, seconds: float | None) -> float | None:
        """Estimate until the nearer limit, from the pace of this session; None while it is not known which that is."""
        estimates = []
        if seconds is not None:
            estimates.append(max(0.0, seconds - self.seconds()))
        if steps is not None:
            if self._first is None or step <= self._first[0]:
                return None
            pace = (time.monotonic() - self._first[1]) / (step - self._first[0])
            estimates.append(pace * (steps - step))
        return min(estimates, default=None)

    def look_due(self) -> bool:
        """Whether it is time to show how it goes; true about once a second."""
        now = time.monotonic()
        if now - self._looked < _SECONDS_BETWEEN_LOOKS:
            return False
        self._looked = now
        return True

    def since_save(self) -> float:
        """Seconds since the last checkpoint, or since this session began."""
        return time.monotonic() - self._saved

    def saved(self) -> None:
        """A checkpoint is written."""
        self._saved = time.monotonic()
