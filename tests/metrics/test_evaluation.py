"""Scores of sets of pictures through a small encoder: what is better must score better."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from artgan.metrics.evaluation import Evaluator
from artgan.metrics.features import Features
from artgan.models.encoder_weights import load_encoder


@pytest.fixture(scope="module")
def features(tiny_encoder: Path) -> Features:
    return Features(load_encoder("auto", weights=tiny_encoder))


def drawings(count: int, seed: int) -> torch.Tensor:
    """uint8 (N, 3, 32, 32): a disc of some colour on a ground of another."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:32, 0:32]
    pictures = np.empty((count, 32, 32, 3), np.uint8)
    for picture in pictures:
        ground, disc = rng.integers(0, 256, (2, 3))
        inside = (x - rng.uniform(10, 22)) ** 2 + (y - rng.uniform(10, 22)) ** 2 < rng.uniform(4, 10) ** 2
        picture[:] = np.where(inside[..., None], disc, ground)
    return torch.from_numpy(pictures).permute(0, 3, 1, 2)


def floats(images: torch.Tensor) -> torch.Tensor:
    return images.float() / 127.5 - 1


def test_scores_order_samples_as_a_person_would(features: Features) -> None:
    evaluator = Evaluator(features, drawings(200, 0), drawings(60, 1))
    fresh = evaluator(floats(drawings(100, 2)))
    noise = evaluator(torch.rand(100, 3, 32, 32, generator=torch.Generator().manual_seed(0)) * 2 - 1)
    copies = evaluator(floats(drawings(200, 0)[:100]))
    one = evaluator(floats(drawings(1, 3)).repeat(100, 1, 1, 1))
    assert fresh.scores.sliced < 1.5 * fresh.floor.sliced
    assert fresh.scores.frechet < 2 * fresh.floor.frechet
    for worse in (noise, one):
        assert worse.scores.kernel > 3 * abs(fresh.scores.kernel)
        assert worse.scores.frechet > 2 * fresh.scores.frechet
        assert worse.scores.sliced > 2 * fresh.scores.sliced
        assert worse.scores.recall < fresh.scores.recall
    assert copies.originality == pytest.approx(0, abs=1e-3)
    assert fresh.originality is not None
    assert fresh.originality > 0.5
    assert one.ms_ssim > fresh.ms_ssim
    assert evaluator.quick(floats(drawings(100, 2))) == pytest.approx((fresh.scores.sliced, fresh.ms_ssim))


def test_few_real_pictures_are_further_away_than_many(features: Features) -> None:
    evaluator = Evaluator(features, drawings(200, 0))
    assert evaluator.floor_of(100) == evaluator.floor_of(1000) == pytest.approx(evaluator.floor.sliced)
    assert evaluator.floor_of(8) > 1.5 * evaluator.floor.sliced


def test_copies_of_what_is_not_among_the_reals_are_noticed(features: Features) -> None:
    evaluator = Evaluator(features, drawings(80, 0), drawings(40, 1))
    others = drawings(50, 4)
    unnoticed, noticed = evaluator(floats(others)), evaluator(floats(others), others)
    assert unnoticed.originality is not None
    assert unnoticed.originality > 0.5
    assert noticed.originality == pytest.approx(0, abs=1e-3)
    assert (unnoticed.originality_pictures, noticed.originality_pictures) == (80, 130)
    assert noticed.scores == unnoticed.scores


def test_every_figure_says_what_it_was_measured_on(features: Features) -> None:
    evaluator = Evaluator(features, drawings(40, 0))
    assert evaluator.samples == 20
    result = evaluator(floats(drawings(15, 1))).as_dict()
    assert (result["scores"]["reals"], result["scores"]["samples"]) == (20, 15)
    assert (result["floor"]["reals"], result["floor"]["samples"]) == (20, 20)
    assert "relu3_1" in result["scores"]["features"]
    assert result["originality"] is None
    json.dumps(result)


@pytest.mark.parametrize("size", [16, 32, 64, 200])
def test_features_take_every_size_and_both_kinds_of_pixels(features: Features, size: int) -> None:
    images = torch.randint(0, 256, (3, 3, size, size), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    seen = features(images)
    assert seen.shape[0] == 3
    assert seen.dtype == torch.float32
    torch.testing.assert_close(seen, features(floats(images)), rtol=1e-3, atol=1e-3)


def test_thin_features_measure_as_the_ones_they_stand_for(tiny_encoder: Path) -> None:
    from artgan.io.checkpoints import load_tensors

    encoder = load_encoder("auto", weights=tiny_encoder)
    seen = Features(encoder)(drawings(2, 0))
    heads = load_tensors(tiny_encoder)[0]
    images = torch.nn.functional.interpolate(drawings(2, 0).float() / 255, size=(64, 64), mode="bilinear")
    whole = torch.cat(
        [
            encoder(images, [layer])[layer].mean(dim=(2, 3)) @ heads["head" + layer.removeprefix("relu")].T
            for layer in ("relu3_1", "relu4_1")
        ],
        dim=1,
    )
    assert torch.dist(seen[0], seen[1]) == pytest.approx(float(torch.dist(whole[0], whole[1])), rel=1e-3)
