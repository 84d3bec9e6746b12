"""Mean and variance of channels: those of torch, in every layout, and in more parts than one."""

import pytest
import torch

from artgan.models.channel_statistics import mean_and_variance


@pytest.mark.parametrize("size", [(3, 5), (140, 130)])  # 18,200 positions are summed in two parts
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_of_all_positions(size: tuple[int, int], layout: torch.memory_format) -> None:
    maps = 100 + torch.randn(2, 7, *size, generator=torch.Generator().manual_seed(0)).to(memory_format=layout)
    mean, variance = mean_and_variance(maps)
    true_variance, true_mean = torch.var_mean(maps.double(), (2, 3), correction=0)
    assert mean.shape == variance.shape == (2, 7)
    assert torch.allclose(mean.double(), true_mean, rtol=1e-6)
    assert torch.allclose(variance.double(), true_variance, rtol=1e-4)


def test_bfloat16_is_summed_in_float32() -> None:
    mean, variance = mean_and_variance(torch.full((1, 2, 40, 50), 3.0, dtype=torch.bfloat16))
    assert mean.dtype == variance.dtype == torch.float32
    assert mean.tolist() == [[3.0, 3.0]]
    assert variance.tolist() == [[0.0, 0.0]]
