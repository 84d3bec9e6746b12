"""Augmentation: reproducible, differentiable, and nothing at all with probability zero."""

import pytest
import torch

from artgan.config.gan import AUGMENTATIONS
from artgan.data.augment import CUTOUT, KINDS, SHIFT, augment, mirror


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


IMAGES = torch.rand(12, 3, 16, 16, generator=generator(9)) * 2 - 1


def test_the_options_name_every_kind() -> None:
    assert tuple(KINDS) == AUGMENTATIONS


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_generator_makes_the_same_changes(kind: str) -> None:
    first, second = (augment(IMAGES, [kind], generator(1)) for _ in range(2))
    assert torch.equal(first, second)
    assert not torch.equal(first, augment(IMAGES, [kind], generator(2)))
    assert first.shape == IMAGES.shape


@pytest.mark.parametrize("kind", KINDS)
def test_probability_zero_changes_nothing(kind: str) -> None:
    assert torch.equal(augment(IMAGES, [kind], generator(), probability=0.0), IMAGES)


@pytest.mark.parametrize("kind", KINDS)
def test_probability_is_the_share_of_pictures_changed(kind: str) -> None:
    images = IMAGES[:1].expand(400, 3, 16, 16)
    changed = augment(images, [kind], generator(), probability=torch.tensor(0.3))
    share = (changed != images).flatten(1).any(1).float().mean()
    assert share == pytest.approx(0.3, abs=0.07)


def test_each_picture_is_changed_as_alone_in_its_place() -> None:
    """What happens to a picture does not depend on what else is in the batch."""
    others = IMAGES.clone()
    others[1:] = 0
    kinds = list(KINDS)
    assert torch.allclose(augment(IMAGES, kinds, generator())[0], augment(others, kinds, generator())[0], atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_differentiable_twice(kind: str) -> None:
    images = IMAGES[:2, :, :4, :4].double().requires_grad_()
    assert torch.autograd.gradcheck(lambda x: augment(x, [kind], generator(3)), images)
    weights = torch.randn(48, dtype=torch.float64, generator=generator()).requires_grad_()
    logits = augment(images, [kind], generator(3)).tanh().flatten(1) @ weights
    (gradient,) = torch.autograd.grad(logits.sum(), images, create_graph=True)
    (again,) = torch.autograd.grad(gradient.square().sum(), weights)
    assert again.abs().sum() > 0


def test_translation_moves_whole_pixels_and_fills_with_gray() -> None:
    marked = torch.zeros(200, 3, 16, 16)
    marked[:, :, 5, 7] = 1
    moved = augment(marked, ["translation"], generator())[:, 0]
    assert torch.equal(moved.flatten(1).sum(1), torch.ones(200))
    _, rows, columns = moved.nonzero().T
    reach = int(16 * SHIFT)
    assert set((rows - 5).tolist()) == set((columns - 7).tolist()) == set(range(-reach, reach + 1))
    solid = augment(torch.ones(50, 3, 16, 16), ["translation"], generator(1))
    assert set(solid.unique().tolist()) == {0.0, 1.0}


def test_cutout_is_a_gray_square() -> None:
    cut = augment(torch.ones(100, 3, 16, 16), ["cutout"], generator())[:, 0] == 0
    sides = cut.any(2).sum(1)
    assert sides.max() == 16 * CUTOUT
    assert torch.equal(cut.flatten(1).sum(1), cut.any(1).sum(1) * sides)


def test_colours_stay_where_they_are() -> None:
    """A picture without edges gets none."""
    flat = torch.tensor([0.5, -0.2, 0.1]).view(1, 3, 1, 1).expand(20, 3, 8, 8)
    changed = augment(flat, ["color"], generator())
    assert torch.allclose(changed, changed[:, :, :1, :1].expand_as(changed), atol=1e-6)
    assert changed[:, 0, 0, 0].std() > 0.1


def test_mirror_flips_half() -> None:
    images = IMAGES[:1].expand(400, 3, 16, 16)
    flipped = mirror(images, generator())
    same = (flipped == images).flatten(1).all(1)
    assert torch.equal(flipped[~same], images[~same].flip(3))
    assert same.float().mean() == pytest.approx(0.5, abs=0.08)
