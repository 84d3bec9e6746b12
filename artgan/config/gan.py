"""Options that the unconditional and the conditional GAN share. Standard library only."""

from dataclasses import dataclass
from typing import Literal

from artgan.config.fields import option
from artgan.config.train import TrainConfig
from artgan.errors import UsageError, did_you_mean

NETWORKS = "Networks"
LOSS = "Loss"
AUGMENTATION = "Augmentation"

AUGMENTATIONS = ("color", "translation", "cutout")


@dataclass(frozen=True, kw_only=True)
class GanConfig(TrainConfig):
    """A generator of pictures from noise, trained against a discriminator."""

    width: int = option(64, "Channels of the networks' largest maps.", panel=NETWORKS, minimum=1, maximum=1024)
    latent_dim: int = option(100, "Numbers of noise that a picture is drawn from.", panel=NETWORKS, minimum=1)
    upsample: Literal["transpose", "nearest", "bilinear"] = option(
        "transpose",
        "How the generator doubles a map: a transposed convolution (the originals'), or nearest or bilinear "
        "interpolation and a convolution, which make no checkerboards.",
        panel=NETWORKS,
    )
    augment: str = option(
        "none",
        "Differentiable augmentation of what the discriminator sees: color, translation, cutout, several with commas, "
        "or none.",
        panel=AUGMENTATION,
        metavar="KINDS",
    )
    augment_probability: float = option(
        1.0, "Probability of each change; where it starts if it is adapted.", panel=AUGMENTATION, minimum=0, maximum=1
    )

    def __post_init__(self) -> None:
        """Check what types and ranges cannot say."""
        super().__post_init__()
        augmentation_kinds(self.augment)

    @property
    def augmentations(self) -> tuple[str, ...]:
        """The kinds of augmentation, in order."""
        return augmentation_kinds(self.augment)


def augmentation_kinds(text: str) -> tuple[str, ...]:
    """The kinds in "color,cutout", in order; of "none", nothing. Raises UsageError for another word."""
    kinds = () if text == "none" else tuple(kind.strip() for kind in text.split(","))
    for kind in kinds:
        if kind not in AUGMENTATIONS:
            known = ", ".join(AUGMENTATIONS)
            raise UsageError(f"--augment takes {known} or none, not '{kind}'.{did_you_mean(kind, AUGMENTATIONS)}")
    return kinds
