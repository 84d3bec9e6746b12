"""Opening what training reads: prepared folders, drawn sets, and pictures as they are."""

import json
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from artgan.config.prepare import PrepareConfig
from artgan.data.cache import fingerprint
from artgan.data.datasets import open_dataset
from artgan.errors import ArtganError, UsageError
from artgan.events import Event, Note
from artgan.pipelines.prepare import prepare

from photographs import save


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tagged dataset of 30 pictures at 32 px, never to be changed."""
    root = tmp_path_factory.mktemp("made")
    for number in range(30):
        save(root / "in" / f"{number}.png", number)
    lines = [f"{number},{'red' if number % 3 else 'blue'} hair green eyes" for number in range(30)]
    (root / "in" / "tags.csv").write_text("\n".join(lines))
    prepare(PrepareConfig(size=32, held_out=0.3), [str(root / "in")], out=str(root / "set"))
    return root / "set"


@pytest.fixture
def prepared(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "set"))


def open_(name: Path | str, size: int | None = None, count: int | None = None, seed: int = 0):  # type: ignore[no-untyped-def]
    return open_dataset(str(name), size=size, count=count, seed=seed)


def rows(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / "manifest.jsonl").read_text().splitlines()]


def test_a_prepared_folder_is_mapped_and_as_its_manifest_says(prepared: Path) -> None:
    dataset = open_(prepared)
    assert isinstance(dataset.pixels, np.memmap)
    assert (dataset.name, dataset.size, len(dataset.pixels)) == ("set", 32, 30)
    facts = json.loads((prepared / "dataset.json").read_text())
    assert dataset.fingerprint == facts["fingerprint"] == fingerprint(dataset.pixels, dataset.tags)
    for number, row in enumerate(rows(prepared)):
        with Image.open(prepared / str(row["file"])) as image:
            assert (np.asarray(image) == dataset.pixels[number]).all()
        assert (number in dataset.held_out) == (row["split"] == "held-out")
        assert {group: list(values) for group, values in dataset.vocabulary.decode(dataset.tags[number]).items()} == (
            row["tags"]
        )
    assert sorted([*dataset.train, *dataset.held_out]) == list(range(30))
    assert 0 < len(dataset.held_out) < 20
    assert dataset.licences == {"unknown": 30}


def test_smaller_squares_are_made_in_memory(prepared: Path) -> None:
    dataset, whole = open_(prepared, size=16), open_(prepared)
    assert dataset.pixels.shape == (30, 16, 16, 3)
    averaged = whole.pixels.reshape(30, 16, 2, 16, 2, 3).mean(axis=(2, 4))
    assert np.abs(dataset.pixels - averaged).mean() < 6
    assert dataset.fingerprint != whole.fingerprint
    assert (dataset.held_out == whole.held_out).all()


def test_larger_squares_are_refused_with_the_command(prepared: Path) -> None:
    with pytest.raises(UsageError, match=r"32 px, and 64 are asked for.*artgan prepare INPUT\.\.\. --size 64"):
        open_(prepared, size=64)


def test_a_part_is_chosen_by_seed(prepared: Path) -> None:
    one, same, other = (open_(prepared, count=12, seed=seed) for seed in (3, 3, 4))
    assert len(one.pixels) == len(one.tags) == len(one.train) + len(one.held_out) == 12
    assert one.fingerprint == same.fingerprint != other.fingerprint
    whole = open_(prepared)
    numbers = [next(n for n in range(30) if (whole.pixels[n] == picture).all()) for picture in one.pixels]
    assert numbers == sorted(numbers)
    assert [n in whole.held_out for n in numbers] == [n in one.held_out for n in range(12)]
    assert len(open_(prepared, count=1000).pixels) == 30


@pytest.mark.parametrize("how", ["missing", "other manifest", "read-only"])
def test_a_missing_or_stale_cache_is_made_again(prepared: Path, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = open_(prepared)
    pixels, mark = np.array(before.pixels), before.fingerprint
    if how == "other manifest":
        lines = (prepared / "manifest.jsonl").read_text().splitlines(keepends=True)
        (prepared / "manifest.jsonl").write_text("".join(lines[1:]))
        pixels, mark = pixels[1:], fingerprint(pixels[1:], before.tags[1:])
    else:
        (prepared / "pixels.npy").unlink()
    if how == "read-only":
        monkeypatch.setattr("artgan.io.files.access", lambda *_: False)
    after = open_(prepared)
    assert (after.pixels == pixels).all()
    assert after.fingerprint == mark
    assert (prepared / "pixels.npy").exists() == (how != "read-only")


def test_a_lost_square_is_one_line(prepared: Path) -> None:
    (prepared / "pixels.npy").unlink()
    next((prepared / "images").iterdir()).unlink()
    with pytest.raises(ArtganError, match="no such file"):
        open_(prepared)


@pytest.mark.parametrize("line", ["{}", '{"file": "x.jpg"}', ""])
def test_a_damaged_manifest_is_one_line(prepared: Path, line: str) -> None:
    (prepared / "manifest.jsonl").write_text(line + "\n")
    with pytest.raises(ArtganError, match="damaged"):
        open_(prepared)


def test_drawn_sets_hold_out_the_last_tenth() -> None:
    dataset = open_("synthetic:faces,n=30,hair=red|blue", size=16)
    assert dataset.pixels.shape == (30, 16, 16, 3)
    assert dataset.held_out.tolist() == [27, 28, 29]
    assert dataset.train.tolist() == list(range(27))
    assert dataset.ai_training == {"allowed": 30}
    assert {dataset.vocabulary.decode(row)["hair"] for row in dataset.tags} == {("red",), ("blue",)}
    part = open_("synthetic:faces,n=30,hair=red|blue", size=16, count=10)
    assert (part.pixels == dataset.pixels[:10]).all()
    assert part.held_out.tolist() == [9]


@pytest.mark.parametrize("kind", ["folder", "zip", "pattern"])
def test_pictures_as_they_are(tmp_path: Path, kind: str) -> None:
    for number in range(12):
        save(tmp_path / "raw" / f"{number}.png", number)
    (tmp_path / "raw" / "bad.png").write_bytes(b"no picture")
    name = str(tmp_path / "raw")
    if kind == "zip":
        with zipfile.ZipFile(tmp_path / "raw.zip", "w") as archive:
            for path in (tmp_path / "raw").iterdir():
                archive.write(path, path.name)
        name += ".zip"
    elif kind == "pattern":
        name += "/*.png"
    events: list[Event] = []
    dataset = open_dataset(name, size=24, count=None, seed=0, listener=events.append)
    assert dataset.pixels.shape == (12, 24, 24, 3)
    assert dataset.tags is None
    (note,) = events
    assert isinstance(note, Note)
    assert "1 of 13" in note.text
    with Image.open(tmp_path / "raw" / "0.png") as image:
        square = image.crop((4, 0, 44, 40)).resize((24, 24), Image.Resampling.LANCZOS)
    assert np.abs(dataset.pixels[0].astype(int) - np.asarray(square)).max() <= 2


def test_tagged_pictures_as_they_are(tmp_path: Path) -> None:
    for number in range(4):
        save(tmp_path / f"{number}.png", number)
    (tmp_path / "tags.csv").write_text("0,red hair\n1,blue eyes gray hair\n2,hat\n3,aqua hair\n")
    dataset = open_(tmp_path)
    assert len(dataset.pixels) == 3
    assert dataset.size == 64
    assert dataset.vocabulary.decode(dataset.tags[1]) == {"hair": ("gray",), "eyes": ("blue",)}


def test_a_missing_dataset_says_what_makes_one(prepared: Path) -> None:
    with pytest.raises(UsageError, match=r"no dataset '.*sett'\. Did you mean 'set'\? artgan prepare INPUT\.\.\. -o"):
        open_(prepared.parent / "sett")


def test_an_unfinished_dataset_says_so(tmp_path: Path) -> None:
    journal = tmp_path / "set" / ".prepare" / "journal.jsonl"
    journal.parent.mkdir(parents=True)
    journal.write_text('{"journal": 1, "recipe": {}}\n')
    with pytest.raises(UsageError, match="unfinished"):
        open_(tmp_path / "set")


def test_nothing_usable_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "bad.png").write_bytes(b"no picture")
    with pytest.raises(UsageError, match="--dry-run says why"):
        open_(tmp_path)
