"""Several styles in one picture: each where it is wanted, none where it is not."""

import pytest
import torch

from artgan.config.transfer import TransferConfig
from artgan.errors import PictureError
from artgan.losses.perceptual import gram_matrix
from artgan.models.encoder import Encoder
from artgan.models.encoder_weights import load_encoder
from artgan.painting.masks import Mask
from artgan.painting.pyramid import Scale, resize
from artgan.painting.styles import Style
from artgan.painting.styling import StylePainter

HEIGHT, WIDTH = 48, 96
LAYERS = ("relu1_1", "relu2_1", "relu3_1")


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return load_encoder("embedded")


def content() -> torch.Tensor:
    small = torch.rand(1, 3, 4, 8, generator=torch.Generator().manual_seed(1))
    return resize(small, HEIGHT, WIDTH)


def stripes(colour: tuple[float, float, float], *, upright: bool) -> torch.Tensor:
    lines = (torch.arange(64) // 4 % 2).float()
    image = torch.tensor(colour).view(1, 3, 1, 1) * (0.3 + 0.7 * lines).view(1, 1, 1, 64).expand(1, 1, 64, 64)
    return (image if upright else image.mT).contiguous()


RED, BLUE = stripes((0.9, 0.2, 0.1), upright=True), stripes((0.1, 0.3, 0.9), upright=False)


def half(*, soft: bool = False) -> torch.Tensor:
    ramp = torch.linspace(1.5, -0.5, WIDTH) if soft else (torch.arange(WIDTH) < WIDTH // 2).float()
    return ramp.clamp(0, 1).expand(1, 1, HEIGHT, WIDTH).contiguous()


def painter(encoder: Encoder, *styles: Style, **options: object) -> StylePainter:
    values: dict[str, object] = {"steps": 25, "scales": 1, "style_layers": ",".join(LAYERS), **options}
    config = TransferConfig(**values)  # type: ignore[arg-type]
    return StylePainter(config=config, encoder=encoder, styles=styles, size=WIDTH, seed=0)


def paint(by: StylePainter, alpha: torch.Tensor | None = None) -> torch.Tensor:
    return by.paint(content(), lambda iterate, scales: None, lambda: False, alpha=alpha).image


def distance(encoder: Encoder, picture: torch.Tensor, style: torch.Tensor) -> float:
    """Mean relative distance of Gram matrices."""
    seen, wanted = (encoder(image, set(LAYERS)) for image in (picture, style))
    grams = [(gram_matrix(seen[layer]), gram_matrix(wanted[layer])) for layer in LAYERS]
    return sum(((own - other).norm() / other.norm()).item() for own, other in grams) / len(LAYERS)


def test_each_half_takes_its_own_style(encoder: Encoder) -> None:
    mask = half()
    painted = paint(
        painter(encoder, Style(image=RED, mask=Mask(values=mask)), Style(image=BLUE, mask=Mask(values=1 - mask)))
    )
    sides = slice(0, WIDTH // 2), slice(WIDTH // 2, WIDTH)
    for side, own, other in ((sides[0], RED, BLUE), (sides[1], BLUE, RED)):
        before, after = (distance(encoder, image[..., side], own) for image in (content(), painted))
        assert after < 0.75 * before
        assert after < 0.75 * distance(encoder, painted[..., side], other)


def test_a_style_without_a_mask_takes_the_rest(encoder: Encoder) -> None:
    mask = half()
    explicit = painter(
        encoder, Style(image=RED, mask=Mask(values=mask)), Style(image=BLUE, mask=Mask(values=1 - mask)), steps=4
    )
    rest = painter(encoder, Style(image=RED, mask=Mask(values=mask)), Style(image=BLUE), steps=4)
    assert torch.equal(paint(explicit), paint(rest))


def test_what_no_style_covers_is_the_content(encoder: Encoder) -> None:
    painted = paint(painter(encoder, Style(image=RED, mask=Mask(values=half())), init="noise"))
    assert torch.equal(painted[..., WIDTH // 2 :], content()[..., WIDTH // 2 :])
    changed = (painted - content())[..., : WIDTH // 2].abs().mean(dim=(0, 1, 2))
    assert changed.min() > 0.01  # to the edge


def test_soft_masks_fade(encoder: Encoder) -> None:
    mask = half(soft=True)
    painted = paint(painter(encoder, Style(image=RED, mask=Mask(values=mask))))
    assert ((painted - content()).abs() <= mask + 1e-6).all()
    assert torch.equal(painted[mask.expand(1, 3, -1, -1) == 0], content()[mask.expand(1, 3, -1, -1) == 0])


def test_the_content_s_transparency_is_a_mask(encoder: Encoder) -> None:
    by = painter(encoder, Style(image=RED, mask=Mask(values=None, inverted=True)), steps=4)
    painted = paint(by, alpha=half())
    assert torch.equal(painted[..., : WIDTH // 2], content()[..., : WIDTH // 2])
    assert not torch.equal(painted, content())
    with pytest.raises(PictureError, match="nothing to paint"):
        paint(by)  # opaque everywhere


def test_a_mask_white_everywhere_is_no_mask(encoder: Encoder) -> None:
    everywhere = painter(encoder, Style(image=RED, mask=Mask(values=torch.ones(1, 1, 5, 5))), steps=4)
    assert torch.allclose(paint(everywhere), paint(painter(encoder, Style(image=RED), steps=4)), atol=1e-2)


def wanted_at(by: StylePainter) -> dict[str, list[float]]:
    """The shares of the style's weight by layer."""
    from artgan.painting.places import Arrangement

    arranged = Arrangement(by._places(content(), None), content(), by._objective)
    found = arranged.wanted(Scale(height=HEIGHT, width=WIDTH, steps=1))
    return {layer: [wanted.share for wanted in of] for layer, of in found.items()}


def test_shares_are_areas_times_weights(encoder: Encoder) -> None:
    mask = Mask(values=half())
    styles = [Style(image=RED, mask=mask, share=0.2), Style(image=BLUE, mask=mask, share=0.2), Style(image=BLUE)]
    shares = wanted_at(painter(encoder, *styles))
    # Of 96 columns relu1_1 sees nothing but the half in 47.
    assert shares["relu1_1"] == pytest.approx([0.4 * 47 / 96, 47 / 96])


def test_a_place_too_small_for_a_layer_is_passed_over_there(encoder: Encoder) -> None:
    small = torch.zeros(1, 1, HEIGHT, WIDTH)
    small[..., 10:26, 20:36] = 1
    shares = wanted_at(painter(encoder, Style(image=RED, mask=Mask(values=small))))
    assert set(shares) == {"relu1_1", "relu2_1"}  # relu3_1 sees 24 px


def test_each_place_has_its_own_colours(encoder: Encoder) -> None:
    picture = torch.cat([torch.full((1, 3, HEIGHT, WIDTH // 2), v) for v in (0.1, 0.9)], dim=3)
    mask = half()
    by = painter(
        encoder,
        Style(image=BLUE, mask=Mask(values=mask)),
        Style(image=BLUE, mask=Mask(values=1 - mask)),
        keep_color=1.0,
    )
    dark, bright = (place.blend._styles[0].image for place in by._places(picture, None))
    assert dark.mean() == pytest.approx(0.1, abs=0.02)
    assert bright.mean() == pytest.approx(0.9, abs=0.02)
