"""The moving average of weights: a network calmer than any single step's, and the one that is shared."""

from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

RAMP_UP = 0.05
"""The half-life is never longer than this share of the pictures seen (Karras et al. 2020, ADA, appendix C), so that
the average forgets the noise that training began with."""


class Averages:
    """Exponential moving averages of some networks, their buffers included: a batch norm's statistics must belong to
    the averaged weights, not to the last ones.

    `half_life` is in pictures, so that the average does not depend on the batch size; 0 copies the last weights.
    """

    def __init__(self, networks: Mapping[str, nn.Module], names: Iterable[str], half_life: int) -> None:
        self._half_life = half_life
        self._decay = 0.0
        self._models = {
            name: AveragedModel(networks[name], multi_avg_fn=self._lerp, use_buffers=True).eval().requires_grad_(False)
            for name in names
        }

    @property
    def networks(self) -> dict[str, nn.Module]:
        """The averaged networks by name, in evaluation mode."""
        return {name: model.module for name, model in self._models.items()}

    def update(self, networks: Mapping[str, nn.Module], *, images_seen: int, batch_size: int) -> None:
        """Take in the weights after a step; `images_seen` counts that step's batch of `batch_size`."""
        half_life = min(self._half_life, RAMP_UP * images_seen)
        self._decay = 0.5 ** (batch_size / half_life) if half_life > 0 else 0.0
        for name, model in self._models.items():
            model.update_parameters(networks[name])

    def state(self) -> dict[str, dict[str, Tensor]]:
        """Everything to keep, by network."""
        return {name: model.state_dict() for name, model in self._models.items()}

    def load_state(self, state: Mapping[str, Mapping[str, Any]]) -> None:
        """Take back what `state` gave."""
        for name, model in self._models.items():
            model.load_state_dict(state[name])

    @torch.no_grad()
    def _lerp(self, averaged: Any, current: Any, count: Any) -> None:
        """Move one group of tensors of one kind towards the current ones; whole numbers, such as counters, follow."""
        if averaged[0].is_floating_point():
            torch._foreach_lerp_(averaged, current, 1 - self._decay)
        else:
            torch._foreach_copy_(averaged, current)
