"""Which of several manifests and tag files speaks for a picture."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from artgan.data.places import Folder
from artgan.data.provenance import Provenance
from artgan.data.vocabulary import ANIME, Tags

Write = Callable[[str, str], None]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def put(name: str, text: str = "") -> None:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    return put


def known(folder: Path, given: dict[str, Tags] | None = None) -> Provenance:
    place = Folder(folder)
    return Provenance(place, place.names(), vocabulary=ANIME, given=given)


def test_the_order_in_which_tags_are_looked_for(tmp_path: Path, write: Write) -> None:
    def hair(given: dict[str, Tags] | None = None) -> str | None:
        tags = known(tmp_path / "set", given).tags("sub/1.jpg")
        return tags["hair"][0] if tags else None

    write("set/sub/1.jpg", "")
    assert hair() is None
    write("tags.csv", "1,red hair")
    assert hair() == "red"
    write("set/manifest.jsonl", json.dumps({"file": "sub/1.jpg", "tags": ["green_hair"]}))
    assert hair() == "green"
    write("set/tags_clean.csv", "1,blue hair:3")
    assert hair() == "blue"
    write("set/tags.csv", "1,pink hair")
    assert hair() == "pink"
    write("set/sub/tags_clean.csv", "1,brown hair:4")
    assert hair() == "brown"
    assert hair({"1": {"hair": ("aqua",)}}) == "aqua"
    assert hair({"2": {"hair": ("aqua",)}}) is None


def test_ids_may_have_folders(tmp_path: Path, write: Write) -> None:
    write("a/1.jpg", "")
    write("b/1.jpg", "")
    write("tags.csv", "a/1.jpg,red hair\n1,blue hair")
    found = known(tmp_path)
    assert found.tags("a/1.jpg") == {"hair": ("red",)}
    assert found.tags("b/1.jpg") == {"hair": ("blue",)}


@pytest.mark.parametrize(
    ("text", "is_known"),
    [
        ('{"image": "1.jpg"}', True),
        ('{"file": null, "status": "failed"}', False),
        ("", False),
        ('{"file": "1.jpg"}', True),
    ],
)
def test_a_manifest_of_another_tool_hides_nothing(tmp_path: Path, write: Write, text: str, is_known: bool) -> None:
    write("1.jpg")
    write("manifest.jsonl", text)
    assert known(tmp_path).is_known("1.jpg") == is_known


def test_the_nearest_manifest_speaks(tmp_path: Path, write: Write) -> None:
    for name in ("1.jpg", "in/2.jpg", "in/3.jpg", "free/4.jpg"):
        write(name, "")
    write("manifest.jsonl", json.dumps({"file": "1.jpg", "license": "outer", "title": None}) + '\n{"file": "in/2.jpg"}')
    write("in/manifest.jsonl", json.dumps({"file": "3.jpg", "license": "inner", "status": "ok", "query": "x"}))
    found = known(tmp_path)
    assert found.record("1.jpg") == {"license": "outer"}
    assert found.record("in/3.jpg") == {"license": "inner"}
    names = ("1.jpg", "in/2.jpg", "in/3.jpg", "free/4.jpg")
    assert [found.is_known(name) for name in names] == [True, False, True, False]


@pytest.mark.parametrize("tags", [5, "red hair", {"hair": "red"}, [3, None], ["woman"], []])
def test_tags_of_a_manifest_that_say_nothing(tmp_path: Path, write: Write, tags: object) -> None:
    write("1.jpg", "")
    write("manifest.jsonl", json.dumps({"file": "1.jpg", "tags": tags}))
    assert not known(tmp_path).tags("1.jpg")
