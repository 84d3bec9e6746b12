"""People's faces are found in real pictures; files that are no cascade, and a missing library, are one line."""

import io
import shutil
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from artgan.data import face_detection
from artgan.data.face_detection import find_faces
from artgan.errors import UsageError


def scene(real_data: Path) -> tuple[np.ndarray, np.ndarray]:
    """A small face in a wide grey picture, right of the middle, and the face alone."""
    with zipfile.ZipFile(real_data / "portraits_lfw_128.zip") as archive:
        name = min(name for name in archive.namelist() if name.endswith(".jpg"))
        face = np.asarray(Image.open(io.BytesIO(archive.read(name))).convert("RGB"))
    pixels = np.full((400, 700, 3), 128, dtype=np.uint8)
    pixels[150:278, 450:578] = face
    return pixels, face


def test_a_face_is_found_where_it_is(real_data: Path) -> None:
    pytest.importorskip("skimage")
    boxes = find_faces(scene(real_data)[0])
    assert boxes
    box = boxes[0]
    assert (box.left + box.right) / 2 == pytest.approx(514, abs=25)
    assert (box.top + box.bottom) / 2 == pytest.approx(214, abs=25)
    assert 50 < box.side < 128


def test_no_face_in_plain_or_tiny_pictures() -> None:
    pytest.importorskip("skimage")
    assert find_faces(np.full((200, 300, 3), 140, dtype=np.uint8)) == []
    assert find_faces(np.full((10, 300, 3), 140, dtype=np.uint8)) == []


def test_a_cascade_from_a_file_is_used(real_data: Path, tmp_path: Path) -> None:
    data = pytest.importorskip("skimage.data")
    path = tmp_path / "lbpcascade_own.xml"
    shutil.copy(data.lbp_frontal_face_cascade_filename(), path)
    pixels, _ = scene(real_data)
    assert find_faces(pixels, cascade=path) == find_faces(pixels)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot read the cascade"),
        ("no xml", "is no cascade"),
        ("<opencv_storage><cascade><featureType>HAAR</featureType></cascade></opencv_storage>", "LBP"),
        ("<html></html>", "LBP"),
    ],
)
def test_other_files_are_refused(content: str | None, message: str, tmp_path: Path) -> None:
    pytest.importorskip("skimage")
    path = tmp_path / "cascade.xml"
    if content is not None:
        path.write_text(content)
    with pytest.raises(UsageError, match=message) as error:
        find_faces(np.zeros((64, 64, 3), dtype=np.uint8), cascade=path)
    assert "\n" not in str(error.value)


def test_without_the_library_the_mend_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    face_detection._detector.cache_clear()
    monkeypatch.setitem(sys.modules, "skimage.data", None)
    monkeypatch.setitem(sys.modules, "skimage.feature", None)
    with pytest.raises(UsageError, match=r"pip install 'artgan\[faces\]'"):
        find_faces(np.zeros((64, 64, 3), dtype=np.uint8))
