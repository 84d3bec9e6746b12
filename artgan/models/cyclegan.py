"""The networks of CycleGAN (Zhu et al. 2017, arXiv:1703.10593): a generator for each direction between two domains, or
between a hub and each of several others."""

from collections.abc import Sequence
from typing import Any

from artgan.errors import UsageError
from artgan.models.layers import TrainableNetwork
from artgan.models.resnet import ResnetGenerator
from artgan.models.translation_layers import Enlarging
from artgan.models.unet import NotebookUnetGenerator, UnetGenerator

GENERATORS = ("resnet", "unet", "unet-kaggle")

Generator = ResnetGenerator | UnetGenerator | NotebookUnetGenerator


def direction(source: str, target: str) -> str:
    """What the generator from one domain to another is called: "photo->monet"."""
    return f"{source}->{target}"


def pairs(domains: Sequence[str], hub: str | None = None) -> list[tuple[str, str]]:
    """The pairs of domains between which there are generators: the two, or each one and the hub.

    Raises:
        UsageError: there are too few domains, more than two without a hub, or the hub is none of them.
    """
    if hub is None:
        if len(domains) != 2:
            raise UsageError(f"a CycleGAN without a hub has two domains, not {len(domains)}")
        return [(domains[0], domains[1])]
    if hub not in domains or len(domains) < 2:
        raise UsageError(f"the hub '{hub}' must be one of two domains or more, which are {', '.join(domains)}")
    return [(domain, hub) for domain in domains if domain != hub]


def build_generator(
    *,
    generator: str,
    size: int,
    width: int,
    blocks: int = 9,
    upsample: Enlarging = "transpose",
    dropout: float = 0.0,
) -> Generator:
    """A generator of `GENERATORS`; `blocks` are of a ResNet's, `dropout` of U-Nets.

    Raises:
        UsageError: there is no such generator, or not of that size or way to enlarge maps.
    """
    if generator == "resnet":
        return ResnetGenerator(width=width, blocks=blocks, upsample=upsample)
    if generator == "unet":
        return UnetGenerator(size=size, width=width, dropout=dropout, upsample=upsample)
    if generator == "unet-kaggle":
        if upsample != "transpose":
            raise UsageError("the generator unet-kaggle enlarges maps by transposed convolutions: --upsample transpose")
        return NotebookUnetGenerator(size=size, width=width, dropout=dropout)
    raise UsageError(f"there is no generator '{generator}': {', '.join(GENERATORS)}")


def build_generators(domains: Sequence[str], *, hub: str | None = None, **options: Any) -> dict[str, TrainableNetwork]:
    """Both generators of each pair by name; the options are those of `build_generator`."""
    return {direction(*way): build_generator(**options) for pair in pairs(domains, hub) for way in (pair, pair[::-1])}
