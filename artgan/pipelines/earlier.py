"""What an earlier `artgan prepare` left in the folder: whether it is the same work, finished, and what is done."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from artgan.data.assembly import known_crops, row_of
from artgan.data.cache import read_cache
from artgan.data.folder import Contents, manifest_sha256, read_facts
from artgan.data.inputs import Item
from artgan.data.journal import Crop
from artgan.errors import OutputError, PictureError
from artgan.io.files import quoted
from artgan.pipelines.collection import Collection


def check_same(folder: Path, contents: Contents, recipe: Mapping[str, Any], collection: Collection) -> None:
    """Raise OutputError unless what is in the folder is the beginning of what was asked for."""
    what = "a dataset" if contents.kept else "an unfinished dataset"
    changed = [key for key in sorted({*recipe, *contents.recipe}) if recipe.get(key) != contents.recipe.get(key)]
    if changed:
        told = ", ".join(f"{key.replace('_', '-')} {_short(contents.recipe.get(key))}" for key in changed)
        raise OutputError(
            f"{quoted(folder)} holds {what} of other options ({told}); give --force to make it anew, or another --out"
        )
    known = {row["source"] for row in contents.kept}  # what was left out, as damaged say, may be gone
    missing = known - {item.key for item in collection.items} - {item.key for item, _ in collection.excluded}
    if missing:
        raise OutputError(
            f"{quoted(folder)} holds {len(missing)} pictures that are not among these inputs, such as "
            f"{quoted(min(missing))}; name all inputs to add to it, or give --force to make it anew"
        )


def _short(value: object) -> str:
    text = "none" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= 20 else text[:17] + "..."


def is_current(folder: Path, name: str, contents: Contents, collection: Collection) -> bool:
    """Whether the finished dataset is what a run would make again, by all that can be seen without reading pictures."""
    items = {item.key: item for item in collection.items}
    excluded = {item.key: reason for item, reason in collection.excluded}
    crops = known_crops(contents.kept, contents.rejected)
    if read_facts(folder)["name"] != name or read_cache(folder, manifest_sha256(folder)) is None:
        return False
    if set(crops) != {*items, *excluded}:
        return False
    for key in items.keys() - known_squares(contents, collection).keys():
        if crops[key][0].bytes is not None or _is_readable(items[key], collection):
            return False
    if any(crops[key][0].reason != reason for key, reason in excluded.items()):
        return False
    for row in contents.kept:
        crop = Crop.from_json(row)
        same = row_of(items[row["source"]], crop, row["split"], row["cluster"], row["file"]) == row
        if not same or not (folder / row["file"]).is_file():
            return False
    return True


def _is_readable(item: Item, collection: Collection) -> bool:
    try:
        collection.read(item)
    except PictureError:
        return False
    return True


def known_squares(contents: Contents, collection: Collection) -> dict[str, tuple[Crop, ...]]:
    """What need not be done again: crops of pictures that are still asked for, and as long as they were."""
    found = known_crops(contents.kept, contents.rejected) | contents.journal
    return {item.key: found[item.key] for item in collection.items if _holds(item, found.get(item.key))}


def _holds(item: Item, crops: Sequence[Crop] | None) -> bool:
    if not crops or crops[0].bytes is None:  # one that could not be read at all is tried again
        return False
    if item.bytes is not None:
        return item.bytes == crops[0].bytes
    try:
        return item.path.stat().st_size == crops[0].bytes
    except OSError:
        return True  # drawn
