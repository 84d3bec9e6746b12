"""What prepare reads: each picture once, under a name that lasts, with all that is known of it."""

import os
import pickle
import shutil
import tarfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from artgan.data.inputs import Item, find_items, read_item
from artgan.data.vocabulary import ANIME
from artgan.errors import ArtganError, PictureError, UsageError
from artgan.io.manifest import ManifestError, write_manifest
from artgan.io.tfrecord import example_class, masked_crc

JPEG = b"\xff\xd8\xff\xe0"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """photos/{1,2,10}.jpg, photos/deep/er/x.PNG and what is to be passed over; the working folder is its parent."""
    monkeypatch.chdir(tmp_path)
    put(tmp_path / "photos", "10.jpg", "2.jpg", "1.jpg", "deep/er/x.PNG", ".hidden.jpg", ".git/a.jpg", "notes.md")
    return tmp_path


def put(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(JPEG + os.fsencode(name))


def find(*inputs: str | Path, tags_file: Path | None = None) -> list[Item]:
    return find_items([str(text) for text in inputs], vocabulary=ANIME, tags_file=tags_file)


def keys(*inputs: str | Path) -> list[str]:
    return [item.key for item in find(*inputs)]


def make_zip(path: Path, *names: str, **texts: bytes) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, JPEG + name.encode())
        for name, data in texts.items():
            archive.writestr(name.replace("__", "/").replace("_csv", ".csv").replace("_jsonl", ".jsonl"), data)


def make_tfrecord(path: Path, count: int = 3) -> None:
    parts = []
    for number in range(count):
        message = example_class()()
        message.features.feature["image"].bytes_list.value.append(JPEG + bytes([number]))
        message.features.feature["label"].int64_list.value.append(number)
        data = message.SerializeToString()
        length = len(data).to_bytes(8, "little")
        parts += [length, masked_crc(length).to_bytes(4, "little"), data, masked_crc(data).to_bytes(4, "little")]
    path.write_bytes(b"".join(parts))


PHOTOS = ["photos/1.jpg", "photos/2.jpg", "photos/10.jpg", "photos/deep/er/x.PNG"]


@pytest.mark.parametrize(
    ("inputs", "found"),
    [
        (["photos"], PHOTOS),
        (["./photos/", "photos/../photos"], PHOTOS),
        (["photos/**"], PHOTOS),
        (["photos/*.jpg"], PHOTOS[:3]),
        (["photos/10.jpg", "photos/1.jpg", "photos/1.jpg"], [PHOTOS[0], PHOTOS[2]]),
        (["photos/deep"], ["deep/er/x.PNG"]),
        (["photos/deep", "photos"], PHOTOS),
        (["photos", "photos/deep"], PHOTOS),
        (["photos/*.jpg", "photos/deep/er/x.PNG"], [*PHOTOS[:3], "er/x.PNG"]),
        (["ph*"], PHOTOS),
        (["photos/.hidden.jpg"], ["photos/.hidden.jpg"]),
    ],
)
def test_keys_are_the_same_however_a_picture_is_reached(folder: Path, inputs: list[str], found: list[str]) -> None:
    if inputs == ["ph*"]:
        found = [f"{folder.name}/{key}" for key in found]
    assert sorted(keys(*inputs)) == sorted(found)
    assert keys(*inputs) == keys(*reversed(inputs))
    assert [key for key in keys(*inputs) if key in PHOTOS] == [key for key in PHOTOS if key in found]


def test_keys_do_not_depend_on_the_working_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder / "photos" / "deep")
    assert keys("..") == keys(folder / "photos") == PHOTOS
    assert keys(".") == ["deep/er/x.PNG"]
    assert keys("../*.jpg") == PHOTOS[:3]


