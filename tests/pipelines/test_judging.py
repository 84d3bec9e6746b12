"""The judge's ends: the content is all content, the style all style, and a painting lies between."""

import pytest
import torch

from artgan.config.styles import RANGES
from artgan.io.images import read_picture
from artgan.io.shipped import find_content, find_style
from artgan.models.encoder_weights import load_encoder
from artgan.painting.colour import to_oklab
from artgan.painting.masks import Mask
from artgan.painting.pyramid import fit, resize
from artgan.painting.styles import Style
from artgan.painting.tensors import to_tensor
from artgan.pipelines.judging import JUDGED, Judge

CPU = torch.device("cpu")
SCORES = ("content_fidelity", "ssim", "style_similarity", "palette_distance")


@pytest.fixture(scope="module")
def pictures() -> tuple[torch.Tensor, torch.Tensor]:
    """A photo and a painting, 96 px long."""
    whole = [to_tensor(read_picture(path), CPU) for path in (find_content("example:cat"), find_style("swirls"))]
    content, style = (resize(image, *fit(image.shape[-2], image.shape[-1], 96)) for image in whole)
    return content, style


@pytest.fixture(scope="module")
def judge(pictures: tuple[torch.Tensor, torch.Tensor]) -> Judge:
    return Judge(encoder=load_encoder("embedded"), styles=[Style(image=pictures[1])], scale=1.0)


def percents(scores: dict) -> list[float]:  # type: ignore[type-arg]
    return [scores[name]["percent"] for name in SCORES]


def test_the_ends_and_between(judge: Judge, pictures: tuple[torch.Tensor, torch.Tensor]) -> None:
    content, style = pictures
    assert percents(judge.scores(content, content)) == [100, 100, 0, 0]
    mixed = (content + resize(style, *content.shape[-2:])) / 2
    scores = judge.scores(mixed, content)
    assert all(5 < percent < 95 for percent in percents(scores)), scores
    assert (scores["encoder"], scores["size"]) == ("embedded", 96)


def test_the_style_itself(judge: Judge, pictures: tuple[torch.Tensor, torch.Tensor]) -> None:
    _, style = pictures
    scores = judge.scores(style, resize(pictures[0], *style.shape[-2:]))
    assert percents(scores) == [0, 0, 100, 100]


def test_a_blend_has_the_colours_and_statistics_of_both(pictures: tuple[torch.Tensor, torch.Tensor]) -> None:
    content, style = pictures
    encoder = load_encoder("embedded")
    both = Judge(encoder=encoder, styles=[Style(image=style, share=3.0), Style(image=content)], scale=1.0)
    scores = both.scores(content, content)
    alone = Judge(encoder=encoder, styles=[Style(image=style)], scale=1.0).scores(content, content)
    assert scores["style_similarity"]["value"] > alone["style_similarity"]["value"]
    assert scores["palette_distance"]["value"] == pytest.approx(0.75 * alone["palette_distance"]["value"], rel=0.1)
    assert scores["ssim"]["of_style"] == pytest.approx(0.75 * alone["ssim"]["of_style"] + 0.25, abs=1e-3)


def test_a_style_in_its_place(pictures: tuple[torch.Tensor, torch.Tensor]) -> None:
    """With a style on the left half only, what looks like it there and like the content elsewhere is all there is."""
    content, whole = pictures
    style = resize(whole, *content.shape[-2:])
    left = torch.zeros_like(content[:, :1])
    left[..., : content.shape[-1] // 2] = 1
    halves = style * left + content * (1 - left)
    encoder = load_encoder("embedded")
    styles = {
        "masked": Style(image=style, mask=Mask(values=left)),
        "everywhere": Style(image=style),
    }
    found = {name: Judge(encoder=encoder, styles=[one], scale=1.0) for name, one in styles.items()}
    scores = {name: judge.scores(halves, content) for name, judge in found.items()}
    masked, everywhere = scores["masked"], scores["everywhere"]
    # The half that is seen of the style is not all of it, so that it cannot be 100 %.
    assert masked["style_similarity"]["percent"] > everywhere["style_similarity"]["percent"] + 10
    assert masked["palette_distance"]["percent"] > everywhere["palette_distance"]["percent"] + 20
    assert masked["ssim"]["percent"] < 10  # where the style is wanted nothing of the content is left
    by_alpha = Judge(encoder=encoder, styles=[Style(image=style, mask=Mask(values=None))], scale=1.0)
    assert by_alpha.scores(halves, content, left) == scores["masked"]


def test_a_style_at_its_own_scale_and_in_its_layers(pictures: tuple[torch.Tensor, torch.Tensor]) -> None:
    content, style = pictures
    encoder = load_encoder("embedded")

    def similarity(painting: torch.Tensor, *styles: Style) -> float:
        judge = Judge(encoder=encoder, styles=styles, scale=1.0)
        return float(judge.scores(painting, content)["style_similarity"]["value"])

    strokes_of_half = resize(style, *fit(style.shape[-2], style.shape[-1], 48)).repeat(1, 1, 2, 2)
    assert similarity(strokes_of_half, Style(image=style, scale=0.5)) > similarity(strokes_of_half, Style(image=style))
    fine, coarse = Style(image=style, layers=RANGES["fine"]), Style(image=content, layers=RANGES["coarse"])
    alone = similarity(content, Style(image=style))
    assert alone < similarity(content, fine, coarse) < 1  # in the deep layers the content is what was wanted
    assert similarity(content, coarse) == pytest.approx(1)


def test_large_paintings_are_judged_small(judge: Judge, pictures: tuple[torch.Tensor, torch.Tensor]) -> None:
    content, _ = pictures
    large = resize(content, *fit(content.shape[-2], content.shape[-1], 2 * JUDGED))
    scores = judge.scores(large, content)
    assert scores["size"] == JUDGED
    assert scores["ssim"]["percent"] > 99


def test_tiny_and_thin_paintings(judge: Judge) -> None:
    random = torch.Generator().manual_seed(0)
    scores = judge.scores(torch.rand(1, 3, 1, 20, generator=random), torch.rand(1, 3, 2, 40, generator=random))
    assert all(-1 <= scores[name]["value"] <= 1 for name in SCORES)


def test_oklab_of_white_gray_and_red() -> None:
    colours = torch.tensor([[1.0, 1.0, 1.0], [0.5, 0.5, 0.5], [1.0, 0.0, 0.0]]).T.view(1, 3, 1, 3)
    white, gray, red = to_oklab(colours)[0, :, 0].T
    torch.testing.assert_close(white, torch.tensor([1.0, 0.0, 0.0]), atol=1e-3, rtol=0)
    torch.testing.assert_close(gray, torch.tensor([0.5982, 0.0, 0.0]), atol=1e-3, rtol=0)
    torch.testing.assert_close(red, torch.tensor([0.6280, 0.2249, 0.1258]), atol=1e-3, rtol=0)
