"""Data sets that need no files: `synthetic:faces`, `synthetic:photos`, `synthetic:paintings`, drawn when asked for."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from artgan.data.faces import EYES, HAIR, Faces, draw_faces, random_faces
from artgan.data.landscapes import Scenes, draw_paintings, draw_photos, random_scenes
from artgan.data.vocabulary import spelled
from artgan.errors import UsageError, did_you_mean

PREFIX = "synthetic:"
COUNTS = {"faces": 2000, "photos": 500, "paintings": 500}
"""The sets and how many pictures each has unless `n` says otherwise."""
MAX_COUNT = 1_000_000
SIZES = (8, 1024)
_COLOURS = {"hair": HAIR, "eyes": EYES}
# Paintings are of places of their own: photo i and painting i never show the same scene.
_FIRST_PAINTED = MAX_COUNT


@dataclass(frozen=True, kw_only=True)
class SyntheticSpec:
    """What to draw.

    Attributes:
        kind: "faces", "photos" or "paintings".
        hair: hair colours, equally often, or None for all; likewise `eyes`. Faces only.
        n: how many; picture i does not depend on it.
        seed: another seed, other pictures.
    """

    kind: str
    hair: tuple[str, ...] | None = None
    eyes: tuple[str, ...] | None = None
    n: int
    seed: int = 0

    @property
    def name(self) -> str:
        """The shortest text that means the same: "synthetic:faces,hair=red"."""
        parts = [f"{PREFIX}{self.kind}"]
        parts += [f"{key}={'|'.join(words)}" for key, words in (("hair", self.hair), ("eyes", self.eyes)) if words]
        parts += [f"n={self.n}"] if self.n != COUNTS[self.kind] else []
        parts += [f"seed={self.seed}"] if self.seed else []
        return ",".join(parts)


def is_synthetic(name: str) -> bool:
    """Whether a dataset of this name is drawn, not read."""
    return name.startswith(PREFIX)


def parse_synthetic(name: str) -> SyntheticSpec:
    """Read "synthetic:faces,hair=red|blonde,eyes=blue,n=2000,seed=3"; only the kind must be there, in first place.

    Raises UsageError with the nearest word for a kind, key or colour that there is not, and for a number out of range.
    """
    if not is_synthetic(name):
        raise UsageError(f"'{name}' is no synthetic set; they begin with '{PREFIX}', such as {PREFIX}faces")
    kind, *options = (part.strip() for part in name.removeprefix(PREFIX).split(","))
    if kind not in COUNTS:
        raise UsageError(f"no synthetic set '{kind}'.{did_you_mean(kind, COUNTS)} Known: {', '.join(COUNTS)}")
    known = ("hair", "eyes", "n", "seed") if kind == "faces" else ("n", "seed")
    given: dict[str, str] = {}
    for option in options:
        key, equals, value = (part.strip() for part in option.partition("="))
        if key not in known:
            raise UsageError(
                f"{PREFIX}{kind} has no option '{key}'.{did_you_mean(key, known)} Known: {', '.join(known)}"
            )
        if not equals or not value:
            raise UsageError(f"'{option}' of {PREFIX}{kind} has no value; write {key}=VALUE")
        if key in given:
            raise UsageError(f"'{key}' is given twice in '{name}'; for several colours write {key}=red|blonde")
        given[key] = value
    return SyntheticSpec(
        kind=kind,
        hair=_colours("hair", given.get("hair")),
        eyes=_colours("eyes", given.get("eyes")),
        n=_number("n", given.get("n", str(COUNTS[kind])), 1, MAX_COUNT),
        seed=_number("seed", given.get("seed", "0"), 0, 2**32 - 1),
    )


def draw(spec: SyntheticSpec, *, size: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8] | None]:
    """The pictures (n, size, size, 3) uint8 sRGB, and for faces their tags (n, 23) of 0 and 1 in ANIME's order.

    The same spec and size give the same bytes with the same versions of numpy and Pillow. Raises UsageError for a size
    out of SIZES.
    """
    check_size(size)
    if spec.kind == "faces":
        faces = _faces_of(spec)
        return draw_faces(faces, size=size), faces.tags()
    return (draw_photos if spec.kind == "photos" else draw_paintings)(scenes_of(spec), size), None


def check_size(size: int) -> None:
    """Raise UsageError for a side at which nothing is drawn."""
    if not SIZES[0] <= size <= SIZES[1]:
        raise UsageError(f"synthetic pictures are drawn at {SIZES[0]} to {SIZES[1]} pixels, not {size}")


def tags_of(spec: SyntheticSpec) -> NDArray[np.uint8] | None:
    """The tags that `draw` gives, without drawing."""
    return _faces_of(spec).tags() if spec.kind == "faces" else None


def scenes_of(spec: SyntheticSpec) -> Scenes:
    """The landscapes of `synthetic:photos` or `synthetic:paintings`: what to draw the other way for the true pairs."""
    if spec.kind == "faces":
        raise UsageError("synthetic:faces shows no landscapes; its true pairs are made by artgan.data.faces.recoloured")
    return random_scenes(spec.n, spec.seed, first=_FIRST_PAINTED if spec.kind == "paintings" else 0)


def _faces_of(spec: SyntheticSpec) -> Faces:
    return random_faces(spec.n, spec.seed, hair=spec.hair, eyes=spec.eyes)


def _colours(group: str, text: str | None) -> tuple[str, ...] | None:
    if text is None:
        return None
    words = tuple(dict.fromkeys(spelled(word) for word in text.split("|")))
    known = _COLOURS[group]
    for word in words:
        if word not in known:
            raise UsageError(f"no {group} colour '{word}'.{did_you_mean(word, known)} Known: {', '.join(known)}")
    return words


def _number(key: str, text: str, low: int, high: int) -> int:
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else -1  # of thousands int raises
    if not low <= number <= high:
        raise UsageError(f"{key} of a synthetic set is a whole number from {low} to {high}, not '{text}'")
    return number
