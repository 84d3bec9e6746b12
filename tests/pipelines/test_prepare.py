"""From inputs to a dataset's folder: the same bytes always, through kills, growth and bad pictures."""

import json
import os
import shutil
import subprocess
import sys
import tarfile
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from artgan.config.prepare import PrepareConfig
from artgan.data.datasets import open_dataset
from artgan.data.duplicates import THRESHOLD
from artgan.data.journal import Journal
from artgan.data.quality import Limits
from artgan.errors import ArtganError, OutputError, UsageError
from artgan.events import Event, FolderDone, ItemsProgress, Note, Summary
from artgan.io.locks import only_run
from artgan.io.manifest import write_manifest
from artgan.pipelines.prepare import PrepareReport, prepare

from photographs import paint, save


def run(inputs: Path | str | list[Path], out: Path, **options: Any) -> PrepareReport:
    given = {key: options.pop(key) for key in ("force", "dry_run", "listener", "should_stop") if key in options}
    texts = [str(path) for path in (inputs if isinstance(inputs, list) else [inputs])]
    return prepare(PrepareConfig(**{"size": 16, "processes": 1, **options}), texts, out=str(out), **given)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file, whatever its name begins with."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def rows(folder: Path, name: str = "manifest.jsonl") -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / name).read_text().splitlines()]


