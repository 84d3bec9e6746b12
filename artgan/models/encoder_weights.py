"""Where an encoder's weights come from: a file given, the cache, one download, or the package itself."""

import hashlib
import os
import re
import tempfile
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from pickle import UnpicklingError

import torch
from platformdirs import user_cache_dir
from torch import Tensor

from artgan.errors import NetworkError, UsageError, WeightsError, did_you_mean
from artgan.events import Listener, Note, ignore
from artgan.io.checkpoints import load_tensors, save_tensors
from artgan.io.files import no_such_file, quoted
from artgan.models.encoder import Encoder
from artgan.models.encoder_passes import Pooling

ENCODERS = ("auto", "vgg19", "vgg16", "embedded")

_SHARED_TENSORS = 14


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
        on_event: told of the download about once a second, and of what was written.

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


def on_disk(name: str) -> bool:
    """Whether the weights of "vgg19" or "vgg16" are here, so that no download is needed."""
    return _on_disk(SOURCES[name]) is not None


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
    from artgan.models.encoder_download import fetch  # noqa: PLC0415  # what speaks to servers takes a while to import

    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Beside the cache, so that the disk with room for the cache is the one that is used.
        with tempfile.TemporaryDirectory(prefix=".download-", dir=folder) as temporary:
            downloaded = Path(temporary) / source.file_name
            fetch(_address(source), downloaded, on_event)
            _slim_down(downloaded, slim, source)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise WeightsError(f"cannot keep {source.name} in {quoted(folder)}: {reason}; set ARTGAN_CACHE_DIR") from error
    on_event(Note(text=f"weights of {source.name} kept in {slim}"))
    return slim


def _address(source: Source) -> str:
    """Where the file is fetched from: a mirror that the user names, or its publisher."""
    mirror = os.environ.get("ARTGAN_WEIGHTS_URL")
    if not mirror:
        return source.url
    if not re.match(r"https?://[^/\[]+", mirror):
        raise NetworkError(f"ARTGAN_WEIGHTS_URL must be an http(s) address, not {quoted(mirror)}")
    return mirror.rstrip("/") + "/" + source.file_name


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
