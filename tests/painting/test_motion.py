"""Shifts, turns and scales of whole pictures are found to parts of a pixel, and nothing else is."""

from cmath import exp

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from artgan.io.images import read_picture
from artgan.io.shipped import find_content
from artgan.painting.motion import Motion, motion_between
from artgan.painting.pyramid import resize
from artgan.painting.tensors import to_tensor

HEIGHT, WIDTH = 72, 96


@pytest.fixture(scope="module")
def photo() -> Tensor:
    """240 x 240 px."""
    return resize(to_tensor(read_picture(find_content("example:pavilion")), torch.device("cpu")), 240, 240)


def seen(photo: Tensor, motion: Motion) -> Tensor:
    """The middle of a photo as it is seen after a motion: where a place's pixels were before, worked out one by one."""
    rows, columns = torch.meshgrid(torch.arange(2 * HEIGHT), torch.arange(2 * WIDTH), indexing="ij")
    places = torch.complex(columns - WIDTH + 0.5, rows - HEIGHT + 0.5)
    places = motion.turned * places + 2 * motion.shift
    grid = torch.stack([places.real, places.imag], -1)[None] / 120
    return resize(F.grid_sample(photo, grid, mode="bicubic", align_corners=False).clamp(0, 1), HEIGHT, WIDTH)


@pytest.mark.parametrize(
    "motion",
    [
        Motion(shift=1), Motion(shift=-2 + 3j), Motion(shift=9 - 5j), Motion(shift=0.3), Motion(shift=-0.5 + 1.2j),
        Motion(turned=1.02), Motion(turned=0.97, shift=0.7j), Motion(turned=exp(0.02j)),
        Motion(turned=1.03 * exp(-0.03j), shift=4 - 1.5j),
    ],
    ids=str,
)  # fmt: skip
def test_motions_are_found(photo: Tensor, motion: Motion) -> None:
    found = motion_between(seen(photo, Motion()), seen(photo, motion))
    assert (found @ motion.inverse).farthest(HEIGHT, WIDTH) < 0.1


def test_whole_pixels_are_whole(photo: Tensor) -> None:
    before, after = photo[..., 40:120, 40:140], photo[..., 43:123, 33:133]
    found = motion_between(before, after)
    assert found == Motion(shift=-7 + 3j)
    assert found.is_whole
    moved, shown = found.of(before)
    assert torch.equal(moved[shown.expand_as(moved)], after[shown.expand_as(after)])
    assert shown.sum() == (100 - 7) * (80 - 3)
    assert not Motion(shift=0.5).is_whole
    assert not Motion(turned=1.1).is_whole


def test_nothing_moves(photo: Tensor) -> None:
    """Not where there is noise, something passes by, the light grows, all is new, or there is nothing to see."""
    random = torch.Generator().manual_seed(0)
    still = photo[..., :96, :96]
    other = still.clone()
    other[..., 20:70, 10:50] = photo[..., 100:150, 100:140]
    another = still.clone()
    another[..., 20:70, 18:58] = photo[..., 100:150, 100:140]
    noisy = (still + 0.02 * torch.randn(still.shape, generator=random)).clamp(0, 1)
    flat = torch.full_like(still, 0.5)
    for before, after in (
        (still, still), (still, noisy), (other, another), (still, still * 0.8),
        (still, photo[..., 96:192, 96:192].flip(-1)), (flat, flat), (flat, still),
        (still[..., :1, :1], still[..., 1:2, 1:2]), (still[..., :2, :], still[..., 1:3, :]),
    ):  # fmt: skip
        assert motion_between(before, after) == Motion()


def test_a_picture_is_seen_from_where_the_next_is(photo: Tensor) -> None:
    motion = Motion(turned=1.02 * exp(0.01j), shift=2.5 - 1j)
    before, after = seen(photo, Motion()), seen(photo, motion)
    moved, shown = motion.of(before)
    apart = (moved - after).abs().mean(1, keepdim=True)
    assert apart[shown].mean() < 0.2 * (before - after).abs().mean()
    assert 0.85 < shown.float().mean() < 0.99


def test_motions_follow_each_other() -> None:
    one, other = Motion(turned=1.5j, shift=2 + 1j), Motion(turned=0.5, shift=-1j)
    place = 3 - 4j
    there = other.turned * place + other.shift
    both = one @ other
    assert both.turned * place + both.shift == pytest.approx(one.turned * there + one.shift)
    back = both.inverse @ both
    assert back.turned == pytest.approx(1)
    assert back.shift == pytest.approx(0)
    assert one.scaled(2) == Motion(turned=1.5j, shift=4 + 2j)
    assert Motion(shift=3 + 4j).farthest(10, 20) == 5
    assert Motion(turned=1.1).farthest(6, 8) == pytest.approx(0.5)
