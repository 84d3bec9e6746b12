"""Roots and maps worked out by hand, and what defines them."""

import torch

from artgan.losses.transport import symmetric_root, transport_map


def covariance(seed: int, size: int = 3) -> torch.Tensor:
    factor = torch.randn(size, size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return factor @ factor.T + 0.1 * torch.eye(size, dtype=torch.float64)


def test_a_root_by_hand() -> None:
    # [[2, 1], [1, 2]] squared is [[5, 4], [4, 5]].
    root = symmetric_root(torch.tensor([[5.0, 4.0], [4.0, 5.0]], dtype=torch.float64))
    assert torch.allclose(root, torch.tensor([[2.0, 1.0], [1.0, 2.0]], dtype=torch.float64))


def test_the_root_of_a_singular_matrix_is_finite() -> None:
    ones = torch.ones(4, 4)
    assert torch.allclose(symmetric_root(ones), ones / 2, atol=1e-6)
    assert torch.equal(symmetric_root(torch.zeros(3, 3)), torch.zeros(3, 3))


def test_between_diagonal_covariances_the_map_is_the_ratio_of_deviations() -> None:
    source, target = torch.tensor([4.0, 1.0, 9.0]), torch.tensor([1.0, 16.0, 9.0])
    assert torch.allclose(transport_map(source.diag(), target.diag()), torch.tensor([0.5, 4.0, 1.0]).diag())


def test_the_map_by_hand() -> None:
    # T = [[2, 1], [1, 2]] moves the unit covariance to T T = [[5, 4], [4, 5]], and that back by its inverse.
    wide = torch.tensor([[5.0, 4.0], [4.0, 5.0]], dtype=torch.float64)
    unit = torch.eye(2, dtype=torch.float64)
    there = torch.tensor([[2.0, 1.0], [1.0, 2.0]], dtype=torch.float64)
    assert torch.allclose(transport_map(unit, wide), there)
    assert torch.allclose(transport_map(wide, unit), torch.linalg.inv(there))


def test_the_map_is_symmetric_positive_and_arrives() -> None:
    source, target = covariance(0), covariance(1)
    moved = transport_map(source, target)
    assert torch.allclose(moved, moved.T)
    assert torch.linalg.eigvalsh(moved).min() > 0
    assert torch.allclose(moved @ source @ moved, target)
