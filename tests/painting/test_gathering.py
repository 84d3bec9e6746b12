"""What is gathered of a picture tile by tile is what is known of the whole."""

import pytest
import torch

from artgan.models.encoder import Encoder
from artgan.models.encoder_weights import load_encoder
from artgan.models.restyling import COARSEST, LEVELS, MOST_POSITIONS, look_of, moments_of
from artgan.painting.gathering import whole_look, whole_moments

AT_ONCE = 150 * 150


@pytest.fixture(scope="module")
def eyes() -> Encoder:
    return load_encoder("embedded")


def picture(height: int, width: int) -> torch.Tensor:
    random = torch.Generator().manual_seed(0)
    small = torch.rand(1, 3, 7, 9, generator=random)
    smooth = torch.nn.functional.interpolate(small, size=(height, width), mode="bicubic").clamp(0, 1)
    return (smooth + 0.1 * torch.randn(smooth.shape, generator=random)).clamp(0, 1)


@pytest.mark.parametrize("at_once", [AT_ONCE, 10**9])
def test_moments_are_the_whole_s(eyes: Encoder, at_once: int) -> None:
    image = picture(200, 320)
    gathered, whole = whole_moments(eyes, [image], at_once), moments_of(eyes(image, LEVELS))
    for level in LEVELS:
        assert torch.allclose(gathered[level].mean, whole[level].mean, rtol=1e-4, atol=1e-5)
        assert torch.allclose(gathered[level].deviation, whole[level].deviation, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("height", "width"), [(200, 320), (256, 400)])
def test_a_look_is_the_whole_s(eyes: Encoder, height: int, width: int) -> None:
    """With all positions kept, and with some of them."""
    image = picture(height, width)
    pieced, whole = whole_look(eyes, image, AT_ONCE), look_of(eyes(image, LEVELS))
    count = (height // 8) * (width // 8)
    assert whole.keys.shape[1] == min(count, MOST_POSITIONS)
    assert (count > MOST_POSITIONS) == (height == 256)
    assert torch.allclose(pieced.values, whole.values, atol=1e-4)
    assert torch.allclose(pieced.keys, whole.keys, atol=1e-3)
    assert torch.equal(pieced.weights, whole.weights)
    assert torch.allclose(pieced.moments[COARSEST].mean, whole.moments[COARSEST].mean, rtol=1e-4, atol=1e-5)
