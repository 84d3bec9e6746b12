"""`artgan transfer`: repaint pictures in the style of a painting."""

import sys
from typing import Annotated

import typer

from artgan.cli.interrupts import graceful_interrupts
from artgan.cli.options import ForceOption, OutOption, configured
from artgan.cli.output import Output
from artgan.config.transfer import TransferConfig
from artgan.errors import ExitCode, UsageError
from artgan.io.shipped import example_names, style_names

EXAMPLES = f"""Built-in styles: {", ".join(style_names())}. Example pictures: {", ".join(example_names())}.

Examples:

  artgan transfer example:portrait --style swirls

  artgan transfer photo.jpg --style starry.jpg:0.7 --style wave.jpg:0.3 --size 800 -o painted.png

  artgan transfer holiday/ --style dots --budget 60s -o painted/

  cat photo.png | artgan transfer - --style waves -o - > painted.png"""

ContentArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="CONTENT",
        help="Pictures to repaint: files, folders, quoted globs, - for standard input, or a shipped example such as "
        "example:portrait.",
        show_default=False,
    ),
]


@configured("transfer", TransferConfig)
def transfer(
    ctx: typer.Context,
    content: ContentArgument = None,
    out: OutOption = None,
    force: ForceOption = False,
    *,
    config: TransferConfig,
    output: Output,
) -> int:
    """Repaint pictures in the style of one or more paintings."""
    if output.json and out == "-":
        raise UsageError("--json and -o - both want standard output; give --out a file")
    from artgan.cli.progress import ProgressView
    from artgan.pipelines import transfer as pipeline

    progress = ProgressView(output)
    saving = "stopping: the picture so far is saved (Ctrl-C again to quit)"
    with graceful_interrupts(lambda: progress.painting, lambda: output.note(saving)) as asked, progress:
        report = pipeline.transfer(
            config,
            content or [],
            out=out,
            force=force,
            listener=progress,
            should_stop=asked,
            stdin=sys.stdin.buffer,
            stdout=sys.stdout.buffer,
        )
    output.finish()
    if report.interrupted:
        return ExitCode.INTERRUPTED
    if report.failed:
        return ExitCode.SOME_ITEMS_FAILED if report.done else ExitCode.FAILED
    return ExitCode.DONE


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("transfer", epilog=EXAMPLES)(transfer)
