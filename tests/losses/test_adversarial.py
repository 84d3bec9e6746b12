"""Each loss against a value worked out by hand, and gradients that point the right way."""

from math import exp, log

import pytest
import torch

from artgan.losses import adversarial
from artgan.losses.adversarial import (
    BCE,
    HINGE,
    LSGAN,
    WASSERSTEIN,
    between,
    discriminator_loss,
    generator_loss,
    matching_loss,
    one_centred_penalty,
    relativistic_discriminator_loss,
    relativistic_generator_loss,
    scores,
    zero_centred_penalty,
)

REAL = torch.tensor([2.0, 0.5])
FAKE = torch.tensor([-1.0, 1.0])


def softplus(x: float) -> float:
    return log(1 + exp(x))


@pytest.mark.parametrize(
    ("loss", "of_discriminator", "of_generator"),
    [
        (
            BCE,
            (softplus(-2) + softplus(-0.5)) / 2 + (softplus(-1) + softplus(1)) / 2,
            (softplus(1) + softplus(-1)) / 2,
        ),
        (HINGE, (0 + 0.5) / 2 + (0 + 2) / 2, 0.0),
        (LSGAN, (1 + 0.25) / 2 + (1 + 1) / 2, (4 + 0) / 2),
        (WASSERSTEIN, -1.25 + 0, 0.0),
    ],
    ids=["bce", "hinge", "lsgan", "wasserstein"],
)
def test_values(loss: adversarial.AdversarialLoss, of_discriminator: float, of_generator: float) -> None:
    assert discriminator_loss(loss, REAL, FAKE).item() == pytest.approx(of_discriminator)
    assert generator_loss(loss, FAKE).item() == pytest.approx(of_generator)


def test_relativistic_values() -> None:
    # differences real - fake are 3 and -0.5
    assert relativistic_discriminator_loss(REAL, FAKE).item() == pytest.approx((softplus(-3) + softplus(0.5)) / 2)
    assert relativistic_generator_loss(REAL, FAKE).item() == pytest.approx((softplus(3) + softplus(-0.5)) / 2)


def test_bce_is_torch_s() -> None:
    logits = torch.cat([REAL, FAKE])
    labels = torch.tensor([1.0, 1, 0, 0])
    both = 2 * torch.nn.functional.binary_cross_entropy_with_logits(logits, labels)
    assert torch.isclose(discriminator_loss(BCE, REAL, FAKE), both)


@pytest.mark.parametrize("name", [*adversarial.LOSSES, "relativistic"])
def test_gradients_pull_real_up_fake_down_and_the_generator_s_up(name: str) -> None:
    real, fake = torch.tensor([0.1, -0.2], requires_grad=True), torch.tensor([0.2, -0.1], requires_grad=True)
    if name == "relativistic":
        first, second = relativistic_discriminator_loss(real, fake), relativistic_generator_loss(real.detach(), fake)
    else:
        loss = adversarial.LOSSES[name]
        first, second = discriminator_loss(loss, real, fake + 0.5), generator_loss(loss, fake)
    on_real, on_fake = torch.autograd.grad(first, [real, fake])
    (on_generated,) = torch.autograd.grad(second, fake)
    assert (on_real < 0).all()
    assert (on_fake > 0).all()
    assert (on_generated < 0).all()


@pytest.mark.parametrize("name", list(adversarial.LOSSES))
def test_losses_of_bfloat16_logits_are_float32(name: str) -> None:
    loss = adversarial.LOSSES[name]
    assert discriminator_loss(loss, REAL.bfloat16(), FAKE.bfloat16()).dtype == torch.float32
    assert generator_loss(loss, FAKE.bfloat16()).dtype == torch.float32


def test_penalties_of_a_linear_discriminator() -> None:
    """D(x) = w x has the gradient w everywhere: R1 is |w|^2 / 2, WGAN-GP's penalty (|w| - 1)^2."""
    weight = torch.tensor([1.0, 2.0, -2.0], requires_grad=True)  # |w| = 3
    images = torch.randn(4, 3, 1, 1, requires_grad=True)
    logits = images.flatten(1) @ weight
    assert zero_centred_penalty(logits, images).item() == pytest.approx(4.5)
    assert one_centred_penalty(logits, images).item() == pytest.approx(4.0)
    # differentiated again: d(|w|^2 / 2) = w, d(|w| - 1)^2 = 2 (|w| - 1) w / |w|
    (first,) = torch.autograd.grad(zero_centred_penalty(logits, images), weight, retain_graph=True)
    (second,) = torch.autograd.grad(one_centred_penalty(logits, images), weight)
    assert torch.allclose(first, weight)
    assert torch.allclose(second, 4 / 3 * weight)


