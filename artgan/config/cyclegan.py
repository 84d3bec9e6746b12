"""Options of `artgan train cyclegan`. Standard library only."""

import re
from dataclasses import dataclass
from typing import Literal

from artgan.config.fields import option
from artgan.config.gan import AUGMENTATION, LOSS, NETWORKS, augmentation_kinds
from artgan.config.train import TRAINING, TrainConfig
from artgan.errors import UsageError

DOMAINS = "Domains"
SMALL_DOMAIN = 1000
"""Below this many pictures in a domain the recipe `small` is taken when none is named."""

_NAME = re.compile(r"[A-Za-z0-9_-]+")

LARGE = 256
"""From this side on a ResNet has the paper's 9 blocks, below its 6."""


@dataclass(frozen=True, kw_only=True)
class CycleganConfig(TrainConfig):
    """CycleGAN (Zhu et al. 2017). The losses are the paper's; size, width, batch size and length fit the machine."""

    names: str | None = option(
        None,
        "Names of the domains, with commas, in the order of the datasets; by default the datasets' own.",
        panel=DOMAINS,
        metavar="A,B",
    )
    size: int | None = option(
        None,
        "Side of the pictures in pixels, a power of two; by default the datasets', at most 128 on a CPU and 256 "
        "elsewhere.",
        panel=TRAINING,
        minimum=16,
        maximum=1024,
    )
    batch_size: int = option(
        0,
        "Pictures of each domain a step, over all processes; 0 takes 4.",
        panel=TRAINING,
        minimum=0,
    )
    schedule: Literal["constant", "linear", "cosine", "hold-then-decay", "hold-80"] = option(
        "hold-then-decay",
        "How the learning rate goes: constant; down to zero linearly or as a cosine; constant for the first half "
        "(hold-then-decay, as in the paper) or four fifths (hold-80, as in the notebook), then linearly to zero.",
        panel=TRAINING,
    )
    jitter: Literal["none", "crop", "notebook"] = option(
        "crop",
        "What is done to pictures before they are learned from: crop enlarges them by 30/256 and cuts their size out "
        "of them (the paper's); notebook crops, turns, flips and transposes some of them, as the notebook does.",
        panel=TRAINING,
    )
    generator: Literal["auto", "resnet", "unet", "unet-kaggle"] = option(
        "auto",
        "The generators: resnet (the paper's, for any picture size), unet, or unet-kaggle (the notebook's own). auto: "
        "unet on a CPU, where it comes further in the same time, else resnet; resnet with --blocks.",
        panel=NETWORKS,
    )
    width: int | None = option(
        None,
        "Channels of the networks' largest maps; 64 on a GPU, as in the paper, 32 on a CPU.",
        panel=NETWORKS,
        minimum=1,
        maximum=512,
    )
    blocks: int | None = option(
        None,
        "Residual blocks of resnet; by default the paper's 9 from 256 px on, 6 below.",
        panel=NETWORKS,
        minimum=1,
        maximum=32,
    )
    upsample: Literal["auto", "transpose", "resize", "blur"] = option(
        "auto",
        "How generators enlarge maps: a transposed convolution (the originals'), or nearest neighbour (resize) or "
        "bilinear interpolation (blur) and a convolution, which make no checkerboards. auto: transpose for "
        "unet-kaggle, else resize.",
        panel=NETWORKS,
    )
    dropout: float = option(
        0.0,
        "Dropout in the innermost layers of unet and unet-kaggle, 0.5 in the originals.",
        panel=NETWORKS,
        minimum=0,
        maximum=0.9,
    )
    discriminator_norm: Literal["instance", "batch", "none"] = option(
        "instance", "Normalisation in the discriminators; the anime report's is batch.", panel=NETWORKS
    )
    halvings: int | None = option(
        None,
        "Convolutions of stride 2 in the discriminators: 3 judge patches of 70 px, 2 of 34, 1 of 16; by default 3 from "
        "64 px on, fewer below.",
        panel=NETWORKS,
        minimum=1,
        maximum=5,
    )
    loss: Literal["lsgan", "bce", "hinge"] = option(
        "lsgan", "The adversarial loss: lsgan (the paper's), bce (the notebook's), or hinge.", panel=LOSS
    )
    cycle: float = option(10.0, "Weight of the way there and back.", panel=LOSS, minimum=0)
    identity: float = option(
        0.5,
        "Weight, relative to --cycle, of leaving alone what is of the target domain already; 0 leaves it out.",
        panel=LOSS,
        minimum=0,
    )
    pool: int = option(
        50,
        "Earlier translations that discriminators are shown half of the time; 0 shows the newest.",
        panel=LOSS,
        minimum=0,
    )
    heads: int = option(
        1, "Opinions of a discriminator: 2 adds a second head, taught with bce.", panel=LOSS, minimum=1, maximum=2
    )
    augment: str = option(
        "none",
        "Differentiable augmentation of what the discriminators see: color, translation, cutout, several with commas, "
        "or none.",
        panel=AUGMENTATION,
        metavar="KINDS",
    )
    augment_probability: float = option(1.0, "Probability of each change.", panel=AUGMENTATION, minimum=0, maximum=1)
    only_below: int | None = option(
        None,
        "Give --heads and --augment only to domains with fewer pictures than this.",
        panel=AUGMENTATION,
        minimum=1,
    )
    beta1: float = option(0.5, "Adam's decay of the mean of gradients.", panel=TRAINING, minimum=0, maximum=0.9999)
    beta2: float = option(0.999, "Adam's decay of the mean of squares.", panel=TRAINING, minimum=0, maximum=0.99999)

    def __post_init__(self) -> None:
        """Check what types and ranges cannot say."""
        super().__post_init__()
        augmentation_kinds(self.augment)
        for name in self.domain_names or ():
            if not _NAME.fullmatch(name):
                raise UsageError(f"--names takes letters, digits, - and _, and commas between names, not '{name}'")
        if self.domain_names is not None and len(set(self.domain_names)) != len(self.domain_names):
            raise UsageError(f"--names takes a different name for each domain, not '{self.names}'")
        if self.generator == "unet-kaggle" and self.upsample not in ("auto", "transpose"):
            raise UsageError("--generator unet-kaggle needs --upsample transpose")

    @property
    def domain_names(self) -> tuple[str, ...] | None:
        """The names in --names, in order."""
        return None if self.names is None else tuple(name.strip() for name in self.names.split(","))

    @property
    def augmentations(self) -> tuple[str, ...]:
        """The kinds of augmentation, in order."""
        return augmentation_kinds(self.augment)

    def generator_on(self, device: str) -> Literal["resnet", "unet", "unet-kaggle"]:
        """The generators' kind on a kind of device, such as "cpu"."""
        if self.generator != "auto":
            return self.generator
        return "unet" if device == "cpu" and self.blocks is None else "resnet"

    def upsample_on(self, device: str) -> Literal["transpose", "resize", "blur"]:
        """How the generators of `generator_on` enlarge maps."""
        if self.upsample != "auto":
            return self.upsample
        return "transpose" if self.generator_on(device) == "unet-kaggle" else "resize"

    def blocks_at(self, size: int) -> int:
        """Residual blocks for pictures of this side."""
        return self.blocks or (9 if size >= LARGE else 6)

    def halvings_at(self, size: int) -> int:
        """The discriminators' convolutions of stride 2 for pictures of this side."""
        return self.halvings or (3 if size >= 64 else 2 if size >= 32 else 1)
