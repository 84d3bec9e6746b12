"""What the receipt of a sheet says, as the sheet that is painted again: every painting in its place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from artgan.config.fields import option_name
from artgan.config.sweeps import swept_field
from artgan.errors import UsageError
from artgan.io.files import quoted
from artgan.io.inputs import expand_inputs
from artgan.io.shipped import is_example
from artgan.pipelines.outputs import stem
from artgan.pipelines.recall import Record, circumstances, damaged
from artgan.pipelines.recorded_paintings import recorded_content, recorded_painting
from artgan.pipelines.sheet_plans import Cell, Sheet, cell_name, plan_files
from artgan.pipelines.sheet_receipts import unfold


@dataclass(frozen=True, kw_only=True)
class RecordedSheet:
    """A sheet that is painted again, and what is not as it was, in lines."""

    sheet: Sheet
    differences: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class _Said:
    """What a receipt says of a sheet, its types checked."""

    sweep: tuple[str, ...]
    compare: bool
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    contents: tuple[Record | None, ...]
    cells: Sequence[Sequence[dict[str, Any] | None]]


def recorded_sheet(
    receipt: Record,
    picture: Path,
    contents: Sequence[str],
    changes: Mapping[str, Any],
    *,
    out: str | None,
    force: bool,
) -> RecordedSheet:
    """A sheet from the receipt in its file, but for `changes`, options of all its paintings by name, and `contents`,
    as many as it was painted from.

    Raises:
        UsageError: the receipt is damaged, or of an artgan that did not tell the paintings; a change is of what the
            sheet goes through; other contents are not as many.
        PictureError, WeightsError: what it was painted from is not here, or has other bytes.
        OutputError: the sheet cannot be written.
    """
    if "cells" not in receipt:
        raise UsageError(f"{quoted(picture)} is a sheet of an earlier artgan, which does not tell its paintings")
    said = _read(receipt, picture)
    fields = [swept_field(text) for text in said.sweep]
    for name in ("sweep", "compare", *fields, *(["style"] if said.compare else [])):
        if name in changes:
            raise UsageError(
                f"{quoted(picture)} is painted again with the rows and columns that it has: leave out "
                f"{option_name(name)}"
            )
    sources = _sources(said, picture, expand_inputs(contents, is_named=is_example) if contents else [])
    by_content = said.compare and not said.sweep
    by_two = len(said.sweep) + said.compare == 2
    rows = said.rows
    if contents and not by_two:
        rows = tuple(stem(source) for source in sources if source is not None)
    named = [source for source in sources if source is not None]
    (destination,) = plan_files([named], fields, out, compare=said.compare, force=force)
    cells: list[tuple[Cell | None, ...]] = []
    differences: dict[str, None] = {}
    for number, row in enumerate(said.cells):
        source = sources[number if by_content else 0]
        made: list[Cell | None] = []
        for label, own in zip(said.columns, row, strict=True):
            if own is None or source is None:
                made.append(None)
                continue
            painting = recorded_painting(own, picture, [source] if contents else [], changes)
            differences |= dict.fromkeys(circumstances(own, painting.config))
            name = cell_name(source, [said.rows[number], label] if by_two else [label])
            made.append(Cell(source=source, config=painting.config, name=name, earlier=painting.earlier))
        cells.append(tuple(made))
    sheet = Sheet(
        sources=tuple(sources),
        sweep=said.sweep,
        compare=said.compare,
        rows=rows,
        columns=said.columns,
        cells=tuple(cells),
        destination=destination,
    )
    return RecordedSheet(sheet=sheet, differences=tuple(differences))


def _read(receipt: Record, picture: Path) -> _Said:
    try:
        options = receipt["options"]
        said = _Said(
            sweep=tuple(str(text) for text in options["sweep"]),
            compare=bool(options["compare"]),
            rows=tuple(str(label) for label in receipt["rows"]),
            columns=tuple(str(label) for label in receipt["columns"]),
            contents=tuple(None if record is None else dict(record) for record in receipt["contents"]),
            cells=unfold(receipt),
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise damaged(picture, "it does not tell what is on the sheet") from error
    by_content = said.compare and not said.sweep
    fits = len(said.cells) == len(said.rows) and all(len(row) == len(said.columns) for row in said.cells)
    if not fits or len(said.contents) != (len(said.rows) if by_content else 1) or not any(map(any, said.cells)):
        raise damaged(picture, "its rows and columns are not as many as it says")
    return said


def _sources(said: _Said, picture: Path, contents: Sequence[str]) -> list[str | None]:
    if contents and len(contents) != len(said.contents):
        count = len(said.contents)
        raise UsageError(
            f"{quoted(picture)} is a sheet of {count} {'picture' if count == 1 else 'pictures'}, and not of "
            f"{len(contents)}: name as many, or none"
        )
    if contents:
        return list(contents)
    return [None if record is None else str(recorded_content(record, picture)) for record in said.contents]
