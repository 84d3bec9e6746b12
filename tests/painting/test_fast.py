"""Painting in one pass: tiles are the whole, styles mix, masks hold, colours are kept, strength begins at nothing."""

from collections.abc import Collection
from typing import Any

import pytest
import torch
from torch import Tensor

from artgan.config.styles import parse_styles
from artgan.config.transfer import TransferConfig
from artgan.errors import DeviceError, PictureError, UsageError
from artgan.models.encoder import Encoder
from artgan.models.encoder_weights import load_encoder
from artgan.models.fast_style import FastStyle
from artgan.painting.colour import to_oklab
from artgan.painting.fast import FastPainter
from artgan.painting.gathering import whole_moments
from artgan.painting.masks import Mask
from artgan.painting.stored_styles import StoredStyle
from artgan.painting.styles import Style


def pictures(height: int, width: int, seed: int = 0, count: int = 1) -> Tensor:
    random = torch.Generator().manual_seed(seed)
    small = 0.2 + 0.6 * torch.rand(count, 3, 5, 6, generator=random)
    smooth = torch.nn.functional.interpolate(small, size=(height, width), mode="bicubic")
    return (smooth + 0.05 * torch.randn(count, 3, height, width, generator=random)).clamp(0, 1)


def painter(network: FastStyle, eyes: Encoder, *styles: Style, **options: Any) -> FastPainter:
    made = {key: options.pop(key) for key in ("pixels_at_once", "size", "tell") if key in options}
    config = TransferConfig(style=("unused",), method="fast", **options)
    return FastPainter(config=config, network=network, eyes=eyes, styles=styles, **{"size": 48, **made})


@pytest.mark.parametrize(("height", "width", "at_once"), [(200, 330, 280 * 280), (13, 300, 12000)])
def test_tiles_are_the_whole(network: FastStyle, eyes: Encoder, height: int, width: int, at_once: int) -> None:
    picture, style = pictures(height, width), Style(image=pictures(40, 56, seed=1))
    whole = painter(network, eyes, style, size=width).paint(picture)
    tiled = painter(network, eyes, style, size=width, pixels_at_once=at_once).paint(picture)
    assert whole.image.shape == picture.shape
    assert (whole.pixels_at_once, tiled.pixels_at_once) == (None, at_once)
    assert (whole.image - picture).abs().max() > 0.1
    assert (tiled.image - whole.image).abs().max() < 1e-3


