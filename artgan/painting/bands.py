"""Layers that see only a neighbourhood, run on a map band by band: the same result, without its memory."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

import torch
from torch import Tensor, nn

from artgan.models.translation_layers import SmoothDoubling
from artgan.painting.normalisation import FixedNorm

_BAND = 2**22
"""Numbers in the largest map of a band: 16 MiB in float32, which a processor's caches and a GPU both do well with."""
_SHORTEST = 8
"""Rows of a band before its margins; reflection needs some."""


@dataclass(frozen=True)
class Neighbourhood:
    """What layers together see and make.

    Attributes:
        margin: so many rows above and below those that come in decide what comes out.
        align: bands begin at multiples of so many rows.
        step: rows that come in for one that goes out; 1/2 where maps are enlarged.
        widest: numbers of the largest map inside, as a multiple of the numbers of one channel that comes in.
    """

    margin: int
    align: int
    step: Fraction
    widest: Fraction


def neighbourhood(layers: Sequence[nn.Module], channels: int) -> Neighbourhood:
    """What these layers, one after the other, see of a map with `channels`.

    Raises:
        ValueError: a layer is none of those known to be local.
    """
    margin, step, align, widest = Fraction(0), Fraction(1), Fraction(1), Fraction(channels)
    for layer in layers:
        radius, change, channels = _layer(layer, channels)
        margin += radius * step
        step *= change
        align = max(align, step)
        widest = max(widest, channels / step**2)
    alignment = ceil(align)
    return Neighbourhood(ceil(margin / alignment) * alignment, alignment, step, widest)


def _layer(layer: nn.Module, channels: int) -> tuple[int, Fraction, int]:
    """Radius in rows that come in, rows in for one out, channels that go out."""
    if isinstance(layer, nn.Conv2d):
        return int(layer.kernel_size[0]) // 2, Fraction(layer.stride[0]), layer.out_channels
    if isinstance(layer, nn.ConvTranspose2d):
        return int(layer.kernel_size[0]) // 2, Fraction(1, layer.stride[0]), layer.out_channels
    if isinstance(layer, SmoothDoubling):
        return 2, Fraction(1, 2), len(layer.bias)
    if isinstance(layer, FixedNorm | nn.ReLU | nn.Tanh):
        return 0, Fraction(1), channels
    raise ValueError(f"{type(layer).__name__} is not known to be local")


def run_in_bands(maps: Tensor, layers: Sequence[nn.Module]) -> Iterator[tuple[slice, Tensor]]:
    """What `layers` make of maps (1, C, H, W), as bands (1, C', h, W') with the rows where each belongs.

    A band is computed with a margin, which is cut off: what the layers put beyond its edges reaches no further. At the
    map's own edges there is none, so that they are treated as in the whole. H is a multiple of what the layers halve.
    """
    seen = neighbourhood(layers, maps.shape[1])
    height, width = maps.shape[-2:]
    rows = max(_SHORTEST, int(_BAND / (width * seen.widest)))
    rows = ceil(rows / seen.align) * seen.align
    for top in range(0, height, rows):
        bottom = min(height, top + rows)
        above, below = max(0, top - seen.margin), min(height, bottom + seen.margin)
        band = maps[..., above:below, :]
        for layer in layers:
            band = layer(band)
        first, last = int((top - above) / seen.step), int((bottom - above) / seen.step)
        yield slice(int(top / seen.step), int(bottom / seen.step)), band[..., first:last, :]


def joined(maps: Tensor, layers: Sequence[nn.Module]) -> Tensor:
    """What `layers` make of maps (1, C, H, W), computed in bands."""
    if not layers:
        return maps
    out: Tensor | None = None
    step = neighbourhood(layers, maps.shape[1]).step
    height = int(maps.shape[-2] / step)
    for rows, band in run_in_bands(maps, layers):
        if out is None:
            out = torch.empty((1, band.shape[1], height, band.shape[3]), dtype=band.dtype, device=band.device)
        out[..., rows, :] = band
    assert out is not None
    return out
