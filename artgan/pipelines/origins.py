"""What a chain begins with: pictures that are there, or pictures that a GAN draws."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from torch import Tensor

from artgan.config.chain import ChainConfig
from artgan.config.values import parse_seeds
from artgan.errors import UsageError
from artgan.io.images import Picture, read_picture
from artgan.io.inputs import expand_inputs
from artgan.io.shipped import find_content, is_example
from artgan.painting.sampling import Sampler
from artgan.painting.tensors import to_alpha, to_tensor
from artgan.pipelines.outputs import STDIO
from artgan.pipelines.translators import Translators


@dataclass(frozen=True, kw_only=True)
class Begun:
    """A picture (1, 3, H, W) in [0, 1] that a chain begins with, its transparency (1, 1, H, W), None where all of it
    is opaque, the file it is from, and what receipts say of it."""

    image: Tensor
    alpha: Tensor | None
    picture: Picture | None
    record: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Origin:
    """A picture to be: its name, and how to get it. `load` may raise PictureError or DeviceError."""

    name: str
    load: Callable[[], Begun]


def from_files(inputs: Sequence[str], translators: Translators, stdin: BinaryIO | None) -> list[Origin]:
    """Files, folders, patterns, examples, "-". Raises UsageError or PictureError when there are none."""
    if not inputs:
        raise UsageError("no pictures: name some, as in artgan chain photo.jpg --path photo,monet")

    def loading(source: str) -> Callable[[], Begun]:
        def load() -> Begun:
            picture = read_picture(source if source == STDIO else find_content(source), stdin=stdin)
            record = {"name": picture.name, "sha256": picture.sha256}
            image, alpha = to_tensor(picture, translators.device), to_alpha(picture, translators.device)
            return Begun(image=image, alpha=alpha, picture=picture, record=record)

        return load

    return [Origin(name=source, load=loading(source)) for source in expand_inputs(inputs, is_named=is_example)]


def from_gan(name: str, config: ChainConfig, translators: Translators, *, seed: int) -> list[Origin]:
    """The pictures of seeds, `--seeds` or one of `seed`, drawn one by one as `artgan sample` does, but not rounded.

    Raises:
        WeightsError: the model is missing or damaged.
        UsageError: it draws no pictures, or knows no such tags.
    """
    model = translators.model(name)
    sampler = Sampler(model.spec, model.networks, name=model.file.name, device=translators.device)
    given = sampler.parse_tags(config.tags)

    def drawing(seed: int) -> Callable[[], Begun]:
        def draw() -> Begun:
            tags = sampler.tags(seed, given)
            image = (sampler.images(sampler.latents([seed]), sampler.encode([tags])) + 1) / 2
            record = {"kind": "sample", **model.record(), "seed": seed}
            if tags:
                record["tags"] = {group: list(values) for group, values in tags.items()}
            return Begun(image=image.to(translators.device), alpha=None, picture=None, record=record)

        return draw

    seeds = (seed,) if config.seeds is None else parse_seeds(config.seeds, "--seeds")
    return [Origin(name=f"{model.file.name}-seed{number:04d}.png", load=drawing(number)) for number in seeds]
