"""What translation is judged by without a discriminator."""

import pytest
import torch

from artgan.losses.translation import change, cycle_loss, identity_loss, luminance_correlation

IMAGES = torch.rand(4, 3, 32, 32, generator=torch.Generator().manual_seed(0)) * 2 - 1


@pytest.mark.parametrize("loss", [cycle_loss, identity_loss, change])
def test_differences(loss: object) -> None:
    assert loss(IMAGES, IMAGES).item() == 0  # type: ignore[operator]
    assert loss(IMAGES, IMAGES - 0.25).item() == pytest.approx(0.25)  # type: ignore[operator]
    assert loss(IMAGES, IMAGES.bfloat16()).dtype == torch.float32  # type: ignore[operator]


@pytest.mark.parametrize(
    ("translated", "correlation"),
    [
        (IMAGES, 1),
        (0.3 * IMAGES + 0.4, 1),  # paler is not inverted
        (-IMAGES, -1),
        (IMAGES.roll(1, 0), 0),
        (IMAGES.mean(1, keepdim=True).expand_as(IMAGES), 0.9),
    ],
)
def test_light_and_dark(translated: torch.Tensor, correlation: float) -> None:
    assert luminance_correlation(IMAGES, translated).item() == pytest.approx(correlation, abs=0.12)


def test_plain_pictures_are_no_trouble() -> None:
    assert luminance_correlation(torch.zeros(4, 3, 32, 32), IMAGES).isfinite()
