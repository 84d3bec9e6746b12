"""Training a conditional GAN: pictures from noise and tags."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from artgan.config.cgan import CganConfig
from artgan.data.datasets import Dataset
from artgan.data.vocabulary import Vocabulary
from artgan.errors import UsageError
from artgan.losses.adversarial import (
    LOSSES,
    WASSERSTEIN,
    between,
    generator_loss,
    matching_loss,
    one_centred_penalty,
    scores,
)
from artgan.models.cgan import CONDITION_FEATURES, Discriminator, Generator
from artgan.models.registry import ModelSpec
from artgan.training.augmentation import Augmentation
from artgan.training.negatives import another, contradict, hide_groups, membership, wrong_tags
from artgan.training.seeds import generator
from artgan.training.task import Batch, Step
from artgan.training.weights import adam, drawn, frozen

ROWS = COLUMNS = 8
"""The grid that shows training's progress: a row has the same tags, a column the same noise."""


class CganTask:
    """The report's conditional GAN: D also learns that right pictures with wrong tags are wrong.

    What D sees of a picture does not depend on the tags until its last layers, so the four matching-aware losses take
    two passes through its convolutions, not four.
    """

    name = "cgan"
    averaged = ("generator",)

    def __init__(
        self,
        config: CganConfig,
        vocabulary: Vocabulary,
        sample_tags: Tensor,
        *,
        size: int,
        seed: int,
        device: torch.device,
    ) -> None:
        self._config, self._vocabulary = config, vocabulary
        self._wasserstein = config.loss == "wgan-gp"
        self._loss = WASSERSTEIN if self._wasserstein else LOSSES[config.loss]
        self._groups = membership(vocabulary, device)
        features = CONDITION_FEATURES if self._wasserstein else 0
        self._options: dict[str, Any] = {
            "size": size,
            "width": config.width,
            "latent_dim": config.latent_dim,
            "condition_features": features,
            "upsample": config.upsample,
        }
        tags = vocabulary.dimensions
        self._generator: Generator = drawn(lambda: Generator(tags=tags, **self._options), seed, "generator", device)
        self._discriminator: Discriminator = drawn(
            lambda: Discriminator(
                tags=tags,
                size=size,
                width=config.width,
                condition_features=features,
                norm=config.discriminator_norm,
            ),
            seed,
            "discriminator",
            device,
        )
        self.networks: Mapping[str, nn.Module] = {
            "generator": self._generator,
            "discriminator": self._discriminator,
        }
        self.optimizers: Mapping[str, torch.optim.Optimizer] = {
            name: adam(network, config.learning_rate, config.betas) for name, network in self.networks.items()
        }
        self._augmentation = Augmentation(
            config.augmentations, probability=config.augment_probability, target=None, device=device
        )
        z = torch.randn(COLUMNS, config.latent_dim, generator=generator(seed, "samples"))
        self._z = z.repeat(ROWS, 1).to(device)
        self._tags = sample_tags.repeat_interleave(COLUMNS, 0).to(device)

    def training_step(self, batch: Batch, step: Step) -> dict[str, Tensor]:
        """One step of D, then, every `critic_steps`, one of G."""
        real, tags, told = batch["images"], batch["tags"], self._hide(batch["tags"], step)
        teaches = step.number % self._config.discriminator_steps == 0
        with step.autocast(), torch.set_grad_enabled(teaches):
            fake = self._generator(step.noise(len(real), self._config.latent_dim), told).float()

        wrong = self._hide(wrong_tags(tags, self._groups, step.random), step)
        turn = another(len(real), step.random)
        shown_real = self._augmentation(real, step.random)
        shown_fake = self._augmentation(fake.detach(), step.random)
        with step.autocast():
            seen_real, seen_fake = self._discriminator.see(shown_real), self._discriminator.see(shown_fake)
            right = self._discriminator.judge(seen_real, told)
            on_fake = self._discriminator.judge(seen_fake, told)
            on_wrong_tags = self._discriminator.judge(seen_real, wrong)
            on_wrong_images = self._discriminator.judge(seen_real.roll(turn, 0), told)
        loss = matching_loss(
            self._loss,
            right=right,
            fake=on_fake,
            wrong_tags=on_wrong_tags,
            wrong_images=on_wrong_images,
            tags_are_wrong=contradict(wrong, tags, self._groups),
            images_are_wrong=contradict(told, tags.roll(turn, 0), self._groups),
            average=self._config.negatives == "average",
        )
        report = {"loss/discriminator": loss.detach(), **scores(self._loss, right, on_fake)}
        report["score/wrong_tags"] = scores(self._loss, right, on_wrong_tags)["score/fake"]
        if self._wasserstein:
            penalty = self._config.gradient_penalty * self._penalty(shown_real, shown_fake, told, step)
            report["loss/penalty"] = penalty.detach()
            loss = loss + penalty
        step.update("discriminator", loss)

        if teaches:
            with frozen(self._discriminator), step.autocast():
                on_fake = self._discriminator(self._augmentation(fake, step.random), told)
        loss = generator_loss(self._loss, on_fake)
        if teaches:
            step.update("generator", loss)
        return {"loss/generator": loss.detach(), **report}

    def samples(self, averaged: Mapping[str, nn.Module]) -> Tensor:
        """Pictures (ROWS * COLUMNS, 3, S, S), row by row, of always the same tags and noise."""
        with torch.no_grad():
            pairs = zip(torch.split(self._z, COLUMNS), torch.split(self._tags, COLUMNS), strict=True)
            return torch.cat([averaged["generator"](z, tags) for z, tags in pairs])

    def spec(self) -> ModelSpec:
        """What rebuilds the generator."""
        vocabulary = {group.name: group.values for group in self._vocabulary.groups}
        return ModelSpec(architecture="cgan", version=1, options=self._options, vocabulary=vocabulary)

    def extra_state(self) -> dict[str, Tensor]:
        """Nothing."""
        return {}

    def load_extra_state(self, state: Mapping[str, Tensor]) -> None:
        """Nothing to take back."""

    def _hide(self, tags: Tensor, step: Step) -> Tensor:
        return hide_groups(tags, self._groups, self._config.group_dropout, step.random)

    def _penalty(self, real: Tensor, fake: Tensor, tags: Tensor, step: Step) -> Tensor:
        """WGAN-GP's, in float32, under the right tags."""
        images = between(real, fake, step.random)
        return one_centred_penalty(self._discriminator(images, tags), images)


def build_task(config: CganConfig, data: Mapping[str, Dataset], *, seed: int, device: torch.device) -> CganTask:
    """The task of learning the pictures and tags of the one dataset, "images".

    Raises:
        UsageError: it has no tags, or the pictures' size is no power of two.
    """
    dataset = data["images"]
    if dataset.tags is None or dataset.vocabulary is None:
        raise UsageError(f"'{dataset.name}' has no tags to learn from: prepare it with tags, or use artgan train dcgan")
    rows, counts = np.unique(dataset.tags[dataset.train], axis=0, return_counts=True)
    most_frequent = np.argsort(-counts, kind="stable")[np.arange(ROWS) % len(rows)]
    sample_tags = torch.from_numpy(rows[most_frequent]).float()
    return CganTask(config, dataset.vocabulary, sample_tags, size=dataset.size, seed=seed, device=device)
