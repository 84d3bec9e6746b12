"""One content before the painter: foretold, watched, saved now and then, filmed, interrupted and taken up again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from math import ceil
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from artgan.errors import WeightsError
from artgan.events import Listener, Note, PictureDone
from artgan.io.files import quoted
from artgan.io.images import Picture
from artgan.painting.forecast import FORECAST_STEP, forecast
from artgan.painting.optimise import Iterate
from artgan.painting.pyramid import fit, resize
from artgan.painting.styling import Glimpse, Painting
from artgan.pipelines.animations import write_animation
from artgan.pipelines.pictures import write_result
from artgan.pipelines.resuming import Kept, forget, keep
from artgan.pipelines.studio import Studio

_WORTH_A_FORECAST = 60.0
_FRAMES = 90
"""Frames of a film at most, but for the last."""
_FILM_SIDE = 512
_FPS = 12
_LAST_MS = 2000
_FRAMES_KEY = "film"
"""What the frames so far are called among the tensors of a state."""


@dataclass(kw_only=True)
class Sitting:
    """A content, where its results go, and, in `kept`, what an interrupted painting of it left."""

    studio: Studio
    content: Picture
    source: str
    destination: Path | None
    film: Path | None
    kept: Kept | None
    listener: Listener
    stdout: BinaryIO | None
    force: bool
    _frames: list[NDArray[np.uint8]] = field(default_factory=list)
    _first: int | None = None
    """The first step that was seen, from which time is foretold."""

    def paint(
        self, on_step: Callable[[Iterate, int], None], should_stop: Callable[[], bool]
    ) -> Mapping[str, object] | None:
        """Paint and write everything; the details of the painting, or None when it was stopped before its first step.

        Raises:
            ArtganError: it cannot be painted or written.
        """
        state = None if self.kept is None else dict(self.kept.tensors)
        if state is not None and (frames := state.pop(_FRAMES_KEY, None)) is not None:
            self._frames = list(frames.numpy())
        try:
            painting = self.studio.paint(self.content, on_step, should_stop, watch=self._watch, state=state)
        except (KeyError, ValueError) as error:
            if self.kept is None:
                raise
            raise WeightsError(f"cannot resume from {quoted(self.kept.path)}: it is damaged; remove it") from error
        if painting.steps == 0:
            return None
        receipt, scores = self._write(painting, self.destination)
        if self.film is not None:
            self._write_film(painting, receipt)
        if self.destination is not None:
            if painting.state is None:
                forget(self.destination)
            else:
                self._keep(painting.state, receipt, written=True)
                self.listener(Note(text="the same command with --resume goes on from here"))
        return self.studio.details(painting, scores)

    def _watch(self, glimpse: Glimpse) -> None:
        step = glimpse.iterate.step
        if self._first is None:
            self._first = step
        if step == self._first + FORECAST_STEP - 1:
            self._foretell(glimpse)
        config = self.studio.config
        if self.film is not None and (step - 1) % ceil(config.steps / _FRAMES) == 0:
            self._frames.append(_frame(glimpse.painting().image))
        if config.save_every is not None and self.destination is not None and step % config.save_every == 0:
            path = snapshot_path(self.destination, step, config.steps)
            painting = replace(glimpse.painting(), interrupted=False)
            receipt, scores = self._write(painting, path)
            self.listener(PictureDone(source=self.source, path=path, details=self.studio.details(painting, scores)))
            self._keep(glimpse.state(), receipt, written=False)

    def _foretell(self, glimpse: Glimpse) -> None:
        seconds = glimpse.iterate.seconds_left
        if seconds < _WORTH_A_FORECAST:
            return
        painter = self.studio.painter
        height, width = fit(self.content.pixels.shape[0], self.content.pixels.shape[1], painter.size)
        self.listener(Note(text=forecast(Path(self.source).name, width, height, seconds, glimpse.memory)))

    def _write(self, painting: Painting, path: Path | None) -> tuple[dict[str, object], Mapping[str, Any]]:
        scores = self.studio.scores(painting, self.content)
        receipt = self.studio.receipt(painting, self.content, self.source, scores)
        # What stands there was checked before any work; a painting taken up again replaces its own.
        write_result(
            painting.image, self.content.alpha, path, receipt, self.stdout, force=self.force or self.kept is not None
        )
        return receipt, scores

    def _write_film(self, painting: Painting, receipt: Mapping[str, Any]) -> None:
        assert self.film is not None
        last = _frame(painting.image)
        known = bool(self._frames) and np.array_equal(self._frames[-1], last)
        frames = self._frames if known else [*self._frames, last]
        film = {**receipt, "kind": "film"}
        force = self.force or self.kept is not None
        write_animation(frames, self.film, fps=_FPS, last_ms=_LAST_MS, receipt=film, force=force)
        details = {"kind": "film", "width": frames[0].shape[1], "height": frames[0].shape[0], "frames": len(frames)}
        self.listener(PictureDone(source=self.source, path=self.film, details=details))

    def _keep(self, state: Mapping[str, Tensor], receipt: Mapping[str, Any], *, written: bool) -> None:
        assert self.destination is not None
        film = {} if not self._frames else {_FRAMES_KEY: torch.from_numpy(np.stack(self._frames))}
        keep(self.destination, {**state, **film}, receipt, written=written)


def snapshot_path(picture: Path, step: int, steps: int) -> Path:
    """Where the picture after a step is saved: painted-step0100.png beside painted.png."""
    digits = max(4, len(str(steps)))
    return picture.with_name(f"{picture.stem}-step{step:0{digits}d}{picture.suffix}")


def _frame(image: Tensor) -> NDArray[np.uint8]:
    height, width = fit(image.shape[-2], image.shape[-1], min(_FILM_SIDE, max(image.shape[-2:])))
    levels: NDArray[np.uint8] = resize(image, height, width)[0].permute(1, 2, 0).mul(255).round().byte().cpu().numpy()
    return levels
