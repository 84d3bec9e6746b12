"""`artgan sample --from-receipt`: a picture that was drawn once is drawn again."""

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import torch

from artgan import __version__
from artgan.config.sample import SampleConfig
from artgan.errors import UsageError
from artgan.events import Listener, Note, ignore
from artgan.io.files import quoted
from artgan.io.receipts import read_receipt
from artgan.pipelines.modelfiles import ModelFile, locate, recorded_model
from artgan.pipelines.outputs import STDIO, names_file
from artgan.pipelines.sample import SampleReport, plain, sample
from artgan.runtime import resolve_device, resolve_precision

_FORMATS = {".jpg": "jpg", ".jpeg": "jpg", ".webp": "webp", ".tif": "tif", ".tiff": "tif", ".gif": "gif"}


def sample_again(
    picture: Path,
    model: str | None = None,
    *,
    changes: Mapping[str, Any] | None = None,
    out: str | None = None,
    force: bool = False,
    listener: Listener = ignore,
    should_stop: Callable[[], bool] = lambda: False,
    stdout: BinaryIO | None = None,
) -> SampleReport:
    """Draw a picture again that `sample` made, from the receipt in its file, but for `changes`, options by name.

    Without `model` the one of the receipt is looked for and must be the same, byte by byte; a named one may differ,
    which is told to the listener, as is what else may make the pixels differ.

    Raises:
        UsageError: the picture has no receipt of `artgan sample`.
        WeightsError: the model is not here.
    """
    receipt = read_receipt(picture)
    if receipt is None:
        raise UsageError(
            f"{quoted(picture)} has no receipt: it was not made by artgan, or was saved by another program"
        )
    if receipt.get("command") != "sample":
        raise UsageError(f"{quoted(picture)} was made by artgan {receipt.get('command')}, and not by artgan sample")
    record = receipt.get("model")
    record = record if isinstance(record, dict) else {}
    file = recorded_model(record, picture) if model is None else locate(model)
    own_format = _FORMATS.get(picture.suffix.lower())
    if own_format is not None and out != STDIO and not names_file(out):
        changes = {"format": own_format, **(changes or {})}
    config = _options(receipt, picture, changes or {})
    for difference in _differences(receipt, record, file, config):
        listener(Note(text=difference))
    return sample(config, file, out=out, force=force, listener=listener, should_stop=should_stop, stdout=stdout)


def _options(receipt: Mapping[str, Any], picture: Path, changes: Mapping[str, Any]) -> SampleConfig:
    """The options that made a picture, but for the changes."""
    known = {field.name for field in dataclasses.fields(SampleConfig)}
    stored = receipt.get("options")
    if not isinstance(stored, dict) or not isinstance(receipt.get("seeds"), str):
        raise UsageError(f"the receipt in {quoted(picture)} is damaged: it names no seeds")
    if unknown := stored.keys() - known:
        names = ", ".join(sorted(unknown))
        raise UsageError(f"{quoted(picture)} was drawn with options that this artgan does not know: {names}")
    options: dict[str, Any] = {**stored, "seeds": receipt["seeds"]}
    if {"n", "seed"} & changes.keys():
        del options["seeds"]
    return SampleConfig(**{**options, **changes})


def _differences(
    receipt: Mapping[str, Any], record: Mapping[str, Any], file: ModelFile, config: SampleConfig
) -> list[str]:
    """What is not as it was, in a line each."""
    told = []
    if (wanted := str(record.get("sha256"))) != (found := file.sha256()):
        told.append(f"another model: SHA-256 {found[:12]}... and not {wanted[:12]}..., so another picture")
    device = resolve_device(config.device)
    now = {
        "artgan": __version__,
        "torch": str(torch.__version__),
        "device": device.type,
        "precision": plain(resolve_precision(config.precision, device)),
    }
    changed = [f"{key} {receipt.get(key)} then, {value} now" for key, value in now.items() if receipt.get(key) != value]
    if changed:
        told.append(f"{'; '.join(changed)}: the pixels may differ a little")
    return told
