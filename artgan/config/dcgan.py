"""Options of `artgan train dcgan`. Standard library only."""

from dataclasses import dataclass
from typing import Literal

from artgan.config.fields import option
from artgan.config.gan import AUGMENTATION, LOSS, NETWORKS, GanConfig
from artgan.config.train import TRAINING
from artgan.errors import UsageError

SMALL_DATA = 5000
"""Below this many pictures the recipe `small` is taken when none is named."""


@dataclass(frozen=True, kw_only=True)
class DcganConfig(GanConfig):
    """DCGAN (Radford et al. 2016). The defaults are the paper's; Adam's second beta, which it leaves as it was, is
    0.999, as in PyTorch's public example."""

    discriminator_norm: Literal["batch", "none", "spectral"] = option(
        "batch",
        "Normalisation in the discriminator: batch (the paper's), none, or spectral (of the weights).",
        panel=NETWORKS,
    )
    loss: Literal["bce", "hinge", "relativistic"] = option(
        "bce",
        "bce (the paper's), hinge, or relativistic (each real picture against a fake one).",
        panel=LOSS,
    )
    r1: float = option(0.0, "Gamma of R1, the gradient penalty at real pictures; 0 is none.", panel=LOSS, minimum=0)
    r2: float = option(0.0, "Gamma of R2, the gradient penalty at fake pictures; 0 is none.", panel=LOSS, minimum=0)
    penalty_every: int = option(
        1, "Steps between gradient penalties, which then weigh that many times as much.", panel=LOSS, minimum=1
    )
    beta1: float = option(0.5, "Adam's decay of the mean of gradients.", panel=TRAINING, minimum=0, maximum=0.9999)
    beta2: float = option(0.999, "Adam's decay of the mean of squares.", panel=TRAINING, minimum=0, maximum=0.99999)
    augment_target: float | None = option(
        None,
        "Adapt the probability of augmentation so that the discriminator is this sure of training pictures: the mean "
        "sign of its logits, 0.6 in the ADA paper.",
        panel=AUGMENTATION,
        minimum=0,
        maximum=1,
    )

    def __post_init__(self) -> None:
        """Check what types and ranges cannot say."""
        super().__post_init__()
        if (self.r1 or self.r2) and self.discriminator_norm == "batch":
            raise UsageError("--r1 and --r2 need --discriminator-norm none or spectral: batch norm mixes the pictures")
        if self.augment_target is not None and not self.augmentations:
            raise UsageError("--augment-target needs --augment, such as color,translation,cutout")
        if self.augment_target is not None and self.loss == "relativistic":
            raise UsageError("--augment-target needs --loss bce or hinge: relativistic logits have no sign")
