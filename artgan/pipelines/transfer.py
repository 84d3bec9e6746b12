"""`artgan transfer` without a terminal: pictures in, repainted pictures out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from artgan.config.transfer import TransferConfig
from artgan.errors import UsageError
from artgan.events import Listener, Note, ignore
from artgan.io.images import Picture, read_picture
from artgan.io.inputs import expand_inputs
from artgan.io.shipped import find_content, is_example, style_names
from artgan.painting.fast import FastPainter
from artgan.pipelines.beside import check_resumed, check_snapshots, known_seed, plan_films
from artgan.pipelines.films import moving_contents, paint_film
from artgan.pipelines.outputs import STDIO, plan_outputs, stem
from artgan.pipelines.painters import decided
from artgan.pipelines.pictures import PicturesReport, check_stream, each_picture, painting_progress
from artgan.pipelines.recall import Earlier
from artgan.pipelines.relay import Computed, one_at_a_time, relay
from artgan.pipelines.resuming import find_kept
from artgan.pipelines.sitting import Sitting
from artgan.pipelines.studio import Studio
from artgan.pipelines.style_saving import save_style
from artgan.pipelines.style_sheets import paint_sheets
from artgan.pipelines.translate import translate


def transfer(
    config: TransferConfig,
    contents: Sequence[str],
    *,
    out: str | None = None,
    force: bool = False,
    listener: Listener = ignore,
    should_stop: Callable[[], bool] = lambda: False,
    stdin: BinaryIO | None = None,
    stdout: BinaryIO | None = None,
    earlier: Earlier | None = None,
) -> PicturesReport:
    """Repaint contents (files, folders, globs, "-", "example:NAME") in the styles of `config` or by its model.

    One content that cannot be repainted raises its ArtganError; one of several is told to the listener and the others
    go on. When `should_stop` turns true, the picture at hand is written as it is and the rest are left.
    """
    if config.save_style is not None:
        if contents or out is not None:
            raise UsageError("--save-style names its file itself, and repaints nothing: leave out pictures and --out")
        return save_style(config, force=force, listener=listener, should_stop=should_stop)
    swept = {axis.field for axis in config.axes}
    if config.model is None and not config.style and "style" not in swept:
        raise UsageError(f"no style: add --style FILE, or a built-in one such as --style {style_names()[0]}")
    if not contents:
        raise UsageError("no pictures: name some, as in artgan transfer example:portrait --style swirls")
    if config.model is not None:
        return translate(
            config,
            contents,
            out=out,
            force=force,
            listener=listener,
            should_stop=should_stop,
            stdin=stdin,
            stdout=stdout,
            earlier=earlier,
        )
    config = decided(config)
    if config.preview:
        config = config.previewed()
    if swept:
        return paint_sheets(
            config,
            contents,
            out=out,
            force=force,
            listener=listener,
            should_stop=should_stop,
            stdin=stdin,
            stdout=stdout,
        )
    sources = expand_inputs(contents, is_named=is_example)
    named = config.styles
    if STDIO in sources and STDIO in {style.name for style in named}:
        raise UsageError("- can be the content or a style, not both")
    label = "+".join(stem(style.name) for style in named)
    again = force or config.resume
    moving = moving_contents(sources, config, listener)
    destinations = plan_outputs(sources, out, label=label, force=again, moving=moving)
    films = plan_films(config, destinations, force=again)
    check_snapshots(config, destinations, force=again)
    check_stream(out, stdout)
    kept = [find_kept(destination) if config.resume else None for destination in destinations]
    if config.resume and config.seed is None:
        config = replace(config, seed=known_seed(kept, destinations))

    listener = one_at_a_time(listener)
    studio = Studio.open(config, listener=listener, stdin=stdin, earlier=earlier)
    listener(Note(text=studio.describe()))
    if isinstance(studio.painter, FastPainter) and not moving:
        return relay(
            sources,
            destinations,
            lambda number, source, read: _in_one_pass(studio, source, read()),
            listener=listener,
            should_stop=should_stop,
            force=force,
            stdin=stdin,
            stdout=stdout,
        )
    finished: set[Path] = set()
    if config.resume:
        finished = check_resumed(studio, sources, destinations, kept, force=force)

    def make(number: int, source: str, destination: Path | None) -> Mapping[str, object] | None:
        if destination in finished:
            listener(Note(text=f"{destination} was finished before"))
            return {"finished_before": True}
        if source in moving and destination is not None:
            return paint_film(studio, source, destination, listener=listener, should_stop=should_stop, force=force)
        content = read_picture(source if source == STDIO else find_content(source), stdin=stdin)
        sitting = Sitting(
            studio=studio,
            content=content,
            source=source,
            destination=destination,
            film=films[number - 1],
            kept=kept[number - 1],
            listener=listener,
            stdout=stdout,
            force=force,
        )
        return sitting.paint(painting_progress(listener, Path(source).name, number, len(sources)), should_stop)

    return each_picture(sources, destinations, make, listener=listener, should_stop=should_stop)


def _in_one_pass(studio: Studio, source: str, content: Picture) -> Computed:
    painting = studio.paint(content)
    scores = studio.scores(painting, content)
    return Computed(
        image=painting.image.cpu(),
        alpha=content.alpha,
        receipt=studio.receipt(painting, content, source, scores),
        details=studio.details(painting, scores),
    )
