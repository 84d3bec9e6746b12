"""Five thousand pictures from a server that misbehaves, through a killed run: every one is there, exactly once."""

import hashlib
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from artgan.io.manifest import read_manifest

PICTURES = 5000
MANNERS = ("429", "503", "reset", "slow", "short", "html", "500", "disguised html", "chunked")
CHILD = """
import sys
from pathlib import Path
from urllib3 import Retry
from artgan.collect.candidates import Candidate
from artgan.collect.client import ClientOptions
from artgan.collect.crawl import CrawlOptions, crawl

class List:
    name, hosts = "list", None
    def __init__(self, url, n):
        self.url, self.n = url, n
    def candidates(self, client):
        for i in range(self.n):
            yield Candidate(source="list", source_id=str(i), image_url=f"{self.url}/{i}.jpg", license="CC0")

url, n, folder, retry = sys.argv[1:]
report = crawl(
    List(url, int(n)), Path(folder),
    client_options=ClientOptions(allow_private=True, per_second=1e6, connections=4),
    options=CrawlOptions(n=int(n), retry_failed=retry == "retry"),
)
print(report.kept, report.new, dict(report.failed), round(report.seconds, 1))
"""


def start(url: str, folder: Path, how: str = "go on") -> subprocess.Popen[str]:
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", CHILD, url, str(PICTURES), str(folder), how]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)


def finish(child: subprocess.Popen[str]) -> str:
    out, err = child.communicate(timeout=120)
    assert child.returncode == 0, err
    return out


def here(folder: Path) -> list[Path]:
    return [path for path in (folder / "images").glob("*/*") if path.is_file()]


def test_every_picture_is_there_once(server: Any, photo: Callable[..., bytes], tmp_path: Path) -> None:
    bodies = {f"/{i}.jpg": photo(seed=i, width=64, height=64) for i in range(PICTURES)}
    digests = {hashlib.sha256(body).hexdigest(): path for path, body in bodies.items()}
    assert len(digests) == PICTURES
    for i, (path, body) in enumerate(bodies.items()):
        server.add(path, body, headers={"ETag": f'"{i}"'})
        if i % 10 == 3:
            server.misbehave(path, MANNERS[i // 10 % len(MANNERS)])
    for i in (1234, 2345, 4321):
        server.misbehave(f"/{i}.jpg", "429 in 1" if i % 2 else "429 date")
    folder = tmp_path / "set"

    child = start(server.url, folder)
    while len(here(folder)) < PICTURES // 2:
        assert child.poll() is None, child.communicate()
        time.sleep(0.05)
    os.kill(child.pid, signal.SIGKILL)
    child.communicate()
    assert PICTURES // 2 <= len(here(folder)) < PICTURES * 3 // 4
    assert not (folder / "manifest.jsonl").exists()

    finish(start(server.url, folder))
    rows = read_manifest(folder / "manifest.jsonl")
    assert len(rows) == PICTURES
    failed = [row for row in rows if row["status"] == "failed"]
    assert {row["reason"] for row in failed} == {"not_image"}  # HTML in its place was believed
    before = server.counts()

    finish(start(server.url, folder, "retry"))
    again = server.counts() - before
    assert sorted(again) == sorted(f"/{row['source_id']}.jpg" for row in failed)

    rows = read_manifest(folder / "manifest.jsonl")
    assert Counter(row["status"] for row in rows) == {"ok": PICTURES}
    assert len({row["id"] for row in rows}) == PICTURES
    files = {path.relative_to(folder).as_posix(): path for path in here(folder)}
    assert files.keys() == {row["file"] for row in rows}
    for row in rows:
        digest = hashlib.sha256(files[row["file"]].read_bytes()).hexdigest()
        assert digest == row["sha256"]
        assert digests.pop(digest) == f"/{row['source_id']}.jpg"
    assert digests == {}
    assert sorted(path.name for path in folder.iterdir()) == ["CREDITS.md", "images", "manifest.jsonl", "state.sqlite"]
    asked = server.counts()
    twice = sum(asked.values()) - PICTURES
    assert twice <= 2 * PICTURES // 10  # what misbehaved, and the few that the kill cut short
