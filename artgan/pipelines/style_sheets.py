"""`artgan transfer --sweep` and `--compare` without a terminal: paintings that differ in one or two ways, on sheets."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from artgan.config.transfer import TransferConfig
from artgan.errors import ArtganError
from artgan.events import Listener, Note, PictureDone, PictureFailed
from artgan.io.images import Picture, read_picture
from artgan.io.inputs import expand_inputs
from artgan.io.media import labelled_grid
from artgan.io.shipped import find_content, is_example
from artgan.models.encoder import Encoder
from artgan.painting.pyramid import fit, resize
from artgan.painting.tensors import to_tensor
from artgan.pipelines.outputs import STDIO
from artgan.pipelines.pictures import PicturesReport, check_stream, painting_progress, write_result
from artgan.pipelines.recall import Earlier, picture_record
from artgan.pipelines.sheet_plans import Cell, Sheet, plan_sheets
from artgan.pipelines.sheet_receipts import Receipts, fold
from artgan.pipelines.studio import Studio, chosen_encoder
from artgan.runtime import draw_seed, resolve_device, resolve_precision

Pixels = NDArray[np.uint8]

_CELL = 512
"""Long side of a cell at most."""
_GAP = 6
_ENCODER_OPTIONS = ("encoder", "encoder_weights", "pooling", "precision", "device")


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
    sheets = plan_sheets(config, sources, out, force=force)
    check_stream(out, stdout)
    return paint_planned(sheets, force=force, listener=listener, should_stop=should_stop, stdin=stdin, stdout=stdout)


def paint_planned(
    sheets: Sequence[Sheet],
    *,
    force: bool,
    listener: Listener,
    should_stop: Callable[[], bool],
    stdin: BinaryIO | None,
    stdout: BinaryIO | None,
) -> PicturesReport:
    """Paint and write these sheets, as `paint_sheets` does."""
    cells = [cell for sheet in sheets for row in sheet.cells for cell in row if cell is not None]
    work = _Work(listener, should_stop, stdin, count=len(cells))
    done = 0
    for sheet in sheets:
        if should_stop():
            break
        painted = work.paint(sheet)
        if painted is None:
            break
        pixels, receipt, details = painted
        image = torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None].float() / 255
        write_result(image, None, sheet.destination, receipt, stdout, force=force)
        size = {"kind": "sheet", "width": pixels.shape[1], "height": pixels.shape[0]}
        source = ", ".join(source for source in sheet.sources if source is not None)
        listener(PictureDone(source=source, path=sheet.destination, details={**size, **details}))
        done += 1
    return PicturesReport(done=done, failed=work.failed, interrupted=should_stop())


@dataclass
class _Work:
    """What the sheets of a command have in common: encoders and painters are made once."""

    listener: Listener
    should_stop: Callable[[], bool]
    stdin: BinaryIO | None
    count: int
    failed: int = 0
    begun: int = 0
    _encoders: dict[tuple[Any, ...], Encoder] = field(default_factory=dict)
    _studios: dict[tuple[TransferConfig, Earlier | None], Studio] = field(default_factory=dict)
    _contents: dict[str, Picture] = field(default_factory=dict)

    def paint(self, sheet: Sheet) -> tuple[Pixels, dict[str, Any], dict[str, Any]] | None:
        """The sheet, (H, W, 3) uint8, its receipt and its details; None when it was stopped before there was anything.

        Raises:
            ArtganError: no painting succeeds.
        """
        images: list[list[Tensor | None]] = []
        receipts: list[list[dict[str, object] | None]] = []
        told: list[dict[str, object]] = []
        last: ArtganError | None = None
        for row_label, row in zip(sheet.rows, sheet.cells, strict=True):
            images.append([])
            receipts.append([])
            for label, cell in zip(sheet.columns, row, strict=True):
                image, receipt = None, None
                try:
                    if cell is not None and not self.should_stop():
                        self.begun += 1
                        image, receipt, details = self._cell(cell)
                        told += [{"row": row_label, "column": label, **details}] if image is not None else []
                except ArtganError as error:
                    assert cell is not None
                    last = error
                    self.failed += 1
                    self.listener(PictureFailed(source=cell.name, error=f"{cell.name}: {error}"))
                images[-1].append(image)
                receipts[-1].append(receipt)
        if not told:
            if last is not None and not self.should_stop():
                raise last
            return None
        details = {"rows": list(sheet.rows), "columns": list(sheet.columns), "cells": told}
        return self._drawn(sheet, images), self._receipt(sheet, receipts), details

    def _receipt(self, sheet: Sheet, receipts: Receipts) -> dict[str, Any]:
        """All that is needed to paint the sheet again."""
        folded = fold(receipts)
        earlier = {cell.source: cell.earlier for row in sheet.cells for cell in row if cell is not None}
        contents = [(source, self._readable(source)) for source in sheet.sources]
        return {
            **folded,
            "kind": "sheet",
            "options": {**folded["options"], "sweep": list(sheet.sweep), "compare": sheet.compare},
            "contents": [
                None if source is None or content is None else picture_record(content, source, earlier.get(source))
                for source, content in contents
            ],
            "rows": list(sheet.rows),
            "columns": list(sheet.columns),
        }

    def _cell(self, cell: Cell) -> tuple[Tensor | None, dict[str, object] | None, dict[str, object]]:
        """The painting, its receipt and its details; None and none when it was stopped before its first step."""
        content, studio = self._content(cell.source), self._studio(cell)
        tell = painting_progress(self.listener, cell.name, self.begun, self.count)
        painting = studio.paint(content, tell, self.should_stop)
        if painting.steps == 0:
            return None, None, {}
        scores = studio.scores(painting, content)
        receipt = studio.receipt(painting, content, cell.source, scores)
        return painting.image.cpu(), receipt, studio.details(painting, scores)

    def _content(self, source: str) -> Picture:
        if source not in self._contents:
            path = source if source == STDIO else find_content(source)
            self._contents[source] = read_picture(path, stdin=self.stdin)
        return self._contents[source]

    def _readable(self, source: str | None) -> Picture | None:
        """The content, where there is one: it was told before that a row has none."""
        try:
            return None if source is None else self._content(source)
        except ArtganError:
            return None

    def _studio(self, cell: Cell) -> Studio:
        config, key = cell.config, (cell.config, cell.earlier)
        if key not in self._studios:
            seen_by = tuple(getattr(config, name) for name in _ENCODER_OPTIONS)
            if seen_by not in self._encoders:
                device = resolve_device(config.device)
                precision = resolve_precision(config.precision, device)
                self._encoders[seen_by] = chosen_encoder(config, device, precision, self.listener)
            studio = Studio.open(config, listener=self.listener, earlier=cell.earlier, encoder=self._encoders[seen_by])
            if not self._studios:
                self.listener(Note(text=f"{studio.describe()}, {self.count} paintings"))
            self._studios[key] = studio
        return self._studios[key]

    def _drawn(self, sheet: Sheet, images: Sequence[Sequence[Tensor | None]]) -> Pixels:
        """The sheet with its labels, and what it was painted from where there is room for it."""
        grid = [list(row) for row in images]
        rows, columns = list(sheet.rows), list(sheet.columns)
        if sheet.before is not None:
            columns.insert(0, sheet.before)
            for number, (row, cells) in enumerate(zip(grid, sheet.cells, strict=True)):
                if sheet.before == "style":
                    row.insert(0, self._style_picture(cells))
                else:
                    content = self._readable(sheet.sources[number])
                    row.insert(0, None if content is None else to_tensor(content, torch.device("cpu")))
        if sheet.styles_above:
            grid.insert(0, [None, *(self._style_picture(cells) for cells in zip(*sheet.cells, strict=True))])
            rows.insert(0, "style")
        labels = None if len(rows) == 1 else rows
        longest = min(_CELL, max(max(image.shape[-2:]) for row in images for image in row if image is not None))
        return labelled_grid(_of_one_size(grid, longest), row_labels=labels, column_labels=columns, gap=_GAP)

    def _style_picture(self, cells: Sequence[Cell | None]) -> Tensor | None:
        """The style of cells that have the same one, where it is a picture."""
        for cell in cells:
            studio = None if cell is None else self._studios.get((cell.config, cell.earlier))
            if studio is not None and isinstance(style := studio.styles[0].picture, Picture):
                return to_tensor(style, torch.device("cpu"))
        return None


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
