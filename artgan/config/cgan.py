"""Options of `artgan train cgan`. Standard library only."""

from dataclasses import dataclass
from typing import Literal

from artgan.config.fields import option
from artgan.config.gan import LOSS, NETWORKS, GanConfig
from artgan.config.train import TRAINING
from artgan.errors import UsageError


@dataclass(frozen=True, kw_only=True)
class CganConfig(GanConfig):
    """The conditional GAN of tagged faces. The defaults are the report's, except for --negatives."""

    discriminator_norm: Literal["none", "batch", "spectral"] = option(
        "none", "Normalisation in the discriminator: none (the report's), batch, or spectral.", panel=NETWORKS
    )
    loss: Literal["bce", "hinge", "wgan-gp"] = option(
        "bce",
        "bce (the report's), hinge, or wgan-gp (its first attempt: the tags pass a dense layer, a gradient penalty).",
        panel=LOSS,
    )
    negatives: Literal["average", "sum"] = option(
        "average",
        "Weight of a fake picture, wrong tags and a wrong picture: together as much as a real picture with its tags "
        "(average), or each as much (sum, the report's).",
        panel=LOSS,
    )
    gradient_penalty: float = option(10.0, "Weight of the gradient penalty of wgan-gp.", panel=LOSS, minimum=0)
    critic_steps: int | None = option(
        None,
        "Steps of the discriminator for one of the generator; 1, for wgan-gp 5.",
        panel=LOSS,
        minimum=1,
        maximum=100,
    )
    group_dropout: float = option(
        0.1,
        "Probability that a group of tags, such as hair, is hidden, so that pictures can be drawn without naming it.",
        panel=LOSS,
        minimum=0,
        maximum=0.9,
    )
    beta1: float | None = option(
        None, "Adam's decay of the mean of gradients; 0.5, for wgan-gp 0.", panel=TRAINING, minimum=0, maximum=0.9999
    )
    beta2: float | None = option(
        None, "Adam's decay of the mean of squares; 0.99, for wgan-gp 0.9.", panel=TRAINING, minimum=0, maximum=0.99999
    )

    def __post_init__(self) -> None:
        """Check what types and ranges cannot say."""
        super().__post_init__()
        if self.loss == "wgan-gp" and self.negatives == "sum":
            raise UsageError("--loss wgan-gp needs --negatives average: with the sum it has no lower bound")
        if self.loss == "wgan-gp" and self.discriminator_norm == "batch":
            raise UsageError(
                "--loss wgan-gp needs --discriminator-norm none or spectral: batch norm mixes the pictures"
            )

    @property
    def betas(self) -> tuple[float, float]:
        """Adam's, after the loss."""
        usual = (0.0, 0.9) if self.loss == "wgan-gp" else (0.5, 0.99)
        given = (self.beta1, self.beta2)
        return (usual[0] if given[0] is None else given[0], usual[1] if given[1] is None else given[1])

    @property
    def discriminator_steps(self) -> int:
        """Steps of the discriminator for one of the generator."""
        return self.critic_steps or (5 if self.loss == "wgan-gp" else 1)