def test_inputs_of_one_name_are_told_apart(folder: Path) -> None:
    put(folder, "a/x/photos/1.jpg", "b/x/photos/1.jpg")
    found = ["a/x/photos/1.jpg", "b/x/photos/1.jpg"]
    assert keys("a/x/photos", "b/x/photos") == keys("b/x/photos", "a/x/photos") == found
    assert keys("a/x/photos/1.jpg", "b/x/photos/1.jpg") == found
    make_zip(folder / "a/s.zip", "1.jpg")
    make_zip(folder / "b/s.zip", "1.jpg")
    assert keys("a/s.zip", "b/s.zip") == ["a/s.zip!/1.jpg", "b/s.zip!/1.jpg"]


def test_links_lead_to_each_picture_once(folder: Path) -> None:
    (folder / "photos/a-circle").symlink_to(folder / "photos")
    (folder / "photos/a-link").symlink_to(folder / "photos/deep")
    (folder / "photos/broken.jpg").symlink_to(folder / "nowhere.jpg")
    (folder / "photos/self.jpg").symlink_to("self.jpg")
    put(folder, "outside/o.jpg")
    (folder / "photos/b-link").symlink_to(folder / "outside")
    (folder / "photos/0.jpg").symlink_to("1.jpg")
    found = keys("photos")
    assert len(found) == 5
    assert "photos/b-link/o.jpg" in found
    assert "photos/deep/er/x.PNG" in found


def test_archives_and_records_are_read_in_folders_too(folder: Path) -> None:
    data = folder / "data"
    put(data, "p/1.jpg")
    make_zip(data / "m.zip", "10.jpg", "2.jpg", "__MACOSX/2.jpg", "../up.jpg", "/abs.jpg", "notes.txt")
    make_tfrecord(data / "r.tfrec", 11)
    with tarfile.open(data / "t.tar.gz", "w:gz") as archive:
        archive.add("photos/10.jpg")
        archive.add("photos/1.jpg")
    members = ["2.jpg", "10.jpg", "../up.jpg", "/abs.jpg"]
    found = [
        *(f"data/m.zip!/{name}" for name in members),
        "data/p/1.jpg",
        *(f"data/r.tfrec#{n}" for n in range(11)),
        "data/t.tar.gz!/photos/10.jpg",  # in the archive's order
        "data/t.tar.gz!/photos/1.jpg",
    ]
    assert keys("data") == found
    assert keys("data", "data/m.zip", "data/r.tfrec", "data/*") == found
    items = {item.key: item for item in find("data/*.tfrec", "data/m.zip", "data/t.tar.gz")}
    assert [key for key in items if "tfrec" in key][-1] == "r.tfrec#10"
    assert items["r.tfrec#10"].record == {"features": {"label": 10}}
    assert read_item(items["r.tfrec#10"]) == JPEG + b"\x0a"
    assert read_item(items["m.zip!/../up.jpg"]) == JPEG + b"../up.jpg"
    assert read_item(pickle.loads(pickle.dumps(items["t.tar.gz!/photos/1.jpg"]))) == JPEG + b"1.jpg"
    assert len(pickle.dumps(items["m.zip!/2.jpg"])) < 400


