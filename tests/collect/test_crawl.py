import io
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from PIL import Image, ImageOps

from artgan.collect.candidates import Candidate, Estimate
from artgan.collect.crawl import CrawlOptions, CrawlReport, crawl
from artgan.collect.pictures import Wanted
from artgan.collect.sources.challenges import ChallengeError
from artgan.errors import NetworkError, OutputError
from artgan.events import Event, FolderDone, ItemsProgress, Note, Summary
from artgan.io.failures import Reason
from artgan.io.manifest import read_manifest

Photo = Callable[..., bytes]


class Given:
    """A source of candidates that are given; it counts how many were taken."""

    name = "list"
    hosts = None

    def __init__(self, candidates: Iterable[Candidate | Exception]) -> None:
        self._candidates = candidates
        self.taken = 0

    def candidates(self, client: Any) -> Iterator[Candidate]:
        for candidate in self._candidates:
            if isinstance(candidate, Exception):
                raise candidate
            self.taken += 1
            yield candidate

    def estimate(self, client: Any, n: int) -> Estimate:
        return Estimate(pictures=n, requests=n, bytes=None)


class Runs:
    """Crawls into one folder and remembers what was told."""

    def __init__(self, folder: Path, options: Any) -> None:
        self.folder, self.options = folder, options
        self.events: list[Event] = []

    def __call__(self, candidates: Any, *, stop: Callable[[], bool] = lambda: False, **more: Any) -> CrawlReport:
        self.source = Given(candidates)
        self.events.clear()
        return crawl(
            self.source,
            self.folder,
            client_options=self.options,
            options=CrawlOptions(**more),
            listener=self.events.append,
            should_stop=stop,
        )

    @property
    def rows(self) -> list[dict[str, Any]]:
        return read_manifest(self.folder / "manifest.jsonl")

    @property
    def files(self) -> list[str]:
        images = self.folder / "images"
        return sorted(path.relative_to(self.folder).as_posix() for path in images.rglob("*") if path.is_file())

    @property
    def notes(self) -> str:
        return "\n".join(event.text for event in self.events if isinstance(event, Note))


@pytest.fixture
def run(tmp_path: Path, quick: Any) -> Runs:
    return Runs(tmp_path / "set", quick)


def candidate(source_id: str, url: str, **more: Any) -> Candidate:
    return Candidate(source="list", source_id=source_id, image_url=url, **more)


@pytest.fixture
def some(server: Any, photo: Photo) -> Callable[[int], list[Candidate]]:
    def make(count: int) -> list[Candidate]:
        return [
            candidate(f"a{i}", server.add(f"/{i}", photo(seed=i), headers={"ETag": f'"{i}"'})) for i in range(count)
        ]

    return make


def test_a_small_collection(run: Runs, some: Any, photo: Photo) -> None:
    report = run([replace(c, title="T", license="CC0", ai_training="allowed", tags=("x",)) for c in some(12)])
    assert (report.kept, report.new, report.interrupted) == (12, 12, False)
    assert report.requests == 13
    rows = run.rows
    assert [row["id"] for row in rows] == [f"list-a{i}" for i in range(12)]
    assert run.files == sorted(row["file"] for row in rows)
    for i, row in enumerate(rows):
        data = (run.folder / row["file"]).read_bytes()
        assert data == photo(seed=i)
        assert row["file"] == f"images/{row['sha256'][:2]}/list-a{i}.jpg"
        assert (row["width"], row["height"], row["bytes"], row["mime"]) == (96, 80, len(data), "image/jpeg")
        assert (row["status"], row["reason"], row["http_status"], row["tags"]) == ("ok", None, 200, ["x"])
        assert row["fetched_at"].startswith("20")
    assert "12: their licence allows training" in (run.folder / "CREDITS.md").read_text()
    assert sorted(path.name for path in run.folder.iterdir()) == [
        "CREDITS.md",
        "images",
        "manifest.jsonl",
        "state.sqlite",
    ]
    last = [event for event in run.events if isinstance(event, ItemsProgress)][-1]
    assert (last.activity, last.done, last.total) == ("fetching", 12, None)
    assert last.per_second > 0
    assert any(isinstance(event, Summary) for event in run.events)
    assert isinstance(run.events[-1], FolderDone)


