"""The `artgan` command: its subcommands, global options, and how errors are shown."""

import os
import platform
import sys
from typing import Annotated

import typer

from artgan import __version__
from artgan.cli import chain, prepare, sample, scrape, show, train, transfer
from artgan.cli.output import print_error
from artgan.errors import ArtganError, ExitCode

app = typer.Typer(
    name="artgan",
    help="Make art with GANs and neural style transfer.",
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"artgan {__version__} (Python {platform.python_version()})")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def root(
    ctx: typer.Context,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and stop."),
    ] = False,
) -> None:
    """Make art with GANs and neural style transfer."""
    if ctx.invoked_subcommand is None:
        print(ctx.get_help())


chain.register(app)
prepare.register(app)
sample.register(app)
scrape.register(app)
show.register(app)
transfer.register(app)
app.add_typer(train.app, name="train")


def main(arguments: list[str] | None = None) -> int:
    """Run artgan and return its exit code. Known errors are one line; only bugs show a traceback."""
    try:
        code = app(args=arguments, prog_name="artgan", standalone_mode=False)
        sys.stdout.flush()
        return int(code or ExitCode.DONE)
    except ArtganError as error:
        if os.environ.get("ARTGAN_DEBUG"):
            raise
        print_error(str(error))
        return error.exit_code
    except typer.TyperException as error:
        print_error(_one_sentence(error))
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        print_error("interrupted")
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        _forget_stdout()
        return ExitCode.FAILED


def _one_sentence(error: typer.TyperException) -> str:
    message = error.format_message().strip()
    return message if message.endswith((".", "?", ")")) else f"{message}."


def _forget_stdout() -> None:
    """The reader is gone: keep Python from complaining about it again while it shuts down."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
