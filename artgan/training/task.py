"""What the engine trains: a task owns networks, optimizers and losses; the engine owns the loop around them."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from artgan.models.registry import ModelSpec

Batch = Mapping[str, Tensor]
"""What the feed gives a step, on the device: "images" (N, 3, S, S) float32 in [-1, 1], and "tags" (N, D) float32 when
the data has tags; with several domains one entry a domain by its name, and "NAME/tags"."""


class Update(Protocol):
    """One optimizer step of one network."""

    def __call__(self, network_name: str, loss: Tensor, *, retain: bool = False) -> None:
        """Lower `loss`, a scalar, by one step of the optimizer called `network_name`.

        Gradients are computed for that optimizer's parameters only, so a generator's loss may run through a
        discriminator without a thought for the discriminator's gradients; they are averaged over processes and
        forgotten afterwards. `retain` keeps the graph for another update from the same forward pass. A loss that is
        not finite stops the run at the next look.
        """


@dataclass(frozen=True, kw_only=True)
class Step:
    """What a task is given for one training step.

    Attributes:
        number: which step this is, from 1.
        images_seen: pictures trained on before this step, over all processes.
        random: generator on the CPU, seeded from the run's seed, the step and the process: whatever is drawn, noise,
            flips, negatives, is drawn from it, so that a resumed run and every device draw the same. Anything that
            draws without a generator, such as dropout, is seeded by the step too.
        device: where the networks and the batch are.
        autocast: `with step.autocast():` runs a forward pass in the run's precision; compute losses outside of it, in
            float32.
        update: `step.update("discriminator", loss)`.
    """

    number: int
    images_seen: int
    random: torch.Generator
    device: torch.device
    autocast: Callable[[], AbstractContextManager[Any]]
    update: Update

    def noise(self, *shape: int) -> Tensor:
        """Standard normal numbers (float32) on the device, drawn on the CPU."""
        return torch.randn(shape, generator=self.random).to(self.device, non_blocking=True)


class Task(Protocol):
    """A way to train. Its networks are made, initialised and moved to the device when the engine gets it.

    Attributes:
        name: "dcgan", "cgan", "cyclegan": the command.
        networks: by name; all are trained and checkpointed, with their buffers.
        averaged: names of the networks of which a moving average is kept: those are what is shared and sampled.
        optimizers: by the name given to `Step.update`, in most tasks the network's. Their learning rate when the
            engine gets them is the one that the schedule scales. An optimizer may hold parameters of several networks.
    """

    @property
    def name(self) -> str:
        """See above; a plain attribute will do, as for the other three."""

    @property
    def networks(self) -> Mapping[str, nn.Module]:
        """See above."""

    @property
    def averaged(self) -> tuple[str, ...]:
        """See above."""

    @property
    def optimizers(self) -> Mapping[str, torch.optim.Optimizer]:
        """See above."""

    def training_step(self, batch: Batch, step: Step) -> dict[str, Tensor]:
        """One step of every network.

        Returns what to log: detached 0-d float32 tensors on the device, never read here (`.item()` would make the
        device wait); the same names in every step. "loss/generator", "loss/discriminator"; "score/real" and
        "score/fake" are how real the discriminator holds pictures and samples, in [0, 1], from which callbacks see who
        is winning.
        """

    def samples(self, averaged: Mapping[str, nn.Module]) -> Tensor:
        """Pictures (N, 3, H, W) in [-1, 1] of the averaged networks, which are in evaluation mode: always the same N,
        from fixed seeds, for the grid that shows training's progress."""

    def spec(self) -> ModelSpec:
        """What rebuilds the averaged networks from a file."""

    def extra_state(self) -> dict[str, Tensor]:
        """What a resumed run needs beyond networks and optimizers, as tensors: an augmentation's probability, a pool
        of earlier samples. Empty when there is nothing."""

    def load_extra_state(self, state: Mapping[str, Tensor]) -> None:
        """Take back, on the CPU, what `extra_state` gave."""
