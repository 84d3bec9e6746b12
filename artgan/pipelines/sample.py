"""`artgan sample` without a terminal: a trained generator, seeds and tags in, pictures out."""

import dataclasses
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import torch

from artgan import __version__
from artgan.config.sample import ANIMATIONS, SampleConfig
from artgan.config.values import format_seeds
from artgan.data.vocabulary import Tags
from artgan.errors import UsageError
from artgan.events import ItemsProgress, Listener, Note, PictureDone, ignore
from artgan.io.files import write_stream
from artgan.io.images import FORMATS, encode_png, picture_format, write_picture
from artgan.io.video import require_video
from artgan.models.registry import ModelSpec, load
from artgan.painting.sampling import Pixels, Sampler
from artgan.painting.sheets import as_floats
from artgan.pipelines.animations import write_animation
from artgan.pipelines.modelfiles import ModelFile, locate
from artgan.pipelines.outputs import STDIO, names_file, plan_named
from artgan.pipelines.pieces import Piece, chosen_seeds, draw_loop, draw_stills, pieces
from artgan.runtime import draw_seed, resolve_device, resolve_precision

FOLDER = Path("samples")
"""Where pictures go that are given no other place."""

_ON_GPU = 64
_ON_CPU = 16
_NOT_DRAWN = frozenset({"n", "seed", "seeds", "format"})
"""Options that say which pictures or where to, and are not in a receipt beside its seeds."""


@dataclass(frozen=True, kw_only=True)
class SampleReport:
    """How sampling ended: the files written, in order, and whether it was stopped early."""

    paths: tuple[Path, ...]
    interrupted: bool


def sample(
    config: SampleConfig,
    model: str | ModelFile | None = None,
    *,
    out: str | None = None,
    force: bool = False,
    listener: Listener = ignore,
    should_stop: Callable[[], bool] = lambda: False,
    stdout: BinaryIO | None = None,
) -> SampleReport:
    """Draw pictures with `model` (a file, run folder or built-in's name; None as in `locate`) and write them.

    `out` is a file, a folder or "-"; without it files go to ./samples. When `should_stop` turns true, the file at hand
    is written and the rest are left.

    Raises:
        UsageError: options that do not go together or with the model, unknown tags.
        WeightsError: no model, or a damaged one.
        OutputError: a result exists, or cannot be written; nothing has been drawn then.
    """
    config.check_together()
    file = model if isinstance(model, ModelFile) else locate(model)
    suffix = _suffix(config, out)
    if out == STDIO and (stdout is None or stdout.isatty()):
        raise UsageError("a picture on a terminal is unreadable: pipe standard output, or give --out a file")
    if suffix == ".mp4":
        require_video()
    if file.note is not None:
        listener(Note(text=file.note))
    spec, networks = load(file.path)
    device = resolve_device(config.device)
    precision = resolve_precision(config.precision, device)
    sampler = Sampler(
        spec,
        networks,
        name=file.name,
        device=device,
        precision=precision,
        batch_size=config.batch_size or _batch_size(config, device),
        truncation=config.truncation,
    )
    given = sampler.parse_tags(config.tags)
    if config.interpolate == "tags" and not config.groups:
        config = dataclasses.replace(config, by=sampler.group_names()[0])
    for group in config.groups:
        sampler.group(group)
        if group in given:
            raise UsageError(f"--by {group} goes through every value: leave '{given[group][0]} {group}' out of --tags")
    planned = pieces(config, chosen_seeds(config, draw_seed()), file.name)
    destinations = plan_named([piece.name for piece in planned], out, suffix=suffix, folder=FOLDER, force=force)
    listener(Note(text=_describe(config, planned, file, sampler, device, precision)))

    record = _Receipts(config, file, spec, sampler, device, precision, given, file.sha256())
    began = time.monotonic()

    def progress(done: int, total: int) -> None:
        rate = done / max(time.monotonic() - began, 1e-6)
        left = (total - done) / rate
        listener(
            ItemsProgress(
                activity="drawing", done=done, total=total, reasons={}, per_second=rate, seconds_left=round(left, 1)
            )
        )

    written: list[Path] = []

    def done(piece: Piece, path: Path | None, size: tuple[int, int]) -> None:
        if path is not None:
            written.append(path)
        listener(PictureDone(source=file.name, path=path, details=record.details(piece, size)))

    if config.interpolate is not None:
        (piece,), (path,) = planned, destinations
        frames = draw_loop(config, sampler, given, piece, progress)
        if path is not None:
            write_animation(frames, path, fps=config.fps, receipt=record.receipt(piece), force=force)
        done(piece, path, (frames[0].shape[1], frames[0].shape[0]))
        return SampleReport(paths=tuple(written), interrupted=should_stop())
    drawn = draw_stills(config, sampler, given, planned)
    for number, (piece, path) in enumerate(zip(planned, destinations, strict=True), start=1):
        if should_stop():
            break
        pixels = next(drawn)
        _write(pixels, path, record.receipt(piece), stdout, force=force)
        if len(planned) > 1:
            progress(number, len(planned))
        done(piece, path, (pixels.shape[1], pixels.shape[0]))
    return SampleReport(paths=tuple(written), interrupted=should_stop())


