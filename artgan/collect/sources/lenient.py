"""Reading JSON that a stranger's server sent: what is missing or of another type is None, never an exception."""

from collections.abc import Mapping
from typing import Any


def at(data: Any, *keys: str) -> Any:
    """What stands at the end of a path of keys, None where the path ends early."""
    for key in keys:
        if not isinstance(data, Mapping):
            return None
        data = data.get(key)
    return data


def text(value: Any, *, longest: int = 2000) -> str | None:
    """A text on one line without control characters, None when there is none."""
    if not isinstance(value, str):
        return None
    line = " ".join("".join(c if c.isprintable() else " " for c in value[: 4 * longest]).split())
    return line[:longest] or None


def whole(value: Any) -> int | None:
    """A positive whole number, also as text; None for anything else."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 12:
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**11 else None


def rows(value: Any) -> list[Mapping[str, Any]]:
    """The objects of a list; nothing when it is no list."""
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []
