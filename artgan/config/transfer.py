"""Options of `artgan transfer`. Standard library only."""

import dataclasses
from dataclasses import dataclass
from typing import Literal

from artgan.config.fields import info_of, option, option_name
from artgan.config.one_pass import METHOD, OnePassConfig
from artgan.config.run import RUNTIME
from artgan.config.styles import StyleReference, parse_styles
from artgan.config.sweeps import Axis, parse_sweep, style_axis
from artgan.config.tiling import MEMORY_HELP, TILING_HELP
from artgan.config.values import parse_duration, parse_layers, parse_memory
from artgan.errors import UsageError

STYLE = "Style and content"
ENCODER = "Encoder"
OPTIMISATION = "Optimisation"
RESULTS = "Results beside the picture"
SHEETS = "Sheets"
MODEL = "Model"

OF_OPTIMISING = frozenset({ENCODER, OPTIMISATION, RESULTS})
"""Panels that painting in one pass has no use for."""

ANIMATIONS = ("webp", "gif", "mp4")
"""What a painting that comes into being can be filmed as."""

EVEN = 50.0
"""The usual strength: optimising, the content weighs what it does by default then."""
_STRENGTH_FOR_TEN = 25.0
"""So much more strength leaves the content a tenth of its weight."""
_PREVIEW_SIZE, _PREVIEW_STEPS = 192, 120

_OF_BOTH = frozenset({"style", "size", "strength", "max_memory"})


