"""`pixels.npy`: the decoded pictures of a dataset in one file that training maps into memory.

An ordinary npy file of (N, S, S, 3) uint8. Behind the array, where npy readers do not look, stand the SHA-256 of the
manifest it was decoded from, by which a stale cache is known, and the fingerprint of its pixels and tags.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from artgan.errors import PictureError
from artgan.io.decoding import load, opened
from artgan.io.files import atomic_writer, quoted, read_bytes

CACHE = "pixels.npy"
"""The name of the file in the dataset's folder."""

_TRAILER = 64  # two SHA-256


def fingerprint(pixels: NDArray[np.uint8] | Iterable[NDArray[np.uint8]], tags: NDArray[np.uint8] | None) -> str:
    """SHA-256 in hexadecimal of pictures (N, S, S, 3) and their tags (N, D): the same data, the same fingerprint."""
    digest = sha256()
    count = 0
    for picture in pixels:
        digest.update(np.ascontiguousarray(picture).data)
        count += 1
    return _finished(digest.hexdigest(), count, tags)


def read_pixels(path: Path, size: int) -> NDArray[np.uint8]:
    """A dataset's own picture, (size, size, 3) uint8. Raises PictureError when it is damaged or of another size."""
    label = quoted(path)
    with opened(read_bytes(path), label) as image:
        load(image, label)
        if image.size != (size, size):
            raise PictureError(f"{label} is {image.width}×{image.height}, not {size}×{size} as the dataset's others")
        return np.asarray(image.convert("RGB"))


def write_cache(
    folder: Path, files: Sequence[str], size: int, tags: NDArray[np.uint8] | None, manifest_sha256: str
) -> str:
    """Decode the files of a dataset's folder, in order, into its cache; returns the fingerprint.

    One picture is in memory at a time. Raises PictureError for a file that is damaged, OutputError.
    """
    digest = sha256()
    shape = (len(files), size, size, 3)
    with atomic_writer(folder / CACHE, force=True) as stream:
        header = {"descr": np.lib.format.dtype_to_descr(np.dtype(np.uint8)), "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(stream, header)
        for file in files:
            data = read_pixels(folder / file, size).tobytes()
            digest.update(data)
            stream.write(data)
        mark = _finished(digest.hexdigest(), len(files), tags)
        stream.write(bytes.fromhex(manifest_sha256) + bytes.fromhex(mark))
    return mark


def read_cache(folder: Path, manifest_sha256: str) -> tuple[NDArray[np.uint8], str] | None:
    """The pictures, mapped into memory, and their fingerprint; None when the cache is missing or stale."""
    path = folder / CACHE
    try:
        pixels = np.load(path, mmap_mode="r", allow_pickle=False)
        with path.open("rb") as stream:
            stream.seek(-_TRAILER, 2)
            place = stream.tell()
            trailer = stream.read()
    except (OSError, ValueError, EOFError):
        return None
    whole = isinstance(pixels, np.memmap) and pixels.ndim == 4 and pixels.dtype == np.uint8
    if not whole or pixels.offset + pixels.nbytes != place or trailer[:32].hex() != manifest_sha256:
        return None
    return pixels, trailer[32:].hex()


def _finished(pixels_sha256: str, count: int, tags: NDArray[np.uint8] | None) -> str:
    digest = sha256(f"{count} {pixels_sha256} {None if tags is None else tags.shape}".encode())
    if tags is not None:
        digest.update(np.ascontiguousarray(tags).data)
    return digest.hexdigest()
