"""Flicker by hand, with motion undone."""

from math import isnan, sqrt

import pytest
import torch
from torch import Tensor

from artgan.metrics.flicker import flicker


def frame(*rows: list[float]) -> Tensor:
    return torch.tensor(rows)[None, None]


def test_worked_out_by_hand() -> None:
    """Squares of changes: 0, 0.01, 0, 0.04 and 0, 0, 0.09, 0; their mean is 0.14 / 8."""
    film = [frame([0.1, 0.2], [0.3, 0.4]), frame([0.1, 0.3], [0.3, 0.6]), frame([0.1, 0.3], [0.6, 0.6])]
    assert flicker(film) == pytest.approx(sqrt(0.14 / 8))
    assert flicker([film[0]] * 3) == 0


def test_motion_is_undone() -> None:
    """All goes one to the right and one down; of the two places that are seen twice one has changed by 0.2."""
    film = [frame([0.1, 0.2, 0.3], [0.4, 0.5, 0.6]), frame([9.0, 9.0, 9.0], [9.0, 0.1, 0.4])]
    assert flicker(film, (1, 1)) == pytest.approx(sqrt(0.04 / 2))
    assert flicker(film[::-1], (-1, -1)) == pytest.approx(sqrt(0.04 / 2))


@pytest.mark.parametrize("motion", [(0, 3), (2, 0), (-1, 2), (-3, -1)])
def test_a_pan_does_not_flicker(motion: tuple[int, int]) -> None:
    whole = torch.rand(1, 3, 40, 40, generator=torch.Generator().manual_seed(0))
    film = [
        whole[..., 12 - n * motion[0] : 24 - n * motion[0], 12 - n * motion[1] : 26 - n * motion[1]] for n in range(4)
    ]
    assert flicker(film, motion) == 0
    assert flicker(film) > 0.1


def test_what_passes_by_does_not_count() -> None:
    film = [frame([0.0, 0.5, 0.5]), frame([0.5, 0.0, 0.5]), frame([0.5, 0.7, 0.0])]
    passing = [one > 0 for one in film]
    assert flicker(film, counted=passing) == pytest.approx(0)  # pairs share the third place, and then the first
    film[1][..., 2] = 0.6
    assert flicker(film, counted=passing) == pytest.approx(sqrt(0.01 / 2))
    assert isnan(flicker(film, counted=[one < 0 for one in film]))
