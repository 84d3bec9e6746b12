"""Tags of pictures as words and as vectors: groups of values, in a fixed order that a trained network relies on."""

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from artgan.errors import PictureError, UsageError, did_you_mean
from artgan.io.files import quoted, read_bytes

Tags = Mapping[str, tuple[str, ...]]
"""What is known of one picture, by group: {"hair": ("red",), "eyes": ("blue",)}; a group unknown is not there."""

_SPELLINGS = {"grey": "gray", "blond": "blonde", "silver": "gray"}


@dataclass(frozen=True)
class Group:
    """Values of which a picture has one, such as hair colours."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Vocabulary:
    """Groups in order; a vector has one dimension a value, group after group."""

    groups: tuple[Group, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """The dimensions in words, in order: "orange hair", ..., "blue eyes"."""
        return tuple(f"{value} {group.name}" for group in self.groups for value in group.values)

    @property
    def dimensions(self) -> int:
        """The length of a vector."""
        return sum(len(group.values) for group in self.groups)

    @property
    def slices(self) -> tuple[slice, ...]:
        """Where each group lies in a vector."""
        ends = np.cumsum([len(group.values) for group in self.groups]).tolist()
        return tuple(slice(end - len(group.values), end) for end, group in zip(ends, self.groups, strict=True))

    def encode(self, tags: Tags) -> NDArray[np.uint8]:
        """The vector (dimensions,) with a 1 for each tag; groups and values outside of the vocabulary are left out."""
        vector = np.zeros(self.dimensions, dtype=np.uint8)
        for group, place in zip(self.groups, self.slices, strict=True):
            known = tags.get(group.name, ())
            vector[place] = [value in known for value in group.values]
        return vector

    def decode(self, vector: NDArray[Any]) -> dict[str, tuple[str, ...]]:
        """The tags of a vector (dimensions,), by group; groups that are all 0 are not there."""
        tags = {}
        for group, place in zip(self.groups, self.slices, strict=True):
            values = tuple(value for value, on in zip(group.values, vector[place], strict=True) if on)
            if values:
                tags[group.name] = values
        return tags

    def parse(self, text: str) -> dict[str, tuple[str, ...]]:
        """Tags in words, such as "blue hair, red eyes", "grey_hair" or "hair=blue"; a group not named stays unknown.

        Raises UsageError for a word that is no tag, with the nearest one.
        """
        tags: dict[str, tuple[str, ...]] = {}
        for part in re.split(r"[,;]", text):
            words = spelled(part)
            if not words:
                continue
            group, equals, value = words.partition("=")
            label = spelled(f"{value} {group}") if equals else words
            if label not in self.labels:
                raise UsageError(f"no tag '{words}'.{did_you_mean(label, self.labels)} Known: {self}")
            value, name = self._split(label)
            if name in tags and tags[name] != (value,):
                raise UsageError(f"two values for {name}: '{tags[name][0]}' and '{value}'; give one")
            tags[name] = (value,)
        return tags

    def find(self, words: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """The tags among free words such as "long hair", "blue_eyes"; what is no tag is passed over."""
        found: dict[str, tuple[str, ...]] = {}
        labels = set(self.labels)
        for word in words:
            label = spelled(word)
            if label in labels:
                value, name = self._split(label)
                if value not in found.get(name, ()):
                    found[name] = (*found.get(name, ()), value)
        return found

    def to_json(self) -> dict[str, list[str]]:
        """Groups and values, in order."""
        return {group.name: list(group.values) for group in self.groups}

    @classmethod
    def from_json(cls, value: Any) -> "Vocabulary":
        """The reverse of `to_json`. Raises ValueError for anything that is no vocabulary."""
        if not isinstance(value, dict) or not value:
            raise ValueError("a vocabulary is an object of lists of words, by group")
        groups = []
        for name, values in value.items():
            words = isinstance(values, list) and all(isinstance(word, str) and word for word in values)
            if not words or not values or len(set(values)) != len(values):
                raise ValueError(f"the group '{name}' of a vocabulary is a list of different words")
            groups.append(Group(str(name), tuple(values)))
        return cls(tuple(groups))

    def __str__(self) -> str:
        """For error messages: "hair orange|white|..., eyes gray|..."."""
        return "; ".join(f"{group.name} {'|'.join(group.values)}" for group in self.groups)

    def _split(self, label: str) -> tuple[str, str]:
        for group in self.groups:
            if label.endswith(f" {group.name}"):
                value = label.removesuffix(f" {group.name}")
                if value in group.values:
                    return value, group.name
        raise KeyError(label)


def read_vocabulary(path: Path) -> Vocabulary:
    """The vocabulary in a file of groups and their values, in order: TOML or JSON.

        hair = ["red", "dark blue"]
        hat = ["straw", "top"]

    Spelled as all tags are: lower case, gray for grey. Raises UsageError when it cannot be read or is none.
    """
    try:
        text = read_bytes(path).decode("utf-8-sig")
    except (PictureError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read the vocabulary {quoted(path)}: {_cause(error)}") from None
    try:
        found = Vocabulary.from_json(json.loads(text) if text.lstrip().startswith("{") else tomllib.loads(text))
        groups = {_checked(group.name): [_checked(value) for value in group.values] for group in found.groups}
        if len(groups) < len(found.groups):
            raise ValueError("two groups have one name")
        return Vocabulary.from_json(groups)
    except (ValueError, RecursionError) as error:
        mend = 'write lines such as hair = ["red", "blue"]'
        raise UsageError(f"the vocabulary {quoted(path)} is not understood: {_cause(error)}; {mend}") from None


def _checked(word: str) -> str:
    """A word of a vocabulary, spelled; ValueError for one that tags and conditions could not be told by."""
    plain = spelled(word)
    if not plain or re.search(r"[(),;=!\"':\t]", plain) or {"and", "or", "not"} & set(plain.split()):
        raise ValueError(f"'{word}' cannot be a tag: no signs, and none of the words and, or, not")
    return plain


def _cause(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "it is no text in UTF-8"
    # "cannot read 'x': no such file" is about to be told with another beginning
    return str(error).rpartition("': ")[2] if isinstance(error, PictureError) else " ".join(str(error).split())


def spelled(word: str) -> str:
    """A tag as the vocabulary spells it: lower case, spaces for underscores, gray for grey, blonde for blond."""
    plain = " ".join(re.sub(r"_", " ", word).casefold().split())
    return " ".join(_SPELLINGS.get(part, part) for part in plain.split(" ")) if plain else ""


ANIME = Vocabulary(
    (
        Group(
            "hair",
            ("orange", "white", "aqua", "gray", "green", "red", "purple", "pink", "blue", "black", "brown", "blonde"),
        ),
        Group(
            "eyes",
            ("gray", "black", "orange", "pink", "yellow", "aqua", "purple", "green", "brown", "red", "blue"),
        ),
    )
)
"""12 hair and 11 eye colours: 23 dimensions, in the order of the original homework's data."""
