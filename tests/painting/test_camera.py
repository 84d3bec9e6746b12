"""Shifts of whole pictures are found, and of nothing else; the grid follows them."""

import pytest
import torch
from torch import Tensor

from artgan.io.images import read_picture
from artgan.io.shipped import find_content
from artgan.painting.camera import Camera, moved, on_grid
from artgan.painting.pyramid import resize
from artgan.painting.tensors import to_tensor


@pytest.fixture(scope="module")
def photo() -> Tensor:
    """192 x 192 px."""
    return resize(to_tensor(read_picture(find_content("example:pavilion")), torch.device("cpu")), 192, 192)


def gray(picture: Tensor) -> Tensor:
    return picture.mean(1)[0]


@pytest.mark.parametrize(("down", "right"), [(0, 1), (1, 0), (-3, 2), (7, -11), (0, -20)])
def test_whole_pixels(photo: Tensor, down: int, right: int) -> None:
    before, after = photo[..., 40:120, 40:140], photo[..., 40 - down : 120 - down, 40 - right : 140 - right]
    found = moved(gray(before), gray(after))
    assert found == pytest.approx((down, right), abs=0.1)


def test_fractions_add_up(photo: Tensor) -> None:
    """Four thirds of a pixel to the left, six times."""
    camera = Camera()
    places = [camera.next(resize(photo[..., 4 * n : 4 * n + 144], 64, 48)) for n in range(7)]
    assert places == [(0, 0), (0, -1), (0, -3), (0, -4), (0, -5), (0, -7), (0, -8)]


def test_nothing_moves(photo: Tensor) -> None:
    """Not where there is noise, something passes by, the light grows, all is new, or there is nothing to see."""
    random = torch.Generator().manual_seed(0)
    still = photo[..., :96, :96]
    other = still.clone()
    other[..., 20:70, 10:50] = photo[..., 100:150, 100:140]
    another = still.clone()
    another[..., 20:70, 18:58] = photo[..., 100:150, 100:140]
    noisy = (still + 0.02 * torch.randn(still.shape, generator=random)).clamp(0, 1)
    flat = torch.full_like(still, 0.5)
    for before, after in (
        (still, still), (still, noisy), (other, another), (still, still * 0.8), (still, photo[..., 96:, 96:].flip(-1)),
        (flat, flat), (flat, still), (still[..., :1, :1], still[..., 1:2, 1:2]),
    ):  # fmt: skip
        assert moved(gray(before), gray(after)) == (0, 0)


@pytest.mark.parametrize("place", [(0, 0), (0, -1), (3, 5), (-8, 16), (-13, 10)])
def test_what_moved_lies_on_the_same_places_of_the_grid(place: tuple[int, int]) -> None:
    image = torch.rand(1, 3, 20, 30, generator=torch.Generator().manual_seed(0))
    laid, top, left = on_grid(image, *place, 8)
    assert torch.equal(laid[..., top : top + 20, left : left + 30], image)
    assert ((top + place[0]) % 8, (left + place[1]) % 8) == (0, 0)
    assert {(laid.shape[-2] - 20) % 8, (laid.shape[-1] - 30) % 8} == {0}
    assert place[0] % 8 or place[1] % 8 or torch.equal(laid, image)
    tiny, *_ = on_grid(image[..., :1, :1], *place, 8)
    assert (tiny == image[..., :1, :1]).all()
