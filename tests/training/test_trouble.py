"""The doctor's findings, from lines of metrics."""

from collections.abc import Mapping

import pytest
import torch

from artgan.events import Note
from artgan.training.trouble import Doctor, discriminator_won, diversity, samples_alike, structure_alike

Lines = list[Mapping[str, float]]


def lines(count: int, *, real: float, fake: float, growth: float, begin: int = 0) -> Lines:
    return [
        {
            "step": begin + 50 * (n + 1),
            "score/real": real,
            "score/fake": fake,
            "loss/generator": 3 + growth * n,
        }
        for n in range(count)
    ]


@pytest.mark.parametrize(
    ("found", "won"),
    [
        (lines(30, real=0.99, fake=0.01, growth=0.1), True),
        (lines(30, real=0.99, fake=0.01, growth=0.0), False),  # sure, but the generator holds its own
        (lines(30, real=0.85, fake=0.15, growth=0.1), False),
        (lines(9, real=0.99, fake=0.01, growth=0.1), False),  # not for long
        (lines(20, real=0.8, fake=0.2, growth=0) + lines(12, real=1, fake=0, growth=0.5, begin=1000), True),
        ([{"step": 50 * n, "loss/generator": 1.0} for n in range(30)], False),
        ([], False),
    ],
)
def test_who_has_won(found: Lines, won: bool) -> None:
    assert discriminator_won(found) is won


def test_many_lines_of_few_steps_are_not_long() -> None:
    found = [{**line, "step": n} for n, line in enumerate(lines(30, real=1, fake=0, growth=1))]
    assert not discriminator_won(found)


@pytest.mark.parametrize(
    ("scores", "alike"),
    [([0.9, 0.1, 0.08], True), ([0.1, 0.9], False), ([0.05], False), ([], False)],
)
def test_samples_alike(scores: list[float], alike: bool) -> None:
    found = [{"step": 1, "score/diversity": 0.0}, {"step": 2, "score/diversity": 0.0}]
    found += [{"step": 1000 * (n + 1), "score/diversity": score} for n, score in enumerate(scores)]
    assert samples_alike(found) is alike


@pytest.mark.parametrize(
    ("samples", "reals", "alike"),
    [
        ([0.6, 0.7, 0.8], 0.1, True),
        ([0.9, 0.8, 0.5], 0.1, False),  # back again
        ([0.6, 0.6], 0.5, False),  # real pictures are alike, too
        ([0.9], 0.1, False),
        ([], 0.1, False),
    ],
)
def test_samples_alike_in_structure(samples: list[float], reals: float, alike: bool) -> None:
    early: Lines = [{"step": 100 * n, "score/ms_ssim": 1.0, "score/ms_ssim_reals": 0.1} for n in (1, 2)]
    found = [{"step": 1000 * (n + 1), "score/ms_ssim": s, "score/ms_ssim_reals": reals} for n, s in enumerate(samples)]
    assert structure_alike([*early, *found]) is alike


def test_a_collapse_that_scores_show_is_told() -> None:
    heard: list[Note] = []
    doctor = Doctor(heard.append, [], 2e-3)  # type: ignore[arg-type]
    for step in (1000, 2000, 3000):
        doctor.logged({"step": step, "score/ms_ssim": 0.8, "score/ms_ssim_reals": 0.1})
    assert [note.text.partition(":")[0] for note in heard] == ["step 2000"]
    assert "collapsed" in heard[0].text


def test_the_doctor_speaks_once_until_it_is_over() -> None:
    heard: list[Note] = []
    doctor = Doctor(heard.append, lines(30, real=0.8, fake=0.2, growth=0), 2e-3)  # type: ignore[arg-type]
    for line in lines(15, real=1, fake=0, growth=0.2, begin=1500):
        doctor.logged(line)
    assert len(heard) == 1
    assert heard[0].text.startswith("step 2050: the discriminator has won")
    assert "--learning-rate 0.0005" in heard[0].text
    doctor.logged(lines(1, real=0.8, fake=0.2, growth=0, begin=2250)[0])
    for line in lines(15, real=1, fake=0, growth=0.2, begin=2300):
        doctor.logged(line)
    assert len(heard) == 2


def test_diversity() -> None:
    random = torch.Generator().manual_seed(0)
    one = torch.rand(1, 3, 64, 64, generator=random)
    assert diversity(one.repeat(9, 1, 1, 1)) == 0
    assert diversity(one) == 0
    flat = torch.linspace(-1, 1, 9).view(9, 1, 1, 1).expand(9, 3, 64, 64)
    assert diversity(flat) == pytest.approx(2 * (9 + 1) / (3 * 8) * 8 / 8, rel=0.01)  # mean distance of 9 even places
    noise = one + 0.5 * torch.randn(9, 3, 64, 64, generator=random)
    assert 0 < diversity(noise) < 0.2 < diversity(flat)  # fine grain hardly counts
