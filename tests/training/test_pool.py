"""The pool of earlier translations."""

import torch

from artgan.training.pool import ImagePool


def images(first: int, count: int) -> torch.Tensor:
    return torch.arange(first, first + count, dtype=torch.float32).view(-1, 1, 1, 1).expand(-1, 3, 2, 2).contiguous()


def test_it_fills_and_then_shows_old_ones_half_of_the_time() -> None:
    pool, random = ImagePool(5), torch.Generator().manual_seed(0)
    assert torch.equal(pool.shown(images(0, 5), random), images(0, 5))
    old = 0
    for number in range(5, 2005):
        old += int(pool.shown(images(number, 1), random)[0, 0, 0, 0] < number)
        assert pool.images is not None
        assert pool.images.shape == (5, 3, 2, 2)
    assert 900 < old < 1100
    assert len(torch.unique(pool.images[:, 0, 0, 0])) == 5  # nothing is kept twice


def test_a_batch_may_be_larger_than_the_pool() -> None:
    pool = ImagePool(2)
    shown = pool.shown(images(0, 9), torch.Generator().manual_seed(0))
    assert shown.shape == (9, 3, 2, 2)
    assert pool.images is not None
    assert len(pool.images) == 2


def test_no_pool_shows_what_is_new() -> None:
    pool = ImagePool(0)
    new = images(0, 3)
    assert pool.shown(new, torch.Generator()) is new
    assert pool.images is None


def test_the_same_chance_chooses_the_same_after_a_copy() -> None:
    one, other = ImagePool(3), ImagePool(3)
    one.shown(images(0, 3), torch.Generator().manual_seed(1))
    other.images = one.images
    shown = [pool.shown(images(3, 4), torch.Generator().manual_seed(2)) for pool in (one, other)]
    assert torch.equal(*shown)
    assert one.images is not None
    assert other.images is not None
    assert torch.equal(one.images, other.images)
    other.shown(images(7, 4), torch.Generator().manual_seed(3))
    assert not torch.equal(one.images, other.images)  # what was taken over is a copy
