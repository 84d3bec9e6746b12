"""Films in one pass: scenes, and statistics that stay."""

from collections.abc import Generator
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from artgan.config.transfer import TransferConfig
from artgan.io.images import Picture
from artgan.metrics.flicker import flicker
from artgan.models.encoder import Encoder
from artgan.models.fast_style import FastStyle
from artgan.painting.fast import FastPainter
from artgan.painting.masks import Mask
from artgan.painting.steady import MOST_SEEN, Changes, repainted, scenes, seen_of
from artgan.painting.styles import Style

CPU = torch.device("cpu")


def picture(height: int, width: int, seed: int = 0) -> Picture:
    random = torch.Generator().manual_seed(seed)
    small = 0.2 + 0.6 * torch.rand(1, 3, 5, 6, generator=random)
    smooth = torch.nn.functional.interpolate(small, size=(height, width), mode="bicubic").clamp(0, 1)
    return from_tensor(smooth)


def from_tensor(image: Tensor) -> Picture:
    return Picture(pixels=image[0].permute(1, 2, 0).numpy(), alpha=None, name="x", sha256="0")


def painter(network: FastStyle, eyes: Encoder, *styles: Style, **options: Any) -> FastPainter:
    size = options.pop("size", 160)
    config = TransferConfig(style=("unused",), method="fast", **options)
    return FastPainter(config=config, network=network, eyes=eyes, styles=styles, size=size)


def style(seed: int = 1, **options: Any) -> Style:
    return Style(image=torch.from_numpy(picture(40, 56, seed).pixels).permute(2, 0, 1)[None], **options)


def film(made: FastPainter, frames: list[Picture], cut: list[range] | None = None) -> list[Tensor]:
    painted = repainted(made, lambda: (frame for frame in frames), cut or [range(len(frames))], CPU)
    return [image for _, image in painted]


def passing(number: int) -> Picture:
    """A bright thing that goes from left to right below, where nothing else moves."""
    pixels = picture(48, 160).pixels.copy()
    pixels[30:44, 4 + 12 * number : 18 + 12 * number] = (1, 1, 0)
    return Picture(pixels=pixels, alpha=None, name="x", sha256="0")


def test_what_stands_still_stays_as_it_is(network: FastStyle, eyes: Encoder) -> None:
    """Far from what passes by not a value changes; frame by frame all do."""
    made = painter(network, eyes, style())
    frames = [passing(number) for number in (0, 1)]
    steady = film(made, frames)
    alone = [made.repainted(torch.from_numpy(frame.pixels).permute(2, 0, 1)[None]) for frame in frames]
    far = slice(150, None)
    assert torch.equal(steady[0][..., far], steady[1][..., far])
    assert not torch.equal(alone[0][..., far], alone[1][..., far])
    assert not torch.equal(steady[0], steady[1])
    assert (steady[0] - alone[0]).abs().mean() < 0.1


@pytest.mark.parametrize("width", [160, 200])  # of one scale and of two
def test_what_moves_as_a_whole_is_painted_alike(network: FastStyle, eyes: Encoder, width: int) -> None:
    """By three pixels a frame, which are no whole cells of the painter's grid; but with a mask the grid stays."""
    whole = torch.rand(1, 3, 12, 24, generator=torch.Generator().manual_seed(3))
    whole = torch.nn.functional.interpolate(whole, size=(96, width + 36), mode="bicubic").clamp(0, 1)
    frames = [from_tensor(whole[..., 3 * n : 3 * n + width]) for n in range(4)]
    left = torch.ones(1, 1, 96, width)
    apart = []
    for one in (style(), style(mask=Mask(values=left))):
        images = film(painter(network, eyes, one, size=width), frames)
        within = slice(60, 100)
        change = images[0][..., within] - images[3][..., within.start - 9 : within.stop - 9]
        apart.append(change.abs().mean().item())
    assert apart[0] < 0.2 * apart[1], apart


