"""The grid follows what moves as a whole."""

import pytest
import torch
from torch import Tensor

from artgan.io.images import read_picture
from artgan.io.shipped import find_content
from artgan.painting.camera import Camera, on_grid
from artgan.painting.pyramid import resize
from artgan.painting.tensors import to_tensor


@pytest.fixture(scope="module")
def photo() -> Tensor:
    """192 x 192 px."""
    return resize(to_tensor(read_picture(find_content("example:pavilion")), torch.device("cpu")), 192, 192)


def test_fractions_add_up(photo: Tensor) -> None:
    """Four thirds of a pixel to the left, six times."""
    camera = Camera()
    places = []
    for n in range(7):
        camera.next(resize(photo[..., 4 * n : 4 * n + 144], 64, 48))
        places.append(camera.place)
    assert places == [(0, 0), (0, -1), (0, -3), (0, -4), (0, -5), (0, -7), (0, -8)]


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
