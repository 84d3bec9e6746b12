"""What a receipt remembers: the options of a picture that is made again, the pictures it was made of, what differs."""

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

import torch

from artgan import __version__
from artgan.config.fields import Config
from artgan.config.run import RunConfig
from artgan.errors import PictureError, UsageError
from artgan.io.files import quoted, read_bytes
from artgan.io.receipts import read_receipt
from artgan.io.shipped import shipped_file
from artgan.painting.pyramid import Taken
from artgan.runtime import resolve_device, resolve_precision

Record = Mapping[str, Any]


class Named(Protocol):
    """A file that was read."""

    @property
    def name(self) -> str:
        """Without folders."""

    @property
    def sha256(self) -> str:
        """Of its bytes, in hexadecimal."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Earlier:
    """A painting that is painted again. It equals itself alone.

    Attributes:
        records: how its receipt names its pictures, by SHA-256: found elsewhere, they are named as they were.
        scales: the steps taken at each scale, so that a painting that ended by the clock or by Ctrl-C ends at the same
            step; None where they are to be found anew.
        encoder: how the receipt names the encoder, where it is to be the same.
        pixels_at_once: that the encoder saw; infinite where it saw all, None where that is to be found anew.
    """

    records: Mapping[str, Record]
    scales: tuple[Taken, ...] | None = None
    encoder: Record | None = None
    pixels_at_once: float | None = None


def recall(picture: Path, command: str) -> dict[str, Any]:
    """The receipt in the file of a picture that `artgan COMMAND` made. Raises UsageError when there is none."""
    receipt = read_receipt(picture)
    if receipt is None:
        raise UsageError(
            f"{quoted(picture)} has no receipt: it was not made by artgan, or was saved by another program"
        )
    if receipt.get("command") != command:
        raise UsageError(f"{quoted(picture)} was made by artgan {receipt.get('command')}, and not by artgan {command}")
    return receipt


def recorded_options(receipt: Record, picture: Path, config_class: type[Config]) -> dict[str, Any]:
    """The options in a receipt, by field name. Raises UsageError when there are none, or unknown ones."""
    stored = receipt.get("options")
    if not isinstance(stored, dict):
        raise damaged(picture, "it holds no options")
    if unknown := stored.keys() - {field.name for field in dataclasses.fields(config_class)}:
        names = ", ".join(sorted(unknown))
        raise UsageError(f"{quoted(picture)} was made with options that this artgan does not know: {names}")
    return dict(stored)


def damaged(picture: Path, what: str) -> UsageError:
    """The error for a receipt of which something is missing."""
    return UsageError(f"the receipt in {quoted(picture)} is damaged: {what}")


def circumstances(receipt: Record, config: RunConfig) -> list[str]:
    """Versions, device and precision that are not as they were, in a line at most."""
    device = resolve_device(config.device)
    now = {
        "artgan": __version__,
        "torch": str(torch.__version__),
        "device": device.type,
        "precision": str(resolve_precision(config.precision, device)).removeprefix("torch."),
    }
    changed = [f"{key} {receipt.get(key)} then, {value} now" for key, value in now.items() if receipt.get(key) != value]
    return [f"{'; '.join(changed)}: the pixels may differ a little"] if changed else []


def picture_record(picture: Named, source: str | Path, earlier: Earlier | None = None) -> dict[str, Any]:
    """How receipts name a picture read from `source`: its name and hash, and where it was, but for folders above."""
    if earlier is not None and (then := earlier.records.get(picture.sha256)) is not None:
        return {key: then[key] for key in ("name", "sha256", "file") if key in then}
    record = {"name": picture.name, "sha256": picture.sha256}
    path = Path(source).absolute()
    if path.is_file() and path.is_relative_to(Path.cwd()) and path.parent != Path.cwd():
        record["file"] = path.relative_to(Path.cwd()).as_posix()
    return record


def recorded_file(record: Record, picture: Path, what: str, mend: str) -> Path:
    """The file that a receipt names, recognised by its SHA-256.

    It is looked for where the receipt says, from here and from the picture's folder, in both, and among what ships.
    `what` it is and the `mend` are for errors: "the style", "name it with --style FILE".

    Raises:
        PictureError: it is not there, or only files of its name that have other bytes.
        UsageError: the receipt is damaged.
    """
    name, wanted = record.get("name"), record.get("sha256")
    if not isinstance(name, str) or not isinstance(wanted, str):
        raise damaged(picture, f"{what} has no name or hash")
    others = []
    for candidate in _candidates(record, picture):
        if sha256(read_bytes(candidate)).hexdigest() == wanted:
            return candidate
        others.append(candidate)
    differing = f"; {quoted(others[0])} has other bytes" if others else ""
    raise PictureError(
        f"{what} of {quoted(picture)}, {quoted(name)} with SHA-256 {wanted[:12]}..., is not here{differing}: {mend}"
    )


def _candidates(record: Record, picture: Path) -> Iterator[Path]:
    names = [name for key in ("file", "name") if isinstance(name := record.get(key), str)]
    places = [folder / name for name in names for folder in (Path(), picture.parent)]
    if (shipped := shipped_file(str(record["name"]))) is not None:
        places.append(shipped)
    yield from dict.fromkeys(place for place in places if place.is_file())
