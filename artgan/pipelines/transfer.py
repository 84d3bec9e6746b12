"""`artgan transfer` without a terminal: pictures in, repainted pictures out."""

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import torch

from artgan import __version__
from artgan.config.transfer import TransferConfig
from artgan.config.values import split_weight
from artgan.errors import ArtganError, DeviceError, UsageError
from artgan.events import Listener, Note, PictureDone, PictureFailed, ignore
from artgan.io.images import Picture, read_picture
from artgan.io.inputs import expand_inputs
from artgan.io.shipped import find_content, find_style, is_example, style_names
from artgan.models.encoder import Encoder
from artgan.models.encoder_weights import load_encoder
from artgan.painting.styles import Style
from artgan.painting.styling import Painting, StylePainter
from artgan.painting.tensors import to_tensor
from artgan.pipelines.outputs import STDIO, plan_outputs, stem
from artgan.pipelines.pictures import PicturesReport, check_stream, painting_progress, write_result
from artgan.pipelines.translate import translate
from artgan.runtime import draw_seed, resolve_device, resolve_precision


def transfer(
    config: TransferConfig,
    contents: Sequence[str],
    *,
    out: str | None = None,
    force: bool = False,
    listener: Listener = ignore,
    should_stop: Callable[[], bool] = lambda: False,
    stdin: BinaryIO | None = None,
    stdout: BinaryIO | None = None,
) -> PicturesReport:
    """Repaint contents (files, folders, globs, "-", "example:NAME") in the styles of `config` or by its model.

    One content that cannot be repainted raises its ArtganError; one of several is told to the listener and the others
    go on. When `should_stop` turns true, the picture at hand is written as it is and the rest are left.
    """
    if config.model is None and not config.style:
        raise UsageError(f"no style: add --style FILE, or a built-in one such as --style {style_names()[0]}")
    if not contents:
        raise UsageError("no pictures: name some, as in artgan transfer example:portrait --style swirls")
    if config.model is not None:
        return translate(
            config,
            contents,
            out=out,
            force=force,
            listener=listener,
            should_stop=should_stop,
            stdin=stdin,
            stdout=stdout,
        )
    sources = expand_inputs(contents, is_named=is_example)
    named = [split_weight(style, "--style") for style in config.style]
    if STDIO in sources and STDIO in {name for name, _ in named}:
        raise UsageError("- can be the content or a style, not both")
    label = "+".join(stem(name) for name, _ in named)
    destinations = plan_outputs(sources, out, label=label, force=force)
    check_stream(out, stdout)

    styles = [read_picture(STDIO if name == STDIO else find_style(name), stdin=stdin) for name, _ in named]
    start = _read_init(config.init)
    device = resolve_device(config.device)
    precision = resolve_precision(config.precision, device)
    encoder = load_encoder(
        config.encoder,
        weights=None if config.encoder_weights is None else Path(config.encoder_weights),
        pooling=config.pooling,
        precision=precision,
        device=device,
        on_event=listener,
    )
    seed = draw_seed() if config.seed is None else config.seed
    painter = StylePainter(
        config=config,
        encoder=encoder,
        styles=[
            Style(image=to_tensor(style, device), share=share) for style, (_, share) in zip(styles, named, strict=True)
        ],
        size=config.size or (512 if device.type == "cpu" else 1024),
        seed=seed,
        init=None if start is None else to_tensor(start, device),
    )
    listener(Note(text=_describe(encoder, config, seed, device, precision)))

    done = failed = 0
    for number, (source, destination) in enumerate(zip(sources, destinations, strict=True), start=1):
        if should_stop():
            break
        try:
            content = read_picture(source if source == STDIO else find_content(source), stdin=stdin)
            step = painting_progress(listener, Path(source).name, number, len(sources))
            with _memory_named(painter.size):
                painting = painter.paint(to_tensor(content, device), step, should_stop)
            if painting.steps == 0:
                break
            receipt = _receipt(config, painting, content, styles, named, encoder, seed, device, precision)
            write_result(painting.image, content, destination, receipt, stdout, force=force)
        except ArtganError as error:
            if len(sources) == 1:
                raise
            failed += 1
            listener(PictureFailed(source=source, error=str(error)))
        else:
            done += 1
            listener(PictureDone(source=source, path=destination, details=_details(painting, encoder, seed)))
    return PicturesReport(done=done, failed=failed, interrupted=should_stop())


@contextmanager
def _memory_named(size: int) -> Iterator[None]:
    """Turns an accelerator that is full into one line with the mend."""
    try:
        yield
    except torch.OutOfMemoryError:
        raise DeviceError(f"out of memory at {size} px: lower --size, or --device cpu") from None


def _read_init(init: str) -> Picture | None:
    if init in ("content", "noise", "noisy-content"):
        return None
    return read_picture(Path(init))


def _describe(encoder: Encoder, config: TransferConfig, seed: int, device: torch.device, precision: torch.dtype) -> str:
    why = ""
    if config.encoder == "auto" and encoder.name == "embedded":
        why = " (VGG19's weights are not on disk; --encoder vgg19 downloads them once)"
    return f"encoder {encoder.name}{why}, {device.type} {str(precision).removeprefix('torch.')}, seed {seed}"


def _details(painting: Painting, encoder: Encoder, seed: int) -> dict[str, object]:
    return {
        "width": painting.image.shape[-1],
        "height": painting.image.shape[-2],
        "steps": painting.steps,
        "content_loss": painting.content_loss,
        "style_loss": painting.style_loss,
        "seconds": round(painting.seconds, 2),
        "encoder": encoder.name,
        "seed": seed,
        "interrupted": painting.interrupted,
    }


def _receipt(
    config: TransferConfig,
    painting: Painting,
    content: Picture,
    styles: Sequence[Picture],
    named: Sequence[tuple[str, float]],
    encoder: Encoder,
    seed: int,
    device: torch.device,
    precision: torch.dtype,
) -> dict[str, object]:
    """All that is needed to paint the same picture again, and nothing that differs when it is: no times, no folders."""
    options = {key: value for key, value in dataclasses.asdict(config).items() if value is not None}
    del options["style"]  # told below, by name and hash
    for key in ("encoder_weights", "init"):
        if key in options:
            options[key] = Path(options[key]).name
    return {
        "artgan": __version__,
        "command": "transfer",
        "options": options,
        "seed": seed,
        "steps": painting.steps,
        "scales": painting.scales,
        "encoder": {"name": encoder.name, "sha256": encoder.sha256},
        "content": {"name": content.name, "sha256": content.sha256},
        "styles": [
            {"name": style.name, "sha256": style.sha256, "weight": share}
            for style, (_, share) in zip(styles, named, strict=True)
        ],
        "device": device.type,
        "precision": str(precision).removeprefix("torch."),
        "torch": str(torch.__version__),
    }
