"""Where results go: one path for every input, decided and checked before any work starts."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from artgan.errors import UsageError
from artgan.io.files import check_writable, quoted
from artgan.io.films import FILM_SUFFIXES, MP4
from artgan.io.images import picture_format
from artgan.io.shipped import EXAMPLE_PREFIX
from artgan.io.video import require_video

STDIO = "-"
STYLE_SUFFIX = ".style.safetensors"
"""What the names of style files end in."""


def plan_outputs(
    sources: Sequence[str], out: str | None, *, label: str, force: bool, moving: Mapping[str, str] | None = None
) -> list[Path | None]:
    """A destination for each source; None is standard output.

    `out` is a file (for one source), a folder, or "-"; without it results go to the current folder. Names in a folder
    are SOURCE-LABEL.png; of those that are `moving`, with the suffix that it says. Raises UsageError for two results
    of one name, OutputError for what cannot be written.
    """
    moving = moving or {}
    names = [f"{stem(source)}-{label}{moving.get(source, '.png')}" for source in sources]
    if out == STDIO:
        if len(sources) > 1:
            raise UsageError(f"-o - takes one picture, not {len(sources)}; give --out a folder")
        if sources[0] in moving:
            raise UsageError(f"-o - is one PNG, and {quoted(sources[0])} is moving: give --out a file, as {names[0]}")
        return [None]
    if out is None:
        paths = [Path(name) for name in names]
    elif len(sources) == 1 and not Path(out).is_dir() and not out.endswith(("/", "\\")):
        paths = [Path(out)]
    elif Path(out).suffix and not Path(out).is_dir():
        raise UsageError(f"--out '{out}' is one file for {len(sources)} pictures; give a folder")
    else:
        paths = [Path(out) / name for name in names]
    owners: dict[Path, str] = {}
    for source, path in zip(sources, paths, strict=True):
        if path in owners:
            raise UsageError(f"'{owners[path]}' and '{source}' would both be written to '{path}'; rename one of them")
        owners[path] = source
        if source in moving:
            _check_film(path, source)
        else:
            picture_format(path)
        check_writable(path, force=force)
    return list(paths)


def plan_named(names: Sequence[str], out: str | None, *, suffix: str, folder: Path, force: bool) -> list[Path | None]:
    """A destination for each of these results, which have different names without suffix; None is standard output.

    `out` is a file (for one result; its suffix wins over `suffix`), a folder, or "-"; without it results go to
    `folder`. A name without a suffix is a folder. Raises UsageError for one file and several results, OutputError for
    what cannot be written.
    """
    if out == STDIO:
        if len(names) > 1:
            raise UsageError(f"-o - takes one picture, not {len(names)}; --grid puts them on one sheet")
        return [None]
    if out is not None and names_file(out):
        if len(names) > 1:
            raise UsageError(f"--out '{out}' is one file for {len(names)} pictures; give a folder, or --grid")
        paths = [Path(out)]
    else:
        paths = [Path(folder if out is None else out) / f"{name}{suffix}" for name in names]
    for path in paths:
        check_writable(path, force=force)
    return list(paths)


def _check_film(path: Path, source: str) -> None:
    """Raise UsageError where moving pictures cannot be written so."""
    suffix = path.suffix.lower()
    if suffix not in FILM_SUFFIXES:
        known = " ".join(FILM_SUFFIXES)
        raise UsageError(
            f"cannot write {quoted(path)}: {quoted(source)} is moving, so the name must end in one of {known}"
        )
    if suffix == MP4:
        require_video()


def names_file(out: str | None) -> bool:
    """Whether an output is one file: it has a suffix, and is neither "-" nor a folder that is there."""
    if out is None or out == STDIO or out.endswith(("/", "\\")):
        return False
    return bool(Path(out).suffix) and not Path(out).is_dir()


def stem(source: str) -> str:
    """What a source is called in the names of results: "photo" of "in/photo.jpg", "cat" of "example:cat"."""
    if source == STDIO:
        return "stdin"
    name = Path(source.removeprefix(EXAMPLE_PREFIX))
    return name.name.removesuffix(STYLE_SUFFIX) if name.name.endswith(STYLE_SUFFIX) else name.stem
