"""Paintings of a film stay where they are in the scene, and give way to what is new."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from artgan.painting.lasting import Lasting
from artgan.painting.motion import Motion

KEPT = 0.8
"""Of a painting where nothing is new."""


def noise(seed: int, height: int = 24, width: int = 32) -> Tensor:
    return 0.3 + 0.4 * torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(seed))


def test_the_first_is_as_it_is() -> None:
    assert torch.equal(Lasting().next(noise(0), noise(1), Motion()), noise(1))


def test_what_is_shown_again_lasts() -> None:
    lasting = Lasting()
    lasting.next(noise(0), noise(1), Motion())
    assert torch.allclose(lasting.next(noise(0), noise(2), Motion()), KEPT * noise(1) + (1 - KEPT) * noise(2))
    again = KEPT * (KEPT * noise(1) + (1 - KEPT) * noise(2)) + (1 - KEPT) * noise(3)
    assert torch.allclose(lasting.next(noise(0), noise(3), Motion()), again)


def test_it_moves_with_the_picture() -> None:
    """By three pixels to the left and one down; what comes in is painted anew."""
    frame, wide = noise(0, 40, 60), noise(1, 40, 60)
    lasting = Lasting()
    lasting.next(frame[..., 8:32, 10:42], wide[..., 8:32, 10:42], Motion())
    found = lasting.next(frame[..., 7:31, 13:45], noise(2), Motion(shift=3 - 1j))
    expected = KEPT * wide[..., 7:31, 13:45] + (1 - KEPT) * noise(2)
    assert torch.allclose(found[..., 1:, :-3], expected[..., 1:, :-3])
    assert torch.equal(found[..., -3:], noise(2)[..., -3:])
    assert torch.equal(found[..., :1, :], noise(2)[..., :1, :])


def test_what_is_new_is_painted_at_once() -> None:
    frame = noise(0)
    changed = frame.clone()
    changed[..., 8:20, 8:20] = 1 - 0.4 * frame[..., 8:20, 8:20]
    lasting = Lasting()
    lasting.next(frame, noise(1), Motion())
    found = lasting.next(changed, noise(2), Motion())
    assert torch.allclose(found[..., 11:17, 11:17], noise(2)[..., 11:17, 11:17])
    assert torch.allclose(found[..., 24:], (KEPT * noise(1) + (1 - KEPT) * noise(2))[..., 24:])


def fine_detail(painting: Tensor) -> float:
    return (painting - F.avg_pool2d(painting, 3, 1, 1))[..., 2:-2, 2:-8].square().mean().sqrt().item()


def test_it_stays_crisp() -> None:
    """Half a pixel a frame blurs what lasts, over and over: half of the detail would be left."""
    flat = torch.full((1, 3, 24, 32), 0.5)
    lasting = Lasting()
    lasting.next(flat, noise(1), Motion())
    for _ in range(4):
        painting = lasting.next(flat, noise(1), Motion(shift=0.5))
    assert fine_detail(painting) == pytest.approx(fine_detail(noise(1)), rel=0.25)