def test_n_pictures_are_kept_and_no_more_are_asked_for(run: Runs, some: Any, server: Any) -> None:
    candidates = some(60)
    server.misbehave("/1", "html")
    assert run(candidates, n=5).kept == 5
    assert len(run.files) == 5
    assert sum(server.counts().values()) == 6
    assert run.source.taken < 60
    report = run(candidates, n=8)  # more of it, later
    assert (report.kept, report.new) == (8, 3)
    assert sum(server.counts().values()) == 9
    report = run(candidates, n=8)
    assert (report.kept, report.new, report.requests) == (8, 0, 0)
    assert run.source.taken == 0  # who has enough asks nobody


def test_endless_sources_end(run: Runs, some: Any) -> None:
    candidates = some(3)

    def circle() -> Iterator[Candidate]:
        while True:
            yield from candidates

    report = run(circle(), n=100, max_repeats=20)
    assert report.kept == 3
    assert "offers the same 3 pictures again" in run.notes


def test_other_ids_of_the_same_address_are_not_endless_either(run: Runs, some: Any, server: Any) -> None:
    (one,) = some(1)
    numbers = iter(range(10**9))
    assert run((replace(one, source_id=f"n{i}") for i in numbers), n=100).kept == 1
    assert server.counts()["/0"] == 1


def test_duplicates_are_kept_out(run: Runs, server: Any, photo: Photo) -> None:
    mirrored = io.BytesIO()
    ImageOps.mirror(Image.open(io.BytesIO(photo(seed=1)))).save(mirrored, "JPEG", quality=90)
    bodies = [photo(seed=1), photo(seed=1), photo(seed=1, quality=50), photo(seed=1, format="PNG"), mirrored.getvalue()]
    bodies += [photo(seed=2), photo(seed=3)]
    candidates = [candidate(str(i), server.add(f"/{i}", body)) for i, body in enumerate(bodies)]
    report = run(candidates)
    assert report.kept == 3
    assert report.skipped == {"duplicate": 4}
    assert Counter(row["status"] for row in run.rows) == {"ok": 3, "skipped": 4}
    more = [candidate("late", server.add("/late", photo(seed=2, quality=60)))]
    assert run(more).skipped == {"duplicate": 5}  # also of an earlier run


def test_what_a_source_refuses_is_in_the_manifest_and_not_asked_for(run: Runs, some: Any, server: Any) -> None:
    one, two = some(2)
    report = run([replace(one, refused=Reason.LICENCE, license="CC BY-NC"), two])
    assert (report.kept, report.skipped, report.failed) == (1, {"licence": 1}, {})
    row = run.rows[0]
    assert (row["status"], row["reason"], row["license"]) == ("skipped", "licence", "CC BY-NC")
    assert set(server.counts()) == {"/1"}
    assert run([], retry_failed=True).skipped == {"licence": 1}


def test_only_exact_duplicates(run: Runs, server: Any, photo: Photo) -> None:
    bodies = [photo(seed=1), photo(seed=1), photo(seed=1, quality=50)]
    report = run([candidate(str(i), server.add(f"/{i}", body)) for i, body in enumerate(bodies)], threshold=None)
    assert (report.kept, report.skipped) == (2, {"duplicate": 1})


