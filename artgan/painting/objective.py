"""What a painting should be close to: the content's features and the style's Gram matrices, through one encoder."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import torch
from torch import Tensor

from artgan.config.styles import LayerRange
from artgan.losses.moments import covariance_loss, feature_moments, target_root, wasserstein_loss
from artgan.losses.perceptual import Normalization, content_loss, gram_matrix, style_loss, total_variation
from artgan.models.encoder import Encoder

StyleDistance = Literal["gram", "wasserstein", "moments"]


@dataclass(frozen=True, kw_only=True)
class Losses:
    """One evaluation: weighted parts and their sum, scalars with a graph."""

    content: Tensor
    style: Tensor
    total: Tensor


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Statistics that a layer should have, and where.

    Attributes:
        statistics: what `Objective.style_targets` gives, float32.
        guide: how much each position counts, (1, 1, H, W) of the features' size, in [0, 1]; None: all alike.
        share: of the style's weight.
        root: of the statistics, where the distance needs it.
    """

    statistics: Tensor
    guide: Tensor | None = None
    share: float = 1.0
    root: Tensor | None = None


@dataclass(frozen=True, kw_only=True)
class Backdrop:
    """What shows where no style is wanted: the content (1, 3, H, W) behind a picture that covers it, (1, 1, H, W)."""

    content: Tensor
    cover: Tensor

    def behind(self, picture: Tensor) -> Tensor:
        """The picture where it covers, else the content, to the bit."""
        return torch.lerp(self.content, picture, self.cover)


@dataclass(frozen=True, kw_only=True)
class Targets:
    """What one picture at one scale is compared with."""

    content: Mapping[str, Tensor]
    """Features by layer, (1, C, H, W)."""
    style: Mapping[str, Sequence[Wanted]]
    """By layer, for each place with a style of its own."""
    backdrop: Backdrop | None = None
    """None where the picture is painted everywhere."""
    seen_again: Tensor | None = None
    """The content (1, 3, H, W) where its features are too large to be kept and are computed again, tile by tile."""
    content_squares: Mapping[str, Tensor] = field(default_factory=dict)
    """By layer, the sum of the squares of the content's features, where tiles are to be relative to it."""