def test_a_limit_decides_the_tiles(network: FastStyle, eyes: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("artgan.painting.forecast._PROCESS", 0.0)
    monkeypatch.setattr("artgan.painting.fast._AT_ONCE", 280 * 280)
    picture, style = pictures(200, 330), Style(image=pictures(40, 56, seed=1))
    told: list[str] = []
    paintings = [
        painter(network, eyes, style, size=330, tell=told.append, max_memory=limit).paint(picture)
        for limit in ("1G", "30M", None)
    ]
    assert [painting.pixels_at_once is None for painting in paintings] == [True, False, False]
    assert 200 * 200 < (paintings[1].pixels_at_once or 0) < 270 * 270
    assert paintings[2].pixels_at_once == 280 * 280, "without a limit it is as much as is worth it"
    assert len(told) == 1
    assert told[0].startswith("330x200 px go through the encoder in tiles of about ")
    assert (paintings[1].image - paintings[0].image).abs().max() < 1e-3
    with pytest.raises(DeviceError, match=r"raise --max-memory$"):
        painter(network, eyes, style, size=330, max_memory="10M").paint(picture)


def test_frames_that_stand_for_a_scene_leave_less_room(
    network: FastStyle, eyes: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("artgan.painting.forecast._PROCESS", 0.0)
    style = Style(image=pictures(40, 56, seed=1))
    frames = [pictures(200, 330, seed=seed) for seed in range(2, 6)]
    told: list[str] = []
    made = [painter(network, eyes, style, size=330, tell=told.append, max_memory=limit) for limit in ("1G", "39M")]
    alone = made[1].repainted(frames[0])
    assert not told
    whole, cut = (one.repainted(frames[0], manners=one.settled(frames, [None] * 4)) for one in made)
    assert [line.partition(" in tiles")[0] for line in told] == ["330x200 px go through the encoder"], "once a film"
    assert (cut - whole).abs().max() < 1e-3
    assert (cut - alone).abs().max() > 1e-2
    with pytest.raises(DeviceError, match="max-memory"):
        made[1].settled(frames * 6, [None] * 24)


def test_when_memory_runs_out_it_goes_on_in_tiles(
    network: FastStyle, eyes: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture, style = pictures(400, 600), Style(image=pictures(40, 56, seed=1))
    whole = painter(network, eyes, style, size=600).paint(picture)
    told: list[str] = []
    made = painter(network, eyes, style, size=600, tell=told.append)
    see = Encoder.forward

    def runs_out(self: Encoder, images: Tensor, layers: Collection[str]) -> dict[str, Tensor]:
        if images.shape[-1] >= 600:
            raise MemoryError
        return see(self, images, layers)

    monkeypatch.setattr(Encoder, "forward", runs_out)
    tiled = made.paint(picture)
    assert told == ["out of memory at 600x400 px: going on in tiles of about 244x244 px"]
    assert tiled.pixels_at_once == 400 * 600 // 4
    assert (tiled.image - whole.image).abs().max() < 1e-3


def test_margins_are_what_is_needed(network: FastStyle, eyes: Encoder) -> None:
    """A pixel changes nothing beyond the reach of the decoder and the sight of the encoder, when statistics stay."""
    made = painter(network, eyes, Style(image=pictures(40, 56, seed=1)))
    canvas = pictures(16, 400)
    own = whole_moments(eyes, [canvas], 10**6)
    look = made._seen(made.styles, 400).looks[0]
    changed = canvas.clone()
    changed[..., :8] = 1 - changed[..., :8]
    with torch.inference_mode():
        one, other = (made._drawn(image, made._restyled(image, own, look)) for image in (canvas, changed))
    differs = (one - other).abs().amax((0, 1, 2)) > 1e-5
    assert differs[:8].any()
    assert not differs[8 + made._sight.margin :].any()


def test_any_size_and_the_size_asked_for(network: FastStyle, eyes: Encoder) -> None:
    made = painter(network, eyes, Style(image=pictures(20, 30, seed=1)), size=37)
    for height, width in ((1, 1), (7, 50), (64, 64)):
        painting = made.paint(pictures(height, width))
        assert max(painting.image.shape[-2:]) == 37
        assert (painting.steps, painting.content_loss) == (1, None)
        assert 0 <= painting.image.min() <= painting.image.max() <= 1


def test_strength_goes_from_nothing_to_all(network: FastStyle, eyes: Encoder) -> None:
    picture, style = pictures(48, 192), Style(image=pictures(48, 40, seed=1))
    none, some, moved, usual, default, full = (
        painter(network, eyes, style, strength=strength).repainted(picture) for strength in (0, 12, 25, 50, None, 100)
    )
    assert torch.equal(none, picture)
    assert torch.equal(usual, default)
    assert (some - picture).square().mean() > 0
    assert not torch.allclose(some, moved, atol=1e-2)
    assert not torch.allclose(moved, usual, atol=1e-2)
    assert not torch.allclose(full, usual, atol=1e-2)


def test_what_is_painted_over_is_partly_the_coarser_painting(network: FastStyle, eyes: Encoder) -> None:
    """At full strength all of it, so that what is too fine to be seen in the small picture hardly matters."""
    style = Style(image=0.35 + 0.3 * pictures(48, 40, seed=1))  # far from black and white, where colours are clipped
    picture = pictures(48, 192)
    fine = torch.tensor([[0.02, -0.02], [-0.02, 0.02]]).repeat(24, 96)
    apart = []
    for strength in (100, 50):
        made = painter(network, eyes, style, strength=strength)
        manners = made.settled([picture], [None])
        one, other = (made.repainted(image, manners=manners) for image in (picture, picture + fine))
        apart.append((one - other).abs().mean().item())
    assert apart[0] < 0.1 * apart[1], apart


def test_styles_mix_by_their_shares(network: FastStyle, eyes: Encoder) -> None:
    picture, one, other = pictures(48, 48), pictures(48, 40, seed=1), pictures(40, 48, seed=2)
    alone = painter(network, eyes, Style(image=one)).repainted(picture)
    nearly = painter(network, eyes, Style(image=one), Style(image=other, share=1e-9)).repainted(picture)
    both = painter(network, eyes, Style(image=one), Style(image=other)).repainted(picture)
    assert torch.allclose(alone, nearly, atol=1e-3)
    assert not torch.allclose(alone, both, atol=1e-2)
    again = painter(network, eyes, Style(image=other, share=3.0), Style(image=one, share=3.0)).repainted(picture)
    assert torch.allclose(both, again, atol=1e-3)


def test_masks_hold(network: FastStyle, eyes: Encoder) -> None:
    picture, one, other = pictures(48, 48), pictures(48, 40, seed=1), pictures(40, 48, seed=2)
    left = torch.zeros(1, 1, 48, 48)
    left[..., :24] = 1
    mask = Mask(values=left)
    masked = painter(network, eyes, Style(image=one, mask=mask)).repainted(picture)
    alone = painter(network, eyes, Style(image=one)).repainted(picture)
    assert torch.equal(masked[..., 24:], picture[..., 24:])
    assert torch.allclose(masked[..., :24], alone[..., :24], atol=1e-5)
    two = painter(network, eyes, Style(image=one, mask=mask), Style(image=other)).repainted(picture)
    beside = painter(network, eyes, Style(image=other)).repainted(picture)
    assert torch.allclose(two[..., 24:], beside[..., 24:], atol=1e-5)
    with pytest.raises(PictureError, match="nothing to paint"):
        painter(network, eyes, Style(image=one, mask=Mask(values=torch.zeros(1, 1, 4, 4)))).repainted(picture)


def test_colours_are_kept(network: FastStyle, eyes: Encoder) -> None:
    picture, style = (
        pictures(48, 48),
        Style(image=pictures(48, 40, seed=1).flip(1) * torch.tensor([1, 0.5, 0.2]).view(1, 3, 1, 1)),
    )
    plain, matched = (painter(network, eyes, style, keep_color=amount).repainted(picture) for amount in (0.0, 1.0))
    kept = painter(network, eyes, style, keep_color=1.0, color_method="luminance").repainted(picture)
    # Where sRGB can show them: a wild painter's whites and blacks have no colour.
    near, far = ((to_oklab(one) - to_oklab(picture))[:, 1:].abs().mean() for one in (kept, plain))
    assert near < 0.4 * far
    assert not torch.allclose(plain, matched, atol=0.05)


def test_strokes_have_their_size(network: FastStyle, eyes: Encoder) -> None:
    picture, image = pictures(48, 48), pictures(96, 96, seed=1)
    by_option, by_style = (
        painter(network, eyes, style, **options).repainted(picture)
        for style, options in ((Style(image=image), {"style_scale": 2.0}), (Style(image=image, scale=2.0), {}))
    )
    assert torch.equal(by_option, by_style)
    assert not torch.equal(by_option, painter(network, eyes, Style(image=image)).repainted(picture))


def test_low_precision_paints_about_the_same(network: FastStyle, eyes: Encoder) -> None:
    low = load_encoder("embedded", precision=torch.bfloat16)
    picture, style = pictures(48, 48), Style(image=pictures(48, 40, seed=1))
    one, other = (painter(network, own, style).repainted(picture) for own in (eyes, low))
    assert one.dtype == other.dtype == torch.float32
    assert (one - other).abs().mean() < 0.02


def test_what_one_pass_cannot_do(network: FastStyle, eyes: Encoder) -> None:
    stored = StoredStyle(moments={}, means={}, palette=torch.zeros(1, 3))
    with pytest.raises(UsageError, match="a style file has no picture to look at: --method optimize"):
        painter(network, eyes, Style(image=stored))
    (reference,) = parse_styles(["x.png,layers=fine"], "--style")
    with pytest.raises(UsageError, match=",layers= of a style is for --method optimize"):
        painter(network, eyes, Style(image=pictures(8, 8), layers=reference.layer_range))
