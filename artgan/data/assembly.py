"""From all the crops of a collection to the dataset's rows: who is kept, who is a duplicate, who is held out."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from artgan.data.duplicates import Hashes, cluster
from artgan.data.inputs import Item
from artgan.data.journal import Crop
from artgan.data.splits import assign
from artgan.io.inputs import natural_key
from artgan.io.manifest import PROVENANCE

DUPLICATE = "duplicate"
NEAR_DUPLICATE = "near_duplicate"


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What is decided over the whole collection.

    Attributes:
        threshold: bits in which hashes of near duplicates differ at most; None compares nothing.
        keep_duplicates: whether they are only kept on one side of the split, or left out too.
        held_out: share of the clusters that is held out.
        seed: of the split.
        suffix: of the files, "jpg".
    """

    threshold: int | None
    keep_duplicates: bool
    held_out: float
    seed: int
    suffix: str


def assemble(
    items: Sequence[Item], crops: Mapping[str, Sequence[Crop]], rules: Rules
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Rows of the manifest and of what was left out, in natural order of their sources; `crops` are by source.

    Of a cluster of duplicates the picture with most pixels is kept, then the sharpest, then the first. A cluster is
    held out when each of its pictures, by its SHA-256 alone, would be: when the collection grows, a picture can go over
    to the training part, with its new twin, but never from there to the part held out.
    """
    items = sorted(items, key=lambda item: natural_key(item.key))
    candidates = [item for item in items if any(crop.reason is None for crop in crops[item.key])]
    clusters = _clusters(candidates, crops, rules.threshold)
    kept_of = {}
    place = {item.key: number for number, item in enumerate(items)}
    for members in clusters.values():
        best = max(members, key=lambda key: (_area(crops[key]), _sharpness(crops[key]), -place[key]))
        split = _split((crops[key][0].sha256 or "" for key in members), rules)
        name = min(crops[key][0].sha256 or "" for key in members)[:16]
        for key in members:
            kept_of[key] = (best, split, name)

    kept: list[dict[str, Any]] = []
    rejected: list[dict[str, Any]] = []
    for item in items:
        for crop in crops[item.key]:
            if crop.reason is not None:
                rejected.append(_rejected(crop, None))
                continue
            best, split, name = kept_of[item.key]
            if best != item.key and not rules.keep_duplicates:
                same = crop.sha256 == crops[best][0].sha256
                rejected.append(_rejected(replace(crop, reason=DUPLICATE if same else NEAR_DUPLICATE), best))
            else:
                kept.append(row_of(item, crop, split, name, crop.file(rules.suffix)))
    return kept, rejected


def known_crops(
    kept: Iterable[Mapping[str, Any]], rejected: Iterable[Mapping[str, Any]]
) -> dict[str, tuple[Crop, ...]]:
    """The crops, by source, that the rows of a finished dataset were assembled from."""
    found: dict[str, list[Crop]] = defaultdict(list)
    for row in kept:
        found[row["source"]].append(Crop.from_json(row))
    for row in rejected:
        crop = Crop.from_json(row)
        if crop.reason in (DUPLICATE, NEAR_DUPLICATE):
            crop = replace(crop, reason=None)  # judged anew among whoever is there now
        found[crop.source].append(crop)
    return {source: tuple(sorted(crops, key=lambda crop: crop.number)) for source, crops in found.items()}


def row_of(item: Item, crop: Crop, split: str, cluster_name: str, file: str) -> dict[str, Any]:
    """The manifest's row of a square that is kept."""
    facts = crop.to_json()
    del facts["reason"], facts["detail"]
    tags = None if item.tags is None else {group: list(values) for group, values in item.tags.items()}
    provenance = {key: item.record.get(key) for key in PROVENANCE}
    row = {"file": file, **facts, "tags": tags, "split": split, "cluster": cluster_name, **provenance}
    return row | {"features": item.record["features"]} if "features" in item.record else row


def _clusters(
    candidates: Sequence[Item], crops: Mapping[str, Sequence[Crop]], threshold: int | None
) -> dict[int, list[str]]:
    """Keys of pictures by cluster."""
    if threshold is None or not candidates:
        return {number: [item.key] for number, item in enumerate(candidates)}
    found: dict[int, list[str]] = defaultdict(list)
    numbers = cluster([_hashes(crops[item.key]) for item in candidates], threshold=threshold)
    for item, number in zip(candidates, numbers.tolist(), strict=True):
        found[number].append(item.key)
    return found


def _split(members: Iterable[str], rules: Rules) -> str:
    splits = {assign(sha256, fraction_held_out=rules.held_out, seed=rules.seed) for sha256 in members}
    return "held-out" if splits == {"held-out"} else "train"


def _area(crops: Sequence[Crop]) -> int:
    width, height = crops[0].original_size or (0, 0)
    return width * height


def _sharpness(crops: Sequence[Crop]) -> float:
    return -min(1.0 if crop.blur is None else crop.blur for crop in crops)


def _hashes(crops: Sequence[Crop]) -> Hashes:
    return Hashes.from_text(next(crop.hashes for crop in crops if crop.hashes is not None))


def _rejected(crop: Crop, best: str | None) -> dict[str, Any]:
    facts = crop.to_json()
    head = {key: facts.pop(key) for key in ("source", "reason", "detail")}
    row = {**head, "duplicate_of": best, **facts}
    return {key: value for key, value in row.items() if value is not None and (key != "number" or crop.crop)}
