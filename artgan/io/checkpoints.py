"""Tensors on disk, as safetensors: nothing is pickled and nothing is unpickled."""

import json
from collections.abc import Mapping
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from artgan.errors import WeightsError
from artgan.io.files import atomic_writer, no_such_file, quoted

_LENGTH_BYTES = 8
_MAX_HEADER = 100_000_000  # the format's own limit


def save_tensors(path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> None:
    """Write tensors and metadata to a safetensors file, whole or not at all; a file of that name is replaced.

    The file gets the mode that the umask leaves, unlike one of safetensors' own writer (0600 since 0.8).

    Raises:
        OutputError: it cannot be written.
    """
    plain = {name: tensor.detach().contiguous().cpu() for name, tensor in tensors.items()}
    content = save(plain, dict(metadata))
    with atomic_writer(path, force=True) as stream:
        stream.write(content)


def load_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """The tensors, on the CPU, and the metadata of a safetensors file.

    Raises:
        WeightsError: it is missing, unreadable, cut short, or no safetensors file.
    """
    metadata = read_metadata(path)
    try:
        return load(path.read_bytes()), metadata
    except OSError as error:
        raise _unreadable(path, error) from error
    except (SafetensorError, KeyError, ValueError) as error:
        raise WeightsError(f"cannot read {quoted(path)}: its safetensors header is damaged") from error


def read_metadata(path: Path) -> dict[str, str]:
    """The metadata of a safetensors file, empty when it has none; only the header is read.

    Raises:
        WeightsError: as `load_tensors`.
    """
    foreign = WeightsError(f"cannot read {quoted(path)}: it is not a safetensors file")
    try:
        with path.open("rb") as stream:
            length = int.from_bytes(stream.read(_LENGTH_BYTES), "little")
            if not 2 <= length <= _MAX_HEADER:
                raise foreign
            raw = stream.read(length)
            size = path.stat().st_size
    except OSError as error:
        raise _unreadable(path, error) from error
    if len(raw) < length and raw.startswith(b"{"):
        raise _truncated(path)
    try:
        header = json.loads(raw)
        entries = {name: entry for name, entry in header.items() if name != "__metadata__"}
        end = max((entry["data_offsets"][1] for entry in entries.values()), default=0)
        metadata = header.get("__metadata__", {})
        if not all(isinstance(value, str) for value in metadata.values()):
            raise foreign
    except (ValueError, AttributeError, KeyError, IndexError, TypeError) as error:
        raise foreign from error
    if size < _LENGTH_BYTES + length + end:
        raise _truncated(path)
    return dict(metadata)


def _truncated(path: Path) -> WeightsError:
    return WeightsError(f"cannot read {quoted(path)}: the file is truncated; fetch or write it again")


def _unreadable(path: Path, error: OSError) -> WeightsError:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return WeightsError(f"cannot read {quoted(path)}: {no_such_file(path)}")
    return WeightsError(f"cannot read {quoted(path)}: {(error.strerror or str(error)).lower()}")
