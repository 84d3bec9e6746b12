"""In tiles or as a whole: the same losses, gradients, targets and paintings; and what happens when memory runs out."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor

from artgan.errors import DeviceError
from artgan.models.encoder import Encoder
from artgan.models.encoder_weights import SOURCES, load_encoder
from artgan.painting.masks import guides
from artgan.painting.objective import Backdrop, Losses, Objective, Targets, Wanted
from artgan.painting.pyramid import resize
from artgan.painting.room import Room
from artgan.painting.tiled_objective import TiledObjective

HEIGHT, WIDTH = 233, 341
"""Of no multiple of the encoder's stride, so that poolings drop rows and columns at the far edges."""
TILES = 194.0**2


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
    return Objective(**values), TiledObjective(**values, room=room)  # type: ignore[arg-type]  # of several kinds


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


@pytest.mark.parametrize(
    ("normalization", "keep", "changes"),
    [
        ("relative", False, {}),
        ("mean", True, {}),
        ("gatys", False, {"style_weight": 0.0}),
        ("gatys", True, {"content_weight": 0.0}),
    ],
)
def test_however_the_losses_are_scaled(
    encoders: dict[str, Encoder], normalization: str, keep: bool, changes: dict[str, object]
) -> None:
    room = Room(pixels=TILES, keep_content=keep)
    expected, found = both(encoders["embedded"], everywhere, room, normalization=normalization, **changes)
    check(expected, found)


def test_content_is_kept_or_seen_again(encoders: dict[str, Encoder]) -> None:
    _, content, _ = pictures()
    for keep in (True, False):
        whole, tiled = objectives(encoders["embedded"], Room(pixels=TILES, keep_content=keep))
        targets = tiled.targets(content, {})
        assert (targets.seen_again is None) == keep
        for layer, features in targets.content.items():
            assert torch.allclose(features, whole.content_targets(content)[layer], atol=1e-5)
        assert bool(targets.content) == keep


def test_styles_are_seen_in_tiles(encoders: dict[str, Encoder]) -> None:
    _, _, style = pictures()
    sizes: list[int] = []
    forward = Encoder.forward

    def watched(self: Encoder, images: Tensor, layers: set[str]) -> dict[str, Tensor]:
        sizes.append(images.shape[-2] * images.shape[-1])
        return forward(self, images, layers)

    for distance in ("gram", "wasserstein"):
        whole, tiled = objectives(encoders["embedded"], Room(pixels=TILES), style_distance=distance)
        expected = whole.style_targets([style, style.flip(2)], [1.0, 2.0])
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(Encoder, "forward", watched)
            found = tiled.style_targets([style, style.flip(2)], [1.0, 2.0])
        for layer, statistics in expected.items():
            assert torch.allclose(found[layer], statistics, rtol=1e-4, atol=1e-5), layer
    assert max(sizes) <= TILES


def test_a_picture_that_fits_is_not_cut(encoders: dict[str, Encoder]) -> None:
    room = Room(pixels=HEIGHT * WIDTH)
    expected, found = both(encoders["embedded"], everywhere, room)
    assert torch.equal(found[1], expected[1])
    assert not room.cut


def test_memory_that_runs_out_is_met_with_smaller_tiles(
    encoders: dict[str, Encoder], monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    room = Room(tell=told.append)
    picture, content, style = pictures()
    shallow = {"content_layers": {"relu2_2": 1.0}, "style_layers": {"relu1_1": 1.0, "relu2_1": 1.0}}
    whole, tiled = objectives(encoders["embedded"], room, **shallow)
    picture.requires_grad_(True)
    expected = whole.gradient(picture, everywhere(whole, style, content))
    ready = everywhere(tiled, style, content)
    forward = Encoder.forward

    def of_little_memory(self: Encoder, images: Tensor, layers: set[str]) -> dict[str, Tensor]:
        if images.shape[-2] * images.shape[-1] > HEIGHT * WIDTH / 10:
            raise RuntimeError("[enforce fail at alloc_cpu.cpp:124] DefaultCPUAllocator: can't allocate memory")
        return forward(self, images, layers)

    monkeypatch.setattr(Encoder, "forward", of_little_memory)
    check(expected, tiled.gradient(picture, ready))
    assert told == [f"out of memory at 341x233 px: going on in tiles of about {side}x{side} px" for side in (140, 70)]
    check(expected, tiled.gradient(picture, everywhere(tiled, style, content)))
    assert len(told) == 2, "targets, too, are made in tiles that fit"


def test_memory_that_never_suffices_is_one_line(encoders: dict[str, Encoder], monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    layers = {"content_layers": {"relu2_2": 1.0}, "style_layers": {"relu1_1": 1.0}}
    _, tiled = objectives(encoders["embedded"], Room(tell=told.append), **layers)

    def full(self: Encoder, images: Tensor, layers: set[str]) -> dict[str, Tensor]:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")

    monkeypatch.setattr(Encoder, "forward", full)
    with pytest.raises(DeviceError, match="out of memory at 190x210 px, even in tiles of 24 px: lower --size"):
        tiled.style_targets([pictures()[2]], [1.0])
    assert len(told) == 3


def test_other_errors_are_not_taken_for_it(encoders: dict[str, Encoder], monkeypatch: pytest.MonkeyPatch) -> None:
    _, tiled = objectives(encoders["embedded"], Room())

    def broken(self: Encoder, images: Tensor, layers: set[str]) -> dict[str, Tensor]:
        raise RuntimeError("a bug")

    monkeypatch.setattr(Encoder, "forward", broken)
    with pytest.raises(RuntimeError, match="a bug"):
        tiled.style_targets([pictures()[2]], [1.0])
