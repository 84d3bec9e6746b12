"""Oklab against its author's own values, the palette against hand-made ones, and pictures that break such things."""

import pytest
import torch

from artgan.painting.colour import (
    SMALLEST_DEVIATION,
    from_oklab,
    keep_chroma,
    linear_to_oklab,
    match_palette,
    palette,
    to_oklab,
)
from artgan.painting.pyramid import resize

# CIE XYZ (D65) to linear sRGB, IEC 61966-2-1.
TO_LINEAR = torch.tensor(
    [[3.2404542, -1.5371385, -0.4985314], [-0.9692660, 1.8760108, 0.0415560], [0.0556434, -0.2040259, 1.0572252]]
)


def pixel(*values: float) -> torch.Tensor:
    return torch.tensor(values).view(1, 3, 1, 1)


def photo(seed: int = 0, side: int = 24) -> torch.Tensor:
    """Soft blobs of many colours."""
    small = torch.rand(1, 3, 5, 5, generator=torch.Generator().manual_seed(seed))
    return resize(small, side, side)


@pytest.mark.parametrize(
    ("xyz", "lab"),
    [  # the table in Ottosson's post
        ((0.950, 1.000, 1.089), (1.000, 0.000, 0.000)),
        ((1.000, 0.000, 0.000), (0.450, 1.236, -0.019)),
        ((0.000, 1.000, 0.000), (0.922, -0.671, 0.263)),
        ((0.000, 0.000, 1.000), (0.153, -1.415, -0.449)),
    ],
)
def test_oklab_is_its_author_s(xyz: tuple[float, ...], lab: tuple[float, ...]) -> None:
    linear = (TO_LINEAR @ torch.tensor(xyz)).view(1, 3, 1, 1)
    # The post's matrix from XYZ and the one from sRGB were fitted apart; they agree to the third place.
    assert torch.allclose(linear_to_oklab(linear), pixel(*lab), atol=2e-3)


@pytest.mark.parametrize(
    ("rgb", "lab"),
    [  # CSS Color 4's conversions
        ((1, 0, 0), (0.62796, 0.22486, 0.12585)),
        ((0, 1, 0), (0.86644, -0.23389, 0.17950)),
        ((0, 0, 1), (0.45201, -0.03246, -0.31153)),
        ((1, 1, 1), (1.0, 0.0, 0.0)),
        ((0, 0, 0), (0.0, 0.0, 0.0)),
    ],
)
def test_oklab_of_the_primaries(rgb: tuple[float, ...], lab: tuple[float, ...]) -> None:
    assert torch.allclose(to_oklab(pixel(*rgb)), pixel(*lab), atol=1e-4)


def test_there_and_back() -> None:
    steps = torch.linspace(0, 1, 9)
    colours = torch.stack(torch.meshgrid(steps, steps, steps, indexing="ij")).view(1, 3, 27, 27)
    assert torch.allclose(from_oklab(to_oklab(colours)), colours, atol=2e-3)
    assert torch.allclose(from_oklab(to_oklab(photo())), photo(), atol=2e-4)


def test_what_srgb_cannot_show_keeps_lightness_and_hue() -> None:
    vivid = pixel(0.6, 0.5, -0.2)
    shown = to_oklab(from_oklab(vivid))[0, :, 0, 0]
    assert shown[0].item() == pytest.approx(0.6, abs=2e-3)
    assert (shown[2] / shown[1]).item() == pytest.approx(-0.4, abs=2e-2)
    assert 0.1 < shown[1] < 0.5


def test_a_palette_by_hand_and_by_weights() -> None:
    image = torch.cat([pixel(1, 1, 1), pixel(0, 0, 0), pixel(1, 0, 0)], dim=3)
    two = palette(image, torch.tensor([1.0, 3.0, 0.0]).view(1, 1, 1, 3))
    # L is 1 with weight 1/4 and 0 with 3/4: mean 1/4, variance 3/16.
    assert torch.allclose(two.mean, torch.tensor([0.25, 0.0, 0.0], dtype=torch.float64), atol=1e-5)
    assert two.covariance[0, 0].item() == pytest.approx(3 / 16, abs=1e-5)
    assert two.covariance[1:].abs().max() < 1e-5


