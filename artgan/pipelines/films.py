"""Moving pictures through the painter in one pass: which contents move, and what becomes of one of them."""

import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from artgan.config.transfer import TransferConfig
from artgan.errors import PictureError
from artgan.events import ItemsProgress, Listener, Note
from artgan.io.files import atomic_writer, quoted
from artgan.io.films import MP4, Film, film_suffix, open_film
from artgan.io.frames import Clock, Levels, Timed
from artgan.io.gif import write_gif
from artgan.io.images import Picture, to_levels
from artgan.io.shipped import find_content, is_example
from artgan.io.video import encode_mp4, require_video
from artgan.io.webp import write_webp
from artgan.painting.fast import FastPainter
from artgan.painting.pyramid import resize
from artgan.painting.steady import Changes, repainted, scenes
from artgan.painting.styling import Painting
from artgan.painting.tensors import to_pixels
from artgan.pipelines.outputs import STDIO
from artgan.pipelines.studio import Studio, memory_named

_SHORTEST_MS = 1000 / 60
"""Of a frame of an MP4 that is made of frames with times of their own."""
_UNTOLD_MS = 100.0
"""What players make of a time of 0."""


def moving_contents(sources: Sequence[str], config: TransferConfig, listener: Listener) -> dict[str, str]:
    """The contents that are painted as moving pictures, and the suffix of their kind; none unless in one pass.

    Raises UsageError for an MP4 without the extra `video`.
    """
    kinds = {
        source: suffix
        for source in sources
        if source != STDIO and not is_example(source) and (suffix := film_suffix(Path(source))) is not None
    }
    if not config.fast_by_name(config.init):
        for source in kinds:
            listener(
                Note(text=f"{quoted(source)} is moving: only its first frame is painted; --method fast paints all")
            )
        return {}
    if MP4 in kinds.values():
        require_video()
    return kinds


@dataclass(frozen=True, kw_only=True)
class _Survey:
    """What there is to know of a film before it is painted."""

    times: list[float]
    scenes: list[range]
    transparent: bool
    half_transparent: bool


@dataclass(kw_only=True)
class _Progress:
    """Tells a listener of frames, which are counted from 1."""

    listener: Listener
    activity: str
    total: int | None
    began: float = field(default_factory=time.monotonic)

    def frame(self, number: int) -> None:
        """This one is at hand."""
        per_second = number / max(1e-6, time.monotonic() - self.began)
        left = None if self.total is None else (self.total - number) / per_second
        self.listener(
            ItemsProgress(
                activity=f"{self.activity} frame",
                done=number,
                total=self.total,
                reasons={},
                per_second=per_second,
                seconds_left=left,
            )
        )


class _StoppedError(Exception):
    """The user wants no more of it."""


def paint_film(
    studio: Studio,
    source: str,
    destination: Path,
    *,
    listener: Listener,
    should_stop: Callable[[], bool],
    force: bool,
) -> Mapping[str, object] | None:
    """Paint moving pictures frame by frame and write them; their details, or None when that was stopped before its end.

    Raises:
        ArtganError: they cannot be read, painted or written; nothing is left behind then.
    """
    assert isinstance(studio.painter, FastPainter)
    began = time.monotonic()
    film = open_film(Path(find_content(source)))
    name = Path(source).name
    try:
        survey = _survey(film, _Progress(listener=listener, activity=f"{name}: reading", total=None), should_stop)
        _say_what_is_lost(film, survey, source, destination.suffix.lower(), listener)
        pictures = partial(_pictures, film)
        painted = repainted(studio.painter, pictures, survey.scenes, studio.device)
        with closing(painted), memory_named(studio.painter.size):
            first = next(painted)
            height, width = first[1].shape[-2:]
            painting = Painting(
                image=first[1],
                steps=1,
                scales=((width, height, 1),),
                content_loss=None,
                style_loss=None,
                seconds=time.monotonic() - began,
                interrupted=False,
            )
            scores = studio.scores(painting, first[0])
            facts = {"frames": len(survey.times), "scenes": [scene.start for scene in survey.scenes]}
            receipt = {**studio.receipt(painting, first[0], source, scores), **facts}
            progress = _Progress(listener=listener, activity=f"{name}: painting", total=len(survey.times))
            frames = _frames(chain([first], painted), survey, destination.suffix.lower(), progress, should_stop)
            _write(frames, film, survey, destination, receipt, force=force)
    except _StoppedError:
        return None
    details = studio.details(replace(painting, seconds=time.monotonic() - began), scores)
    return {**details, **facts}


