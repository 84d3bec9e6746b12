"""`artgan sample --from-receipt`: a picture that was drawn once is drawn again."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from artgan.config.sample import SampleConfig
from artgan.events import Listener, Note, ignore
from artgan.pipelines.modelfiles import ModelFile, locate, recorded_model
from artgan.pipelines.outputs import STDIO, names_file
from artgan.pipelines.recall import Record, circumstances, damaged, recall, recorded_options
from artgan.pipelines.sample import SampleReport, sample

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
    receipt = recall(picture, "sample")
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


def _options(receipt: Record, picture: Path, changes: Mapping[str, Any]) -> SampleConfig:
    """The options that made a picture, but for the changes."""
    options = recorded_options(receipt, picture, SampleConfig)
    if not isinstance(receipt.get("seeds"), str):
        raise damaged(picture, "it names no seeds")
    if not {"n", "seed"} & changes.keys():
        options["seeds"] = receipt["seeds"]
    return SampleConfig(**{**options, **changes})


def _differences(receipt: Record, record: Record, file: ModelFile, config: SampleConfig) -> list[str]:
    """What is not as it was, in a line each."""
    told = []
    if (wanted := str(record.get("sha256"))) != (found := file.sha256()):
        told.append(f"another model: SHA-256 {found[:12]}... and not {wanted[:12]}..., so another picture")
    return [*told, *circumstances(receipt, config)]