def test_the_penalty_is_a_mean_over_pictures() -> None:
    images = torch.tensor([1.0, 3.0]).view(2, 1, 1, 1).requires_grad_()
    logits = images.flatten() ** 2 / 2  # gradients 1 and 3
    assert zero_centred_penalty(logits, images).item() == pytest.approx((1 + 9) / 2 / 2)
    assert one_centred_penalty(logits, images).item() == pytest.approx((0 + 4) / 2)


def test_between_lies_on_the_lines() -> None:
    real, fake = torch.zeros(50, 3, 2, 2), torch.ones(50, 3, 2, 2)
    images = between(real, fake, torch.Generator().manual_seed(0))
    places = images.flatten(1)
    assert images.requires_grad
    assert torch.equal(places, places[:, :1].expand_as(places))
    assert places.min() < 0.1 < 0.9 < places.max()


def four(average: bool, tags_are_wrong: list[bool], images_are_wrong: list[bool]) -> float:
    return matching_loss(
        WASSERSTEIN,
        right=torch.tensor([5.0, 7.0]),
        fake=torch.tensor([1.0, 3.0]),
        wrong_tags=torch.tensor([10.0, 20.0]),
        wrong_images=torch.tensor([100.0, 300.0]),
        tags_are_wrong=torch.tensor(tags_are_wrong),
        images_are_wrong=torch.tensor(images_are_wrong),
        average=average,
    ).item()


@pytest.mark.parametrize(
    ("tags_are_wrong", "images_are_wrong", "total", "terms"),
    [
        ([True, True], [True, True], 2 + 15 + 200, 3),
        ([True, False], [False, True], 2 + 10 + 300, 3),  # a match by accident does not count
        ([False, False], [True, True], 2 + 200, 2),  # nothing is left: neither does the term
        ([False, False], [False, False], 2, 1),
    ],
)
def test_matching_loss(tags_are_wrong: list[bool], images_are_wrong: list[bool], total: float, terms: int) -> None:
    assert four(False, tags_are_wrong, images_are_wrong) == pytest.approx(-6 + total)
    assert four(True, tags_are_wrong, images_are_wrong) == pytest.approx(-6 + total / terms)


@pytest.mark.parametrize("wrong", [[True, True], [True, False], [False, False]])
def test_averaged_negatives_balance_the_positive(wrong: list[bool]) -> None:
    """Else a Wasserstein critic lowers its loss for ever by a constant added to all logits."""
    logits = torch.zeros((), requires_grad=True)
    all_equal = logits.expand(2)
    chosen = torch.tensor(wrong)
    loss = matching_loss(
        WASSERSTEIN,
        right=all_equal,
        fake=all_equal,
        wrong_tags=all_equal,
        wrong_images=all_equal,
        tags_are_wrong=chosen,
        images_are_wrong=chosen,
        average=True,
    )
    (gradient,) = torch.autograd.grad(loss, logits)
    assert gradient.item() == pytest.approx(0, abs=1e-6)


def test_scores_are_probabilities() -> None:
    told = scores(BCE, REAL, FAKE)
    assert told["score/real"].item() == pytest.approx((1 / (1 + exp(-2)) + 1 / (1 + exp(-0.5))) / 2)
    assert told["score/fake"].item() == pytest.approx(0.5)


@pytest.mark.parametrize("loss", [None, WASSERSTEIN])
def test_scores_of_differences_ignore_a_common_offset(loss: adversarial.AdversarialLoss | None) -> None:
    here, there = scores(loss, REAL, FAKE), scores(loss, REAL + 100, FAKE + 100)
    assert here["score/real"].item() == pytest.approx(there["score/real"].item(), abs=1e-5)
    assert here["score/real"] > 0.5 > here["score/fake"]
