"""`artgan train`: a command a method, each taking datasets and leaving a run folder."""

import dataclasses
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from artgan.cli.imports import lasting_imports
from artgan.cli.interrupts import graceful_interrupts
from artgan.cli.options import configured
from artgan.cli.output import Output
from artgan.config.cgan import CganConfig
from artgan.config.cyclegan import CycleganConfig
from artgan.config.dcgan import DcganConfig
from artgan.config.style import StyleConfig
from artgan.config.train import TrainConfig
from artgan.errors import ExitCode, UsageError

_PANEL = "Run"
_NEEDED_DATA = {
    "dcgan": "synthetic:faces",
    "cgan": "synthetic:faces",
    "style": "synthetic:photos synthetic:paintings",
}
"""Of the methods that need some, and what to name where there is none."""

DCGAN_EXAMPLES = """Examples:

  artgan train dcgan synthetic:faces --budget 3m

  artgan train dcgan data/portraits --size 64 --steps 20000

  artgan train dcgan --resume runs/00003-dcgan-portraits --steps 40000"""

CGAN_EXAMPLES = """Examples:

  artgan train cgan synthetic:faces --budget 10m

  artgan train cgan data/anime --steps 40000"""

CYCLEGAN_EXAMPLES = """Examples:

  artgan train cyclegan

  artgan train cyclegan data/monet data/photo

  artgan train cyclegan "monet/*.tfrec" photos.zip --names monet,photo --budget 3h

  artgan train cyclegan data/monet +samples/monet data/photo"""

STYLE_EXAMPLES = """Examples:

  artgan train style synthetic:photos synthetic:paintings --budget 10m

  artgan train style photos/ paintings/ --budget 8h

  artgan train style data/photos +synthetic:photos data/monet +vangogh.zip --style-weight 2"""

PairsArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="CONTENT STYLE",
        help="What to paint, and paintings to take the styles from: each a folder made by artgan prepare, a folder, "
        "zip or TFRecords of pictures, or drawings such as synthetic:photos; +MORE adds pictures to the one before.",
        show_default=False,
    ),
]
DomainsArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[A B]",
        help="The domains to translate between: each a folder made by artgan prepare, a folder, zip or TFRecords of "
        "pictures, or drawings such as synthetic:photos; +MORE adds pictures to the one before. Without any, the two "
        "datasets prepared last.",
        show_default=False,
    ),
]
HubOption = Annotated[
    str | None,
    typer.Option(
        "--hub",
        metavar="DATA",
        help="One more domain, between which and each of the others to translate: monet/ vangogh/ --hub photo/.",
        rich_help_panel="Domains",
        show_default=False,
    ),
]
DataArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="DATA",
        help="What to learn from: a folder made by artgan prepare, a folder or zip of pictures, or drawings such as "
        "synthetic:faces.",
        show_default=False,
    ),
]
OutOption = Annotated[
    str,
    typer.Option("--out", "-o", metavar="FOLDER", help="Folder that gets the run's folder.", rich_help_panel=_PANEL),
]
ResumeOption = Annotated[
    str | None,
    typer.Option(
        "--resume",
        metavar="RUN",
        help="Continue this run's folder, with its options; limits of the length may be given anew.",
        rich_help_panel=_PANEL,
        show_default=False,
    ),
]
DryRunOption = Annotated[
    bool,
    typer.Option("--dry-run", help="Measure a few steps, say what the run takes, and stop.", rich_help_panel=_PANEL),
]

app = typer.Typer(help="Train a network on pictures of your own.", no_args_is_help=True, rich_markup_mode="markdown")


@app.command("dcgan", epilog=DCGAN_EXAMPLES)
@configured("train dcgan", DcganConfig)
def dcgan(
    ctx: typer.Context,
    data: DataArgument = None,
    out: OutOption = "runs",
    resume: ResumeOption = None,
    dry_run: DryRunOption = False,
    *,
    config: DcganConfig,
    output: Output,
) -> int:
    """Learn to draw new pictures like those of a dataset (DCGAN, Radford et al. 2016)."""
    return _train(ctx, "dcgan", [data] if data else [], config, output, out=out, resume=resume, dry_run=dry_run)


