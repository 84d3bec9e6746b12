"""Scores of paintings against values worked out by hand, and SSIM against torchmetrics'."""

import pytest
import torch

from artgan.metrics.paintings import (
    Reading,
    content_fidelity,
    evenly,
    palette,
    palette_distance,
    structural_similarity,
    style_similarity,
)


def maps(*channels: list[float]) -> torch.Tensor:
    """Features (1, C, 1, P)."""
    return torch.tensor(channels)[None, :, None, :]


def test_content_fidelity_is_a_cosine_over_the_whole_map() -> None:
    one, other = maps([1.0, 0.0], [0.0, 2.0]), maps([1.0, 1.0], [1.0, 1.0])
    # <one, other> = 1 + 2; |one| = sqrt(1 + 4), |other| = sqrt(4).
    assert content_fidelity(one, other) == pytest.approx(3 / (5**0.5 * 2))
    assert content_fidelity(5 * one, one) == pytest.approx(1)
    assert content_fidelity(maps([1.0, 0.0]), maps([0.0, 1.0])) == 0
    assert content_fidelity(maps([0.0, 0.0]), maps([0.0, 1.0])) == 0


def test_content_fidelity_in_the_encoder_s_metric() -> None:
    head = torch.tensor([[1.0, 0.0], [0.0, 3.0], [1.0, 1.0]])
    one, other = maps([1.0, 0.0, 2.0], [0.5, 2.0, 1.0]), maps([0.0, 1.0, 1.0], [1.0, 1.0, 0.0])
    wide = [torch.einsum("vc,ncij->nvij", head, features) for features in (one, other)]
    assert content_fidelity(one, other, metric=head.T @ head) == pytest.approx(content_fidelity(*wide), rel=1e-5)


def test_style_similarity_is_one_less_the_relative_error() -> None:
    target = torch.tensor([[[3.0, 0.0], [0.0, 4.0]]])
    assert style_similarity(target, target) == 1
    assert style_similarity(torch.zeros_like(target), target) == pytest.approx(0)
    # |G - T| = 1, |T| = 5.
    assert style_similarity(target + torch.tensor([[1.0, 0.0], [0.0, 0.0]]), target) == pytest.approx(1 - 1 / 5)
    assert style_similarity(3 * target, target) == pytest.approx(-1)


def test_palette_distance_of_two_colours() -> None:
    # One colour against another: along a direction u they are |u . d| apart, on average over the sphere |d| / 2.
    one, other = torch.zeros(10, 3), torch.zeros(7, 3) + torch.tensor([0.4, 0.0, 0.0])
    assert palette_distance(one, other) == pytest.approx(0.2, rel=0.15)
    assert palette_distance(one, one) == 0
    # Half of the colours moved is half of the way.
    half = torch.cat([torch.zeros(5, 3), torch.zeros(5, 3) + torch.tensor([0.4, 0.0, 0.0])])
    assert palette_distance(one, half) == pytest.approx(palette_distance(one, other) / 2, rel=1e-4)


def test_a_palette_is_taken_evenly() -> None:
    lab = torch.arange(12.0).repeat(1, 3, 1).view(1, 3, 3, 4)
    assert palette(lab)[:, 0].tolist() == list(range(12))
    assert palette(lab, 4)[:, 0].tolist() == [0, 3, 6, 9]
    assert evenly(torch.arange(15.0).view(5, 3), 2)[:, 0].tolist() == [0, 6]


def test_ssim_of_flat_pictures() -> None:
    # No contrast: (2 a b + c) / (a^2 + b^2 + c) with c = 0.01^2.
    one, other = torch.full((1, 3, 12, 15), 0.2), torch.full((1, 3, 12, 15), 0.6)
    wanted = (2 * 0.2 * 0.6 + 1e-4) / (0.2**2 + 0.6**2 + 1e-4)
    assert structural_similarity(one, other) == pytest.approx(wanted, rel=1e-3)
    assert structural_similarity(one, one) == pytest.approx(1)


def test_ssim_is_torchmetrics_ssim() -> None:
    from torchmetrics.functional.image import structural_similarity_index_measure

    random = torch.Generator().manual_seed(0)
    one = torch.rand(1, 3, 30, 41, generator=random)
    other = (one + 0.3 * torch.rand(1, 3, 30, 41, generator=random)).clamp(0, 1)
    luma = [(p * torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)).sum(1, keepdim=True) for p in (one, other)]
    wanted = float(structural_similarity_index_measure(*luma, data_range=1.0))
    assert structural_similarity(one, other) == pytest.approx(wanted, abs=1e-5)


def test_readings_between_their_ends() -> None:
    fidelity = Reading(value=0.6, content=1.0, style=0.2, towards_style=False)
    assert fidelity.percent == pytest.approx(50)
    distance = Reading(value=0.03, content=0.12, style=0.0, towards_style=True)
    assert distance.percent == pytest.approx(75)
    assert Reading(value=0.2, content=0.1, style=0.0, towards_style=True).percent == 0
    assert Reading(value=0.5, content=0.3, style=0.3, towards_style=True).percent is None
    assert distance.to_json() == {"value": 0.03, "of_content": 0.12, "of_style": 0.0, "percent": 75.0}
