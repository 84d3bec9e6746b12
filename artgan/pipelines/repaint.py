"""`artgan transfer --from-receipt`: a picture that was repainted once is repainted again."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from artgan.events import Event, Listener, Note, ignore
from artgan.pipelines.pictures import PicturesReport, check_stream
from artgan.pipelines.recall import circumstances, recall
from artgan.pipelines.recorded_paintings import recorded_painting
from artgan.pipelines.recorded_sheets import recorded_sheet
from artgan.pipelines.style_sheets import paint_planned
from artgan.pipelines.transfer import transfer


def transfer_again(
    picture: Path,
    contents: Sequence[str] = (),
    *,
    changes: Mapping[str, Any] | None = None,
    out: str | None = None,
    force: bool = False,
    listener: Listener = ignore,
    should_stop: Callable[[], bool] = lambda: False,
    stdin: BinaryIO | None = None,
    stdout: BinaryIO | None = None,
) -> PicturesReport:
    """Repaint a picture that `transfer` made, from the receipt in its file, but for `changes`, options by name; of a
    sheet, all its paintings.

    What it was made of is found by name and SHA-256; `contents`, `changes["style"]` and `changes["model"]` take the
    place of it. What may make the pixels differ is told to the listener.

    Raises:
        UsageError: the picture has no receipt of `artgan transfer`, or a change is of what a sheet goes through.
        PictureError, WeightsError: what it was made of is not here, or has other bytes.
    """
    receipt = recall(picture, "transfer")
    changes = dict(changes or {})
    if receipt.get("kind") == "sheet":
        sheet = recorded_sheet(receipt, picture, contents, changes, out=out, force=force)
        listener = _once(listener)
        for difference in sheet.differences:
            listener(Note(text=difference))
        check_stream(out, stdout)
        return paint_planned(
            [sheet.sheet], force=force, listener=listener, should_stop=should_stop, stdin=stdin, stdout=stdout
        )
    painting = recorded_painting(receipt, picture, contents, changes)
    for difference in circumstances(receipt, painting.config):
        listener(Note(text=difference))
    return transfer(
        painting.config,
        painting.contents,
        out=out,
        force=force,
        listener=listener,
        should_stop=should_stop,
        stdin=stdin,
        stdout=stdout,
        earlier=painting.earlier,
    )


def _once(listener: Listener) -> Listener:
    """Passes events on, but a note that was passed on before: the paintings of a sheet differ from then alike."""
    told: set[str] = set()

    def tell(event: Event) -> None:
        if not isinstance(event, Note) or event.text not in told:
            listener(event)
        if isinstance(event, Note):
            told.add(event.text)

    return tell