def test_damage_is_an_item_that_fails(folder: Path) -> None:
    make_tfrecord(folder / "r.tfrec")
    data = bytearray((folder / "r.tfrec").read_bytes())
    data[40] ^= 1
    data[-len(data) // 3] ^= 1  # the length of the third
    (folder / "r.tfrec").write_bytes(data)
    put(folder, "broken.zip")
    put(folder / "photos", "broken.zip")
    make_zip(folder / "photos/good.zip", "1.jpg", "inner.tar.gz")
    items = find("r.tfrec", "photos")
    failed = {}
    for item in items:
        try:
            read_item(item)
        except PictureError as error:
            failed[item.key] = str(error)
    assert "\n" not in "".join(failed.values())
    assert "checksum" in failed.pop("r.tfrec#0")
    assert "all behind it" in failed.pop("r.tfrec#2")
    assert "damaged or incomplete" in failed.pop("photos/broken.zip")
    assert "unpack the outer one first" in failed.pop("photos/good.zip!/inner.tar.gz")
    assert failed == {}
    assert len(items) == 3 + 4 + 1 + 2
    with pytest.raises(PictureError, match="damaged or incomplete"):  # named outright: nothing else was wanted
        find("broken.zip")


@pytest.mark.parametrize(
    ("inputs", "says"),
    [
        (["photo"], "no such file"),
        (["photos/11.jpg"], "Did you mean '1.jpg'?"),
        (["photos/*.gif"], "no picture, folder or archive matches"),
        (["-"], "prepare reads no standard input"),
        ([""], "an input is empty"),
        (["empty"], "no pictures in"),
        (["photos", "tags.csv"], "a table of tags is given by --tags"),
        (["a.rar"], "unpack it first; zip and tar"),
        (["kaggle.zip"], "it holds archives or TFRecords; unpack it first"),
        (["parts.zip"], "it holds archives or TFRecords; unpack it first"),
        (["a\0b"], "no such file"),
    ],
)
def test_errors_teach(folder: Path, inputs: Sequence[str], says: str) -> None:
    put(folder, "empty/notes.md", "tags.csv", "a.rar")
    make_zip(folder / "kaggle.zip", "monet.tfrec")
    make_zip(folder / "parts.zip", "1.zip", "2.zip")
    with pytest.raises((UsageError, PictureError)) as error:
        find(*inputs)
    assert says in str(error.value)
    assert "\n" not in str(error.value)


def test_a_name_that_is_no_unicode(folder: Path) -> None:
    try:
        put(folder / "odd", os.fsdecode(b"caf\xe9\n.jpg"))
    except OSError:
        pytest.skip("this file system takes Unicode names only")
    (item,) = find("odd")
    item.key.encode("utf-8")
    assert read_item(item).startswith(JPEG)


TAGS = b"1,red hair blue eyes\n2,nothing\n"


def test_tags_beside_inside_and_given(folder: Path) -> None:
    def tags(*inputs: str, tags_file: Path | None = None) -> dict[str, object]:
        return {item.key: item.tags for item in find(*inputs, tags_file=tags_file)}

    red_blue = {"hair": ("red",), "eyes": ("blue",)}
    assert set(tags("photos").values()) == {None}
    wanted = {"photos/1.jpg": red_blue, "photos/2.jpg": {}, "photos/10.jpg": None, "photos/deep/er/x.PNG": None}
    (folder / "tags.csv").write_bytes(TAGS)
    assert tags("photos") == wanted
    (folder / "photos/tags_clean.csv").write_bytes(b"10,grey hair:5\tsolo:3")
    inside = {key: {"hair": ("gray",)} if "10" in key else None for key in wanted}
    assert tags("photos") == tags("photos/**") == inside
    assert tags("photos", tags_file=folder / "tags.csv") == wanted
    make_zip(folder / "z.zip", "images/1.jpg")
    assert tags("z.zip") == {"z.zip!/images/1.jpg": red_blue}
    make_zip(folder / "z.zip", "images/1.jpg", tags_csv=b"1,pink hair")
    assert tags("z.zip") == {"z.zip!/images/1.jpg": {"hair": ("pink",)}}


def test_a_tag_file_that_does_not_fit_is_told(folder: Path) -> None:
    for text, says in ((b"77,red hair", "no id in '.*': '77' is|no id in"), (b"1,hat", "has an id and a tag of the")):
        (folder / "t.csv").write_bytes(text)
        with pytest.raises(UsageError, match=says):
            find("photos", tags_file=folder / "t.csv")


def scraped_rows() -> list[dict[str, object]]:
    def row(number: int, status: str, file: str | None, tags: list[str]) -> dict[str, object]:
        return {"id": f"x-{number}", "source": "x", "status": status, "file": file, "tags": tags, "title": None,
                "license": "CC0", "author": f"A{number}", "ai_training": "allowed"}  # fmt: skip

    return [
        row(1, "ok", "photos/1.jpg", ["woman", "red_hair"]),
        row(2, "failed", "photos/2.jpg", []),
        row(3, "skipped", None, []),
        row(4, "ok", "photos/10.jpg", ["woman"]),
        row(5, "ok", "photos/lost.jpg", []),
    ]


def test_a_scraped_folder_carries_its_manifest_on(folder: Path) -> None:
    write_manifest(folder / "manifest.jsonl", scraped_rows(), force=False)
    record = {"license": "CC0", "author": "A1", "ai_training": "allowed"}
    items = {item.key.split("photos/")[1]: item for item in find(folder)}
    assert sorted(items) == ["1.jpg", "10.jpg", "lost.jpg"]
    assert items["1.jpg"].record == record
    assert items["1.jpg"].tags == {"hair": ("red",)}
    assert items["10.jpg"].tags is None
    with pytest.raises(PictureError, match="no such file"):
        read_item(items["lost.jpg"])
    # The licence stays with the pictures when a folder inside, a file, or a pattern is given.
    for text in ("photos", "photos/*.jpg", "photos/1.jpg"):
        found = find(text)
        assert found[0].record == record, text
        assert "photos/2.jpg" not in [item.key for item in found], text
    assert keys("photos/deep") == ["deep/er/x.PNG"]  # nothing of it is in the manifest above


def test_a_prepared_folder_can_be_prepared_again(folder: Path) -> None:
    put(folder, "set/images/a.png", "set/images/b.png", "set/sheet.png")
    rows = [
        {"file": "images/a.png", "tags": {"hair": ["red"]}, "features": {"label": 3}, "license": None},
        {"file": "images/b.png", "tags": None, "license": "CC0"},
    ]
    write_manifest(folder / "set/manifest.jsonl", rows, force=False)
    found = find("set")
    assert [(item.key, item.tags, item.record) for item in found] == [
        ("set/images/a.png", {"hair": ("red",)}, {"features": {"label": 3}}),
        ("set/images/b.png", None, {"license": "CC0"}),
    ]
    shutil.make_archive(str(folder / "set"), "zip", folder / "set")
    packed = find("set.zip")
    assert [(item.tags, item.record) for item in packed] == [(item.tags, item.record) for item in found]


@pytest.mark.parametrize("file", ["../secret.jpg", "/etc/secret.jpg", "a/../../s.jpg", "..\\s.jpg"])
def test_a_manifest_cannot_lead_outside(folder: Path, file: str) -> None:
    put(folder, "secret.jpg")
    write_manifest(folder / "photos/manifest.jsonl", [{"file": file, "status": "ok"}], force=False)
    with pytest.raises(ManifestError, match="names a file outside of its folder"):
        find("photos")


def test_a_damaged_manifest_stops_the_work(folder: Path) -> None:
    (folder / "photos/manifest.jsonl").write_text('{"file": "1.jpg"}\n{"file"')
    with pytest.raises(ArtganError, match="line 2"):
        find("photos")


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("monet_tfrec", 300),
        ("vangogh_pd.zip", 172),
        ("portrait_paintings_256.zip", 911),
        ("photos_yosemite_256.zip", 900),
        ("portraits_lfw_128.zip", 5000),
        ("anime64_tagged.zip", 8997),
    ],
)
def test_real_collections_are_complete(real_data: Path, name: str, count: int) -> None:
    items = find(real_data / name)
    assert len({item.key for item in items}) == len(items) == count
    for item in items[:: max(1, count // 50)]:
        assert read_item(item).startswith(b"\xff\xd8\xff")
    if "anime" in name:
        assert len({(*item.tags["hair"], *item.tags["eyes"]) for item in items if item.tags}) == 119
