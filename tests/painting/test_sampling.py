"""Seeds and tags in, pictures out."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from artgan.errors import UsageError
from artgan.models.registry import ModelSpec, load
from artgan.painting.sampling import Sampler, enlarged

Make = Callable[..., Sampler]


@pytest.fixture
def sampler(tiny_models: dict[str, Path]) -> Make:
    def make(architecture: str = "cgan", **options: Any) -> Sampler:
        spec, networks = load(tiny_models[architecture])
        return Sampler(spec, networks, name="tiny", device=torch.device("cpu"), **options)

    return make


def draw(sampler: Sampler, seeds: list[int], text: str | None = None) -> np.ndarray:
    given = sampler.parse_tags(text)
    return sampler.draw(sampler.latents(seeds), sampler.encode([sampler.tags(seed, given) for seed in seeds]))


@pytest.mark.parametrize("architecture", ["dcgan", "cgan"])
def test_a_picture_belongs_to_its_seed(sampler: Make, architecture: str) -> None:
    together = draw(sampler(architecture), [4, 1, 9, 0, 7])
    assert together.shape == (5, 16, 16, 3)
    assert together.dtype == np.uint8
    assert together.std() > 10
    assert len({picture.tobytes() for picture in together}) == 5
    for place, seed in enumerate([4, 1, 9, 0, 7]):
        assert np.array_equal(draw(sampler(architecture), [seed])[0], together[place])


@pytest.mark.parametrize("batch_size", [2, 5, 64])
def test_batches_change_no_level_by_more_than_one(sampler: Make, batch_size: int) -> None:
    one = draw(sampler(), list(range(7))).astype(int)
    assert np.abs(one - draw(sampler(batch_size=batch_size), list(range(7)))).max() <= 1


def test_bfloat16_is_another_arithmetic(sampler: Make) -> None:
    exact, coarse = draw(sampler(), [0, 1]), draw(sampler(precision=torch.bfloat16), [0, 1])
    assert 0 < np.abs(exact.astype(int) - coarse).max() < 40


def test_levels_are_those_of_minus_one_to_one(sampler: Make) -> None:
    class Ramp(nn.Module):
        latent_dim = 2

        def forward(self, z: torch.Tensor) -> torch.Tensor:
            return torch.tensor([-1.2, -1.0, 0.0, 1.0, 1.2]).repeat(len(z), 3, 1, 1)

    spec = ModelSpec(architecture="dcgan", version=1, options={})
    ramp = Sampler(spec, {"generator": Ramp()}, name="ramp", device=torch.device("cpu"))
    assert ramp.draw(ramp.latents([0]), None)[0, 0, :, 0].tolist() == [0, 0, 128, 255, 255]


def test_tags_are_as_given_and_else_drawn_with_the_seed(sampler: Make) -> None:
    tiny = sampler()
    free = [tiny.tags(seed, {}) for seed in range(40)]
    assert free == [tiny.tags(seed, {}) for seed in range(40)]
    assert {tags["hair"] for tags in free} == {("red",), ("dark blue",), ("green",)}
    assert {tags["eyes"] for tags in free} == {("gray",), ("aqua",)}
    given = tiny.parse_tags("dark_blue hair")
    for seed, tags in enumerate(free):
        assert tiny.tags(seed, given) == {"hair": ("dark blue",), "eyes": tags["eyes"]}
    assert np.array_equal(tiny.encode([{"hair": ("green",), "eyes": ("gray",)}]), [[0, 0, 1, 1, 0]])


def test_tags_change_the_picture_and_not_the_latent(sampler: Make) -> None:
    red, green = (draw(sampler(), [3], f"{colour} hair, gray eyes") for colour in ("red", "green"))
    assert not np.array_equal(red, green)
    assert torch.equal(sampler("dcgan").latents([3]), sampler().latents([3]))


@pytest.mark.parametrize(("text", "hint"), [("reed hair", "red hair"), ("grey eye", "gray eyes"), ("hat", None)])
def test_unknown_tags_name_the_nearest(sampler: Make, text: str, hint: str | None) -> None:
    with pytest.raises(UsageError, match="no tag") as caught:
        sampler().parse_tags(text)
    assert hint is None or f"Did you mean '{hint}'?" in str(caught.value)


def test_groups(sampler: Make) -> None:
    assert sampler().group("eyes") == 1
    with pytest.raises(UsageError, match=r"only hair and eyes\. Did you mean 'hair'"):
        sampler().group("hairs")


def test_a_model_without_tags_says_so(sampler: Make) -> None:
    plain = sampler("dcgan")
    assert (plain.parse_tags(None), plain.tags(0, {}), plain.encode([{}])) == ({}, {}, None)
    for ask in (lambda: plain.parse_tags("red hair"), plain.group_names):
        with pytest.raises(UsageError, match="'tiny' was trained without tags"):
            ask()


def test_a_model_that_draws_nothing_is_refused() -> None:
    spec = ModelSpec(architecture="cyclegan", version=1, options={})
    with pytest.raises(UsageError, match="repaints others"):
        Sampler(spec, {"photo->monet": nn.Identity()}, name="x", device=torch.device("cpu"))


def test_truncation_calms(sampler: Make) -> None:
    assert float(sampler(truncation=0.5).latents([0, 1]).abs().max()) <= 0.5


def test_enlarging_keeps_the_picture() -> None:
    ramp = np.linspace(20, 230, 16, dtype=np.float32)
    pictures = np.stack([np.tile(ramp[:, None, None], (1, 16, 3)), np.tile(ramp[None, :, None], (16, 1, 3))])
    pictures = pictures.round().astype(np.uint8)
    large = enlarged(pictures, 3)
    assert large.shape == (2, 48, 48, 3)
    assert np.abs(large.reshape(2, 16, 3, 16, 3, 3).mean((2, 4)) - pictures).max() < 3
    assert enlarged(pictures, 1) is pictures