@dataclass(frozen=True, kw_only=True)
class Objective:
    """Weighs content, style and smoothness. Layer weights are by name; pictures are (1, 3, H, W) in [0, 1].

    Styles are compared by Gram matrices, or by mean and covariance: as Gaussians (`wasserstein`) or for themselves
    (`moments`).
    """

    encoder: Encoder
    content_layers: Mapping[str, float]
    style_layers: Mapping[str, float]
    content_weight: float
    style_weight: float
    tv_weight: float
    normalization: Normalization
    style_distance: StyleDistance = "gram"

    @property
    def layers(self) -> set[str]:
        """Every layer that a picture has to be seen through."""
        return {
            *(self.content_layers if self.content_weight else ()),
            *(self.style_layers if self.style_weight else ()),
        }

    @torch.no_grad()
    def content_targets(self, content: Tensor) -> dict[str, Tensor]:
        """Features of the content at the layers that are compared."""
        if not self.content_weight:
            return {}
        features: dict[str, Tensor] = self.encoder(content, set(self.content_layers))
        return features

    @torch.no_grad()
    def style_targets(
        self,
        styles: Sequence[Tensor | Mapping[str, Tensor]],
        shares: Sequence[float],
        ranges: Sequence[LayerRange | None] | None = None,
    ) -> dict[str, Tensor]:
        """Statistics of several styles, averaged by their shares, which need not sum to one.

        A style is a picture, or already statistics by layer, of at least the layers compared: Gram matrices (1, C, C),
        or moments (1, C + 1, C) where those are compared. Both are linear in the pictures' positions, so this is the
        style of a picture that holds all of them. A layer is averaged over the styles in whose range it lies, and
        missing where there are none.
        """
        if not self.style_weight:
            return {}
        layers = [
            {layer for layer in self.style_layers if within is None or within.holds(layer)}
            for within in ranges or [None] * len(styles)
        ]
        blend: dict[str, Tensor] = {}
        for style, share, own in zip(styles, shares, layers, strict=True):
            for layer, statistics in self._of_style(style, own).items():
                total = sum(other for other, of in zip(shares, layers, strict=True) if layer in of)
                part = statistics * (share / total)
                blend[layer] = blend[layer] + part if layer in blend else part
        return blend

    @torch.no_grad()
    def wanted(self, layer: str, statistics: Tensor, guide: Tensor | None = None, share: float = 1.0) -> Wanted:
        """Statistics of a layer as a target for the places that a guide tells."""
        root = target_root(statistics, self.encoder.metric(layer)) if self.style_distance == "wasserstein" else None
        return Wanted(statistics=statistics, guide=guide, share=share, root=root)

    def everywhere(self, statistics: Mapping[str, Tensor]) -> dict[str, tuple[Wanted, ...]]:
        """One style for all of a picture, by layer."""
        return {layer: (self.wanted(layer, wanted),) for layer, wanted in statistics.items()}

    def targets(
        self, content: Tensor, style: Mapping[str, Sequence[Wanted]], backdrop: Backdrop | None = None
    ) -> Targets:
        """All that a picture of this content's size is compared with."""
        return Targets(content=self.content_targets(content), style=style, backdrop=backdrop)

    def gradient(self, picture: Tensor, targets: Targets) -> tuple[Losses, Tensor]:
        """The losses of a picture that requires gradients, and the gradient of their total to it."""
        losses = self(picture, targets)
        (gradient,) = torch.autograd.grad(losses.total, picture)
        return losses, gradient

    def __call__(self, picture: Tensor, targets: Targets) -> Losses:
        """The weighted losses of a picture, differentiable with respect to it."""
        if targets.backdrop is not None:
            picture = targets.backdrop.behind(picture)
        features = self.encoder(picture, self.layers)
        content = style = torch.zeros((), device=picture.device)
        if self.content_weight:
            for layer, weight in self.content_layers.items():
                loss = content_loss(
                    features[layer],
                    targets.content[layer],
                    self.normalization,
                    metric=self.encoder.metric(layer),
                    channels=self.encoder.channels[layer],
                )
                content = content + self.content_weight * weight * loss
        if self.style_weight:
            for layer, weight in self.style_layers.items():
                for wanted in targets.style.get(layer, ()):
                    loss = self._distance(layer, self._statistics(features[layer], wanted.guide), wanted)
                    style = style + self.style_weight * weight * wanted.share * loss
        total = content + style
        if self.tv_weight:
            total = total + self.tv_weight * total_variation(picture)
        return Losses(content=content, style=style, total=total)

    def _of_style(self, style: Tensor | Mapping[str, Tensor], layers: Collection[str]) -> dict[str, Tensor]:
        if isinstance(style, Mapping):
            return {layer: style[layer] for layer in layers}
        return {layer: self._statistics(features) for layer, features in self.encoder(style, layers).items()}

    def _statistics(self, features: Tensor, guide: Tensor | None = None) -> Tensor:
        return (gram_matrix if self.style_distance == "gram" else feature_moments)(features, guide)

    def _distance(self, layer: str, own: Tensor, wanted: Wanted) -> Tensor:
        """How far statistics of a layer are from those wanted: a scalar."""
        metric, channels = self.encoder.metric(layer), self.encoder.channels[layer]
        if self.style_distance == "gram":
            return style_loss(own, wanted.statistics, self.normalization, metric=metric, channels=channels)
        assert self.normalization != "gatys"  # TransferConfig sees to it
        if wanted.root is None:
            return covariance_loss(own, wanted.statistics, self.normalization, metric=metric, channels=channels)
        return wasserstein_loss(
            own, wanted.statistics, self.normalization, root=wanted.root, metric=metric, channels=channels
        )