@app.command("cgan", epilog=CGAN_EXAMPLES)
@configured("train cgan", CganConfig)
def cgan(
    ctx: typer.Context,
    data: DataArgument = None,
    out: OutOption = "runs",
    resume: ResumeOption = None,
    dry_run: DryRunOption = False,
    *,
    config: CganConfig,
    output: Output,
) -> int:
    """Learn to draw pictures of what their tags say (a conditional GAN with matching-aware losses)."""
    return _train(ctx, "cgan", [data] if data else [], config, output, out=out, resume=resume, dry_run=dry_run)


@app.command("cyclegan", epilog=CYCLEGAN_EXAMPLES)
@configured("train cyclegan", CycleganConfig)
def cyclegan(
    ctx: typer.Context,
    data: DomainsArgument = None,
    hub: HubOption = None,
    out: OutOption = "runs",
    resume: ResumeOption = None,
    dry_run: DryRunOption = False,
    *,
    config: CycleganConfig,
    output: Output,
) -> int:
    """Learn to translate pictures of one kind into another, without pairs: photos and paintings (CycleGAN)."""
    sources = list(data or [])
    domains = sum(not source.startswith("+") for source in sources)
    if hub is None and domains > 2:
        raise UsageError(f"{domains} domains need one that each is translated to and from: name it with --hub")
    if hub is not None and not sources:
        raise UsageError(
            "--hub needs the domains to translate it into: artgan train cyclegan monet/ vangogh/ --hub photo/"
        )
    if hub is not None:
        sources.append(hub)
    return _train(ctx, "cyclegan", sources, config, output, out=out, resume=resume, dry_run=dry_run)


@app.command("style", epilog=STYLE_EXAMPLES)
@configured("train style", StyleConfig)
def style(
    ctx: typer.Context,
    data: PairsArgument = None,
    out: OutOption = "runs",
    resume: ResumeOption = None,
    dry_run: DryRunOption = False,
    *,
    config: StyleConfig,
    output: Output,
) -> int:
    """Learn to repaint any picture in any style in one pass: a decoder of features with the style's statistics."""
    return _train(ctx, "style", list(data or []), config, output, out=out, resume=resume, dry_run=dry_run)


def _train(
    ctx: typer.Context,
    method: str,
    data: list[str],
    config: TrainConfig,
    output: Output,
    *,
    out: str,
    resume: str | None,
    dry_run: bool,
) -> int:
    changes = _changes(ctx, config, data, dry_run=dry_run) if resume is not None else {}
    if resume is None and not data and method in _NEEDED_DATA:
        raise UsageError(f"no data: name some, as in artgan train {method} {_NEEDED_DATA[method]} --budget 3m")
    with lasting_imports():
        from artgan.cli.progress import ProgressView
        from artgan.pipelines import train as pipeline

    progress = ProgressView(output)
    saving = "stopping: the run so far is saved (Ctrl-C again to quit)"
    with graceful_interrupts(lambda: progress.training, lambda: output.note(saving)) as asked, progress:
        if resume is not None:
            report = pipeline.resume(Path(resume), changes, method=method, listener=progress, should_stop=asked)
        else:
            report = pipeline.train(
                method,
                config,
                data,
                out=Path(out),
                dry_run=dry_run,
                asked_for=_asked_for(ctx, config),
                listener=progress,
                should_stop=asked,
            )
    if report.plan is not None:
        output.result(None, report.plan.details())
    if report.run is not None or report.plan is not None:  # of several processes, one prints
        output.finish()
    return ExitCode.INTERRUPTED if report.interrupted else ExitCode.DONE


def _changes(ctx: typer.Context, config: TrainConfig, data: list[str], *, dry_run: bool) -> Mapping[str, Any]:
    """The options typed beside --resume; those of the environment and of files belong to new runs."""

    if data:
        raise UsageError("--resume takes its data from the run: leave out DATA")
    if dry_run or any(_typed(ctx, name) for name in ("config_file", "recipe", "out")):
        raise UsageError("--resume takes its options from the run: leave out --config, --recipe, --out and --dry-run")
    return {field.name: getattr(config, field.name) for field in dataclasses.fields(config) if _typed(ctx, field.name)}


def _asked_for(ctx: typer.Context, config: TrainConfig) -> Collection[str] | None:
    """The options typed for a new run; None when a recipe or a file was named, which then has said everything."""
    if _typed(ctx, "recipe") or _typed(ctx, "config_file"):
        return None
    return [field.name for field in dataclasses.fields(config) if _typed(ctx, field.name)]


def _typed(ctx: typer.Context, name: str) -> bool:
    source = ctx.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"
