"""What a collection remembers, in one sqlite file: it survives a kill at any moment; one run at a time writes it."""

import json
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import RLock
from typing import Any, Literal

from artgan.collect.candidates import Candidate
from artgan.errors import ArtganError, OutputError
from artgan.io.files import quoted

STATE = "state.sqlite"
"""The name of the file in its folder."""

Status = Literal["pending", "ok", "skipped", "failed"]

_VERSION = 1
_PAGES_KEPT_SECONDS = 30 * 24 * 3600.0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS items (
    number INTEGER PRIMARY KEY, key TEXT UNIQUE NOT NULL, image_url TEXT NOT NULL, candidate TEXT NOT NULL,
    status TEXT NOT NULL, reason TEXT, tries INTEGER NOT NULL DEFAULT 0, http_status INTEGER, file TEXT,
    sha256 TEXT, bytes INTEGER, mime TEXT, width INTEGER, height INTEGER, hashes TEXT, fetched_at TEXT);
CREATE INDEX IF NOT EXISTS items_status ON items (status);
CREATE INDEX IF NOT EXISTS items_url ON items (image_url);
CREATE TABLE IF NOT EXISTS pings (url TEXT PRIMARY KEY, tries INTEGER NOT NULL DEFAULT 0, done INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS pages (
    key TEXT PRIMARY KEY, url TEXT NOT NULL, status INTEGER NOT NULL, headers TEXT NOT NULL, text TEXT NOT NULL,
    fetched_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What is known of a picture once it is here."""

    file: str
    sha256: str
    bytes: int
    mime: str
    width: int
    height: int
    hashes: str | None
    http_status: int
    fetched_at: str


@dataclass(frozen=True, kw_only=True)
class Item:
    """A candidate and what became of it."""

    candidate: Candidate
    status: Status
    reason: str | None
    tries: int
    http_status: int | None
    kept: Kept | None


class State:
    """The state file, open and locked. Every method is one transaction and may be called from any thread."""

    def __init__(self, path: Path | None) -> None:
        """`path` None: kept in memory only, for dry runs.

        Raises:
            OutputError: another run has it open, or the file cannot be written or is no state file.
        """
        self._path, self._lock = path, RLock()
        try:
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
            self._sql = sqlite3.connect(
                path if path is not None else ":memory:", timeout=0.5, isolation_level=None, check_same_thread=False
            )
        except (OSError, sqlite3.Error) as error:
            raise _unusable(path, error) from error
        try:
            # Exclusive locks are kept until the end, and the system frees them when the process is killed.
            for setting in ("locking_mode = EXCLUSIVE", "journal_mode = WAL", "synchronous = NORMAL"):
                self._rows(f"PRAGMA {setting}")
            with self._changing() as sql:
                for statement in filter(str.strip, _SCHEMA.split(";")):
                    sql.execute(statement)
                sql.execute("DELETE FROM pages WHERE fetched_at < ?", (time.time() - _PAGES_KEPT_SECONDS,))
            version = self.fact("version") or _VERSION
            if version != _VERSION:
                raise OutputError(f"{quoted(str(path))} is of version {version}, and this artgan knows {_VERSION}")
            self.set_fact("version", _VERSION)
        except BaseException:
            self._sql.close()
            raise

    def close(self) -> None:
        """Close the file and let others have it."""
        with self._lock:
            self._sql.close()

    @contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                self._sql.execute("BEGIN IMMEDIATE")
                try:
                    yield self._sql
                except BaseException:
                    self._sql.rollback()
                    raise
                self._sql.commit()
            except sqlite3.Error as error:
                raise _unusable(self._path, error) from error

    def _rows(self, query: str, values: Sequence[object] = ()) -> list[Any]:
        with self._lock:
            try:
                return self._sql.execute(query, values).fetchall()
            except sqlite3.Error as error:
                raise _unusable(self._path, error) from error

    # Items

    def add(self, candidate: Candidate) -> Status | None:
        """Take a candidate in as pending; one already there is left as it is, and its status is returned."""
        with self._changing() as sql:
            known = sql.execute("SELECT status FROM items WHERE key = ?", (candidate.key,)).fetchone()
            if known is None:
                sql.execute(
                    "INSERT INTO items (key, image_url, candidate, status) VALUES (?, ?, ?, 'pending')",
                    (candidate.key, candidate.image_url, json.dumps(candidate.to_json(), ensure_ascii=False)),
                )
            return None if known is None else known[0]

    def key_of_address(self, image_url: str) -> str | None:
        """The first item with this address."""
        rows = self._rows("SELECT key FROM items WHERE image_url = ? ORDER BY number LIMIT 1", (image_url,))
        return rows[0][0] if rows else None

    def keep(self, candidate: Candidate, kept: Kept) -> None:
        """The picture is here; its ping, if it has one, is owed from now on."""
        with self._changing() as sql:
            sql.execute(
                "UPDATE items SET status = 'ok', reason = NULL, tries = tries + 1, http_status = ?, file = ?,"
                " sha256 = ?, bytes = ?, mime = ?, width = ?, height = ?, hashes = ?, fetched_at = ? WHERE key = ?",
                (
                    *(kept.http_status, kept.file, kept.sha256, kept.bytes, kept.mime, kept.width, kept.height),
                    *(kept.hashes, kept.fetched_at, candidate.key),
                ),
            )
            if candidate.ping_url is not None:
                sql.execute("INSERT OR IGNORE INTO pings (url, done) VALUES (?, 0)", (candidate.ping_url,))

    def close_item(self, key: str, status: Status, reason: str | None, http_status: int | None = None) -> None:
        """There will be no picture of this item: why not."""
        with self._changing() as sql:
            sql.execute(
                "UPDATE items SET status = ?, reason = ?, http_status = ?, tries = tries + 1, file = NULL"
                " WHERE key = ?",
                (status, reason, http_status, key),
            )

    def is_empty(self) -> bool:
        """Whether there is not a single item, not even a failed one."""
        return not self._rows("SELECT 1 FROM items LIMIT 1")

    def items(self, status: Status | None = None) -> list[Item]:
        """Every item, or those of a status, in the order they were offered."""
        where, values = ("", ()) if status is None else ("WHERE status = ? ", (status,))
        rows = self._rows(
            "SELECT candidate, status, reason, tries, http_status, file, sha256, bytes, mime, width, height, hashes,"
            f" fetched_at FROM items {where}ORDER BY number",
            values,
        )
        return [_item(row) for row in rows]

    def met(self) -> list[tuple[str, str, str | None]]:
        """Key, SHA-256 and hashes of every picture that is or was here: those taken away are not wanted back."""
        return self._rows("SELECT key, sha256, hashes FROM items WHERE sha256 IS NOT NULL ORDER BY number")

    def reasons(self, status: Status) -> dict[str, int]:
        """Items of a status by reason, the most frequent first."""
        query = "SELECT reason, count(*) FROM items WHERE status = ? GROUP BY reason ORDER BY count(*) DESC, reason"
        return dict(self._rows(query, (status,)))

    # Pings

    def next_ping(self, most_tries: int) -> str | None:
        """An address that is owed a visit and has not been tried so often yet."""
        query = "SELECT url FROM pings WHERE NOT done AND tries < ? ORDER BY tries, rowid LIMIT 1"
        rows = self._rows(query, (most_tries,))
        return rows[0][0] if rows else None

    def ping_tried(self, url: str, *, done: bool) -> None:
        """A visit was made, or was tried."""
        with self._changing() as sql:
            sql.execute("UPDATE pings SET done = ?, tries = tries + 1 WHERE url = ?", (done, url))

    def pings_owed(self) -> int:
        """How many are left, those given up included."""
        return int(self._rows("SELECT count(*) FROM pings WHERE NOT done")[0][0])

    def retry_pings(self) -> None:
        """Begin to count the tries of those left anew."""
        with self._changing() as sql:
            sql.execute("UPDATE pings SET tries = 0 WHERE NOT done")

    # Pages and facts

    def page(self, key: str) -> tuple[str, int, dict[str, str], str] | None:
        """Address, status, headers and text of an answer kept by `keep_page`."""
        rows = self._rows("SELECT url, status, headers, text FROM pages WHERE key = ?", (key,))
        return (rows[0][0], rows[0][1], json.loads(rows[0][2]), rows[0][3]) if rows else None

    def keep_page(self, key: str, url: str, status: int, headers: dict[str, str], text: str) -> None:
        """Keep an answer, so that a run that goes on asks nothing twice."""
        with self._changing() as sql:
            sql.execute(
                "INSERT OR REPLACE INTO pages VALUES (?, ?, ?, ?, ?, ?)",
                (key, url, status, json.dumps(headers), text, time.time()),
            )

    def forget_pages(self) -> None:
        """The source has told all; the next run is to ask anew."""
        with self._changing() as sql:
            sql.execute("DELETE FROM pages")

    def fact(self, name: str) -> Any:
        """A small value kept by `set_fact`, None when there is none."""
        rows = self._rows("SELECT value FROM facts WHERE name = ?", (name,))
        return json.loads(rows[0][0]) if rows else None

    def set_fact(self, name: str, value: object) -> None:
        """Keep a small value, as JSON."""
        with self._changing() as sql:
            sql.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, json.dumps(value)))


def _item(row: tuple[Any, ...]) -> Item:
    candidate, status, reason, tries, http_status, file, sha256, size, mime, width, height, hashes, fetched_at = row
    kept = None
    if status == "ok":
        kept = Kept(
            file=file,
            sha256=sha256,
            bytes=size,
            mime=mime,
            width=width,
            height=height,
            hashes=hashes,
            http_status=http_status,
            fetched_at=fetched_at,
        )
    return Item(
        candidate=Candidate.from_json(json.loads(candidate)),
        status=status,
        reason=reason,
        tries=tries,
        http_status=http_status,
        kept=kept,
    )


def _unusable(path: Path | None, error: Exception) -> ArtganError:
    name, text = quoted(str(path)), (getattr(error, "strerror", None) or str(error)).lower()
    if "locked" in text:
        return OutputError(f"another artgan is collecting into {quoted(str(path and path.parent))}: let it end first")
    if "full" in text:
        return OutputError(f"cannot write {name}: the disk is full; what is here is safe, run again with more room")
    if "not a database" in text or "malformed" in text:
        return OutputError(f"{name} is damaged or no state of artgan; move it away to begin anew")
    return OutputError(f"cannot write {name}: {text}")
