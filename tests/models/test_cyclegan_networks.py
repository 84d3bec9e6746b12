"""The networks of CycleGAN: parameter counts, sizes, layers that cancel nothing, and what the notebook's cancels."""

from collections.abc import Callable

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from artgan.errors import UsageError
from artgan.models.cyclegan import build_generator, direction, pairs
from artgan.models.instance_norm import InstanceNorm
from artgan.models.layers import TrainableNetwork
from artgan.models.patchgan import PatchDiscriminator
from artgan.models.resnet import ResnetGenerator
from artgan.models.translation_layers import ENLARGINGS, enlarging
from artgan.models.unet import NotebookUnetGenerator, UnetGenerator


def parameters(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


def seeded(network: TrainableNetwork) -> TrainableNetwork:
    network.initialise(torch.Generator().manual_seed(0))
    return network


@pytest.mark.parametrize(
    ("build", "count"),
    [
        (lambda: ResnetGenerator(width=64, blocks=9), 11_378_179),
        (lambda: ResnetGenerator(width=64, blocks=6), 7_837_699),
        (lambda: ResnetGenerator(width=64, blocks=4), 5_477_379),
        (lambda: ResnetGenerator(width=64, blocks=9, upsample="resize"), 11_378_179),
        (lambda: ResnetGenerator(width=64, blocks=9, upsample="blur"), 11_378_179),
        (lambda: UnetGenerator(size=256, width=64), 54_409_603),
        (lambda: UnetGenerator(size=128, width=64), 41_825_667),
        (lambda: NotebookUnetGenerator(size=256, width=64), 41_851_075),
        (lambda: PatchDiscriminator(width=64), 2_764_737),
        (lambda: PatchDiscriminator(width=64, norm="batch"), 2_765_633),
        (lambda: PatchDiscriminator(width=64, heads=2), 2_764_737 + 8_193),
    ],
)
def test_parameter_counts(build: Callable[[], nn.Module], count: int) -> None:
    with torch.device("meta"):
        assert parameters(build()) == count


def test_the_report_s_discriminator_in_its_own_count() -> None:
    network = PatchDiscriminator(width=64, norm="batch")
    statistics = sum(value.numel() for name, value in network.named_buffers() if "running" in name)
    assert (statistics, parameters(network) + statistics) == (1_792, 2_767_425)


@pytest.mark.parametrize("generator", ["resnet", "unet", "unet-kaggle"])
@pytest.mark.parametrize("upsample", ENLARGINGS)
def test_pictures_come_out_as_they_went_in(generator: str, upsample: str) -> None:
    if generator == "unet-kaggle" and upsample != "transpose":
        with pytest.raises(UsageError, match="--upsample transpose"):
            build_generator(generator=generator, size=32, width=4, upsample=upsample)  # type: ignore[arg-type]
        return
    network = build_generator(generator=generator, size=32, width=4, blocks=2, upsample=upsample)  # type: ignore[arg-type]
    images = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(1)) * 2 - 1
    for precision in (torch.float32, torch.bfloat16):
        with torch.autocast("cpu", precision, enabled=precision != torch.float32):
            translated = seeded(network)(images)
        assert translated.shape == images.shape
        assert translated.dtype == precision
        assert 0 < translated.abs().max() <= 1


def test_a_resnet_takes_other_sizes_and_a_u_net_multiples() -> None:
    assert seeded(ResnetGenerator(width=4, blocks=1))(torch.zeros(1, 3, 36, 52)).shape == (1, 3, 36, 52)
    assert seeded(UnetGenerator(size=16, width=4))(torch.zeros(1, 3, 32, 48)).shape == (1, 3, 32, 48)


@pytest.mark.parametrize(("size", "patches"), [(256, 30), (128, 14), (64, 6)])
def test_patches(size: int, patches: int) -> None:
    assert PatchDiscriminator(width=4)(torch.zeros(1, 3, size, size)).shape == (1, 1, patches, patches)


