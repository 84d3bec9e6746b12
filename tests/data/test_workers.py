"""Work in processes: all of it, once, and a clean end."""

import os
import subprocess
import sys
import textwrap
import time
from functools import partial
from operator import mul
from pathlib import Path

import pytest

from artgan.data.workers import usable_cores, work
from artgan.errors import ArtganError


@pytest.mark.parametrize("processes", [1, 2])
def test_every_item_once(processes: int) -> None:
    assert sorted(work(partial(mul, 2), range(101), processes=processes)) == list(range(0, 202, 2))


def test_few_items_need_no_processes() -> None:
    assert set(work(_pid, range(20), processes=8)) == {os.getpid()}


def _pid(item: int) -> int:
    return os.getpid()


def test_stops_after_the_items_in_hand() -> None:
    done = []
    for result in work(partial(mul, 1), range(10), processes=1, should_stop=lambda: len(done) == 3):
        done.append(result)
    assert done == [0, 1, 2]


def test_a_killed_worker_is_one_line() -> None:
    with pytest.raises(ArtganError, match="--processes 1 goes on"):
        list(work(os._exit, [3] * 100, processes=2))


def test_cores_are_counted() -> None:
    assert usable_cores() >= 1


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")
def test_workers_end_with_their_parent(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        textwrap.dedent("""
        import os, sys, time
        from pathlib import Path
        from artgan.data.workers import work

        def step(item):
            Path(sys.argv[1], str(os.getpid())).touch()
            time.sleep(0.05)

        if __name__ == "__main__":
            for _ in work(step, range(100000), processes=2):
                pass
        """)
    )
    pids = tmp_path / "pids"
    pids.mkdir()
    parent = subprocess.Popen([sys.executable, script, pids], stderr=subprocess.DEVNULL)
    try:
        _until(lambda: len(list(pids.iterdir())) == 2)
    finally:
        parent.kill()
        parent.wait()
    workers = [int(path.name) for path in pids.iterdir()]
    _until(lambda: not any(_alive(pid) for pid in workers))


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def _until(condition) -> None:  # type: ignore[no-untyped-def]
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "too slow"
        time.sleep(0.05)
