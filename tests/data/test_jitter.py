"""Random crops, turns and flips."""

import pytest
import torch

from artgan.data.jitter import jitter


def ramp(count: int = 400, side: int = 32) -> torch.Tensor:
    """Pictures whose red grows to the right, and green downwards."""
    line = torch.linspace(-1, 1, side)
    one = torch.stack([line.expand(side, side), line[:, None].expand(side, side), torch.zeros(side, side)])
    return one.expand(count, 3, side, side)


def directions(images: torch.Tensor) -> torch.Tensor:
    """(N, 4): whether red grows to the right, to the left, downwards, upwards."""
    right = images[:, 0, :, -1].mean(1) - images[:, 0, :, 0].mean(1)
    down = images[:, 0, -1].mean(1) - images[:, 0, 0].mean(1)
    return torch.stack([right > 0.5, right < -0.5, down > 0.5, down < -0.5], 1).float()


def test_none_is_nothing() -> None:
    images = ramp(2)
    assert jitter(images, "none", torch.Generator()) is images


@pytest.mark.parametrize("kind", ["crop", "notebook"])
def test_sizes_stay_and_the_generator_decides(kind: str) -> None:
    one, two, other = (jitter(ramp(9), kind, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2))
    assert one.shape == (9, 3, 32, 32)
    assert torch.equal(one, two)
    assert not torch.equal(one, other)
    assert one.abs().max() <= 1


def test_crops_reach_every_place_and_turn_nothing() -> None:
    images = jitter(ramp(), "crop", torch.Generator().manual_seed(0))
    assert directions(images).mean(0).tolist() == [1, 0, 0, 0]
    lefts = images[:, 0, 16, 0]
    assert len(torch.unique((lefts * 1000).round())) == 5  # 36 pixels hold 32 in five places
    assert lefts.min() == pytest.approx(-1, abs=0.05)
    assert (lefts.max() - lefts.min()) == pytest.approx(2 * 4 / 36, abs=0.03)


def test_the_notebook_turns_flips_and_transposes_as_often_as_it_says() -> None:
    found = directions(jitter(ramp(4000), "notebook", torch.Generator().manual_seed(0))).mean(0)
    # Upright red: not turned 0.5, turned by 180 0.2; half of the 0.4 that may be flipped are; a tenth is transposed.
    upright, half_turn, quarter, three_quarters = 0.5, 0.2, 0.2, 0.1
    across = 0.8 * upright + 0.2 * half_turn, 0.2 * upright + 0.8 * half_turn
    along = 0.8 * three_quarters + 0.2 * quarter, 0.2 * three_quarters + 0.8 * quarter
    expected = [0.9 * a + 0.1 * b for a, b in zip(across, along, strict=True)]
    assert found[0].item() == pytest.approx(expected[0], abs=0.04)
    assert found[1].item() == pytest.approx(expected[1], abs=0.04)
    assert found.sum().item() == pytest.approx(1, abs=0.01)


def test_unknown_kinds_are_bugs() -> None:
    with pytest.raises(ValueError, match="swirl"):
        jitter(ramp(1), "swirl", torch.Generator())