def test_a_patch_is_70_pixels_wide() -> None:
    network = seeded(PatchDiscriminator(width=4, norm="none"))
    images = torch.zeros(1, 3, 256, 256, requires_grad=True)
    network(images)[0, 0, 15, 15].backward()
    seen = images.grad.abs().sum((0, 1)).nonzero()  # type: ignore[union-attr]
    assert (seen.max(0).values - seen.min(0).values + 1).tolist() == [70, 70]


def innermost_gradient(network: UnetGenerator | NotebookUnetGenerator, layer: nn.Conv2d) -> float:
    images = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(1))
    seeded(network)(images).square().sum().backward()
    assert layer.weight.grad is not None
    return float(layer.weight.grad.norm())


def test_the_mended_u_net_learns_down_to_one_pixel_and_the_notebook_s_does_not() -> None:
    mended, original = UnetGenerator(size=32, width=4), NotebookUnetGenerator(size=32, width=4, dropout=0.0)
    assert innermost_gradient(mended, mended.down[-1][0]) > 1e-6  # type: ignore[index]
    assert innermost_gradient(original, original.down[-1][0]) < 1e-12  # type: ignore[index]


def test_instance_norm_is_pytorch_s() -> None:
    random = torch.Generator().manual_seed(0)
    maps = torch.randn(2, 5, 9, 7, generator=random) * 3 + 2
    norm = InstanceNorm(5, affine=True)
    with torch.no_grad():
        norm.weight.normal_(generator=random)
        norm.bias.normal_(generator=random)
    assert torch.allclose(norm(maps), F.instance_norm(maps, weight=norm.weight, bias=norm.bias), atol=1e-5)
    assert torch.equal(InstanceNorm(5)(torch.ones(1, 5, 1, 1)), torch.zeros(1, 5, 1, 1))


def test_statistics_are_exact_in_bfloat16() -> None:
    """Sums in bfloat16 of some ten thousand values would stop growing at a few hundred."""
    maps = (torch.randn(1, 3, 128, 128, generator=torch.Generator().manual_seed(0)) + 2).bfloat16()
    with torch.autocast("cpu", torch.bfloat16):
        found = InstanceNorm(3)(maps)
    exact = F.instance_norm(maps.double())
    assert found.dtype == torch.bfloat16
    assert (found.double() - exact).abs().max() < 0.02  # the results' own rounding


@pytest.mark.parametrize("kind", ["resize", "blur"])
def test_enlarging_is_interpolation_and_a_convolution(kind: str) -> None:
    layer = enlarging(3, 5, kind, kernel=3)  # type: ignore[arg-type]
    with torch.no_grad():
        layer.bias.fill_(0.5)  # type: ignore[union-attr, operator]
    maps = torch.randn(1, 3, 12, 12, generator=torch.Generator().manual_seed(0))
    mode = "nearest" if kind == "resize" else "bilinear"
    weight = layer.convolution.weight.transpose(0, 1)  # type: ignore[union-attr, operator]
    larger = F.interpolate(maps, scale_factor=2, mode=mode)
    expected = F.conv2d(larger, weight.flip(2, 3), padding=1) + 0.5
    assert torch.allclose(layer(maps)[..., 4:-4, 4:-4], expected[..., 4:-4, 4:-4], atol=1e-5)


def test_pairs() -> None:
    assert pairs(["monet", "photo"]) == [("monet", "photo")]
    assert pairs(["monet", "photo", "vangogh"], "photo") == [("monet", "photo"), ("vangogh", "photo")]
    assert direction("photo", "monet") == "photo->monet"
    for domains, hub in ((["a"], None), (["a", "b", "c"], None), (["a", "b"], "c")):
        with pytest.raises(UsageError):
            pairs(domains, hub)


@pytest.mark.parametrize(("generator", "size"), [("unet", 48), ("unet", 8), ("unet-kaggle", 16), ("vnet", 32)])
def test_impossible_generators_are_refused(generator: str, size: int) -> None:
    with pytest.raises(UsageError):
        build_generator(generator=generator, size=size, width=4)
