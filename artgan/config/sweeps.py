"""What a sheet of paintings goes through: `--sweep OPTION=VALUE,VALUE,...` and the styles of `--compare`.

Standard library only.
"""

import types
import typing
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from artgan.config.fields import Config, convert, option_name
from artgan.config.styles import parse_styles
from artgan.config.values import split_weight
from artgan.errors import UsageError, did_you_mean

_SAYS_ITSELF = frozenset({"style", "style_layers", "content_layers"})
"""Options whose values need no name before them."""
_KINDS = {int: "whole numbers", float: "numbers", bool: "true or false"}


@dataclass(frozen=True, kw_only=True)
class Axis:
    """An option, the values it takes in turn, and what they are called on a sheet."""

    field: str
    values: tuple[Any, ...]
    labels: tuple[str, ...]


def parse_sweep(text: str, config_class: type[Config], known: Collection[str]) -> Axis:
    """Take apart "ratio=1e-4,1e-3" for a field of the class, one of those `known`.

    Within a value + stands for a comma: "style-layers=relu1_1,relu1_1+relu2_1" is one layer, then two. Raises
    UsageError for an unknown option, a value of another type, or fewer than two values.
    """
    name, equals, rest = text.partition("=")
    field = swept_field(text)
    if not equals:
        raise UsageError(f"--sweep is an option and its values, such as ratio=1e-4,1e-3, not '{text}'")
    if field not in known:
        names = [option_name(field).removeprefix("--") for field in known]
        raise UsageError(f"--sweep knows no option '{name}' that makes a difference.{did_you_mean(name, names)}")
    parts = [part.strip() for part in rest.split(",")]
    if len(parts) < 2 or not all(parts):
        raise UsageError(f"--sweep needs two values or more, with commas between, not '{text}'")
    if len(set(parts)) < len(parts):
        raise UsageError(f"--sweep names a value twice: '{text}'")
    wanted = typing.get_type_hints(config_class)[field]
    values = tuple(_value(part, wanted, field) for part in parts)
    prefix = "" if field in _SAYS_ITSELF else option_name(field).removeprefix("--") + " "
    return Axis(field=field, values=values, labels=tuple(prefix + part for part in parts))


def swept_field(text: str) -> str:
    """The field that a sweep as typed goes through, whether there is one or not."""
    return text.partition("=")[0].strip().removeprefix("--").replace("-", "_")


def style_axis(styles: Sequence[str]) -> Axis:
    """Each of these styles on its own."""
    labels = []
    for style, reference in zip(styles, parse_styles(styles, "--style"), strict=True):
        behind = split_weight(style, "--style")[0].removeprefix(reference.name)
        labels.append(Path(reference.name).name + behind)
    return Axis(field="style", values=tuple((style,) for style in styles), labels=tuple(labels))


def _value(text: str, wanted: Any, field: str) -> Any:
    if field in ("style_layers", "content_layers"):
        return text.replace("+", ",")
    if typing.get_origin(wanted) is tuple:
        return (text,) if Path(text).is_file() else tuple(text.split("+"))
    if typing.get_origin(wanted) in (types.UnionType, typing.Union):
        wanted = next(kind for kind in typing.get_args(wanted) if kind is not type(None))
    name = option_name(field)
    if wanted is bool and text in ("true", "false"):
        return text == "true"
    try:
        return convert(wanted(text), wanted, name) if wanted in (int, float) else convert(text, wanted, name)
    except ValueError:
        raise UsageError(f"--sweep {name.removeprefix('--')} goes through {_KINDS[wanted]}, not '{text}'") from None
