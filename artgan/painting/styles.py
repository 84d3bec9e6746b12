"""The paintings that a style is taken from, and their statistics at the sizes a picture is painted at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from torch import Tensor

from artgan.config.styles import LayerRange
from artgan.painting.colour import Palette, match_palette
from artgan.painting.masks import Mask
from artgan.painting.objective import Objective
from artgan.painting.pyramid import fit, resize
from artgan.painting.stored_styles import StoredStyle
from artgan.painting.tensors import pad_to


@dataclass(frozen=True, kw_only=True, eq=False)
class Style:
    """A painting to take a style from.

    Attributes:
        image: (1, 3, H, W) in [0, 1], or what is stored of many.
        share: in the blend of the styles that are wanted in the same place; they need not sum to one.
        mask: where it is wanted; None where no other style's mask is.
        scale: of its strokes, beside that of all styles.
        layers: in which it has a say; None: in all.
    """

    image: Tensor | StoredStyle
    share: float = 1.0
    mask: Mask | None = None
    scale: float = 1.0
    layers: LayerRange | None = None

    def side(self, long_side: int, scale: float) -> int:
        """The long side at which it is seen for a picture of this one, where all styles have a scale; a picture is not
        enlarged for it."""
        wanted = max(1, round(long_side * scale * self.scale))
        return min(wanted, max(self.image.shape[-2:])) if isinstance(self.image, Tensor) else wanted


def by_mask(styles: Sequence[Style]) -> list[list[Style]]:
    """The styles of each place, in the order in which places are named first."""
    groups: dict[Mask | None, list[Style]] = {}
    for style in styles:
        groups.setdefault(style.mask, []).append(style)
    return list(groups.values())


class Blend:
    """Styles that are mixed in one place. Their statistics are computed once a size, for all contents.

    Args:
        styles: at least one, all with the same mask.
        objective: what takes the statistics.
        scale: a style's long side is this, and its own scale, times the picture's; but it is never enlarged.
    """

    def __init__(self, styles: Sequence[Style], objective: Objective, scale: float) -> None:
        self._styles = styles
        self._objective = objective
        self._scale = scale
        self._shortest = objective.encoder.minimum_size(objective.layers)
        self._statistics: dict[int, dict[str, Tensor]] = {}

    @property
    def mask(self) -> Mask | None:
        """Where the blend is wanted; None where no other is."""
        return self._styles[0].mask

    @property
    def strength(self) -> float:
        """How much of the style's weight it has beside others: shares below one are a style put on thinly."""
        return min(1.0, sum(style.share for style in self._styles))

    def statistics(self, long_side: int) -> Mapping[str, Tensor]:
        """By layer, for a picture of this long side."""
        if long_side not in self._statistics:
            seen = [self._seen(style, long_side) for style in self._styles]
            shares = [style.share for style in self._styles]
            ranges = [style.layers for style in self._styles]
            self._statistics[long_side] = self._objective.style_targets(seen, shares, ranges)
        return self._statistics[long_side]

    def in_colours(self, wanted: Palette, amount: float) -> "Blend":
        """The same blend with each style's colours moved towards a palette; stored ones stay as they are."""
        styles = [
            replace(style, image=match_palette(style.image, wanted, amount))
            if isinstance(style.image, Tensor)
            else style
            for style in self._styles
        ]
        return Blend(styles, self._objective, self._scale)

    def _seen(self, style: Style, long_side: int) -> Tensor | Mapping[str, Tensor]:
        side = style.side(long_side, self._scale)
        if isinstance(style.image, StoredStyle):
            return style.image.at(side, with_means=self._objective.style_distance != "gram")
        return pad_to(resize(style.image, *fit(style.image.shape[-2], style.image.shape[-1], side)), self._shortest)
