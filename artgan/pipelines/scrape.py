"""`artgan scrape` without a terminal: a source in, a folder of pictures with their credits out."""

import os
from collections.abc import Callable
from pathlib import Path

from platformdirs import user_cache_dir

from artgan.collect.candidates import Estimate, Source
from artgan.collect.client import Client, ClientOptions
from artgan.collect.crawl import CrawlOptions, CrawlReport, crawl
from artgan.collect.pictures import Wanted
from artgan.collect.sources.registry import make_source
from artgan.collect.sources.unsplash_api import KEY_VARIABLE
from artgan.collect.state import STATE
from artgan.config.scrape import ScrapeConfig
from artgan.data.duplicates import THRESHOLD
from artgan.errors import ArtganError, ExitCode, OutputError
from artgan.events import Listener, Note, Summary, ignore
from artgan.io.download import Limits
from artgan.io.files import quoted
from artgan.io.manifest import MANIFEST, read_manifest

FOLDER = Path("scraped")
_AS_MANY_AS_THERE_ARE = 10_000_000


def scrape(
    config: ScrapeConfig,
    subject: str | None = None,
    *,
    source: Source | None = None,
    out: str | None = None,
    retry_failed: bool = False,
    listener: Listener = ignore,
    should_stop: Callable[[], bool] = lambda: False,
) -> CrawlReport:
    """Collect pictures into a folder, `scraped/SOURCE-SUBJECT` unless `out` names another; goes on where it stopped.

    Args:
        config: of the source: UnsplashConfig, CommonsConfig, PageConfig, UrlsConfig.
        subject: the address of the page, or the list's file, for the sources that take one.
        source: takes the place of the configuration's; for sources of one's own.
        out: the folder.
        retry_failed: ask for failed pictures again, and for no others.
        listener: is told of progress.
        should_stop: when it turns true, what is here is put in order and the report returned.

    Raises:
        UsageError: the options do not fit together, or the source knows nothing of that name.
        NetworkError: the source cannot be asked; ChallengeError when it wants its visitors to be people.
        MarkupChangedError: its pages hold no pictures that artgan can find.
        OutputError: the folder cannot be written, or holds something else.
    """
    source, folder = _source_and_folder(config, subject, source, out)
    _check_folder(folder, retry_failed=retry_failed)
    for note in source.notes:
        listener(Note(text=note))
    report = crawl(
        source,
        folder,
        client_options=client_options(config),
        options=CrawlOptions(
            n=config.n,
            retry_failed=retry_failed,
            wanted=Wanted(min_side=config.min_side, max_aspect=config.max_aspect, animated=config.animated),
            threshold=None if config.near_duplicates else THRESHOLD,
        ),
        listener=listener,
        should_stop=should_stop,
    )
    listener(Note(text=_what_next(config, report)))
    return report


def estimate(
    config: ScrapeConfig,
    subject: str | None = None,
    *,
    source: Source | None = None,
    out: str | None = None,
    listener: Listener = ignore,
) -> Estimate:
    """What a collection would take, told to the listener as a table, too. Nothing is written. Raises as `scrape`."""
    source, folder = _source_and_folder(config, subject, source, out)
    for note in source.notes:
        listener(Note(text=note))
    client = Client(client_options(config), hosts=source.hosts, listener=listener)
    try:
        found = source.estimate(client, config.n or _AS_MANY_AS_THERE_ARE)
    finally:
        client.close()
    rows = [
        ("pictures, at most", f"{found.pictures:,}"),
        ("requests, at most", f"{found.requests:,}"),
        ("bytes", "unknown" if found.bytes is None else f"{found.bytes / 1e6:,.0f} MB"),
        ("hours the quota takes", "none" if found.quota_hours is None else f"{found.quota_hours:.1f}"),
    ]
    listener(Summary(title=f"{folder} would take", columns=("what", "how much"), rows=tuple(rows)))
    for line in found.lines:
        listener(Note(text=line))
    if (manifest := folder / MANIFEST).exists():
        here = sum(row.get("status") == "ok" for row in read_manifest(manifest))
        listener(Note(text=f"{here:,} pictures are in {quoted(folder)} already, and are not fetched again"))
    return found


def exit_code(config: ScrapeConfig, report: CrawlReport) -> ExitCode:
    """How a run ended, for the shell: all that is wanted, or all that there is, is DONE."""
    if report.interrupted:
        return ExitCode.INTERRUPTED
    if report.kept == 0:
        return ExitCode.FAILED
    short = config.n is None or report.kept < config.n
    return ExitCode.SOME_ITEMS_FAILED if short and any(report.failed.values()) else ExitCode.DONE


def client_options(config: ScrapeConfig) -> ClientOptions:
    """How a configuration wants hosts to be asked."""
    return ClientOptions(
        contact=config.contact,
        per_second=config.per_second,
        connections=config.connections,
        allow_private=config.allow_private,
        limits=Limits(max_bytes=round(config.max_megabytes * 1e6), seconds=config.deadline_seconds),
    )


def _source_and_folder(
    config: ScrapeConfig, subject: str | None, source: Source | None, out: str | None
) -> tuple[Source, Path]:
    label = ""
    if source is None:
        cache = Path(os.environ.get("ARTGAN_CACHE_DIR") or user_cache_dir("artgan"))
        source, label = make_source(config, subject, key=os.environ.get(KEY_VARIABLE) or None, cache=cache)
    return source, Path(out) if out else FOLDER / (label or source.name)


def _check_folder(folder: Path, *, retry_failed: bool) -> None:
    """A folder is new, empty, or a collection already."""
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"cannot collect into {quoted(folder)}: it is a file; give --out a folder")
    begun = (folder / STATE).exists()
    if not begun and folder.is_dir() and any(folder.iterdir()):
        raise OutputError(f"{quoted(folder)} holds other files; give --out an empty or a new folder")
    if retry_failed and not begun:
        raise ArtganError(f"nothing to try again: {quoted(folder)} is no collection; leave out --retry-failed")


def _what_next(config: ScrapeConfig, report: CrawlReport) -> str:
    failed = sum(report.failed.values())
    if report.interrupted:
        return f"stopped with {report.kept} pictures; the same command goes on"
    again = f"; {failed} failed, --retry-failed tries them again" if failed else ""
    if report.kept == 0:
        why = "manifest.jsonl says why" if report.skipped or failed else "the source offers none"
        return f"no picture was kept: {why}{again}"
    short = f" ({config.n} were wanted: the source offers no more)" if config.n and report.kept < config.n else ""
    return f"{report.kept} pictures{short}{again}; next: artgan prepare {report.folder}"
