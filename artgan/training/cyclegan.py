"""Training a CycleGAN: translation between domains of pictures of which no two belong together."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from artgan.config.cyclegan import CycleganConfig
from artgan.data.datasets import Dataset
from artgan.data.jitter import jitter
from artgan.losses.adversarial import BCE, LOSSES, discriminator_loss, generator_loss, scores
from artgan.losses.translation import change, cycle_loss, identity_loss, luminance_correlation
from artgan.models.cyclegan import Generator, build_generator, direction, pairs
from artgan.models.patchgan import PatchDiscriminator
from artgan.models.registry import ModelSpec
from artgan.training.augmentation import Augmentation
from artgan.training.pool import ImagePool
from artgan.training.task import Batch, Step
from artgan.training.weights import adam, drawn

_ROWS = 6
"""Of samples for each pair: pictures, their translations, and those translated back; then the other way."""
_AT_ONCE = 6


class CycleganTask:
    """Zhu et al. 2017, and what has been found to help since, by the options; between two domains, or between a hub,
    the last of several, and each of the others, with one discriminator of the hub.

    A step runs each generator twice: instance norm keeps the pictures of a batch apart, so a generator translates one
    domain and leaves alone the other (the identity loss) in one pass, and then brings back what the other one made.
    The discriminators see pictures and translations in one pass, too, unless they have batch norm.
    """

    name = "cyclegan"

    def __init__(
        self,
        config: CycleganConfig,
        data: Mapping[str, Dataset],
        *,
        seed: int,
        device: torch.device,
    ) -> None:
        self._config, self._domains, self._device = config, tuple(data), device
        self._size = next(iter(data.values())).size
        hub = self._domains[-1] if len(data) > 2 else None
        self._pairs = pairs(self._domains, hub)
        self._width = config.width or 64
        self._strengthened = {
            name for name, one in data.items() if config.only_below is None or len(one.train) < config.only_below
        }
        self._options: dict[str, int | float | str | bool] = {
            "generator": config.generator_on(device.type),
            "size": self._size,
            "width": self._width,
            "upsample": config.upsample_on(device.type),
        }
        if self._options["generator"] == "resnet":
            self._options["blocks"] = config.blocks_at(self._size)
        if hub is not None:
            self._options["hub"] = hub
        self._generators = {
            direction(*way): self._generator(direction(*way), seed)
            for pair in self._pairs
            for way in (pair, pair[::-1])
        }
        self._discriminators = {name: self._discriminator(name, seed) for name in self._domains}
        self.averaged = tuple(self._generators)
        self.networks: Mapping[str, nn.Module] = {
            **self._generators,
            **{f"discriminator-{name}": network for name, network in self._discriminators.items()},
        }
        betas = (config.beta1, config.beta2)
        self.optimizers: Mapping[str, torch.optim.Optimizer] = {
            **{_of_pair(pair): adam(self._both(pair), config.learning_rate, betas) for pair in self._pairs},
            "discriminators": adam(nn.ModuleList(self._discriminators.values()), config.learning_rate, betas),
        }
        self._loss = LOSSES[config.loss]
        self._augmentation = Augmentation(
            config.augmentations, probability=config.augment_probability, target=None, device=device
        )
        self._pools = {name: ImagePool(config.pool) for name in self._domains}
        count = _ROWS * len(self._pairs)  # as many as rows: the grid is square
        self._shown = {name: _shown(dataset, count).to(device) for name, dataset in data.items()}

    def training_step(self, batch: Batch, step: Step) -> dict[str, Tensor]:
        """One step of the generators of each pair, then one of all discriminators."""
        real = {name: self._seen(batch[name], step) for name in self._domains}
        fakes: dict[str, list[Tensor]] = {name: [] for name in self._domains}
        parts: list[dict[str, Tensor]] = []
        health: dict[str, Tensor] = {}
        for pair in self._pairs:
            made, losses = self._teach_generators(pair, real, step)
            parts.append(losses)
            for source, target in (pair, pair[::-1]):
                fakes[target].append(made[target])
                health[f"health/luminance {direction(source, target)}"] = luminance_correlation(
                    real[source], made[target]
                )
                health[f"health/change {direction(source, target)}"] = change(real[source], made[target])
        told = {name: torch.stack([losses[name] for losses in parts]).mean() for name in parts[0]}
        return told | self._teach_discriminators(real, fakes, step) | health

    def samples(self, averaged: Mapping[str, nn.Module]) -> Tensor:
        """For both directions of each pair a row of pictures, one of their translations, and one of what comes back."""
        rows = []
        with torch.no_grad():
            for pair in self._pairs:
                for source, target in (pair, pair[::-1]):
                    images = self._shown[source]
                    there = _in_turn(averaged[direction(source, target)], images)
                    rows += [images, there, _in_turn(averaged[direction(target, source)], there)]
        return torch.cat(rows)

    def spec(self) -> ModelSpec:
        """What rebuilds the generators."""
        return ModelSpec(architecture="cyclegan", version=1, options=self._options, domains=self._domains)

    def extra_state(self) -> dict[str, Tensor]:
        """The pools of earlier translations. Of several processes, those of the first."""
        return {f"pool/{name}": pool.images for name, pool in self._pools.items() if pool.images is not None}

    def load_extra_state(self, state: Mapping[str, Tensor]) -> None:
        """Take back what `extra_state` gave."""
        for name, pool in self._pools.items():
            images = state.get(f"pool/{name}")
            pool.images = None if images is None else images.to(self._device)

    def _teach_generators(
        self, pair: tuple[str, str], real: Mapping[str, Tensor], step: Step
    ) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """The translations by the domain they are meant for, and the losses."""
        config, identity_weight = self._config, self._config.cycle * self._config.identity
        made, same = {}, {}
        with step.autocast():
            for source, target in (pair, pair[::-1]):
                pictures = [real[source], real[target]] if identity_weight else [real[source]]
                made[target], *rest = self._generators[direction(source, target)](torch.cat(pictures)).chunk(
                    len(pictures)
                )
                same[target] = rest
            back = {
                source: self._generators[direction(target, source)](made[target])
                for source, target in (pair, pair[::-1])
            }
        made = {name: images.float() for name, images in made.items()}
        zero = torch.zeros((), device=step.device)
        fooling, cycle, identity = zero, zero, zero
        for name in pair:
            fooling = fooling + self._fooling_loss(self._judge(name, made[name], step))
            cycle = cycle + cycle_loss(real[name], back[name])
            for images in same[name]:
                identity = identity + identity_loss(real[name], images)
        loss = fooling + config.cycle * cycle + identity_weight * identity
        step.update(_of_pair(pair), loss)
        losses = {"loss/generator": fooling, "loss/cycle": cycle, "loss/identity": identity}
        return (
            {name: images.detach() for name, images in made.items()},
            {name: value.detach() / 2 for name, value in losses.items()},
        )

    def _teach_discriminators(
        self, real: Mapping[str, Tensor], fakes: Mapping[str, Sequence[Tensor]], step: Step
    ) -> dict[str, Tensor]:
        total, doubts, verdicts = torch.zeros((), device=step.device), {}, []
        for name in self._domains:
            old = self._pools[name].shown(torch.cat(list(fakes[name])), step.random)
            if self._config.discriminator_norm == "batch":
                on_real, on_fake = self._judge(name, real[name], step), self._judge(name, old, step)
            else:
                both = self._judge(name, torch.cat([real[name], old]), step)
                on_real, on_fake = both[: len(real[name])], both[len(real[name]) :]
            first = discriminator_loss(self._loss, on_real[:, :1], on_fake[:, :1])
            undecided = torch.full((), self._loss.undecided, device=step.device)
            doubts[f"health/doubt {name}"] = first.detach() / discriminator_loss(self._loss, undecided, undecided)
            verdicts.append(scores(self._loss, on_real[:, :1], on_fake[:, :1]))
            if on_real.shape[1] > 1:
                first = (first + discriminator_loss(BCE, on_real[:, 1:], on_fake[:, 1:])) / 2
            total = total + first / 2  # the paper slows the discriminators down by half
        step.update("discriminators", total)
        told = {key: torch.stack([verdict[key] for verdict in verdicts]).mean() for key in verdicts[0]}
        return {"loss/discriminator": total.detach() / len(self._domains), **told, **doubts}

    def _judge(self, name: str, images: Tensor, step: Step) -> Tensor:
        """Logits (N, heads, H', W')."""
        if name in self._strengthened:
            images = self._augmentation(images, step.random)
        with step.autocast():
            logits: Tensor = self._discriminators[name](images)
        return logits.float()

    def _fooling_loss(self, logits: Tensor) -> Tensor:
        loss = generator_loss(self._loss, logits[:, :1])
        return loss if logits.shape[1] == 1 else (loss + generator_loss(BCE, logits[:, 1:])) / 2

    def _seen(self, images: Tensor, step: Step) -> Tensor:
        images = jitter(images, self._config.jitter, step.random)
        return images.contiguous(memory_format=_layout(self._device))

    def _both(self, pair: tuple[str, str]) -> nn.Module:
        return nn.ModuleList([self._generators[direction(*way)] for way in (pair, pair[::-1])])

    def _generator(self, name: str, seed: int) -> nn.Module:
        config = self._config

        def build() -> Generator:
            return build_generator(
                generator=config.generator_on(self._device.type),
                size=self._size,
                width=self._width,
                blocks=config.blocks_at(self._size),
                upsample=config.upsample_on(self._device.type),
                dropout=config.dropout,
            )

        return self._laid_out(drawn(build, seed, name, self._device))

    def _discriminator(self, name: str, seed: int) -> nn.Module:
        config = self._config

        def build() -> PatchDiscriminator:
            return PatchDiscriminator(
                width=self._width,
                halvings=config.halvings_at(self._size),
                norm=config.discriminator_norm,
                heads=config.heads if name in self._strengthened else 1,
            )

        return self._laid_out(drawn(build, seed, f"discriminator-{name}", self._device))

    def _laid_out(self, network: nn.Module) -> nn.Module:
        network.to(memory_format=_layout(self._device))
        return network


def _layout(device: torch.device) -> torch.memory_format:
    """How maps lie in memory: instance norm on a CPU takes three to ten times as long with channels last."""
    return torch.contiguous_format if device.type == "cpu" else torch.channels_last


def _of_pair(pair: tuple[str, str]) -> str:
    return f"{pair[0]}<->{pair[1]}"


def _in_turn(network: nn.Module, images: Tensor) -> Tensor:
    return torch.cat([network(some).float() for some in torch.split(images, _AT_ONCE)])


def _shown(dataset: Dataset, count: int) -> Tensor:
    """Always the same pictures (count, 3, S, S) in [-1, 1], held-out ones where there are enough."""
    places = dataset.held_out if len(dataset.held_out) >= count else dataset.train
    chosen = places[np.linspace(0, len(places) - 1, count).round().astype(np.int64)]
    return torch.from_numpy(dataset.pixels[chosen]).permute(0, 3, 1, 2).float().div(127.5).sub(1).contiguous()


def build_task(config: CycleganConfig, data: Mapping[str, Dataset], *, seed: int, device: torch.device) -> CycleganTask:
    """The task of translating between the domains of `data`: two, or several of which the last is the hub.

    Raises:
        UsageError: the options do not fit each other or the pictures' size.
    """
    return CycleganTask(config, data, seed=seed, device=device)
