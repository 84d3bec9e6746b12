"""Scores of a painting, once it is finished: what it kept of its content and took of its style, between both ends."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
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
from artgan.painting.pyramid import fit, resize
from artgan.painting.stored_styles import StoredStyle
from artgan.painting.tensors import pad_to

JUDGED = 512
"""Long side in pixels that a painting is reduced to: so scores of large and small ones compare, and take a moment."""

STYLE_LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
"""What the style is judged by."""
_CONTENT_LAYERS = ("relu4_1", "relu5_1")


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
    """Scores paintings in a blend of styles: pictures (1, 3, H, W) in [0, 1], or stored ones, with their shares.

    `scale` is `--style-scale`: the styles are seen at the size they were painted with. Of a stored style there is no
    picture to lay over the content, so its end of the scores of content is 0.
    """

    encoder: Encoder
    styles: Sequence[tuple[Tensor | StoredStyle, float]]
    scale: float
    _blends: dict[tuple[int, int], "_Look"] = field(default_factory=dict)

    @torch.no_grad()
    def scores(self, painting: Tensor, content: Tensor) -> dict[str, Any]:
        """Of a painting of a content, both (1, 3, H, W) in [0, 1], as receipts and `--json` tell them."""
        whole = max(painting.shape[-2:])
        long_side = min(JUDGED, whole)
        size = fit(painting.shape[-2], painting.shape[-1], long_side)
        own, kept = (self._see(resize(picture, *size)) for picture in (painting, content))
        style = self._style(whole, long_side)
        strangers = [
            (self._see(resize(image, *size)), share) for image, share in self.styles if isinstance(image, Tensor)
        ]
        total = sum(share for _, share in self.styles)

        def of_style(score: Callable[[_Seen, _Seen], float]) -> float:
            """What the styles' own pictures get, laid over the content."""
            return sum(score(seen, kept) * share / total for seen, share in strangers)

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

    def _see(self, image: Tensor) -> _Seen:
        image = pad_to(image, max(SMALLEST, self.encoder.minimum_size(self._layers)))
        features = self.encoder(image, self._layers)
        grams = {layer: gram_matrix(feature) for layer, feature in features.items()}
        return _Seen(image=image, features=features, grams=grams, palette=palette(to_oklab(image)))

    def _style(self, whole: int, long_side: int) -> _Look:
        """The blend as it was painted with on a picture of long side `whole`, reduced as that is to `long_side`."""
        if (whole, long_side) not in self._blends:
            total = sum(share for _, share in self.styles)
            grams: dict[str, Tensor] = {}
            colours = []
            for style, share in self.styles:
                seen = self._look(style, round(whole * self.scale), long_side / whole)
                for layer, gram in seen.grams.items():
                    grams[layer] = grams.get(layer, torch.zeros_like(gram)) + gram * (share / total)
                colours.append(evenly(seen.palette, max(1, round(COLOURS * share / total))))
            self._blends[whole, long_side] = _Look(grams=grams, palette=torch.cat(colours))
        return self._blends[whole, long_side]

    def _look(self, style: Tensor | StoredStyle, painted: int, reduced: float) -> _Look:
        """A style that was painted with at a long side of `painted`, reduced by a factor."""
        if isinstance(style, StoredStyle):
            return _Look(grams=style.at(max(1, round(painted * reduced))), palette=style.palette)
        side = max(1, round(min(painted, max(style.shape[-2:])) * reduced))
        return self._see(resize(style, *fit(style.shape[-2], style.shape[-1], side)))

    def _fidelity(self, one: _Seen, other: _Seen) -> float:
        layers = [layer for layer in self._layers if layer in _CONTENT_LAYERS] or self._layers[-1:]
        likenesses = [
            content_fidelity(one.features[layer], other.features[layer], metric=self.encoder.metric(layer))
            for layer in layers
        ]
        return sum(likenesses) / len(likenesses)

    def _similarity(self, one: _Look, other: _Look) -> float:
        likenesses = [
            style_similarity(one.grams[layer], other.grams[layer], metric=self.encoder.metric(layer))
            for layer in self._layers
        ]
        return sum(likenesses) / len(likenesses)
