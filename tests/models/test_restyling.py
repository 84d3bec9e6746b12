"""Features in a style's statistics, and a style's features in the content's places."""

from collections.abc import Mapping

import pytest
import torch
from torch import Tensor

from artgan.models.restyling import COARSEST, FINER, LEVELS, look_of, mixed, moments_of, restyled

CHANNELS = (2, 3, 4, 5)


def features(seed: int, side: int = 4, count: int = 2, shift: float = 0.0) -> dict[str, Tensor]:
    """As of an encoder of few channels; the coarsest layer has this side."""
    random = torch.Generator().manual_seed(seed)
    sides = [side * 8, side * 4, side * 2, side]
    return {
        level: torch.randn(count, channels, own, own, generator=random).abs() * (seed + 1) + shift
        for level, channels, own in zip(LEVELS, CHANNELS, sides, strict=True)
    }


def halves(made: Mapping[str, Tensor], layer: str) -> tuple[Tensor, Tensor]:
    adapted, borrowed = made[layer].chunk(2, dim=1)
    return adapted, borrowed


def test_adapted_features_have_the_style_s_moments() -> None:
    content, style = features(0), features(3, side=6, shift=1.0)
    made = restyled(content, moments_of(content), look_of(style))
    for level, channels in zip(LEVELS, CHANNELS, strict=True):
        wanted, found = moments_of(style)[level], moments_of({level: made[level][:, :channels]})[level]
        assert torch.allclose(found.mean, wanted.mean, atol=1e-4)
        assert torch.allclose(found.deviation, wanted.deviation, rtol=1e-3)
    assert made[COARSEST].shape == (2, 10, 4, 4)
    assert made[FINER].shape == (2, 8, 8, 8)


def test_a_content_borrows_itself_from_itself() -> None:
    content = features(0)
    random = torch.Generator().manual_seed(7)
    content[COARSEST] = torch.randn(2, 64, 4, 4, generator=random)  # in few dimensions neighbours are too alike
    made = restyled(content, moments_of(content), look_of(content))
    for layer in (COARSEST, FINER):
        adapted, borrowed = halves(made, layer)
        assert torch.allclose(adapted, content[layer], atol=1e-4)
        assert torch.allclose(borrowed, content[layer], atol=0.02)


def test_where_the_style_is_shuffled_what_is_borrowed_is_not() -> None:
    """A picture's look knows no places: cells move, and each position finds its own."""
    content = features(0)
    content[COARSEST] = torch.randn(2, 64, 4, 4, generator=torch.Generator().manual_seed(7))
    turned = {layer: maps.flip(-1) for layer, maps in content.items()}
    turned[FINER] = content[FINER].unflatten(-1, (4, 2)).flip(-2).flatten(-2)  # whole cells
    one, other = (restyled(content, moments_of(content), look_of(style)) for style in (content, turned))
    for layer in (COARSEST, FINER):
        assert torch.allclose(one[layer], other[layer], atol=1e-4)


def test_amounts() -> None:
    content, style = features(0), features(3)
    own, look = moments_of(content), look_of(style)
    none, half, full = (restyled(content, own, look, amount) for amount in (0.0, 0.5, 1.0))
    for layer in LEVELS:
        both = torch.cat([content[layer]] * (2 if layer in (COARSEST, FINER) else 1), 1)
        assert torch.allclose(none[layer], both, atol=1e-5)
        assert torch.allclose(half[layer], (none[layer] + full[layer]) / 2, atol=1e-5)


def test_pieces_are_parts_of_the_whole() -> None:
    content, style = features(0, side=8), features(3)
    own, look = moments_of(content), look_of(style)
    whole = restyled(content, own, look)
    piece = {layer: maps[..., : maps.shape[-1] // 2] for layer, maps in content.items()}
    made = restyled(piece, own, look)
    assert all(
        torch.allclose(made[layer], maps[..., : maps.shape[-1] // 2], atol=1e-5) for layer, maps in whole.items()
    )


def test_a_mixed_look_is_that_of_a_picture_of_both() -> None:
    one, other = features(1, count=1), features(3, count=1)
    both = {layer: torch.cat([one[layer]] * 3 + [other[layer]], dim=-1) for layer in LEVELS}
    look, wanted = mixed([look_of(one), look_of(other)], [3.0, 1.0]), look_of(both)
    for layer in LEVELS:
        assert torch.allclose(look.moments[layer].mean, wanted.moments[layer].mean, atol=1e-4)
        assert torch.allclose(look.moments[layer].deviation, wanted.moments[layer].deviation, rtol=1e-3)
    assert look.weights.exp().sum().item() == pytest.approx(1.0)
    alone = mixed([look_of(one), look_of(other)], [1.0, 1e-15])
    content = features(0, count=1)
    made = restyled(content, moments_of(content), alone)[COARSEST]
    assert torch.allclose(made, restyled(content, moments_of(content), look_of(one))[COARSEST], atol=1e-4)


def test_a_large_style_is_remembered_in_part() -> None:
    look = look_of(features(0, side=40, count=1))
    assert look.keys.shape == (1, 1024, 5)
    assert look.values.shape == (1, 1024, 5 + 16)
    assert torch.allclose(look.keys.norm(dim=-1), torch.ones(1, 1024), atol=1e-5)


def test_flat_channels_stay_finite() -> None:
    flat = {layer: torch.zeros_like(maps) for layer, maps in features(0).items()}
    for content, style in ((flat, features(1)), (features(1), flat), (flat, flat)):
        made = restyled(content, moments_of(content), look_of(style))
        assert all(torch.isfinite(maps).all() for maps in made.values())
