"""What a forward pass records of a frozen network."""

import pytest
import torch
from torch import nn

from artgan.training.weights import frozen


def test_frozen_weights_get_no_gradients_and_thaw() -> None:
    network = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 1))
    network[0].bias.requires_grad_(False)
    maps = torch.randn(2, 3, requires_grad=True)
    with frozen(network):
        loss = network(maps).sum()
    loss.backward()
    assert maps.grad is not None
    assert network[1].weight.grad is None
    assert [p.requires_grad for p in network.parameters()] == [True, False, True, True]


def test_an_error_inside_thaws_too() -> None:
    network = nn.Linear(3, 1)
    with pytest.raises(RuntimeError), frozen(network):
        raise RuntimeError
    assert network.weight.requires_grad
