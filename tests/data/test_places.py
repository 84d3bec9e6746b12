"""Folders and archives seen alike."""

import zipfile
from pathlib import Path

import pytest

from artgan.data.places import Archive, Folder, Place
from artgan.errors import PictureError

NAMES = ["A1.jpg", "a2.jpg", "a10.jpg", "b/c/x.txt"]


@pytest.fixture(params=["folder", "zip"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    names = [*reversed(NAMES), ".h.jpg", "b/.h/x.jpg"]
    if request.param == "zip":
        with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
            for name in names:
                archive.writestr(name, name)
        return Archive(tmp_path / "x.zip")
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    return Folder(tmp_path)


def test_files_in_natural_order_without_hidden_ones(place: Place) -> None:
    assert list(place.names()) == NAMES
    assert place.has("b/c/x.txt")
    assert not place.has("b/c")
    assert not place.has("b/c/y.txt")
    assert place.read("b/c/x.txt") == b"b/c/x.txt"
    with pytest.raises(PictureError, match=r"y\.txt"):
        place.read("b/c/y.txt")


def test_a_file_keeps_its_name_when_a_link_to_its_folder_is_added(tmp_path: Path) -> None:
    (tmp_path / "z/deep").mkdir(parents=True)
    (tmp_path / "z/deep/1.jpg").touch()
    (tmp_path / "a").symlink_to("z")
    (tmp_path / "b").symlink_to("z/deep")
    (tmp_path / "z/deep/up").symlink_to("..")
    assert Folder(tmp_path).names() == ["z/deep/1.jpg"]


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(PictureError, match=r"cannot read the folder '.*none': no such file"):
        Folder(tmp_path / "none").names()
