"""Scores of a painting, once it is finished: what it kept of its content and took of its style, between both ends."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor

from artgan.losses.perceptual import gram_matrix
from artgan.metrics.paintings import (
    COLOURS,
    SMALLEST,
    Reading,
    content_fidelity,
    evenly,
    palette,
    palette_distance,
    structural_similarity,
    style_similarity,
)
from artgan.models.encoder import Encoder
from artgan.painting.colour import to_oklab
from artgan.painting.places import shared_out
from artgan.painting.pyramid import fit, resize
from artgan.painting.stored_styles import StoredStyle
from artgan.painting.styles import Style, by_mask
from artgan.painting.tensors import pad_to

JUDGED = 512
"""Long side in pixels that a painting is reduced to: so scores of large and small ones compare, and take a moment."""

STYLE_LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
"""What the style is judged by."""
_CONTENT_LAYERS = ("relu4_1", "relu5_1")


_SIZES = 4
"""Sizes of paintings for which the styles' pictures are kept; some megabytes each."""


@dataclass(frozen=True, kw_only=True)
class _Look:
    """What is compared with a style: Gram matrices by layer, and colours in Oklab, (N, 3)."""

    grams: Mapping[str, Tensor]
    palette: Tensor


@dataclass(frozen=True, kw_only=True)
class _Seen(_Look):
    """A picture through the encoder."""

    image: Tensor
    features: Mapping[str, Tensor]


