"""Splits stay where they are when the set grows, and hold about the part asked for."""

from hashlib import sha256

import pytest

from artgan.data.splits import assign

KEYS = [sha256(str(number).encode()).hexdigest() for number in range(4000)]


@pytest.mark.parametrize("fraction", [0.0, 0.05, 0.3, 1.0])
def test_the_fraction_is_held_out(fraction: float) -> None:
    held_out = sum(assign(key, fraction_held_out=fraction, seed=0) == "held-out" for key in KEYS)
    assert held_out / len(KEYS) == pytest.approx(fraction, abs=0.02)


def test_a_larger_fraction_brings_nothing_back() -> None:
    small = {key for key in KEYS if assign(key, fraction_held_out=0.1, seed=3) == "held-out"}
    large = {key for key in KEYS if assign(key, fraction_held_out=0.2, seed=3) == "held-out"}
    assert small < large


def test_another_seed_is_another_split() -> None:
    first, second = ([assign(key, fraction_held_out=0.5, seed=seed) for key in KEYS] for seed in (0, 1))
    same = sum(one == other for one, other in zip(first, second, strict=True))
    assert same / len(KEYS) == pytest.approx(0.5, abs=0.05)
    assert first == [assign(key, fraction_held_out=0.5, seed=0) for key in KEYS]
