"""Tags of picture collections: the two public layouts of tag files, and which tagged pictures are kept.

    tags.csv         0,orange hair white eyes
    tags_clean.csv   0,touhou:17705<TAB>blonde hair:12420<TAB>red eyes:8000

The numbers behind the tags say how often the site uses them and are left out.
"""

import codecs
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from artgan.data.vocabulary import Tags, Vocabulary, spelled
from artgan.io.inputs import PICTURE_SUFFIXES

TAG_FILES = ("tags.csv", "tags_clean.csv")
"""The names by which tag files are found; the first wins where both are."""

_COUNTED = re.compile(r":\d+\s*(\t|$)")


def parse_tags(data: bytes, vocabulary: Vocabulary) -> dict[str, Tags]:
    """The tags in a file of either layout, told apart by the counts behind the tags, by picture id."""
    text = _decoded(data)
    counted = sum(1 for _, words in _rows(text) if _COUNTED.search(words))
    parse = parse_tags_clean_csv if counted else parse_tags_csv
    return parse(text, vocabulary)


def parse_tags_csv(text: str, vocabulary: Vocabulary) -> dict[str, Tags]:
    """The tags of lines such as "0,orange hair white eyes", by picture id.

    An id is the name of a picture file, without its suffix. Words that are no tags of the vocabulary are passed
    over: a picture without any is there with no tags. What several lines say of one id is put together.
    """
    labels = sorted(vocabulary.labels, key=len, reverse=True)
    # A tag begins and ends where words do; "blue hair" is not in "blue hairband".
    pattern = re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, labels))})(?![\w-])")
    return _by_id(((name, pattern.findall(spelled(words))) for name, words in _rows(text)), vocabulary)


def parse_tags_clean_csv(text: str, vocabulary: Vocabulary) -> dict[str, Tags]:
    """The tags of lines such as "0,long hair:300<TAB>red eyes:8", by picture id, as `parse_tags_csv` has them."""

    def tags(words: str) -> list[str]:
        # The last colon: tags such as "re:zero" have some of their own.
        return [re.sub(r":\d*\s*$", "", tag) for tag in words.split("\t")]

    return _by_id(((name, tags(words)) for name, words in _rows(text)), vocabulary)


def keep_tagged(tags: Tags | None, *, vocabulary: Vocabulary, strict: bool) -> str | None:
    """Why a tagged picture is left out; None when it is kept.

    The rule of the original's data: a picture has at least one tag of the vocabulary ("no_tag"), and no more than there
    are groups, two of the 23 for anime faces ("too_many_tags"). With `strict` it has exactly one of every group
    ("not_one_each").
    """
    vector = vocabulary.encode(tags or {})
    if not vector.any():
        return "no_tag"
    if int(vector.sum()) > len(vocabulary.groups):
        return "too_many_tags"
    if strict and any(int(vector[place].sum()) != 1 for place in vocabulary.slices):
        return "not_one_each"
    return None


def _decoded(data: bytes) -> str:
    """As spreadsheets write it: UTF-8 or UTF-16, with a byte order mark or without; stray bytes are replaced."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", errors="replace")
    return data.decode("utf-8-sig", errors="replace")


def _rows(text: str) -> Iterator[tuple[str, str]]:
    """Ids and what stands behind them; lines that have no id go on with the row before.

    Not Python's csv: a single stray quotation mark would swallow all the rows behind it.
    """
    name, words = "", ""
    for line in re.split(r"\r\n|\r|\n", text):
        start, comma, rest = line.replace('"', "").partition(",")
        if comma and start.strip() and not re.search(r"[\t:]", start):
            if name:
                yield name, words
            name, words = _id(start), rest
        else:
            words += "\t" + line.replace('"', "")
    if name:
        yield name, words


def _id(start: str) -> str:
    """The id at the start of a row; some files give the name of the picture with its suffix."""
    path = PurePosixPath(start.strip().replace("\\", "/"))
    return str(path.with_suffix("")) if path.suffix.lower() in PICTURE_SUFFIXES else str(path)


def _by_id(rows: Iterator[tuple[str, list[str]]], vocabulary: Vocabulary) -> dict[str, Tags]:
    found: dict[str, Tags] = {}
    for name, words in rows:
        tags = dict(found.get(name, {}))
        for group, values in vocabulary.find(words).items():
            tags[group] = tuple(dict.fromkeys((*tags.get(group, ()), *values)))
        found[name] = tags
    return found
