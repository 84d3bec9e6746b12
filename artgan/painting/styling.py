"""The painter of `artgan transfer --style`: repaints pictures by optimisation, with the styles' statistics kept."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from artgan.config.transfer import TransferConfig
from artgan.config.values import parse_duration, parse_layers
from artgan.models.encoder import Encoder
from artgan.painting.objective import Objective, Targets
from artgan.painting.optimise import Descent, Iterate, Limits, paint
from artgan.painting.pyramid import Scale, Taken, fit, plan, resize
from artgan.painting.tensors import crop_to, pad_to
from artgan.runtime import generator


@dataclass(frozen=True, kw_only=True)
class Painting:
    """A repainted picture, (1, 3, H, W) in [0, 1], and how it came about."""

    image: Tensor
    steps: int
    scales: tuple[Taken, ...]
    content_loss: float
    style_loss: float
    seconds: float
    interrupted: bool


@dataclass(kw_only=True)
class StylePainter:
    """Repaints contents in a blend of styles. Styles are (1, 3, H, W) in [0, 1], with their shares."""

    config: TransferConfig
    encoder: Encoder
    styles: Sequence[Tensor]
    shares: Sequence[float]
    size: int
    seed: int
    init: Tensor | None = None
    """The picture that `--init FILE` names."""
    taken: Sequence[Taken] | None = None
    """The steps an earlier painting took at each scale, when it is painted again: no other limit counts then."""
    _style_targets: dict[int, dict[str, Tensor]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Build the objective; unknown layers are refused here, before any work."""
        self._objective = Objective(
            encoder=self.encoder,
            content_layers=parse_layers(self.config.content_layers, "--content-layers"),
            style_layers=parse_layers(self.config.style_layers, "--style-layers"),
            content_weight=self.config.alpha,
            style_weight=self.config.style_weight,
            tv_weight=self.config.tv_weight,
            normalization=self.config.normalization,
        )
        self._shortest = self.encoder.minimum_size(self._objective.layers)

    def paint(
        self, content: Tensor, on_step: Callable[[Iterate, int], None], should_stop: Callable[[], bool]
    ) -> Painting:
        """Repaint one content, (1, 3, H, W); `on_step` gets every step and the number of scales."""
        began = time.monotonic()
        height, width = fit(content.shape[-2], content.shape[-1], self.size)
        # Even at the coarsest scale the deepest layer must see something.
        canvas = pad_to(resize(content, height, width), 2 * self._shortest)
        scales = self._scales(canvas)
        descent = Descent(
            self._start(canvas, scales[0]),
            optimizer=self.config.optimizer,
            learning_rate=self.config.learning_rate,
        )
        limits = self._limits(should_stop)
        taken = dict.fromkeys(range(1, len(scales) + 1), 0)
        last: Iterate | None = None
        for last in paint(descent, scales, self._objective, lambda scale: self._targets(canvas, scale), limits):
            taken[last.scale] += 1
            on_step(last, len(scales))
        image = resize(descent.result, *canvas.shape[-2:])
        return Painting(
            image=crop_to(image, height, width),
            steps=sum(taken.values()),
            scales=tuple((s.width, s.height, n) for s, n in zip(scales, taken.values(), strict=True) if n),
            content_loss=last.content if last else float("nan"),
            style_loss=last.style if last else float("nan"),
            seconds=time.monotonic() - began,
            interrupted=should_stop(),
        )

    def _scales(self, canvas: Tensor) -> list[Scale]:
        if self.taken is not None:
            return [Scale(width=width, height=height, steps=steps) for width, height, steps in self.taken]
        return plan(
            *canvas.shape[-2:],
            long_side=max(canvas.shape[-2:]),
            steps=self.config.steps,
            scales=self.config.scales,
            minimum_side=self._shortest,
        )

    def _limits(self, should_stop: Callable[[], bool]) -> Limits:
        if self.taken is not None:
            return Limits(tolerance=0, budget=None, should_stop=should_stop)
        budget = None if self.config.budget is None else parse_duration(self.config.budget, "--budget")
        return Limits(tolerance=self.config.tolerance, budget=budget, should_stop=should_stop)

    def _start(self, canvas: Tensor, scale: Scale) -> Tensor:
        size = (scale.height, scale.width)
        if self.config.init == "content":
            return resize(canvas, *size)
        if self.init is not None:
            return resize(self.init, *size)
        noise = torch.rand(1, 3, *size, generator=generator(self.seed)).to(canvas.device)
        return noise if self.config.init == "noise" else (resize(canvas, *size) + noise) / 2

    def _targets(self, canvas: Tensor, scale: Scale) -> Targets:
        content = resize(canvas, scale.height, scale.width)
        return Targets(content=self._objective.content_targets(content), style=self._style_at(scale.long_side))

    def _style_at(self, long_side: int) -> Mapping[str, Tensor]:
        """The styles' statistics for a scale, computed once for all contents; a style is never enlarged."""
        if long_side not in self._style_targets:
            wanted = round(long_side * self.config.style_scale)
            seen = []
            for style in self.styles:
                side = min(wanted, max(style.shape[-2:]))
                seen.append(pad_to(resize(style, *fit(style.shape[-2], style.shape[-1], side)), self._shortest))
            self._style_targets[long_side] = self._objective.style_targets(seen, self.shares)
        return self._style_targets[long_side]