def test_failures_by_reason_and_only_they_are_tried_again(run: Runs, some: Any, server: Any, photo: Photo) -> None:
    good = some(3)
    server.misbehave("/half", *["short"] * 7)
    server.misbehave("/busy", *["503"] * 7)
    server.add("/gone", b"", status=404)
    server.add("/optout", photo(seed=20), headers={"X-Robots-Tag": "noai"})
    server.misbehave("/disguised", "disguised html")
    server.add("/small", photo(seed=21, width=32, height=32))
    server.add("/torn", photo(seed=22)[:-200])
    for seed, path in enumerate(("/half", "/busy", "/disguised"), start=10):
        server.add(path, photo(seed=seed))
    bad = [
        candidate(name, f"{server.url}/{name}")
        for name in ("half", "busy", "gone", "optout", "disguised", "small", "torn")
    ]
    bad += [
        candidate("dead", "http://127.0.0.1:1/x"),
        candidate("odd", "http://[::1"),
        candidate("file", "file:///etc/passwd"),
    ]
    report = run([*bad, *good])
    assert report.kept == 3
    assert report.skipped == {"opt_out": 1, "too_small": 1}
    assert report.failed == {
        "blocked_address": 2,
        "connection": 1,
        "http_4xx": 1,
        "http_5xx": 1,
        "not_image": 1,
        "truncated": 2,
    }
    by_id = {row["source_id"]: row for row in run.rows}
    assert (by_id["gone"]["http_status"], by_id["gone"]["reason"]) == (404, "http_4xx")
    before = server.counts()
    report = run([], retry_failed=True)
    assert run.source.taken == 0
    assert (report.kept, report.new) == (6, 3)
    asked = set(server.counts() - before)
    assert asked == {"/half", "/busy", "/gone", "/disguised", "/torn"}
    assert report.skipped == {"opt_out": 1, "too_small": 1}


def test_failures_stay_in_the_manifest_when_enough_is_here(run: Runs, some: Any, server: Any) -> None:
    candidates = some(3)
    server.add("/0", b"", status=404)
    assert run(candidates, n=2).failed == {"http_4xx": 1}
    report = run([], n=2, retry_failed=True)
    assert (report.kept, report.failed) == (2, {"http_4xx": 1})
    assert [row["status"] for row in run.rows] == ["failed", "ok", "ok"]
    assert server.counts()["/0"] == 1


def test_failed_ones_rest_until_asked_for(run: Runs, some: Any, server: Any) -> None:
    candidates = some(2)
    server.add("/0", b"", status=404)
    assert run(candidates).failed == {"http_4xx": 1}
    assert run(candidates).failed == {"http_4xx": 1}
    assert server.counts()["/0"] == 1


def test_sizes_that_are_wanted(run: Runs, server: Any, photo: Photo) -> None:
    bodies = [photo(seed=0, width=300, height=300), photo(seed=1, width=100, height=300), photo(seed=2)]
    candidates = [candidate(str(i), server.add(f"/{i}", body)) for i, body in enumerate(bodies)]
    report = run(candidates, wanted=Wanted(min_side=90, max_aspect=2))
    assert (report.kept, report.skipped) == (1, {"aspect": 1, "too_small": 1})


def test_an_interrupt_parks_what_is_on_its_way(run: Runs, some: Any, server: Any, photo: Photo) -> None:
    candidates = some(30)
    server.misbehave("/20", "drip")
    here: list[float] = []

    def stop() -> bool:
        if not here and len(run.files) == 29 and list((run.folder / ".parts").glob("*.json")):
            here.append(monotonic())
        return bool(here)

    report = run(candidates, stop=stop)
    assert monotonic() - here[0] < 3
    assert report.interrupted
    assert report.kept == 29
    assert len(run.rows) == 29
    assert len(list((run.folder / ".parts").iterdir())) == 2
    report = run(candidates)
    assert (report.kept, report.new) == (30, 1)
    assert server.asked[-1].headers["range"].startswith("bytes=")
    assert (run.folder / run.rows[20]["file"]).read_bytes() == photo(seed=20)
    assert not (run.folder / ".parts").exists()


