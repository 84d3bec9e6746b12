"""The painter of `artgan transfer --style`: repaints pictures by optimisation, with the styles' statistics kept."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from artgan.config.transfer import TransferConfig
from artgan.config.values import parse_duration, parse_layers
from artgan.models.encoder import Encoder
from artgan.painting import lbfgs
from artgan.painting.colour import keep_chroma
from artgan.painting.forecast import demand
from artgan.painting.objective import Targets
from artgan.painting.optimise import Descent, Iterate, Limits, Reached, paint, steps_held
from artgan.painting.places import Arrangement, Place, covered
from artgan.painting.pyramid import Scale, Taken, fit, plan, resize
from artgan.painting.reached import pack_reached, unpack_reached
from artgan.painting.room import Room
from artgan.painting.styles import Blend, Style, by_mask
from artgan.painting.tensors import crop_to, pad_to
from artgan.painting.tiled_objective import TiledObjective
from artgan.runtime import generator


@dataclass(frozen=True, kw_only=True)
class Painting:
    """A repainted picture, (1, 3, H, W) in [0, 1], and how it came about."""

    image: Tensor
    steps: int
    scales: tuple[Taken, ...]
    content_loss: float | None
    style_loss: float | None
    """None where none was looked at."""
    seconds: float
    interrupted: bool
    pixels_at_once: int | None = None
    """That the encoder saw; None where it saw all of the picture, and of each style."""
    state: Mapping[str, Tensor] | None = None
    """What goes on from here, of a painting that was interrupted."""


@dataclass(frozen=True, kw_only=True)
class Glimpse:
    """A painting between two steps: the last step, and, made when they are asked for, the picture and the state."""

    iterate: Iterate
    painting: Callable[[], Painting]
    state: Callable[[], dict[str, Tensor]]
    memory: float
    """Bytes that it takes, about."""


Watch = Callable[[Glimpse], None]


@dataclass(kw_only=True)
class StylePainter:
    """Repaints contents in a blend of styles."""

    config: TransferConfig
    encoder: Encoder
    styles: Sequence[Style]
    size: int
    seed: int
    init: Tensor | None = None
    """The picture that `--init FILE` names."""
    sketch: Callable[[Tensor, Tensor | None], Tensor] | None = None
    """What `--init fast` makes of a picture (1, 3, H, W) with its transparency."""
    taken: Sequence[Taken] | None = None
    """The steps an earlier painting took at each scale, when it is painted again: no other limit counts then."""
    pixels_at_once: float = math.inf
    """What the encoder is to see at most, as in an earlier painting that is painted again."""
    tell: Callable[[str], None] = lambda text: None
    """Hears a line when a picture is cut into tiles, and when memory has run out."""

    def __post_init__(self) -> None:
        """Build the objective; unknown layers are refused here, before any work."""
        self._room = Room(tell=self.tell)
        self._objective = TiledObjective(
            room=self._room,
            encoder=self.encoder,
            content_layers=parse_layers(self.config.content_layers, "--content-layers"),
            style_layers=parse_layers(self.config.style_layers, "--style-layers"),
            content_weight=self.config.alpha,
            style_weight=self.config.style_weight,
            tv_weight=self.config.tv_weight,
            normalization=self.config.normalization,
            style_distance=self.config.style_loss,
        )
        self._shortest = self.encoder.minimum_size(self._objective.layers)
        self._blends = [Blend(group, self._objective, self.config.style_scale) for group in by_mask(self.styles)]

    @property
    def layers(self) -> set[str]:
        """Every layer that a picture is seen through."""
        return self._objective.layers

    def paint(
        self,
        content: Tensor,
        on_step: Callable[[Iterate, int], None],
        should_stop: Callable[[], bool],
        *,
        alpha: Tensor | None = None,
        watch: Watch | None = None,
        state: Mapping[str, Tensor] | None = None,
    ) -> Painting:
        """Repaint one content, (1, 3, H, W), with its transparency (1, 1, H, W), None where it is opaque.

        `on_step` gets every step and the number of scales; `watch` is shown the painting after each step. `state`, from
        a painting of the same content with the same options, goes on from there: bit for bit, on a CPU.

        Raises:
            DeviceError: it takes more memory than there may be, whatever the tiles.
            DivergedError: the loss left the finite numbers.
            PictureError: the styles' masks leave nothing to paint.
            KeyError, ValueError: the state is of another painting.
        """
        began = time.monotonic()
        height, width = fit(content.shape[-2], content.shape[-1], self.size)
        # Even at the coarsest scale the deepest layer must see something.
        picture = resize(content, height, width)
        canvas = pad_to(picture, 2 * self._shortest)
        arranged = Arrangement(self._places(picture, alpha), canvas, self._objective)
        scales = self._scales(canvas)
        memory = self._make_room(content, scales, len(arranged.covers))
        descent = Descent(
            self._start(picture, alpha, canvas, scales[0]),
            optimizer=self.config.optimizer,
            learning_rate=self.config.learning_rate,
            origin=canvas if self.config.init == "content" else None,
        )
        taken = dict.fromkeys(range(1, len(scales) + 1), 0)
        reached = Reached()
        if state is not None:
            descent.restore(state)
            reached = unpack_reached(state, taken)
            self._room.take_up(state)
        last: Iterate | None = None

        def spent() -> float:
            return reached.seconds + time.monotonic() - began

        def so_far() -> Painting:
            image = self._finished(resize(descent.result, *canvas.shape[-2:]), canvas, arranged)
            return Painting(
                image=crop_to(image, height, width),
                steps=sum(taken.values()),
                scales=tuple((s.width, s.height, n) for s, n in zip(scales, taken.values(), strict=True) if n),
                content_loss=last.content if last else float("nan"),
                style_loss=last.style if last else float("nan"),
                seconds=spent(),
                interrupted=should_stop(),
                pixels_at_once=int(self._room.pixels) if self._room.cut else None,
            )

        def state_now() -> dict[str, Tensor]:
            return descent.state() | pack_reached(reached, taken, spent()) | self._room.state()

        limits = self._limits(should_stop)

        def targets_at(scale: Scale) -> Targets:
            return self._targets(canvas, arranged, scale)

        held = steps_held(self.config.optimizer, self.config.init, self.config.steps)
        for last in paint(descent, scales, self._objective, targets_at, limits, reached, hold=held):
            taken[last.scale] += 1
            on_step(last, len(scales))
            if watch is not None:
                watch(Glimpse(iterate=last, painting=so_far, state=state_now, memory=memory))
        painting = so_far()
        return painting if reached.finished else replace(painting, state=state_now())

    def _make_room(self, content: Tensor, scales: Sequence[Scale], places: int) -> float:
        """Choose how much goes through the encoder at once; the bytes that the painting will take, about."""
        objective, finest = self._objective, scales[-1]
        needed = demand(
            self.encoder,
            self.layers,
            finest.width,
            finest.height,
            on_cpu=content.device.type == "cpu",
            content_layers=objective.content_layers if objective.content_weight else (),
            history=lbfgs.remembered(finest.steps) if self.config.optimizer == "lbfgs" else 0,
            places=places,
            more=2.0 * content.numel() * content.element_size(),
        )
        return self._room.renew(needed, self.config.memory_limit, content.device, most=self.pixels_at_once)

    def _scales(self, canvas: Tensor) -> list[Scale]:
        if self.taken is not None:
            return [Scale(width=width, height=height, steps=steps) for width, height, steps in self.taken]
        return plan(
            *canvas.shape[-2:],
            long_side=max(canvas.shape[-2:]),
            steps=self.config.steps,
            scales=self.config.scales,
            growth=self.config.scale_growth,
            minimum_side=self._shortest,
        )

    def _limits(self, should_stop: Callable[[], bool]) -> Limits:
        if self.taken is not None:
            return Limits(tolerance=0, budget=None, should_stop=should_stop)
        budget = None if self.config.budget is None else parse_duration(self.config.budget, "--budget")
        return Limits(tolerance=self.config.tolerance, budget=budget, should_stop=should_stop)

    def _start(self, picture: Tensor, alpha: Tensor | None, canvas: Tensor, scale: Scale) -> Tensor:
        size = (scale.height, scale.width)
        if self.config.init == "content":
            return resize(canvas, *size)
        if self.init is not None:
            return resize(self.init, *size)
        if self.sketch is not None:
            return resize(pad_to(self.sketch(picture, alpha), 2 * self._shortest), *size)
        noise = torch.rand(1, 3, *size, generator=generator(self.seed)).to(canvas.device)
        return noise if self.config.init == "noise" else (resize(canvas, *size) + noise) / 2

    def _places(self, picture: Tensor, alpha: Tensor | None) -> list[Place]:
        """The styles in their places; where that is asked for, in the colours that the picture has there."""
        places = covered(self._blends, picture, alpha)
        if self.config.keep_color and self.config.color_method == "match":
            return [place.in_colours_of(picture, alpha, self.config.keep_color) for place in places]
        return places

    def _targets(self, canvas: Tensor, arranged: Arrangement, scale: Scale) -> Targets:
        content = resize(canvas, scale.height, scale.width)
        return self._objective.targets(content, arranged.wanted(scale), arranged.backdrop(scale))

    def _finished(self, image: Tensor, canvas: Tensor, arranged: Arrangement) -> Tensor:
        """What is written of the picture that was optimised; both are of one size."""
        image = arranged.finished(image)
        if self.config.keep_color and self.config.color_method == "luminance":
            return keep_chroma(image, canvas, self.config.keep_color)
        return image
