"""`artgan transfer --save-style` without a terminal: paintings in, their average as a style file out."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from artgan.config.transfer import TransferConfig
from artgan.config.values import parse_layers
from artgan.errors import ArtganError, PictureError, UsageError
from artgan.events import ItemsProgress, Listener, Note, PictureDone, PictureFailed
from artgan.io.files import check_writable
from artgan.io.images import Picture, read_picture
from artgan.io.inputs import expand_inputs
from artgan.io.manifest import MANIFEST, PROVENANCE, ManifestError, read_manifest
from artgan.io.shipped import find_style, style_names
from artgan.painting.forecast import demand
from artgan.painting.pyramid import plan
from artgan.painting.room import Room
from artgan.painting.stored_styles import StyleAverage
from artgan.painting.tensors import to_tensor
from artgan.pipelines.judging import STYLE_LAYERS
from artgan.pipelines.outputs import STDIO, STYLE_SUFFIX
from artgan.pipelines.pictures import PicturesReport
from artgan.pipelines.studio import chosen_encoder
from artgan.pipelines.stylefiles import is_style_file, write_style
from artgan.runtime import resolve_device, resolve_precision

Rows = dict[str, dict[str, Any]]

SIZE = 1024
"""Long side up to which a style is looked at by default: the scales of 512 px pictures are among those of 1024."""
_COLOURS = 4096
"""Of all paintings together, for the palette."""


def save_style(
    config: TransferConfig, *, force: bool, listener: Listener, should_stop: Callable[[], bool]
) -> PicturesReport:
    """Average the statistics of the styles of `config`, which may be folders and globs here, into one style file.

    A picture that cannot be read is told to the listener and left out; when `should_stop` turns true nothing is saved.

    Raises:
        UsageError: no styles, a name that is no style file's, or a style file among the styles.
        OutputError: it cannot be written.
        PictureError: there is no picture at all.
    """
    assert config.save_style is not None
    path = Path(config.save_style)
    if not path.name.endswith(STYLE_SUFFIX):
        raise UsageError(f"--save-style is a file ending in {STYLE_SUFFIX}, not '{path}'")
    check_writable(path, force=force)
    sources = _sources(config)
    device = resolve_device(config.device)
    precision = resolve_precision(config.precision, device)
    encoder = chosen_encoder(config, device, precision, listener)
    layers = [layer for layer in STYLE_LAYERS if layer in encoder.layers]
    layers += [layer for layer in parse_layers(config.style_layers, "--style-layers") if layer not in layers]
    long_side = config.size or SIZE
    scales = plan(
        long_side,
        long_side,
        long_side=long_side,
        steps=config.steps,
        scales=config.scales,
        growth=config.scale_growth,
    )
    sides = sorted({max(1, round(scale.long_side * config.style_scale)) for scale in scales})
    listener(Note(text=f"encoder {encoder.name}, {', '.join(layers)}, at {', '.join(map(str, sides))} px"))
    room = Room(tell=lambda text: listener(Note(text=text)))
    room.renew(demand(encoder, layers, sides[-1], sides[-1], on_cpu=device.type == "cpu"), config.memory_limit, device)
    average = StyleAverage(
        encoder=encoder, layers=layers, sides=sides, colours=max(1, _COLOURS // len(sources)), room=room
    )
    pictures: list[dict[str, Any]] = []
    manifests: dict[Path, Rows] = {}
    failed = 0
    began = time.monotonic()
    for number, (source, share) in enumerate(sources, start=1):
        if should_stop():
            return PicturesReport(done=0, failed=failed, interrupted=True)
        try:
            picture = read_picture(find_style(source))
        except ArtganError as error:
            if len(sources) == 1:
                raise
            failed += 1
            listener(PictureFailed(source=source, error=str(error)))
            continue
        average.add(to_tensor(picture, device), share)
        pictures.append(_record(picture, source, share, manifests))
        rate = number / max(time.monotonic() - began, 1e-6)
        left = (len(sources) - number) / rate
        listener(
            ItemsProgress(
                activity="looking at styles",
                done=number,
                total=len(sources),
                reasons={"failed": failed} if failed else {},
                per_second=rate,
                seconds_left=left,
            )
        )
    if not pictures:
        raise PictureError("none of the styles could be read, so there is nothing to save")
    write_style(path, average.finish(), encoder, pictures)
    details = {
        "kind": "style",
        "pictures": len(pictures),
        "encoder": encoder.name,
        "layers": layers,
        "long_sides": sides,
    }
    listener(PictureDone(source=", ".join(config.style), path=path, details=details))
    return PicturesReport(done=1, failed=failed, interrupted=False)


def _sources(config: TransferConfig) -> list[tuple[str, float]]:
    """Every picture and its share: those of a folder share its weight."""
    if not config.style:
        raise UsageError("--save-style needs pictures: add --style FOLDER")
    sources: list[tuple[str, float]] = []
    for style in config.styles:
        name = style.name
        if name == STDIO or is_style_file(name):
            raise UsageError(f"--save-style looks at pictures, and '{name}' is none")
        if style.mask is not None or style.layers is not None or style.scale != 1:
            raise UsageError("--save-style takes no mask, scale or layers of a style: they are said when it is used")
        inside = expand_inputs([name], is_named=lambda text: text in style_names())
        sources += [(source, style.weight / len(inside)) for source in inside]
    return sources


def _record(picture: Picture, source: str, share: float, rows: dict[Path, Rows]) -> dict[str, Any]:
    """What a style file tells of a picture: name, hash, share, and what a manifest beside it knows of its origin.

    `rows` keeps the manifests that were read, by folder.
    """
    folder = Path(source).parent
    if folder not in rows:
        rows[folder] = _manifest(folder / MANIFEST)
    row = rows[folder].get(picture.name, {})
    known = {key: row[key] for key in PROVENANCE if row.get(key) is not None}
    return {"name": picture.name, "sha256": picture.sha256, "share": share, **known}


def _manifest(path: Path) -> Rows:
    """Its rows by file; none where it is missing or another tool's, which call files of theirs so, too."""
    try:
        rows = read_manifest(path) if path.is_file() else []
    except ManifestError:
        rows = []
    return {row["file"]: row for row in rows if isinstance(row.get("file"), str)}
