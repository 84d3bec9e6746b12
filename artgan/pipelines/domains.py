"""The domains that the models of a folder know, and the ways between them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from artgan.errors import UsageError, WeightsError
from artgan.events import Listener, Note, ignore
from artgan.io.checkpoints import read_metadata
from artgan.io.files import quoted
from artgan.io.inputs import natural_key
from artgan.models.registry import SPEC_KEY, ModelSpec
from artgan.painting.routes import Graph, Road, directions
from artgan.training.runs import Run

_STATE = "state.safetensors"


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A direction of a model in a folder, for people and programs."""

    source: str
    target: str
    path: Path
    generator: str
    size: int | None


def domain_graph(folder: Path, listener: Listener = ignore) -> Graph:
    """The graph of the models in a folder; a road's `model` is the file's path, or the run's folder.

    Raises:
        UsageError: there is no such folder, or no model with domains in it.
    """
    return Graph(Road(found.source, found.target, str(found.path)) for found in list_directions(folder, listener))


def list_directions(folder: Path, listener: Listener = ignore) -> list[Listed]:
    """Every direction of every model in a folder: its .safetensors files, and the best model of each run.

    Only their headers are read. A file that cannot be is told to the listener and passed over.

    Raises:
        UsageError: there is no such folder, or no model with domains in it.
    """
    if not folder.is_dir():
        raise UsageError(
            f"no folder {quoted(folder)} of models: give --models DIR, or train one: artgan train cyclegan"
        )
    found = []
    for path, file in _files(folder):
        try:
            metadata = read_metadata(file)
            if SPEC_KEY not in metadata:
                continue
            spec = ModelSpec.from_json(json.loads(metadata[SPEC_KEY]))
            ways = directions(spec)
        except (WeightsError, ValueError) as error:
            listener(Note(text=f"{file} is passed over: {error}"))
            continue
        size = spec.options.get("size")
        generator = str(spec.options.get("generator", spec.architecture))
        found += [
            Listed(
                source=source,
                target=target,
                path=path,
                generator=generator,
                size=size if isinstance(size, int) else None,
            )
            for source, target in ways
        ]
    if not found:
        raise UsageError(f"no model in {quoted(folder)} knows domains; artgan train cyclegan makes one")
    return found


def _files(folder: Path) -> Iterator[tuple[Path, Path]]:
    """What a model is called and the file it is in: runs below the folder, files in it, the folder if it is a run."""
    own = Run(folder)
    for run in [own, *(Run(path) for path in sorted(folder.iterdir(), key=lambda p: natural_key(p.name)))]:
        if run.path.is_dir() and (file := next((p for p in (run.best_model, run.model) if p.is_file()), None)):
            yield run.path, file
    for path in sorted(folder.glob("*.safetensors"), key=lambda p: natural_key(p.name)):
        if path not in (own.model, folder / _STATE):
            yield path, path
