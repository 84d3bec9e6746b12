"""Where an encoder's weights come from: a file given, the cache, one download, or the package itself."""

import hashlib
import os
import re
import socket
import tempfile
import threading
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPException
from importlib.resources import files
from pathlib import Path
from pickle import UnpicklingError
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import torch
from platformdirs import user_cache_dir
from torch import Tensor

from artgan.errors import NetworkError, UsageError, WeightsError, did_you_mean
from artgan.events import Downloading, Listener, Note, ignore
from artgan.io.checkpoints import load_tensors, save_tensors
from artgan.io.files import no_such_file, quoted
from artgan.models.encoder import Encoder
from artgan.models.encoder_passes import Pooling

ENCODERS = ("auto", "vgg19", "vgg16", "embedded")

_TIMEOUT_SECONDS = 30.0
_REPORT_SECONDS = 1.0
_SHARED_TENSORS = 14
_OTHERWISE = "give --encoder-weights FILE, or --encoder embedded, which needs no download"


@dataclass(frozen=True)
class Source:
    """A published VGG: convolutions a block, and the file torchvision serves, named NAME-SHA256PREFIX.pth."""

    name: str
    blocks: tuple[int, ...]
    file_name: str

    @property
    def url(self) -> str:
        """Where torchvision says the file is."""
        from torchvision.models import get_weight  # noqa: PLC0415  # half a second that only a download needs

        folder, _, _ = get_weight(f"{self.name.upper()}_Weights.IMAGENET1K_V1").url.rpartition("/")
        return f"{folder}/{self.file_name}"

    def layout(self) -> dict[str, str]:
        """torchvision's key of each tensor -> ours: "features.0.weight" -> "conv1_1.weight"."""
        keys, index = {}, 0
        for block, convolutions in enumerate(self.blocks, start=1):
            for number in range(1, convolutions + 1):
                for part in ("weight", "bias"):
                    keys[f"features.{index}.{part}"] = f"conv{block}_{number}.{part}"
                index += 2  # a ReLU follows each convolution
            index += 1  # and a pooling each block
        return keys


SOURCES = {
    "vgg19": Source("vgg19", (2, 2, 4, 4, 4), "vgg19-dcbb9e9d.pth"),
    "vgg16": Source("vgg16", (2, 2, 3, 3, 3), "vgg16-397923af.pth"),
}


def load_encoder(
    name: str,
    *,
    weights: Path | None = None,
    pooling: Pooling = "max",
    precision: torch.dtype = torch.float32,
    device: torch.device | None = None,
    on_event: Listener = ignore,
) -> Encoder:
    """The encoder of that name, ready to use on the device.

    "vgg19" and "vgg16" are downloaded once, 550 MB, of which the 60 to 80 MB of convolutions are kept in the cache
    folder. "auto" never downloads: it is the network in `weights`, else VGG19 where it is on disk, else the embedded
    encoder; `Encoder.name` and `Encoder.sha256` say which.

    Args:
        name: one of ENCODERS.
        weights: a safetensors file (torchvision's keys, or the embedded encoder's) or torchvision's .pth; what it
            holds is recognised from the tensors and must agree with `name`.
        pooling: see `Encoder`, like `precision` and `device`.
        on_event: told of the download about once a second, from a thread of its own, and of what was written.

    Raises:
        UsageError: no such encoder.
        WeightsError: a file is missing, damaged or of another kind, or a download has the wrong hash.
        NetworkError: the download failed.
    """
    if name not in ENCODERS:
        raise UsageError(f"no encoder '{name}'; there are {', '.join(ENCODERS)}.{did_you_mean(name, ENCODERS)}")
    if weights is not None:
        path = weights
    elif name in SOURCES:
        path = _fetched(SOURCES[name], on_event)
    else:
        path = (_on_disk(SOURCES["vgg19"]) if name == "auto" else None) or _embedded()
    kind, tensors = recognise(_read(path), path)
    if name not in ("auto", kind):
        raise WeightsError(f"{quoted(path)} holds {kind}, and --encoder {name} was asked for; give --encoder {kind}")
    return Encoder(tensors, name=kind, pooling=pooling, precision=precision, device=device, sha256=_sha256(path))


def recognise(tensors: Mapping[str, Tensor], path: Path) -> tuple[str, dict[str, Tensor]]:
    """What the tensors are ("vgg19", "vgg16" or "embedded"), and them under the names `Encoder` knows.

    Raises:
        WeightsError: none of these; `path` is named.
    """
    if "conv1_1.weight" in tensors:
        return "embedded", dict(tensors)
    held = {key for key, tensor in tensors.items() if key.startswith("features.") and tensor.ndim in (1, 4)}
    for source in SOURCES.values():
        layout = source.layout()
        # A file that ends early (no conv5_2 and on) is welcome too, once past the seven layers both VGGs share.
        if len(held) > _SHARED_TENSORS and held == set(list(layout)[: len(held)]):
            return source.name, {layout[key]: tensors[key] for key in layout if key in held}
    raise WeightsError(
        f"cannot use {quoted(path)}: its tensors are neither torchvision's VGG16 or VGG19 (features.0.weight, ...) "
        "nor an embedded encoder (conv1_1.weight, ...)"
    )


def cache_folder() -> Path:
    """Where weights are kept: $ARTGAN_CACHE_DIR, else the platform's cache folder."""
    return Path(os.environ.get("ARTGAN_CACHE_DIR") or user_cache_dir("artgan"))


def _slim_file(source: Source) -> Path:
    return cache_folder() / f"{source.name}_features.safetensors"


def _full_file(source: Source) -> Path:
    return Path(torch.hub.get_dir()) / "checkpoints" / source.file_name


