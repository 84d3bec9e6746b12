"""Padding, enlarging and initial weights, against TensorFlow's and textbook definitions worked out by hand."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from artgan.errors import UsageError
from artgan.models.layers import (
    FromLatent,
    ResizedConvolution,
    SameConvolution,
    SameTransposedConvolution,
    ToLogit,
    channels,
    doublings,
    initialise_he,
    initialise_normal,
    initialise_truncated,
)


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


@pytest.mark.parametrize(("size", "expected"), [(8, 1), (32, 3), (64, 4), (128, 5), (256, 6)])
def test_doublings(size: int, expected: int) -> None:
    assert doublings(size) == expected


@pytest.mark.parametrize("size", [0, 4, 48, 100])
def test_other_sizes_are_refused(size: int) -> None:
    with pytest.raises(UsageError, match=f"not {size}"):
        doublings(size)


def test_channels_double_up_to_eight_times() -> None:
    assert channels(32, 64) == [256, 128, 64]
    assert channels(64, 64) == [512, 256, 128, 64]
    assert channels(256, 16) == [128, 128, 128, 64, 32, 16]


def test_same_convolution_pads_one_before_and_two_behind() -> None:
    """TensorFlow pads an even side of n by max((n / 2 - 1) 2 + 5 - n, 0) = 3, the smaller half first."""
    layer = SameConvolution(1, 1)
    with torch.no_grad():
        layer.weight.zero_()
        layer.weight[0, 0, 0] = torch.tensor([1.0, 2, 3, 4, 5])  # the first row: what lies a row above
        layer.bias.zero_()
    maps = torch.zeros(1, 1, 4, 4)
    maps[0, 0, 1] = torch.tensor([1.0, 10, 100, 1000])
    # Output row 1 looks at rows 1 to 5. Its columns look at columns -1..3 and 1..5.
    expected = [2 * 1 + 3 * 10 + 4 * 100 + 5 * 1000, 1 * 10 + 2 * 100 + 3 * 1000]
    assert layer(maps).squeeze().tolist() == [[0, 0], expected]


def test_same_transposed_convolution_is_the_gradient_of_the_same_convolution() -> None:
    down, up = SameConvolution(3, 2), SameTransposedConvolution(2, 3)
    with torch.no_grad():
        up.weight.copy_(down.weight)
        up.bias.zero_()
    maps = torch.randn(2, 3, 8, 8, generator=generator(), requires_grad=True)
    result = down(maps)
    gradient = torch.randn(result.shape, generator=generator())
    (expected,) = torch.autograd.grad(result, maps, gradient)
    assert torch.allclose(up(gradient), expected, atol=1e-6)


@pytest.mark.parametrize(("boxes", "mode", "border"), [(1, "nearest", 0), (3, "bilinear", 3)])
def test_resized_convolution_enlarges_then_convolves(boxes: int, mode: str, border: int) -> None:
    layer = ResizedConvolution(3, 5, boxes=boxes)
    initialise_normal(layer, generator())
    maps = torch.randn(2, 3, 6, 6, generator=generator())
    kernel = layer.weight.flip(2, 3).transpose(0, 1)
    expected = F.conv2d(F.interpolate(maps, scale_factor=2, mode=mode), kernel, padding=1)
    inner = slice(border, 12 - border)
    assert torch.allclose(layer(maps)[..., inner, inner], expected[..., inner, inner], atol=1e-6)


@pytest.mark.parametrize("boxes", [1, 3])
def test_resized_convolution_has_no_checkerboard(boxes: int) -> None:
    """A flat map stays flat inside, whatever the weights; a transposed convolution's does not."""
    flat = torch.ones(1, 4, 8, 8)
    layer = ResizedConvolution(4, 1, boxes=boxes)
    transposed = nn.ConvTranspose2d(4, 1, 4, stride=2, padding=1, bias=False)
    for module in (layer, transposed):
        initialise_normal(module, generator())
    inner = slice(4, 12)
    assert layer(flat)[..., inner, inner].std() < 1e-6
    assert transposed(flat)[..., inner, inner].std() > 1e-2


def test_matrix_products_are_the_convolutions() -> None:
    start, end = FromLatent(10, 6), ToLogit(6)
    z = torch.randn(3, 10, generator=generator())
    maps = F.conv_transpose2d(z[:, :, None, None], start.weight)
    assert torch.allclose(start(z), maps, atol=1e-6)
    assert torch.allclose(end(maps), F.conv2d(maps, end.weight).flatten(), atol=1e-6)


def test_normal_weights() -> None:
    network = nn.Sequential(nn.Conv2d(64, 64, 4, bias=True), nn.BatchNorm2d(4096))
    initialise_normal(network, generator())
    assert network[0].weight.std().item() == pytest.approx(0.02, rel=0.02)
    assert network[1].weight.mean().item() == pytest.approx(1, abs=0.002)
    assert network[1].weight.std().item() == pytest.approx(0.02, rel=0.05)
    assert not network[0].bias.any()
    assert not network[1].bias.any()


def test_truncated_weights_end_at_two_deviations() -> None:
    layer = nn.Linear(300, 300)
    initialise_truncated(layer, generator())
    assert layer.weight.abs().max() <= 0.04
    assert layer.weight.abs().max() > 0.0395
    # cut at two deviations, a normal distribution keeps 0.8796 of its own
    assert layer.weight.std().item() == pytest.approx(0.02 * 0.8796, rel=0.01)
    assert not layer.bias.any()


def test_he_weights_keep_the_signal() -> None:
    network = nn.Sequential(*(m for _ in range(6) for m in (nn.Linear(256, 256), nn.LeakyReLU(0.2))))
    initialise_he(network, generator())
    signal = torch.randn(200, 256, generator=torch.Generator().manual_seed(1))
    assert network(signal).square().mean().sqrt().item() == pytest.approx(1, rel=0.3)


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_resized_convolution_keeps_the_layout(layout: torch.memory_format) -> None:
    maps = torch.rand(2, 4, 8, 8).to(memory_format=layout)
    enlarged = ResizedConvolution(4, 6, boxes=1)(maps)
    assert enlarged.is_contiguous(memory_format=layout)
