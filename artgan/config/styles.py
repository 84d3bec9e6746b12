"""How a style is typed: STYLE, STYLE@MASK, STYLE:WEIGHT and all of it together. Standard library only."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from artgan.config.values import split_weight
from artgan.errors import UsageError

ALPHA = "alpha"
"""The mask that is the content's own transparency."""


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
    """A style as typed, taken apart."""

    name: str
    weight: float
    mask: MaskReference | None


def parse_styles(texts: Sequence[str], name: str) -> tuple[StyleReference, ...]:
    """Every style of a command. Raises UsageError naming the option, and which of them where there are several."""
    count = len(texts)
    return tuple(
        _parse(text, name if count == 1 else f"{name} {number} of {count}")
        for number, text in enumerate(texts, start=1)
    )


def _parse(text: str, name: str) -> StyleReference:
    """Take a style apart: "a.jpg@sky.png:0.7" is the painting a.jpg, where sky.png is white, with the weight 0.7.

    An existing file wins: "photo@2x.png" is one where it is there, and the mask is the longest end that is a file.
    """
    rest, weight = split_weight(text, name)
    style, mask = _split_mask(rest)
    if not style:
        raise UsageError(f"{name} names no painting: '{text}'")
    if mask is None:
        return StyleReference(name=style, weight=weight, mask=None)
    inverted = mask.startswith("!") and not _is_file(mask)
    if not mask.removeprefix("!"):
        raise UsageError(f"{name} names no mask behind @: '{text}'; it is a picture's file, or alpha")
    reference = MaskReference(name=mask[1:] if inverted else mask, inverted=inverted)
    return StyleReference(name=style, weight=weight, mask=reference)


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