@dataclass(frozen=True, kw_only=True)
class Judge:
    """Scores paintings in styles, each of which has its share of the picture: by its mask, and of its place.

    Where no style is wanted the content is. `scale` is `--style-scale`: a style is seen at the size it was painted
    with. Of a stored style there is no picture to lay over the content, so its end of the scores of content is 0.
    """

    encoder: Encoder
    styles: Sequence[Style]
    scale: float
    _looks: dict[tuple[int, int, int], _Look] = field(default_factory=dict)
    _strangers: dict[tuple[int, int, int], _Seen] = field(default_factory=dict)

    @torch.no_grad()
    def scores(self, painting: Tensor, content: Tensor, alpha: Tensor | None = None) -> dict[str, Any]:
        """Of a painting of a content, both (1, 3, H, W) in [0, 1], as receipts and `--json` tell them.

        `alpha`, (1, 1, H, W), is the content's transparency, which may be a mask.
        """
        whole = max(painting.shape[-2:])
        long_side = min(JUDGED, whole)
        size = fit(painting.shape[-2], painting.shape[-1], long_side)
        own, kept = (self._see(resize(picture, *size)) for picture in (painting, content))
        shares = self._shares(content, alpha)
        rest = max(0.0, 1 - sum(shares))
        style = self._style(whole, long_side, shares, kept, rest)
        strangers = [(self._stretched(number, *size), share) for number, share in enumerate(shares) if share]
        laid_over = [(seen, share) for seen, share in [*strangers, (kept, rest)] if seen is not None and share]

        def of_style(score: Callable[[_Seen, _Seen], float]) -> float:
            """What the styles' own pictures get, laid over the content."""
            return sum(score(seen, kept) * share for seen, share in laid_over)

        readings = {
            "content_fidelity": Reading(
                value=self._fidelity(own, kept),
                content=self._fidelity(kept, kept),
                style=of_style(self._fidelity),
                towards_style=False,
            ),
            "ssim": Reading(
                value=structural_similarity(own.image, kept.image),
                content=1.0,
                style=of_style(lambda a, b: structural_similarity(a.image, b.image)),
                towards_style=False,
            ),
            "style_similarity": Reading(
                value=self._similarity(own, style),
                content=self._similarity(kept, style),
                style=1.0,
                towards_style=True,
            ),
            "palette_distance": Reading(
                value=palette_distance(own.palette, style.palette),
                content=palette_distance(kept.palette, style.palette),
                style=0.0,
                towards_style=True,
            ),
        }
        return {"encoder": self.encoder.name, "size": long_side, **{k: r.to_json() for k, r in readings.items()}}

    @property
    def _layers(self) -> list[str]:
        """Those that the encoder has; one cut short does without the deepest."""
        return [layer for layer in STYLE_LAYERS if layer in self.encoder.layers]

    @property
    def _content_layers(self) -> list[str]:
        """Those that the content is judged by."""
        return [layer for layer in self._layers if layer in _CONTENT_LAYERS] or self._layers[-1:]

    def _shares(self, content: Tensor, alpha: Tensor | None) -> list[float]:
        """How much of the picture each style has; together at most 1."""
        groups = by_mask(self.styles)
        covers = shared_out([group[0].mask for group in groups], content, alpha)
        areas = [1.0 if cover is None else cover.mean().item() for cover in covers]
        crowded = max(1.0, sum(areas))  # masks may overlap
        places = {
            id(style): area / crowded * style.share / sum(one.share for one in group)
            for group, area in zip(groups, areas, strict=True)
            for style in group
        }
        return [places[id(style)] for style in self.styles]

    def _see(self, image: Tensor) -> _Seen:
        image = pad_to(image, max(SMALLEST, self.encoder.minimum_size(self._layers)))
        features = self.encoder(image, self._layers)
        grams = {layer: gram_matrix(feature) for layer, feature in features.items()}
        return _Seen(image=image, features=features, grams=grams, palette=palette(to_oklab(image)))

    def _stretched(self, number: int, height: int, width: int) -> _Seen | None:
        """A style's own picture in the size of a painting, or None where there is only what is stored of many; kept
        for the next paintings, which are of few sizes mostly."""
        image, key = self.styles[number].image, (number, height, width)
        if not isinstance(image, Tensor):
            return None
        if key not in self._strangers:
            if len(self._strangers) >= _SIZES * len(self.styles):
                self._strangers.pop(next(iter(self._strangers)))
            seen = self._see(resize(image, height, width))
            # The largest maps, of the finest layers, are not looked at again.
            judged = {layer: seen.features[layer] for layer in self._content_layers}
            self._strangers[key] = replace(seen, features=judged)
        return self._strangers[key]

    def _style(self, whole: int, long_side: int, shares: Sequence[float], kept: _Look, rest: float) -> _Look:
        """All styles together as they were painted with on a picture of long side `whole`, reduced as that is to
        `long_side`, with the content where there is none. A layer in which no style has a say is left out."""
        looks = [self._look(number, whole, long_side / whole) for number in range(len(self.styles))]
        grams: dict[str, Tensor] = {}
        for layer in self._layers:
            heard = [
                (look.grams[layer], share)
                for style, look, share in zip(self.styles, looks, shares, strict=True)
                if share and (style.layers is None or style.layers.holds(layer))
            ]
            if heard:
                heard += [(kept.grams[layer], rest)]
                total = sum(share for _, share in heard)
                grams[layer] = torch.stack([gram * (share / total) for gram, share in heard]).sum(dim=0)
        colours = [(look.palette, share) for look, share in zip(looks, shares, strict=True)] + [(kept.palette, rest)]
        parts = [evenly(colour, max(1, round(COLOURS * share))) for colour, share in colours if share]
        return _Look(grams=grams, palette=torch.cat(parts))

    def _look(self, number: int, whole: int, reduced: float) -> _Look:
        """A style as it was painted with on a picture of long side `whole`, reduced by a factor; kept for the next."""
        style = self.styles[number]
        painted = round(whole * self.scale * style.scale)
        key = (number, painted, round(painted * reduced))
        if key not in self._looks:
            if isinstance(style.image, StoredStyle):
                look = _Look(grams=style.image.at(max(1, key[2])), palette=style.image.palette)
            else:
                side = max(1, round(min(painted, max(style.image.shape[-2:])) * reduced))
                look = self._see(resize(style.image, *fit(style.image.shape[-2], style.image.shape[-1], side)))
            self._looks[key] = look
        return self._looks[key]

    def _fidelity(self, one: _Seen, other: _Seen) -> float:
        likenesses = [
            content_fidelity(one.features[layer], other.features[layer], metric=self.encoder.metric(layer))
            for layer in self._content_layers
        ]
        return sum(likenesses) / len(likenesses)

    def _similarity(self, one: _Look, other: _Look) -> float:
        likenesses = [
            style_similarity(one.grams[layer], other.grams[layer], metric=self.encoder.metric(layer))
            for layer in other.grams
        ]
        return sum(likenesses) / len(likenesses) if likenesses else 1.0
