"""`artgan transfer` without a terminal: pictures in, repainted pictures out."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from artgan.config.transfer import TransferConfig
from artgan.errors import UsageError
from artgan.events import Listener, Note, ignore
from artgan.io.images import read_picture
from artgan.io.inputs import expand_inputs
from artgan.io.shipped import find_content, is_example, style_names
from artgan.pipelines.outputs import STDIO, plan_outputs, stem
from artgan.pipelines.pictures import PicturesReport, check_stream, each_picture, painting_progress, write_result
from artgan.pipelines.recall import Earlier
from artgan.pipelines.studio import Studio
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
    if config.model is None and not config.style:
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
    sources = expand_inputs(contents, is_named=is_example)
    named = config.styles
    if STDIO in sources and STDIO in {style.name for style in named}:
        raise UsageError("- can be the content or a style, not both")
    label = "+".join(stem(style.name) for style in named)
    destinations = plan_outputs(sources, out, label=label, force=force)
    check_stream(out, stdout)

    studio = Studio.open(config, listener=listener, stdin=stdin, earlier=earlier)
    listener(Note(text=studio.describe()))

    def make(number: int, source: str, destination: Path | None) -> Mapping[str, object] | None:
        content = read_picture(source if source == STDIO else find_content(source), stdin=stdin)
        step = painting_progress(listener, Path(source).name, number, len(sources))
        painting = studio.paint(content, step, should_stop)
        if painting.steps == 0:
            return None
        scores = studio.scores(painting, content)
        receipt = studio.receipt(painting, content, source, scores)
        write_result(painting.image, content, destination, receipt, stdout, force=force)
        return studio.details(painting, scores)

    return each_picture(sources, destinations, make, listener=listener, should_stop=should_stop)