def facts(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "dataset.json").read_text()))


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Twenty good pictures in two folders, two damaged ones, a twin, a mirrored twin, and one that is too small."""
    folder = tmp_path / "photos"
    for number in range(20):
        save(folder / f"{number % 2}" / f"{number}.jpg", number)
    (folder / "broken.jpg").write_bytes((folder / "0" / "0.jpg").read_bytes()[:500])
    (folder / "empty.jpg").touch()
    (folder / "twin.jpg").write_bytes((folder / "1" / "3.jpg").read_bytes())
    paint(5, 96, 80).transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(folder / "mirrored.png")
    save(folder / "small.png", 99, 14, 15)
    return folder


def test_a_folder_becomes_a_dataset(photos: Path, tmp_path: Path) -> None:
    report = run(photos, tmp_path / "set")
    rejected = {"damaged": 2, "duplicate": 1, "near_duplicate": 1, "too_small": 1}
    assert (report.kept, report.rejected) == (20, rejected)
    assert sorted(path.name for path in (tmp_path / "set").iterdir()) == [
        "contact-sheet.jpg",
        "dataset.json",
        "images",
        "manifest.jsonl",
        "pixels.npy",
        "rejected.jsonl",
    ]
    kept = rows(tmp_path / "set")
    sources = [row["source"] for row in kept]
    assert sources[:3] == ["photos/0/0.jpg", "photos/0/2.jpg", "photos/0/4.jpg"]
    assert "photos/mirrored.png" in sources, "the larger of two twins is kept"
    assert sorted(path.name for path in (tmp_path / "set" / "images").iterdir()) == sorted(
        Path(row["file"]).name for row in kept
    )
    reasons = {
        row["source"]: (row["reason"], row.get("duplicate_of")) for row in rows(tmp_path / "set", "rejected.jsonl")
    }
    assert reasons["photos/1/5.jpg"] == ("near_duplicate", "photos/mirrored.png")
    assert reasons["photos/twin.jpg"] == ("duplicate", "photos/1/3.jpg")
    assert reasons["photos/empty.jpg"] == ("damaged", None)
    told = facts(tmp_path / "set")
    assert (told["pictures"], told["size"], told["rejected"]) == (20, 16, rejected)
    assert sum(told["splits"].values()) == 20
    assert told["recipe"]["crop"] == "center"
    for name, data in contents(tmp_path / "set").items():
        assert str(tmp_path).encode() not in data, name
    assert len(open_dataset(str(tmp_path / "set"), size=None, count=None, seed=0).pixels) == 20


def test_the_same_input_gives_the_same_bytes_with_any_number_of_processes(photos: Path, tmp_path: Path) -> None:
    for number in range(20, 110):
        save(photos / f"{number}.jpg", number, 24, 24)
    run(photos, tmp_path / "a" / "set")
    run(photos, tmp_path / "b" / "set", processes=2)
    assert contents(tmp_path / "a" / "set") == contents(tmp_path / "b" / "set")


@pytest.mark.parametrize("crop", ["center", "random"])
def test_a_dataset_grows_to_what_it_would_have_been(photos: Path, tmp_path: Path, crop: str) -> None:
    several = {"crop": crop, "crops_per_picture": 3 if crop == "random" else 1}
    more = tmp_path / "more"
    for number in range(30, 36):
        save(more / f"{number}.png", number)
    paint(3, 120, 100).save(more / "better-3.png")
    out = tmp_path / "set"
    run(photos, out, **several)
    before = {row["file"]: (out / row["file"]).stat().st_mtime_ns for row in rows(out)}
    run([photos, more], out, **several)
    assert "more/better-3.png" in {row["source"] for row in rows(out)}
    after = {row["file"]: (out / row["file"]).stat().st_mtime_ns for row in rows(out)}
    assert all(after[file] == before[file] for file in before.keys() & after.keys()), "nothing is done twice"
    run([more, photos], tmp_path / "at once" / "set", **several)
    assert contents(out) == contents(tmp_path / "at once" / "set")


def test_an_unchanged_dataset_is_left_alone(photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "set"
    (photos / "unreadable.zip").write_bytes(b"PK")
    first = run(photos, out)
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*")}
    events: list[Event] = []
    assert run(photos, out, listener=events.append) == first
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*")} == before
    assert any(isinstance(event, Note) and "up to date" in event.text for event in events)
    assert not any(isinstance(event, ItemsProgress) for event in events)


def test_what_was_left_out_may_be_mended_or_removed(photos: Path, tmp_path: Path) -> None:
    (photos / "unreadable.zip").write_bytes(b"PK")
    assert run(photos, tmp_path / "set").rejected["damaged"] == 3
    with zipfile.ZipFile(photos / "unreadable.zip", "w") as archive:
        archive.write(save(tmp_path / "new.jpg", 300), "new.jpg")
    (photos / "broken.jpg").unlink()
    report = run(photos, tmp_path / "set")
    assert (report.kept, report.rejected["damaged"]) == (21, 1)
    run(photos, tmp_path / "b" / "set")
    assert contents(tmp_path / "set") == contents(tmp_path / "b" / "set")


@pytest.mark.parametrize("change", ["lost square", "empty square", "lost cache", "new name", "other length", "licence"])
def test_what_changed_is_noticed(photos: Path, tmp_path: Path, change: str) -> None:
    out = tmp_path / "set"
    manifest = photos / "manifest.jsonl"
    names = [path.relative_to(photos).as_posix() for path in sorted(photos.rglob("*")) if path.is_file()]
    manifest.write_text("".join(json.dumps({"file": name, "license": "CC0"}) + "\n" for name in names))
    run(photos, out)
    before = contents(out)
    options = {}
    if change == "lost square":
        (out / rows(out)[4]["file"]).unlink()
    elif change == "empty square":  # as a loss of power leaves it, before the journal was gone
        (out / rows(out)[4]["file"]).write_bytes(b"")
        (out / "pixels.npy").unlink()
    elif change == "lost cache":
        (out / "pixels.npy").unlink()
    elif change == "new name":
        options["name"] = "other"
    elif change == "other length":
        save(photos / "0" / "0.jpg", 77, 60, 60)
    else:
        manifest.write_text(manifest.read_text().replace("CC0", "CC-BY"))
    run(photos, out, **options)
    after = contents(out)
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    if "lost" in change or "empty" in change:
        assert changed == set()
    elif change == "new name":
        assert facts(out)["name"] == "other"
        assert changed == {"dataset.json"}
    elif change == "licence":
        assert facts(out)["licences"] == {"CC-BY": 20}
    else:
        assert rows(out)[0]["original_size"] == [60, 60]


@pytest.mark.parametrize(
    ("options", "message"),
    [({"size": 24}, r"other options \(min-side 16, size 16\)"), ({"grayscale": True}, r"grayscale false")],
)
def test_another_recipe_needs_force(photos: Path, tmp_path: Path, options: dict[str, Any], message: str) -> None:
    out = tmp_path / "set"
    run(photos, out)
    before = contents(out)
    with pytest.raises(OutputError, match=message):
        run(photos, out, **options)
    assert contents(out) == before
    (out / "notes.txt").write_text("mine")
    run(photos, out, force=True, **options)
    run(photos, tmp_path / "fresh" / "set", **options)
    assert contents(out) == contents(tmp_path / "fresh" / "set") | {"notes.txt": b"mine"}


def test_fewer_inputs_need_force(photos: Path, tmp_path: Path) -> None:
    run(photos, tmp_path / "set")
    before = contents(tmp_path / "set")
    for name in ("11.jpg", "3.jpg"):
        (photos / "1" / name).unlink()
    with pytest.raises(OutputError, match=r"2 pictures that are not among these inputs, such as 'photos/1/11\.jpg'"):
        run(photos, tmp_path / "set")
    assert contents(tmp_path / "set") == before
    assert run(photos, tmp_path / "set", force=True).kept == 19


def test_nothing_is_written_into_another_folder(photos: Path, tmp_path: Path) -> None:
    before = contents(photos)
    for force in (False, True):
        with pytest.raises(OutputError, match="other things than a dataset"):
            run(photos / "0", photos / "1", force=force)
    assert contents(photos) == before


@pytest.mark.parametrize("inputs", ["set", "set/images", "set/images/*.jpg", "link"])
def test_a_dataset_is_never_made_of_itself(photos: Path, tmp_path: Path, inputs: str) -> None:
    run(photos, tmp_path / "set")
    before = contents(tmp_path / "set")
    (tmp_path / "link").symlink_to(tmp_path / "set")
    with pytest.raises(UsageError, match="is where the dataset is to be"):
        run([photos, tmp_path / inputs], tmp_path / "set", force=True)
    assert contents(tmp_path / "set") == before


def test_a_dataset_within_its_input_is_not_read(photos: Path) -> None:
    out = photos / "data" / "set"
    assert run(photos, out, crop="random").kept == 20
    events: list[Event] = []
    run(photos, out, crop="random", listener=events.append)
    assert any(isinstance(event, Note) and "up to date" in event.text for event in events)
    save(photos / "new.jpg", 500)
    assert run(photos, out, crop="random").kept == 21


def test_two_runs_do_not_mix(photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "set"
    with only_run(out), pytest.raises(OutputError, match="another artgan is writing into"):
        run(photos, out)
    assert not out.exists()
    first = run(photos, out)
    with only_run(out):
        assert run(photos, out) == first, "up to date: nothing to write"
        for options in ({"force": True}, {"name": "other"}):
            with pytest.raises(OutputError, match="another artgan is writing into"):
                run(photos, out, **options)  # type: ignore[arg-type]


def test_a_stopped_run_goes_on(photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "set"
    events: list[Event] = []
    report = run(photos, out, listener=events.append, should_stop=lambda: sum(map(is_progress, events)) > 0)
    assert report.interrupted
    assert not (out / "dataset.json").exists()
    assert any(isinstance(event, Note) and "goes on from there" in event.text for event in events)
    written = {path: path.stat().st_mtime_ns for path in (out / "images").iterdir()}
    assert 0 < len(written) < 20
    run(photos, out)
    assert all(path.stat().st_mtime_ns == written[path] for path in written if path.exists())
    run(photos, tmp_path / "b" / "set")
    assert contents(out) == contents(tmp_path / "b" / "set")


def is_progress(event: Event) -> bool:
    return isinstance(event, ItemsProgress)


def test_a_killed_run_goes_on(photos: Path, tmp_path: Path) -> None:
    for number in range(20, 120):
        save(photos / f"{number}.jpg", number)
    out = tmp_path / "set"
    command = [
        sys.executable,
        "-m",
        "artgan",
        "prepare",
        str(photos),
        "--size",
        "16",
        "--processes",
        "1",
        "-o",
        str(out),
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    journal = out / ".prepare" / "journal.jsonl"
    deadline = time.monotonic() + 30
    while not journal.exists() or journal.read_bytes().count(b"\n") < 20:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.005)
    process.kill()
    process.wait()
    done = journal.read_bytes().count(b"\n") - 1
    assert 19 <= done < 120
    for path in (out / "images").glob("*.jpg"):
        Image.open(path).load()  # whole, each of them
    starts: list[int] = []
    run(photos, out, listener=lambda event: starts.append(event.done) if isinstance(event, ItemsProgress) else None)
    assert starts[0] > done
    run(photos, tmp_path / "b" / "set")
    assert contents(out) == contents(tmp_path / "b" / "set")


def test_a_run_killed_while_a_finished_dataset_grew_goes_on(photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "set"
    run(photos / "0", out)
    save(photos / "0" / "new.jpg", 500)
    run(photos / "0", tmp_path / "b" / "set")
    with pytest.MonkeyPatch.context() as patch:  # between the manifest and dataset.json
        patch.setattr("artgan.data.folder.write_cache", _killed)
        with pytest.raises(KeyboardInterrupt):
            run(photos / "0", out)
    assert len(open_dataset(str(out), size=None, count=None, seed=0).pixels) == 11
    run(photos / "0", out)
    assert contents(out) == contents(tmp_path / "b" / "set")


def test_growth_killed_twice_doubles_no_picture(photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "set"
    run(photos / "0", out)
    paint(4, 120, 100).save(photos / "0" / "better-4.png")
    add, write = Journal.add, write_manifest
    with pytest.MonkeyPatch.context() as patch:  # while what is known goes into the journal
        left = iter(range(1))
        patch.setattr(Journal, "add", lambda *args: add(*args) if next(left, None) is not None else _killed())
        with pytest.raises(KeyboardInterrupt):
            run(photos / "0", out)
    with pytest.MonkeyPatch.context() as patch:  # between the two lists
        done: list[object] = []
        patch.setattr(
            "artgan.data.folder.write_manifest",
            lambda *args, **options: _killed() if done else done.append(write(*args, **options)),
        )
        with pytest.raises(KeyboardInterrupt):
            run(photos / "0", out)
    run(photos / "0", out)
    run(photos / "0", tmp_path / "b" / "set")
    assert contents(out) == contents(tmp_path / "b" / "set")


def _killed(*_: object) -> str:
    raise KeyboardInterrupt


@pytest.mark.parametrize("step", range(0, 22, 3))
def test_a_removal_killed_at_any_step_can_be_repeated(photos: Path, tmp_path: Path, step: int) -> None:
    out = tmp_path / "set"
    run(photos, out)
    calls: list[Path] = []

    def unlink(path: Path, missing_ok: bool = False) -> None:
        if not path.name.startswith(".artgan"):
            calls.append(path)
            if len(calls) > step:
                raise KeyboardInterrupt
        os.remove(path)  # noqa: PTH107 (Path.unlink is what is replaced)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "unlink", unlink)
        with pytest.raises(KeyboardInterrupt):
            run(photos, out, force=True, size=24)
    run(photos, out, force=True, size=24)
    run(photos, tmp_path / "b" / "set", size=24)
    assert contents(out) == contents(tmp_path / "b" / "set")


def test_what_a_kill_left_half_written_goes(photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "set"
    run(photos / "0", out)
    for folder in (out, out / "images"):
        (folder / ".artgan-0123456789abcdef.part").write_bytes(b"half")
    run([photos / "0", photos / "1"], out)
    assert not list(out.rglob("*.part"))


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_a_picture_that_changed_in_an_archive_is_noticed(photos: Path, tmp_path: Path, kind: str) -> None:
    def pack() -> None:
        shutil.make_archive(str(tmp_path / "in"), kind, photos)

    pack()
    run(tmp_path / f"in.{kind}", tmp_path / "set")
    save(photos / "0" / "0.jpg", 77, 60, 60)
    pack()
    run(tmp_path / f"in.{kind}", tmp_path / "set")
    assert rows(tmp_path / "set")[0]["original_size"] == [60, 60]


def test_formats_that_are_not_read_are_told(photos: Path, tmp_path: Path) -> None:
    (photos / "IMG_1.HEIC").write_bytes(b"\0\0\0\x20ftypheic")
    (photos / "raw.nef").touch()
    events: list[Event] = []
    assert run(photos, tmp_path / "set", listener=events.append).rejected["other_format"] == 2
    assert any(isinstance(event, Note) and "2 pictures are in a format" in event.text for event in events)
    for path in photos.rglob("*.*"):
        if path.suffix not in (".HEIC", ".nef"):
            path.unlink()
    with pytest.raises(ArtganError, match="2 other_format; convert them to PNG or JPEG"):
        run(photos, tmp_path / "other")


@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
def test_archives_give_the_same_squares(photos: Path, tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"photos.{kind}"
    if kind == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            for file in photos.rglob("*.*"):
                archive.write(file, file.relative_to(photos))
    else:
        with tarfile.open(path, "w:gz") as tar:
            tar.add(photos, "photos")
    report = run(path, tmp_path / "a")
    run(photos, tmp_path / "b")
    assert report.kept == 20
    assert facts(tmp_path / "a")["rejected"] == facts(tmp_path / "b")["rejected"]
    assert {row["file"] for row in rows(tmp_path / "a")} == {row["file"] for row in rows(tmp_path / "b")}


@pytest.fixture
def faces(tmp_path: Path) -> Path:
    folder = tmp_path / "faces"
    tags = [
        "red hair blue eyes",
        "red hair green eyes",
        "blue hair",
        "hat",
        "red hair blue eyes gray eyes",
        "gray eyes",
    ]
    for number in range(len(tags)):
        save(folder / f"{number}.png", number)
    (folder / "tags.csv").write_text("\n".join(f"{number},{words}" for number, words in enumerate(tags)))
    return folder


@pytest.mark.parametrize(
    ("options", "kept", "reasons"),
    [
        ({}, "0 1 2 5", {"no_tag": 1, "too_many_tags": 1}),
        ({"strict_tags": True}, "0 1", {"no_tag": 1, "too_many_tags": 1, "not_one_each": 2}),
        ({"where": "hair=red and eyes=blue,gray"}, "0", {"no_tag": 1, "too_many_tags": 1, "not_where": 3}),
        ({"limit": 2}, "0 1", {"no_tag": 1, "too_many_tags": 1}),
    ],
)
def test_tags_choose(faces: Path, tmp_path: Path, options: dict[str, Any], kept: str, reasons: dict[str, int]) -> None:
    report = run(faces, tmp_path / "set", **options)
    assert [row["source"] for row in rows(tmp_path / "set")] == [f"faces/{name}.png" for name in kept.split()]
    assert report.rejected == reasons
    told = facts(tmp_path / "set")
    assert list(told["vocabulary"]) == ["hair", "eyes"]
    assert told["tags"]["hair"]["red"] == sum(name in "01" for name in kept.split())
    assert told["tags"]["eyes"]["pink"] == 0
    dataset = open_dataset(str(tmp_path / "set"), size=None, count=None, seed=0)
    assert dataset.tags is not None
    assert dataset.tags.shape == (len(kept.split()), 23)


def test_another_vocabulary(faces: Path, tmp_path: Path) -> None:
    (tmp_path / "words.json").write_text('{"hair": ["blue", "red"]}')
    run(faces, tmp_path / "set", vocabulary=str(tmp_path / "words.json"))
    dataset = open_dataset(str(tmp_path / "set"), size=None, count=None, seed=0)
    assert dataset.tags.tolist() == [[0, 1], [0, 1], [1, 0], [0, 1]]
    (tmp_path / "words.json").write_text('{"hair": "red"}')
    with pytest.raises(UsageError, match=r"words\.json"):
        run(faces, tmp_path / "other", vocabulary=str(tmp_path / "words.json"))


def test_drawn_sets_become_datasets(tmp_path: Path) -> None:
    run("synthetic:faces,n=12,seed=3", tmp_path / "set", format="png", held_out=0)
    dataset = open_dataset(str(tmp_path / "set"), size=None, count=None, seed=0)
    drawn = open_dataset("synthetic:faces,n=12,seed=3", size=16, count=None, seed=0)
    assert (dataset.pixels == drawn.pixels).all()
    assert (dataset.tags == drawn.tags).all()
    assert dataset.fingerprint == drawn.fingerprint
    assert dataset.ai_training == {"allowed": 12}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("artgan.pipelines.collection.draw", _killed)  # nothing is drawn to count, or to find it all there
        again = run("synthetic:faces,n=12,seed=3", tmp_path / "set", format="png", held_out=0)
        counted = run("synthetic:faces,n=12,hair=red", tmp_path / "other", dry_run=True)
    assert (again.kept, counted.kept) == (12, 12)
    with pytest.raises(UsageError, match="drawn at 8 to 1024"):
        run("synthetic:faces", tmp_path / "other", size=2000, dry_run=True)
    with pytest.raises(UsageError, match="by itself"):
        run(["synthetic:faces", "synthetic:photos"], tmp_path / "other")  # type: ignore[list-item]


def test_a_dry_run_counts_and_writes_nothing(photos: Path, tmp_path: Path) -> None:
    events: list[Event] = []
    report = run(photos, tmp_path / "set", dry_run=True, listener=events.append)
    assert (report.path, report.kept, report.rejected) == (None, 22, {"damaged": 2, "too_small": 1})
    assert not (tmp_path / "set").exists()
    *counting, table = events
    assert [event.done for event in counting if isinstance(event, ItemsProgress)][-1] == 25
    assert isinstance(table, Summary)
    assert dict(table.rows)["found"] == "25"


@pytest.mark.parametrize(
    ("options", "message"),
    [({"size": 512}, "23 too_small, 2 damaged; see --min-side"), ({"where": "hair=red"}, "25 no_tag; see --tags")],
)
def test_nothing_left_is_one_line_and_no_trace(
    photos: Path, tmp_path: Path, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ArtganError, match=message):
        run(photos, tmp_path / "set", **options)
    assert not (tmp_path / "set").exists()


def test_a_full_disk_is_seen_before_the_work(photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda path: type("Usage", (), {"free": 1000}))
    with pytest.raises(OutputError, match="the disk has 0 MB left"):
        run(photos, tmp_path / "set")
    assert not (tmp_path / "set").exists()


def test_no_inputs_are_a_usage_error() -> None:
    with pytest.raises(UsageError, match="synthetic:faces"):
        prepare(PrepareConfig(), [])


def test_defaults_are_what_was_measured() -> None:
    config, limits = PrepareConfig(), Limits()
    for name in ("max_aspect", "max_blur", "min_entropy", "max_bars", "max_extremes"):
        assert getattr(config, name) == getattr(limits, name), name
    assert config.duplicate_bits == THRESHOLD


def test_the_default_folder_is_named_after_the_inputs(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    events: list[Event] = []
    prepare(PrepareConfig(size=16), ["photos/**/*.jpg"], listener=events.append)
    assert facts(Path("data/photos"))["name"] == "photos"
    done = [event for event in events if isinstance(event, FolderDone)]
    assert [event.path for event in done] == [Path("data/photos")]
