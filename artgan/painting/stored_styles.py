"""Styles without their pictures: statistics of a set of paintings at several sizes, averaged."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from artgan.models.encoder import Encoder
from artgan.painting.colour import to_oklab
from artgan.painting.pyramid import fit, resize
from artgan.painting.room import Room
from artgan.painting.tensors import pad_to
from artgan.painting.tiled_objective import TiledObjective

Statistics = Mapping[int, Mapping[str, Tensor]]
"""By long side and layer."""


@dataclass(frozen=True, kw_only=True)
class StoredStyle:
    """Averages over paintings, float32.

    Attributes:
        moments: second moments of the channels (Gram matrices), (1, C, C).
        means: means of the channels, (1, C).
        palette: colours in Oklab, (N, 3), that stand for those of all paintings.
    """

    moments: Statistics
    means: Statistics
    palette: Tensor

    @property
    def sides(self) -> list[int]:
        """The long sides at which the paintings were looked at, in order."""
        return sorted(self.moments)

    def at(self, side: int, *, with_means: bool = False) -> Mapping[str, Tensor]:
        """Gram matrices by layer for paintings of this long side: those of the nearest one stored, by ratio.

        `with_means` they are moments, (1, C + 1, C), as `losses.moments` compares them.
        """
        nearest = min(self.sides, key=lambda stored: abs(math.log(stored / side)))
        if not with_means:
            return self.moments[nearest]
        means = self.means[nearest]
        return {
            layer: torch.cat([second, means[layer][:, None]], dim=1) for layer, second in self.moments[nearest].items()
        }


@dataclass(kw_only=True)
class StyleAverage:
    """Gathers a StoredStyle, painting by painting. All layers are seen at all long sides, `room` pixels at once."""

    encoder: Encoder
    layers: Sequence[str]
    sides: Sequence[int]
    colours: int
    """Of each painting that are kept for the palette."""
    room: Room = field(default_factory=Room)
    _moments: dict[int, dict[str, Tensor]] = field(default_factory=dict)
    _means: dict[int, dict[str, Tensor]] = field(default_factory=dict)
    _palette: list[Tensor] = field(default_factory=list)
    _total: float = 0.0

    @torch.no_grad()
    def add(self, image: Tensor, share: float) -> None:
        """A painting (1, 3, H, W) in [0, 1] with its weight; it is reduced to each long side, and never enlarged."""
        eye = self._eye()
        seen: dict[int, dict[str, Tensor]] = {}
        for side in self.sides:
            own = min(side, max(image.shape[-2:]))
            if own not in seen:
                small = resize(image, *fit(image.shape[-2], image.shape[-1], own))
                small = pad_to(small, self.encoder.minimum_size(self.layers))
                seen[own] = eye.style_targets([small], [1.0])
            for layer, moments in seen[own].items():
                _gather(self._moments.setdefault(side, {}), layer, moments[:, :-1] * share)
                _gather(self._means.setdefault(side, {}), layer, moments[:, -1] * share)
        colours = to_oklab(image)[0].flatten(1).T.cpu()
        count = min(self.colours, len(colours))
        self._palette.append(colours[(torch.arange(count) * len(colours)) // count])
        self._total += share

    def _eye(self) -> TiledObjective:
        """What takes the statistics; nothing is painted by it."""
        return TiledObjective(
            room=self.room,
            encoder=self.encoder,
            content_layers={},
            style_layers=dict.fromkeys(self.layers, 1.0),
            content_weight=0.0,
            style_weight=1.0,
            tv_weight=0.0,
            normalization="relative",
            style_distance="moments",
        )

    def finish(self) -> StoredStyle:
        """The averages. Raises ValueError when there was no painting."""
        if not self._total:
            raise ValueError("no paintings")
        return StoredStyle(
            moments=_divided(self._moments, self._total),
            means=_divided(self._means, self._total),
            palette=torch.cat(self._palette),
        )


def _gather(sums: dict[str, Tensor], layer: str, part: Tensor) -> None:
    sums[layer] = sums[layer] + part if layer in sums else part


def _divided(sums: Statistics, total: float) -> dict[int, dict[str, Tensor]]:
    return {side: {layer: value / total for layer, value in layers.items()} for side, layers in sums.items()}
