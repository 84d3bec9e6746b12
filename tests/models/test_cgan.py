"""The report's networks against the table in the report, layer by layer."""

from typing import Literal

import pytest
import torch
from torch import nn

from artgan.models.cgan import Discriminator, Generator, Norm


def count(module: nn.Module) -> int:
    """As Keras counts: batch norm's running mean and variance, too."""
    statistics = [b for name, b in module.named_buffers() if not name.endswith("num_batches_tracked")]
    return sum(tensor.numel() for tensor in [*module.parameters(), *statistics])


def own(network: nn.Module) -> list[int]:
    return [count(module) for module in network.modules() if not list(module.children()) and count(module)]


def test_the_report_s_generator() -> None:
    network = Generator(tags=23, size=64, width=64, latent_dim=100)
    table = [1_015_808, 2_048, 3_277_056, 1_024, 819_328, 512, 204_864, 256, 4_803]
    assert own(network) == table
    assert count(network) == sum(table) == 5_325_699
    assert sum(parameter.numel() for parameter in network.parameters()) == 5_323_779


def test_the_report_s_discriminator() -> None:
    network = Discriminator(tags=23, size=64, width=64)
    table = [4_864, 204_928, 819_456, 3_277_312, 274_432, 8_193]
    assert own(network) == table
    assert count(network) == sum(table) == 4_589_185
    assert not list(network.buffers())


def test_the_report_s_initial_weights() -> None:
    network = Generator(tags=23, size=64, width=64, latent_dim=100)
    network.initialise(torch.Generator().manual_seed(0))
    assert 0.039 < network.dense.weight.abs().max() <= 0.04
    norm = network.layers[0]
    assert isinstance(norm, nn.BatchNorm2d)
    assert (norm.eps, norm.momentum) == (1e-3, 0.01)
    assert norm.weight.std().item() == pytest.approx(0.02, rel=0.2)


@pytest.mark.parametrize("size", [16, 32, 128])
@pytest.mark.parametrize("features", [0, 7])
@pytest.mark.parametrize("tags", [1, 23])
def test_sizes(size: int, features: int, tags: int) -> None:
    made = Generator(tags=tags, size=size, width=2, latent_dim=5, condition_features=features)
    judging = Discriminator(tags=tags, size=size, width=2, condition_features=features)
    images = made(torch.randn(3, 5), torch.ones(3, tags))
    assert images.shape == (3, 3, size, size)
    assert images.abs().max() <= 1
    assert judging(images, torch.ones(3, tags)).shape == (3,)


@pytest.mark.parametrize("upsample", ["nearest", "bilinear"])
@pytest.mark.parametrize("norm", ["batch", "spectral"])
def test_other_layers_than_the_report_s(upsample: Literal["nearest", "bilinear"], norm: Norm) -> None:
    made = Generator(tags=4, size=16, width=2, latent_dim=5, upsample=upsample)
    judging = Discriminator(tags=4, size=16, width=2, norm=norm)
    judging.initialise(torch.Generator().manual_seed(0))
    assert made(torch.randn(3, 5), torch.ones(3, 4)).shape == (3, 3, 16, 16)
    assert judging(torch.randn(3, 3, 16, 16), torch.ones(3, 4)).shape == (3,)
    assert [tuple(w.shape[2:]) for w in made.parameters() if w.dim() == 4] == [(3, 3), (3, 3)]


def test_batch_norm_behind_all_convolutions_but_the_first() -> None:
    network = Discriminator(tags=23, size=64, width=64, norm="batch")
    assert own(network) == [4_864, 204_928, 4 * 128, 819_456, 4 * 256, 3_277_312, 4 * 512, 274_432, 8_193]


def test_spectral_norm_keeps_every_layer_from_enlarging() -> None:
    network = Discriminator(tags=4, size=16, width=4, norm="spectral")
    network.initialise(torch.Generator().manual_seed(0))
    for _ in range(30):  # each pass brings the estimate of the largest singular value nearer
        network(torch.randn(2, 3, 16, 16), torch.ones(2, 4))
    for layer in (network.layers[0], network.layers[2], network.joint, network.dense):
        weight = layer.get_parameter("parametrizations.weight.original")
        assert weight.requires_grad
        largest = torch.linalg.matrix_norm(layer.weight.detach().flatten(1), ord=2)
        assert largest.item() == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("features", [0, 7])
def test_seeing_then_judging_is_the_joint_convolution(features: int) -> None:
    """The report joins tags to maps, copied to every place, and convolves both."""
    network = Discriminator(tags=4, size=16, width=4, condition_features=features)
    images, tags = torch.randn(3, 3, 16, 16), torch.eye(4)[:3]
    maps = network.layers(images)
    copied = network.condition(tags)[:, :, None, None].expand(-1, -1, 4, 4)
    joint = nn.functional.leaky_relu(network.joint(torch.cat([maps, copied], 1)), 0.2)
    expected = network.dense(joint.permute(0, 2, 3, 1).flatten(1)).flatten()
    assert torch.allclose(network(images, tags), expected, atol=1e-6)


def test_tags_matter_to_both() -> None:
    made = Generator(tags=4, size=16, width=4, latent_dim=5).eval()
    judging = Discriminator(tags=4, size=16, width=4)
    z, images, tags = torch.randn(1, 5), torch.randn(1, 3, 16, 16), torch.eye(4)
    assert not torch.equal(made(z, tags[:1]), made(z, tags[1:2]))
    assert not torch.equal(judging(images, tags[:1]), judging(images, tags[1:2]))