def test_pictures_taken_away_do_not_come_back(run: Runs, some: Any, server: Any) -> None:
    candidates = some(3)
    run(candidates)
    (run.folder / run.files[0]).unlink()
    report = run(candidates)
    assert (report.kept, report.new) == (2, 0)
    assert report.skipped == {"removed": 1}
    assert "1 pictures were removed by hand" in run.notes
    assert sum(server.counts().values()) == 3
    gone = next(row for row in run.rows if row["reason"] == "removed")
    elsewhere = candidate("b", server.add("/elsewhere", server.pages[gone["image_url"].removeprefix(server.url)].body))
    assert run([elsewhere]).skipped == {"removed": 1, "duplicate": 1}


def test_a_file_that_a_kill_left_is_replaced(run: Runs, some: Any) -> None:
    candidates = some(2)
    run(candidates[:1])
    from artgan.collect.state import State

    state = State(run.folder / "state.sqlite")
    state.add(candidates[1])
    state.close()
    orphan = run.folder / "images" / "zz" / "list-a1.png"
    orphan.parent.mkdir()
    orphan.write_bytes(b"moved, but not noted")
    assert run([]).kept == 2
    assert not orphan.exists()
    assert run.files == sorted(row["file"] for row in run.rows)


def test_what_a_kill_left_is_told_from_the_pictures_of_like_ids(run: Runs, some: Any) -> None:
    one, two = some(2)
    run([replace(one, source_id="1915.4")])
    from artgan.collect.state import State

    state = State(run.folder / "state.sqlite")
    state.add(replace(two, source_id="1915"))
    state.close()
    assert run([]).kept == 2
    assert [Path(name).name for name in sorted(run.files, key=len)] == ["list-1915.jpg", "list-1915.4.jpg"]


def test_pings_are_sent_once(run: Runs, some: Any, server: Any) -> None:
    server.add("/ping", "{}")
    server.add("/ping2", "{}")
    server.misbehave("/ping2", *["503"] * 30)
    candidates = [
        replace(c, ping_url=f"{server.url}/ping{'2' if i == 0 else ''}?id={i}") for i, c in enumerate(some(4))
    ]
    report = run(candidates)
    assert report.kept == 4
    assert report.pings_owed == 1
    server.turns.clear()
    assert run(candidates).pings_owed == 0
    counts = server.counts()
    assert [counts[f"/ping?id={i}"] for i in (1, 2, 3)] == [1, 1, 1]


def test_a_source_that_fails_keeps_what_is_here(run: Runs, some: Any) -> None:
    candidates = some(4)
    with pytest.raises(ChallengeError, match="prove"):
        run([*candidates[:3], ChallengeError("a.example asks visitors to prove to be people"), candidates[3]])
    assert len(run.rows) == 3
    assert (run.folder / "CREDITS.md").exists()
    assert run(candidates).kept == 4


def test_a_host_that_challenges_ends_the_run(run: Runs, server: Any) -> None:
    page = "<title>Making sure you&#39;re not a bot!</title><script src='/.within.website/x/cmd/anubis/x.mjs'>"
    candidates = [candidate(str(i), server.add(f"/{i}", page, type="text/html")) for i in range(50)]
    with pytest.raises(NetworkError, match="prove to be people"):
        run(candidates)
    assert sum(server.counts().values()) < 10
    assert {row["reason"] for row in run.rows} == {"challenge"}


def test_robots_hold_for_pictures(run: Runs, some: Any, server: Any) -> None:
    server.add("/robots.txt", "User-agent: *\nDisallow: /1", type="text/plain")
    report = run(some(3))
    assert (report.kept, report.skipped) == (2, {"robots": 1})


def test_robots_that_fail_for_now_lose_nothing(run: Runs, some: Any, server: Any) -> None:
    server.add("/robots.txt", "", type="text/plain", status=503)
    report = run(some(3))
    assert (report.kept, report.failed, report.skipped) == (0, {"http_5xx": 3}, {})
    server.add("/robots.txt", "", type="text/plain")
    assert run([], retry_failed=True).kept == 3


