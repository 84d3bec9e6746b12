"""Painting coarse to fine while learning: each scale over the one before, and what the gradient reaches."""

import pytest
import torch
from torch import Tensor

from artgan.losses.recolouring import recoloured
from artgan.models.encoder import Encoder
from artgan.models.encoder_weights import load_encoder
from artgan.models.fast_style import FastStyle, painted
from artgan.models.grounds import halvings, painted_over
from artgan.models.restyling import LEVELS, look_of
from artgan.training.coarse_to_fine import coarse_to_fine, paint_pairs

SIDE = 32


@pytest.fixture(scope="module")
def eyes() -> Encoder:
    return load_encoder("embedded")


@pytest.fixture
def network(eyes: Encoder) -> FastStyle:
    """One that draws something: what leaves it begins at zero."""
    painter = FastStyle(channels="32,64,128,256", width=4, blocks=1)
    painter.initialise(torch.Generator().manual_seed(0))
    painter.calibrate(eyes(pictures(0), LEVELS))
    torch.nn.init.normal_(painter.leave.weight, std=0.1, generator=torch.Generator().manual_seed(1))
    return painter


def pictures(seed: int) -> Tensor:
    return torch.rand(2, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(seed))


def by_hand(network: FastStyle, eyes: Encoder, ground: Tensor, styles: Tensor) -> Tensor:
    return painted(network, eyes, ground, look_of(eyes(styles, LEVELS)))


def test_one_scale_is_one_pass(network: FastStyle, eyes: Encoder) -> None:
    contents, styles = pictures(1), pictures(2)
    (laid,) = coarse_to_fine(network, eyes, contents, styles, scales=1)
    assert torch.equal(laid.contents, contents)
    assert torch.equal(laid.styles, styles)
    assert torch.equal(laid.paintings, by_hand(network, eyes, recoloured(contents, styles), styles))


@pytest.mark.parametrize("share", [0.0, 0.4, 1.0])
def test_the_next_scale_is_painted_over_a_share_of_the_last(network: FastStyle, eyes: Encoder, share: float) -> None:
    contents, styles = pictures(1), pictures(2)
    coarse, fine = coarse_to_fine(network, eyes, contents, styles, scales=2, share=share)
    whole, half = halvings(recoloured(contents, styles), 2)
    small = halvings(styles, 2)[1]
    assert torch.equal(coarse.contents, halvings(contents, 2)[1])
    assert torch.equal(coarse.styles, small)
    assert torch.equal(coarse.paintings, by_hand(network, eyes, half, small))
    ground = painted_over(whole, coarse.paintings, share)
    assert torch.equal(fine.paintings, by_hand(network, eyes, ground, styles))
    assert torch.equal(ground, whole) == (share == 0)


def test_each_scale_learns_from_its_own_painting(network: FastStyle, eyes: Encoder) -> None:
    """What the fine scale teaches is what it would teach if the coarse painting were a picture like any other."""
    contents, styles = pictures(1), pictures(2)
    coarse, fine = coarse_to_fine(network, eyes, contents, styles, scales=2)
    (found,) = torch.autograd.grad(fine.paintings.square().mean(), network.leave.weight)
    ground = painted_over(recoloured(contents, styles), coarse.paintings.detach(), 0.4)
    (wanted,) = torch.autograd.grad(by_hand(network, eyes, ground, styles).square().mean(), network.leave.weight)
    assert torch.allclose(found, wanted, rtol=1e-5)
    (own,) = torch.autograd.grad(coarse.paintings.square().mean(), network.leave.weight)
    assert own.abs().max() > 0


def test_pairs_are_painted_a_few_at_once(network: FastStyle, eyes: Encoder) -> None:
    contents, styles = pictures(1), pictures(2)
    together = paint_pairs(network, eyes, contents, styles, scales=2)
    assert torch.allclose(together, paint_pairs(network, eyes, contents, styles, scales=2, at_once=1), atol=1e-5)
    finest = coarse_to_fine(network, eyes, contents, styles, scales=2)[-1].paintings
    assert torch.equal(together, finest.detach().clamp(0, 1))
    assert not together.requires_grad
