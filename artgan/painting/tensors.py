"""Between pictures on disk (numpy, H x W x 3) and pictures in the encoder (tensors, 1 x 3 x H x W), both in [0, 1]."""

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from artgan.io.images import Picture


def to_tensor(picture: Picture, device: torch.device) -> Tensor:
    """The picture's colours as (1, 3, H, W); what is transparent takes the mean colour of what is not.

    Colours under full transparency are arbitrary and would otherwise be painted as if they were seen.
    """
    pixels = torch.from_numpy(np.ascontiguousarray(picture.pixels)).permute(2, 0, 1)[None]
    if picture.alpha is not None:
        alpha = torch.from_numpy(np.ascontiguousarray(picture.alpha))[None, None]
        mean = (pixels * alpha).sum((2, 3), keepdim=True) / alpha.sum().clamp_min(1e-6)
        pixels = pixels * alpha + mean * (1 - alpha)
    return pixels.contiguous().to(device)


def to_alpha(picture: Picture, device: torch.device) -> Tensor | None:
    """The picture's transparency as (1, 1, H, W), 1 where it is opaque; None where all of it is."""
    if picture.alpha is None:
        return None
    return torch.from_numpy(np.ascontiguousarray(picture.alpha))[None, None].to(device)


def to_mask(picture: Picture, device: torch.device) -> Tensor:
    """A picture as a mask (1, 1, H, W): 1 where it is white, 0 where it is black or transparent."""
    gray = torch.from_numpy(np.ascontiguousarray(picture.pixels)).mean(-1)[None, None].to(device)
    alpha = to_alpha(picture, device)
    return gray if alpha is None else gray * alpha


def to_pixels(image: Tensor) -> NDArray[np.float32]:
    """(1, 3, H, W) to (H, W, 3) on the CPU."""
    return np.ascontiguousarray(image[0].permute(1, 2, 0).float().cpu().numpy())


def pad_to(images: Tensor, shortest: int) -> Tensor:
    """Repeat the border until both sides have at least `shortest` pixels; `crop_to` takes it off again."""
    height, width = images.shape[-2:]
    down, right = max(0, shortest - height), max(0, shortest - width)
    if not down and not right:
        return images
    return F.pad(images, (right // 2, right - right // 2, down // 2, down - down // 2), mode="replicate")


def mirrored(images: Tensor, down: int, right: int) -> Tensor:
    """With so many more rows and columns of mirror image, half of them on each side; `crop_to` takes them off again.

    What reflection cannot reach, of a side shorter than its padding, repeats the border.
    """
    height, width = images.shape[-2:]
    sides = (right // 2, right - right // 2, down // 2, down - down // 2)
    reflected = [min(n, limit - 1) for n, limit in zip(sides, (width, width, height, height), strict=True)]
    images = F.pad(images, reflected, mode="reflect")
    beyond = [n - r for n, r in zip(sides, reflected, strict=True)]
    return F.pad(images, beyond, mode="replicate") if any(beyond) else images


def crop_to(images: Tensor, height: int, width: int) -> Tensor:
    """The middle of this height and width."""
    top, left = (images.shape[-2] - height) // 2, (images.shape[-1] - width) // 2
    return images[..., top : top + height, left : left + width]
