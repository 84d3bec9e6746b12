"""What `artgan prepare` has before it: the pictures of all inputs, those of them that are wanted, and the recipe."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from glob import has_magic
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from artgan.config.prepare import PrepareConfig
from artgan.data.conditions import parse_condition
from artgan.data.datasets import DRAWN, are_tagged
from artgan.data.inputs import Item, find_items, read_item
from artgan.data.prepare import encode
from artgan.data.synthetic import check_size, draw, is_synthetic, parse_synthetic, tags_of
from artgan.data.tagging import keep_tagged
from artgan.data.vocabulary import ANIME, Vocabulary
from artgan.errors import UsageError
from artgan.io.files import quoted, read_bytes
from artgan.io.inputs import UNREAD_SUFFIXES

RECIPE_VERSION = 1
"""Rises when the same options would give other pixels or rows than before."""

NOT_WANTED = "not_where"
"""The reason of pictures that --where does not mean."""

OTHER_FORMAT = "other_format"
"""The reason of pictures in formats that are not read: a folder of a phone's must not seem to be almost empty."""

# What says where the work is done and on which pictures, not what is done to them; files are told by their content.
_NOT_RECIPE = ("processes", "name", "limit", "tags", "cascade", "vocabulary")


@dataclass(frozen=True, kw_only=True)
class Collection:
    """Pictures to prepare.

    Attributes:
        name: what the inputs are called together.
        items: the pictures wanted.
        excluded: those left out by their names and tags, with the reason.
        vocabulary: of the tags; None when the collection is not tagged.
        read: gives a picture's encoded bytes.
        drawn: whether artgan draws them itself: they are not judged, not compared, and drawn in this process.
    """

    name: str
    items: tuple[Item, ...]
    excluded: tuple[tuple[Item, str], ...] = ()
    vocabulary: Vocabulary | None = None
    read: Callable[[Item], bytes] = read_item
    drawn: bool = False


def collect(config: PrepareConfig, inputs: Sequence[str], out: Path) -> Collection:
    """Find the pictures of all inputs, but for what is in `out`, and choose by tags.

    A collection is tagged when an option asks for tags, or when they are known of at least half of its pictures. Raises
    UsageError and PictureError for inputs that are none.
    """
    vocabulary = ANIME if config.vocabulary is None else read_vocabulary(Path(config.vocabulary))
    condition = None if config.where is None else parse_condition(config.where, vocabulary)
    drawn = any(is_synthetic(text) for text in inputs)
    read: Callable[[Item], bytes] = read_item
    if drawn:
        if len(inputs) > 1:
            raise UsageError("a synthetic set is prepared by itself: name one input")
        found, read = _drawn(inputs[0], config.size)
    else:
        tags_file = None if config.tags is None else Path(config.tags)
        found = find_items(inputs, vocabulary=vocabulary, tags_file=tags_file, without=out)
    asked = config.strict_tags or any(option is not None for option in (condition, config.tags, config.vocabulary))
    tagged = asked or are_tagged(found)
    items, excluded = [], []
    for item in found:
        reason = OTHER_FORMAT if Path(item.key).suffix.lower() in UNREAD_SUFFIXES else None
        if reason is None and tagged:
            reason = keep_tagged(item.tags, vocabulary=vocabulary, strict=config.strict_tags)
        if reason is None and condition is not None and not condition.matches(item.tags):
            reason = NOT_WANTED
        if reason is None:
            items.append(item)
        else:
            excluded.append((item, reason))
    return Collection(
        name=name_of(inputs),
        items=tuple(items[: config.limit]),
        excluded=tuple(excluded),
        vocabulary=vocabulary if tagged else None,
        read=read,
        drawn=drawn,
    )


def name_of(inputs: Sequence[str]) -> str:
    """What the inputs are called together: "monet+photos"."""
    if is_synthetic(inputs[0]):
        return inputs[0].partition(":")[2].partition(",")[0]
    return "+".join(dict.fromkeys(_name(text) for text in inputs))[:80]


def recipe_of(config: PrepareConfig, collection: Collection) -> dict[str, Any]:
    """What is done to the pictures, as `dataset.json` tells it: two datasets of one recipe can be one."""
    options = {key: value for key, value in asdict(config).items() if key not in _NOT_RECIPE}
    if config.cascade is not None:
        options["cascade_sha256"] = sha256(read_bytes(Path(config.cascade))).hexdigest()
    if collection.vocabulary is not None:
        options["vocabulary"] = collection.vocabulary.to_json()
    return {"version": RECIPE_VERSION, **options, "min_side": config.least_side}


def read_vocabulary(path: Path) -> Vocabulary:
    """The vocabulary in a JSON file. Raises UsageError for anything else, PictureError for a missing file."""
    try:
        return Vocabulary.from_json(json.loads(read_bytes(path)))
    except (ValueError, RecursionError) as error:
        cause = "it is not JSON" if isinstance(error, json.JSONDecodeError | UnicodeDecodeError) else str(error)
        raise UsageError(f"--vocabulary {quoted(path)}: {cause}") from None


def _drawn(text: str, size: int) -> tuple[list[Item], Callable[[Item], bytes]]:
    spec = parse_synthetic(text)
    check_size(size)
    tags = tags_of(spec)
    keys = [f"{text}#{number}" for number in range(spec.n)]
    place = {key: number for number, key in enumerate(keys)}
    items = [
        Item(key=key, path=Path(text), tags=None if tags is None else ANIME.decode(tags[number]), record=DRAWN)
        for number, key in enumerate(keys)
    ]

    @cache  # not before the first picture is asked for: a dry run, or a dataset that is up to date, asks for none
    def pixels() -> NDArray[np.uint8]:
        return draw(spec, size=size)[0]

    return items, lambda item: encode(pixels()[place[item.key]], "png")


def _name(text: str) -> str:
    """What an input is called: "monet" of "in/monet.tar.gz", "photos" of "photos/**/*.jpg"."""
    path = Path(text)
    while has_magic(path.name):
        path = path.parent
    name = path.resolve().name
    for suffix in path.suffixes[::-1] if path.is_file() else ():
        name = name.removesuffix(suffix)
    return name or "dataset"
