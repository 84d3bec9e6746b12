"""Tiled translation: exact means exact, thumbnails mean no seams, and bands reach no further than they say."""

import pytest
import torch
from torch import Tensor, nn

from artgan.models.instance_norm import InstanceNorm
from artgan.models.resnet import ResnetGenerator
from artgan.models.translation_layers import ENLARGINGS, Enlarging, SmoothDoubling
from artgan.models.unet import UnetGenerator
from artgan.painting import bands, tiling
from artgan.painting.bands import joined, neighbourhood
from artgan.painting.normalisation import FixedNorm, Moments, fixed_copy, measured
from artgan.painting.tiling import exact, reach, thumbnail

from translation_models import randomised


def clouds(height: int, width: int, seed: int = 0) -> Tensor:
    """A picture in [-1, 1] whose halves differ, so that statistics of a part are not those of the whole."""
    random = torch.Generator().manual_seed(seed)
    coarse = torch.rand(1, 3, 8, 8, generator=random)
    picture = nn.functional.interpolate(coarse, (height, width), mode="bicubic").clamp(0, 1)
    picture += 0.2 * torch.rand(1, 3, height, width, generator=random)
    picture[..., height // 2 :, :] *= 0.4
    return picture.clamp(0, 1) * 2 - 1


def resnet(upsample: Enlarging = "transpose", *, width: int = 6, blocks: int = 2) -> ResnetGenerator:
    network = randomised(ResnetGenerator(width=width, blocks=blocks, upsample=upsample))
    assert isinstance(network, ResnetGenerator)
    return network


@pytest.fixture(autouse=True)
def _small_bands(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that small pictures make many."""
    monkeypatch.setattr(bands, "_BAND", 2**15)


@torch.inference_mode()
@pytest.mark.parametrize("upsample", ENLARGINGS)
@pytest.mark.parametrize(("height", "width"), [(64, 48), (100, 12), (12, 200), (8, 8)])
def test_exact_is_the_whole(upsample: Enlarging, height: int, width: int) -> None:
    network, images = resnet(upsample), clouds(height, width)
    torch.testing.assert_close(exact(network, images), network(images), atol=2e-4, rtol=0)


@torch.inference_mode()
def test_exact_is_the_whole_at_512() -> None:
    network, images = resnet(), clouds(512, 512)
    whole = network(images)
    assert (exact(network, images) - whole).abs().max() < 2e-4
    # The halves for themselves differ by far more: the statistics are the whole's.
    halves = torch.cat([network(images[..., :256, :]), network(images[..., 256:, :])], dim=2)
    assert (halves - whole).abs().max() > 0.1


@torch.inference_mode()
def test_exact_in_bfloat16_is_near_the_whole() -> None:
    network, images = resnet(), clouds(96, 96)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        apart = (exact(network, images).float() - network(images).float()).abs()
    assert apart.mean() < 0.02


@torch.inference_mode()
def test_exact_keeps_no_map_of_full_size(monkeypatch: pytest.MonkeyPatch) -> None:
    network, images = resnet(width=6), clouds(64, 48)
    kept: list[int] = []
    empty = torch.empty

    def watching(size: tuple[int, ...], **options: torch.dtype) -> Tensor:
        kept.append(size[1] * size[2])
        return empty(size, **options)

    monkeypatch.setattr(torch, "empty", watching)
    exact(network, images)
    assert max(kept) == 12 * 32  # channels by rows, at half the side; the picture itself is 3 by 64


@torch.inference_mode()
def test_progress_rises_to_the_end() -> None:
    shares: list[float] = []
    network = resnet()
    exact(network, clouds(32, 32), shares.append)
    assert shares == sorted(shares)
    assert len(shares) == sum(isinstance(module, InstanceNorm) for module in network.modules())
    assert 0.8 < shares[-1] <= 1


@torch.inference_mode()
def test_a_thumbnail_as_large_as_the_picture_is_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiling, "_TILE", 32)
    network, images = resnet("blur"), clouds(96, 128)
    torch.testing.assert_close(thumbnail(network, images, 4, side=128), network(images), atol=3e-4, rtol=0)


@torch.inference_mode()
def test_a_thumbnail_has_no_seams(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiling, "_TILE", 32)
    network, images = resnet(), clouds(96, 96)
    small = torch.nn.functional.interpolate(images / 2 + 0.5, (48, 48), mode="bicubic", antialias=True).clamp(0, 1)
    with measured(network) as moments:
        network(small * 2 - 1)
    fixed = fixed_copy(network, moments)(images)
    torch.testing.assert_close(thumbnail(network, images, 4, side=48), fixed, atol=1e-4, rtol=0)
    assert (fixed - network(images)).abs().max() > 0.01


@torch.inference_mode()
def test_a_u_net_is_faded_from_tile_to_tile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiling, "_TILE", 64)
    monkeypatch.setattr(tiling, "_BLENDED", 16)
    network = randomised(UnetGenerator(size=16, width=4))
    images = clouds(160, 96)
    translated = thumbnail(network, images, 16)
    assert translated.shape == images.shape
    assert translated.isfinite().all()
    assert reach(network) is None
    # Steps between rows are no larger where tiles meet than elsewhere.
    steps = (translated[..., 1:, :] - translated[..., :-1, :]).abs().mean(dim=(0, 1, 3))
    assert steps[63] < 2 * steps.mean()


@torch.inference_mode()
@pytest.mark.parametrize("upsample", ENLARGINGS)
def test_pixels_beyond_the_reach_do_not_count(upsample: Enlarging) -> None:
    network = resnet(upsample)
    side = 96
    images = clouds(side, side)
    with measured(network) as moments:
        network(images)
    fixed = fixed_copy(network, moments)
    changed = images.clone()
    changed[..., :8, :] = 0.7
    apart = (fixed(changed) - fixed(images)).abs().amax(dim=(0, 1, 3))
    margin = reach(network)
    assert margin is not None
    assert apart[8 + margin :].max() == 0
    assert apart[7] > 0


def test_moments_of_pieces_are_those_of_the_whole() -> None:
    maps = torch.randn(1, 5, 40, 7, generator=torch.Generator().manual_seed(1)) * 3 + 100
    moments = Moments()
    for piece in maps.split([1, 19, 20], dim=2):
        moments.add(piece)
    torch.testing.assert_close(moments.mean, maps.double().mean((0, 2, 3)), rtol=1e-6, atol=0)
    torch.testing.assert_close(moments.variance, maps.double().var((0, 2, 3), correction=0), rtol=1e-4, atol=0)


@torch.inference_mode()
@pytest.mark.parametrize("affine", [False, True])
def test_a_fixed_norm_does_what_the_norm_does(affine: bool) -> None:
    norm = InstanceNorm(4, affine=affine, eps=1e-3)
    for number, parameter in enumerate(norm.parameters()):
        parameter.normal_(generator=torch.Generator().manual_seed(number))
    maps = torch.randn(1, 4, 9, 9, generator=torch.Generator().manual_seed(7)) + 2
    moments = Moments()
    moments.add(maps)
    torch.testing.assert_close(FixedNorm(norm, moments)(maps), norm(maps))


@torch.inference_mode()
def test_layers_in_bands_change_of_size_and_alignment() -> None:
    layers = [
        nn.Conv2d(3, 4, 3, stride=2, padding=1),
        nn.Conv2d(4, 4, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.ConvTranspose2d(4, 2, 3, stride=2, padding=1, output_padding=1),
        SmoothDoubling(2, 3, blur=True),
    ]
    for layer in layers:
        randomised(layer)
    maps = torch.randn(1, 3, 104, 300, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(joined(maps, layers), nn.Sequential(*layers)(maps), atol=1e-5, rtol=0)
    seen = neighbourhood(layers, 3)
    assert (seen.align, seen.step) == (4, 1)


def test_only_local_layers_run_in_bands() -> None:
    with pytest.raises(ValueError, match="InstanceNorm is not known to be local"):
        neighbourhood([InstanceNorm(3)], 3)
