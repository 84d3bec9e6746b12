"""What stands beside the results of `artgan transfer`, checked before any work: films, snapshots, earlier results."""

import re
from collections.abc import Sequence
from pathlib import Path

from artgan.config.transfer import ANIMATIONS, TransferConfig
from artgan.errors import PictureError, UsageError
from artgan.io.files import check_writable
from artgan.io.images import read_picture
from artgan.io.receipts import read_receipt
from artgan.io.shipped import find_content
from artgan.io.video import require_video
from artgan.pipelines.outputs import STDIO
from artgan.pipelines.resuming import Kept, check_continues, is_finished
from artgan.pipelines.sitting import snapshot_path
from artgan.pipelines.studio import Studio


def plan_films(config: TransferConfig, destinations: Sequence[Path | None], *, force: bool) -> list[Path | None]:
    """A file for the film of each painting, or None.

    Raises:
        UsageError: one file for several pictures, no place for it, .mp4 without the extra.
        OutputError: it cannot be written.
    """
    if config.animate is None:
        return [None] * len(destinations)
    if config.animate.lower() in ANIMATIONS:
        films = [_film_beside(destination, config.animate.lower()) for destination in destinations]
    elif len(destinations) > 1:
        many = f"{len(destinations)} pictures; --animate webp gives each its own"
        raise UsageError(f"--animate '{config.animate}' is one file for {many}")
    else:
        films = [Path(config.animate)]
    for film, destination in zip(films, destinations, strict=True):
        if film == destination:
            raise UsageError(f"--animate and --out both name '{film}'")
        check_writable(film, force=force)
        if film.suffix.lower() == ".mp4":
            require_video()
    return list(films)


def check_snapshots(config: TransferConfig, destinations: Sequence[Path | None], *, force: bool) -> None:
    """Raise UsageError when pictures of `--save-every` have no place, OutputError when one cannot be written."""
    if config.save_every is None:
        return
    for destination in destinations:
        if destination is None:
            raise UsageError("--save-every writes several files: give --out a file or folder, not -")
        check_writable(snapshot_path(destination, config.save_every, config.steps), force=force)
        last = snapshot_path(destination, config.steps, config.steps)
        pattern = re.compile(rf"{re.escape(destination.stem)}-step(\d+){re.escape(destination.suffix)}")
        for path in destination.parent.iterdir() if destination.parent.is_dir() else ():
            match = pattern.fullmatch(path.name)
            if match and int(match[1]) % config.save_every == 0 and len(path.name) == len(last.name):
                check_writable(path, force=force)


def known_seed(kept: Sequence[Kept | None], destinations: Sequence[Path | None]) -> int | None:
    """The seed that an earlier command drew: of a painting it left unfinished, or of one it finished."""
    for state in kept:
        if state is not None:
            return state.seed
    for destination in destinations:
        receipt = read_receipt(destination) if destination is not None and destination.is_file() else None
        if receipt is not None and isinstance(receipt.get("seed"), int):
            return int(receipt["seed"])
    return None


def check_resumed(
    studio: Studio,
    sources: Sequence[str],
    destinations: Sequence[Path | None],
    kept: Sequence[Kept | None],
    *,
    force: bool,
) -> set[Path]:
    """The results that are finished already.

    Raises:
        UsageError: a state is of another painting, or there is no file to resume.
        OutputError: a result is in the way that is no earlier one of this command.
    """
    finished: set[Path] = set()
    for source, destination, state in zip(sources, destinations, kept, strict=True):
        if destination is None:
            raise UsageError("--resume goes on with a file: give --out a file or folder, not -")
        if source == STDIO:
            raise UsageError("--resume needs the picture in a file: what came in on stdin is gone")
        if state is None and (force or not destination.exists()):
            continue
        try:
            now = studio.identity(read_picture(find_content(source)), source)
        except PictureError:
            continue  # said when its turn comes
        if state is not None:
            check_continues(state, now, destination, force=force)
        elif is_finished(destination, now):
            finished.add(destination)
    return finished


def _film_beside(destination: Path | None, kind: str) -> Path:
    if destination is None:
        raise UsageError(f"--animate {kind} goes beside the result: with -o -, name a file")
    return destination.with_name(f"{destination.stem}-film.{kind}")
