"""Which model file is meant: by a name, by nothing at all, or by a picture's receipt."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from artgan.errors import UsageError, WeightsError
from artgan.io.checkpoints import read_metadata
from artgan.io.files import quoted
from artgan.io.inputs import natural_key
from artgan.io.shipped import DEFAULT_MODEL, built_in_model, find_model, model_names
from artgan.models.registry import SPEC_KEY
from artgan.training.runs import Run

_MODEL = "model.safetensors"
_BEST = "best"


@dataclass(frozen=True, kw_only=True)
class ModelFile:
    """A file of weights, and what to say of it.

    Attributes:
        name: of the run or the file, for names of results: "00003-cgan-faces", "faces".
        recorded: how a receipt names it: a built-in's name, or a path that says nothing of the folders above.
        note: for the user, which file was taken; None when it was named outright.
    """

    path: Path
    name: str
    recorded: str
    note: str | None = None

    def sha256(self) -> str:
        """Of the file's bytes, in hexadecimal. Raises WeightsError when it cannot be read."""
        try:
            with self.path.open("rb") as stream:
                digest = sha256()
                while chunk := stream.read(2**20):
                    digest.update(chunk)
        except OSError as error:
            raise WeightsError(f"cannot read {quoted(self.path)}: {(error.strerror or str(error)).lower()}") from error
        return digest.hexdigest()


def locate(name: str | None, *, runs: Path = Path("runs")) -> ModelFile:
    """The model of a file, a run folder (its best one, if there is) or a built-in's name.

    Without a name it is that of the newest run below `runs` that has one which draws pictures of its own, else the
    built-in `DEFAULT_MODEL`.

    Raises:
        WeightsError: there is no such file, or no model in the folder.
        UsageError: without a name, when there is nothing to take.
    """
    if name is not None:
        return _in_folder(Path(name)) if Path(name).is_dir() else _named(name)
    for run in newest_runs(runs):
        if (found := _model_of(run)) is not None and _draws(found):
            return _file(found, f"no model named: {found}, of the newest run")
    if model_names():
        chosen = DEFAULT_MODEL if DEFAULT_MODEL in model_names() else model_names()[0]
        note = f"no model named and no run in {runs}/: the built-in {chosen}"
        return ModelFile(path=find_model(chosen), name=chosen, recorded=chosen, note=note)
    raise UsageError(f"no model named, and no run in {runs}/: artgan train dcgan synthetic:faces --budget 3m makes one")


def recorded_model(record: Mapping[str, Any], beside: Path, *, runs: Path = Path("runs")) -> ModelFile:
    """The model that a receipt names, recognised by its SHA-256.

    It is looked for where the receipt says, from here and from the picture's folder, among the built-in ones, and in
    the runs below `runs`.

    Raises:
        WeightsError: it is not there, or only files of its name that have other weights.
    """
    wanted, name = str(record.get("sha256")), str(record.get("file"))
    others = []
    for candidate in _candidates(name, beside, runs):
        if candidate.sha256() == wanted:
            return candidate
        others.append(candidate)
    differing = f"; {quoted(others[0].path)} has other weights" if others else ""
    raise WeightsError(
        f"the model of {quoted(beside)}, '{name}' with SHA-256 {wanted[:12]}..., is not here{differing}: "
        "name one to draw with, as in artgan sample MODEL --from-receipt PICTURE"
    )


def newest_runs(runs: Path) -> list[Path]:
    """The run folders below `runs`, the newest, which has the highest number, first."""
    try:
        folders = [path for path in runs.iterdir() if (path / "config.json").is_file()]
    except OSError:
        return []
    return sorted(folders, key=lambda path: natural_key(path.name), reverse=True)


def _candidates(name: str, beside: Path, runs: Path) -> Iterator[ModelFile]:
    if (built_in := built_in_model(name)) is not None:
        yield ModelFile(path=built_in, name=name, recorded=name)
    for path in (Path(name), beside.parent / name):
        if path.is_file():
            yield _file(path, f"model {path}")
    for folder in newest_runs(runs):
        for path in (Run(folder).best_model, Run(folder).model):
            if path.is_file():
                yield _file(path, f"model {path}")


def _named(name: str) -> ModelFile:
    path = find_model(name)
    if path == Path(name):
        return _file(path, None)
    return ModelFile(path=path, name=name, recorded=name)


def _in_folder(folder: Path) -> ModelFile:
    found = _model_of(folder)
    if found is None:
        hint = "; the run may not have saved one yet" if (folder / "config.json").is_file() else ""
        raise WeightsError(f"no {_MODEL} in {quoted(folder)}{hint}")
    return _file(found, f"model {found}")


def _model_of(folder: Path) -> Path | None:
    run = Run(folder)
    return next((path for path in (run.best_model, run.model) if path.is_file()), None)


def _draws(path: Path) -> bool:
    """Whether a model draws pictures of its own: one that translates pictures has domains, and a painter is a kind of
    its own. Whoever loads a damaged file says what is wrong with it."""
    try:
        spec = json.loads(read_metadata(path)[SPEC_KEY])
        return not spec.get("domains") and spec.get("architecture") != "style"
    except (WeightsError, KeyError, ValueError, AttributeError):
        return True


def _file(path: Path, note: str | None) -> ModelFile:
    """A file outside of the package: one that is called as all are is known by its run's folder."""
    folder = path.absolute().parent
    if folder.name == _BEST:
        folder = folder.parent
    name = folder.name if path.name == _MODEL and folder.name else path.stem
    inside = path.absolute().is_relative_to(Path.cwd())
    recorded = path.absolute().relative_to(Path.cwd() if inside else folder.parent)
    return ModelFile(path=path, name=name, recorded=recorded.as_posix(), note=note)
