"""Expansion of files, folders, patterns and names."""

from pathlib import Path

import pytest

from artgan.errors import ArtganError, PictureError, UsageError
from artgan.io.inputs import expand_inputs, natural_key


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """img1 img2 img10 in mixed formats, beside a hidden file, a note, a subfolder, a name like a pattern."""
    place = tmp_path / "pics"
    (place / "sub").mkdir(parents=True)
    (place / "sub.png").mkdir()
    for name in ["img10.png", "img2.JPG", "img1.webp", ".hidden.png", "notes.txt", "sub/deep.png"]:
        (place / name).touch()
    (tmp_path / "a[1].png").touch()
    (tmp_path / "a1.png").touch()
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    return place


IN_ORDER = ["pics/img1.webp", "pics/img2.JPG", "pics/img10.png"]


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ([], []),
        (["pics"], IN_ORDER),
        (["pics/"], IN_ORDER),
        (["pics/*"], IN_ORDER),
        (["pics/img*"], IN_ORDER),
        (["pics/*.txt"], ["pics/notes.txt"]),
        (["pics/notes.txt"], ["pics/notes.txt"]),
        (["pics/**/*.png"], ["pics/img10.png", "pics/sub/deep.png"]),
        (["pics/img[12]*"], IN_ORDER),
        (["-"], ["-"]),
        (["-", "a1.png"], ["-", "a1.png"]),
        (["a1.png", "./a1.png", "pics", "pics/img2.JPG"], ["a1.png", *IN_ORDER]),
        (["pics/img10.png", "pics"], ["pics/img10.png", "pics/img1.webp", "pics/img2.JPG"]),
        (["a[1].png"], ["a[1].png"]),
        (["a[1]*"], ["a1.png"]),
        (["*" * 5000], ["a1.png", "a[1].png"]),
        (["example:portrait", "example:portrait"], ["example:portrait"]),
    ],
)
def test_expansion(folder: Path, inputs: list[str], expected: list[str]) -> None:
    assert expand_inputs(inputs, is_named=lambda name: name.startswith("example:")) == expected


def test_absolute_pattern(folder: Path) -> None:
    assert expand_inputs([f"{folder}/img?.*"]) == [f"{folder}/img1.webp", f"{folder}/img2.JPG"]


def test_file_wins_over_name(folder: Path) -> None:
    asked: list[str] = []
    assert expand_inputs(["a1.png"], is_named=lambda name: bool(asked.append(name))) == ["a1.png"]
    assert asked == []


@pytest.mark.parametrize(
    ("inputs", "kind", "words"),
    [
        (["-", "-"], UsageError, "once"),
        ([""], UsageError, "empty"),
        (["empty"], PictureError, "no pictures in 'empty'"),
        (["nothing*.png"], PictureError, "no file matches 'nothing*.png'"),
        (["pics/su[b]"], PictureError, "no file matches"),
        (["a2.png"], PictureError, "cannot read 'a2.png': no such file. Did you mean 'a1.png'?"),
        (["example:portrait"], PictureError, "no such file"),
        (["pix/a.png"], PictureError, "there is no folder 'pix'"),
        (["x" * 5000], PictureError, "no such file"),
    ],
)
def test_refused(folder: Path, inputs: list[str], kind: type[ArtganError], words: str) -> None:
    with pytest.raises(kind) as error:
        expand_inputs(inputs)
    assert words in str(error.value)
    assert "\n" not in str(error.value)


def test_natural_order() -> None:
    names = ["b", "img10", "img2", "Img1", "2", "10", "img02", "a", "", "1a2", "1a10"]
    expected = ["", "1a2", "1a10", "2", "10", "a", "b", "Img1", "img02", "img2", "img10"]
    assert sorted(names, key=natural_key) == expected
