"""Colours moved from picture to picture: exact moments, mixtures, nothing where nothing is asked for."""

import pytest
import torch

from artgan.losses.recolouring import Colours, colour_map, colours_of, mixed_colours, recoloured


def clouds(seed: int, count: int = 2, centre: float = 0.5, spread: float = 0.05) -> torch.Tensor:
    """Pictures whose colours vary together, far from black and white."""
    random = torch.Generator().manual_seed(seed)
    mixing = (torch.eye(3) + 0.3 * torch.randn(count, 3, 3, generator=random)) * spread
    noise = torch.randn(count, 3, 20, 30, generator=random)
    return centre + (mixing @ noise.flatten(2)).view_as(noise)


def test_colours_are_a_mean_and_a_covariance() -> None:
    image = torch.tensor([[[[0.0, 1.0]], [[0.5, 0.5]], [[1.0, 0.0]]]])
    found = colours_of(image)
    assert found.mean.tolist() == [[0.5, 0.5, 0.5]]
    assert found.covariance.tolist() == [[[0.25, 0, -0.25], [0, 0, 0], [-0.25, 0, 0.25]]]


def test_recoloured_pictures_have_the_style_s_colours() -> None:
    contents, styles = clouds(0), clouds(1, centre=0.4)
    found, wanted = colours_of(recoloured(contents, styles)), colours_of(styles)
    assert torch.allclose(found.mean, wanted.mean, atol=1e-3)
    assert torch.allclose(found.covariance, wanted.covariance, rtol=0.1, atol=2e-4)
    one = recoloured(contents, styles[:1])
    assert torch.allclose(one[0], recoloured(contents[:1], styles[:1])[0], atol=1e-6)


def test_amounts_lie_between() -> None:
    contents, styles = clouds(0), clouds(1, centre=0.3)
    assert torch.allclose(recoloured(contents, styles, 0.0), contents.clamp(0, 1), atol=1e-5)
    half = colours_of(recoloured(contents, styles, 0.5)).mean
    assert torch.allclose(half, (colours_of(contents).mean + colours_of(styles).mean) / 2, atol=1e-3)


def test_a_gray_style_makes_gray_of_any_content() -> None:
    gray = torch.full((1, 3, 8, 8), 0.5)
    assert (recoloured(clouds(0, 1, spread=0.1), gray) - 0.5).abs().max() < 0.05
    speck = gray + torch.tensor([0.004, -0.004, 0.004]).view(1, 3, 1, 1) * torch.randn(1, 1, 8, 8)
    assert (recoloured(speck, clouds(1, 1, spread=0.1)) - clouds(1, 1).mean()).abs().max() < 0.6


def test_a_mixture_is_a_picture_that_holds_both() -> None:
    one, other = clouds(0, 1), clouds(1, 1, centre=0.3)
    both = colours_of(torch.cat([one, one, one, other], dim=-1))
    mixed = mixed_colours([colours_of(one), colours_of(other)], [3.0, 1.0])
    assert torch.allclose(mixed.mean, both.mean, atol=1e-6)
    assert torch.allclose(mixed.covariance, both.covariance, atol=1e-6)


def test_a_map_moves_pieces_as_it_moves_the_whole() -> None:
    image = clouds(0, 1)
    wanted = Colours(torch.full((1, 3), 0.4, dtype=torch.float64), torch.eye(3, dtype=torch.float64)[None] * 0.01)
    move = colour_map(colours_of(image), wanted)
    assert torch.allclose(move(image)[..., 5:9], move(image[..., 5:9]), atol=1e-6)
    assert move(image).amin() >= 0
    assert colours_of(move(image)).covariance[0, 0, 0].item() == pytest.approx(0.01, rel=0.1)
