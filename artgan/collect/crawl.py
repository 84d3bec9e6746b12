"""The engine of `artgan scrape`: takes what a source offers until enough pictures are here, and loses none."""

import shutil
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from queue import Empty, SimpleQueue

from artgan.collect.backlog import Backlog
from artgan.collect.candidates import Candidate, Source
from artgan.collect.client import Client, ClientOptions
from artgan.collect.credits import CREDITS, manifest_row, write_credits
from artgan.collect.offers import Ended, Offers
from artgan.collect.pictures import Inspection, UnwantedError, Wanted, inspect
from artgan.collect.pings import Pinger
from artgan.collect.session import host_of
from artgan.collect.state import STATE, Kept, State
from artgan.collect.tally import Tally
from artgan.data.duplicates import THRESHOLD, Hashes, Seen
from artgan.errors import ArtganError, NetworkError, OutputError
from artgan.events import FolderDone, Listener, Note, ignore
from artgan.io.download import Downloaded
from artgan.io.failures import FetchError, Reason, Stopped
from artgan.io.manifest import MANIFEST, write_manifest

_POLL_SECONDS = 0.1
_THREADS = 16
_AHEAD = 32  # offers taken before there is a free thread, so that several hosts can be served
_CHALLENGES = 3  # in a row, and a host wants none of us


@dataclass(frozen=True, kw_only=True)
class CrawlOptions:
    """What to collect."""

    n: int | None = None
    """Pictures wanted in the folder, those of earlier runs included; None: all that the source offers."""
    retry_failed: bool = False
    """Ask for failed pictures again, and for no others."""
    wanted: Wanted = field(default_factory=Wanted)
    threshold: int | None = THRESHOLD
    """Bits in which near duplicates differ at most; None keeps all but exact duplicates."""
    max_repeats: int = 200
    """So many offers in a row that were made before end the run: the source goes in circles."""


@dataclass(frozen=True, kw_only=True)
class CrawlReport:
    """How a run ended; counts are of the folder, but for `new`, `bytes` and `requests`, which are of the run."""

    folder: Path
    kept: int
    new: int
    skipped: Mapping[str, int]
    failed: Mapping[str, int]
    bytes: int
    requests: int
    seconds: float
    pings_owed: int
    interrupted: bool


def crawl(
    source: Source,
    folder: Path,
    *,
    client_options: ClientOptions,
    options: CrawlOptions,
    listener: Listener = ignore,
    should_stop: Callable[[], bool] = lambda: False,
) -> CrawlReport:
    """Collect pictures into `folder`: images/, manifest.jsonl, CREDITS.md, and state.sqlite to go on from.

    A folder that a run has begun, however it ended, is continued. When `should_stop` turns true, what is on its way
    is put aside, the manifest is written and the report returned.

    Raises:
        OutputError: the folder cannot be written, the disk is full, another run is at work in it. What is here stays.
        ChallengeError, NetworkError, UsageError: the source cannot go on. What is here stays, with its manifest;
            a folder that was made for nothing is removed.
    """
    new = not folder.exists()
    state = State(folder / STATE)
    try:
        client = Client(client_options, hosts=source.hosts, state=state, listener=listener)
        try:
            return _Crawl(source, folder, client, state, options, listener, should_stop).run()
        except ArtganError:
            # The state knows, the manifest may not: a full disk keeps it from being written.
            if new and state.is_empty():
                shutil.rmtree(folder, ignore_errors=True)
            raise
        finally:
            client.abort()
            client.close()
    finally:
        state.close()


@dataclass(frozen=True, kw_only=True)
class _Fetched:
    candidate: Candidate
    downloaded: Downloaded | None = None
    inspection: Inspection | None = None
    error: BaseException | None = None


