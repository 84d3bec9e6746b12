"""What an interrupted painting leaves beside its picture, and how it is taken up again: `artgan transfer --resume`."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from torch import Tensor

from artgan.config.fields import option_name
from artgan.errors import OutputError, UsageError, WeightsError
from artgan.io.checkpoints import load_tensors, save_tensors
from artgan.io.files import quoted, read_bytes
from artgan.io.receipts import read_receipt

PAINTING_KEY = "artgan.painting"
"""The entry of the metadata that tells a painting's state from other tensors."""

_ELSEWHERE = frozenset({"device", "precision"})
"""Options with which a painting may go on elsewhere."""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """The state of an interrupted painting.

    Attributes:
        receipt: of the picture so far.
        picture_sha256: of the file it was written to; None when it was not.
    """

    path: Path
    tensors: Mapping[str, Tensor]
    receipt: Mapping[str, Any]
    picture_sha256: str | None

    @property
    def seed(self) -> int:
        """What the painting is drawn with."""
        return int(self.receipt["seed"])


def state_path(picture: Path) -> Path:
    """Where the state of a painting is: painted.png.state.safetensors beside painted.png."""
    return picture.with_name(f"{picture.name}.state.safetensors")


def keep(picture: Path, tensors: Mapping[str, Tensor], receipt: Mapping[str, Any], *, written: bool) -> Path:
    """Save the state of a painting, whole or not at all. `written` says that the picture so far is in its file.

    Raises:
        OutputError: it cannot be written.
    """
    digest = sha256(read_bytes(picture)).hexdigest() if written else None
    about = {"version": 1, "receipt": receipt, "picture_sha256": digest}
    save_tensors(state_path(picture), tensors, {PAINTING_KEY: json.dumps(about)})
    return state_path(picture)


def forget(picture: Path) -> None:
    """Remove the state beside a picture, if there is one: the picture is another now, or finished."""
    state_path(picture).unlink(missing_ok=True)


def find_kept(picture: Path | None) -> Kept | None:
    """The state beside a picture, or None. Raises WeightsError when the file is damaged or something else."""
    if picture is None or not state_path(picture).is_file():
        return None
    path = state_path(picture)
    tensors, metadata = load_tensors(path)
    try:
        about = json.loads(metadata[PAINTING_KEY])
        kept = Kept(path=path, tensors=tensors, receipt=dict(about["receipt"]), picture_sha256=about["picture_sha256"])
        if about["version"] != 1 or kept.seed < 0:
            raise ValueError("of another version")
    except (KeyError, TypeError, ValueError) as error:
        raise WeightsError(f"cannot resume from {quoted(path)}: it is no state of a painting; remove it") from error
    return kept


def check_continues(kept: Kept, now: Mapping[str, Any], picture: Path, *, force: bool) -> None:
    """Raise UsageError unless the state is of the painting that `now` describes, a receipt without its end.

    Raises:
        OutputError: the picture's file is not the one that the state belongs to, and `force` is false.
    """
    if changed := differences(kept.receipt, now):
        raise UsageError(
            f"{quoted(kept.path)} is of another painting ({', '.join(changed)}): repeat its command, or remove it"
        )
    if picture.is_file() and not force and sha256(read_bytes(picture)).hexdigest() != kept.picture_sha256:
        raise OutputError(f"{quoted(picture)} is not the picture that was interrupted; give --force to replace it")


def is_finished(picture: Path, now: Mapping[str, Any]) -> bool:
    """Whether the file is what the painting that `now` describes ends in; false where there is none.

    Raises:
        OutputError: the file is something else.
    """
    if not picture.exists():
        return False
    receipt = read_receipt(picture)
    if receipt is None or receipt.get("command") != now["command"] or (changed := differences(receipt, now)):
        of = f" ({', '.join(changed)})" if receipt is not None and receipt.get("command") == now["command"] else ""
        raise OutputError(
            f"{quoted(picture)} exists already, and is of another painting{of}; give --force or another --out"
        )
    return True


def differences(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """What makes the paintings of two receipts others, as people say it: "--size 512", "the content"."""
    before, after = then.get("options"), now["options"]
    before = before if isinstance(before, dict) else {}
    told = [
        f"{option_name(key)} {before.get(key, 'not given')}"
        for key in sorted({*before, *after} - _ELSEWHERE)
        if before.get(key) != after.get(key)
    ]
    parts = {"content": "the content", "styles": "the styles", "init": "the picture it started from"}
    told += [name for key, name in parts.items() if _hashes(then.get(key)) != _hashes(now.get(key))]
    if _hashes(then.get("encoder")) != _hashes(now.get("encoder")):
        told.append("the encoder")
    return told


def _hashes(part: Any) -> Any:
    """The part of a receipt without names and places, which may change."""
    if isinstance(part, Mapping):
        return {key: value for key, value in part.items() if key not in ("name", "file")}
    if isinstance(part, Sequence) and not isinstance(part, str):
        return [_hashes(one) for one in part]
    return part
