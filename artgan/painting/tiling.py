"""Pictures larger than memory through networks that normalise by the whole picture's statistics.

Instance normalisation makes every pixel depend on all others, so tiles computed one by one differ in colour and show
seams. Two ways around it:

- `exact`: between two normalisations a ResNet generator is local. Each stretch runs in bands; the moments of what it
  makes are gathered over all of them and then fixed. Maps of the picture's full size are never kept, only their
  moments, and computed a second time where they are used: one part in thirty of the work, most of the memory.
- `thumbnail` (Chen et al. 2022, arXiv:2103.11784): the moments of the picture scaled down stand for those of the whole.
  Not the same picture, but within any memory, and for any generator.
"""

from collections.abc import Callable, Iterable
from itertools import product

import torch
from torch import Tensor, nn

from artgan.models.instance_norm import InstanceNorm
from artgan.models.resnet import ResidualBlock, ResnetGenerator
from artgan.painting.bands import joined, neighbourhood, run_in_bands
from artgan.painting.normalisation import FixedNorm, Moments, fixed_copy, measured
from artgan.painting.pyramid import fit, resize

THUMBNAIL = 1024
"""Long side of the picture that `thumbnail` measures."""
_TILE = 512
_BLENDED = 128
"""Overlap of the tiles of a network that sees everything: one is faded into the next."""

Progress = Callable[[float], None]
"""Is told the share of the work that is done."""


def exact(network: ResnetGenerator, images: Tensor, progress: Progress = lambda share: None) -> Tensor:
    """What `network` makes of images (1, 3, H, W) in [-1, 1], H and W multiples of its own, in bands.

    The same as `network(images)` but for rounding.
    """
    return _Exact(network, images.shape[-2], progress).run(images)


class _Exact:
    """Walks through the layers; those since the last map that is kept are pending."""

    def __init__(self, network: ResnetGenerator, height: int, progress: Progress) -> None:
        self._network, self._height, self._progress = network, height, progress
        self._norms = sum(isinstance(module, InstanceNorm) for module in network.modules())
        self._measured = 0

    def run(self, images: Tensor) -> Tensor:
        return joined(*self._walk(self._network.layers, images))

    def _walk(self, layers: Iterable[nn.Module], maps: Tensor) -> tuple[Tensor, list[nn.Module]]:
        pending: list[nn.Module] = []
        for layer in layers:
            if isinstance(layer, InstanceNorm):
                maps, pending = self._normed(layer, maps, pending)
            elif isinstance(layer, ResidualBlock):
                maps, pending = joined(maps, pending), []
                for rows, band in run_in_bands(*self._walk(layer.layers, maps)):
                    maps[..., rows, :] += band
            else:
                pending.append(layer)
        return maps, pending

    def _normed(self, norm: InstanceNorm, maps: Tensor, pending: list[nn.Module]) -> tuple[Tensor, list[nn.Module]]:
        step = neighbourhood(pending, maps.shape[1]).step
        moments, kept = Moments(), None
        keep = maps.shape[-2] / step < self._height
        for rows, band in run_in_bands(maps, pending):
            moments.add(band)
            if keep:
                if kept is None:
                    size = (1, band.shape[1], int(maps.shape[-2] / step), band.shape[3])
                    kept = torch.empty(size, dtype=band.dtype, device=band.device)
                kept[..., rows, :] = band
        self._measured += 1
        self._progress(self._measured / (self._norms + 1))
        fixed = FixedNorm(norm, moments, maps.device)
        return (maps, [*pending, fixed]) if kept is None else (kept, [fixed])


def thumbnail(
    network: nn.Module, images: Tensor, multiple: int, progress: Progress = lambda share: None, *, side: int = THUMBNAIL
) -> Tensor:
    """What `network` makes of images (1, 3, H, W) in [-1, 1], in tiles, with the moments of the picture at `side`.

    H and W are multiples of `multiple`, the network's own. Tiles overlap by what a ResNet's pixels see of their
    surroundings, so that there are no seams; those of other networks are faded into each other.
    """
    height, width = images.shape[-2:]
    height, width = fit(height, width, min(side, max(height, width)))
    small = resize((images + 1) / 2, *(max(2 * multiple, round(n / multiple) * multiple) for n in (height, width)))
    with measured(network) as moments:
        network(small * 2 - 1)
    return _in_tiles(fixed_copy(network, moments), images, multiple, reach(network), progress)


def reach(network: nn.Module) -> int | None:
    """How many pixels away a pixel still counts when the moments are fixed; None: all of them do."""
    if not isinstance(network, ResnetGenerator):
        return None
    layers: list[nn.Module] = []
    for layer in network.layers:
        layers += layer.layers if isinstance(layer, ResidualBlock) else [layer]
    return neighbourhood([layer for layer in layers if not isinstance(layer, InstanceNorm)], 3).margin


def _in_tiles(network: nn.Module, images: Tensor, multiple: int, margin: int | None, progress: Progress) -> Tensor:
    """Tiles overlap by `margin` on each side, which is cut off, or for None by an overlap in which they are faded."""
    cut, fade = (0, max(_BLENDED, multiple // 2)) if margin is None else (margin, 0)
    around = -(-(cut + fade) // multiple) * multiple
    tile = -(-_TILE // multiple) * multiple
    height, width = images.shape[-2:]
    places = list(product(_spans(height, tile, around), _spans(width, tile, around)))
    total, weights = torch.zeros_like(images), torch.zeros_like(images[:, :1])
    for number, ((top, bottom), (left, right)) in enumerate(places, start=1):
        translated = network(images[..., top:bottom, left:right]).float()
        down, across = (
            _weights(begin, end, length, cut, fade, images.device)
            for begin, end, length in ((top, bottom, height), (left, right, width))
        )
        weight = down[:, None] * across
        total[..., top:bottom, left:right] += translated * weight
        weights[..., top:bottom, left:right] += weight
        progress(number / len(places))
    return total.div_(weights)


def _spans(length: int, tile: int, around: int) -> list[tuple[int, int]]:
    return [(max(0, start - around), min(length, start + tile + around)) for start in range(0, length, tile)]


def _weights(begin: int, end: int, length: int, cut: int, fade: int, device: torch.device) -> Tensor:
    """What each row of a tile counts: nothing within `cut` of an edge inside the picture, then more over `fade`."""
    places = torch.arange(begin, end, device=device, dtype=torch.float32) + 0.5
    from_begin = places - begin if begin else torch.full_like(places, torch.inf)
    from_end = end - places if end < length else torch.full_like(places, torch.inf)
    return ((torch.minimum(from_begin, from_end) - cut) / max(1, fade)).clamp(0, 1)
