"""Options of `artgan train style`. Standard library only."""

from dataclasses import dataclass
from typing import Literal

from artgan.config.fields import option
from artgan.config.gan import LOSS, NETWORKS
from artgan.config.train import RECORDS, TRAINING, TrainConfig
from artgan.config.values import parse_layers
from artgan.errors import UsageError

ENCODER = "Encoder"

CROP = 128
"""Side of the squares that are learned from when none is asked for."""


@dataclass(frozen=True, kw_only=True)
class StyleConfig(TrainConfig):
    """A painter in one pass, for any content and any style: features with the style's statistics, and a decoder."""

    size: int | None = option(
        None,
        "Side of the pictures in pixels, a power of two, from which squares are cut; by default that of the smaller "
        "dataset, at most 256.",
        panel=TRAINING,
        minimum=16,
        maximum=1024,
    )
    crop: int = option(
        0,
        f"Side of the squares that are learned from, a multiple of 16; 0 takes {CROP}, or --size where that is less.",
        panel=TRAINING,
        minimum=0,
        maximum=1024,
    )
    scales: int = option(
        1,
        "Scales in which it paints while it learns, the coarsest first and each over the one before, as artgan "
        "transfer paints: it learns to go on from its own strokes. The finest squares are of --crop px.",
        panel=TRAINING,
        minimum=1,
        maximum=4,
    )
    batch_size: int = option(4, "Pairs of content and style a step, over all processes.", panel=TRAINING, minimum=1)
    learning_rate: float = option(5e-4, "Step size of the optimizer.", panel=TRAINING, minimum=1e-8, maximum=1)
    schedule: Literal["constant", "linear", "cosine", "hold-then-decay", "hold-80"] = option(
        "hold-80",
        "How the learning rate goes: constant; down to zero linearly or as a cosine; constant for the first half "
        "(hold-then-decay) or four fifths (hold-80), then linearly to zero.",
        panel=TRAINING,
    )
    ema_half_life: int = option(
        2000,
        "Half-life, in pictures, of the moving average of weights that is shared; shorter at the start; 0 shares the "
        "last weights.",
        panel=TRAINING,
        minimum=0,
    )
    start: str | None = option(
        None,
        "Painter to learn on from, with its width and blocks: painter, which is built in, a model.safetensors or a "
        "run's folder; by default from scratch.",
        panel=NETWORKS,
        metavar="PAINTER",
    )
    width: int = option(24, "Channels of the decoder's largest maps.", panel=NETWORKS, minimum=1, maximum=256)
    blocks: int = option(2, "Residual blocks of the decoder's coarsest level.", panel=NETWORKS, minimum=1, maximum=16)
    content_weight: float = option(0.05, "Weight of the content loss.", panel=LOSS, minimum=0)
    style_weight: float = option(1.0, "Weight of the style loss.", panel=LOSS, minimum=0)
    tv_weight: float = option(0.2, "Weight of the total variation: higher is smoother.", panel=LOSS, minimum=0)
    identity: float = option(
        0.1,
        "Share of the contents that are their own style, which leaves them alone: what a low --strength needs.",
        panel=LOSS,
        minimum=0,
        maximum=1,
    )
    content_layers: str = option(
        "relu4_1:1", "Layers compared with the content, as NAME[:WEIGHT],...", panel=LOSS, metavar="LAYERS"
    )
    style_layers: str = option(
        "relu1_1:0.2,relu2_1:0.2,relu3_1:0.2,relu4_1:0.2,relu5_1:0.2",
        "Layers compared with the style, as NAME[:WEIGHT],...",
        panel=LOSS,
        metavar="LAYERS",
    )
    encoder: Literal["auto", "vgg19", "embedded"] = option(
        "auto",
        "Network of the losses and scores. auto: vgg19 when its weights are on disk, else the embedded one; vgg19 "
        "downloads its weights once.",
        panel=ENCODER,
    )
    encoder_weights: str | None = option(
        None,
        "File with the weights of the losses' network (safetensors or torchvision's .pth) instead of a download.",
        panel=ENCODER,
        metavar="FILE",
    )
    features: Literal["encoder", "none"] = option(  # type: ignore[assignment]  # other choices than GANs have
        "encoder",
        "What pairs of held-out contents and styles are scored in: the network of the losses; none gives no scores.",
        panel=RECORDS,
    )
    beta1: float = option(0.9, "Adam's decay of the mean of gradients.", panel=TRAINING, minimum=0, maximum=0.9999)
    beta2: float = option(0.99, "Adam's decay of the mean of squares.", panel=TRAINING, minimum=0, maximum=0.99999)

    def __post_init__(self) -> None:
        """Check what types and ranges cannot say."""
        super().__post_init__()
        multiple = 16 << (self.scales - 1)
        if self.crop % multiple:
            what = "16, such as 64, 96 or 128" if self.scales == 1 else f"{multiple} with --scales {self.scales}"
            raise UsageError(f"--crop is a multiple of {what}, not {self.crop}")
        if self.size is not None and self.crop > self.size:
            raise UsageError(f"--crop {self.crop} does not fit into pictures of --size {self.size}")
        if not self.content_weight and not self.style_weight:
            raise UsageError("--content-weight and --style-weight are both zero: there is nothing to learn")
        parse_layers(self.content_layers, "--content-layers")
        parse_layers(self.style_layers, "--style-layers")
