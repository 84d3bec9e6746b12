"""Turns a configuration class into Typer options, so that defaults, help and checks exist once.

A command declared `def command(ctx, ..., *, config: TransferConfig, output: Output)` under `@configured(...)` gets one
option for every field of the class, and the options every command has: `--config`, `--recipe`, `--dump-config`,
`--json`, `--quiet`, `--verbose`.
"""

import dataclasses
import functools
import inspect
import typing
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from artgan.cli.output import Output
from artgan.config.fields import Config, info_of, option_name
from artgan.config.files import dump_config, find_recipe, read_config, recipe_names
from artgan.config.run import RunConfig
from artgan.errors import ExitCode, UsageError

_PANEL = "Configuration and output"

OutOption = Annotated[
    str | None,
    typer.Option(
        "--out",
        "-o",
        metavar="PATH",
        help="File, folder or - (a PNG to standard output).",
        rich_help_panel=_PANEL,
    ),
]
ForceOption = Annotated[bool, typer.Option("--force", help="Replace files that exist already.", rich_help_panel=_PANEL)]


def configured(command: str, config_class: type[Config]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a Typer command the options of `config_class`; the body receives `config` and `output`.

    Values come from the command line, else the environment, else `--config`, else `--recipe`, else the defaults.
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        shared = _shared_parameters(command)
        fields = _field_parameters(config_class)

        @functools.wraps(function)
        def wrapper(*, ctx: typer.Context, **given: Any) -> Any:
            extra = {name: given.pop(name) for name in shared}
            values = {name: given.pop(name) for name in fields}
            if extra["quiet"] and extra["verbose"]:
                raise UsageError("--quiet and --verbose exclude each other")
            config = _effective(ctx, command, config_class, values, extra["config_file"], extra.get("recipe"))
            if extra["dump_config"]:
                print(dump_config(config, command), end="")
                return ExitCode.DONE
            output = Output(command=command, json=extra["json"], quiet=extra["quiet"], verbose=extra["verbose"])
            return function(ctx=ctx, **given, config=config, output=output)

        own = [
            parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)  # Typer passes everything by name
            for name, parameter in inspect.signature(function).parameters.items()
            if name not in ("config", "output")
        ]
        # Help lists options in this order: what the command is for first, the machinery last.
        runtime = {field.name for field in dataclasses.fields(RunConfig)}
        signature = inspect.Signature(
            [
                *(parameter for parameter in own if parameter.name not in ("out", "force")),
                *(parameter for name, parameter in fields.items() if name not in runtime),
                *(parameter for parameter in own if parameter.name in ("out", "force")),
                *shared.values(),
                *(parameter for name, parameter in fields.items() if name in runtime),
            ]
        )
        wrapper.__signature__ = signature  # type: ignore[attr-defined]  # how Typer learns the options
        wrapper.__annotations__ = {name: parameter.annotation for name, parameter in signature.parameters.items()}
        return wrapper

    return decorate


def typed(ctx: typer.Context, name: str) -> bool:
    """Whether an option was given on the command line; those of the environment and of files do not count."""
    source = ctx.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def changes(ctx: typer.Context, config: Config) -> dict[str, Any]:
    """The options typed beside `--from-receipt`, by field name. Raises UsageError for a configuration file."""
    if any(typed(ctx, name) for name in ("config_file", "recipe")):
        raise UsageError("--from-receipt takes its options from the picture: leave out --config and --recipe")
    return {field.name: getattr(config, field.name) for field in dataclasses.fields(config) if typed(ctx, field.name)}


def _effective(
    ctx: typer.Context,
    command: str,
    config_class: type[Config],
    given: dict[str, Any],
    config_file: Path | None,
    recipe: str | None,
) -> Config:
    values: dict[str, Any] = {}
    if recipe is not None:
        values |= read_config(find_recipe(recipe, command), command, config_class)
    if config_file is not None:
        values |= read_config(config_file, command, config_class)
    for name, value in given.items():
        source = ctx.get_parameter_source(name)
        if source is not None and source.name in ("COMMANDLINE", "ENVIRONMENT"):
            values[name] = tuple(value) if isinstance(value, list) else value
    return config_class(**values)


def _field_parameters(config_class: type[Config]) -> dict[str, inspect.Parameter]:
    hints = typing.get_type_hints(config_class)
    parameters = {}
    for field in dataclasses.fields(config_class):
        hint, default = hints[field.name], field.default
        if typing.get_origin(hint) is tuple:
            hint, default = list[typing.get_args(hint)[0]], [*typing.cast(tuple[Any, ...], default)]  # type: ignore[misc]
        parameters[field.name] = _parameter(field.name, hint, default, _typer_option(field, hint))
    return parameters


def _typer_option(field: "dataclasses.Field[Any]", hint: Any) -> Any:
    info, flag = info_of(field), option_name(field.name)
    if hint is bool:  # what a recipe or a file switched on can be switched off again
        flag = f"{flag}/{flag.replace('--', '--no-', 1)}"
    flags = [flag] + ([info.short] if info.short else [])
    bounds = [
        f"at least {info.minimum:g}" if info.minimum is not None and info.minimum > 0 else "",
        f"at most {info.maximum:g}" if info.maximum is not None and info.maximum < 1e6 else "",
    ]
    stated = ", ".join(bound for bound in bounds if bound)
    # The range is checked by the configuration itself, so that files and Python callers meet the same error.
    return typer.Option(
        *flags,
        help=f"{info.help} ({stated})" if stated else info.help,
        rich_help_panel=info.panel,
        envvar=info.env,
        metavar=info.metavar,
        show_default=field.default is not False,
    )


def _shared_parameters(command: str) -> dict[str, inspect.Parameter]:
    recipes = ", ".join(recipe_names(command))
    declared: list[tuple[str, Any, Any, Any]] = [
        (
            "config_file",
            Path | None,
            None,
            typer.Option("--config", metavar="FILE.toml", help="Read options from a TOML file."),
        ),
        (
            "dump_config",
            bool,
            False,
            typer.Option("--dump-config", help="Print the options as TOML and stop."),
        ),
        ("json", bool, False, typer.Option("--json", help="Print one JSON document instead of paths.")),
        ("quiet", bool, False, typer.Option("--quiet", "-q", help="No progress and no notes.")),
        ("verbose", bool, False, typer.Option("--verbose", "-v", help="A note for each scale, too.")),
    ]
    if recipes:
        help_text = f"Start from a shipped configuration ({recipes}) or a TOML file."
        declared.insert(1, ("recipe", str | None, None, typer.Option("--recipe", metavar="NAME", help=help_text)))
    parameters = {}
    for name, hint, default, option in declared:
        option.rich_help_panel = _PANEL
        parameters[name] = _parameter(name, hint, default, option)
    return parameters


def _parameter(name: str, hint: Any, default: Any, option: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[hint, option])
