"""Masks on any content, and guides that see nothing beyond an edge."""

from pathlib import Path

import pytest
import torch

from artgan.losses.perceptual import gram_matrix
from artgan.models.encoder import Encoder
from artgan.models.encoder_weights import load_encoder
from artgan.painting.masks import Mask, guides

LAYERS = ["relu1_1", "relu2_1", "relu3_1", "relu4_1"]


@pytest.fixture(scope="module")
def encoder(tiny_encoder: Path) -> Encoder:
    return load_encoder("auto", weights=tiny_encoder)


def left(width: int, side: int = 48) -> torch.Tensor:
    mask = torch.zeros(1, 1, side, side)
    mask[..., :width] = 1
    return mask


def test_a_mask_is_stretched_to_the_content() -> None:
    content = torch.rand(1, 3, 30, 60)
    over = Mask(values=left(24)).over(content, None)
    assert over.shape == (1, 1, 30, 60)
    assert (over[..., :27] > 0.99).all()
    assert (over[..., 33:] < 0.01).all()
    assert torch.allclose(Mask(values=left(24), inverted=True).over(content, None), 1 - over)


def test_alpha_is_the_content_s() -> None:
    content, alpha = torch.rand(1, 3, 20, 20), torch.rand(1, 1, 20, 20)
    assert torch.equal(Mask(values=None).over(content, alpha), alpha)
    assert torch.equal(Mask(values=None, inverted=True).over(content, alpha), 1 - alpha)
    assert torch.equal(Mask(values=None).over(content, None), torch.ones(1, 1, 20, 20))


def test_guides_by_hand(encoder: Encoder) -> None:
    # relu1_1 sees one pixel around, so the last of 24 columns sees the edge. relu2_1 sees 10 px in steps of 2: position
    # 9 sees pixels 14 to 23, position 10 pixels 16 to 25.
    found = guides(left(24), encoder, ["relu1_1", "relu2_1"])
    assert found["relu1_1"][0, 0, 20].tolist() == [1.0] * 23 + [0.0] * 25
    assert found["relu2_1"][0, 0, 10].tolist() == [1.0] * 10 + [0.0] * 14


def test_soft_masks_count_by_the_least_that_is_seen(encoder: Encoder) -> None:
    ramp = torch.linspace(0, 1, 48).expand(1, 1, 48, 48).contiguous()
    assert torch.allclose(guides(ramp, encoder, ["relu1_1"])["relu1_1"][..., 1:], ramp[..., :-1])


def test_guides_have_the_features_size(encoder: Encoder) -> None:
    features = encoder(torch.rand(1, 3, 51, 77), set(LAYERS))
    found = guides(torch.ones(1, 1, 51, 77), encoder, LAYERS)
    assert {layer: guide.shape[-2:] for layer, guide in found.items()} == {
        layer: feature.shape[-2:] for layer, feature in features.items()
    }
    assert all((guide == 1).all() for guide in found.values())


@pytest.mark.parametrize("layer", LAYERS)
def test_no_gradient_crosses_the_edge(encoder: Encoder, layer: str) -> None:
    side = 96
    picture = torch.rand(1, 3, side, side, generator=torch.Generator().manual_seed(0), requires_grad=True)
    mask = torch.zeros(1, 1, side, side)
    mask[..., :80, :80] = 1
    guide = guides(mask, encoder, [layer])[layer]
    assert guide.max() == 1
    (gradient,) = torch.autograd.grad(gram_matrix(encoder(picture, {layer})[layer], guide).sum(), picture)
    assert gradient[..., :80, :80].abs().max() > 0
    assert not (gradient * (1 - mask)).any()
    # Nor is the guide smaller than need be: deep inside everything has a say.
    assert gradient[..., 40, 40].abs().max() > 0
