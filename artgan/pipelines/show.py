"""`artgan show` without a terminal: what a file or folder is, and what is known of it."""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from artgan.data.folder import DATASET, journal_path, read_facts
from artgan.errors import ArtganError, PictureError, UsageError, WeightsError
from artgan.io.checkpoints import load_tensors
from artgan.io.decoding import opened
from artgan.io.files import no_such_file, quoted, read_bytes
from artgan.io.manifest import MANIFEST, read_manifest
from artgan.io.receipts import read_receipt
from artgan.io.shipped import built_in_model
from artgan.models.registry import SPEC_KEY
from artgan.pipelines.resuming import PAINTING_KEY
from artgan.pipelines.stylefiles import STYLE_KEY, read_about
from artgan.training.runs import ABOUT_KEY, Run
from artgan.training.state import STATE_KEY

Facts = Mapping[str, Any]

_DAMAGED = "its metadata is damaged"


@dataclass(frozen=True, kw_only=True)
class Description:
    """What a file or folder is.

    Attributes:
        kind: "model", "training state", "style", "unfinished painting", "tensors", "run", "dataset",
            "unfinished dataset", "collection", "picture".
        facts: what is known, in an order to read it in; plain JSON values.
    """

    path: Path
    kind: str
    facts: Facts


def show(name: str) -> Description:
    """What `name` is: a model or state, a run, a dataset, a collection of scraped pictures, a picture, by its content.

    Nothing is executed and nothing unpickled. A built-in model may be named; an existing file wins.

    Raises:
        UsageError: it is none of these.
        ArtganError: it is one, but damaged, or cannot be read.
    """
    path = Path(name)
    if not path.exists():
        built_in = built_in_model(name)
        if built_in is None:
            raise UsageError(f"cannot show {quoted(name)}: {no_such_file(path)}")
        path = built_in
    if path.is_dir():
        return _folder(path)
    if path.name == DATASET or path.name == MANIFEST:
        return _folder(path.parent)
    if not path.is_file():
        raise UsageError(f"cannot show {quoted(name)}: it is neither a file nor a folder")
    return _tensors(path) if _is_safetensors(path) else _picture(path)


def _folder(path: Path) -> Description:
    if (path / DATASET).is_file():
        facts = {key: value for key, value in read_facts(path).items() if key != "artgan_dataset"}
        facts["recipe"] = {key: value for key, value in facts["recipe"].items() if value != facts.get(key)}
        return Description(path=path, kind="dataset", facts=facts)
    if journal_path(path).is_file():
        mend = "repeat its artgan prepare, which goes on"
        return Description(path=path, kind="unfinished dataset", facts={"next": mend})
    if (path / MANIFEST).is_file():
        return Description(path=path, kind="collection", facts=_collection(path))
    if (path / "config.json").is_file():
        return Description(path=path, kind="run", facts=_run(path))
    if (path / "model.safetensors").is_file():
        return _tensors(path / "model.safetensors")
    raise UsageError(
        f"{quoted(path)} is no folder of artgan's: neither a run, a dataset nor a collection; for pictures name a file"
    )


def _tensors(path: Path) -> Description:
    tensors, metadata = load_tensors(path)
    content: dict[str, Any] = {
        "tensors": len(tensors),
        "numbers": sum(tensor.numel() for tensor in tensors.values()),
        "stored as": ", ".join(sorted({str(tensor.dtype).removeprefix("torch.") for tensor in tensors.values()})),
        **_bytes(path),
    }
    try:
        if SPEC_KEY in metadata:
            spec = dict(json.loads(metadata[SPEC_KEY]))
            about = dict(json.loads(metadata.get(ABOUT_KEY, "{}")))
            return Description(path=path, kind="model", facts={**_present(spec), **about, **content})
        if STATE_KEY in metadata:
            state = dict(json.loads(metadata[STATE_KEY]))
            return Description(path=path, kind="training state", facts={**state, **content})
        if PAINTING_KEY in metadata:
            painting = dict(json.loads(metadata[PAINTING_KEY])["receipt"])
            return Description(path=path, kind="unfinished painting", facts={**painting, **content})
    except (ValueError, TypeError) as error:
        raise WeightsError(f"cannot show {quoted(path)}: {_DAMAGED}") from error
    if STYLE_KEY in metadata:
        return Description(path=path, kind="style", facts={**_style(read_about(path, metadata)), **content})
    return Description(path=path, kind="tensors", facts={"metadata": metadata, **content})


