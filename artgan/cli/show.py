"""`artgan show`: what a file or folder is."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typer

from artgan.cli.imports import lasting_imports
from artgan.cli.output import Output
from artgan.errors import ArtganError, ExitCode

EXAMPLES = """Examples:

  artgan show model.safetensors

  artgan show runs/00003-cgan-faces

  artgan show painted.png --json"""

_COUNTS = frozenset({"bytes", "images_seen", "numbers", "pictures"})
"""What is easier to read with commas."""
_WIDEST_VALUE = 4
"""An object of so many entries stands on one line, a larger one on several, unless it is counts."""

FileArgument = Annotated[
    list[str],
    typer.Argument(
        metavar="FILE",
        help="Models and training states, run folders, datasets, scraped collections, pictures; or a built-in model's "
        "name.",
        show_default=False,
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of tables.")]


def show(files: FileArgument, json: JsonOption = False) -> int:
    """Tell what files and folders are: kind, tags, size, options, scores, data, licences, receipt."""
    with lasting_imports():
        from artgan.pipelines.show import show as describe

    output = Output(command="show", json=json)
    done = 0
    for number, name in enumerate(files):
        try:
            found = describe(name)
        except ArtganError as error:
            if len(files) == 1:
                raise
            output.failure(name, str(error))
            continue
        done += 1
        if json:
            output.result(found.path, {"kind": found.kind, **found.facts})
        else:
            _table(str(found.path), found.kind, found.facts, blank_line=number > 0)
    output.finish()
    if done == len(files):
        return ExitCode.DONE
    return ExitCode.SOME_ITEMS_FAILED if done else ExitCode.FAILED


def _table(path: str, kind: str, facts: Mapping[str, Any], *, blank_line: bool) -> None:
    """Two columns on standard output: this is the result."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True, style="bold")
    table.add_column(overflow="fold")
    for name, value in [("file", path), ("kind", kind), *_rows(facts)]:
        table.add_row(Text(_printable(name)), Text(_printable(value)))
    console = Console(markup=False, highlight=False)
    if blank_line:
        console.print()
    console.print(table)


def _rows(facts: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """A line for each fact; an object of several gets a line for each of its entries, indented."""
    for key, value in facts.items():
        name = prefix + key.replace("_", " ")
        if isinstance(value, Mapping) and any(isinstance(inner, Mapping | list) for inner in value.values()):
            yield name, ""
            yield from _rows(value, prefix + "  ")
        elif isinstance(value, Mapping) and len(value) > _WIDEST_VALUE and not _are_counts(value):
            yield name, ""
            yield from ((f"{prefix}  {inner}", _words(of)) for inner, of in value.items())
        else:
            yield name, f"{value:,}" if key in _COUNTS and isinstance(value, int) else _words(value)


def _are_counts(value: Mapping[str, Any]) -> bool:
    return all(isinstance(of, int) and not isinstance(of, bool) for of in value.values())


def _words(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_words(of)}" for key, of in value.items()) or "none"
    if isinstance(value, list | tuple):
        return ", ".join(map(_words, value)) or "none"
    return str(value)


def _printable(text: str) -> str:
    """What a file says of itself must not move the cursor."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("show", epilog=EXAMPLES)(show)
