"""Archives: read where they lie, whatever they claim."""

import io
import multiprocessing
import tarfile
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from artgan.data import archives
from artgan.data.archives import is_archive, is_visible, list_archive, read_member
from artgan.errors import PictureError

FILES = {f"d/{n}.jpg": bytes([n]) * (1000 + n) for n in range(40)}


def make_zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in FILES.items():
            archive.writestr(name, data)
        archive.mkdir("empty")


def make_tar(path: Path, mode: str) -> None:
    with tarfile.open(path, f"w:{mode}") as archive:
        for name, data in FILES.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE):
            info = tarfile.TarInfo(f"special{kind.decode()}.jpg")
            info.type, info.linkname = kind, "/etc/hostname"
            archive.addfile(info)


MAKERS: dict[str, Callable[[Path], None]] = {
    "a.zip": make_zip,
    "a.tar": lambda path: make_tar(path, ""),
    "a.tar.gz": lambda path: make_tar(path, "gz"),
    "a.tbz2": lambda path: make_tar(path, "bz2"),
    "a.TAR.XZ": lambda path: make_tar(path, "xz"),
}


@pytest.fixture(params=list(MAKERS))
def archive(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / request.param
    MAKERS[request.param](path)
    return path


def test_all_files_are_read_in_any_order(archive: Path) -> None:
    assert is_archive(archive)
    listing = list_archive(archive)
    assert tuple(listing.sizes) == tuple(FILES)
    assert listing.damage is None
    assert listing.sequential is (archive.suffix not in (".zip", ".tar"))
    for name in reversed(listing.sizes):
        assert read_member(archive, name, "'it'") == FILES[name]
    assert [path.name for path in archive.parent.iterdir()] == [archive.name]  # nothing was unpacked


def test_threads_and_processes_do_not_disturb_each_other(archive: Path) -> None:
    names = list(FILES) * 3
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda name: read_member(archive, name, "'it'") == FILES[name], names)) == [True] * 120
    with multiprocessing.get_context("spawn").Pool(1) as processes:
        assert processes.starmap(read_member, [(archive, name, "'it'") for name in names]) == [FILES[n] for n in names]


@pytest.mark.parametrize("part", [0.3, 0.7, 0.98])
def test_the_rest_of_a_file_that_ends_early_is_lost_and_told(archive: Path, part: float) -> None:
    whole = archive.read_bytes()
    archive.write_bytes(whole[: int(len(whole) * part)])
    listing = list_archive(archive)
    lost = set(FILES) - set(listing.sizes)
    if lost:
        assert listing.damage is not None
        assert "damaged or incomplete" in listing.damage
        with pytest.raises(PictureError, match="damaged or incomplete"):
            read_member(archive, lost.pop(), "'it'")


def test_damage_in_one_file_leaves_the_others(tmp_path: Path) -> None:
    make_zip(path := tmp_path / "a.zip")
    with zipfile.ZipFile(path) as archive:
        place = archive.getinfo("d/7.jpg").header_offset + 30 + len("d/7.jpg") + 3
    data = bytearray(path.read_bytes())
    data[place] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(PictureError, match=r"^cannot read 'it': the archive is damaged here$"):
        read_member(path, "d/7.jpg", "'it'")
    assert read_member(path, "d/8.jpg", "'it'") == FILES["d/8.jpg"]


def test_encrypted_files_are_told(tmp_path: Path) -> None:
    make_zip(path := tmp_path / "a.zip")
    data = path.read_bytes().replace(b"PK\x03\x04\x14\0\0\0", b"PK\x03\x04\x14\0\1\0")
    path.write_bytes(data.replace(b"PK\x01\x02\x14\x03\x14\0\0\0", b"PK\x01\x02\x14\x03\x14\0\1\0"))
    with pytest.raises(PictureError, match="it is encrypted; unpack the archive with its password first"):
        read_member(path, "d/7.jpg", "'it'")


def test_bombs_are_bounded(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_BYTES", 1010)
    assert len(read_member(archive, "d/10.jpg", "'it'")) == 1010
    with pytest.raises(PictureError, match="longer than"):
        read_member(archive, "d/11.jpg", "'it'")


def test_a_sparse_file_is_not_blown_up(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    info = tarfile.TarInfo("a.jpg")
    info.pax_headers = {"GNU.sparse.major": "0", "GNU.sparse.map": "0,1", "GNU.sparse.size": str(2**29)}
    info.size = 1
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as made:
        made.addfile(info, io.BytesIO(b"x"))
    with pytest.raises(PictureError, match="unpack the archive first"):
        read_member(path, next(iter(list_archive(path).sizes)), "'it'")


def test_a_name_that_comes_twice_is_its_last(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    with tarfile.open(path, "w") as made:
        for data in (b"old", b"newer"):
            info = tarfile.TarInfo("a.jpg")
            info.size = len(data)
            made.addfile(info, io.BytesIO(data))
    assert tuple(list_archive(path).sizes) == ("a.jpg",)
    assert read_member(path, "a.jpg", "'it'") == b"newer"


def test_an_archive_that_changes_is_opened_anew(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    for data in (b"1", b"22"):
        with zipfile.ZipFile(path, "w") as made:
            made.writestr("a.jpg", data)
        assert read_member(path, "a.jpg", "'it'") == data


def test_few_archives_stay_open(tmp_path: Path) -> None:
    for number in range(30):
        make_tar(tmp_path / f"{number}.tar", "")
        list_archive(tmp_path / f"{number}.tar")
    handles = [link.resolve() for link in Path("/proc/self/fd").iterdir()] if Path("/proc/self/fd").is_dir() else []
    assert sum(path.parent == tmp_path for path in handles) <= 4


def test_what_is_missing_is_told(tmp_path: Path) -> None:
    assert "no such file" in str(list_archive(tmp_path / "none.zip").damage)
    make_zip(tmp_path / "a.zip")
    with pytest.raises(PictureError, match="'it': it is not in the archive"):
        read_member(tmp_path / "a.zip", "../../etc/passwd", "'it'")


@pytest.mark.parametrize(
    ("name", "visible"),
    [("a/b.jpg", True), ("../b.jpg", True), ("a/.b.jpg", False), (".a/b.jpg", False), ("__MACOSX/b.jpg", False)],
)
def test_hidden_files(name: str, visible: bool) -> None:
    assert is_visible(name) is visible
