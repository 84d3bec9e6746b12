import pytest
import torch
from torch import nn

from artgan.training.averaging import Averages


def network(value: float) -> nn.Module:
    net = nn.Sequential(nn.Linear(1, 1, bias=False), nn.BatchNorm1d(1))
    with torch.no_grad():
        net[0].weight.fill_(value)
        net[1].running_mean.fill_(10 * value)
        net[1].num_batches_tracked.fill_(int(value))
    return net


def test_half_of_the_old_weights_is_left_after_the_half_life() -> None:
    averages = Averages({"g": network(0)}, ["g"], half_life=400)
    averages.update({"g": network(0)}, images_seen=100_000, batch_size=100)
    for _ in range(4):
        averages.update({"g": network(1)}, images_seen=100_000, batch_size=100)
    averaged = averages.networks["g"]
    assert averaged[0].weight.item() == pytest.approx(0.5)
    assert averaged[1].running_mean.item() == pytest.approx(5)  # statistics go with the weights
    assert averaged[1].num_batches_tracked.item() == 1
    assert not averaged.training


def test_early_weights_are_forgotten_sooner() -> None:
    averages = Averages({"g": network(0)}, ["g"], half_life=10**9)
    averages.update({"g": network(0)}, images_seen=10, batch_size=10)
    averages.update({"g": network(1)}, images_seen=200, batch_size=10)  # a half-life of 5 % of 200 pictures
    assert averages.networks["g"][0].weight.item() == pytest.approx(0.5)


def test_only_named_networks_and_never_the_trained_ones() -> None:
    trained = {"g": network(1), "d": network(2)}
    averages = Averages(trained, ["g"], half_life=0)
    assert averages.networks.keys() == {"g"}
    averages.update({"g": network(3), "d": network(4)}, images_seen=1, batch_size=1)
    averages.update({"g": network(4), "d": network(4)}, images_seen=2, batch_size=1)
    assert averages.networks["g"][0].weight.item() == 4
    assert trained["g"][0].weight.item() == 1


def test_state_comes_back() -> None:
    averages, other = (Averages({"g": network(value)}, ["g"], half_life=100) for value in (1, 2))
    averages.update({"g": network(7)}, images_seen=9000, batch_size=10)
    other.load_state(averages.state())
    for each in (averages, other):
        each.update({"g": network(0)}, images_seen=9010, batch_size=10)
    assert averages.networks["g"][0].weight.item() == other.networks["g"][0].weight.item() < 7
