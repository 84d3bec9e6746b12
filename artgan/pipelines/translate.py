"""`artgan transfer --model` without a terminal: pictures in, the same pictures in another domain out."""

import dataclasses
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import torch

from artgan import __version__
from artgan.config.fields import info_of
from artgan.config.transfer import MODEL, TransferConfig
from artgan.errors import UsageError
from artgan.events import ItemsProgress, Listener, Note, ignore
from artgan.io.inputs import expand_inputs
from artgan.io.shipped import is_example
from artgan.painting.pyramid import fit, resize
from artgan.painting.tensors import to_tensor
from artgan.painting.tiling import Progress
from artgan.painting.translate import Translation, blend
from artgan.pipelines.outputs import plan_outputs
from artgan.pipelines.pictures import PicturesReport, check_stream
from artgan.pipelines.recall import Earlier, Record, picture_record
from artgan.pipelines.relay import Computed, Read, one_at_a_time, relay
from artgan.pipelines.translators import Model, Translators
from artgan.runtime import resolve_device, resolve_precision


def translate(
    config: TransferConfig,
    contents: Sequence[str],
    *,
    out: str | None = None,
    force: bool = False,
    listener: Listener = ignore,
    should_stop: Callable[[], bool] = lambda: False,
    stdin: BinaryIO | None = None,
    stdout: BinaryIO | None = None,
    earlier: Earlier | None = None,
) -> PicturesReport:
    """Translate contents as `artgan.pipelines.transfer.transfer` repaints them, by the model of `config`.

    A picture comes back at its own size, or at `config.size`. When `should_stop` turns true, the picture at hand is
    finished and the rest are left.
    """
    if config.model is None:
        raise UsageError("no model: add --model FILE, or the folder of a run of artgan train cyclegan")
    listener = one_at_a_time(listener)
    sources = expand_inputs(contents, is_named=is_example)
    device = resolve_device(config.device)
    precision = resolve_precision(config.precision, device)
    translators = Translators(device=device, precision=precision, tiling=config.tiling, max_memory=config.memory_limit)
    model = translators.model(config.model)
    way = model.way(config.to)
    translator = translators.translator(config.model, way)
    destinations = plan_outputs(sources, out, label=way.rpartition("->")[2], force=force)
    check_stream(out, stdout)
    if model.file.note is not None:
        listener(Note(text=model.file.note))
    kind = str(precision).removeprefix("torch.")
    listener(Note(text=f"model {model.file.name}, {way}, {device.type} {kind}"))

    telling = _Telling(listener, len(sources))

    def compute(number: int, source: str, read: Read) -> Computed:
        began = time.monotonic()
        tell = telling.of(number - 1, source)
        try:
            content = read()
            image = to_tensor(content, device)
            if config.size is not None:
                image = resize(image, *fit(image.shape[-2], image.shape[-1], config.size))
            translation = translator.paint(image, tell)
            result = blend(image, translation.image, config.mixed_in).cpu()
        finally:
            if len(sources) > 1:
                tell(1.0)
        record = picture_record(content, source, earlier)
        details = {
            "width": result.shape[-1],
            "height": result.shape[-2],
            "direction": way,
            "model": str(model.file.path),
            "tiling": translation.tiling,
            "seconds": round(time.monotonic() - began, 2),
        }
        receipt = _receipt(config, record, model, way, translation, device, kind)
        return Computed(image=result, alpha=content.alpha, receipt=receipt, details=details)

    return relay(
        sources,
        destinations,
        compute,
        listener=listener,
        should_stop=should_stop,
        force=force,
        stdin=stdin,
        stdout=stdout,
    )


class _Telling:
    """Tells the listener how far the pictures are; one alone counts in hundredths."""

    def __init__(self, listener: Listener, pictures: int) -> None:
        self._listener, self._pictures, self._began = listener, pictures, time.monotonic()

    def of(self, number: int, source: str) -> Progress:
        def tell(share: float) -> None:
            done = number + share
            rate = done / max(time.monotonic() - self._began, 1e-6)
            unit, mark = (100, ", %") if self._pictures == 1 else (1, "")
            self._listener(
                ItemsProgress(
                    activity=f"translating {Path(source).name}{mark}",
                    done=int(done * unit),
                    total=self._pictures * unit,
                    reasons={},
                    per_second=rate * unit,
                    seconds_left=(self._pictures - done) / rate if rate else None,
                )
            )

        return tell


def _receipt(
    config: TransferConfig,
    content: Record,
    model: Model,
    way: str,
    translation: Translation,
    device: torch.device,
    precision: str,
) -> dict[str, Any]:
    """What makes the same picture again, and nothing that differs when it is."""
    options = {
        field.name: getattr(config, field.name)
        for field in dataclasses.fields(config)
        if info_of(field).panel == MODEL and field.name not in ("model", "to")
    }
    return {
        "artgan": __version__,
        "command": "transfer",
        "model": {**model.record(), "spec": model.spec.to_json()},
        "direction": way,
        "tiling": translation.tiling,
        "options": {
            key: value
            for key, value in {**options, "size": config.size, "strength": config.strength}.items()
            if value is not None
        },
        "content": content,
        "device": device.type,
        "precision": precision,
        "torch": str(torch.__version__),
    }
