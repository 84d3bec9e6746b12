"""What is done to one picture, and what is said of one that gives no square."""

import subprocess
import sys
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from artgan.data.inputs import Item
from artgan.data.prepare import Treatment, prepare_item, reject_by_size
from artgan.data.quality import Limits

from photographs import paint, save


@pytest.fixture
def treatment(tmp_path: Path) -> Treatment:
    return Treatment(
        folder=tmp_path / "out",
        size=24,
        crop="center",
        crops_per_picture=1,
        cascade=None,
        grayscale=False,
        suffix="png",
        limits=Limits(min_side=24),
        seed=0,
    )


def item(path: Path) -> Item:
    return Item(key=f"in/{path.name}", path=path)


def written(treatment: Treatment) -> dict[str, np.ndarray]:
    files = sorted((treatment.folder / "images").glob("*"))
    return {file.name: np.asarray(Image.open(file)) for file in files}


def test_a_picture_becomes_a_square(tmp_path: Path, treatment: Treatment) -> None:
    path = save(tmp_path / "a.png", 1, 60, 48)
    (crop,) = prepare_item(treatment, item(path))
    assert crop.reason is None
    assert crop.original_size == (60, 48)
    assert crop.crop == (6, 0, 54, 48)
    assert crop.bytes == path.stat().st_size
    ((name, pixels),) = written(treatment).items()
    assert f"images/{name}" == crop.file("png")
    middle = paint(1, 60, 48).crop((6, 0, 54, 48)).resize((24, 24), Image.Resampling.LANCZOS)
    assert np.abs(pixels.astype(int) - np.asarray(middle)).max() <= 2


@pytest.mark.parametrize(("suffix", "kind"), [("jpg", "JPEG"), ("png", "PNG"), ("webp", "WEBP")])
def test_formats(tmp_path: Path, treatment: Treatment, suffix: str, kind: str) -> None:
    path = save(tmp_path / "a.png", 1, 24, 24)
    (crop,) = prepare_item(replace(treatment, suffix=suffix), item(path))
    with Image.open(treatment.folder / crop.file(suffix)) as image:
        assert image.format == kind
        lost = np.abs(np.asarray(image.convert("RGB")).astype(int) - np.asarray(paint(1, 24, 24))).max()
        assert (lost == 0) == (suffix != "jpg")
        if suffix == "jpg":
            assert {part[1:3] for part in image.layer} == {(1, 1)}, "no colour subsampling"


def test_gray_squares_are_gray(tmp_path: Path, treatment: Treatment) -> None:
    prepare_item(replace(treatment, grayscale=True), item(save(tmp_path / "a.png", 1)))
    (pixels,) = written(treatment).values()
    assert (pixels[..., 0] == pixels[..., 1]).all()
    assert (pixels[..., 0] == pixels[..., 2]).all()


def test_several_squares_of_one_picture(tmp_path: Path, treatment: Treatment) -> None:
    several = replace(treatment, crop="random", crops_per_picture=3)
    path = save(tmp_path / "a.png", 1, 90, 70)
    crops = prepare_item(several, item(path))
    assert [crop.number for crop in crops] == [0, 1, 2]
    assert len({crop.crop for crop in crops}) == 3
    assert len({crop.hashes for crop in crops}) == 1, "the picture is what is compared, not its pieces"
    assert len(written(several)) == 3
    copy = tmp_path / "elsewhere.png"
    copy.write_bytes(path.read_bytes())
    assert [crop.crop for crop in prepare_item(several, item(copy))] == [crop.crop for crop in crops]


def test_an_upright_picture_is_measured_upright(tmp_path: Path, treatment: Treatment) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    path = save(tmp_path / "a.jpg", 1, 60, 30, exif=exif)
    assert prepare_item(treatment, item(path))[0].original_size == (30, 60)
    (small,) = prepare_item(replace(treatment, limits=Limits(min_side=40)), item(path))
    assert (small.reason, small.original_size) == ("too_small", (30, 60))


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: paint(1, 30, 20), "too_small"),
        (lambda: paint(1, 200, 30), "aspect"),
        (lambda: Image.new("RGB", (48, 48), (90, 90, 90)), "low_entropy"),
        (lambda: Image.new("RGB", (48, 48), "white"), "blank"),
        (lambda: paint(1, 48, 48).resize((3, 3)).resize((480, 480), Image.Resampling.BICUBIC), "blurry"),
    ],
    ids=["too_small", "aspect", "low_entropy", "blank", "blurry"],
)
def test_what_is_left_out_has_a_reason_and_no_file(tmp_path: Path, treatment: Treatment, make, reason: str) -> None:  # type: ignore[no-untyped-def]
    make().save(tmp_path / "a.png")
    strict = replace(treatment, limits=Limits(min_side=24, max_blur=0.9))
    (crop,) = prepare_item(strict, item(tmp_path / "a.png"))
    assert crop.reason == reason
    assert written(treatment) == {}


def test_drawn_pictures_are_not_judged(tmp_path: Path, treatment: Treatment) -> None:
    Image.new("RGB", (10, 10)).save(tmp_path / "a.png")
    (crop,) = prepare_item(replace(treatment, limits=None), item(tmp_path / "a.png"))
    assert crop.reason is None


def test_no_face_is_a_reason(tmp_path: Path, treatment: Treatment) -> None:
    pytest.importorskip("skimage")
    (crop,) = prepare_item(replace(treatment, crop="faces"), item(save(tmp_path / "a.png", 1)))
    assert crop.reason == "no_face"


def _truncated() -> bytes:
    stream = BytesIO()
    paint(1).save(stream, "JPEG")
    return stream.getvalue()[:-400]


@pytest.mark.parametrize(
    ("data", "detail"),
    [(b"", "empty"), (b"hello", "not a picture"), (_truncated(), "truncated"), (None, "no such file")],
    ids=["empty", "text", "truncated", "missing"],
)
def test_a_damaged_picture_is_told_without_paths(
    tmp_path: Path, treatment: Treatment, data: bytes | None, detail: str
) -> None:
    path = tmp_path / "a.jpg"
    if data is not None:
        path.write_bytes(data)
    (crop,) = prepare_item(treatment, item(path))
    assert crop.reason == "damaged"
    assert crop.detail is not None
    assert detail in crop.detail
    assert str(tmp_path) not in crop.detail
    assert (crop.sha256 is None) == (data is None)


def test_without_limits_no_size_is_wrong() -> None:
    assert reject_by_size((1, 1000), None) is None


def test_workers_need_no_torch() -> None:
    code = "import sys, artgan.data.prepare, artgan.data.workers; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
