"""What a command prints: results on standard output, talk on standard error.

Texts are printed as they are: file names are data, never markup.
"""

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from artgan import __version__
from artgan.errors import ExitCode


@dataclass(kw_only=True)
class Output:
    """One command's printing. With `json`, results are collected and printed as one document at the end."""

    command: str
    json: bool = False
    quiet: bool = False
    verbose: bool = False
    _results: list[dict[str, Any]] = field(default_factory=list)
    _failed: list[dict[str, str]] = field(default_factory=list)

    def result(self, path: Path | None, details: dict[str, Any]) -> None:
        """A finished picture: its path on a line of its own, or an entry of the JSON document."""
        self._results.append({"path": None if path is None else str(path), **details})
        if not self.json and path is not None:
            print(path, flush=True)

    def failure(self, source: str, message: str) -> None:
        """One of several items failed; the command goes on."""
        self._failed.append({"source": source, "error": message})
        print_error(f"{message}")

    def note(self, text: str) -> None:
        """A line on standard error, unless `--quiet`."""
        if not self.quiet:
            print(text, file=sys.stderr, flush=True)

    def finish(self) -> None:
        """Print the JSON document, if one was asked for."""
        if self.json:
            document = {
                "artgan": __version__,
                "command": self.command,
                "results": self._results,
                "failed": self._failed,
            }
            print(json.dumps(document, indent=2), flush=True)


def exit_code(done: int, failed: int, *, interrupted: bool) -> ExitCode:
    """What a command on many items returns."""
    if interrupted:
        return ExitCode.INTERRUPTED
    if failed:
        return ExitCode.SOME_ITEMS_FAILED if done else ExitCode.FAILED
    return ExitCode.DONE


def print_error(message: str) -> None:
    """One line on standard error, whatever the message holds."""
    print("error: " + " ".join(message.split()), file=sys.stderr, flush=True)
