"""`artgan scrape SOURCE`: collect pictures with their credits, a command a source."""

from typing import Annotated, Any

import typer

from artgan.cli.imports import lasting_imports
from artgan.cli.interrupts import graceful_interrupts
from artgan.cli.options import configured
from artgan.cli.output import Output
from artgan.config.scrape import CommonsConfig, PageConfig, ScrapeConfig, UnsplashConfig, UrlsConfig
from artgan.errors import ExitCode, UsageError

_PANEL = "Run"

UNSPLASH_EXAMPLES = """With an access key in UNSPLASH_ACCESS_KEY the official interface is searched; without, the
Unsplash Lite dataset, whose terms allow training, is downloaded once (700 MB) and filtered by keyword.

Examples:

  artgan scrape unsplash --n 5000

  artgan scrape unsplash --query "old man" --query woman --n 2000 --size 256

  artgan scrape unsplash --n 5000 --dry-run"""

COMMONS_EXAMPLES = """Examples:

  artgan scrape commons --artist "Claude Monet" --n 300

  artgan scrape commons --artist Q5582 --size 1024

  artgan scrape commons --category "Paintings by Camille Pissarro"

Wikimedia asks programs to say who runs them: --contact you@example.org, or ARTGAN_CONTACT."""

PAGE_EXAMPLES = """Examples:

  artgan scrape page https://example.org/gallery --max-pages 10

  artgan scrape page http://127.0.0.1:8000 --allow-private

The second collects from examples/gallery.py, which serves a gallery on your own machine."""

URLS_EXAMPLES = """Examples:

  artgan scrape urls addresses.txt

  artgan scrape urls table.csv --n 500 -o scraped/mine

  artgan scrape urls scraped/commons-claude-monet/manifest.jsonl -o scraped/again"""

OutOption = Annotated[
    str | None,
    typer.Option(
        "--out",
        "-o",
        metavar="FOLDER",
        help="Folder for the pictures; scraped/SOURCE-QUERY by default. A folder begun before is continued.",
        rich_help_panel=_PANEL,
    ),
]
RetryOption = Annotated[
    bool,
    typer.Option("--retry-failed", help="Ask for failed pictures again, and for no others.", rich_help_panel=_PANEL),
]
DryRunOption = Annotated[
    bool,
    typer.Option(
        "--dry-run", help="Say what it takes in requests, bytes and hours of quota, and stop.", rich_help_panel=_PANEL
    ),
]

app = typer.Typer(
    help="Collect pictures with their credits, politely.", no_args_is_help=True, rich_markup_mode="markdown"
)


@app.command("unsplash", epilog=UNSPLASH_EXAMPLES)
@configured("scrape unsplash", UnsplashConfig)
def unsplash(
    ctx: typer.Context,
    out: OutOption = None,
    retry_failed: RetryOption = False,
    dry_run: DryRunOption = False,
    *,
    config: UnsplashConfig,
    output: Output,
) -> int:
    """Photos from Unsplash, portraits by default."""
    return _scrape(config, None, output, out=out, retry_failed=retry_failed, dry_run=dry_run)


@app.command("commons", epilog=COMMONS_EXAMPLES)
@configured("scrape commons", CommonsConfig)
def commons(
    ctx: typer.Context,
    out: OutOption = None,
    retry_failed: RetryOption = False,
    dry_run: DryRunOption = False,
    *,
    config: CommonsConfig,
    output: Output,
) -> int:
    """Paintings in the public domain from Wikimedia Commons."""
    return _scrape(config, None, output, out=out, retry_failed=retry_failed, dry_run=dry_run)


@app.command("page", epilog=PAGE_EXAMPLES)
@configured("scrape page", PageConfig)
def page(
    ctx: typer.Context,
    url: Annotated[
        str | None, typer.Argument(metavar="URL", help="Address of the first page.", show_default=False)
    ] = None,
    out: OutOption = None,
    retry_failed: RetryOption = False,
    dry_run: DryRunOption = False,
    *,
    config: PageConfig,
    output: Output,
) -> int:
    """Every picture of a web page and of the pages that follow it."""
    if url is None:
        raise UsageError("no page: give its address, as in artgan scrape page https://example.org/gallery")
    return _scrape(config, url, output, out=out, retry_failed=retry_failed, dry_run=dry_run)


@app.command("urls", epilog=URLS_EXAMPLES)
@configured("scrape urls", UrlsConfig)
def urls(
    ctx: typer.Context,
    file: Annotated[
        str | None,
        typer.Argument(
            metavar="FILE",
            help="Addresses: a text with one a line, a CSV or TSV, JSON lines, or a manifest.jsonl of artgan.",
            show_default=False,
        ),
    ] = None,
    out: OutOption = None,
    retry_failed: RetryOption = False,
    dry_run: DryRunOption = False,
    *,
    config: UrlsConfig,
    output: Output,
) -> int:
    """The pictures of a list of addresses."""
    if file is None:
        raise UsageError("no list: give its file, as in artgan scrape urls addresses.txt")
    return _scrape(config, file, output, out=out, retry_failed=retry_failed, dry_run=dry_run)


def _scrape(
    config: ScrapeConfig, subject: str | None, output: Output, *, out: str | None, retry_failed: bool, dry_run: bool
) -> int:
    if dry_run and retry_failed:
        raise UsageError("--dry-run and --retry-failed exclude each other")
    with lasting_imports():
        from artgan.cli.progress import ProgressView
        from artgan.pipelines import scrape as pipeline

    progress = ProgressView(output)
    if dry_run:
        with progress:
            found = pipeline.estimate(config, subject, out=out, listener=progress)
        details: dict[str, Any] = {
            "pictures": found.pictures,
            "requests": found.requests,
            "bytes": found.bytes,
            "quota_hours": found.quota_hours,
        }
        output.result(None, details)
        output.finish()
        return ExitCode.DONE
    stopping = "stopping: what is here is kept (Ctrl-C again to quit)"
    with graceful_interrupts(lambda: True, lambda: output.note(stopping)) as asked, progress:
        report = pipeline.scrape(
            config, subject, out=out, retry_failed=retry_failed, listener=progress, should_stop=asked
        )
    output.finish()
    return pipeline.exit_code(config, report)


def register(application: typer.Typer) -> None:
    """Add the command to the application."""
    application.add_typer(app, name="scrape")
