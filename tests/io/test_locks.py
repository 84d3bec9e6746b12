"""One run a folder at a time, freed by a kill."""

import subprocess
import sys
from pathlib import Path

import pytest

from artgan.errors import OutputError
from artgan.io import locks
from artgan.io.locks import LOCK, only_run

HOLD = "import sys, time, pathlib\nfrom artgan.io.locks import only_run\n"
HOLD += "with only_run(pathlib.Path(sys.argv[1])):\n    print('held', flush=True)\n    time.sleep(60)\n"


def test_a_second_run_is_told_and_a_kill_frees(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "set"
    with subprocess.Popen([sys.executable, "-c", HOLD, str(folder)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        with (
            pytest.raises(OutputError, match=r"another artgan is writing into '.*set': let it end first"),
            only_run(folder),
        ):
            pass
        process.kill()
    assert (folder / LOCK).exists()
    with only_run(folder):
        (folder / "x").touch()
    assert [path.name for path in folder.iterdir()] == ["x"]


def test_nothing_is_left_of_a_run_that_wrote_nothing(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), only_run(tmp_path / "set"):
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_a_file_removed_by_the_run_that_ended_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock, opened = locks._lock, []

    def late(stream: object) -> None:
        if not opened:
            (tmp_path / LOCK).unlink()
        opened.append(stream)
        lock(stream)  # type: ignore[arg-type]

    monkeypatch.setattr(locks, "_lock", late)
    with only_run(tmp_path):
        assert len(opened) == 2
        with pytest.raises(OutputError, match="another artgan"), only_run(tmp_path):
            pass


def test_a_place_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="a folder of its path is a file"), only_run(tmp_path / "file" / "set"):
        pass
