"""A chain on a sheet: every stage, and the way back with what it has lost."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from artgan.io.media import captioned
from artgan.painting.pyramid import fit, resize
from artgan.painting.tensors import to_pixels
from artgan.pipelines.steps import ModelStep, Step

_Captioned = tuple[NDArray[np.uint8], str]

_LONGEST, _SHORTEST = 360, 160
"""Long sides of pictures on the sheet: larger ones are shrunk, smaller ones, whose captions would not fit, enlarged."""


@dataclass(frozen=True, kw_only=True)
class Back:
    """A picture (1, 3, H, W) in [0, 1] on the way back, and how far it is from what was at that stage on the way there.

    Attributes:
        label: the domain it is back in.
        rms: root of the mean squared difference, in levels of 255.
    """

    label: str
    image: Tensor
    rms: float


def way_back(steps: Sequence[Step], images: Sequence[Tensor]) -> list[Back]:
    """From the last stage back, as far as the steps are models that lead both ways; a style cannot be undone.

    `images` are the picture and what came out of each step.
    """
    back: list[Back] = []
    image = images[-1]
    for step, there in zip(reversed(steps), reversed(images[:-1]), strict=True):
        if not isinstance(step, ModelStep) or step.back is None:
            break
        image = step.back.paint(image).image
        rms = (image - there.to(image)).square().mean().sqrt().item() * 255
        back.append(Back(label=step.source, image=image, rms=rms))
    return back


def draw_sheet(images: Sequence[Tensor], labels: Sequence[str], back: Sequence[Back]) -> Tensor:
    """The stages in a row, and below each the picture that came back to it; (1, 3, H, W) in [0, 1]."""
    there: list[_Captioned | None] = [(_cell(image), label) for image, label in zip(images, labels, strict=True)]
    again: list[_Captioned | None] = [
        (_cell(one.image), f"{one.label} again, RMS {one.rms:.1f}") for one in reversed(back)
    ]
    first = len(images) - 1 - len(back)
    empty: list[_Captioned | None] = [None] * first
    rows = [there, empty + again] if again else [there]
    pixels = torch.from_numpy(captioned(rows).copy())
    return pixels.permute(2, 0, 1)[None].float() / 255


def _cell(image: Tensor) -> NDArray[np.uint8]:
    side = min(max(*image.shape[-2:], _SHORTEST), _LONGEST)
    small = resize(image.float(), *fit(image.shape[-2], image.shape[-1], side))
    levels: NDArray[np.uint8] = np.rint(to_pixels(small).clip(0, 1) * 255).astype(np.uint8)
    return levels
