"""Writing whole or not at all, and reading with limits."""

import errno
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from artgan.errors import OutputError, PictureError
from artgan.io import files
from artgan.io.files import atomic_writer, check_writable, quoted, read_bytes


def one_line(error: pytest.ExceptionInfo[Any]) -> str:
    text = str(error.value)
    assert "\n" not in text
    return text


def write(path: Path, data: bytes = b"new", force: bool = False) -> None:
    with atomic_writer(path, force=force) as stream:
        stream.write(data)


def test_writes_and_makes_the_folders(tmp_path: Path) -> None:
    out = tmp_path / "a" / "b" / "out.bin"
    write(out, b"x" * 100_000)
    assert out.read_bytes() == b"x" * 100_000
    assert [p.name for p in out.parent.iterdir()] == ["out.bin"]


@pytest.mark.parametrize("umask", [0o022, 0o077, 0o002])
def test_mode_follows_the_umask(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        write(tmp_path / "out")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o666 & ~umask


def test_existing_file_needs_force(tmp_path: Path) -> None:
    out = tmp_path / "out.png"
    out.write_bytes(b"old")
    for call in (lambda: check_writable(out, force=False), lambda: write(out)):
        with pytest.raises(OutputError) as error:
            call()
        assert "exists already; give --force to replace it or another --out" in one_line(error)
    assert out.read_bytes() == b"old"
    check_writable(out, force=True)
    write(out, force=True)
    assert out.read_bytes() == b"new"


def test_file_that_appears_meanwhile_is_kept(tmp_path: Path) -> None:
    out = tmp_path / "out"

    def lose_the_race() -> None:
        with atomic_writer(out, force=False) as stream:
            stream.write(b"mine")
            out.write_bytes(b"theirs")

    with pytest.raises(OutputError, match="exists already"):
        lose_the_race()
    assert out.read_bytes() == b"theirs"
    assert list(tmp_path.iterdir()) == [out]


@pytest.mark.parametrize("raised", [ValueError("bug"), KeyboardInterrupt(), SystemExit(1), OSError(errno.ENOENT, "x")])
def test_exception_leaves_nothing_and_passes_through(tmp_path: Path, raised: BaseException) -> None:
    old = tmp_path / "old"
    old.write_bytes(b"old")

    def fail_half_way(out: Path) -> None:
        with atomic_writer(out, force=True) as stream:
            stream.write(b"half")
            stream.flush()
            raise raised

    for out in (old, tmp_path / "new" / "deep" / "out"):
        with pytest.raises(type(raised)) as error:
            fail_half_way(out)
        assert error.value is raised
    assert old.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [old]


@pytest.mark.parametrize("size", [10, 1_000_000], ids=["fails on flush", "fails in the block"])
def test_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """/dev/full refuses every byte with ENOSPC: as real as a full disk, without one."""
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full on this system")
    true_open = Path.open

    def open_full(self: Path, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
        if mode != "xb":
            return true_open(self, mode, *args, **kwargs)
        true_open(self, "xb").close()
        return true_open(Path("/dev/full"), "wb")

    monkeypatch.setattr(Path, "open", open_full)
    with pytest.raises(OutputError) as error:
        write(tmp_path / "out.png", b"x" * size)
    assert one_line(error) == f"cannot write {quoted(tmp_path / 'out.png')}: the disk is full"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.EACCES, "no permission to write"),
        (errno.EROFS, "the file system is read-only"),
        (errno.EDQUOT, "quota"),
        (errno.ENOSPC, "the disk is full"),
    ],
)
def test_refused_by_the_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, words: str) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(OutputError) as error:
        write(tmp_path / "new" / "out.png")
    assert words in one_line(error)
    assert list(tmp_path.iterdir()) == []


def test_read_only_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "access", lambda *_: False)  # permission bits do not bind the superuser
    for call in (check_writable, lambda path, force: write(path, force=force)):
        with pytest.raises(OutputError) as error:
            call(tmp_path / "not" / "yet" / "out.png", force=False)
        assert f"the folder {quoted(tmp_path)} is read-only" in one_line(error)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="no /proc")
def test_folder_that_takes_no_files() -> None:
    with pytest.raises(OutputError) as error:
        write(Path("/proc/self/out.png"))
    assert "cannot write '/proc/self/out.png'" in one_line(error)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("folder", "it is a folder"),
        ("file/out.png", "a folder of its path is a file"),
        ("x" * 300 + ".png", "the name is too long"),
        ("circle", "circle"),
        ("pipe", "device or pipe"),
        ("a\0b", "character"),
    ],
)
@pytest.mark.parametrize("force", [False, True])
def test_impossible_names(tmp_path: Path, name: str, words: str, force: bool) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    (tmp_path / "circle").symlink_to("circle")
    os.mkfifo(tmp_path / "pipe")
    before = sorted(tmp_path.iterdir())
    for call in (check_writable, lambda path, force: write(path, force=force)):
        with pytest.raises(OutputError) as error:
            call(tmp_path / name, force=force)
        assert words in one_line(error)
    assert sorted(tmp_path.iterdir()) == before


def test_device_is_never_replaced() -> None:
    with pytest.raises(OutputError, match="device or pipe"):
        write(Path(os.devnull), force=True)
    assert not stat.S_ISREG(Path(os.devnull).stat().st_mode)


def test_longest_name_works(tmp_path: Path) -> None:
    write(tmp_path / ("x" * 251 + ".png"))


def test_symlink_is_followed(tmp_path: Path) -> None:
    (tmp_path / "target").write_bytes(b"old")
    link = tmp_path / "link"
    link.symlink_to("target")
    write(link, force=True)
    assert link.is_symlink()
    assert (tmp_path / "target").read_bytes() == b"new"


def test_check_creates_nothing(tmp_path: Path) -> None:
    check_writable(tmp_path / "a" / "b" / "out.png", force=False)
    assert list(tmp_path.iterdir()) == []


def test_relative_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    check_writable(Path("sub/out"), force=False)
    write(Path("out"))
    write(Path("sub/out"))
    assert Path("out").read_bytes() == Path("sub/out").read_bytes() == b"new"


def test_quoted_stays_on_one_line() -> None:
    assert quoted("a\nb\x1b[2J'é.png") == "'a\\nb\\x1b[2J'é.png'"
    quoted("bad\udcff").encode("utf-8")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("portrat.jpg", "no such file. Did you mean 'portrait.jpg'?"),
        ("PORTRAIT.JPG", "no such file. Did you mean 'portrait.jpg'?"),
        ("zzz", "no such file"),
        ("nowhere/portrait.jpg", "there is no folder"),
        ("portrait.jpg/x", "there is no folder"),
        ("folder", "it is a folder"),
        ("x" * 300, "the name is too long"),
        ("a\0b", "character"),
    ],
)
def test_missing_files(tmp_path: Path, name: str, words: str) -> None:
    (tmp_path / "portrait.jpg").touch()
    (tmp_path / "folder").mkdir()
    with pytest.raises(PictureError) as error:
        read_bytes(tmp_path / name)
    assert one_line(error).endswith(words) or words in one_line(error)


def test_permission_denied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "secret.png"
    path.touch()

    def refuse(*_: Any, **__: Any) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(PictureError, match="permission denied"):
        read_bytes(path)


def test_endless_input_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_BYTES", 3 * 2**20)
    if not Path("/dev/zero").exists():
        pytest.skip("no /dev/zero on this system")
    with pytest.raises(PictureError, match="longer than 3 MiB"):
        read_bytes(Path("/dev/zero"))
