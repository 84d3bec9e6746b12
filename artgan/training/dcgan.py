"""Training a DCGAN: pictures from noise."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from artgan.config.dcgan import DcganConfig
from artgan.data.datasets import Dataset
from artgan.losses.adversarial import (
    LOSSES,
    discriminator_loss,
    generator_loss,
    relativistic_discriminator_loss,
    relativistic_generator_loss,
    scores,
    zero_centred_penalty,
)
from artgan.models.dcgan import Discriminator, Generator
from artgan.models.registry import ModelSpec
from artgan.training.augmentation import Augmentation
from artgan.training.seeds import generator
from artgan.training.task import Batch, Step
from artgan.training.weights import adam, drawn, frozen

SAMPLES = 64
"""Pictures in the grid that shows training's progress."""
_AT_ONCE = 16


class DcganTask:
    """Radford et al. 2016, and what has been found to help since, by the options.

    The pictures that G is taught by are those that D has just been, so G runs once a step, as in PyTorch's public
    example. Real and fake pictures pass D apart, each with batch statistics of their own.
    """

    name = "dcgan"
    averaged = ("generator",)

    def __init__(self, config: DcganConfig, *, size: int, seed: int, device: torch.device) -> None:
        self._config = config
        self._loss = None if config.loss == "relativistic" else LOSSES[config.loss]
        self._options = {
            "size": size,
            "width": config.width,
            "latent_dim": config.latent_dim,
            "upsample": config.upsample,
        }
        self._generator: Generator = drawn(
            lambda: Generator(size=size, width=config.width, latent_dim=config.latent_dim, upsample=config.upsample),
            seed,
            "generator",
            device,
        )
        self._discriminator: Discriminator = drawn(
            lambda: Discriminator(size=size, width=config.width, norm=config.discriminator_norm),
            seed,
            "discriminator",
            device,
        )
        self.networks: Mapping[str, nn.Module] = {
            "generator": self._generator,
            "discriminator": self._discriminator,
        }
        self.optimizers: Mapping[str, torch.optim.Optimizer] = {
            name: adam(network, config.learning_rate, (config.beta1, config.beta2))
            for name, network in self.networks.items()
        }
        self._augmentation = Augmentation(
            config.augmentations,
            probability=config.augment_probability,
            target=config.augment_target,
            device=device,
        )
        self._z = torch.randn(SAMPLES, config.latent_dim, generator=generator(seed, "samples")).to(device)

    def training_step(self, batch: Batch, step: Step) -> dict[str, Tensor]:
        """One step of D, then one of G."""
        real = batch["images"]
        with step.autocast():
            fake = self._generator(step.noise(len(real), self._config.latent_dim)).float()

        on_real, r1 = self._judge(real, step, gamma=self._config.r1)
        on_fake, r2 = self._judge(fake.detach(), step, gamma=self._config.r2)
        if self._loss is None:
            loss = relativistic_discriminator_loss(on_real, on_fake)
        else:
            loss = discriminator_loss(self._loss, on_real, on_fake)
        step.update("discriminator", loss + r1 + r2)
        told = {"loss/discriminator": loss.detach(), **scores(self._loss, on_real, on_fake)}
        if self._config.r1 or self._config.r2:
            told["loss/penalty"] = (r1 + r2).detach()
        told |= self._augmentation.adapt(on_real)

        with frozen(self._discriminator):
            on_fake, _ = self._judge(fake, step)
        if self._loss is None:
            with torch.no_grad():
                on_real, _ = self._judge(real, step)
            loss = relativistic_generator_loss(on_real, on_fake)
        else:
            loss = generator_loss(self._loss, on_fake)
        step.update("generator", loss)
        return {"loss/generator": loss.detach(), **told}

    def samples(self, averaged: Mapping[str, nn.Module]) -> Tensor:
        """Pictures (SAMPLES, 3, S, S) of always the same noise."""
        with torch.no_grad():
            return torch.cat([averaged["generator"](z) for z in torch.split(self._z, _AT_ONCE)])

    def spec(self) -> ModelSpec:
        """What rebuilds the generator."""
        return ModelSpec(architecture="dcgan", version=1, options=self._options)

    def extra_state(self) -> dict[str, Tensor]:
        """The augmentation's probability when it is adapted."""
        return self._augmentation.state()

    def load_extra_state(self, state: Mapping[str, Tensor]) -> None:
        """Take back what `extra_state` gave."""
        self._augmentation.load_state(state)

    def _judge(self, images: Tensor, step: Step, *, gamma: float = 0.0) -> tuple[Tensor, Tensor]:
        """D's logits of augmented pictures, and gamma times the gradient penalty at them in the steps that have one.

        What is differentiated twice is computed in float32.
        """
        seen = self._augmentation(images, step.random)
        if gamma and step.number % self._config.penalty_every == 0:
            seen = seen.detach().requires_grad_()
            logits = self._discriminator(seen)
            return logits, gamma * self._config.penalty_every * zero_centred_penalty(logits, seen)
        with step.autocast():
            return self._discriminator(seen), torch.zeros((), device=images.device)


def build_task(config: DcganConfig, data: Mapping[str, Dataset], *, seed: int, device: torch.device) -> DcganTask:
    """The task of learning the pictures of the one dataset, "images".

    Raises:
        UsageError: the pictures' size is no power of two.
    """
    return DcganTask(config, size=data["images"].size, seed=seed, device=device)
