"""Diversity and originality of samples."""

import pytest
import torch

from artgan.metrics.diversity import ms_ssim, originality


def pictures(count: int, size: int, seed: int = 0) -> torch.Tensor:
    random = torch.Generator().manual_seed(seed)
    small = torch.rand(count, 3, 8, 8, generator=random) * 2 - 1
    return torch.nn.functional.interpolate(small, size=(size, size), mode="bilinear")


@pytest.mark.parametrize("size", [16, 32, 64, 128, 192])
def test_one_picture_over_and_over_is_seen_at_every_size(size: int) -> None:
    assert ms_ssim(pictures(1, size).repeat(20, 1, 1, 1), pairs=16) == pytest.approx(1, abs=1e-4)
    assert ms_ssim(pictures(20, size), pairs=16) < 0.5


def test_a_collapse_is_seen_between_them() -> None:
    varied = pictures(40, 64)
    few = pictures(2, 64).repeat(20, 1, 1, 1)
    assert ms_ssim(few, pairs=200) > ms_ssim(varied, pairs=200) + 0.2


def test_pairs_are_seeded_and_never_of_a_picture_with_itself() -> None:
    two = pictures(2, 32)
    assert ms_ssim(two, pairs=50) == pytest.approx(ms_ssim(two, pairs=1), abs=1e-5)
    with pytest.raises(ValueError, match="two pictures"):
        ms_ssim(pictures(1, 32))


def test_copies_are_near_zero_and_new_pictures_near_one() -> None:
    random = torch.Generator().manual_seed(0)
    training, held_out, new = (torch.randn(200, 6, generator=random) for _ in range(3))
    copied, which = originality(training[50:80], training, held_out)
    assert copied == 0
    assert which.tolist() == list(range(50, 80))
    assert originality(new, training, held_out)[0] == pytest.approx(1, abs=0.2)
