"""`artgan transfer`: repaint pictures in the style of a painting, or by a trained model."""

import sys
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from artgan.cli.imports import lasting_imports
from artgan.cli.interrupts import graceful_interrupts
from artgan.cli.options import ForceOption, OutOption, changes, configured
from artgan.cli.output import Output, exit_code
from artgan.config.transfer import STYLE, TransferConfig
from artgan.errors import UsageError
from artgan.events import Event, ItemsProgress, PaintStep, PictureDone
from artgan.io.shipped import example_names, style_names

EXAMPLES = f"""Built-in styles: {", ".join(style_names())}. Example pictures: {", ".join(example_names())}.

Examples:

  artgan transfer example:portrait --style swirls

  artgan transfer photo.jpg --style starry.jpg:0.7 --style wave.jpg:0.3 --size 800 -o painted.png

  artgan transfer holiday/ --style dots --budget 60s -o painted/

  cat photo.png | artgan transfer - --style waves -o - > painted.png

  artgan transfer photo.jpg --style swirls --style dots --compare --sweep style-scale=0.5,1,2 -o sheet.png

  artgan transfer cat.gif --style waves --method fast -o painted.webp

  artgan transfer --save-style van-gogh.style.safetensors --style vangogh/

  artgan transfer --from-receipt painted.png --style-scale 1.5 -o larger-strokes.png

  artgan transfer holiday/ --model runs/00003-cyclegan-monet-photo --to monet -o painted/"""

ContentArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="CONTENT",
        help="Pictures to repaint, by --method fast also moving ones (GIF, WebP, MP4): files, folders, quoted globs, - "
        "for standard input, or a shipped example such as example:portrait.",
        show_default=False,
    ),
]

ReceiptOption = Annotated[
    str | None,
    typer.Option(
        "--from-receipt",
        metavar="PICTURE",
        help="Repaint a result again, as the receipt in its file says; contents and options typed beside it are "
        "changes.",
        rich_help_panel=STYLE,
        show_default=False,
    ),
]


@configured("transfer", TransferConfig)
def transfer(
    ctx: typer.Context,
    content: ContentArgument = None,
    from_receipt: ReceiptOption = None,
    out: OutOption = None,
    force: ForceOption = False,
    *,
    config: TransferConfig,
    output: Output,
) -> int:
    """Repaint pictures in the style of one or more paintings, or by a trained CycleGAN."""
    if output.json and out == "-":
        raise UsageError("--json and -o - both want standard output; give --out a file")
    with lasting_imports():
        from artgan.cli.progress import ProgressView
        from artgan.pipelines.repaint import transfer_again
        from artgan.pipelines.transfer import transfer as paint

    repaint = partial(paint, config)
    if from_receipt is not None:
        repaint = partial(transfer_again, Path(from_receipt), changes=changes(ctx, config))
    progress = ProgressView(output)
    begun = in_steps = filming = False

    def listener(event: Event) -> None:
        nonlocal begun, in_steps, filming
        in_steps = in_steps or isinstance(event, PaintStep)
        if isinstance(event, PaintStep | ItemsProgress | PictureDone):
            begun = True
            filming = isinstance(event, ItemsProgress) and config.model is None and config.save_style is None
        progress(event)

    def stopping() -> None:
        saving = "stopping after the picture in hand"
        if config.save_style is not None:
            saving = "stopping: no style is saved"
        elif filming:
            saving = "stopping: moving pictures that are not finished are not saved"
        elif in_steps:
            saving = "stopping: the picture so far is saved"
        output.note(f"{saving} (Ctrl-C again to quit)")

    with graceful_interrupts(lambda: begun, stopping) as asked, progress:
        report = repaint(
            content or [],
            out=out,
            force=force,
            listener=listener,
            should_stop=asked,
            stdin=sys.stdin.buffer,
            stdout=sys.stdout.buffer,
        )
    output.finish()
    return exit_code(report.done, report.failed, interrupted=report.interrupted)


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("transfer", epilog=EXAMPLES)(transfer)