def test_noise_is_not_painted(network: FastStyle, eyes: Encoder) -> None:
    made = painter(network, eyes, style(), size=48)
    random = torch.Generator().manual_seed(0)
    frames = []
    for _ in range(6):
        noise = torch.randn(48, 40, 3, generator=random).numpy() * np.float32(1.5 / 255)
        frames.append(Picture(pixels=picture(48, 40).pixels + noise, alpha=None, name="x", sha256="0"))
    alone = [made.repainted(torch.from_numpy(frame.pixels).permute(2, 0, 1)[None]) for frame in frames]
    assert flicker(film(made, frames)) < 0.5 * flicker(alone)


def test_a_scene_of_one_frame_is_painted_as_a_picture(network: FastStyle, eyes: Encoder) -> None:
    for options in ({}, {"keep_color": 1.0}, {"strength": 50}, {"strength": 0}):
        made = painter(network, eyes, style(), size=48, **options)
        frame = picture(48, 40)
        alone = made.repainted(torch.from_numpy(frame.pixels).permute(2, 0, 1)[None])
        for image in film(made, [frame, frame]):
            assert (image - alone).abs().max() < 2e-3, options


def test_each_scene_has_statistics_of_its_own(network: FastStyle, eyes: Encoder) -> None:
    made = painter(network, eyes, style(), size=48)
    one, other = picture(40, 48, 2), picture(40, 48, 3)
    together = film(made, [one, one, other])
    apart = film(made, [one, one, other], [range(2), range(2, 3)])
    assert torch.equal(apart[0], film(made, [one, one])[0])
    assert torch.equal(apart[2], film(made, [other])[0])
    assert (together[2] - apart[2]).abs().mean() > 0.01


def test_masks_that_move(network: FastStyle, eyes: Encoder) -> None:
    """A mask of the frame's own transparency; where it leaves nothing to paint the frame stays."""
    made = painter(network, eyes, style(mask=Mask(values=None)), style(2), size=48, keep_color=0.5)
    frames = []
    for number in range(3):
        shown = np.zeros((48, 40), np.float32)
        shown[:, : 20 * number] = 1
        frames.append(Picture(pixels=picture(48, 40).pixels, alpha=shown, name="x", sha256="0"))
    images = film(made, frames)
    assert all(bool(torch.isfinite(image).all()) for image in images)
    assert not torch.equal(images[0], images[1])


def test_frames_are_taken_as_they_come(network: FastStyle, eyes: Encoder) -> None:
    """The first painting is there when the frames of the first scene have been seen, and no other."""
    made = painter(network, eyes, style(), size=32)
    taken = 0

    def frames() -> Generator[Picture, None, None]:
        nonlocal taken
        for number in range(9):
            taken += 1
            yield picture(32, 32, number // 3)

    painted = repainted(made, frames, [range(3), range(3, 6), range(6, 9)], CPU)
    next(painted)
    assert taken == 3 + 1


def test_cuts_are_found() -> None:
    changes = Changes()
    for seed, count in ((0, 3), (5, 4), (9, 2)):
        for number in range(count):
            noise = torch.rand(1, 3, 40, 60, generator=torch.Generator().manual_seed(number))
            changes.add(from_tensor(torch.from_numpy(picture(40, 60, seed).pixels).permute(2, 0, 1)[None] + noise / 50))
    assert scenes(changes.values) == [range(3), range(3, 7), range(7, 9)]


def test_what_flashes_is_one_scene() -> None:
    assert scenes([0, 0.4, 0.4, 0.4]) == [range(4)]
    assert scenes([0, 0.02, 0.09, 0.02]) == [range(4)]
    assert scenes([0, 0.02, 0.3, 0.02]) == [range(2), range(2, 4)]
    assert scenes([0, 0.3]) == [range(1), range(1, 2)]
    assert scenes([0]) == [range(1)]


def test_frames_evenly_stand_for_a_scene() -> None:
    assert seen_of(range(10, 13), 100) == {10, 11, 12}
    some = sorted(seen_of(range(1000), 100))
    assert len(some) == MOST_SEEN
    assert {after - before for before, after in pairwise(some)} <= {62, 63}
    assert seen_of(range(100), 4096 * 4096) == {25, 75}  # large ones are not held in numbers
