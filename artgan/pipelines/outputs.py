"""Where results go: one path for every input, decided and checked before any work starts."""

from collections.abc import Sequence
from pathlib import Path

from artgan.errors import UsageError
from artgan.io.files import check_writable
from artgan.io.images import picture_format

STDIO = "-"


def plan_outputs(sources: Sequence[str], out: str | None, *, label: str, force: bool) -> list[Path | None]:
    """A destination for each source; None is standard output.

    `out` is a file (for one source), a folder, or "-"; without it results go to the current folder. Names in a folder
    are SOURCE-LABEL.png. Raises UsageError for two results of one name, OutputError for what cannot be written.
    """
    if out == STDIO:
        if len(sources) > 1:
            raise UsageError(f"-o - takes one picture, not {len(sources)}; give --out a folder")
        return [None]
    names = [f"{_stem(source)}-{label}.png" for source in sources]
    if out is None:
        paths = [Path(name) for name in names]
    elif len(sources) == 1 and not Path(out).is_dir() and not out.endswith(("/", "\\")):
        paths = [Path(out)]
    elif Path(out).suffix and not Path(out).is_dir():
        raise UsageError(f"--out '{out}' is one file for {len(sources)} pictures; give a folder")
    else:
        paths = [Path(out) / name for name in names]
    for index, path in enumerate(paths):
        if path in paths[:index]:
            first, second = sources[paths.index(path)], sources[index]
            raise UsageError(f"'{first}' and '{second}' would both be written to '{path}'; rename one of them")
        picture_format(path)
        check_writable(path, force=force)
    return list(paths)


def _stem(source: str) -> str:
    if source == STDIO:
        return "stdin"
    return Path(source.rpartition(":")[2] if not Path(source).exists() else source).stem
