"""Sheets with labels, and loops."""

from pathlib import Path

import numpy as np
import pytest
import torch

from artgan.models.registry import load
from artgan.painting.sampling import Sampler, enlarged
from artgan.painting.sheets import by_one, by_two, latent_loop, tag_loop


@pytest.fixture
def sampler(tiny_models: dict[str, Path]) -> Sampler:
    spec, networks = load(tiny_models["cgan"])
    return Sampler(spec, networks, name="tiny", device=torch.device("cpu"), batch_size=8)


@pytest.fixture
def plain(tiny_models: dict[str, Path]) -> Sampler:
    spec, networks = load(tiny_models["dcgan"])
    return Sampler(spec, networks, name="tiny", device=torch.device("cpu"), batch_size=8)


def picture(sampler: Sampler, seed: int, text: str | None) -> np.ndarray:
    tags = sampler.encode([sampler.tags(seed, sampler.parse_tags(text))])
    return sampler.draw(sampler.latents([seed]), tags)


def alike(first: np.ndarray, second: np.ndarray) -> bool:
    return bool(np.abs(first.astype(int) - second).max() <= 1)


def told(done: int, total: int) -> None:
    assert 0 < done <= total


def test_a_sheet_of_two_groups_has_a_cell_for_every_pair(sampler: Sampler) -> None:
    sheet = by_two(sampler, 3, {}, 0, 1, scale=1)
    body = sheet[-(2 * 64 + 2) :, -(3 * 64 + 4) :]  # enlarged to 64 px
    assert sheet.shape[0] > body.shape[0]
    assert sheet.shape[1] > body.shape[1]
    for down, eyes in enumerate(("gray", "aqua")):
        for across, hair in enumerate(("red", "dark blue", "green")):
            cell = body[66 * down : 66 * down + 64, 66 * across : 66 * across + 64]
            assert alike(cell, enlarged(picture(sampler, 3, f"{hair} hair, {eyes} eyes"), 4)[0])


def test_the_groups_may_be_turned_round(sampler: Sampler) -> None:
    body = by_two(sampler, 3, {}, 1, 0, scale=1)[-(3 * 64 + 4) :, -(2 * 64 + 2) :]
    assert alike(body[-64:, :64], enlarged(picture(sampler, 3, "green hair, gray eyes"), 4)[0])


def test_a_sheet_of_one_group_has_a_row_a_seed(sampler: Sampler) -> None:
    sheet = by_one(sampler, [5, 8], sampler.parse_tags("gray eyes"), 0, scale=5)
    body = sheet[-(2 * 80 + 2) :, -(3 * 80 + 4) :]
    assert alike(body[-80:, :80], enlarged(picture(sampler, 8, "red hair, gray eyes"), 5)[0])


def test_a_loop_through_latents_stops_at_every_seed(plain: Sampler) -> None:
    frames = latent_loop(plain, [2, 7, 4], {}, frames=12, scale=2, progress=told)
    assert len(frames) == 12
    for place, seed in ((0, 2), (4, 7), (8, 4)):
        assert alike(frames[place], enlarged(picture(plain, seed, None), 2)[0])
    steps = [np.abs(a.astype(int) - b).mean() for a, b in zip(frames, [*frames[1:], frames[0]], strict=True)]
    assert min(steps) > 0
    assert max(steps) < 4 * float(np.mean(steps)), "no jump, at the seam neither"


def test_a_loop_through_latents_takes_its_tags_along(sampler: Sampler) -> None:
    frames = latent_loop(sampler, [2, 7], {}, frames=4, scale=1, progress=told)
    assert alike(frames[2], picture(sampler, 7, None)[0])
    fixed = latent_loop(sampler, [2, 7], sampler.parse_tags("red hair, gray eyes"), frames=4, scale=1, progress=told)
    assert alike(fixed[2], picture(sampler, 7, "red hair, gray eyes")[0])


@pytest.mark.parametrize("seeds", [[6], list(range(5))])
def test_a_loop_through_tags_stops_at_every_value(sampler: Sampler, seeds: list[int]) -> None:
    frames = tag_loop(sampler, seeds, sampler.parse_tags("aqua eyes"), 0, frames=None, scale=1, progress=told)
    assert len(frames) == 3 * 24
    for number, hair in enumerate(("red", "dark blue", "green")):
        assert alike(frames[24 * number][:16, :16], picture(sampler, seeds[0], f"{hair} hair, aqua eyes")[0])
    assert frames[0].shape == ((16, 16, 3) if len(seeds) == 1 else (34, 52, 3))
