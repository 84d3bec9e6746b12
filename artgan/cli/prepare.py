"""`artgan prepare`: pictures, whatever they come in, become a dataset that trains well."""

from typing import Annotated

import typer

from artgan.cli.imports import lasting_imports
from artgan.cli.interrupts import graceful_interrupts
from artgan.cli.options import ForceOption, configured
from artgan.cli.output import Output
from artgan.config.prepare import PrepareConfig
from artgan.errors import ExitCode
from artgan.events import Event, ItemsProgress

EXAMPLES = """Examples:

  artgan prepare synthetic:faces --size 64

  artgan prepare paintings/ more.zip --size 128 -o data/paintings

  artgan prepare "monet/*.tfrec" --size 256 -o data/monet

  artgan prepare anime.zip --where "hair=red and eyes=blue,green" -o data/redheads

  artgan prepare photos/ --crop random --crops-per-picture 4 --dry-run"""

InputArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="INPUT",
        help="Folders (searched whole), zip and tar archives, TFRecords, scraped folders, quoted globs, or a synthetic "
        "set such as synthetic:faces.",
        show_default=False,
    ),
]
OutOption = Annotated[
    str | None,
    typer.Option(
        "--out",
        "-o",
        metavar="DIR",
        help="The dataset's folder; by default ./data/NAME.",
        rich_help_panel="Configuration and output",
    ),
]
DryRunOption = Annotated[
    bool,
    typer.Option(
        "--dry-run",
        help="Count what is there, look at no pixels and write nothing.",
        rich_help_panel="Configuration and output",
    ),
]


@configured("prepare", PrepareConfig)
def prepare(
    ctx: typer.Context,
    inputs: InputArgument = None,
    dry_run: DryRunOption = False,
    out: OutOption = None,
    force: ForceOption = False,
    *,
    config: PrepareConfig,
    output: Output,
) -> int:
    """Make a dataset of pictures: squares of one size, without duplicates and damage, with tags and splits."""
    with lasting_imports():
        from artgan.cli.progress import ProgressView
        from artgan.pipelines import prepare as pipeline

    progress = ProgressView(output)
    begun = False

    def listener(event: Event) -> None:
        nonlocal begun
        begun = begun or (isinstance(event, ItemsProgress) and not dry_run)  # a dry run has nothing to finish
        progress(event)

    stopping = "stopping after the pictures in hand (Ctrl-C again to quit)"
    with graceful_interrupts(lambda: begun, lambda: output.note(stopping)) as asked, progress:
        report = pipeline.prepare(
            config, inputs or [], out=out, force=force, dry_run=dry_run, listener=listener, should_stop=asked
        )
    output.finish()
    return ExitCode.INTERRUPTED if report.interrupted else ExitCode.DONE


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("prepare", epilog=EXAMPLES)(prepare)
