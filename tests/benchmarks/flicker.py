"""How much moving pictures flicker that are painted in one pass, frame by frame and steadily.

    python tests/benchmarks/flicker.py [--painter MODEL] [--size 128] [--frames 12] [--quick]

The films are made of the photos that ship, so that what moves in them, and how, is known. Without --painter the
built-in one paints.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated

import torch
from torch import Tensor

from artgan.config.transfer import TransferConfig
from artgan.io.images import read_picture
from artgan.io.shipped import example_names, find_content
from artgan.metrics.flicker import flicker
from artgan.painting.fast import FastPainter
from artgan.painting.motion import Motion
from artgan.painting.pyramid import resize
from artgan.painting.steady import Steadicam
from artgan.painting.tensors import to_tensor
from artgan.pipelines.studio import Studio

from machine import describe
from page import Spread, replace_section, table
from reporting import PAGE, tell

STYLES = ("swirls", "waves")
STILL = Motion()
_WINDOW = 2
"""Frames before and after that a window holds."""
_NOISE = 2 / 255
"""Deviation of a sensor's noise."""
_DRIFT = 0.01
"""What brightness changes by from frame to frame."""


@dataclass(frozen=True, kw_only=True)
class FilmMade:
    """A film whose motion is known."""

    frames: list[Tensor]
    motion: Motion = STILL
    """From each frame to the one before."""
    counted: list[Tensor] | None = None

    def flicker(self, frames: Sequence[Tensor]) -> float:
        """Of this film, or of paintings of it, in levels of 255."""
        if self.motion == STILL:
            return 255 * flicker(frames, counted=self.counted)
        pairs = ((*self.motion.of(before), after) for before, after in pairwise(frames))
        return 255 * rms([flicker([moved, after], counted=[seen, seen]) for moved, seen, after in pairs])


def rms(values: Sequence[float]) -> float:
    """Root mean square."""
    return (sum(value * value for value in values) / len(values)) ** 0.5


@dataclass(frozen=True)
class FlickerRow:
    film: Annotated[str, "film"]
    content: Annotated[Spread, "content"]
    alone: Annotated[Spread, "frame by frame"]
    window: Annotated[Spread, "window of five"]
    scene: Annotated[Spread, "scene"]
    steady: Annotated[Spread, "steady"]
    ratio: Annotated[Spread, "steady / frame by frame"]


def pan(photo: Tensor, count: int, step: int) -> FilmMade:
    """The photo goes by to the left, by so many pixels a frame."""
    width = photo.shape[-1] - step * (count - 1)
    frames = [photo[..., n * step : n * step + width] for n in range(count)]
    return FilmMade(frames=frames, motion=Motion(shift=step))


def travel(photo: Tensor, height: int, width: int, count: int, motion: Motion) -> FilmMade:
    """What a camera sees that moves alike from frame to frame: of the middle of a photo three times as high."""
    frames, since = [], STILL
    for _ in range(count):
        seen, _ = since.scaled(3).of(photo)
        top, left = (seen.shape[-2] - 3 * height) // 2, (seen.shape[-1] - 3 * width) // 2
        frames.append(resize(seen[..., top : top + 3 * height, left : left + 3 * width].clamp(0, 1), height, width))
        since = since @ motion
    return FilmMade(frames=frames, motion=motion)


def noise(photo: Tensor, count: int) -> FilmMade:
    """The photo stands still, as a sensor sees it."""
    random = torch.Generator().manual_seed(0)
    return FilmMade(
        frames=[(photo + _NOISE * torch.randn(photo.shape, generator=random)).clamp(0, 1) for _ in range(count)]
    )


def passing(photo: Tensor, count: int) -> FilmMade:
    """A bright disc goes by, a third as high as the photo; it does not count, nor what it is painted into."""
    height, width = photo.shape[-2:]
    rows, columns = torch.arange(height)[:, None], torch.arange(width)[None]
    frames, counted = [], []
    for number in range(count):
        middle = width * (number + 0.5) / count
        distance = ((rows - height * 0.6) ** 2 + (columns - middle) ** 2).sqrt()[None, None]
        inside = (distance < height / 6).float()
        colour = torch.tensor([1.0, 0.8, 0.1]).view(1, 3, 1, 1)
        frames.append(photo * (1 - inside) + colour * inside)
        counted.append(distance > height / 6 + 24)
    return FilmMade(frames=frames, counted=counted)


def drift(photo: Tensor, count: int) -> FilmMade:
    """The photo stands still while the light grows."""
    return FilmMade(frames=[(photo * (0.8 + _DRIFT * number)).clamp(0, 1) for number in range(count)])


def films(name: str, side: int, count: int) -> Iterator[tuple[str, FilmMade]]:
    """Of an example, squares, by name."""
    photo, large = photo_of(name, side, side + 3 * count), photo_of(name, 4 * side, 4 * side)
    still = photo[..., :side]
    yield "pan, 1 px a frame", pan(photo[..., : side + count - 1], count, 1)
    yield "pan, 3 px a frame", pan(photo[..., : side + 3 * (count - 1)], count, 3)
    yield "pan, half a pixel a frame", travel(large, side, side, count, Motion(shift=0.5))
    yield "zoom, 1 % a frame", travel(large, side, side, count, Motion(turned=0.99))
    yield "still, with noise", noise(still, count)
    yield "something passes by", passing(still, count)
    yield "the light grows", drift(still, count)


