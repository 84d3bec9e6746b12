"""Where in a picture a style is wanted, and at which positions of a layer that can be said.

L. Gatys et al., "Controlling Perceptual Factors in Neural Style Transfer" (2017, arXiv:1611.07865), section 4, call the
maps by which features are weighed guides. The strict ones are made here: a position of a layer counts as far as all
that it sees lies inside, so that nothing of a style bleeds across an edge. Masks are (1, 1, H, W) in [0, 1].
"""

from collections.abc import Collection
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from artgan.models.encoder import Encoder
from artgan.painting.pyramid import resize


@dataclass(frozen=True, kw_only=True, eq=False)
class Mask:
    """A mask for any content: of `values`, (1, 1, h, w) of any size, or of the content's own transparency."""

    values: Tensor | None
    inverted: bool = False

    def over(self, content: Tensor, alpha: Tensor | None) -> Tensor:
        """For a content (1, 3, H, W) with its transparency, None where it is opaque: of the content's size."""
        values = alpha if self.values is None else self.values
        if values is None:
            values = torch.ones_like(content[:, :1])
        values = resize(values, *content.shape[-2:])
        return 1 - values if self.inverted else values


def guides(mask: Tensor, encoder: Encoder, layers: Collection[str]) -> dict[str, Tensor]:
    """For each layer the mask at its positions, of the size of its features.

    A position has the smallest value that the mask has anywhere in the position's receptive field. Beyond the picture's
    border there is nothing that it could see.
    """
    found: dict[str, Tensor] = {}
    inside = mask
    for layer, pool_before in encoder.plan:
        if len(found) == len(set(layers)):
            break
        if pool_before:
            inside = -F.max_pool2d(-inside, 2)
        inside = -F.max_pool2d(-inside, 3, stride=1, padding=1)
        if layer in layers:
            found[layer] = inside
    return found
