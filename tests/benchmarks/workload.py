"""What is measured: pictures that ship with artgan, encoders by name and precision, the command's objective."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor

from artgan.config.files import find_recipe, read_config
from artgan.config.transfer import TransferConfig
from artgan.config.values import parse_layers
from artgan.io.images import read_picture
from artgan.io.shipped import find_content, find_style
from artgan.models.encoder import Encoder
from artgan.models.encoder_weights import load_encoder
from artgan.painting.objective import Objective, Targets
from artgan.painting.optimise import Descent, Iterate, Limits, paint, steps_held
from artgan.painting.pyramid import Scale, fit, plan, resize
from artgan.painting.tensors import to_tensor
from artgan.runtime import resolve_precision

CPU = torch.device("cpu")
CONTENT = "example:portrait"
PHOTO = "example:pavilion"
STYLE = "swirls"


@dataclass(frozen=True, kw_only=True)
class Encoders:
    """Encoders by name, loaded once for each precision. A weight file of None is the one in the package."""

    weights: Mapping[str, Path | None]
    _loaded: dict[tuple[str, torch.dtype], Encoder] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        return list(self.weights)

    def load(self, name: str, precision: str) -> Encoder:
        """The encoder in a precision as `--precision` names it."""
        dtype = resolve_precision(precision, CPU)
        if (name, dtype) not in self._loaded:
            self._loaded[name, dtype] = load_encoder(name, weights=self.weights[name], precision=dtype, device=CPU)
        return self._loaded[name, dtype]


def precisions() -> list[str]:
    """The precisions worth comparing here: auto only where it is another than float32."""
    native = resolve_precision("auto", CPU)
    return ["float32"] if native == torch.float32 else ["float32", "auto"]


def precision_title(precision: str) -> str:
    """The type computed in: "float32", or "bfloat16 (auto)"."""
    if precision == "float32":
        return precision
    return f"{str(resolve_precision(precision, CPU)).removeprefix('torch.')} ({precision})"


def objective_of(config: TransferConfig, encoder: Encoder) -> Objective:
    """The same objective as the command's with these options."""
    return Objective(
        encoder=encoder,
        content_layers=parse_layers(config.content_layers, "--content-layers"),
        style_layers=parse_layers(config.style_layers, "--style-layers"),
        content_weight=config.alpha,
        style_weight=config.style_weight,
        tv_weight=config.tv_weight,
        normalization=config.normalization,
    )


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A content and a style, (1, 3, H, W) in [0, 1] at the size they came in."""

    content: Tensor
    style: Tensor

    def targets(self, objective: Objective, scale: Scale) -> Targets:
        """What a painting of this size is compared with; the style gets the same long side."""
        content = resize(self.content, scale.height, scale.width)
        side = min(scale.long_side, max(self.style.shape[-2:]))  # never enlarged
        style = resize(self.style, *fit(self.style.shape[-2], self.style.shape[-1], side))
        style_targets = objective.everywhere(objective.style_targets([style], [1.0]))
        return Targets(content=objective.content_targets(content), style=style_targets)


def recipe_config(name: str | None) -> TransferConfig:
    """The options of a recipe that ships with artgan; None: the defaults."""
    if name is None:
        return TransferConfig()
    return TransferConfig(**read_config(find_recipe(name, "transfer"), "transfer", TransferConfig))


def begin(
    config: TransferConfig, objective: Objective, pair: Pair, long_side: int, *, start: Tensor | None = None
) -> tuple[Iterator[Iterate], Descent]:
    """The steps of a painting as the command takes them, from the content or another start; targets come on the way."""
    height, width = pair.content.shape[-2:]
    smallest = objective.encoder.minimum_size(objective.layers)
    scales = plan(
        height,
        width,
        long_side=long_side,
        steps=config.steps,
        scales=config.scales,
        growth=config.scale_growth,
        minimum_side=smallest,
    )
    canvas = resize(pair.content, scales[-1].height, scales[-1].width)
    descent = Descent(
        resize(canvas if start is None else start, scales[0].height, scales[0].width),
        optimizer=config.optimizer,
        learning_rate=config.learning_rate,
        origin=canvas if start is None else None,
    )
    limits = Limits(tolerance=config.tolerance, budget=None, should_stop=lambda: False)
    held = steps_held(config.optimizer, config.init if start is None else "fast", config.steps)
    return paint(descent, scales, objective, lambda scale: pair.targets(objective, scale), limits, hold=held), descent


def read_pair(content: Path, style: Path) -> Pair:
    """A pair of files."""
    pictures = [to_tensor(read_picture(path), CPU) for path in (content, style)]
    return Pair(content=pictures[0], style=pictures[1])


def shipped_pair() -> Pair:
    """The portrait and the swirls."""
    return read_pair(find_content(CONTENT), find_style(STYLE))
