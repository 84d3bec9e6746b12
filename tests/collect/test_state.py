import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from artgan.collect.candidates import Candidate
from artgan.collect.state import Kept, State
from artgan.errors import OutputError


def candidate(number: int, **more: Any) -> Candidate:
    return Candidate(source="list", source_id=str(number), image_url=f"https://a.example/{number}", **more)


KEPT = Kept(
    file="images/ab/list-0.jpg",
    sha256="ab",
    bytes=5,
    mime="image/jpeg",
    width=3,
    height=4,
    hashes=None,
    http_status=200,
    fetched_at="2026-01-01T00:00:00+00:00",
)


def test_items_and_what_becomes_of_them(tmp_path: Path) -> None:
    state = State(tmp_path / "new" / "state.sqlite")
    for number in range(4):
        assert state.add(candidate(number, title="é\n'", tags=("a",))) is None
    assert state.add(candidate(0)) == "pending"
    state.keep(candidate(0), KEPT)
    state.close_item("list-1", "failed", "timeout", 503)
    state.close_item("list-2", "skipped", "duplicate")
    assert state.add(candidate(0)) == "ok"
    assert state.reasons("failed") == {"timeout": 1}
    state.close()

    state = State(tmp_path / "new" / "state.sqlite")
    items = state.items()
    assert [item.status for item in items] == ["ok", "failed", "skipped", "pending"]
    assert items[0].kept == KEPT
    assert items[0].candidate == candidate(0, title="é\n'", tags=("a",))
    assert [item.candidate.source_id for item in state.items("failed")] == ["1"]
    assert not state.is_empty()
    assert State(None).is_empty()
    assert state.key_of_address("https://a.example/2") == "list-2"
    state.close()


def test_pings_are_owed_once(tmp_path: Path) -> None:
    state = State(None)
    for number in range(2):
        owed = candidate(number, ping_url="https://a.example/ping")
        state.add(owed)
        state.keep(owed, KEPT)
    assert state.pings_owed() == 1
    assert state.next_ping(2) == "https://a.example/ping"
    for _ in range(2):
        state.ping_tried("https://a.example/ping", done=False)
    assert state.next_ping(2) is None
    assert state.pings_owed() == 1
    state.retry_pings()
    assert state.next_ping(2) is not None
    state.ping_tried("https://a.example/ping", done=True)
    state.keep(owed, KEPT)
    assert state.pings_owed() == 0
    state.close()


def test_pages_are_kept_for_a_month() -> None:
    state = State(None)
    state.keep_page("k", "u", 200, {"a": "b"}, "text")
    assert state.page("k") == ("u", 200, {"a": "b"}, "text")
    state.forget_pages()
    assert state.page("k") is None
    state.close()


def test_one_run_at_a_time(tmp_path: Path) -> None:
    state = State(tmp_path / "state.sqlite")
    code = "import sys, pathlib; from artgan.collect.state import State; State(pathlib.Path(sys.argv[1]))"
    command = [sys.executable, "-c", code, str(tmp_path / "state.sqlite")]
    second = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "another artgan is collecting into" in second.stderr
    with pytest.raises(OutputError, match="let it end first"):
        State(tmp_path / "state.sqlite")
    state.close()
    State(tmp_path / "state.sqlite").close()


@pytest.mark.parametrize(
    "content", [b"no database at all, but long enough to be one" * 50, b"SQLite format 3\0" + bytes(500)]
)
def test_a_damaged_file(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "state.sqlite").write_bytes(content)
    with pytest.raises(OutputError, match="move it away"):
        State(tmp_path / "state.sqlite")
    assert (tmp_path / "state.sqlite").read_bytes() == content


def test_a_file_of_the_future(tmp_path: Path) -> None:
    state = State(tmp_path / "state.sqlite")
    state.set_fact("version", 99)
    state.close()
    with pytest.raises(OutputError, match="version 99"):
        State(tmp_path / "state.sqlite")


def test_a_folder_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot write"):
        State(tmp_path / "file" / "state.sqlite")


def test_a_full_disk_is_one_line(tmp_path: Path) -> None:
    state = State(tmp_path / "state.sqlite")
    state._sql.execute("PRAGMA max_page_count = 12")

    def fill() -> None:
        for number in range(1000):
            state.add(candidate(number, title="x" * 500))

    with pytest.raises(OutputError, match="the disk is full") as caught:
        fill()
    assert "\n" not in str(caught.value)
    assert len(state.items()) > 0
    state.close()
    assert sqlite3.connect(tmp_path / "state.sqlite").execute("PRAGMA integrity_check").fetchone() == ("ok",)
