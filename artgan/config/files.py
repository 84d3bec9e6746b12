"""TOML in and out: `--config FILE.toml`, recipes by name, `--dump-config`. Standard library only."""

import dataclasses
import json
import tomllib
from pathlib import Path
from typing import Any

from artgan.config.fields import Config
from artgan.errors import UsageError, did_you_mean

RECIPES = Path(__file__).parent.parent / "assets" / "recipes"


def read_config(path: Path, command: str, config_class: type[Config]) -> dict[str, Any]:
    """The options that a TOML file sets for a command, by field name.

    The file has a table named after the command (`[transfer]`, `[train.dcgan]`); other commands' tables are left
    alone, unknown keys are errors.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"cannot read the configuration '{path}': {error.strerror or error}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"the configuration '{path}' is not TOML: {error}") from None
    table: Any = document
    for part in command.split():
        table = table.get(part) if isinstance(table, dict) else None
    if not isinstance(table, dict):
        raise UsageError(f"the configuration '{path}' has no table [{command.replace(' ', '.')}]")
    known = {field.name.replace("_", "-"): field.name for field in dataclasses.fields(config_class)}
    values: dict[str, Any] = {}
    for key, value in table.items():
        name = known.get(key.replace("_", "-"))
        if name is None:
            raise UsageError(f"unknown key '{key}' in '{path}'.{did_you_mean(key, known)}")
        values[name] = value
    return values


def recipe_names(command: str) -> list[str]:
    """The recipes shipped for a command."""
    return sorted(path.stem for path in (RECIPES / command.replace(" ", "-")).glob("*.toml"))


def find_recipe(name: str, command: str) -> Path:
    """A recipe by name; an existing file of that name wins. Raises UsageError with the known names."""
    if Path(name).is_file():
        return Path(name)
    names = recipe_names(command)
    if name not in names:
        raise UsageError(f"no recipe '{name}'; there are {', '.join(names)}.{did_you_mean(name, names)}")
    return RECIPES / command.replace(" ", "-") / f"{name}.toml"


def dump_config(config: Config, command: str) -> str:
    """The effective configuration as TOML that `--config` reads back; options that are not set are left out."""
    lines = [f"[{command.replace(' ', '.')}]"]
    for field in dataclasses.fields(config):
        value = getattr(config, field.name)
        if value is not None:
            lines.append(f"{field.name.replace('_', '-')} = {_toml(value)}")
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    # JSON's texts, numbers and booleans are TOML's too, but for DEL, which TOML wants escaped.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
