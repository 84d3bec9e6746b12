"""Grounds of painting in one pass: how many there are, their sizes, and what of a painting is in the next."""

import pytest
import torch

from artgan.models.grounds import halvings, painted_over, scale_count


@pytest.mark.parametrize(("side", "count"), [(1, 1), (191, 1), (192, 2), (383, 2), (512, 3), (1024, 4), (4096, 6)])
def test_the_coarsest_has_a_side_of_96_to_191(side: int, count: int) -> None:
    assert scale_count(side) == count


def test_each_is_the_mean_of_squares_of_the_one_before() -> None:
    picture = torch.arange(15.0).view(1, 1, 3, 5).expand(1, 3, 3, 5)
    whole, half, quarter = halvings(picture, 3)
    assert whole.shape == (1, 3, 4, 8)
    assert torch.equal(whole[..., :3, :5], picture)
    assert torch.equal(whole[..., 3, :5], picture[..., 2, :])
    assert half[0, 0, 0].tolist() == [3, 5, 6.5, 6.5]
    assert quarter.shape == (1, 3, 1, 2)
    assert halvings(picture, 1)[0].shape == picture.shape


def test_a_share_of_the_painting_is_in_it() -> None:
    picture, painting = torch.full((1, 3, 4, 6), 0.25), torch.full((1, 3, 2, 3), 0.75)
    assert painted_over(picture, painting, 0.5).unique().tolist() == [0.5]
    assert torch.equal(painted_over(picture, painting, 0.0), picture)
    assert torch.equal(painted_over(picture, None, 0.5), picture)
    # A painting is clipped, as a file of it would be.
    assert painted_over(picture, painting + 1, 1.0).unique().tolist() == [1.0]