def _survey(film: Film, progress: _Progress, should_stop: Callable[[], bool]) -> _Survey:
    times: list[float] = []
    changes = Changes()
    transparent = half = False
    with closing(film.frames()) as frames:
        for frame in frames:
            if should_stop():
                raise _StoppedError
            times.append(frame.shown_ms)
            changes.add(frame.picture)
            alpha = frame.picture.alpha
            transparent = transparent or alpha is not None
            half = half or (alpha is not None and bool(((alpha > 0) & (alpha < 1)).any()))
            progress.frame(len(times))
    if not times:
        raise PictureError(f"cannot read {quoted(film.name)}: it has no frames")
    return _Survey(times=times, scenes=scenes(changes.values), transparent=transparent, half_transparent=half)


def _say_what_is_lost(film: Film, survey: _Survey, source: str, suffix: str, listener: Listener) -> None:
    name = quoted(source)
    if film.sound:
        listener(Note(text=f"the sound of {name} is left out"))
    if suffix == MP4 and survey.transparent:
        listener(Note(text=f"an MP4 has no transparency: {name} is laid over white"))
    if suffix == ".gif" and survey.half_transparent:
        listener(
            Note(text=f"a GIF knows no half transparency: such pixels of {name} are seen or not; .webp keeps them")
        )


def _pictures(film: Film) -> Generator[Picture, None, None]:
    with closing(film.frames()) as frames:
        for frame in frames:
            yield frame.picture


def _frames(
    painted: Iterator[tuple[Picture, Tensor]],
    survey: _Survey,
    suffix: str,
    progress: _Progress,
    should_stop: Callable[[], bool],
) -> Iterator[Timed]:
    """What is written, with how long it is shown."""
    for number, (picture, image) in enumerate(painted):
        if should_stop():
            raise _StoppedError
        progress.frame(number + 1)
        yield _levels(picture, image, survey.transparent, over_white=suffix == MP4), survey.times[number]


def _levels(picture: Picture, image: Tensor, transparent: bool, *, over_white: bool) -> Levels:
    pixels = to_pixels(image)
    if not transparent:
        return to_levels(pixels)
    alpha = np.ones(pixels.shape[:2], np.float32)
    if picture.alpha is not None:
        alpha = resize(torch.from_numpy(picture.alpha)[None, None], *pixels.shape[:2])[0, 0].numpy()
    if over_white:
        return to_levels(pixels * alpha[..., None] + (1 - alpha[..., None]))
    return np.dstack([to_levels(pixels), to_levels(alpha)])


def _write(
    frames: Iterator[Timed], film: Film, survey: _Survey, path: Path, receipt: Mapping[str, Any], *, force: bool
) -> None:
    with atomic_writer(path, force=force) as stream:
        if path.suffix.lower() == MP4:
            rate = film.rate or 1000 / _unit(survey.times)
            stream.write(encode_mp4(_repeated(frames, rate), fps=rate, receipt=receipt))
        else:
            write = write_gif if path.suffix.lower() == ".gif" else write_webp
            write(stream, frames, plays=film.plays, receipt=receipt)


def _unit(times: Sequence[float]) -> float:
    """How long a frame of an MP4 is shown, in milliseconds, where others have times of their own."""
    return max(_SHORTEST_MS, min(shown or _UNTOLD_MS for shown in times))


def _repeated(frames: Iterator[Timed], rate: float) -> Iterator[Levels]:
    """Each as often as its time wants it, at least once."""
    clock = Clock(1000 / rate, 1)
    for frame, shown in frames:
        for _ in range(max(1, clock.units(shown or _UNTOLD_MS))):
            yield frame