def test_a_host_gets_no_more_connections_than_it_should(run: Runs, server: Any, photo: Photo) -> None:
    now, most, lock = [0], [0], threading.Lock()
    bodies = [photo(seed=i) for i in range(24)]

    def answer(path: str, headers: Any) -> Any:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        threading.Event().wait(0.05)
        with lock:
            now[0] -= 1
        return server.page(body=bodies[int(path[1:])], type="image/jpeg")

    for i in range(24):
        server.pages[f"/{i}"] = answer
    run.options = replace(run.options, connections=3)
    assert run([candidate(str(i), f"{server.url}/{i}") for i in range(24)]).kept == 24
    assert 1 < most[0] <= 3
    assert len({asked.client for asked in server.asked}) <= 4


def test_ids_that_differ_in_case_only(run: Runs, some: Any) -> None:
    one, two = some(2)
    assert run([replace(one, source_id="aB"), replace(two, source_id="Ab")]).kept == 2
    assert len(run.files) == 2


def test_a_full_disk_ends_the_run_and_loses_nothing(run: Runs, some: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from artgan.io import download

    candidates = some(6)
    run(candidates[:2])
    real = download.os.fsync

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(download.os, "fsync", full)
    with monkeypatch.context() as patched:
        patched.setattr("artgan.io.files.fsync", real)
        with pytest.raises(OutputError, match="the disk is full; what is here is safe") as caught:
            run(candidates)
    assert "\n" not in str(caught.value)
    monkeypatch.setattr(download.os, "fsync", real)
    assert len(run.rows) == 2
    assert run(candidates).kept == 6


def test_a_disk_too_full_even_for_the_manifest(run: Runs, some: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a folder that this run has made: it must not pass for one where nothing came of it."""
    from artgan.io import download

    real, calls = download.os.fsync, iter(range(1000))

    def full(descriptor: int) -> None:
        if next(calls) >= 3:
            raise OSError(28, "No space left on device")
        real(descriptor)

    with monkeypatch.context() as patched:
        patched.setattr(download.os, "fsync", full)
        patched.setattr("artgan.io.files.fsync", full)
        with pytest.raises(OutputError, match="the disk is full"):
            run(some(6))
    assert len(run.files) == 3
    assert not (run.folder / "manifest.jsonl").exists()
    report = run(some(6))
    assert (report.kept, report.new) == (6, 3)


def test_a_run_that_comes_second_leaves_a_new_folder_alone(
    run: Runs, some: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from artgan.collect.state import State

    run.folder.mkdir()
    first = State(run.folder / "state.sqlite")
    with monkeypatch.context() as patched:  # both have looked before either made the folder
        patched.setattr(Path, "exists", lambda path: False)
        with pytest.raises(OutputError, match="another artgan is collecting"):
            run(some(1))
    assert (run.folder / "state.sqlite").exists()
    first.close()


def test_two_runs_in_one_folder(run: Runs, some: Any) -> None:
    from artgan.collect.state import State

    run(some(1))
    state = State(run.folder / "state.sqlite")
    with pytest.raises(OutputError, match="another artgan is collecting"):
        run(some(2))
    state.close()
    assert len(run.rows) == 1


def test_a_bug_of_a_source_is_not_hidden(run: Runs, some: Any) -> None:
    with pytest.raises(ZeroDivisionError):
        run([*some(2), ZeroDivisionError()])
    assert len(run.rows) == 2


def test_names_never_come_from_the_network(run: Runs, server: Any, photo: Photo) -> None:
    url = server.add("/x/evil.php", photo(), headers={"Content-Disposition": 'attachment; filename="../../../evil.sh"'})
    run([candidate("1", url, title="../../x")])
    assert [Path(name).name for name in run.files] == ["list-1.jpg"]
    assert json.dumps(run.rows[0]).count("evil") == 1  # in the address
