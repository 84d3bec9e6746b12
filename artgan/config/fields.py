"""A configuration field carries its help, range and place once; the command line, TOML files and docs are read off it.

Standard library only.
"""

import dataclasses
import math
import types
import typing
from dataclasses import dataclass
from typing import Any, Literal

from artgan.errors import UsageError, did_you_mean


@dataclass(frozen=True, kw_only=True)
class FieldInfo:
    """What a field says about itself beyond its type and default."""

    help: str
    panel: str
    short: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    env: str | None = None
    metavar: str | None = None


def option(
    default: Any,
    help: str,
    *,
    panel: str,
    short: str | None = None,
    minimum: float | None = None,
    maximum: float | None = None,
    env: str | None = None,
    metavar: str | None = None,
) -> Any:
    """A dataclass field that is also a command-line option and a key of a TOML file. Bounds are inclusive."""
    info = FieldInfo(help=help, panel=panel, short=short, minimum=minimum, maximum=maximum, env=env, metavar=metavar)
    return dataclasses.field(default=default, metadata={"info": info})


def info_of(field: dataclasses.Field[Any]) -> FieldInfo:
    """The description given to `option` for this field."""
    info: FieldInfo = field.metadata["info"]
    return info


def option_name(field_name: str) -> str:
    """`style_weight` is typed `--style-weight`."""
    return "--" + field_name.replace("_", "-")


@dataclass(frozen=True, kw_only=True)
class Config:
    """Base of every command's configuration: frozen, and checked when made, from Python as from the shell."""

    def __post_init__(self) -> None:
        """Check every field against its type, choices and range."""
        hints = typing.get_type_hints(type(self))
        for field in dataclasses.fields(self):
            checked = convert(getattr(self, field.name), hints[field.name], option_name(field.name))
            object.__setattr__(self, field.name, checked)
            _check_range(checked, info_of(field), option_name(field.name))


def convert(value: Any, wanted: Any, name: str) -> Any:
    """Bring a value from Python or TOML to the field's type without guessing; `name` is used in errors.

    Whole numbers serve as floats, lists as tuples. Raises UsageError for anything else that does not fit.
    """
    origin, arguments = typing.get_origin(wanted), typing.get_args(wanted)
    if origin in (types.UnionType, typing.Union):
        if value is None:
            return None
        inner = [argument for argument in arguments if argument is not type(None)]
        return convert(value, inner[0], name)
    if origin is Literal:
        if value not in arguments:
            known = [str(choice) for choice in arguments]
            raise UsageError(f"{name} is one of {', '.join(known)}, not '{value}'.{did_you_mean(str(value), known)}")
        return value
    if origin is tuple:
        if isinstance(value, str) or not isinstance(value, list | tuple):
            raise UsageError(f"{name} is a list, not {value!r}")
        return tuple(convert(item, arguments[0], name) for item in value)
    if wanted is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, wanted) or (wanted is int and isinstance(value, bool)):
        kinds = {int: "a whole number", float: "a number", str: "a text", bool: "true or false"}
        raise UsageError(f"{name} is {kinds.get(wanted, wanted)}, not {value!r}")
    return value


def _check_range(value: Any, info: FieldInfo, name: str) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return
    if not math.isfinite(value):
        raise UsageError(f"{name} is a finite number, not {value}")
    if info.minimum is not None and value < info.minimum:
        raise UsageError(f"{name} is at least {info.minimum:g}, not {value:g}")
    if info.maximum is not None and value > info.maximum:
        raise UsageError(f"{name} is at most {info.maximum:g}, not {value:g}")
