"""The doctor's findings about translations, from lines of metrics."""

from typing import Any

import pytest

from artgan.events import Note
from artgan.training.translation_trouble import translation_troubles
from artgan.training.trouble import Doctor

Lines = list[dict[str, float]]


def lines(
    count: int = 12, *, begin: int = 600, luminance: float = 0.8, change: float = 0.2, doubt: float = 0.6
) -> Lines:
    return [
        {
            "step": begin + 50 * n,
            "health/luminance a->b": luminance,
            "health/change a->b": change,
            "health/luminance b->a": 0.9,
            "health/change b->a": 0.3,
            "health/doubt a": 0.7,
            "health/doubt b": doubt,
        }
        for n in range(count)
    ]


@pytest.mark.parametrize(
    ("made", "words"),
    [
        ({}, None),
        ({"luminance": -0.6}, "a->b turns light into dark"),
        ({"luminance": -0.1}, None),
        ({"luminance": -0.6, "begin": 10, "count": 10}, None),  # it has hardly begun
        ({"luminance": -0.6, "count": 9}, None),
        ({"change": 0.01}, "a->b copies its pictures"),
        ({"change": 0.01, "doubt": 0.98}, None),  # copies pass for pictures of the other domain
        ({"change": 0.05}, None),
        ({"doubt": 0.005}, "discriminator of b knows everything"),
        ({"doubt": 0.05}, None),
    ],
)
def test_what_is_wrong(made: dict[str, Any], words: str | None) -> None:
    found = translation_troubles(lines(**made))
    assert len(found) == (words is not None)
    assert words is None or words in found.pop()


def test_one_better_line_is_enough() -> None:
    made = lines(luminance=-0.6)
    made[-3]["health/luminance a->b"] = 0.1
    assert not translation_troubles(made)


def test_other_tasks_have_none_of_it() -> None:
    assert not translation_troubles([{"step": 50.0 * n, "loss/generator": 1.0} for n in range(40)])


def test_the_doctor_says_it_once() -> None:
    heard: list[Note] = []
    doctor = Doctor(heard.append, [], 2e-4)  # type: ignore[arg-type]
    for line in lines(30, luminance=-0.7):
        doctor.logged(line)
    assert [note.text.startswith("step 1050: the translation a->b turns light") for note in heard] == [True]
