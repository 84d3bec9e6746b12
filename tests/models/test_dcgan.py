"""The paper's networks: sizes, numbers of parameters, initial weights, norms."""

import pytest
import torch
from torch import nn

from artgan.models.dcgan import Discriminator, Generator


def parameters(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


def test_the_paper_s_numbers_of_parameters() -> None:
    assert parameters(Generator(size=64, width=64, latent_dim=100)) == 3_576_704
    assert parameters(Discriminator(size=64, width=64)) == 2_765_568


def test_the_paper_s_layers() -> None:
    """100 -> 512 -> 256 -> 128 -> 64 -> 3 channels, batch norm everywhere but at the picture."""
    made = Generator(size=64, width=64, latent_dim=100).layers
    assert [tuple(m.weight.shape) for m in made if isinstance(m, nn.ConvTranspose2d)] == [
        (100, 512, 4, 4),
        (512, 256, 4, 4),
        (256, 128, 4, 4),
        (128, 64, 4, 4),
        (64, 3, 4, 4),
    ]
    assert [m.num_features for m in made if isinstance(m, nn.BatchNorm2d)] == [512, 256, 128, 64]
    judging = Discriminator(size=64, width=64).layers
    assert [m.out_channels for m in judging if isinstance(m, nn.Conv2d)] == [64, 128, 256, 512, 1]
    assert [m.num_features for m in judging if isinstance(m, nn.BatchNorm2d)] == [128, 256, 512]
    assert {m.negative_slope for m in judging if isinstance(m, nn.LeakyReLU)} == {0.2}


@pytest.mark.parametrize("size", [16, 32, 64, 128, 256])
@pytest.mark.parametrize("upsample", ["transpose", "nearest", "bilinear"])
def test_sizes(size: int, upsample: str) -> None:
    made = Generator(size=size, width=2, latent_dim=5, upsample=upsample)
    made.initialise(torch.Generator().manual_seed(0))
    images = made(torch.randn(2, 5))
    assert images.shape == (2, 3, size, size)
    assert images.abs().max() <= 1
    assert Discriminator(size=size, width=2)(images).shape == (2,)


@pytest.mark.parametrize("norm", ["none", "spectral"])
def test_without_batch_norm_pictures_are_judged_alone(norm: str) -> None:
    network = Discriminator(size=16, width=4, norm=norm)
    network.initialise(torch.Generator().manual_seed(0))
    network.eval()
    images = torch.randn(3, 3, 16, 16)
    assert torch.allclose(network(images)[0], network(images[:1])[0], atol=1e-5)
    assert not any(isinstance(module, nn.BatchNorm2d) for module in network.modules())


def test_spectral_norm_is_one() -> None:
    network = Discriminator(size=16, width=8, norm="spectral")
    network.initialise(torch.Generator().manual_seed(0))
    for _ in range(30):
        network(torch.randn(2, 3, 16, 16))
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            norm = torch.linalg.matrix_norm(module.weight.flatten(1), ord=2)
            assert norm.item() == pytest.approx(1, rel=0.05)


@pytest.mark.parametrize("norm", ["batch", "none"])
def test_the_same_generator_draws_the_same_weights(norm: str) -> None:
    one, two = Discriminator(size=16, width=2, norm=norm), Discriminator(size=16, width=2, norm=norm)
    for network in (one, two):
        network.initialise(torch.Generator().manual_seed(3))
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), two.parameters(), strict=True))
