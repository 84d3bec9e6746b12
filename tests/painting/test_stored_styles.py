"""Averages of paintings' statistics: by hand, and the same style as the picture's own."""

from pathlib import Path

import pytest
import torch

from artgan.config.transfer import TransferConfig
from artgan.losses.moments import feature_moments
from artgan.losses.perceptual import gram_matrix
from artgan.models.encoder_weights import load_encoder
from artgan.painting.pyramid import fit, resize
from artgan.painting.room import Room
from artgan.painting.stored_styles import StoredStyle, StyleAverage
from artgan.painting.styles import Style
from artgan.painting.styling import StylePainter

LAYERS = ["relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1"]


def picture(seed: int, height: int = 40, width: int = 60) -> torch.Tensor:
    return torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(seed))


def average(weights: Path, *pictures: tuple[torch.Tensor, float], sides: tuple[int, ...] = (32, 48)) -> StoredStyle:
    encoder = load_encoder("auto", weights=weights)
    gathered = StyleAverage(encoder=encoder, layers=LAYERS, sides=sides, colours=10)
    for image, share in pictures:
        gathered.add(image, share)
    return gathered.finish()


def test_an_average_is_the_mean_of_second_moments_and_means_by_share(tiny_encoder: Path) -> None:
    one, other = picture(0), picture(1)
    style = average(tiny_encoder, (one, 3.0), (other, 1.0))
    encoder = load_encoder("auto", weights=tiny_encoder)
    features = [encoder(resize(image, *fit(40, 60, 48)), LAYERS)["relu3_1"] for image in (one, other)]
    wanted = 0.75 * gram_matrix(features[0]) + 0.25 * gram_matrix(features[1])
    torch.testing.assert_close(style.moments[48]["relu3_1"], wanted)
    means = 0.75 * features[0].mean((2, 3)) + 0.25 * features[1].mean((2, 3))
    torch.testing.assert_close(style.means[48]["relu3_1"], means)
    both = style.at(48, with_means=True)["relu3_1"]
    torch.testing.assert_close(both, 0.75 * feature_moments(features[0]) + 0.25 * feature_moments(features[1]))
    assert style.palette.shape == (20, 3)


def test_paintings_are_never_enlarged(tiny_encoder: Path) -> None:
    style = average(tiny_encoder, (picture(0), 1.0), sides=(48, 60, 200))
    assert torch.equal(style.moments[60]["relu1_1"], style.moments[200]["relu1_1"])
    assert not torch.equal(style.moments[48]["relu1_1"], style.moments[60]["relu1_1"])


def test_the_nearest_stored_size_is_taken_by_ratio(tiny_encoder: Path) -> None:
    style = average(tiny_encoder, (picture(0), 1.0), sides=(20, 40))
    assert style.sides == [20, 40]
    for side, nearest in ((5, 20), (20, 20), (28, 20), (29, 40), (1000, 40)):
        assert style.at(side) is style.moments[nearest], side


@pytest.mark.parametrize("optimizer", ["adam", "lbfgs"])
def test_painting_with_a_stored_style_is_painting_with_the_picture(tiny_encoder: Path, optimizer: str) -> None:
    image = picture(0, 48, 64)
    sides = (22, 45, 32, 64)  # those of a pyramid of two scales, for two sizes of style
    stored = average(tiny_encoder, (image, 1.0), sides=sides)
    encoder = load_encoder("auto", weights=tiny_encoder)
    config = TransferConfig(steps=4, scales=2, style_scale=0.5, precision="float32", optimizer=optimizer)
    painted = [
        StylePainter(config=config, encoder=encoder, styles=[Style(image=style)], size=64, seed=0)
        .paint(picture(3, 48, 64), lambda iterate, scales: None, lambda: False)
        .image
        for style in (image, stored)
    ]
    assert torch.equal(*painted)


def test_large_paintings_are_seen_in_tiles(tiny_encoder: Path) -> None:
    encoder = load_encoder("auto", weights=tiny_encoder)
    large = resize(picture(3), 220, 330)
    found = []
    for room in (Room(), Room(pixels=200**2)):
        gathered = StyleAverage(encoder=encoder, layers=["relu1_1", "relu5_1"], sides=[330], colours=10, room=room)
        gathered.add(large, 0.5)
        found.append(gathered.finish())
        assert room.cut == (room.pixels < 220 * 330)
    for layer in ("relu1_1", "relu5_1"):
        assert torch.allclose(found[0].moments[330][layer], found[1].moments[330][layer], rtol=1e-4, atol=1e-6)
        assert torch.allclose(found[0].means[330][layer], found[1].means[330][layer], rtol=1e-4, atol=1e-6)


def test_no_paintings(tiny_encoder: Path) -> None:
    with pytest.raises(ValueError, match="no paintings"):
        average(tiny_encoder)
