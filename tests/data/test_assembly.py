"""Who is kept, who is a duplicate of whom, and who is held out."""

import itertools
from hashlib import sha256
from pathlib import Path

import pytest

from artgan.data.assembly import Rules, assemble, known_crops
from artgan.data.duplicates import Hashes
from artgan.data.inputs import Item
from artgan.data.journal import Crop

RULES = Rules(threshold=4, keep_duplicates=False, held_out=0.5, seed=0, suffix="jpg")
FAR = 0x5555_0F0F_33CC_1234
MIRROR = 0x0F0F_0F0F_F0F0_F0F0


def crop(key: str, looks: int, *, width: int = 64, blur: float = 0.5, content: str | None = None) -> Crop:
    hashes = Hashes(looks, looks, looks ^ MIRROR, looks ^ MIRROR, 100.0, 100.0, 100.0, 50.0)
    digest = sha256((content or key).encode()).hexdigest()
    size = (width, 64)
    return Crop(source=key, sha256=digest, original_size=size, crop=(0, 0, 64, 64), hashes=hashes.to_text(), blur=blur)


def run(crops: list[Crop], rules: Rules = RULES):  # type: ignore[no-untyped-def]
    items = [Item(key=crop.source, path=Path(crop.source)) for crop in crops]
    return assemble(items, {crop.source: (crop,) for crop in crops}, rules)


@pytest.mark.parametrize(
    ("crops", "best"),
    [
        ([crop("a", 0), crop("b", 1, width=128)], "b"),
        ([crop("a", 0), crop("b", 1, blur=0.4)], "b"),
        ([crop("b", 0), crop("a", 0)], "a"),
    ],
    ids=["larger", "sharper", "first"],
)
def test_the_best_of_a_cluster_is_kept(crops: list[Crop], best: str) -> None:
    kept, rejected = run(crops)
    assert [row["source"] for row in kept] == [best]
    assert [(row["reason"], row["duplicate_of"]) for row in rejected] == [("near_duplicate", best)]


def test_the_same_bytes_are_told_from_the_same_looks() -> None:
    _, rejected = run([crop("a", 0), crop("b", 0, content="a"), crop("c", 0)])
    assert {row["source"]: row["reason"] for row in rejected} == {"b": "duplicate", "c": "near_duplicate"}


def test_kept_duplicates_share_cluster_and_split() -> None:
    crops = [crop(f"{n}", 0) for n in range(6)] + [crop("other", FAR)]
    kept, rejected = run(crops, Rules(threshold=4, keep_duplicates=True, held_out=0.5, seed=1, suffix="png"))
    assert rejected == []
    assert len(kept) == 7
    assert len({(row["cluster"], row["split"]) for row in kept if row["source"] != "other"}) == 1
    assert len({row["cluster"] for row in kept}) == 2


def test_rejected_squares_keep_their_reason_and_take_no_part() -> None:
    blurry = Crop(**{**crop("a", 0, width=500).__dict__, "reason": "blurry"})
    kept, rejected = run([blurry, crop("b", 0)])
    assert [row["source"] for row in kept] == ["b"]
    assert [(row["source"], row["reason"]) for row in rejected] == [("a", "blurry")]


def test_a_growing_collection_never_moves_a_picture_out_of_training() -> None:
    crops = [crop(f"{n:03}", n * 0x0101_1011_1101_0111) for n in range(40)]
    twins = [crop(f"twin {n:03}", n * 0x0101_1011_1101_0111, width=32) for n in range(40)]
    before = {row["source"]: row["split"] for row in run(crops)[0]}
    after = {row["source"]: row["split"] for row in run(crops + twins)[0]}
    assert set(before.values()) == {"train", "held-out"}
    assert before.keys() == after.keys()
    assert all(after[key] == "train" for key, split in before.items() if split == "train")


def test_without_a_threshold_nothing_is_compared() -> None:
    kept, _ = run([crop("a", 0), crop("b", 0)], Rules(**{**RULES.__dict__, "threshold": None}))
    assert len(kept) == 2


def test_rows_are_the_same_in_whatever_order_and_come_back() -> None:
    crops = [crop("b10", 0), crop("b2", FAR), crop("a", 1), crop("c", ~FAR & (2**64 - 1))]
    rows = [run(list(order)) for order in itertools.permutations(crops)]
    assert all(other == rows[0] for other in rows)
    kept, rejected = rows[0]
    assert [row["source"] for row in kept] == ["a", "b2", "c"]
    assert known_crops(kept, rejected) == {crop.source: (crop,) for crop in crops}
