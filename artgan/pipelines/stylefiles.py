"""Style files: the statistics of paintings in a safetensors file, to paint with, mix and share without them."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from artgan import __version__
from artgan.errors import UsageError, WeightsError
from artgan.io.checkpoints import load_tensors, save_tensors
from artgan.io.files import quoted, read_bytes
from artgan.models.encoder import Encoder
from artgan.painting.stored_styles import StoredStyle

STYLE_KEY = "artgan.style"
"""The entry of the metadata that tells a style from other tensors."""

_VERSIONS = (1, 2)
"""Of the format. 1 held all of each matrix; 2 holds its upper triangle, since it is symmetric: the same numbers. Fewer
bits a number would make another painting: many steps turn small differences into visible ones."""


@dataclass(frozen=True, kw_only=True)
class StyleFile:
    """A style file that was read.

    Attributes:
        name: without folders.
        sha256: of its bytes.
        style: what is in it.
        about: what it says of itself: encoder, layers, pictures.
    """

    path: Path
    name: str
    sha256: str
    style: StoredStyle
    about: Mapping[str, Any]

    def check(self, encoder: Encoder, layers: Collection[str]) -> None:
        """Raise WeightsError when it is of another encoder, UsageError when it does not hold the layers."""
        _check_encoder(self.path, self.about["encoder"], encoder)
        if missing := [layer for layer in layers if layer not in self.about["layers"]]:
            raise UsageError(
                f"{quoted(self.path)} has no statistics of {', '.join(missing)}; it holds "
                f"{', '.join(self.about['layers'])}: give --style-layers, or save it again with them"
            )


def is_style_file(name: str) -> bool:
    """Whether a style's name is that of a style file, not of a picture."""
    return name.lower().endswith(".safetensors")


def write_style(path: Path, style: StoredStyle, encoder: Encoder, pictures: list[dict[str, Any]]) -> None:
    """Write a style and what is known of it, whole or not at all; a file of that name is replaced.

    Raises:
        OutputError: it cannot be written.
    """
    tensors = {"palette": style.palette}
    for side in style.sides:
        for layer in style.moments[side]:
            tensors[f"moment.{side}.{layer}"] = _triangle(style.moments[side][layer][0])
            tensors[f"mean.{side}.{layer}"] = style.means[side][layer][0]
    about = {
        "version": _VERSIONS[-1],
        "artgan": __version__,
        "encoder": {"name": encoder.name, "sha256": encoder.sha256, "pooling": encoder.pooling},
        "layers": list(style.moments[style.sides[0]]),
        "long_sides": style.sides,
        "pictures": pictures,
    }
    save_tensors(path, tensors, {STYLE_KEY: json.dumps(about)})


def read_style(path: Path, device: torch.device) -> StyleFile:
    """A style file, its statistics on the device. Raises WeightsError when it is missing, damaged, or none."""
    tensors, metadata = load_tensors(path)
    about = read_about(path, metadata)
    found: dict[str, dict[int, dict[str, Tensor]]] = {"moment": {}, "mean": {}}
    for name, tensor in tensors.items():
        kind, _, place = name.partition(".")
        side, _, layer = place.partition(".")
        if kind in found and side.isdecimal():
            found[kind].setdefault(int(side), {})[layer] = tensor.float()
    whole = all(set(about["layers"]) <= of.get(side, {}).keys() for of in found.values() for side in found["moment"])
    if not found["moment"] or "palette" not in tensors or not whole:
        raise _damaged(path, "statistics are")
    moments: dict[int, dict[str, Tensor]] = {}
    means: dict[int, dict[str, Tensor]] = {}
    try:
        for long_side, layers in found["moment"].items():
            seen = {layer: found["mean"][long_side][layer] for layer in layers}
            wholes = {layer: _matrix(stored, len(seen[layer])) for layer, stored in layers.items()}
            moments[long_side] = {layer: matrix[None].to(device) for layer, matrix in wholes.items()}
            means[long_side] = {layer: mean[None].to(device) for layer, mean in seen.items()}
    except (KeyError, RuntimeError) as error:
        raise _damaged(path, "statistics are") from error
    style = StoredStyle(moments=moments, means=means, palette=tensors["palette"].float())
    digest = sha256(read_bytes(path)).hexdigest()
    return StyleFile(path=path, name=path.name, sha256=digest, style=style, about=about)


def read_about(path: Path, metadata: Mapping[str, str]) -> dict[str, Any]:
    """What a style file says of itself. Raises WeightsError when it is none."""
    if STYLE_KEY not in metadata:
        raise WeightsError(f"cannot use {quoted(path)} as a style: it is no style file; --save-style makes one")
    try:
        about = dict(json.loads(metadata[STYLE_KEY]))
        whole = isinstance(about["encoder"], dict) and all(isinstance(about[k], list) for k in ("layers", "pictures"))
        if not whole or about["version"] not in _VERSIONS:
            raise ValueError("of another version")
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged(path, "metadata is") from error
    return about


def _triangle(matrix: Tensor) -> Tensor:
    """The upper triangle of a symmetric matrix (C, C), row by row: (C (C + 1) / 2,)."""
    rows, columns = torch.triu_indices(*matrix.shape, device=matrix.device)
    return matrix[rows, columns]


def _matrix(stored: Tensor, size: int) -> Tensor:
    """What `_triangle` took apart, or all of a matrix: (size, size). Raises RuntimeError for another number of
    numbers."""
    if stored.ndim == 2:
        return stored.reshape(size, size)
    rows, columns = torch.triu_indices(size, size)
    matrix = stored.new_empty(size, size)
    stored = stored.reshape(len(rows))
    matrix[rows, columns] = stored
    matrix[columns, rows] = stored
    return matrix


def _check_encoder(path: Path, then: Mapping[str, Any], encoder: Encoder) -> None:
    name, pooling = then.get("name"), then.get("pooling")
    if name != encoder.name:
        raise WeightsError(
            f"{quoted(path)} is a style as the encoder {name} sees it, and {encoder.name} paints: "
            f"give --encoder {name}, or save it again with {encoder.name}"
        )
    if then.get("sha256") != encoder.sha256:
        raise WeightsError(
            f"{quoted(path)} is a style as another file of {name} sees it (SHA-256 {str(then.get('sha256'))[:12]}...): "
            "give its --encoder-weights, or save it again"
        )
    if pooling != encoder.pooling:
        raise WeightsError(f"{quoted(path)} is a style for --pooling {pooling}, not {encoder.pooling}")


def _damaged(path: Path, what: str) -> WeightsError:
    return WeightsError(f"cannot use {quoted(path)} as a style: its {what} damaged")
