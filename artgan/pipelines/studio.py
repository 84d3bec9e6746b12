"""What the paintings of one `artgan transfer --style` share: styles, encoder, painter, and what receipts say."""

import dataclasses
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import torch
from torch import Tensor

from artgan import __version__
from artgan.config.fields import info_of
from artgan.config.transfer import OF_OPTIMISING, RESULTS, SHEETS, TransferConfig
from artgan.errors import DeviceError
from artgan.events import Listener, Note
from artgan.io.images import Picture, read_picture
from artgan.models.encoder import Encoder
from artgan.models.encoder_weights import load_encoder
from artgan.painting.fast import FastPainter
from artgan.painting.optimise import Iterate, strength_of_start
from artgan.painting.styling import Painting, StylePainter, Watch
from artgan.painting.tensors import to_alpha, to_tensor
from artgan.pipelines.judging import Judge
from artgan.pipelines.painters import OnePass, open_painter
from artgan.pipelines.recall import Earlier, picture_record
from artgan.pipelines.styles import ReadStyle, check_style_files, read_styles, styles_of
from artgan.runtime import draw_seed, is_out_of_memory, resolve_device, resolve_precision

NOT_PAINTED = frozenset(
    {
        "style",
        "max_memory",
        "painter",
        *(field.name for field in dataclasses.fields(TransferConfig) if info_of(field).panel in (RESULTS, SHEETS)),
    }
)
"""Options that are told by name and hash, or change nothing in the picture."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Studio:
    """A painter with its styles hung up; `earlier` is what is painted again, if anything is."""

    config: TransferConfig
    styles: tuple[ReadStyle, ...]
    encoder: Encoder
    painter: StylePainter | FastPainter
    one_pass: OnePass | None
    """The network that paints, or that a painting starts from."""
    judge: Judge
    device: torch.device
    precision: torch.dtype
    seed: int
    start: Picture | None
    """The picture that `--init FILE` names."""
    earlier: Earlier | None

    @classmethod
    def open(
        cls,
        config: TransferConfig,
        *,
        listener: Listener,
        stdin: BinaryIO | None = None,
        earlier: Earlier | None = None,
        encoder: Encoder | None = None,
    ) -> "Studio":
        """Read the styles and load the encoder, unless it is given.

        Raises:
            PictureError: a style is missing or no picture.
            WeightsError, NetworkError: the encoder cannot be had.
            UsageError: a layer that the encoder does not have.
        """
        device = resolve_device(config.device)
        precision = resolve_precision(config.precision, device)
        styles = read_styles(config.styles, stdin, device)
        start = _read_init(config.init)
        fast = config.fast_by_name(config.init)
        one_pass = open_painter(config, device, precision) if fast or config.init == "fast" else None
        if fast and one_pass is not None:
            encoder = one_pass.eyes
        encoder = encoder or chosen_encoder(config, device, precision, listener)
        if earlier is not None and earlier.encoder is not None and earlier.encoder.get("sha256") != encoder.sha256:
            listener(
                Note(
                    text=f"another encoder, {encoder.name} with SHA-256 {encoder.sha256[:12]}...: the pixels may differ"
                )
            )
        seed = draw_seed() if config.seed is None else config.seed
        check_style_files(styles, config, encoder)
        hung = styles_of(styles, device)
        size = config.size or (512 if device.type == "cpu" else 1024)
        painter: StylePainter | FastPainter
        seen = None if earlier is None else earlier.pixels_at_once

        def tell(text: str) -> None:
            listener(Note(text=text))

        swift: FastPainter | None = None
        if one_pass is not None:
            network, eyes = one_pass.network, one_pass.eyes
            swift = FastPainter(
                config=config,
                network=network,
                eyes=eyes,
                styles=hung,
                size=size,
                of_strength=1.0 if fast else strength_of_start(config.steps),
                pixels_at_once=seen,
                tell=tell,
            )
        if fast and swift is not None:
            painter = swift
        else:
            painter = StylePainter(
                config=config,
                encoder=encoder,
                styles=hung,
                size=size,
                seed=seed,
                init=None if start is None else to_tensor(start, device),
                sketch=None if swift is None else swift.repainted,
                taken=None if earlier is None else earlier.scales,
                pixels_at_once=math.inf if seen is None else seen,
                tell=tell,
            )
        return cls(
            config=config,
            styles=tuple(styles),
            encoder=encoder,
            painter=painter,
            one_pass=one_pass,
            judge=Judge(encoder=encoder, styles=hung, scale=config.style_scale),
            device=device,
            precision=precision,
            seed=seed,
            start=start,
            earlier=earlier,
        )

    def paint(
        self,
        content: Picture,
        on_step: Callable[[Iterate, int], None] = lambda iterate, scales: None,
        should_stop: Callable[[], bool] = lambda: False,
        *,
        watch: Watch | None = None,
        state: Mapping[str, Tensor] | None = None,
    ) -> Painting:
        """Repaint one content as `StylePainter.paint` does.

        Raises DeviceError, in one line with the mend, when memory has run out.
        """
        with memory_named(self.painter.size):
            image, alpha = to_tensor(content, self.device), to_alpha(content, self.device)
            return self.painter.paint(image, on_step, should_stop, alpha=alpha, watch=watch, state=state)

    def describe(self) -> str:
        """One line for the user: encoder, device, precision, seed."""
        why = ""
        if self.config.encoder == "auto" and self.encoder.name == "embedded":
            why = " (VGG19's weights are not on disk; --encoder vgg19 downloads them once)"
        precision = str(self.precision).removeprefix("torch.")
        where = f"{self.device.type} {precision}, seed {self.seed}"
        if self.one_pass is not None and isinstance(self.painter, FastPainter):
            by = f"painter {self.one_pass.file.name}" if self.config.painter else "by the built-in painter"
            why = "" if self.config.painter else " (--method optimize takes longer and goes further)"
            return f"in one pass, {by}{why}, {where}"
        return f"encoder {self.encoder.name}{why}, {where}"

    def scores(self, painting: Painting, content: Picture) -> dict[str, Any]:
        """What the painting kept and took; see `artgan.pipelines.judging`."""
        image, alpha = to_tensor(content, self.device), to_alpha(content, self.device)
        return self.judge.scores(painting.image, image, alpha)

    def details(self, painting: Painting, scores: Mapping[str, Any]) -> dict[str, object]:
        """For people and programs."""
        return {
            "width": painting.image.shape[-1],
            "height": painting.image.shape[-2],
            "steps": painting.steps,
            **({} if painting.content_loss is None else {"content_loss": painting.content_loss}),
            **({} if painting.style_loss is None else {"style_loss": painting.style_loss}),
            "seconds": round(painting.seconds, 2),
            "encoder": self.encoder.name,
            "seed": self.seed,
            "interrupted": painting.interrupted,
            "scores": scores,
        }

    def receipt(
        self, painting: Painting, content: Picture, source: str, scores: Mapping[str, Any]
    ) -> dict[str, object]:
        """All that is needed to paint the same picture again, and nothing that differs when it is."""
        return {
            **self.identity(content, source),
            "steps": painting.steps,
            "scales": painting.scales,
            **({} if painting.pixels_at_once is None else {"pixels_at_once": painting.pixels_at_once}),
            "device": self.device.type,
            "precision": str(self.precision).removeprefix("torch."),
            "torch": str(torch.__version__),
            "scores": scores,
        }

    def identity(self, content: Picture, source: str) -> dict[str, object]:
        """The part of a receipt that is known before the first step."""
        return {
            "artgan": __version__,
            "command": "transfer",
            "options": self.options(),
            "seed": self.seed,
            "encoder": {"name": self.encoder.name, "sha256": self.encoder.sha256},
            **({} if self.one_pass is None else {"painter": self.one_pass.record(self.earlier)}),
            "content": picture_record(content, source, self.earlier),
            **({} if self.start is None else {"init": picture_record(self.start, self.config.init, self.earlier)}),
            "styles": [style.record(self.earlier) for style in self.styles],
        }

    def options(self) -> dict[str, object]:
        """Those that make the picture, in force: what was left to artgan is told as it was decided."""
        options = dataclasses.asdict(self.config)
        fast = isinstance(self.painter, FastPainter)
        options |= {
            "encoder": self.encoder.name,
            "method": "fast" if fast else "optimize",
            "size": self.painter.size,
            "seed": self.seed,
        }
        for key in ("encoder_weights", "init"):
            if options[key] is not None:
                options[key] = Path(options[key]).name
        untold = NOT_PAINTED | set(self.config.of_optimising(OF_OPTIMISING) if fast else ())
        return {key: value for key, value in options.items() if value is not None and key not in untold}


def chosen_encoder(config: TransferConfig, device: torch.device, precision: torch.dtype, listener: Listener) -> Encoder:
    """The encoder that the options ask for. Raises WeightsError and NetworkError when it cannot be had."""
    return load_encoder(
        config.encoder,
        weights=None if config.encoder_weights is None else Path(config.encoder_weights),
        pooling=config.pooling,
        precision=precision,
        device=device,
        on_event=listener,
    )


@contextmanager
def memory_named(size: int) -> Iterator[None]:
    """Turns memory that has run out into one line with the mend."""
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        raise DeviceError(f"out of memory at {size} px: lower --size, or --device cpu") from None


def _read_init(init: str) -> Picture | None:
    if init in ("content", "noise", "noisy-content", "fast"):
        return None
    return read_picture(Path(init))
