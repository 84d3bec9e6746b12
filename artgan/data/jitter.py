"""Random crops, turns and flips of pictures that are learned from, batched on the device. (Not differentiable
augmentation, which is of what a discriminator sees: `augment`.)"""

import torch
from torch import Tensor
from torch.nn import functional as F

ENLARGED = 286 / 256
"""The paper's enlargement before a random crop (Zhu et al. 2017, and its code)."""
_ENLARGED_MORE = 300 / 256


def jitter(images: Tensor, kind: str, random: torch.Generator) -> Tensor:
    """Change images (N, 3, S, S) at random; the CPU generator `random` draws the same on every device.

    Args:
        images: in any range.
        kind: "none"; "crop", a random square of the enlarged picture; "notebook", what the notebook
            "monet-Van_Gogh_cyclegan" (H. Yao) does: half of the pictures are cropped (a tenth twice), half turned by
            90, 180 or 270 degrees, four tenths flipped either way at random, a tenth transposed. Its turns suit
            textures; landscapes stand on their heads.
    """
    if kind == "none":
        return images
    chances = torch.rand(len(images), 10, generator=random).tolist()
    if kind == "crop":
        larger = _enlarged(images, ENLARGED)
        return torch.stack([_cut(one, images.shape[-1], *draw[:2]) for one, draw in zip(larger, chances, strict=True)])
    if kind == "notebook":
        return torch.stack([_as_in_the_notebook(one, draw) for one, draw in zip(images, chances, strict=True)])
    raise ValueError(f"no jitter '{kind}'")


def random_squares(images: Tensor, side: int, random: torch.Generator) -> Tensor:
    """A random square of each image (N, 3, S, S) in [0, 1], between `side` pixels and all of it, reduced to `side`.

    The CPU generator `random` draws the same on every device. Sizes are drawn evenly on a logarithmic scale.
    """
    whole = images.shape[-1]
    if whole == side:
        return images
    squares = []
    for image, (zoom, down, right) in zip(images, torch.rand(len(images), 3, generator=random).tolist(), strict=True):
        square = _cut(image, round(side * (whole / side) ** zoom), down, right)[None]
        if square.shape[-1] != side:
            square = F.interpolate(square, size=(side, side), mode="bilinear", antialias=True, align_corners=False)
        squares.append(square)
    return torch.cat(squares)


def _as_in_the_notebook(image: Tensor, draw: list[float]) -> Tensor:
    crop, rotate, spatial, left_right, up_down, *places = draw
    side = image.shape[-1]
    if crop > 0.5:
        image = _cut(_enlarged(image[None], ENLARGED)[0], side, *places[:2])
    if crop > 0.9:
        image = _cut(_enlarged(image[None], _ENLARGED_MORE)[0], side, *places[2:4])
    quarters = 3 if rotate > 0.9 else 2 if rotate > 0.7 else 1 if rotate > 0.5 else 0
    image = image.rot90(quarters, (1, 2))
    if spatial > 0.6:
        image = image.flip(2) if left_right < 0.5 else image
        image = image.flip(1) if up_down < 0.5 else image
    return image.transpose(1, 2) if spatial > 0.9 else image


def _enlarged(images: Tensor, factor: float) -> Tensor:
    side = round(images.shape[-1] * factor)
    return F.interpolate(images, size=(side, side), mode="bilinear", align_corners=False)


def _cut(image: Tensor, side: int, down: float, right: float) -> Tensor:
    """A square of an image (3, H, W) at places in [0, 1)."""
    room = image.shape[-1] - side + 1
    top, left = int(down * room), int(right * room)
    return image[:, top : top + side, left : left + side]
