"""Options of `artgan transfer`. Standard library only."""

from dataclasses import dataclass
from typing import Literal

from artgan.config.fields import option
from artgan.config.run import RunConfig
from artgan.config.values import parse_duration, parse_layers, split_weight
from artgan.errors import UsageError

STYLE = "Style and content"
ENCODER = "Encoder"
OPTIMISATION = "Optimisation"


@dataclass(frozen=True, kw_only=True)
class TransferConfig(RunConfig):
    """Neural style transfer by optimising the picture (Gatys et al. 2015, 2016), coarse to fine."""

    style: tuple[str, ...] = option(
        (),
        "A painting to take the style from: a file, or a built-in by name; repeat to blend, :WEIGHT sets shares.",
        panel=STYLE,
        short="-s",
        metavar="STYLE[:WEIGHT]",
    )
    size: int | None = option(
        None,
        "Long side of the result in pixels; smaller contents are enlarged to it. 512 on a CPU, 1024 on a GPU.",
        panel=STYLE,
        minimum=16,
        maximum=16384,
    )
    style_scale: float = option(
        1.0,
        "Size of the style's brush strokes: the style's long side is this times the result's.",
        panel=STYLE,
        minimum=0.05,
        maximum=10,
    )
    content_weight: float = option(0.05, "Weight of the content loss (alpha in the paper).", panel=STYLE, minimum=0)
    style_weight: float = option(1.0, "Weight of the style loss (beta in the paper).", panel=STYLE, minimum=0)
    ratio: float | None = option(
        None,
        "alpha/beta: sets the content weight to this times the style weight.",
        panel=STYLE,
        minimum=0,
    )
    tv_weight: float = option(0.2, "Weight of the total variation: higher is smoother.", panel=STYLE, minimum=0)
    content_layers: str = option(
        "relu3_1:0.2,relu4_2:0.8",
        "Layers compared with the content, as NAME[:WEIGHT],...",
        panel=STYLE,
        metavar="LAYERS",
    )
    style_layers: str = option(
        "relu1_1:0.2,relu2_1:0.2,relu3_1:0.2,relu4_1:0.2,relu5_1:0.2",
        "Layers whose Gram matrices are compared with the style's, as NAME[:WEIGHT],...",
        panel=STYLE,
        metavar="LAYERS",
    )
    normalization: Literal["relative", "gatys", "mean"] = option(
        "relative",
        "How losses are scaled: relative to the target's size (weights mean the same at every size and encoder), "
        "gatys (the paper's sums) or mean (means of squares).",
        panel=STYLE,
    )
    encoder: Literal["auto", "vgg19", "vgg16", "embedded"] = option(
        "auto",
        "Network that sees content and style. auto: vgg19 when its weights are on disk, else the embedded one; "
        "vgg19 and vgg16 download their weights once.",
        panel=ENCODER,
    )
    encoder_weights: str | None = option(
        None,
        "File with the encoder's weights (safetensors or torchvision's .pth) instead of a download.",
        panel=ENCODER,
        metavar="FILE",
    )
    pooling: Literal["max", "average"] = option(
        "max", "Pooling between the encoder's blocks; the paper prefers average.", panel=ENCODER
    )
    init: str = option(
        "content",
        "Where the picture starts: content, noise, noisy-content or a picture FILE.",
        panel=OPTIMISATION,
        metavar="INIT",
    )
    optimizer: Literal["adam", "lbfgs"] = option(
        "adam", "adam (with an average of iterates) or lbfgs (the paper's).", panel=OPTIMISATION
    )
    learning_rate: float | None = option(
        None, "Step size; 0.02 for adam, 1 for lbfgs.", panel=OPTIMISATION, minimum=1e-6, maximum=100
    )
    steps: int = option(
        500, "Steps in all, shared among the scales; coarse scales get more.", panel=OPTIMISATION, minimum=1
    )
    scales: int | None = option(
        None,
        "Scales from coarse to fine, each twice the area of the one before; by default from about 128 px up. "
        "1 optimises at full size only.",
        panel=OPTIMISATION,
        minimum=1,
        maximum=20,
    )
    tolerance: float = option(
        1e-3,
        "Go on to the next scale, or stop, when the loss falls by less than this share in 20 steps; 0 never.",
        panel=OPTIMISATION,
        minimum=0,
        maximum=1,
    )
    budget: str | None = option(
        None,
        "Time for each picture, such as 60s or 5m; steps are still the limit.",
        panel=OPTIMISATION,
        metavar="TIME",
    )

    def __post_init__(self) -> None:
        """Check what types and ranges cannot say."""
        super().__post_init__()
        parse_layers(self.content_layers, "--content-layers")
        parse_layers(self.style_layers, "--style-layers")
        for style in self.style:
            split_weight(style, "--style")
        if self.budget is not None:
            parse_duration(self.budget, "--budget")
        if self.ratio is not None and self.style_weight == 0:
            raise UsageError("--ratio needs a --style-weight above zero")
        if self.content_weight == 0 and self.style_weight == 0:
            raise UsageError("--content-weight and --style-weight are both zero: there is nothing to optimise")

    @property
    def alpha(self) -> float:
        """Weight of the content loss, after `ratio`."""
        return self.content_weight if self.ratio is None else self.ratio * self.style_weight
