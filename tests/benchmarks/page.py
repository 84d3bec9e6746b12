"""Figures as Markdown: a dataclass a kind of row, a field a column, `Annotated` with the column's head."""

import dataclasses
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, get_type_hints

_SECTION = r"<!-- NAME -->\n.*?<!-- end of \w+ -->\n"


@dataclass(frozen=True)
class Spread:
    """Repeated measurements of one quantity; shown as median (min–max)."""

    values: tuple[float, ...]

    @classmethod
    def of(cls, values: Iterable[float]) -> "Spread":
        return cls(tuple(values))

    @property
    def median(self) -> float:
        return median(self.values)

    def __str__(self) -> str:
        if len(self.values) == 1:
            return f"{number(self.median)} (once)"
        return f"{number(self.median)} ({number(min(self.values))}–{number(max(self.values))})"


def number(value: float) -> str:
    """Three significant digits, without an exponent."""
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2 if abs(value) >= 1 else 3
    return f"{value:.{digits}f}" if abs(value) >= 0.1 or value == 0 else f"{value:.4f}"


def table(rows: Sequence[Any]) -> str:
    """A Markdown table of dataclass rows of one kind; None is a dash, and a column of nothing else is left out."""
    names = [field.name for field in dataclasses.fields(rows[0])]
    names = [name for name in names if any(getattr(row, name) is not None for row in rows)]
    hints = get_type_hints(type(rows[0]), include_extras=True)
    lines = [[hints[name].__metadata__[0] for name in names], ["---"] * len(names)]
    lines += [[_cell(getattr(row, name)) for name in names] for row in rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def replace_section(page: Path, name: str, text: str) -> None:
    """Put a section, which another script than the page's own measures, in its place on the page, or at its end."""
    whole = page.read_text(encoding="utf-8") if page.is_file() else ""
    section = f"<!-- {name} -->\n{text}\n<!-- end of {name} -->\n"
    found = re.search(_SECTION.replace("NAME", re.escape(name)), whole, flags=re.DOTALL)
    start, end = found.span() if found else (len(whole), len(whole))
    whole = whole[:start] + ("" if found else "\n") + section + whole[end:]
    page.write_text(whole, encoding="utf-8")


def other_sections(page: Path, *, own: str) -> str:
    """The sections of other scripts, to be kept when the page is written anew; names of its `own` begin so."""
    whole = page.read_text(encoding="utf-8") if page.is_file() else ""
    found = re.finditer(_SECTION.replace("NAME", r"(\w+)"), whole, flags=re.DOTALL)
    return "".join(f"\n{match[0]}" for match in found if not match[1].startswith(own))


def _cell(value: object) -> str:
    if value is None:
        return "–"
    return number(value) if isinstance(value, float) else str(value)
