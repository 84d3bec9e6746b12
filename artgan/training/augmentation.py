"""Augmentation of what a discriminator sees, with a probability that stays or follows how sure it is."""

from collections.abc import Mapping

import torch
from torch import Tensor

from artgan.data.augment import augment

PICTURES_TO_CERTAINTY = 500_000
"""So many pictures adapt the probability from 0 to 1 (Karras et al. 2020, ADA, appendix B)."""
HIGHEST = 0.8
"""The adapted probability stays below this, from where on changes leak into what is drawn (ADA, section 2.2)."""


class Augmentation:
    """Applies kinds of change to real and generated pictures alike.

    With a `target`, `adapt` raises the probability while D is surer of training pictures than that, as it is of
    pictures learned by heart, and lowers it otherwise.
    """

    def __init__(
        self, kinds: tuple[str, ...], *, probability: float, target: float | None, device: torch.device
    ) -> None:
        self._kinds, self._target = kinds, target
        self._probability = torch.tensor(probability, device=device)

    def __call__(self, images: Tensor, random: torch.Generator) -> Tensor:
        """Pictures (N, 3, H, W) in [-1, 1], changed."""
        return augment(images, self._kinds, random, probability=self._probability)

    def adapt(self, on_real: Tensor) -> dict[str, Tensor]:
        """Follow D's logits (N,) of training pictures; the probability, for the log, if it is adapted."""
        if self._target is None:
            return {}
        certainty = on_real.detach().float().sign().mean()
        pictures = len(on_real)
        if torch.distributed.is_available() and torch.distributed.is_initialized():
            torch.distributed.all_reduce(certainty)
            certainty /= torch.distributed.get_world_size()
            pictures *= torch.distributed.get_world_size()
        change = (certainty - self._target).sign() * pictures / PICTURES_TO_CERTAINTY
        self._probability = (self._probability + change).clamp(0, HIGHEST)
        return {"augment/probability": self._probability.clone()}

    def state(self) -> dict[str, Tensor]:
        """What a resumed run needs."""
        return {} if self._target is None else {"augment_probability": self._probability}

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """Take back what `state` gave."""
        if self._target is not None:
            self._probability = state["augment_probability"].to(self._probability.device)