def photo_of(name: str, height: int, width: int) -> Tensor:
    """An example, as high as that, and its mirror image beside it as far as it is not wide enough."""
    image = to_tensor(read_picture(find_content(name)), torch.device("cpu"))
    image = resize(image, height, round(image.shape[-1] * height / image.shape[-2]))
    return torch.cat([image, image.flip(-1)] * -(-width // image.shape[-1]), -1)[..., :width]


def alone(painter: FastPainter, frames: Sequence[Tensor]) -> list[Tensor]:
    """Each frame as a picture."""
    return [painter.repainted(frame) for frame in frames]


def window(painter: FastPainter, frames: Sequence[Tensor]) -> list[Tensor]:
    """Each frame with the statistics of those around it."""
    return [
        painter.repainted(frame, None, painter.settled(around, [None] * len(around)))
        for number, frame in enumerate(frames)
        if (around := frames[max(0, number - _WINDOW) : number + _WINDOW + 1])
    ]


def scene(painter: FastPainter, frames: Sequence[Tensor]) -> list[Tensor]:
    """All frames with the same statistics."""
    manners = painter.settled(frames, [None] * len(frames))
    return [painter.repainted(frame, None, manners) for frame in frames]


def steady(painter: FastPainter, frames: Sequence[Tensor]) -> list[Tensor]:
    """As `artgan transfer` does it."""
    hold = Steadicam(painter, painter.settled(frames, [None] * len(frames)))
    return [hold.repainted(frame, None) for frame in frames]


WAYS: dict[str, Callable[[FastPainter, Sequence[Tensor]], list[Tensor]]] = {
    "alone": alone,
    "window": window,
    "scene": scene,
    "steady": steady,
}


def measure(
    painter: str | None, size: int, count: int, styles: Sequence[str], photos: Sequence[str]
) -> list[FlickerRow]:
    """A row a film; spreads are over photos and styles."""
    found: dict[str, dict[str, list[float]]] = {}
    for style in styles:
        config = TransferConfig(style=(style,), painter=painter, method="fast", size=size, seed=0, device="cpu")
        studio = Studio.open(config, listener=lambda event: None)
        assert isinstance(studio.painter, FastPainter)
        for name in photos:
            for film, made in films(name, size, count):
                values = found.setdefault(film, {})
                values.setdefault("content", []).append(made.flicker(made.frames))
                for way, paint in WAYS.items():
                    values.setdefault(way, []).append(made.flicker(paint(studio.painter, made.frames)))
                tell(f"{style}, {name}, {film}: { ({key: round(some[-1], 2) for key, some in values.items()}) }")
    rows = []
    for film, values in found.items():
        ratio = [one / other for one, other in zip(values["steady"], values["alone"], strict=True)]
        rows.append(FlickerRow(film, ratio=Spread.of(ratio), **{key: Spread.of(some) for key, some in values.items()}))
    return rows


def section(
    rows: Sequence[FlickerRow], size: int, count: int, styles: Sequence[str], photos: Sequence[str], command: str
) -> str:
    names, pairs = " and ".join(styles), len(styles) * len(photos)
    return f"""\
## Flicker of moving pictures

{describe().markdown()}
- To repeat it: `{command}`

Films of {count} frames of {size}x{size} px, made of the photos that ship so that what moves in them is known, are
painted in one pass in the styles {names}: each frame as a picture; with the colours and moments of five frames,
two before and two after; with those of the whole scene; and steadily, as `artgan transfer` does it: with those of the
scene, what stands still held still, the painter's grid following the camera, and the painting of the frame before
moved along and laid over where nothing is new. The table has the root mean square of
the change from frame to frame, in levels of 255, after the motion is undone (`artgan.metrics.flicker`): median
(min–max) of {pairs} pairs of photo and style. "Content" is the film before it is painted. What passes by does not
count, nor the places around it. Where the light grows the painting may change as the content does: frame by frame
each frame's colours are brought to the style's anew, so that the light does not grow in the painting.

{table(rows)}"""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Measure how much moving pictures flicker.")
    parser.add_argument("--painter", metavar="MODEL", help="instead of the built-in one")
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--frames", type=int, default=12)
    parser.add_argument("--quick", action="store_true", help="tiny, to see that all works; figures mean nothing")
    given = parser.parse_args(arguments)
    size, count, styles, photos = given.size, given.frames, STYLES, example_names()
    if given.quick:
        torch.set_num_threads(1)  # tiny tensors gain nothing from threads, and lose much on a busy machine
        size, count, styles, photos = 48, 3, STYLES[:1], photos[:1]
    rows = measure(given.painter, size, count, styles, photos)
    options = ["--painter MODEL"] * (given.painter is not None) + [f"--size {size} --frames {count}"]
    command = " ".join(["python tests/benchmarks/flicker.py", *options])
    text = section(rows, size, count, styles, photos, command)
    print(text)
    if not given.quick:
        replace_section(PAGE, "flicker", text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
