"""Training a painter in one pass: any content in any style, by perceptual losses."""

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from artgan.config.style import StyleConfig
from artgan.config.values import parse_layers
from artgan.data.datasets import Dataset
from artgan.data.jitter import random_squares
from artgan.losses.perceptual import total_variation
from artgan.losses.recolouring import recoloured
from artgan.models.encoder import Encoder
from artgan.models.fast_style import FastStyle
from artgan.models.grounds import USUAL_SHARE
from artgan.models.registry import ModelSpec
from artgan.models.restyling import LEVELS, MULTIPLE
from artgan.training.coarse_to_fine import Laid, coarse_to_fine, paint_pairs
from artgan.training.style_losses import PairObjective
from artgan.training.task import Batch, Step
from artgan.training.weights import adam, drawn

CONTENT, STYLE = "content", "style"
PAINTER = "painter"
_COLUMNS = 6
"""Of a grid of samples: twice a row of contents, one of styles and one of paintings, so that it is square."""
_SHOWN = 2 * _COLUMNS
_CALIBRATED = 16
"""Contents and styles each, from which is taken how large features usually are."""


class StyleTask:
    """A decoder learns to draw features that have a style's statistics; see `models.fast_style`.

    Args:
        eyes: the frozen encoder whose features are painted from, the embedded one.
        judge: the frozen encoder that the losses see through.
        start: a painter to learn on from, of the width and blocks of the configuration; None begins from scratch.

    Raises:
        UsageError: layers that the judge does not have.
    """

    name = "style"
    averaged = (PAINTER,)

    def __init__(
        self,
        config: StyleConfig,
        data: Mapping[str, Dataset],
        *,
        seed: int,
        device: torch.device,
        eyes: Encoder,
        judge: Encoder,
        start: FastStyle | None = None,
    ) -> None:
        self._config, self._eyes, self._crop = config, eyes, config.crop
        self._objective = objective(config, judge)
        self._options: dict[str, int | float | str | bool] = {
            # What an encoder has inside, not what its layers stand for.
            "channels": ",".join(str(count) for count in inner_channels(eyes, device)),
            "width": config.width,
            "blocks": config.blocks,
            "encoder": eyes.sha256,
        }
        network = drawn(self._network, seed, PAINTER, device)
        shown = {name: chosen_pictures(dataset, _CALIBRATED, self._crop).to(device) for name, dataset in data.items()}
        if start is None:
            network.calibrate(eyes(torch.cat([recoloured(shown[CONTENT], shown[STYLE]), shown[STYLE]]), LEVELS))
        else:
            network.load_state_dict(start.state_dict())
        self._painter = network
        self.networks: Mapping[str, nn.Module] = {PAINTER: network}
        self.optimizers: Mapping[str, torch.optim.Optimizer] = {
            PAINTER: adam(network, config.learning_rate, (config.beta1, config.beta2))
        }
        self._shown = {name: images[:_SHOWN] for name, images in shown.items()}

    def training_step(self, batch: Batch, step: Step) -> dict[str, Tensor]:
        """One step of the decoder, by the mean over its scales."""
        config = self._config
        contents, styles = (
            random_squares(batch[name].add(1).div(2), self._crop, step.random) for name in (CONTENT, STYLE)
        )
        alone = torch.rand(len(contents), generator=step.random) < config.identity
        styles = torch.where(alone.to(step.device)[:, None, None, None], contents, styles)
        # All that strengths below and above the usual one ask for.
        share = 2 * USUAL_SHARE * torch.rand((), generator=step.random).item() if config.scales > 1 else 0.0
        laid = coarse_to_fine(
            self._painter, self._eyes, contents, styles, scales=config.scales, share=share, autocast=step.autocast
        )
        found = [self._losses(scale) for scale in laid]
        told = {name: torch.stack([losses[name] for losses in found]).mean() for name in found[0]}
        step.update(PAINTER, told["loss/painter"])
        return {name: loss.detach() for name, loss in told.items()}

    def _losses(self, laid: Laid) -> dict[str, Tensor]:
        """What paintings of one scale have of each loss, and all of them as they are weighted."""
        config, paintings = self._config, laid.paintings
        targets = self._objective.targets(laid.contents, laid.styles)
        # What is beyond black and white is seen as it will be written; the gradient passes, lest it be stuck there.
        clipped = paintings.clamp(0, 1)
        beyond = (paintings - clipped).square().mean()
        seen = paintings + (clipped - paintings).detach()
        losses = self._objective(seen, targets)
        smooth = total_variation(seen)
        weighted = config.content_weight * losses.content + config.style_weight * losses.style
        total = weighted.mean() + config.tv_weight * smooth + beyond
        return {
            "loss/painter": total,
            "loss/content": losses.content.mean(),
            "loss/style": losses.style.mean(),
            "loss/variation": smooth,
        }

    def samples(self, averaged: Mapping[str, nn.Module]) -> Tensor:
        """Rows of contents, styles and paintings, in [-1, 1]; the same pairs each time."""
        contents, styles = self._shown[CONTENT], self._shown[STYLE]
        paintings = paint_pairs(averaged[PAINTER], self._eyes, contents, styles, scales=self._config.scales)
        halves = [torch.split(images, _COLUMNS) for images in (contents, styles, paintings)]
        return torch.cat([rows for half in zip(*halves, strict=True) for rows in half]).mul(2).sub(1)

    def spec(self) -> ModelSpec:
        """What rebuilds the painter."""
        return ModelSpec(architecture="style", version=1, options=self._options, value_range="[0, 1]")

    def extra_state(self) -> dict[str, Tensor]:
        """Nothing."""
        return {}

    def load_extra_state(self, state: Mapping[str, Tensor]) -> None:
        """Nothing."""

    def _network(self) -> FastStyle:
        return FastStyle(**self._options)  # type: ignore[arg-type]  # they are its own


def objective(config: StyleConfig, judge: Encoder) -> PairObjective:
    """The losses that the options ask for. Raises UsageError for layers that the encoder does not have."""
    return PairObjective(
        judge,
        content_layers=parse_layers(config.content_layers, "--content-layers"),
        style_layers=parse_layers(config.style_layers, "--style-layers"),
    )


def chosen_pictures(dataset: Dataset, count: int, side: int) -> Tensor:
    """Always the same pictures, held-out ones where there are enough, else again from the beginning: (count, 3, S, S)
    in [0, 1], reduced to `side`."""
    places = dataset.held_out if len(dataset.held_out) >= count else dataset.train
    chosen = places[np.linspace(0, len(places) - 1, count).round().astype(np.int64)]
    images = torch.from_numpy(dataset.pixels[chosen]).permute(0, 3, 1, 2).float().div(255)
    return F.interpolate(images, size=(side, side), mode="bilinear", antialias=True, align_corners=False).clamp(0, 1)


def inner_channels(eyes: Encoder, device: torch.device) -> list[int]:
    """Channels of what an encoder really has at LEVELS, which may stand for a network with more."""
    seen = eyes(torch.zeros(1, 3, MULTIPLE, MULTIPLE, device=device), LEVELS)
    return [seen[level].shape[1] for level in LEVELS]