def _on_disk(source: Source) -> Path | None:
    """The cached convolutions, or torchvision's whole file where someone has downloaded it before."""
    return next((path for path in (_slim_file(source), _full_file(source)) if path.is_file()), None)


def _embedded() -> Path:
    return Path(str(files("artgan.assets") / "encoder" / "embedded.safetensors"))


def _fetched(source: Source, on_event: Listener) -> Path:
    """The cached convolutions of a published network, fetched first where they are not there yet."""
    slim, full = _slim_file(source), _full_file(source)
    if slim.is_file():
        return slim
    if full.is_file():  # somebody else's: it is read and stays
        _slim_down(full, slim, source)
        return slim
    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Beside the cache, so that the disk with room for the cache is the one that is used.
        with tempfile.TemporaryDirectory(prefix=".download-", dir=folder) as temporary:
            downloaded = Path(temporary) / source.file_name
            _download(source, downloaded, on_event)
            _slim_down(downloaded, slim, source)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise WeightsError(f"cannot keep {source.name} in {quoted(folder)}: {reason}; set ARTGAN_CACHE_DIR") from error
    on_event(Note(text=f"weights of {source.name} kept in {slim}"))
    return slim


def _slim_down(full: Path, slim: Path, source: Source) -> None:
    """Keep the convolutions of a whole network."""
    tensors = _read(full)
    kind, _ = recognise(tensors, full)
    if kind != source.name:
        raise WeightsError(f"{quoted(full)} holds {kind} instead of {source.name}")
    save_tensors(slim, {key: tensors[key] for key in source.layout() if key in tensors}, {"source": source.file_name})


def _read(path: Path) -> Mapping[str, Tensor]:
    if path.suffix not in (".pth", ".pt"):
        return load_tensors(path)[0]
    try:
        with warnings.catch_warnings(action="ignore"):  # of old pickle protocols: refused or read, all the same
            content = torch.load(path, map_location="cpu", weights_only=True, mmap=_is_zip(path))
    except FileNotFoundError as error:
        raise WeightsError(f"cannot read {quoted(path)}: {no_such_file(path)}") from error
    except UnpicklingError as error:
        raise WeightsError(f"refused {quoted(path)}: it holds more than weights, and could run code") from error
    except (RuntimeError, OSError, EOFError, ValueError, KeyError) as error:
        raise WeightsError(f"cannot read {quoted(path)}: it is damaged or no PyTorch file") from error
    if not isinstance(content, Mapping) or not all(isinstance(value, Tensor) for value in content.values()):
        raise WeightsError(f"cannot use {quoted(path)}: it holds no plain table of weights")
    return content


def _is_zip(path: Path) -> bool:
    """PyTorch's newer format, which can be mapped, so that the unused 500 MB are never read."""
    with path.open("rb") as stream:
        return stream.read(4) == b"PK\x03\x04"


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _download(source: Source, target: Path, on_event: Listener) -> None:
    """Fetch the file through PyTorch's own downloader, then check length and hash.

    Not through `load_state_dict_from_url`: it prints to standard output, and keeps 550 MB in PyTorch's own cache.
    """
    if mirror := os.environ.get("ARTGAN_WEIGHTS_URL"):
        if not re.match(r"https?://[^/\[]+", mirror):
            raise NetworkError(f"ARTGAN_WEIGHTS_URL must be an http(s) address, not {quoted(mirror)}")
        url = mirror.rstrip("/") + "/" + source.file_name
    else:
        url = source.url
    try:
        with _time_limit():
            total = _announced_bytes(url)
            with _reports(target.parent, source.file_name, total, on_event):
                torch.hub.download_url_to_file(url, str(target), progress=False)
    except HTTPError as error:
        raise NetworkError(f"cannot download {url}: the server answers {error.code}; {_OTHERWISE}") from error
    except (URLError, HTTPException, TimeoutError, ConnectionError, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        reason = getattr(reason, "strerror", None) or str(reason) or type(error).__name__
        raise NetworkError(f"cannot download {url}: {reason.lower()}; {_OTHERWISE}") from error
    size = target.stat().st_size
    if total is not None and size < total:
        raise NetworkError(f"cannot download {url}: the connection broke after {size} of {total} bytes; try again")
    expected = re.fullmatch(r".*-([0-9a-f]{8,})\.pth", source.file_name)
    if expected is None or not _sha256(target).startswith(expected[1]):
        raise WeightsError(f"{url} is not the file it should be: its SHA-256 differs; {_OTHERWISE}")


def _announced_bytes(url: str) -> int | None:
    """The length of the file, asked for beforehand; None when the server does not say."""
    try:
        with urlopen(Request(url, method="HEAD")) as answer:
            length = answer.headers.get("Content-Length")
    except HTTPError as error:
        error.close()  # a server may refuse HEAD and allow GET, which then says what is wrong
        return None
    return int(length) if length and length.isdigit() else None


@contextmanager
def _time_limit() -> Iterator[None]:
    """A limit on silence for connections opened inside; PyTorch's downloader has no parameter for it."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(_TIMEOUT_SECONDS)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


@contextmanager
def _reports(folder: Path, name: str, total: int | None, on_event: Listener) -> Iterator[None]:
    """Tell about once a second how far the only file in the folder has grown, and once at the end."""
    done = threading.Event()

    def report() -> None:
        size = 0
        with suppress(OSError):  # it may be renamed between the two calls
            size = sum(path.stat().st_size for path in folder.iterdir())
        on_event(Downloading(name=name, done_bytes=size, total_bytes=total))

    def watch() -> None:
        report()
        while not done.wait(_REPORT_SECONDS):
            report()

    watcher = threading.Thread(target=watch, name="download-progress", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()
    report()
