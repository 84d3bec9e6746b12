"""What a painter in one pass is trained and scored by: pairs of content and style, seen by one encoder."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from artgan.losses.pairs import pair_content, pair_style, weighted
from artgan.losses.perceptual import gram_matrix
from artgan.models.encoder import Encoder


@dataclass(frozen=True, kw_only=True)
class PairTargets:
    """What N paintings are compared with: features of their contents, Gram matrices of their styles, by layer."""

    content: Mapping[str, Tensor]
    style: Mapping[str, Tensor]


@dataclass(frozen=True, kw_only=True)
class PairLosses:
    """Of N pairs, (N,) each, not weighted against each other."""

    content: Tensor
    style: Tensor


class PairObjective:
    """Losses of pairs, by `losses.pairs`; layers with their weights. Pictures are (N, 3, S, S) in [0, 1].

    Raises:
        UsageError: the encoder does not have one of the layers.
    """

    def __init__(
        self, encoder: Encoder, *, content_layers: Mapping[str, float], style_layers: Mapping[str, float]
    ) -> None:
        self.encoder = encoder
        self._content_layers, self._style_layers = content_layers, style_layers
        encoder.minimum_size({*content_layers, *style_layers})  # knows every layer, or says which not

    @torch.no_grad()
    def targets(self, contents: Tensor, styles: Tensor) -> PairTargets:
        """Of N contents, each with the style of its number."""
        seen = self.encoder(styles, set(self._style_layers))
        return PairTargets(
            content=self.encoder(contents, set(self._content_layers)),
            style={layer: gram_matrix(features) for layer, features in seen.items()},
        )

    def __call__(self, paintings: Tensor, targets: PairTargets) -> PairLosses:
        """The losses of N paintings, differentiable with respect to them."""
        features = self.encoder(paintings, {*self._content_layers, *self._style_layers})
        metric = self.encoder.metric
        content = {
            layer: pair_content(features[layer], targets.content[layer], metric(layer))
            for layer in self._content_layers
        }
        style = {
            layer: pair_style(gram_matrix(features[layer]), targets.style[layer], metric(layer))
            for layer in self._style_layers
        }
        return PairLosses(content=weighted(content, self._content_layers), style=weighted(style, self._style_layers))