def _style(about: Facts) -> dict[str, Any]:
    pictures = [dict(picture) for picture in about["pictures"]]
    return {
        "encoder": about["encoder"],
        "layers": about["layers"],
        "long sides": about.get("long_sides"),
        "pictures": len(pictures),
        "licences": _counted(pictures, lambda picture: picture.get("license") or "unknown"),
        "names": [str(picture.get("name")) for picture in pictures],
    }


def _present(spec: Facts) -> dict[str, Any]:
    """A model's description without what it does not have; its options are told apart from those of its training."""
    renamed = {"options": "network", "vocabulary": "tags"}
    return {renamed.get(key, key): value for key, value in spec.items() if value not in (None, [], {})}


def _run(path: Path) -> dict[str, Any]:
    run = Run(path)
    config = run.read_config()
    lines = run.read_metrics()
    files = {
        "best model": run.best_model,
        "model": run.model,
        "state": run.state,
        "samples": next(iter(run.sample_grids()[::-1]), None),
        "animation": run.animation,
    }
    facts: dict[str, Any] = {key: value for key, value in config.items() if key not in ("options", "folder")}
    facts["step"] = lines[-1]["step"] if lines else run.model_step()
    if lines:
        facts["last metrics"] = {key: value for key, value in lines[-1].items() if key != "step"}
    facts["best score"] = run.best_score()
    facts["scores"] = run.read_scores() or None
    facts |= {name: str(file) for name, file in files.items() if file is not None and file.is_file()}
    facts["options"] = config["options"]
    return {key: value for key, value in facts.items() if value is not None}


def _collection(path: Path) -> dict[str, Any]:
    rows = read_manifest(path / MANIFEST)
    kept = [row for row in rows if row.get("status", "ok") == "ok"]
    tags: Counter[str] = Counter(str(tag) for row in kept for tag in _words(row.get("tags")))
    return {
        "pictures": len(kept),
        "not kept": _counted(rows, lambda row: None if row in kept else row.get("reason") or row.get("status")),
        "sources": _counted(kept, lambda row: row.get("source")),
        "queries": _counted(kept, lambda row: row.get("query")),
        "bytes": sum(row["bytes"] for row in kept if isinstance(row.get("bytes"), int)),
        "licences": _counted(kept, lambda row: row.get("license") or "unknown"),
        "ai_training": _counted(kept, lambda row: row.get("ai_training") or "unknown"),
        "authors": len({row["author"] for row in kept if row.get("author")}),
        "frequent tags": dict(tags.most_common(12)),
    }


def _words(tags: Any) -> Sequence[Any]:
    return tags if isinstance(tags, list) else []


def _counted(rows: Sequence[Facts], value: Callable[[Facts], Any]) -> dict[str, int]:
    counts = Counter(str(found) for row in rows if (found := value(row)) is not None)
    return dict(counts.most_common())


def _picture(path: Path) -> Description:
    try:
        data = read_bytes(path)
        with opened(data, quoted(path)) as image:
            facts: dict[str, Any] = {
                "format": image.format,
                "width": image.width,
                "height": image.height,
                "mode": image.mode,
                "frames": int(getattr(image, "n_frames", 1)),
            }
    except PictureError as error:
        if "not a picture" not in str(error):
            raise
        raise UsageError(
            f"cannot show {quoted(path)}: it is no model, run, dataset, collection or picture that artgan knows"
        ) from error
    if facts["frames"] == 1:
        del facts["frames"]
    return Description(path=path, kind="picture", facts={**facts, **_bytes(path), "receipt": read_receipt(path)})


def _bytes(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as stream:
            digest = sha256()
            while chunk := stream.read(2**20):
                digest.update(chunk)
            return {"bytes": stream.tell(), "sha256": digest.hexdigest()}
    except OSError as error:
        raise ArtganError(f"cannot read {quoted(path)}: {(error.strerror or str(error)).lower()}") from error


def _is_safetensors(path: Path) -> bool:
    """By its name or by how it begins: eight bytes of a length, then a JSON object."""
    try:
        with path.open("rb") as stream:
            return path.suffix == ".safetensors" or stream.read(9)[8:] == b"{"
    except OSError as error:
        raise ArtganError(f"cannot read {quoted(path)}: {(error.strerror or str(error)).lower()}") from error
