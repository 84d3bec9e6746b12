"""The dataset's folder: what is recognised in it, and what is written and removed."""

from pathlib import Path

import numpy as np
import pytest

from artgan.data.folder import clear, contact_sheet, journal_path, read_contents, read_facts
from artgan.data.journal import Journal
from artgan.data.vocabulary import Group, Vocabulary
from artgan.errors import ArtganError, OutputError


@pytest.mark.parametrize("exists", [True, False])
def test_an_empty_folder_holds_nothing(tmp_path: Path, exists: bool) -> None:
    folder = tmp_path / "data"
    if exists:
        folder.mkdir()
    assert read_contents(folder) is None


def test_other_things_are_never_mixed_with_or_removed(tmp_path: Path) -> None:
    scraped = tmp_path / "scraped"
    (scraped / "images").mkdir(parents=True)
    for name in ("manifest.jsonl", "images/0123456789abcdef.jpg"):
        (scraped / name).write_text("mine")
    with pytest.raises(OutputError, match="other things than a dataset"):
        read_contents(scraped)
    clear(scraped)
    assert len(list(scraped.rglob("*.*"))) == 2


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("x")
    with pytest.raises(OutputError, match="it is a file"):
        read_contents(tmp_path / "data")


def test_an_unfinished_dataset_is_cleared_without_what_artgan_did_not_write(tmp_path: Path) -> None:
    with Journal(journal_path(tmp_path), {"size": 8}):
        pass
    images = tmp_path / "images"
    images.mkdir()
    for name in ("0123456789abcdef.jpg", "0123456789abcdef-2.png", ".artgan-00ff.part", "holiday.jpg"):
        (images / name).touch()
    contents = read_contents(tmp_path)
    assert contents is not None
    assert not contents.finished
    clear(tmp_path)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["holiday.jpg"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is damaged"),
        ("[]", "is damaged"),
        ('{"artgan_dataset": 1}', "is damaged"),
        ('{"artgan_dataset": 99, "size": 8, "recipe": {}}', "newer artgan"),
    ],
)
def test_damaged_facts_are_one_line(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "dataset.json").write_text(text)
    with pytest.raises(ArtganError, match=message):
        read_facts(tmp_path)


def test_a_contact_sheet_shows_each_tag_in_a_row() -> None:
    vocabulary = Vocabulary((Group("hair", ("red", "blue", "green")),))
    pixels = np.zeros((4, 32, 32, 3), np.uint8)
    pixels[:2, ..., 0] = 200
    pixels[2:, ..., 2] = 200
    rows = [{"tags": {"hair": [colour]}} for colour in ("red", "red", "blue", "blue")]
    sheet = contact_sheet(pixels, rows, vocabulary, seed=0)
    assert sheet.shape[0] == 2 * 32 + 2, "a row for red, one for blue, none for green"
    assert (sheet[16, -10] == (200, 0, 0)).all()
    assert (sheet[50, -10] == (0, 0, 200)).all()


def test_a_contact_sheet_of_large_squares_is_small() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (200, 300, 300, 3), dtype=np.uint8)
    sheet = contact_sheet(pixels, [{}] * 200, None, seed=0)
    assert max(sheet.shape) <= 1300
    assert (sheet == contact_sheet(pixels, [{}] * 200, None, seed=0)).all()
    assert (sheet != contact_sheet(pixels, [{}] * 200, None, seed=1)).any()
