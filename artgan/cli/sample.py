"""`artgan sample`: draw pictures with a trained generator."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from artgan.cli.imports import lasting_imports
from artgan.cli.interrupts import graceful_interrupts
from artgan.cli.options import ForceOption, changes, configured
from artgan.cli.output import Output
from artgan.config.sample import SampleConfig
from artgan.errors import ExitCode, UsageError
from artgan.events import Event, PictureDone
from artgan.io.shipped import model_names

_BUILT_IN = f"Built-in models: {', '.join(model_names())}.\n\n" if model_names() else ""

EXAMPLES = f"""{_BUILT_IN}Examples:

  artgan sample --tags "blue hair, red eyes" -o face.png

  artgan sample runs/00003-cgan-faces --seeds 0-15,20 -o faces/

  artgan sample model.safetensors --n 64 --grid --truncation 0.8 -o sheet.png

  artgan sample --by hair,eyes --seed 4

  artgan sample --interpolate latents --seeds 1,5,9 -o loop.webp

  artgan sample --from-receipt faces/faces-seed0003.png --scale 4

  artgan sample portrait -o - | artgan transfer - --style swirls -o portrait.png"""

ModelArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="MODEL",
        help="A model.safetensors, a run's folder (its best model is taken, if there is one) or a built-in model's "
        "name; by default that of the newest run below ./runs, else a built-in one.",
        show_default=False,
    ),
]
ReceiptOption = Annotated[
    str | None,
    typer.Option(
        "--from-receipt",
        metavar="PICTURE",
        help="Draw a sample again, as the receipt in its file says; options typed beside it are changes.",
        rich_help_panel="Pictures",
        show_default=False,
    ),
]
OutOption = Annotated[
    str | None,
    typer.Option(
        "--out",
        "-o",
        metavar="PATH",
        help="File, folder or - (one PNG to standard output); by default ./samples.",
        rich_help_panel="Configuration and output",
        show_default=False,
    ),
]


@configured("sample", SampleConfig)
def sample(
    ctx: typer.Context,
    model: ModelArgument = None,
    from_receipt: ReceiptOption = None,
    out: OutOption = None,
    force: ForceOption = False,
    *,
    config: SampleConfig,
    output: Output,
) -> int:
    """Draw pictures with a trained GAN: from seeds, from tags, on sheets, as loops."""
    if output.json and out == "-":
        raise UsageError("--json and -o - both want standard output; give --out a file")
    changed = {} if from_receipt is None else changes(ctx, config)
    with lasting_imports():
        from artgan.cli.progress import ProgressView
        from artgan.pipelines.redraw import sample_again
        from artgan.pipelines.sample import sample as draw

    progress = ProgressView(output)
    begun = False

    def listener(event: Event) -> None:
        nonlocal begun
        begun = begun or isinstance(event, PictureDone)
        progress(event)

    stopping = "stopping after the picture in hand (Ctrl-C again to quit)"
    with graceful_interrupts(lambda: begun, lambda: output.note(stopping)) as asked, progress:
        if from_receipt is None:
            report = draw(
                config, model, out=out, force=force, listener=listener, should_stop=asked, stdout=sys.stdout.buffer
            )
        else:
            report = sample_again(
                Path(from_receipt),
                model,
                changes=changed,
                out=out,
                force=force,
                listener=listener,
                should_stop=asked,
                stdout=sys.stdout.buffer,
            )
    output.finish()
    return ExitCode.INTERRUPTED if report.interrupted else ExitCode.DONE


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("sample", epilog=EXAMPLES)(sample)
