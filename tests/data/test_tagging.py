"""Both public layouts of tag files with their oddities, and which rows are kept."""

import zipfile
from collections import Counter
from pathlib import Path

import pytest

from artgan.data.tagging import keep_tagged, parse_tags, parse_tags_clean_csv, parse_tags_csv
from artgan.data.vocabulary import ANIME, Group, Tags, Vocabulary


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("0,orange hair red eyes", {"0": {"hair": ("orange",), "eyes": ("red",)}}),
        ("0,orange hair white eyes", {"0": {"hair": ("orange",)}}),  # in the original's own example: no such eyes
        ("0,Grey_hair  BLUE eyes\n", {"0": {"hair": ("gray",), "eyes": ("blue",)}}),
        ('"0","blond hair","red eyes"\r\n', {"0": {"hair": ("blonde",), "eyes": ("red",)}}),
        ("0,red hair\r1,blue hair", {"0": {"hair": ("red",)}, "1": {"hair": ("blue",)}}),
        ('0,"red hair\nblue eyes"\n1,', {"0": {"hair": ("red",), "eyes": ("blue",)}, "1": {}}),
        ("a/b 0.jpg,red hair", {"a/b 0": {"hair": ("red",)}}),
        ("0,red hair\n0,blue hair", {"0": {"hair": ("red", "blue")}}),
        ("0,blue hairband red eyes-closed", {"0": {}}),
        ("nothing\n\n", {}),
        ("", {}),
    ],
)
def test_tags_csv(text: str, tags: dict[str, Tags]) -> None:
    assert parse_tags_csv(text, ANIME) == tags
    assert parse_tags(text.encode(), ANIME) == tags


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("0,touhou:17705\tblonde hair:12420\tred eyes:8\t", {"0": {"hair": ("blonde",), "eyes": ("red",)}}),
        ("0,re:zero:55\tblue hair:1\n1,solo:30", {"0": {"hair": ("blue",)}, "1": {}}),
        ("0,blue hair ornament:3\tvery blue hair:1", {"0": {}}),
        ("0,solo:30\tred hair:2\tcommentary, long\nred eyes:9\n1,grey_eyes:1", None),
        ("0,silver hair:300\tpink hair:2", {"0": {"hair": ("gray", "pink")}}),
        ("0,:d:123\t:3:1\t\tpink eyes:2", {"0": {"eyes": ("pink",)}}),
    ],
)
def test_tags_clean_csv(text: str, tags: dict[str, Tags] | None) -> None:
    wanted = tags or {"0": {"hair": ("red",), "eyes": ("red",)}, "1": {"eyes": ("gray",)}}
    assert parse_tags_clean_csv(text, ANIME) == wanted
    assert parse_tags(text.encode(), ANIME) == wanted


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings_of_spreadsheets(encoding: str) -> None:
    assert parse_tags("0,red hair".encode(encoding), ANIME) == {"0": {"hair": ("red",)}}


def test_stray_bytes_lose_nothing_else() -> None:
    assert parse_tags(b'0,"caf\xe9 red hair\n1,blue hair\0', ANIME) == {
        "0": {"hair": ("red",)},
        "1": {"hair": ("blue",)},
    }


def test_values_of_several_words_win_over_their_parts() -> None:
    vocabulary = Vocabulary((Group("hair", ("blue", "dark blue", "c++")),))
    assert parse_tags_csv("0,dark blue hair\n1,c++ hair", vocabulary) == {
        "0": {"hair": ("dark blue",)},
        "1": {"hair": ("c++",)},
    }


@pytest.mark.parametrize(
    ("tags", "loose", "strict"),
    [
        (None, "no_tag", "no_tag"),
        ({}, "no_tag", "no_tag"),
        ({"hair": ("green-ish",), "hat": ("red",)}, "no_tag", "no_tag"),
        ({"hair": ("red",)}, None, "not_one_each"),
        ({"hair": ("red",), "eyes": ("blue",)}, None, None),
        ({"hair": ("red", "blue")}, None, "not_one_each"),
        ({"hair": ("red", "blue"), "eyes": ("blue",)}, "too_many_tags", "too_many_tags"),
        ({"hair": ("red",), "eyes": ("blue", "white")}, None, None),  # white eyes are not in the vocabulary
    ],
)
def test_which_are_kept(tags: Tags | None, loose: str | None, strict: str | None) -> None:
    assert keep_tagged(tags, vocabulary=ANIME, strict=False) == loose
    assert keep_tagged(tags, vocabulary=ANIME, strict=True) == strict


def test_the_real_tags(real_data: Path) -> None:
    with zipfile.ZipFile(real_data / "anime64_tagged.zip") as archive:
        found = parse_tags(archive.read("tags.csv"), ANIME)
    assert len(found) == 8997
    assert Counter(keep_tagged(tags, vocabulary=ANIME, strict=True) for tags in found.values()) == {None: 8997}
    assert len({(*tags["hair"], *tags["eyes"]) for tags in found.values()}) == 119
