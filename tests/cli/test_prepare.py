"""`artgan prepare` as typed."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import Run
from photographs import save

Artgan = Callable[..., Run]


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    for number in range(8):
        save(tmp_path / "photos" / f"{number}.jpg", number)
    return tmp_path / "photos"


def test_a_folder_becomes_a_dataset(artgan: Artgan, photos: Path, tmp_path: Path) -> None:
    (photos / "bad.jpg").write_bytes(b"\xff\xd8\xff broken")
    run = artgan("prepare", photos, "--size", "16", "--processes", "1", "-o", tmp_path / "set")
    assert run.code == 0
    assert run.lines == [str(tmp_path / "set")]
    assert "kept" in run.err
    assert "1 picture is damaged and left out" in run.err


def test_json_is_one_document(artgan: Artgan, photos: Path, tmp_path: Path) -> None:
    run = artgan("prepare", photos, "--size", "16", "-q", "--json", "-o", tmp_path / "set")
    (result,) = json.loads(run.out)["results"]
    assert result["pictures"] == 8
    assert result["path"] == str(tmp_path / "set")
    assert run.err == ""


def test_a_dry_run_says_counts_and_writes_nothing(artgan: Artgan, photos: Path, tmp_path: Path) -> None:
    run = artgan("prepare", photos, "--size", "16", "--dry-run", "-o", tmp_path / "set")
    assert (run.code, run.out) == (0, b"")
    assert "to be prepared" in run.err
    assert not (tmp_path / "set").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ([], 2, "no inputs"),
        (["missing/"], 1, "cannot read 'missing/'"),
        (["photos", "--size", "3"], 2, "--size is at least 16"),
        (["photos", "--crop", "middle"], 2, "'middle' is not one of"),
        (["photos", "--where", "hair=rde"], 2, "Did you mean 'red'?"),
        (["photos", "--cascade", "x.xml"], 2, "--cascade goes with --crop faces"),
        (["photos", "--crops-per-picture", "2"], 2, "--crops-per-picture goes with"),
        (["photos", "--size", "1024"], 1, "no picture is left of 8: 8 too_small; see --min-side"),
        (["synthetic:face"], 2, "Did you mean 'faces'?"),
    ],
)
def test_mistakes_are_one_line(  # type: ignore[no-untyped-def]
    artgan: Artgan, photos: Path, monkeypatch, arguments: list[str], code: int, message: str
) -> None:
    monkeypatch.chdir(photos.parent)
    run = artgan("prepare", *arguments)
    assert (run.code, run.out) == (code, b"")
    assert message in run.err
    assert run.err.count("\n") == 1


def test_ctrl_c_ends_a_dry_run_at_once(tmp_path: Path) -> None:
    save(tmp_path / "photos" / "0.jpg", 0)
    script = "import os, signal, artgan.pipelines.estimate as estimate\n"
    script += "from artgan.cli.app import main\n"
    script += "def interrupted(*_):\n    os.kill(os.getpid(), signal.SIGINT)\n    raise SystemExit('went on')\n"
    script += "estimate.disk_bytes = interrupted\n"  # after the first progress was told
    script += "import sys\nsys.argv = ['artgan', 'prepare', sys.argv[1], '--dry-run']\nsys.exit(main())\n"
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "photos")], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (130, "")
    assert "went on" not in done.stderr
    assert "Traceback" not in done.stderr


def test_ctrl_c_stops_and_the_same_command_goes_on(photos: Path, tmp_path: Path) -> None:
    for number in range(8, 120):
        save(photos / f"{number}.jpg", number)
    out = tmp_path / "set"
    options = ["--size", "16", "--processes", "2", "-o", str(out)]
    command = [sys.executable, "-m", "artgan", "prepare", str(photos), *options]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)
    journal = out / ".prepare" / "journal.jsonl"
    deadline = time.monotonic() + 30
    while not journal.exists() or journal.read_bytes().count(b"\n") < 10:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.002)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: the workers, too
    printed, told = process.communicate(timeout=30)
    assert process.returncode == 130, told
    assert printed == b""
    assert b"the same command goes on from there" in told
    assert b"Traceback" not in told
    done = subprocess.run(command, capture_output=True, check=True)
    assert done.stdout.decode().strip() == str(out)
    assert json.loads((out / "dataset.json").read_text())["pictures"] == 120
