"""Distances between feature sets, against values worked out by hand and against sets that differ in known ways."""

import math

import pytest
import torch

from artgan.metrics.distances import frechet_distance, kernel_distance, precision_recall
from artgan.metrics.features import Standard
from artgan.metrics.wasserstein import sliced_wasserstein


def cloud(count: int, dimensions: int = 8, *, seed: int = 0, shift: float = 0.0, spread: float = 1.0) -> torch.Tensor:
    random = torch.Generator().manual_seed(seed)
    return torch.randn(count, dimensions, generator=random) * spread + shift


def test_frechet_between_shifted_clouds_is_the_squared_shift() -> None:
    features = cloud(500)
    # Equal covariances cancel: what is left is |mean - mean|^2, 8 dimensions moved by 0.5.
    assert frechet_distance(features, features + 0.5) == pytest.approx(8 * 0.25, rel=1e-4)
    # Twice the spread: tr(C + 4C - 2*2C) = tr(C); the means are moved, too, as they are scaled.
    expected = float(features.T.cov().trace() + features.mean(dim=0).square().sum())
    assert frechet_distance(features, 2 * features) == pytest.approx(expected, rel=1e-3)


def test_kernel_distance_of_two_points() -> None:
    # All reals are e1, all fakes -e1, in two dimensions: k(x, y) = (x.y / 2 + 1)^3.
    real = torch.tensor([[1.0, 0.0]]).repeat(6, 1)
    within, across = (1 / 2 + 1) ** 3, (-1 / 2 + 1) ** 3
    mean, deviation = kernel_distance(real, -real, subsets=3, subset_size=6)
    assert mean == pytest.approx(2 * within - 2 * across, rel=1e-5)
    assert deviation == pytest.approx(0, abs=1e-6)


def test_kernel_distance_is_seeded_and_leaves_the_global_generator_alone() -> None:
    real, fake = cloud(300), cloud(300, seed=1, shift=0.1)
    torch.manual_seed(5)
    before = torch.get_rng_state()
    first = kernel_distance(real, fake, subset_size=100)
    assert torch.equal(before, torch.get_rng_state())
    assert first == kernel_distance(real, fake, subset_size=100)
    assert first != kernel_distance(real, fake, subset_size=100, seed=1)


def test_kernel_distance_is_about_zero_for_one_distribution_and_grows_with_the_shift() -> None:
    real = cloud(600)
    same, near, far = (kernel_distance(real, cloud(600, seed=1, shift=shift))[0] for shift in (0.0, 0.2, 0.5))
    assert abs(same) < near / 5
    assert near < far


def test_sliced_wasserstein_of_a_shift_is_its_mean_length_along_directions() -> None:
    features = cloud(400, dimensions=1)
    assert sliced_wasserstein(features, features + 0.5) == pytest.approx(0.5, rel=1e-5)
    # In two dimensions a direction sees |cos| of the shift: 2/pi of it on average.
    flat = cloud(400, dimensions=2)
    moved = sliced_wasserstein(flat, flat + torch.tensor([1.0, 0.0]), projections=4096)
    assert moved == pytest.approx(2 / math.pi, rel=0.03)


def test_sliced_wasserstein_of_sets_of_different_sizes() -> None:
    real = torch.arange(100.0)[:, None]
    assert sliced_wasserstein(real, real[::2]) < 1.0
    assert sliced_wasserstein(real, real[::2] + 10) == pytest.approx(10, abs=1.0)


def test_precision_and_recall_tell_bad_samples_from_few_kinds() -> None:
    real = torch.cat([cloud(100, seed=2), cloud(100, seed=3, shift=20)])
    assert precision_recall(real, real) == (1.0, 1.0)
    half = cloud(200, seed=4)  # good, but of one kind only
    precision, recall = precision_recall(real, half)
    assert precision > 0.7
    assert recall <= 0.5
    precision, recall = precision_recall(real, cloud(200, seed=5, shift=60))
    assert (precision, recall) == (0.0, 0.0)


def test_the_standard_centres_the_reals_and_gives_them_unit_variance() -> None:
    reals = cloud(1000, shift=300, spread=7) * torch.tensor([1.0, 2, 3, 4, 5, 6, 7, 8])
    standard = Standard.of(reals)
    seen = standard(reals)
    assert seen.mean().abs() < 1e-3
    assert seen.var(dim=0).mean() == pytest.approx(1, rel=1e-3)
    # One factor for all dimensions: the widest stays the widest.
    assert seen.var(dim=0).argmax() == 7
