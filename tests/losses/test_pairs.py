"""Losses of pairs, against values worked out by hand."""

import pytest
import torch

from artgan.losses.pairs import pair_content, pair_style, weighted


def test_each_pair_is_relative_to_its_own_target() -> None:
    target = torch.stack([torch.full((2, 1, 1), 1.0), torch.full((2, 1, 1), 10.0)])
    features = torch.stack([torch.full((2, 1, 1), 1.5), torch.full((2, 1, 1), 5.0)])
    assert pair_content(features, target).tolist() == pytest.approx([0.25, 0.25])
    metric = torch.diag(torch.tensor([1.0, 3.0]))  # the second channel counts three times
    target = torch.tensor([[1.0, 2.0]]).view(1, 2, 1, 1)
    features = torch.tensor([[1.0, 1.0]]).view(1, 2, 1, 1)
    assert pair_content(features, target, metric).tolist() == pytest.approx([3 / 13])


def test_styles_are_compared_by_the_relative_error() -> None:
    targets = torch.stack([torch.eye(2), 4 * torch.eye(2)])
    grams = torch.stack([1.5 * torch.eye(2), torch.zeros(2, 2)])
    assert pair_style(grams, targets).tolist() == pytest.approx([0.5001, 1.00005], abs=1e-4)
    same = targets.clone().requires_grad_(True)
    pair_style(same, targets).sum().backward()
    assert same.grad is not None
    assert torch.equal(same.grad, torch.zeros(2, 2, 2))  # where the root itself would have no slope


def test_layers_are_summed_by_weight() -> None:
    losses = {"relu1_1": torch.tensor([1.0, 2.0]), "relu2_1": torch.tensor([10.0, 20.0])}
    assert weighted(losses, {"relu2_1": 0.5, "relu1_1": 2.0}).tolist() == [7.0, 14.0]
