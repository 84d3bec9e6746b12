"""`artgan chain`: pictures through several models and styles."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from artgan.cli.imports import lasting_imports
from artgan.cli.interrupts import graceful_interrupts
from artgan.cli.options import ForceOption, OutOption, configured
from artgan.cli.output import Output, exit_code
from artgan.config.chain import ChainConfig
from artgan.errors import ExitCode, UsageError
from artgan.events import Event, ItemsProgress, PictureDone

EXAMPLES = """Examples:

  artgan chain sunrise.jpg --path monet,photo,vangogh --sheet

  artgan chain --list

  artgan chain sunrise.jpg --step monet2photo.safetensors:photo --step runs/00003-cyclegan-photo-vangogh:vangogh

  artgan chain holiday/ --step runs/00002-cyclegan-monet-photo:monet --step style=dots -o painted/

  artgan chain --step sample=model.safetensors --seeds 0-7 --step style=swirls -o faces/"""

InputArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="INPUT",
        help="Pictures to begin with: files, folders, quoted globs, - for standard input, or a shipped example such as "
        "example:portrait.",
        show_default=False,
    ),
]
ListOption = Annotated[
    bool,
    typer.Option("--list", help="Show which domains the models of --models lead from and to.", rich_help_panel="Steps"),
]


@configured("chain", ChainConfig)
def chain(
    ctx: typer.Context,
    inputs: InputArgument = None,
    show_list: ListOption = False,
    out: OutOption = None,
    force: ForceOption = False,
    *,
    config: ChainConfig,
    output: Output,
) -> int:
    """Take pictures from domain to domain and style to style, as floats all the way."""
    if show_list:
        return _list(config, output)
    if output.json and out == "-":
        raise UsageError("--json and -o - both want standard output; give --out a file")
    with lasting_imports():
        from artgan.cli.progress import ProgressView
        from artgan.pipelines.chain import chain as run

    progress = ProgressView(output)
    begun = False

    def listener(event: Event) -> None:
        nonlocal begun
        begun = begun or isinstance(event, ItemsProgress | PictureDone)
        progress(event)

    stopping = "stopping after the step in hand; what is finished stays (Ctrl-C again to quit)"
    with graceful_interrupts(lambda: begun, lambda: output.note(stopping)) as asked, progress:
        report = run(
            config,
            inputs or [],
            out=out,
            force=force,
            listener=listener,
            should_stop=asked,
            stdin=sys.stdin.buffer,
            stdout=sys.stdout.buffer,
        )
    output.finish()
    return exit_code(report.done, report.failed, interrupted=report.interrupted)


def _list(config: ChainConfig, output: Output) -> int:
    """A line for each direction of each model: this is the result."""
    with lasting_imports():
        from artgan.cli.progress import ProgressView
        from artgan.pipelines.domains import list_directions

    found = list_directions(Path(config.models), ProgressView(output))
    if output.json:
        for one in found:
            details = {"source": one.source, "target": one.target, "generator": one.generator, "size": one.size}
            output.result(one.path, details)
        output.finish()
        return ExitCode.DONE
    widest = max(len(f"{one.source} -> {one.target}") for one in found)
    for one in found:
        size = "" if one.size is None else f", {one.size} px"
        print(f"{f'{one.source} -> {one.target}':{widest}}  {one.path}  ({one.generator}{size})")
    return ExitCode.DONE


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("chain", epilog=EXAMPLES)(chain)
