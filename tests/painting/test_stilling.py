import pytest
import torch

from artgan.painting.stilling import Stilled


def test_noise_is_averaged_and_events_are_not() -> None:
    """A share of 0.2 for each new frame leaves a third of the noise's deviation, sqrt(0.2 / 1.8)."""
    random = torch.Generator().manual_seed(0)
    picture = torch.rand(1, 3, 32, 48, generator=random) * 0.8 + 0.1
    stilled = Stilled()
    for _ in range(30):
        still = stilled.next(picture + 1.5 / 255 * torch.randn(picture.shape, generator=random))
    assert (still - picture).std().item() * 255 == pytest.approx(1.5 / 3, rel=0.15)
    event = picture.clone()
    event[..., 8:24, 8:24] = 1 - event[..., 8:24, 8:24]
    after = stilled.next(event)
    assert torch.allclose(after[..., 10:22, 10:22], event[..., 10:22, 10:22], atol=1e-6)
    assert (after - still)[..., 30:].abs().max() < 0.01


def test_the_first_frame_and_what_does_not_change_stay() -> None:
    picture = torch.rand(1, 3, 9, 7, generator=torch.Generator().manual_seed(0))
    stilled = Stilled()
    assert torch.equal(stilled.next(picture), picture)
    assert torch.equal(stilled.next(picture), picture)


def test_slow_changes_are_followed() -> None:
    """What grows a level a frame is late by four, no more."""
    stilled = Stilled()
    for number in range(60):
        frame = torch.full((1, 3, 6, 6), number / 255)
        late = (frame - stilled.next(frame)).max().item() * 255
    assert late == pytest.approx(4, abs=0.3) or late < 4