@dataclass(frozen=True)
class _Receipts:
    """What every receipt of a command has in common: no times and no folders, so that it is the same again."""

    config: SampleConfig
    file: ModelFile
    spec: ModelSpec
    sampler: Sampler
    device: torch.device
    precision: torch.dtype
    given: Tags
    sha256: str

    def receipt(self, piece: Piece) -> dict[str, Any]:
        options = {
            key: value
            for key, value in dataclasses.asdict(self.config).items()
            if value is not None and key not in _NOT_DRAWN
        }
        options["batch_size"] = self.sampler.batch_size
        return {
            "artgan": __version__,
            "command": "sample",
            "kind": piece.kind,
            "model": {"file": self.file.recorded, "sha256": self.sha256, "spec": self.spec.to_json()},
            "seeds": format_seeds(piece.seeds),
            **self._tags(piece),
            "options": options,
            "device": self.device.type,
            "precision": plain(self.precision),
            "torch": str(torch.__version__),
        }

    def details(self, piece: Piece, size: tuple[int, int]) -> dict[str, object]:
        """For people and programs."""
        return {
            "kind": piece.kind,
            "width": size[0],
            "height": size[1],
            "seeds": list(piece.seeds),
            **self._tags(piece),
            "truncation": self.config.truncation,
            "model": str(self.file.path),
        }

    def _tags(self, piece: Piece) -> dict[str, Any]:
        """Those of a picture of one seed, drawn ones too."""
        if piece.kind != "picture" or self.sampler.vocabulary is None:
            return {}
        tags = self.sampler.tags(piece.seeds[0], self.given)
        return {"tags": {group: list(values) for group, values in tags.items()}}


def _batch_size(config: SampleConfig, device: torch.device) -> int:
    """On a CPU single pictures are drawn one by one, so that none depends on which others are asked for."""
    if device.type != "cpu":
        return _ON_GPU
    return _ON_CPU if config.grid or config.groups or config.interpolate else 1


def _suffix(config: SampleConfig, out: str | None) -> str:
    """What the results end in. Raises UsageError when --out and --format, or a loop and its suffix, do not agree."""
    loop = config.interpolate is not None
    wanted = f".{config.format}" if config.format else None
    if out == STDIO:
        if loop or wanted not in (None, ".png"):
            raise UsageError(
                "-o - writes one PNG; give --out a file for " + ("a loop" if loop else f"a {config.format}")
            )
        return ".png"
    if not names_file(out):
        return wanted or (".webp" if loop else ".png")
    own = Path(str(out)).suffix.lower()
    kinds = {f".{name}": name for name in ANIMATIONS}
    if loop and own not in kinds:
        raise UsageError(f"a loop is written as {', '.join(kinds)}, not '{out}'")
    if not loop:
        if own in (".gif", ".mp4"):
            raise UsageError(f"'{out}' is for loops: add --interpolate latents or tags")
        kinds = FORMATS
        picture_format(Path(str(out)))
    if wanted is not None and kinds[own] != kinds[wanted]:
        raise UsageError(f"--out '{out}' and --format {config.format} ask for different formats")
    return own


def _describe(
    config: SampleConfig,
    planned: Sequence[Piece],
    file: ModelFile,
    sampler: Sampler,
    device: torch.device,
    precision: torch.dtype,
) -> str:
    seeds = format_seeds([seed for piece in planned for seed in piece.seeds])
    parts = [f"model {file.name}", f"seeds {seeds}" if "-" in seeds or "," in seeds else f"seed {seeds}"]
    if sampler.vocabulary is not None:
        given = sampler.parse_tags(config.tags)
        free = [g.name for g in sampler.vocabulary.groups if g.name not in given and g.name not in config.groups]
        parts += [f"{values[0]} {name}" for name, values in given.items()]
        parts += [f"{' and '.join(free)} drawn"] if free else []
    return ", ".join([*parts, f"{device.type} {plain(precision)}"])


def plain(precision: torch.dtype) -> str:
    """How notes and receipts call a precision: "float32"."""
    return str(precision).removeprefix("torch.")


def _write(
    pixels: Pixels, path: Path | None, receipt: Mapping[str, Any], stdout: BinaryIO | None, *, force: bool
) -> None:
    if path is not None:
        write_picture(as_floats(pixels), path, receipt=receipt, force=force)
    elif stdout is not None:
        write_stream(stdout, encode_png(as_floats(pixels), receipt=receipt))
