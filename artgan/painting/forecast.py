"""What a painting will take: seconds from its first steps, memory from its size and the encoder's layers."""

import math
from collections.abc import Collection
from dataclasses import dataclass

from artgan.models.encoder import Encoder
from artgan.painting.tiles import sight

FORECAST_STEP = 6
"""Steps after which the time is foretold: the first few load libraries and see the styles."""

_WORKING_MAPS = 6
"""Maps of the first layer's size that a step holds at once beside those kept for the gradient."""
_PICTURES = 10
"""Float pictures: the canvas, the picture, its average, two moments, the gradient and what they are resampled to."""
_PROCESS = 0.8e9
"""Python, torch and an encoder on a CPU; these figures, with `tests/benchmarks/transfer.py` of docs/benchmarks.md."""
_PLACE = 10
"""Bytes a pixel of each place: its cover, and the guides at all layers."""
_PIXEL = 3 * 4
_PICTURES_IN_PASSING = 8
"""Float pictures: content, canvas, painting; of a folder, too, what is read meanwhile and what is written."""
_HELD = 1.7
"""Float pictures for each that stands for a film's scene: itself, its coarser scales, and what is painted of them."""
_RESTYLED = 14
"""Bytes a pixel and channel of the encoder's first layer that features and what is made of them take."""
_DRAWN = 3
"""Maps of the drawing network's full size, held beside those."""


@dataclass(frozen=True, kw_only=True)
class Fit:
    """How a picture goes through the encoder: so many pixels at once, and whether the content's features are kept."""

    pixels: float
    keep_content: bool


@dataclass(frozen=True, kw_only=True)
class Demand:
    """Bytes that a painting takes; good to about a quarter.

    Attributes:
        process: what Python, torch and the encoder take, on a CPU.
        outside: pictures, masks and the optimiser's memory, whatever goes through the encoder at once.
        features: of the content, where they are kept.
        each: for every pixel that is in the encoder.
        width, height: of the picture.
        smallest: pixels of the smallest tiles.
        hint: what else would help where there is too little, as the end of a sentence.
    """

    process: float
    outside: float
    features: float
    each: float
    width: int
    height: int
    smallest: int
    hint: str = ""

    @property
    def pixels(self) -> int:
        """Of the picture."""
        return self.width * self.height

    @property
    def whole(self) -> float:
        """With all of the picture in the encoder at once."""
        return self.process + self.outside + self.each * self.pixels

    @property
    def least(self) -> float:
        """With the smallest tiles."""
        return self.process + self.outside + self.each * self.smallest

    def within(self, limit: float) -> Fit | None:
        """How the picture fits into so many bytes; None where not even the smallest tiles do.

        The content's features are kept where that leaves the tiles at least half of what there is.
        """
        if self.whole <= limit:
            return Fit(pixels=math.inf, keep_content=True)
        left = limit - self.process - self.outside
        keep = self.features <= left / 2
        pixels = (left - self.features * keep) // self.each
        return Fit(pixels=pixels, keep_content=keep) if pixels >= self.smallest else None

    def of(self, fit: Fit) -> float:
        """With the picture fitted so."""
        if fit.pixels >= self.pixels:
            return self.whole
        return self.process + self.outside + self.features * fit.keep_content + self.each * fit.pixels


def demand(
    encoder: Encoder,
    layers: Collection[str],
    width: int,
    height: int,
    *,
    on_cpu: bool,
    content_layers: Collection[str] = (),
    history: int = 0,
    places: int = 0,
    more: float = 0,
) -> Demand:
    """What a painting of this size takes that is seen through these layers.

    `history` is the number of pictures that an optimiser keeps beside Adam's, `places` that of styles with masks, and
    `more` bytes that are known.
    """
    pixels = width * height
    features = sum(encoder.own_channels(layer) / encoder.strides[layer] ** 2 for layer in content_layers)
    return Demand(
        process=_PROCESS if on_cpu else 0,
        outside=pixels * ((_PICTURES + history) * _PIXEL + places * _PLACE) + more,
        features=pixels * features * encoder.precision.itemsize,
        each=encoder.kept_bytes(layers) + _WORKING_MAPS * encoder.kept_bytes(encoder.layers[:1]),
        width=width,
        height=height,
        smallest=sight(encoder, layers).smallest,
        hint="; --optimizer adam takes the least" if history else "",
    )


def demand_in_one_pass(
    eyes: Encoder, drawn: int, width: int, height: int, *, smallest: int, places: int, on_cpu: bool, held: int = 0
) -> Demand:
    """What repainting a picture of this size in one pass takes, through an encoder and a network whose largest maps
    have `drawn` channels, with tiles of `smallest` pixels at least.

    `places` is the number of styles with masks, `held` that of frames of this size which stand for a scene.
    """
    pixels = width * height
    return Demand(
        process=_PROCESS if on_cpu else 0,
        outside=pixels * ((_PICTURES_IN_PASSING + held * _HELD) * _PIXEL + places * _PLACE),
        features=0,
        each=_RESTYLED * eyes.own_channels(eyes.layers[0]) + _DRAWN * drawn * eyes.precision.itemsize,
        width=width,
        height=height,
        smallest=smallest,
    )


def forecast(name: str, width: int, height: int, seconds: float, memory: float) -> str:
    """One line for the user."""
    return (
        f"{name}: about {_words(seconds)} and {memory / 1e9:.1f} GB of memory for {width}x{height}; "
        "a smaller --size, fewer --steps or --budget take less"
    )


def _words(seconds: float) -> str:
    if seconds < 5400:
        return f"{max(1, round(seconds / 60))} min"
    return f"{seconds / 3600:.1f} h"
