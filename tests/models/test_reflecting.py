"""Convolutions that reflect are PyTorch's own."""

import pytest
import torch
from torch import Tensor, nn

from artgan.models.reflecting import ReflectingConvolution


def both(channels: int, kernel: int) -> tuple[ReflectingConvolution, nn.Conv2d]:
    ours = ReflectingConvolution(5, channels, kernel)
    usual = nn.Conv2d(5, channels, kernel, padding=kernel // 2, padding_mode="reflect")
    usual.load_state_dict(ours.state_dict())
    return ours, usual


def maps(height: int, width: int) -> Tensor:
    return torch.randn(2, 5, height, width, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(("channels", "kernel"), [(3, 7), (1, 3), (6, 3)])
@pytest.mark.parametrize("side", [(12, 8), (12, 9), (11, 8)])
def test_values_and_gradients(channels: int, kernel: int, side: tuple[int, int]) -> None:
    results = []
    for layer in both(channels, kernel):
        images = maps(*side).requires_grad_()
        made = layer(images)
        weights = torch.linspace(-1, 1, made.numel()).view(made.shape)
        (made * weights).sum().backward()
        results.append([made, images.grad, layer.weight.grad, layer.bias.grad])  # type: ignore[union-attr]
    for found, expected in zip(*results, strict=True):
        assert torch.allclose(found, expected, atol=1e-4)  # type: ignore[arg-type]


@pytest.mark.parametrize("channels", [3, 16])
def test_autocast_changes_nothing_but_rounding(channels: int) -> None:
    ours, usual = both(channels, 3)
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        found, expected = ours(maps(8, 8)), usual(maps(8, 8))
    assert found.dtype == expected.dtype == torch.bfloat16
    assert torch.allclose(found.float(), expected.float(), atol=0.02)
    assert torch.allclose(found.float(), usual(maps(8, 8)), atol=0.05)