class _Crawl:
    """One run. All bookkeeping happens in the thread that calls `run`; others only fetch and look."""

    def __init__(
        self,
        source: Source,
        folder: Path,
        client: Client,
        state: State,
        options: CrawlOptions,
        listener: Listener,
        should_stop: Callable[[], bool],
    ) -> None:
        self._folder, self._client, self._state = folder, client, state
        self._options, self._listener, self._should_stop = options, listener, should_stop
        self._halves = folder / ".parts"
        self._inbox: SimpleQueue[_Fetched | Candidate | Ended] = SimpleQueue()
        self._offers = Offers(source, client, self._inbox, ahead=_AHEAD, max_repeats=options.max_repeats)
        self._backlog = Backlog()
        self._busy: Counter[str] = Counter()
        self._seen = Seen(threshold=options.threshold or 0)
        self._tally = Tally(listener, options.n)
        self._fault: BaseException | None = None
        self._challenges = 0

    def run(self) -> CrawlReport:
        """Everything, from what an earlier run left to the table at the end."""
        self._halves.mkdir(parents=True, exist_ok=True)
        self._take_stock()
        pinger = Pinger(self._client, self._state)
        pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="fetch")
        try:
            if not (self._options.retry_failed or self._enough(0)):
                self._offers.start()
            self._loop(pool)
            pinger.finish(self._should_stop)
        finally:
            interrupted = self._should_stop()
            self._client.abort()
            pool.shutdown(wait=True, cancel_futures=True)
            pinger.join()
            self._offers.join()
            try:
                self._settle_rest()
            finally:
                self._write()
        fault = None if interrupted or self._enough(0) else self._fault
        if fault is not None and self._state.is_empty():
            raise fault  # there is nothing to report
        report = self._report(interrupted=interrupted)
        if fault is not None:
            raise fault
        return report

    def _take_stock(self) -> None:
        """What is here already, and what an earlier run left half done."""
        gone: list[str] = []
        files: set[str] = set()
        for key, digest, looks in self._state.met():
            self._seen.add(key, digest, Hashes.from_text(looks) if looks else None)
        for item in self._state.items("ok"):
            assert item.kept is not None
            files.add(item.kept.file)
            if (self._folder / item.kept.file).exists():
                self._tally.kept += 1
            else:  # taken away by the user, who does not want it back
                gone.append(item.candidate.key)
        for key in gone:
            self._state.close_item(key, "skipped", Reason.REMOVED.value)
        if gone:
            self._listener(Note(text=f"{len(gone)} pictures were removed by hand; they are not fetched again"))
        pending, failed = self._state.items("pending"), self._state.items("failed")
        waiting = [item.candidate for item in (pending + failed if self._options.retry_failed else pending)]
        for candidate in waiting:
            self._backlog.add(candidate)
        self._offers.known(waiting)
        self._sweep({item.candidate.key for item in pending + failed}, files)

    def _sweep(self, unsettled: set[str], files: set[str]) -> None:
        """Remove what a kill left between renaming a file and noting it: the picture comes again."""
        for path in (self._folder / "images").glob("*/*.*") if unsettled else ():
            ours = path.stem in unsettled or Path(path.stem).stem in unsettled
            if ours and path.relative_to(self._folder).as_posix() not in files:
                path.unlink()

    def _loop(self, pool: ThreadPoolExecutor) -> None:
        ended = self._options.retry_failed
        while not self._should_stop():
            self._dispatch(pool)
            working = self._busy.total()
            if working or self._tally.new:  # before, the source may have something to tell
                self._tally.tell()
            if not working and (self._enough(0) or (ended and not self._backlog)):
                return
            try:
                message = self._inbox.get(timeout=_POLL_SECONDS)
            except Empty:
                continue
            if isinstance(message, _Fetched):
                self._settle(message)
            elif isinstance(message, Candidate):
                self._backlog.add(message)
            else:
                ended = True
                self._fault = message.error
                if message.exhausted:
                    self._state.forget_pages()  # the next run is to find what is new
                if message.note is not None:
                    self._listener(Note(text=message.note))

    def _enough(self, more: int) -> bool:
        return self._options.n is not None and self._tally.kept + more >= self._options.n

    def _dispatch(self, pool: ThreadPoolExecutor) -> None:
        """Hand out what there are threads and connections for, and never more than is wanted."""
        open_for = ("pending", "failed") if self._options.retry_failed else ("pending",)
        while self._busy.total() < _THREADS and not self._enough(self._busy.total()):
            candidate = self._backlog.take(lambda host: self._busy[host] < self._client.connections(host))
            if candidate is None:
                return
            self._offers.taken(candidate)
            known = self._state.add(candidate)
            if known is not None and known not in open_for:
                continue
            first = self._state.key_of_address(candidate.image_url)
            refused = candidate.refused or (Reason.DUPLICATE if first not in (None, candidate.key) else None)
            if refused is not None:
                self._close(candidate, refused)
                continue
            self._busy[host_of(candidate.image_url)] += 1
            pool.submit(self._fetch, candidate)

    def _fetch(self, candidate: Candidate) -> None:
        """In a thread: fetch a picture and look at it."""
        half = self._halves / sha256(candidate.key.encode()).hexdigest()[:24]
        try:
            half.unlink(missing_ok=True)  # whole, but not noted before a kill
            got = self._client.picture(candidate.image_url, half, expected_bytes=candidate.expected_bytes)
            found = inspect(half.read_bytes(), self._options.wanted)
            self._inbox.put(_Fetched(candidate=candidate, downloaded=got, inspection=found))
        except BaseException as error:
            self._inbox.put(_Fetched(candidate=candidate, error=error))
            if not isinstance(error, Stopped):
                half.unlink(missing_ok=True)

    def _settle(self, fetched: _Fetched) -> None:
        """Note what became of a candidate."""
        candidate, error = fetched.candidate, fetched.error
        self._busy -= Counter([host_of(candidate.image_url)])  # hosts at zero are forgotten
        if isinstance(error, Stopped):
            return
        if isinstance(error, UnwantedError):
            self._close(candidate, error.reason, 200)
        elif isinstance(error, FetchError):
            if error.reason is Reason.DISK_FULL:
                raise OutputError(
                    f"cannot go on in '{self._folder}': {error.cause}; what is here is safe, run again with more room"
                )
            self._close(candidate, error.reason, error.status)
            self._challenges = self._challenges + 1 if error.reason is Reason.CHALLENGE else 0
            if self._challenges >= _CHALLENGES:
                raise NetworkError(f"the host of the pictures wants none of us: {error.cause}; artgan stops")
        elif error is not None:
            raise error
        elif fetched.downloaded is not None and fetched.inspection is not None:
            self._challenges = 0
            self._keep(candidate, fetched.downloaded, fetched.inspection)

    def _keep(self, candidate: Candidate, got: Downloaded, found: Inspection) -> None:
        looks = found.hashes if self._options.threshold is not None else None
        if self._seen.find(got.sha256, looks) is not None:
            got.path.unlink(missing_ok=True)
            self._close(candidate, Reason.DUPLICATE, got.status)
            return
        folder = self._folder / "images" / got.sha256[:2]
        path = folder / f"{candidate.key}.{found.extension}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if path.exists():  # ids that differ in case only, on a disk that does not tell cases apart
                path = folder / f"{candidate.key}.{got.sha256[:12]}.{found.extension}"
            got.path.replace(path)
        except OSError as error:
            raise OutputError(f"cannot write '{path}': {(error.strerror or str(error)).lower()}") from error
        kept = Kept(
            file=path.relative_to(self._folder).as_posix(),
            sha256=got.sha256,
            bytes=got.bytes,
            mime=found.mime,
            width=found.width,
            height=found.height,
            hashes=None if looks is None else looks.to_text(),
            http_status=got.status,
            fetched_at=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        self._state.keep(candidate, kept)
        self._seen.add(candidate.key, got.sha256, looks)
        self._tally.picture(got.bytes)

    def _close(self, candidate: Candidate, reason: Reason, http_status: int | None = None) -> None:
        self._state.close_item(candidate.key, "skipped" if reason.is_choice else "failed", reason.value, http_status)
        self._tally.reasons[reason.value] += 1

    def _settle_rest(self) -> None:
        """What came in while the run was ending."""
        while True:
            try:
                message = self._inbox.get_nowait()
            except Empty:
                return
            if isinstance(message, _Fetched) and message.error is None:
                self._settle(message)

    def _write(self) -> None:
        """The manifest and the credits, from the state file."""
        rows = [manifest_row(item) for item in self._state.items() if item.status != "pending"]
        write_manifest(self._folder / MANIFEST, rows, force=True)
        write_credits(self._folder / CREDITS, rows)
        if not any(self._halves.iterdir()):
            self._halves.rmdir()

    def _report(self, *, interrupted: bool) -> CrawlReport:
        report = CrawlReport(
            folder=self._folder,
            kept=self._tally.kept,
            new=self._tally.new,
            skipped=self._state.reasons("skipped"),
            failed=self._state.reasons("failed"),
            bytes=self._tally.bytes,
            requests=self._client.requests,
            seconds=self._tally.seconds,
            pings_owed=self._state.pings_owed(),
            interrupted=interrupted,
        )
        self._tally.tell(last=True)
        self._tally.table(self._folder, report.skipped, report.failed, report.requests)
        details = {"pictures": report.kept, "new": report.new, "interrupted": interrupted}
        self._listener(FolderDone(path=self._folder, details=details))
        return report
