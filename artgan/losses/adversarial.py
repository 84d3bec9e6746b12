"""Losses of generative adversarial networks: logits in, scalar out.

A logit above zero means real. Logits are (N,), or maps of any shape, of which the mean is taken; whatever they come in,
losses are float32. G's losses are the non-saturating ones.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

Pointwise = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class AdversarialLoss:
    """How logits are rewarded, one by one.

    Attributes:
        real: D's loss of a picture that is real (and, where there are tags, shown with the right ones).
        fake: D's loss of one that is not.
        generated: G's loss of its own picture.
        absolute: whether the logit alone says real or fake; when not, only differences of logits mean something.
        undecided: the logit that says neither.
    """

    real: Pointwise
    fake: Pointwise
    generated: Pointwise
    absolute: bool = True
    undecided: float = 0.0

    def probability(self, logits: Tensor) -> Tensor:
        """How real the logits hold what they judge, in [0, 1], 0.5 being undecided."""
        return logits.sigmoid() if self.undecided == 0 else logits.clamp(0, 2 * self.undecided) / (2 * self.undecided)


def _softplus_of_minus(logits: Tensor) -> Tensor:
    return F.softplus(-logits)


BCE = AdversarialLoss(_softplus_of_minus, F.softplus, _softplus_of_minus)
"""Binary cross-entropy of sigmoid(logits) (Goodfellow et al. 2014, arXiv:1406.2661, with G's loss of section 3)."""

HINGE = AdversarialLoss(lambda logits: F.relu(1 - logits), lambda logits: F.relu(1 + logits), torch.neg)
"""Margins of one (Lim and Ye 2017, arXiv:1705.02894)."""

LSGAN = AdversarialLoss(
    lambda logits: (logits - 1).square(), torch.square, lambda logits: (logits - 1).square(), undecided=0.5
)
"""Squares of the distance to 1 and 0 (Mao et al. 2017, arXiv:1611.04076, without its halves, as CycleGAN has it)."""

WASSERSTEIN = AdversarialLoss(torch.neg, torch.clone, torch.neg, absolute=False)
"""Differences of means (Arjovsky et al. 2017, arXiv:1701.07875): D must be kept smooth by a penalty."""

LOSSES: Mapping[str, AdversarialLoss] = {"bce": BCE, "hinge": HINGE, "lsgan": LSGAN, "wasserstein": WASSERSTEIN}


def discriminator_loss(loss: AdversarialLoss, real: Tensor, fake: Tensor) -> Tensor:
    """D's loss of real pictures plus that of fake ones."""
    return loss.real(real.float()).mean() + loss.fake(fake.float()).mean()


def generator_loss(loss: AdversarialLoss, fake: Tensor) -> Tensor:
    """G's loss of its own pictures."""
    return loss.generated(fake.float()).mean()


def relativistic_discriminator_loss(real: Tensor, fake: Tensor) -> Tensor:
    """RpGAN (Jolicoeur-Martineau 2018, arXiv:1807.00734; Huang et al. 2025, arXiv:2501.05441, eq. 2): D is to hold each
    real picture for more real than the fake one beside it."""
    return F.softplus(fake.float() - real.float()).mean()


def relativistic_generator_loss(real: Tensor, fake: Tensor) -> Tensor:
    """The reverse of `relativistic_discriminator_loss`."""
    return F.softplus(real.float() - fake.float()).mean()


def zero_centred_penalty(logits: Tensor, images: Tensor) -> Tensor:
    """Half the mean squared norm of D's gradient at pictures: R1 at real ones, R2 at fake ones (Mescheder et al. 2018,
    arXiv:1801.04406, eq. 9), still to be multiplied by gamma.

    `logits` (N,) come from `images` (N, 3, H, W), which must require gradients, without batch norm, which would let
    one picture's logit depend on others. It can be differentiated again.
    """
    return _gradients(logits, images).square().sum(1).mean() / 2


def one_centred_penalty(logits: Tensor, images: Tensor) -> Tensor:
    """Mean of (|gradient| - 1)^2: WGAN-GP's (Gulrajani et al. 2017, arXiv:1704.00028, eq. 3), with the pictures from
    `between`; otherwise as `zero_centred_penalty`."""
    norms: Tensor = torch.linalg.vector_norm(_gradients(logits, images), dim=1)
    return (norms - 1).square().mean()


def between(real: Tensor, fake: Tensor, random: torch.Generator) -> Tensor:
    """Pictures (N, 3, H, W) at a place drawn uniformly on the line from each real to each fake one, requiring
    gradients; the CPU generator `random` draws."""
    place = torch.rand(len(real), 1, 1, 1, generator=random).to(real.device)
    return torch.lerp(real.detach(), fake.detach(), place).requires_grad_()


def _gradients(logits: Tensor, images: Tensor) -> Tensor:
    """The gradient of each picture's logit, flat, (N, 3 H W)."""
    (gradients,) = torch.autograd.grad(logits.float().sum(), images, create_graph=True)
    return gradients.float().flatten(1)


def matching_loss(
    loss: AdversarialLoss,
    *,
    right: Tensor,
    fake: Tensor,
    wrong_tags: Tensor,
    wrong_images: Tensor,
    tags_are_wrong: Tensor,
    images_are_wrong: Tensor,
    average: bool,
) -> Tensor:
    """D's four matching-aware losses (Reed et al. 2016, arXiv:1605.05396, algorithm 1, and the report's fourth).

    Args:
        loss: how single logits are rewarded.
        right: logits (N,) of real pictures with their tags.
        fake: of G's pictures with the tags they were drawn from.
        wrong_tags: of real pictures with tags of others.
        wrong_images: of other real pictures with these tags.
        tags_are_wrong: (N,) bool; False where wrong tags happen to be right, which is then no reason to be held fake.
        images_are_wrong: (N,) bool, the same for wrong pictures.
        average: weigh the negatives so that together they count as much as the positive; else sum all four.

    A negative of which nothing is left is left out, from the average too.
    """
    one = torch.ones((), device=right.device)
    negatives = [
        (loss.fake(fake.float()).mean(), one),
        _mean_where(loss.fake(wrong_tags.float()), tags_are_wrong),
        _mean_where(loss.fake(wrong_images.float()), images_are_wrong),
    ]
    total = torch.stack([value for value, _ in negatives]).sum()
    if average:
        total = total / torch.stack([there for _, there in negatives]).sum()
    return loss.real(right.float()).mean() + total


def _mean_where(values: Tensor, chosen: Tensor) -> tuple[Tensor, Tensor]:
    """The mean of the chosen values (0 when there are none), and 1.0 when there are some, else 0.0."""
    count = chosen.sum()
    return torch.where(chosen, values, 0).sum() / count.clamp(min=1), (count > 0).float()


def scores(loss: AdversarialLoss | None, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
    """How real D holds real and fake pictures, in [0, 1], 0.5 meaning that it cannot tell; for the log, detached.

    Where only differences of logits mean something (no `loss`: the relativistic one), each kind is judged against the
    other's mean.
    """
    real, fake = real.detach().float(), fake.detach().float()
    if loss is None or not loss.absolute:
        real, fake = real - fake.mean(), fake - real.mean()
        return {"score/real": real.sigmoid().mean(), "score/fake": fake.sigmoid().mean()}
    return {"score/real": loss.probability(real).mean(), "score/fake": loss.probability(fake).mean()}
