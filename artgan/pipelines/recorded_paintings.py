"""What the receipt of a painting says, as what paints it again: options, content, and what an earlier painting knew."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from artgan.config.styles import ALPHA
from artgan.config.transfer import TransferConfig
from artgan.painting.pyramid import Taken
from artgan.pipelines.modelfiles import recorded_model
from artgan.pipelines.recall import Earlier, Record, damaged, recorded_file, recorded_options
from artgan.pipelines.studio import NOT_PAINTED

_SAME_STEPS = frozenset({"device", "precision", "encoder_weights", "save_every", "animate", "resume", "max_memory"})
"""Changes with which a painting still takes the steps it took."""
_NAME_IT = "name it, as in artgan transfer CONTENT --from-receipt PICTURE"


@dataclass(frozen=True, kw_only=True)
class RecordedPainting:
    """A painting that is painted again."""

    config: TransferConfig
    contents: tuple[str, ...]
    earlier: Earlier


def recorded_painting(
    receipt: Record, picture: Path, contents: Sequence[str], changes: Mapping[str, Any]
) -> RecordedPainting:
    """A painting from the receipt in the file of a picture, but for `changes`, options by name.

    What it was made of is found by name and SHA-256; `contents`, `changes["style"]` and `changes["model"]` take the
    place of it.

    Raises:
        UsageError: the receipt is damaged, or the options do not go together.
        PictureError, WeightsError: what it was made of is not here, or has other bytes.
    """
    recorded = recorded_options(receipt, picture, TransferConfig)
    # What a picture from elsewhere says of itself must not write files beside the result.
    options = {**{key: value for key, value in recorded.items() if key not in NOT_PAINTED}, **changes}
    same = not contents and changes.keys() <= _SAME_STEPS
    records = [_part(receipt, picture, "content")]
    if not contents:
        contents = [str(recorded_content(records[0], picture))]
    if "model" in receipt:
        options.setdefault("model", str(recorded_model(_part(receipt, picture, "model"), picture).path))
        options.setdefault("to", receipt.get("direction"))
        if (limit := recorded.get("max_memory")) is not None:  # once a number of GiB
            options.setdefault("max_memory", limit if isinstance(limit, str) else f"{limit}G")
        earlier = Earlier(records=_by_hash(records))
    else:
        records += _optimised(receipt, picture, options, changes)
        earlier = Earlier(
            records=_by_hash(records),
            scales=_scales(receipt, picture) if same else None,
            encoder=None if "encoder" in changes else _part(receipt, picture, "encoder"),
            pixels_at_once=_pixels_at_once(receipt, picture) if same else None,
        )
    return RecordedPainting(config=TransferConfig(**options), contents=tuple(contents), earlier=earlier)


def recorded_content(record: Record, picture: Path) -> Path:
    """The file of a content that a receipt names. Raises PictureError when it is not here."""
    return recorded_file(record, picture, "the content", _NAME_IT)


def _optimised(receipt: Record, picture: Path, options: dict[str, Any], changes: Mapping[str, Any]) -> list[Record]:
    """Adds what a painting by optimisation was made of to its options; the records of the pictures among it."""
    records: list[Record] = []
    if "style" not in options:
        styles = receipt.get("styles")
        if not isinstance(styles, list) or not styles or not all(isinstance(style, dict) for style in styles):
            raise damaged(picture, "it names no styles")
        records += styles
        records += [style["mask"] for style in styles if isinstance(style.get("mask"), dict)]
        options["style"] = tuple(_style_text(style, picture) for style in styles)
    if "init" in receipt and "init" not in changes:
        records.append(_part(receipt, picture, "init"))
        start = recorded_file(records[-1], picture, "the picture it started from", "name it with --init FILE")
        options["init"] = str(start)
    if "painter" in receipt and "painter" not in changes:
        records.append(_part(receipt, picture, "painter"))
        options["painter"] = str(recorded_model(records[-1], picture).path)
    if "encoder" in changes:
        options["encoder_weights"] = changes.get("encoder_weights")
    elif "encoder_weights" in options and "encoder_weights" not in changes:
        record = {**_part(receipt, picture, "encoder"), "name": options["encoder_weights"]}
        weights = recorded_file(record, picture, "the encoder", "name it with --encoder-weights FILE")
        options["encoder_weights"] = str(weights)
    return records


def _style_text(style: Record, picture: Path) -> str:
    """A recorded style as it would be typed."""
    text = str(recorded_file(style, picture, "the style", "name it with --style FILE"))
    mask = style.get("mask")
    if isinstance(mask, dict):
        # What has no hash is no file: the content's own transparency.
        named = (
            recorded_file(mask, picture, "the mask", "name it with --style FILE@MASK") if "sha256" in mask else ALPHA
        )
        text += f"@{'!' if mask.get('inverted') else ''}{named}"
    text += "".join(f",{key}={style[key]}" for key in ("scale", "layers") if key in style)
    return f"{text}:{style.get('weight', 1.0)}"


def _part(receipt: Record, picture: Path, name: str) -> Record:
    part = receipt.get(name)
    if not isinstance(part, dict):
        raise damaged(picture, f"it says nothing of its {name}")
    return part


def _by_hash(records: Sequence[Record]) -> dict[str, Record]:
    return {str(record.get("sha256")): record for record in records}


def _pixels_at_once(receipt: Record, picture: Path) -> float:
    pixels = receipt.get("pixels_at_once", math.inf)
    if not isinstance(pixels, int | float) or pixels <= 0:
        raise damaged(picture, "it does not tell how much the encoder saw at once")
    return float(pixels)


def _scales(receipt: Record, picture: Path) -> tuple[Taken, ...]:
    try:
        return tuple((int(width), int(height), int(steps)) for width, height, steps in receipt["scales"])
    except (KeyError, TypeError, ValueError):
        raise damaged(picture, "it does not tell the steps taken at each scale") from None
