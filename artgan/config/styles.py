"""How a style is typed: STYLE[@MASK][,scale=NUMBER][,layers=RANGE][:WEIGHT]. Standard library only."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from artgan.config.values import split_weight
from artgan.errors import UsageError, did_you_mean

ALPHA = "alpha"
"""The mask that is the content's own transparency."""


SCALES = (0.05, 10.0)
"""The smallest and the largest scale of a style."""

_LAYER = re.compile(r"relu(\d+)_(\d+)")
_KEYS = ("scale", "layers")
_LAST = 99
"""Beyond every block and every convolution."""


@dataclass(frozen=True, kw_only=True)
class LayerRange:
    """Layers from one depth to another, both included: (2, 1) is relu2_1."""

    first: tuple[int, int]
    last: tuple[int, int]

    def holds(self, layer: str) -> bool:
        """Whether the layer lies between."""
        depth = _depth(layer)
        return depth is not None and self.first <= depth <= self.last


RANGES = {
    "fine": LayerRange(first=(1, 1), last=(2, _LAST)),
    "coarse": LayerRange(first=(3, 1), last=(_LAST, _LAST)),
}
"""Strokes and texture, which the first two blocks see; forms, which the deeper ones see."""


@dataclass(frozen=True, kw_only=True)
class MaskReference:
    """A mask as typed behind @: a picture file or `alpha`, after ! the other way round."""

    name: str
    inverted: bool

    @property
    def is_alpha(self) -> bool:
        """Whether the content's transparency is meant."""
        return self.name == ALPHA


@dataclass(frozen=True, kw_only=True)
class StyleReference:
    """A style as typed, taken apart.

    Attributes:
        name: of a file or built-in.
        weight: its share in the blend.
        mask: where it is wanted.
        scale: of its strokes, beside that of all styles.
        layers: in which it has a say, as typed; None: in all.
    """

    name: str
    weight: float
    mask: MaskReference | None
    scale: float
    layers: str | None

    @property
    def layer_range(self) -> LayerRange | None:
        """`layers`, taken apart."""
        return None if self.layers is None else _layer_range(self.layers)


def parse_styles(texts: Sequence[str], name: str) -> tuple[StyleReference, ...]:
    """Every style of a command. Raises UsageError naming the option, and which of them where there are several."""
    count = len(texts)
    return tuple(
        _parse(text, name if count == 1 else f"{name} {number} of {count}")
        for number, text in enumerate(texts, start=1)
    )


def _parse(text: str, name: str) -> StyleReference:
    """Take a style apart: "a.jpg@sky.png,scale=2:0.7" is the painting a.jpg at twice its size, where sky.png is white.

    An existing file wins: "photo@2x.png" is one where it is there, and the mask is the longest end that is a file.
    """
    rest, weight = split_weight(text, name)
    rest, options = _split_options(rest, name)
    style, mask = _split_mask(rest)
    if not style:
        raise UsageError(f"{name} names no painting: '{text}'")
    return StyleReference(
        name=style,
        weight=weight,
        mask=None if mask is None else _mask(mask, text, name),
        scale=_scale(options["scale"], text, name) if "scale" in options else 1.0,
        layers=_checked_layers(options["layers"], text, name) if "layers" in options else None,
    )


def _split_options(text: str, name: str) -> tuple[str, dict[str, str]]:
    """Takes ",key=value" off the end as often as there is one."""
    options: dict[str, str] = {}
    while not _is_file(text):
        head, comma, tail = text.rpartition(",")
        key, equals, value = tail.partition("=")
        if not comma or not equals or not re.fullmatch(r"\w+", key):
            break
        if key not in _KEYS:
            raise UsageError(f"{name} takes ,scale= and ,layers=, not ',{tail}'.{did_you_mean(key, _KEYS)}")
        if key in options:
            raise UsageError(f"{name} gives {key} twice: '{text}'")
        text, options[key] = head, value
    return text, options


def _mask(mask: str, text: str, name: str) -> MaskReference:
    inverted = mask.startswith("!") and not _is_file(mask)
    if not mask.removeprefix("!"):
        raise UsageError(f"{name} names no mask behind @: '{text}'; it is a picture's file, or alpha")
    return MaskReference(name=mask[1:] if inverted else mask, inverted=inverted)


def _scale(value: str, text: str, name: str) -> float:
    least, most = SCALES
    number = float(value) if re.fullmatch(r"\d+\.?\d*|\.\d+", value) else 0.0
    if not least <= number <= most:
        raise UsageError(f"{name} has a scale from {least:g} to {most:g}, not '{value}' as in '{text}'")
    return number


def _checked_layers(value: str, text: str, name: str) -> str:
    if _layer_range(value) is None:
        raise UsageError(
            f"{name} has layers=fine, layers=coarse, or from one to another such as layers=relu1_1-relu3_1, "
            f"not '{value}' as in '{text}'.{did_you_mean(value, RANGES)}"
        )
    return value


def _layer_range(text: str) -> LayerRange | None:
    if text in RANGES:
        return RANGES[text]
    first, dash, last = text.partition("-")
    begin, end = _depth(first), _depth(last if dash else first)
    return None if begin is None or end is None or begin > end else LayerRange(first=begin, last=end)


def _depth(layer: str) -> tuple[int, int] | None:
    match = _LAYER.fullmatch(layer)
    return None if match is None else (int(match[1]), int(match[2]))


def _split_mask(text: str) -> tuple[str, str | None]:
    if "@" not in text or _is_file(text):
        return text, None
    splits = [(text[:i], text[i + 1 :]) for i, letter in enumerate(text) if letter == "@"]
    for style, mask in splits:
        if _is_file(mask) or _is_file(mask.removeprefix("!")):
            return style, mask
    return splits[-1]


def _is_file(name: str) -> bool:
    try:
        return Path(name).is_file()
    except (OSError, ValueError):  # a name too long for the file system, or with a null byte
        return False
