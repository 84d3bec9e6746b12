"""Conditions on tags: what they mean, and errors that teach."""

import pickle
from itertools import product

import pytest

from artgan.data.conditions import parse_condition
from artgan.data.vocabulary import ANIME, Group, Tags, Vocabulary
from artgan.errors import UsageError

RED_BLUE: Tags = {"hair": ("red",), "eyes": ("blue",)}


@pytest.mark.parametrize(
    ("text", "tags", "matches"),
    [
        ("hair=red", RED_BLUE, True),
        ("hair=pink, red", RED_BLUE, True),
        ("hair=pink", RED_BLUE, False),
        ("HAIR = 'Red'", RED_BLUE, True),
        ("hair=grey", {"hair": ("gray",)}, True),
        ("hair=red and eyes=blue,green", RED_BLUE, True),
        ("hair=red AND eyes=green", RED_BLUE, False),
        ("hair=red and eyes=green or eyes=blue", RED_BLUE, True),
        ("hair=pink and (eyes=green or eyes=blue)", RED_BLUE, False),
        ("not hair=red", RED_BLUE, False),
        ("not not hair=red", RED_BLUE, True),
        ("not hair=pink and eyes=blue", RED_BLUE, True),  # not binds closest
        ("not (hair=pink or eyes=blue)", RED_BLUE, False),
        ("hair!=red", RED_BLUE, False),
        ("hair!=pink,blue", RED_BLUE, True),
        ("hair!=pink", {"eyes": ("blue",)}, False),  # nothing is known of the hair
        ("not hair=pink", {"eyes": ("blue",)}, True),
        ("hair=red", None, False),
        ("hair=red", {}, False),
        ("hair=red and hair=blue", {"hair": ("red", "blue")}, True),
        ("(((hair=red)))", RED_BLUE, True),
    ],
)
def test_meaning(text: str, tags: Tags | None, matches: bool) -> None:
    assert parse_condition(text).matches(tags) is matches


def test_precedence_is_that_of_python() -> None:
    text = "{} or {} and not {} or not ({} and {})"
    names = ["red", "pink", "blue", "black", "brown"]
    condition = parse_condition(text.format(*(f"hair={name}" for name in names)))
    for values in product((False, True), repeat=5):
        a, b, c, d, e = values
        hair = tuple(name for name, on in zip(names, values, strict=True) if on)
        assert condition.matches({"hair": hair}) is (a or (b and not c) or not (d and e))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("hair=rad", "at character 6: no hair 'rad'. Did you mean 'red'? Known: orange, white"),
        ("hairs=red", "at character 1: no group 'hairs' (hair, eyes). Did you mean 'hair'?"),
        ("hair=red and eye=blue", "at character 14: no group 'eye' (hair, eyes). Did you mean 'eyes'?"),
        ("hair=red eyes=blue", "at character 10: 'and' or 'or' is missing before 'eyes'"),
        ("hair=red (eyes=blue)", "at character 10: 'and' or 'or' is missing before '('"),
        ("hair", "at character 5: = or != is missing behind 'hair'; write hair=orange"),
        ("hair==red", "at character 5: = or != is missing behind 'hair'"),
        ("hair=", "at character 6: a value is missing; hair is one of orange,"),
        ("hair=red,", "at character 10: a value is missing"),
        ("hair=red and", "at character 13: a group is missing here (hair, eyes); write hair=orange"),
        ("", "at character 1: a group is missing"),
        ("   ", "at character 1: a group is missing"),
        ("(hair=red", "at character 10: ')' is missing"),
        ("hair=red)", "at character 9: 'and' or 'or' is missing before ')'"),
        ("red", "no group 'red'"),
        ("hair=red\neyes!", "eyes"),
        ("eyes=white", "no eyes 'white'"),
        ("__import__('os')", "no group 'import'"),
        ("(" * 10_000 + "hair=red", "more than 50 conditions inside of each other"),
        ("not " * 10_000 + "hair=red", "more than 50 conditions inside of each other"),
    ],
)
def test_errors_teach(text: str, says: str) -> None:
    with pytest.raises(UsageError) as error:
        parse_condition(text)
    assert says in str(error.value)
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 500


def test_values_of_several_words() -> None:
    vocabulary = Vocabulary((Group("roof colour", ("dark red", "red")),))
    condition = parse_condition("roof_colour = dark  red", vocabulary)
    assert condition.matches({"roof colour": ("dark red",)})
    assert not condition.matches({"roof colour": ("red",)})
    with pytest.raises(UsageError, match="no group 'hair'"):
        parse_condition("hair=red", vocabulary)


def test_other_processes_get_the_same() -> None:
    condition = parse_condition("not hair=red")
    copy = pickle.loads(pickle.dumps(condition))
    assert copy == condition
    assert str(copy) == "not hair=red"
    assert copy.matches({"hair": ("blue",)})
    assert not copy.matches(RED_BLUE)
    assert copy.vocabulary == ANIME
