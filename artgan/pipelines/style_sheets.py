"""`artgan transfer --sweep` and `--compare` without a terminal: paintings that differ in one or two ways, on sheets."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from artgan import __version__
from artgan.config.sweeps import Axis
from artgan.config.transfer import TransferConfig
from artgan.errors import ArtganError, UsageError
from artgan.events import Listener, Note, PictureDone, PictureFailed
from artgan.io.images import Picture, picture_format, read_picture
from artgan.io.inputs import expand_inputs
from artgan.io.media import labelled_grid
from artgan.io.shipped import find_content, is_example
from artgan.models.encoder import Encoder
from artgan.painting.pyramid import fit, resize
from artgan.painting.tensors import to_tensor
from artgan.pipelines.outputs import STDIO, names_file, plan_named, stem
from artgan.pipelines.pictures import PicturesReport, check_stream, painting_progress, write_result
from artgan.pipelines.recall import picture_record
from artgan.pipelines.studio import Studio, chosen_encoder
from artgan.runtime import draw_seed, resolve_device, resolve_precision

Pixels = NDArray[np.uint8]

_CELL = 512
"""Long side of a cell at most."""
_GAP = 6
_CONTENT, _STYLE = "content", "style"
_ENCODER_OPTIONS = ("encoder", "encoder_weights", "pooling", "precision", "device")


@dataclass(frozen=True, kw_only=True)
class _Cell:
    """A painting to be: its content and its options, and what it is called."""

    source: str
    config: TransferConfig
    name: str


@dataclass(frozen=True, kw_only=True)
class _Sheet:
    """Cells in rows and columns with their labels, the contents they are of, and the file; None is standard output."""

    sources: tuple[str, ...]
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: tuple[tuple[_Cell, ...], ...]
    destination: Path | None


def paint_sheets(
    config: TransferConfig,
    contents: Sequence[str],
    *,
    out: str | None,
    force: bool,
    listener: Listener,
    should_stop: Callable[[], bool],
    stdin: BinaryIO | None,
    stdout: BinaryIO | None,
) -> PicturesReport:
    """Paint the sheets of `config`: one a content, or, for `--compare` alone, one with a row for each.

    A painting that fails leaves its place empty and is told to the listener; when `should_stop` turns true, the sheet
    at hand is written with what there is.

    Raises:
        UsageError: a value that its option does not take.
        ArtganError: as `artgan.pipelines.transfer.transfer`, or no painting of a sheet succeeds.
    """
    sources = expand_inputs(contents, is_named=is_example)
    config = replace(config, seed=draw_seed() if config.seed is None else config.seed)
    sheets = _plan(config, sources, out, force=force)
    check_stream(out, stdout)
    work = _Work(config, listener, should_stop, stdin, count=sum(len(row) for sheet in sheets for row in sheet.cells))
    done = 0
    for sheet in sheets:
        if should_stop():
            break
        pixels, details = work.paint(sheet)
        if pixels is None:
            break
        image = torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None].float() / 255
        write_result(image, None, sheet.destination, work.receipt(sheet), stdout, force=force)
        size = {"kind": "sheet", "width": pixels.shape[1], "height": pixels.shape[0]}
        source = ", ".join(sheet.sources)
        listener(PictureDone(source=source, path=sheet.destination, details={**size, **details}))
        done += 1
    return PicturesReport(done=done, failed=work.failed, interrupted=should_stop())


def _plan(config: TransferConfig, sources: Sequence[str], out: str | None, *, force: bool) -> list[_Sheet]:
    """Every sheet with all its configurations, which checks their values, and its file."""
    axes = config.axes
    label = "-".join(["compare"] * config.compare + [axis.field.replace("_", "-") for axis in axes[config.compare :]])
    by_content = config.compare and len(axes) == 1
    groups = [tuple(sources)] if by_content else [(source,) for source in sources]
    names = ["+".join(stem(source) for source in group)[:80] + f"-{label}" for group in groups]
    if len(set(names)) < len(names):
        raise UsageError("two contents have one name, and so would their sheets; rename one of them")
    if len(groups) > 1 and (out == STDIO or names_file(out)):
        raise UsageError(f"--out '{out}' takes one sheet, not {len(groups)}; give a folder")
    destinations = plan_named(names, out, suffix=".png", folder=Path(), force=force)
    for destination in destinations:
        if destination is not None:
            picture_format(destination)
    columns = axes[-1]
    rows = axes[0] if len(axes) == 2 else None
    sheets = []
    for group, destination in zip(groups, destinations, strict=True):
        if rows is not None:
            cells = tuple(tuple(_cells(config, group[0], (rows, row), columns)) for row in range(len(rows.values)))
            row_labels = rows.labels
        else:
            cells = tuple(tuple(_cells(config, source, None, columns)) for source in group)
            row_labels = tuple(stem(source) for source in group)
        sheets.append(
            _Sheet(sources=group, rows=row_labels, columns=columns.labels, cells=cells, destination=destination)
        )
    return sheets


def _cells(config: TransferConfig, source: str, row: tuple[Axis, int] | None, columns: Axis) -> Iterator[_Cell]:
    fixed, said = ({}, []) if row is None else ({row[0].field: row[0].values[row[1]]}, [row[0].labels[row[1]]])
    for value, label in zip(columns.values, columns.labels, strict=True):
        changed = replace(config, sweep=(), compare=False, **fixed, **{columns.field: value})
        yield _Cell(source=source, config=changed, name=f"{Path(source).name}, {', '.join([*said, label])}")


@dataclass
class _Work:
    """What the sheets of a command have in common: encoders and painters are made once."""

    config: TransferConfig
    listener: Listener
    should_stop: Callable[[], bool]
    stdin: BinaryIO | None
    count: int
    failed: int = 0
    begun: int = 0
    _encoders: dict[tuple[Any, ...], Encoder] = field(default_factory=dict)
    _studios: dict[TransferConfig, Studio] = field(default_factory=dict)
    _contents: dict[str, Picture] = field(default_factory=dict)

    def paint(self, sheet: _Sheet) -> tuple[Pixels | None, dict[str, Any]]:
        """The sheet, (H, W, 3) uint8, None when it was stopped before there was anything, and its details."""
        images: list[list[Tensor | None]] = []
        told: list[dict[str, object]] = []
        last: ArtganError | None = None
        for row_label, row in zip(sheet.rows, sheet.cells, strict=True):
            images.append([])
            for label, cell in zip(sheet.columns, row, strict=True):
                self.begun += 1
                image: Tensor | None = None
                try:
                    if not self.should_stop():
                        image, details = self._cell(cell)
                        told += [{"row": row_label, "column": label, **details}] if image is not None else []
                except ArtganError as error:
                    last = error
                    self.failed += 1
                    self.listener(PictureFailed(source=cell.name, error=f"{cell.name}: {error}"))
                images[-1].append(image)
        if not told:
            if last is not None and not self.should_stop():
                raise last
            return None, {}
        details = {"rows": list(sheet.rows), "columns": list(sheet.columns), "cells": told}
        return self._drawn(sheet, images), details

    def receipt(self, sheet: _Sheet) -> dict[str, Any]:
        """What the paintings have in common, and what they went through."""
        studios = [self._studios[cell.config] for row in sheet.cells for cell in row if cell.config in self._studios]
        swept = {axis.field for axis in self.config.axes}
        styles = {style.picture.sha256: style.record(None) for studio in studios for style in studio.styles}
        return {
            "artgan": __version__,
            "command": "transfer",
            "kind": "sheet",
            "options": {
                **{key: value for key, value in studios[0].options().items() if key not in swept},
                "sweep": list(self.config.sweep),
                "compare": self.config.compare,
            },
            "seed": self.config.seed,
            "contents": [picture_record(self._content(source), source) for source in sheet.sources],
            "styles": list(styles.values()),
            "torch": str(torch.__version__),
        }

    def _cell(self, cell: _Cell) -> tuple[Tensor | None, dict[str, object]]:
        content, studio = self._content(cell.source), self._studio(cell.config)
        tell = painting_progress(self.listener, cell.name, self.begun, self.count)
        painting = studio.paint(content, tell, self.should_stop)
        if painting.steps == 0:
            return None, {}
        return painting.image.cpu(), studio.details(painting, studio.scores(painting, content))

    def _content(self, source: str) -> Picture:
        if source not in self._contents:
            path = source if source == STDIO else find_content(source)
            self._contents[source] = read_picture(path, stdin=self.stdin)
        return self._contents[source]

    def _studio(self, config: TransferConfig) -> Studio:
        if config not in self._studios:
            key = tuple(getattr(config, name) for name in _ENCODER_OPTIONS)
            if key not in self._encoders:
                device = resolve_device(config.device)
                precision = resolve_precision(config.precision, device)
                self._encoders[key] = chosen_encoder(config, device, precision, self.listener)
            studio = Studio.open(config, listener=self.listener, encoder=self._encoders[key])
            if not self._studios:
                self.listener(Note(text=f"{studio.describe()}, {self.count} paintings"))
            self._studios[config] = studio
        return self._studios[config]

    def _drawn(self, sheet: _Sheet, images: Sequence[Sequence[Tensor | None]]) -> Pixels:
        """The sheet with its labels, and what it was painted from where there is room for it."""
        grid = [list(row) for row in images]
        rows, columns = list(sheet.rows), list(sheet.columns)
        if self.config.compare and len(self.config.axes) == 2:
            first = [self._style_picture(row[0]) for row in sheet.cells]
            columns.insert(0, _STYLE)
        elif len(self.config.axes) == 1:
            first = [to_tensor(self._content(row[0].source), torch.device("cpu")) for row in sheet.cells]
            columns.insert(0, _CONTENT)
        else:
            first = []
        for row, picture in zip(grid, first, strict=False):
            row.insert(0, picture)
        if self.config.compare and len(self.config.axes) == 1:
            grid.insert(0, [None, *(self._style_picture(cell) for cell in sheet.cells[0])])
            rows.insert(0, _STYLE)
        labels = None if len(rows) == 1 else rows
        longest = min(_CELL, max(max(image.shape[-2:]) for row in images for image in row if image is not None))
        return labelled_grid(_of_one_size(grid, longest), row_labels=labels, column_labels=columns, gap=_GAP)

    def _style_picture(self, cell: _Cell) -> Tensor | None:
        """The style of a cell with one picture."""
        studio = self._studios.get(cell.config)
        style = studio.styles[0].picture if studio is not None else None
        return to_tensor(style, torch.device("cpu")) if isinstance(style, Picture) else None


def _of_one_size(grid: Sequence[Sequence[Tensor | None]], longest: int) -> list[Pixels]:
    """Rows (N, H, W, 3) of pictures with this long side in the middle of white cells."""
    fitted = [[None if image is None else _reduced(image, longest) for image in row] for row in grid]
    sizes = [image.shape[-2:] for row in fitted for image in row if image is not None]
    height, width = max(size[0] for size in sizes), max(size[1] for size in sizes)
    rows = []
    for row in fitted:
        cells = np.full((len(row), height, width, 3), 255, np.uint8)
        for cell, image in zip(cells, row, strict=True):
            if image is not None:
                own = image[0].permute(1, 2, 0).mul(255).round().byte().numpy()
                top, left = (height - own.shape[0]) // 2, (width - own.shape[1]) // 2
                cell[top : top + own.shape[0], left : left + own.shape[1]] = own
        rows.append(cells)
    return rows


def _reduced(image: Tensor, long_side: int) -> Tensor:
    return resize(image, *fit(image.shape[-2], image.shape[-1], long_side))