@dataclass(frozen=True, kw_only=True)
class TransferConfig(OnePassConfig):
    """Repainting pictures: in the style of a painting, by optimising the picture (Gatys et al. 2015, 2016), coarse to
    fine; or by a generator that was trained for it (Zhu et al. 2017)."""

    style: tuple[str, ...] = option(
        (),
        "A painting to take the style from: a file, or a built-in by name; repeat to blend, :WEIGHT sets shares. @MASK "
        "puts it where a picture is white: sky.jpg@mask.png:0.7; @alpha where the content is opaque; @!MASK elsewhere. "
        ",scale=2 sets the size of its strokes beside --style-scale; ,layers=fine takes only its strokes, "
        ",layers=coarse its forms, ,layers=relu1_1-relu3_1 what these layers see.",
        panel=STYLE,
        short="-s",
        metavar="STYLE[@MASK][,KEY=VALUE][:WEIGHT]",
    )
    size: int | None = option(
        None,
        "Long side of the result in pixels; smaller contents are enlarged to it. With --style 512 on a CPU, 1024 on a "
        "GPU; with --model the picture's own.",
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
    keep_color: float = option(
        0.0,
        "How much of the content's colours to keep: 0 takes the style's, 1 the content's.",
        panel=STYLE,
        minimum=0,
        maximum=1,
    )
    color_method: Literal["match", "luminance"] = option(
        "match",
        "How --keep-color keeps them. match: the style is given the content's palette before it is painted with; "
        "luminance: the painting gives its light and dark only, and each place keeps its own colour.",
        panel=STYLE,
    )
    strength: float | None = option(
        None,
        "How much is repainted, from 0, hardly anything, to 100, hardly anything left of the picture; with --style "
        "50 is the usual. With --model 0 is the picture and 100, the usual, the model's result.",
        panel=STYLE,
        minimum=0,
        maximum=100,
    )
    preview: bool = option(
        False, "Paint small and in few steps, to see in seconds what the painting will be like.", panel=STYLE
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
        "Layers compared with the style, as NAME[:WEIGHT],...",
        panel=STYLE,
        metavar="LAYERS",
    )
    style_loss: Literal["gram", "wasserstein", "moments"] = option(
        "gram",
        "How styles are compared. gram: the paper's matrices; wasserstein: what moving the picture's features onto the "
        "style's takes; moments: mean and covariance apart.",
        panel=STYLE,
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
        "Where the picture starts: content, noise, noisy-content, fast (what a painter in one pass makes of it) or a "
        "picture FILE.",
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
        "Scales from coarse to fine; by default from about 128 px up. 1 optimises at full size only.",
        panel=OPTIMISATION,
        minimum=1,
        maximum=20,
    )
    scale_growth: float = option(
        2.0,
        "How many times the pixels of the scale before each has.",
        panel=OPTIMISATION,
        minimum=1.2,
        maximum=16,
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

    save_every: int | None = option(
        None,
        "Every so many steps save the picture so far, numbered, as in painted-step0100.png, and what --resume needs.",
        panel=RESULTS,
        minimum=1,
    )
    animate: str | None = option(
        None,
        "Film the painting as it comes into being: a FILE ending in .webp, .gif or .mp4 (extra video), or one of webp, "
        "gif, mp4 for a file beside each result.",
        panel=RESULTS,
        metavar="FILE",
    )
    save_style: str | None = option(
        None,
        "Instead of painting, average the statistics of the styles, which may be folders, into FILE.style.safetensors: "
        "a --style without pictures.",
        panel=RESULTS,
        metavar="FILE",
    )
    resume: bool = option(
        False,
        "Go on with what was interrupted, exactly as if it had not been; finished pictures are left as they are.",
        panel=RESULTS,
    )

    sweep: tuple[str, ...] = option(
        (),
        "A sheet of paintings that differ in one option, such as ratio=1e-4,1e-3 or content-layers=relu2_2,relu4_2; "
        "layers of one value are joined by +. Twice: rows and columns.",
        panel=SHEETS,
        metavar="OPTION=VALUE,VALUE,...",
    )
    compare: bool = option(
        False,
        "A sheet with each --style on its own instead of a blend: contents by styles, or, with a --sweep, styles by "
        "its values.",
        panel=SHEETS,
    )

    model: str | None = option(
        None,
        "A trained CycleGAN that repaints instead of --style: a model.safetensors or a run's folder.",
        panel=MODEL,
        metavar="MODEL",
    )
    to: str | None = option(
        None,
        "The domain to go to, such as monet, or the direction 'photo->monet'; may be left out where there is one only.",
        panel=MODEL,
        metavar="DOMAIN",
    )
    tiling: Literal["auto", "whole", "exact", "thumbnail"] = option("auto", TILING_HELP, panel=MODEL)
    max_memory: str | None = option(None, MEMORY_HELP, panel=MODEL, metavar="SIZE")

    def __post_init__(self) -> None:
        """Check what types and ranges cannot say."""
        super().__post_init__()
        self._check_kind()
        if self.save_style is None:
            self.check_method(self.init, OF_OPTIMISING)
        parse_layers(self.content_layers, "--content-layers")
        layers = parse_layers(self.style_layers, "--style-layers")
        for text, style in zip(self.style, self.styles, strict=True):
            of_style = style.layer_range
            if of_style is not None and not any(of_style.holds(layer) for layer in layers):
                raise UsageError(f"--style {text}: none of --style-layers {self.style_layers} is within {style.layers}")
        if self.budget is not None:
            parse_duration(self.budget, "--budget")
        if self.max_memory is not None:
            parse_memory(self.max_memory, "--max-memory")
        if self.style_loss != "gram" and self.normalization == "gatys":
            raise UsageError(
                f"--normalization gatys is the paper's sum over Gram matrices: with --style-loss {self.style_loss} "
                "take relative or mean"
            )
        if self.color_method != "match" and self.keep_color == 0:
            raise UsageError(f"--color-method {self.color_method} needs a --keep-color above zero, such as 1")
        if self.animate is not None and self.animate.lower().rpartition(".")[2] not in ANIMATIONS:
            raise UsageError(f"--animate is a file ending in .{', .'.join(ANIMATIONS)}, not '{self.animate}'")
        self._check_sheets()
        self._check_strength()
        if self.ratio is not None and self.style_weight == 0:
            raise UsageError("--ratio needs a --style-weight above zero")
        if self.content_weight == 0 and self.style_weight == 0:
            raise UsageError("--content-weight and --style-weight are both zero: there is nothing to optimise")

    def _check_kind(self) -> None:
        """A picture is repainted by styles or by a model; options of the other would be passed over in silence."""
        if self.model is not None and self.style:
            raise UsageError("--style and --model exclude each other; artgan chain takes one after the other")
        kinds = {STYLE, METHOD, ENCODER, OPTIMISATION, RESULTS, SHEETS} if self.model is not None else {MODEL}
        for field in dataclasses.fields(self):
            foreign = info_of(field).panel in kinds and field.name not in _OF_BOTH
            if foreign and getattr(self, field.name) != field.default:
                name, own = option_name(field.name), "--style" if self.model is not None else "--model"
                other = " and means nothing with --model" if self.model is not None else ""
                raise UsageError(f"{name} goes with {own}{other}")

    def _check_strength(self) -> None:
        """--strength is a weight of the content; another one beside it would be passed over in silence."""
        if self.strength is None or self.model is not None:
            return
        if self.ratio is not None:
            raise UsageError("--strength and --ratio exclude each other: both say how much the content counts")
        if self.content_weight != _default("content_weight"):
            raise UsageError("--strength and --content-weight exclude each other: both say how much the content counts")
        if self.normalization != "relative":
            raise UsageError("--strength needs --normalization relative, whose losses mean the same at every size")

    def _check_sheets(self) -> None:
        if len(self.axes) > 2:
            raise UsageError("a sheet has rows and columns: --sweep twice, or --compare and --sweep once")
        if len({axis.field for axis in self.axes}) < len(self.axes):
            raise UsageError("--sweep, --sweep and --compare each go through another option")
        if not self.axes and self.compare:
            raise UsageError("--compare needs styles: add --style twice or more")
        for name in ("save_every", "animate", "resume", "save_style"):
            if self.axes and getattr(self, name):
                raise UsageError(f"{option_name(name)} is for single paintings, not for sheets")

    @property
    def axes(self) -> tuple[Axis, ...]:
        """What a sheet goes through: the columns, or the rows and the columns; none for single paintings."""
        styles = (style_axis(self.style),) if self.compare and self.style else ()
        swept = {
            field.name
            for field in dataclasses.fields(self)
            if info_of(field).panel in (STYLE, METHOD, ENCODER, OPTIMISATION, RUNTIME)
        }
        return (*styles, *(parse_sweep(text, type(self), swept) for text in self.sweep))

    @property
    def styles(self) -> tuple[StyleReference, ...]:
        """`style`, taken apart."""
        return parse_styles(self.style, "--style")

    @property
    def alpha(self) -> float:
        """Weight of the content loss, after `strength` or `ratio`.

        Strength is the logarithm of that weight: people see a ratio of weights as a step, wherever it is.
        """
        if self.strength is not None:
            return self.content_weight * self.style_weight * 10 ** ((EVEN - self.strength) / _STRENGTH_FOR_TEN)
        return self.content_weight if self.ratio is None else self.ratio * self.style_weight

    @property
    def memory_limit(self) -> float | None:
        """`max_memory` in bytes."""
        return None if self.max_memory is None else parse_memory(self.max_memory, "--max-memory")

    @property
    def mixed_in(self) -> float:
        """How much of a model's result is in the picture that is written, from 0 to 1."""
        return 1.0 if self.strength is None else self.strength / 100

    def previewed(self) -> "TransferConfig":
        """The same painting, small and in few steps. Relative losses look alike at every size, so it resembles it."""
        size = _PREVIEW_SIZE if self.size is None else min(self.size, _PREVIEW_SIZE)
        steps = self.steps if self.fast_by_name(self.init) else min(self.steps, _PREVIEW_STEPS)
        return dataclasses.replace(self, preview=False, size=size, steps=steps)


def _default(name: str) -> object:
    return next(field.default for field in dataclasses.fields(TransferConfig) if field.name == name)
