"""What is on a sheet of `artgan transfer --sweep` or `--compare`: its cells, what they are called, and its file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from artgan.config.sweeps import Axis
from artgan.config.transfer import TransferConfig
from artgan.errors import UsageError
from artgan.io.images import picture_format
from artgan.pipelines.outputs import STDIO, names_file, plan_named, stem
from artgan.pipelines.recall import Earlier


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A painting to be: its content and its options, what it is called, and the earlier one that it is again."""

    source: str
    config: TransferConfig
    name: str
    earlier: Earlier | None = None


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """Cells in rows and columns with their labels, the contents they are of, and the file; None is standard output.

    Attributes:
        sources: of each row, or one of all; None where there was none when it was painted first.
        sweep, compare: the options that it goes through.
        cells: None where there is nothing to paint.
    """

    sources: tuple[str | None, ...]
    sweep: tuple[str, ...]
    compare: bool
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: tuple[tuple[Cell | None, ...], ...]
    destination: Path | None

    @property
    def before(self) -> Literal["content", "style"] | None:
        """What stands before each row, where it is the same for all of it."""
        if len(self.sweep) + self.compare == 1:
            return "content"
        return "style" if self.compare else None

    @property
    def styles_above(self) -> bool:
        """Whether the style of each column stands above it."""
        return self.compare and not self.sweep


def plan_sheets(config: TransferConfig, sources: Sequence[str], out: str | None, *, force: bool) -> list[Sheet]:
    """Every sheet of `config` with all its configurations, which checks their values: one a content, or, for
    `--compare` alone, one with a row for each.

    Raises:
        UsageError: a value that its option does not take, or two sheets of one name.
        OutputError: a sheet cannot be written.
    """
    axes = config.axes
    by_content = config.compare and len(axes) == 1
    groups = [tuple(sources)] if by_content else [(source,) for source in sources]
    fields = [axis.field for axis in axes[config.compare :]]
    destinations = plan_files(groups, fields, out, compare=config.compare, force=force)
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
            Sheet(
                sources=group,
                sweep=config.sweep,
                compare=config.compare,
                rows=row_labels,
                columns=columns.labels,
                cells=cells,
                destination=destination,
            )
        )
    return sheets


def plan_files(
    groups: Sequence[Sequence[str]], fields: Sequence[str], out: str | None, *, compare: bool, force: bool
) -> list[Path | None]:
    """A file for the sheet of each group of contents; `fields` are swept. Raises UsageError and OutputError."""
    label = "-".join(["compare"] * compare + [field.replace("_", "-") for field in fields])
    names = ["+".join(stem(source) for source in group)[:80] + f"-{label}" for group in groups]
    if len(set(names)) < len(names):
        raise UsageError("two contents have one name, and so would their sheets; rename one of them")
    if len(groups) > 1 and (out == STDIO or names_file(out)):
        raise UsageError(f"--out '{out}' takes one sheet, not {len(groups)}; give a folder")
    destinations = plan_named(names, out, suffix=".png", folder=Path(), force=force)
    for destination in destinations:
        if destination is not None:
            picture_format(destination)
    return destinations


def cell_name(source: str, labels: Sequence[str]) -> str:
    """What a painting is called while it is painted."""
    return f"{Path(source).name}, {', '.join(labels)}"


def _cells(config: TransferConfig, source: str, row: tuple[Axis, int] | None, columns: Axis) -> Iterator[Cell]:
    fixed, said = ({}, []) if row is None else ({row[0].field: row[0].values[row[1]]}, [row[0].labels[row[1]]])
    for value, label in zip(columns.values, columns.labels, strict=True):
        changed = replace(config, sweep=(), compare=False, **fixed, **{columns.field: value})
        yield Cell(source=source, config=changed, name=cell_name(source, [*said, label]))