def test_all_the_way_has_the_palette_wanted() -> None:
    wanted = palette(0.3 + 0.4 * photo(1))
    moved = palette(match_palette(0.3 + 0.4 * photo(2), wanted, 1.0))
    assert torch.allclose(moved.mean, wanted.mean, atol=2e-3)
    assert torch.allclose(moved.covariance, wanted.covariance, atol=6 * SMALLEST_DEVIATION**2)


def test_no_way_is_the_picture_and_half_way_is_between() -> None:
    wanted = palette(0.6 + 0.3 * photo(1))
    own = 0.1 + 0.4 * photo(2)
    assert torch.allclose(match_palette(own, wanted, 0.0), own, atol=1e-4)
    half = palette(match_palette(own, wanted, 0.5)).mean
    assert torch.allclose(half, (palette(own).mean + wanted.mean) / 2, atol=2e-3)


GRAY = photo(3).mean(1, keepdim=True).expand(1, 3, 24, 24)
CONSTANT = torch.full((1, 3, 24, 24), 0.5)
SATURATED = (photo(4) > 0.5).float()
BROKEN = {
    "gray": GRAY,
    "constant": CONSTANT,
    "saturated": SATURATED,
    "black": torch.zeros(1, 3, 24, 24),
    "white": torch.ones(1, 3, 24, 24),
    "photo": photo(5),
}


@pytest.mark.parametrize("style", BROKEN)
@pytest.mark.parametrize("content", BROKEN)
@pytest.mark.parametrize("amount", [0.5, 1.0])
def test_any_style_takes_any_colours(style: str, content: str, amount: float) -> None:
    moved = match_palette(BROKEN[style], palette(BROKEN[content]), amount)
    kept = keep_chroma(BROKEN[style], BROKEN[content], amount)
    for image in (moved, kept):
        assert torch.isfinite(image).all()
        assert image.min() >= 0
        assert image.max() <= 1


def test_a_gray_painting_is_tinted_and_its_noise_stays_small() -> None:
    noise = 0.004 * torch.randn(1, 3, 24, 24, generator=torch.Generator().manual_seed(0))
    vivid = palette(0.3 + 0.4 * photo(5))
    tinted = to_oklab(match_palette((GRAY + noise).clamp(0, 1), vivid, 1.0))[0, 1:].flatten(1).double()
    assert torch.allclose(tinted.mean(1), vivid.mean[1:], atol=0.01)
    # Exactly the photo's deviation would be the scan's noise, enlarged.
    assert (tinted.std(1) < 0.7 * vivid.covariance.diag()[1:].sqrt()).all()


def test_a_gray_photo_makes_the_painting_gray() -> None:
    chroma = to_oklab(match_palette(photo(5), palette(GRAY), 1.0))[:, 1:]
    assert chroma.abs().max() < 0.04
    assert to_oklab(keep_chroma(photo(5), GRAY, 1.0))[:, 1:].abs().max() < 1e-3


def test_chroma_of_the_photo_lightness_of_the_painting() -> None:
    painting, content = 0.3 + 0.4 * photo(1), 0.3 + 0.4 * photo(2)
    kept = to_oklab(keep_chroma(painting, content, 1.0))
    assert torch.allclose(kept[:, :1], to_oklab(painting)[:, :1], atol=2e-3)
    assert torch.allclose(kept[:, 1:], to_oklab(content)[:, 1:], atol=2e-2)
    half = to_oklab(keep_chroma(painting, content, 0.5))[:, 1:]
    assert torch.allclose(half, (to_oklab(painting) + to_oklab(content))[:, 1:] / 2, atol=2e-2)


def test_large_pictures_are_changed_some_rows_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other, weights = photo(1), photo(2), photo(3)[:, :1]
    whole = palette(one, weights), match_palette(one, palette(other), 0.7), keep_chroma(one, other, 0.5)
    monkeypatch.setattr("artgan.painting.colour._BAND", 100)
    bands = palette(one, weights), match_palette(one, palette(other), 0.7), keep_chroma(one, other, 0.5)
    assert torch.allclose(bands[0].covariance, whole[0].covariance, atol=1e-12)
    assert torch.allclose(bands[0].mean, whole[0].mean, atol=1e-12)
    for changed, expected in zip(bands[1:], whole[1:], strict=True):
        assert torch.allclose(changed, expected, atol=1e-6)
