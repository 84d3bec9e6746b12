"""Drawing with a trained generator: seeds and tags in, pictures out."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn

from artgan.data.vocabulary import Tags, Vocabulary
from artgan.errors import DeviceError, UsageError, did_you_mean
from artgan.models.registry import ModelSpec
from artgan.painting.latents import latent
from artgan.runtime import generator

Pixels = NDArray[np.uint8]


class Sampler:
    """A generator on a device, drawing in batches of always the same size but for the last.

    Args:
        spec, networks: as `artgan.models.registry.load` gives them.
        name: what errors call the model.

    Raises:
        UsageError: the model makes no pictures of latent vectors.
    """

    def __init__(
        self,
        spec: ModelSpec,
        networks: Mapping[str, nn.Module],
        *,
        name: str,
        device: torch.device,
        precision: torch.dtype = torch.float32,
        batch_size: int = 1,
        truncation: float | None = None,
    ) -> None:
        network = networks.get("generator")
        if network is None or not isinstance(getattr(network, "latent_dim", None), int):
            raise UsageError(f"'{name}' is a {spec.architecture}: it draws no pictures of its own, but repaints others")
        self.name = name
        self.vocabulary = None if spec.vocabulary is None else vocabulary_of(spec)
        self.batch_size = batch_size
        self._network = network.to(device).eval()
        self._latent_dim = int(network.latent_dim)  # type: ignore[arg-type]  # checked above
        self._device, self._precision, self._truncation = device, precision, truncation

    def latents(self, seeds: Sequence[int]) -> Tensor:
        """Latent vectors (N, latent_dim), truncated if the sampler is asked to."""
        return torch.stack([latent(seed, self._latent_dim, truncation=self._truncation) for seed in seeds])

    def parse_tags(self, text: str | None) -> Tags:
        """Tags in words as in `Vocabulary.parse`. Raises UsageError for a model without tags and for unknown ones."""
        if text is None:
            return {}
        if self.vocabulary is None:
            raise UsageError(
                f"'{self.name}' was trained without tags: leave out --tags, or train one with artgan train cgan"
            )
        return self.vocabulary.parse(text)

    def group_names(self) -> list[str]:
        """The groups of tags in order. Raises UsageError for a model without tags."""
        if self.vocabulary is None:
            raise UsageError(
                f"'{self.name}' was trained without tags: --by and --interpolate tags need a model with tags"
            )
        return [group.name for group in self.vocabulary.groups]

    def group(self, name: str) -> int:
        """The number of a group of tags. Raises UsageError for a model without tags and for an unknown one."""
        names = self.group_names()
        if name not in names:
            raise UsageError(
                f"'{self.name}' knows no group of tags '{name}', only {' and '.join(names)}.{did_you_mean(name, names)}"
            )
        return names.index(name)

    def tags(self, seed: int, given: Tags) -> Tags:
        """The tags of a seed's picture: those given, and for each other group a value drawn with the seed.

        Drawn, not left open: a generator has seen few pictures with a group unknown. A group's draw does not depend on
        what is given for the others.
        """
        if self.vocabulary is None:
            return {}
        random = generator(seed)
        torch.randn(self._latent_dim, generator=random)  # the latent vector's own numbers
        drawn = torch.randint(2**31, (len(self.vocabulary.groups),), generator=random).tolist()
        groups = zip(self.vocabulary.groups, drawn, strict=True)
        return {g.name: given.get(g.name) or (g.values[number % len(g.values)],) for g, number in groups}

    def encode(self, tags: Sequence[Tags]) -> Tensor | None:
        """Tags as the generator takes them, (N, dimensions); None for a model without."""
        if self.vocabulary is None:
            return None
        return torch.from_numpy(np.stack([self.vocabulary.encode(one) for one in tags])).float()

    def draw(self, z: Tensor, tags: Tensor | None) -> Pixels:
        """Pictures (N, S, S, 3) uint8 of latent vectors (N, latent_dim) and, for a model with tags, (N, dimensions).

        Raises:
            DeviceError: the device's memory is too small for the batch.
        """
        levels = ((self.images(z, tags) + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)
        return np.ascontiguousarray(levels.permute(0, 2, 3, 1).numpy())

    def images(self, z: Tensor, tags: Tensor | None) -> Tensor:
        """What `draw` rounds: pictures (N, 3, S, S) in [-1, 1], float32 on the CPU.

        Raises:
            DeviceError: as `draw`.
        """
        parts = []
        try:
            for start in range(0, len(z), self.batch_size):
                stop = start + self.batch_size
                inputs = [z[start:stop]] + ([] if tags is None else [tags[start:stop]])
                parts.append(self._forward([part.to(self._device) for part in inputs]))
        except torch.OutOfMemoryError:
            raise DeviceError(f"out of memory: lower --batch-size (now {self.batch_size})") from None
        return torch.cat(parts)

    @torch.inference_mode()
    def _forward(self, inputs: Sequence[Tensor]) -> Tensor:
        low = self._precision != torch.float32
        with torch.autocast(self._device.type, dtype=torch.bfloat16, enabled=low):
            images: Tensor = self._network(*inputs)
        return images.float().cpu()


def vocabulary_of(spec: ModelSpec) -> Vocabulary:
    """The vocabulary of a model with tags."""
    return Vocabulary.from_json({name: list(values) for name, values in (spec.vocabulary or {}).items()})


def enlarged(pixels: Pixels, scale: int) -> Pixels:
    """Pictures (N, H, W, 3) so many times as wide and high, by Lanczos' filter."""
    if scale == 1:
        return pixels
    size = (pixels.shape[2] * scale, pixels.shape[1] * scale)
    return np.stack([np.asarray(Image.fromarray(one).resize(size, Image.Resampling.LANCZOS)) for one in pixels])
