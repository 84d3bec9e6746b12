"""In tiles or as a whole: the same losses, gradients, targets and paintings; and what happens when memory runs out."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor

from artgan.models.encoder import Encoder
from artgan.models.encoder_weights import SOURCES, load_encoder
from artgan.painting.masks import guides
from artgan.painting.objective import Backdrop, Losses, Objective, Targets, Wanted
from artgan.painting.pyramid import resize
from artgan.painting.room import Room
from artgan.painting.tiled_objective import TiledObjective

HEIGHT, WIDTH = 233, 341
"""Of no multiple of the encoder's stride, so that poolings drop rows and columns at the far edges."""
TILES = 160.0**2


def vgg_like() -> Encoder:
    """VGG19's layout with eight channels everywhere, random: without heads, padded with zeros."""
    random = torch.Generator().manual_seed(1)
    tensors: dict[str, Tensor] = {}
    channels = 3
    for name in SOURCES["vgg19"].layout().values():
        if name.endswith("weight"):
            tensors[name] = torch.randn(8, channels, 3, 3, generator=random) * (2 / (9 * channels)) ** 0.5
            channels = 8
        else:
            tensors[name] = torch.randn(8, generator=random) * 0.1
    return Encoder(tensors, name="vgg19", border="zeros", pooling="average")


@pytest.fixture(scope="module")
def encoders(tiny_encoder: Path) -> dict[str, Encoder]:
    return {"vgg19": vgg_like(), "embedded": load_encoder("auto", weights=tiny_encoder)}


def pictures() -> tuple[Tensor, Tensor, Tensor]:
    random = torch.Generator().manual_seed(3)
    picture, content, style = (torch.rand(1, 3, n, n, generator=random) for n in (40, 9, 30))
    return resize(picture, HEIGHT, WIDTH), resize(content, HEIGHT, WIDTH), resize(style, 210, 190)


def objectives(encoder: Encoder, room: Room, **changes: object) -> tuple[Objective, TiledObjective]:
    values: dict[str, object] = {
        "encoder": encoder,
        "content_layers": {"relu3_1": 0.2, "relu4_2": 0.8},
        "style_layers": {f"relu{block}_1": 0.2 for block in range(1, 6)},
        "content_weight": 0.5,
        "style_weight": 1.0,
        "tv_weight": 0.2,
        "normalization": "relative",
    }
    values |= changes
    return Objective(**values), TiledObjective(**values, room=room)  # type: ignore[arg-type]


def everywhere(of: Objective, style: Tensor, content: Tensor) -> Targets:
    return of.targets(content, of.everywhere(of.style_targets([style], [1.0])))


def masked(of: Objective, style: Tensor, content: Tensor) -> Targets:
    """Two styles in two soft places, one of them small, and the content shows between them."""
    ramp = torch.linspace(1.5, -0.5, WIDTH).clamp(0, 1).expand(1, 1, HEIGHT, WIDTH)
    small = torch.zeros(1, 1, HEIGHT, WIDTH)
    small[..., 150:, 230:] = 1
    styles: dict[str, list[Wanted]] = {}
    for cover, image in ((ramp, style), (small, style.flip(1))):
        statistics = of.style_targets([image], [1.0])
        for layer, guide in guides(cover, of.encoder, set(of.style_layers)).items():
            if guide.max() > 0:
                share = guide.mean().item()
                styles.setdefault(layer, []).append(of.wanted(layer, statistics[layer], guide, share))
    return of.targets(content, styles, Backdrop(content=content, cover=(ramp + small).clamp(max=1)))


def both(
    encoder: Encoder, make: Callable[[Objective, Tensor, Tensor], Targets], room: Room, **changes: object
) -> tuple[tuple[Losses, Tensor], tuple[Losses, Tensor]]:
    picture, content, style = pictures()
    whole, tiled = objectives(encoder, room, **changes)
    picture.requires_grad_(True)
    expected = whole.gradient(picture, make(whole, style, content))
    return expected, tiled.gradient(picture, make(tiled, style, content))


def check(expected: tuple[Losses, Tensor], found: tuple[Losses, Tensor]) -> None:
    for part in ("content", "style", "total"):
        whole = getattr(expected[0], part).item()
        # A Wasserstein distance is a small difference of numbers of about one.
        assert getattr(found[0], part).item() == pytest.approx(whole, rel=1e-4, abs=1e-5), part
    difference = (found[1] - expected[1]).abs().max().item()
    assert difference < 1e-4 * expected[1].abs().max().item()


@pytest.mark.parametrize("kind", ["vgg19", "embedded"])
@pytest.mark.parametrize("distance", ["gram", "wasserstein", "moments"])
@pytest.mark.parametrize("make", [everywhere, masked])
def test_tiles_are_the_whole(
    encoders: dict[str, Encoder], kind: str, distance: str, make: Callable[[Objective, Tensor, Tensor], Targets]
) -> None:
    room = Room(pixels=TILES if kind == "embedded" else 230.0**2)
    expected, found = both(encoders[kind], make, room, style_distance=distance)
    check(expected, found)
