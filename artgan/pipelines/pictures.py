"""What commands that turn pictures into pictures share: how they end, and how a result is written."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import torch
from torch import Tensor

from artgan.errors import ArtganError, UsageError
from artgan.events import Listener, PaintStep, PictureDone, PictureFailed
from artgan.io.colour import Pixels
from artgan.io.files import write_stream
from artgan.io.images import encode_png, write_picture
from artgan.painting.optimise import Iterate
from artgan.painting.pyramid import resize
from artgan.painting.tensors import to_pixels
from artgan.pipelines.outputs import STDIO


@dataclass(frozen=True, kw_only=True)
class PicturesReport:
    """How it ended: pictures written, pictures that failed, and whether it was stopped early."""

    done: int
    failed: int
    interrupted: bool


@dataclass(kw_only=True)
class Tally:
    """Counts pictures as they end, and tells the listener of each; `alone` there is but one, whose error is raised."""

    listener: Listener
    alone: bool
    _done: int = 0
    _failed: int = 0

    def wrote(self, source: str, path: Path | None, details: Mapping[str, object]) -> None:
        """A picture is where it belongs."""
        self._done += 1
        self.listener(PictureDone(source=source, path=path, details=details))

    def failed_at(self, source: str, error: ArtganError) -> None:
        """A picture cannot be made, or not be written."""
        if self.alone:
            raise error
        self._failed += 1
        self.listener(PictureFailed(source=source, error=str(error)))

    def report(self, *, interrupted: bool) -> PicturesReport:
        """How it has ended."""
        return PicturesReport(done=self._done, failed=self._failed, interrupted=interrupted)


Make = Callable[[int, str, Path | None], Mapping[str, object] | None]
"""Makes picture `number` (from 1) of `source` and writes it to `destination`; gives its details, or None when it was
stopped before there was anything to write."""


def each_picture(
    sources: Sequence[str],
    destinations: Sequence[Path | None],
    make: Make,
    *,
    listener: Listener,
    should_stop: Callable[[], bool],
) -> PicturesReport:
    """Make pictures one after the other; when `should_stop` turns true, the rest are left.

    One alone that fails raises its ArtganError; one of several is told to the listener and the others go on.
    """
    tally = Tally(listener=listener, alone=len(sources) == 1)
    for number, (source, destination) in enumerate(zip(sources, destinations, strict=True), start=1):
        if should_stop():
            break
        try:
            details = make(number, source, destination)
        except ArtganError as error:
            tally.failed_at(source, error)
            continue
        if details is None:
            break
        tally.wrote(source, destination, details)
    return tally.report(interrupted=should_stop())


def check_stream(out: str | None, stdout: BinaryIO | None) -> None:
    """Raise UsageError when a picture would go to a terminal."""
    if out == STDIO and (stdout is None or stdout.isatty()):
        raise UsageError("a picture on a terminal is unreadable: pipe standard output, or give --out a file")


def painting_progress(listener: Listener, picture: str, number: int, pictures: int) -> Callable[[Iterate, int], None]:
    """What a style painter calls after each step (the iterate, and how many scales there are): it tells the listener
    of picture `number` of `pictures`."""

    def tell(iterate: Iterate, scales: int) -> None:
        listener(
            PaintStep(
                picture=picture,
                picture_number=number,
                pictures=pictures,
                scale=iterate.scale,
                scales=scales,
                width=iterate.width,
                height=iterate.height,
                step=iterate.step,
                content_loss=iterate.content,
                style_loss=iterate.style,
                total_loss=iterate.total,
                seconds_left=iterate.seconds_left,
            )
        )

    return tell


def write_result(
    image: Tensor,
    alpha: Pixels | None,
    destination: Path | None,
    receipt: dict[str, Any],
    stdout: BinaryIO | None,
    *,
    force: bool,
) -> None:
    """Write a picture (1, 3, H, W) in [0, 1] with the transparency of what it was made from, (H', W') or None where
    that is opaque; a destination of None is standard output.

    Raises:
        OutputError: it cannot be written.
    """
    pixels = to_pixels(image)
    if alpha is not None:
        mask = torch.from_numpy(alpha)[None, None]
        alpha = resize(mask, image.shape[-2], image.shape[-1])[0, 0].numpy()
    if destination is not None:
        write_picture(pixels, destination, alpha=alpha, receipt=receipt, force=force)
    elif stdout is not None:
        write_stream(stdout, encode_png(pixels, alpha=alpha, receipt=receipt))
