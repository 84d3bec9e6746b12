import numpy as np
import torch

from artgan.io.images import Picture
from artgan.painting.tensors import crop_to, pad_to, to_alpha, to_mask, to_pixels, to_tensor

CPU = torch.device("cpu")


def test_there_and_back() -> None:
    pixels = np.random.default_rng(0).random((5, 7, 3), dtype=np.float32)
    tensor = to_tensor(Picture(pixels=pixels, alpha=None, name="x", sha256=""), CPU)
    assert tensor.shape == (1, 3, 5, 7)
    assert tensor.is_contiguous()
    assert np.array_equal(to_pixels(tensor), pixels)


def test_what_is_transparent_takes_the_mean_of_what_is_not() -> None:
    pixels = np.zeros((1, 3, 3), np.float32)
    pixels[0, 0], pixels[0, 1], pixels[0, 2] = 0.2, 0.4, 0.9
    alpha = np.array([[1.0, 1.0, 0.0]], np.float32)
    tensor = to_tensor(Picture(pixels=pixels, alpha=alpha, name="x", sha256=""), CPU)
    assert torch.allclose(tensor[0, 0, 0], torch.tensor([0.2, 0.4, 0.3]))


def test_all_transparent_is_no_division_by_zero() -> None:
    pixels = np.ones((2, 2, 3), np.float32)
    picture = Picture(pixels=pixels, alpha=np.zeros((2, 2), np.float32), name="x", sha256="")
    assert torch.isfinite(to_tensor(picture, CPU)).all()


def test_a_mask_is_white_and_opaque() -> None:
    pixels = np.array([[[1.0, 1.0, 1.0], [0.0, 0.0, 0.0], [0.2, 0.4, 0.6], [1.0, 1.0, 1.0]]], np.float32)
    alpha = np.array([[1.0, 1.0, 1.0, 0.25]], np.float32)
    opaque = to_mask(Picture(pixels=pixels, alpha=None, name="x", sha256=""), CPU)
    assert torch.allclose(opaque, torch.tensor([[[[1.0, 0.0, 0.4, 1.0]]]]))
    picture = Picture(pixels=pixels, alpha=alpha, name="x", sha256="")
    assert torch.allclose(to_mask(picture, CPU), torch.tensor([[[[1.0, 0.0, 0.4, 0.25]]]]))
    assert torch.equal(to_alpha(picture, CPU), torch.from_numpy(alpha)[None, None])  # type: ignore[arg-type]


def test_padding_repeats_the_border_and_cropping_undoes_it() -> None:
    image = torch.rand(1, 3, 3, 50)
    padded = pad_to(image, 20)
    assert padded.shape == (1, 3, 20, 50)
    assert torch.equal(padded[..., 0, :], image[..., 0, :])
    assert torch.equal(crop_to(padded, 3, 50), image)
    assert pad_to(image, 3) is image
