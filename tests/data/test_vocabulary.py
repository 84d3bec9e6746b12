"""Vocabularies: the 23 dimensions in the notes' order, words and vectors, files."""

import re
from pathlib import Path

import numpy as np
import pytest

from artgan.data.vocabulary import ANIME, Vocabulary, read_vocabulary, spelled
from artgan.errors import UsageError


def test_the_order_of_the_original() -> None:
    hair = "orange white aqua gray green red purple pink blue black brown blonde"
    eyes = "gray black orange pink yellow aqua purple green brown red blue"
    assert ANIME.labels == (*(f"{v} hair" for v in hair.split()), *(f"{v} eyes" for v in eyes.split()))
    assert ANIME.dimensions == 23
    assert ANIME.slices == (slice(0, 12), slice(12, 23))


def test_vectors_and_back() -> None:
    vector = ANIME.encode({"hair": ("red",), "eyes": ("gray", "blue", "white"), "hat": ("top",)})
    assert vector.dtype == np.uint8
    assert np.flatnonzero(vector).tolist() == [5, 12, 22]
    assert ANIME.decode(vector) == {"hair": ("red",), "eyes": ("gray", "blue")}
    assert ANIME.decode(ANIME.encode({})) == {}


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("blue hair, red eyes", {"hair": ("blue",), "eyes": ("red",)}),
        ("Grey_Hair", {"hair": ("gray",)}),
        ("hair=blond; eyes = blue", {"hair": ("blonde",), "eyes": ("blue",)}),
        (" , ", {}),
    ],
)
def test_words(text: str, tags: dict[str, tuple[str, ...]]) -> None:
    assert ANIME.parse(text) == tags


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("blu hair", "no tag 'blu hair'. Did you mean 'blue hair'?"),
        ("white eyes", "no tag 'white eyes'"),
        ("red hair, blue hair", "two values for hair: 'red' and 'blue'; give one"),
    ],
)
def test_words_that_are_no_tags(text: str, says: str) -> None:
    with pytest.raises(UsageError, match=re.escape(says)):
        ANIME.parse(text)


def test_tags_among_free_words() -> None:
    words = ["solo", "long hair", "BLUE_EYES", "blond hair", "silver hair", "blue eyes", "white eyes", ""]
    assert ANIME.find(words) == {"eyes": ("blue",), "hair": ("blonde", "gray")}


def test_spelling() -> None:
    assert spelled("  Grey__Hair\n") == "gray hair"
    assert spelled("") == spelled(" _ ") == ""


def test_json_and_back() -> None:
    assert Vocabulary.from_json(ANIME.to_json()) == ANIME
    for wrong in ([], {}, {"hair": []}, {"hair": "red"}, {"hair": ["red", "red"]}, {"hair": [1]}):
        with pytest.raises(ValueError, match="vocabulary"):
            Vocabulary.from_json(wrong)


@pytest.mark.parametrize(
    "text",
    [
        'season = ["Summer", "late_winter"]\n"roof colour" = ["grey"]\n',
        '\ufeff{"season": ["summer", "late winter"], "roof colour": ["gray"]}',
    ],
    ids=["toml", "json"],
)
def test_files(tmp_path: Path, text: str) -> None:
    path = tmp_path / "words"
    path.write_text(text, encoding="utf-8")
    vocabulary = read_vocabulary(path)
    assert vocabulary.labels == ("summer season", "late winter season", "gray roof colour")
    assert vocabulary.find(["late winter season"]) == {"season": ("late winter",)}


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"hair = [", "is not understood"),
        (b'{"hair": 1}', "the group 'hair' of a vocabulary is a list of different words"),
        (b"", "a vocabulary is an object of lists"),
        (b'hair = ["red", "Red"]', "list of different words"),
        (b'hair = ["red"]\nHair = ["blue"]', "two groups have one name"),
        (b'hair = ["red=blue"]', "'red=blue' cannot be a tag"),
        (b'not = ["red"]', "'not' cannot be a tag"),
        (b'hair = ["_"]', "'_' cannot be a tag"),
        (b"\xff\xfe\xff", "it is no text in UTF-8"),
    ],
)
def test_files_that_are_none(tmp_path: Path, data: bytes, says: str) -> None:
    path = tmp_path / "words.toml"
    path.write_bytes(data)
    with pytest.raises(UsageError) as error:
        read_vocabulary(path)
    assert says in str(error.value)
    assert "words.toml'" in str(error.value)
    assert "\n" not in str(error.value)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"^cannot read the vocabulary '.*none.toml': no such file$"):
        read_vocabulary(tmp_path / "none.toml")
