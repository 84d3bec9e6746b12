"""What is known of each picture once it has been looked at, and the journal that a killed run goes on from."""

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from os import fsync
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

from artgan.errors import OutputError
from artgan.io.files import atomic_writer, quoted

IMAGES = "images"
"""The folder of the squares, in the dataset's folder."""

JOURNAL_VERSION = 1


@dataclass(frozen=True, kw_only=True)
class Crop:
    """One square cut out of a picture, or a picture that gave none.

    Attributes:
        source: the key of the picture it is from.
        bytes: length of the picture's encoded data; None when it could not be read.
        sha256: of these bytes.
        original_size: width and height of the upright picture in pixels.
        number: which of the picture's squares this is, from 0.
        crop: x0, y0, x1, y1 in pixels of the upright original; beyond its edges where it was padded.
        hashes: what near duplicates are known by, see `artgan.data.duplicates.Hashes.to_text`.
        blur, entropy: measures of the square, see `artgan.data.quality.Measures`.
        reason: why it is left out; None while nothing speaks against it.
        detail: more on the reason, for people.
    """

    source: str
    bytes: int | None = None
    sha256: str | None = None
    original_size: tuple[int, int] | None = None
    number: int = 0
    crop: tuple[int, int, int, int] | None = None
    hashes: str | None = None
    blur: float | None = None
    entropy: float | None = None
    reason: str | None = None
    detail: str | None = None

    def file(self, suffix: str) -> str:
        """Where the square is, relative to the dataset's folder; the picture's content gives the name."""
        name = (self.sha256 or "")[:16] + (f"-{self.number}" if self.number else "")
        return f"{IMAGES}/{name}.{suffix}"

    def to_json(self) -> dict[str, Any]:
        """All fields, with lists for tuples."""
        return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()}

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> "Crop":
        """The crop in a row of the journal, a manifest or a list of rejected pictures; other keys are passed over.

        Raises KeyError for a row without a source.
        """
        given = {field.name: row.get(field.name) for field in fields(cls)}
        for name in ("original_size", "crop"):
            numbers = given[name]
            given[name] = None if numbers is None else tuple(numbers)
        return cls(**{**given, "source": row["source"], "number": row.get("number") or 0})


class Journal:
    """Appends a line a picture, in a file that begins with the recipe. Use as a context manager.

    A line that a kill cut short, and all behind one that a loss of power damaged, is passed over when the journal is
    read, and written again.
    """

    def __init__(self, path: Path, recipe: Mapping[str, Any]) -> None:
        self._path = path
        self._recipe = recipe
        self._stream: BinaryIO | None = None

    def __enter__(self) -> "Journal":
        """Begin the file, or go on with it."""
        if read_journal(self._path) is None:
            with atomic_writer(self._path, force=True) as stream:
                stream.write(_line({"journal": JOURNAL_VERSION, "recipe": self._recipe}))
        self._stream = self._path.open("r+b")
        end = _parsed(self._stream.read())[2]
        self._stream.truncate(end)
        self._stream.seek(end)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Flush and close."""
        if self._stream is not None:
            with suppress(OSError):  # a full disk, told of already
                fsync(self._stream.fileno())
                self._stream.close()

    def add(self, crops: Iterable[Crop]) -> None:
        """Write what is known of one picture. Raises OutputError when the disk is full."""
        assert self._stream is not None, "the journal is not open"
        try:
            self._stream.write(_line({"crops": [crop.to_json() for crop in crops]}))
            self._stream.flush()
        except OSError as error:
            raise OutputError(f"cannot write {quoted(self._path)}: {error.strerror or error}") from error


def read_journal(path: Path) -> tuple[dict[str, Any], dict[str, tuple[Crop, ...]]] | None:
    """The recipe a journal was begun with, and the crops by source; None where there is no journal of this version."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    recipe, found, _ = _parsed(data)
    return None if recipe is None else (recipe, found)


def _parsed(data: bytes) -> tuple[dict[str, Any] | None, dict[str, tuple[Crop, ...]], int]:
    """Recipe and crops of all lines before the first that is not whole, and the length of these lines."""
    recipe: dict[str, Any] | None = None
    found: dict[str, tuple[Crop, ...]] = {}
    end = 0
    while (after := data.find(b"\n", end) + 1) > 0:
        try:
            row = json.loads(data[end:after])
            if recipe is not None:
                crops = tuple(Crop.from_json(crop) for crop in row["crops"])
                found[crops[0].source] = crops
            elif row["journal"] == JOURNAL_VERSION:
                recipe = dict(row["recipe"])
            else:
                break
        except (ValueError, KeyError, IndexError, TypeError, AttributeError):
            break
        end = after
    return recipe, found, end


def _line(value: Mapping[str, Any]) -> bytes:
    # ASCII: names that are no UTF-8 survive as escapes, and no character of Unicode splits a line.
    return json.dumps(value).encode("ascii") + b"\n"
