"""What one `artgan sample` makes: a picture a seed, or a sheet or loop of several, and how each is named and drawn."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from artgan.config.sample import SampleConfig
from artgan.config.values import format_seeds, parse_seeds
from artgan.data.vocabulary import Tags
from artgan.errors import UsageError
from artgan.io.media import grid
from artgan.painting.sampling import Pixels, Sampler, enlarged
from artgan.painting.sheets import Progress, by_one, by_two, latent_loop, tag_loop

Kind = Literal["picture", "grid", "sheet", "loop"]

_AT_ONCE = 64
"""Pictures drawn between two that are written."""
_LONGEST_NAME = 40


@dataclass(frozen=True, kw_only=True)
class Piece:
    """One file to be: of one seed or several."""

    kind: Kind
    seeds: tuple[int, ...]
    name: str
    """Of the file, without suffix."""


def chosen_seeds(config: SampleConfig, drawn: int) -> tuple[int, ...]:
    """The seeds asked for; those that are not are counted up from `--seed`, else from `drawn`."""
    if config.seeds is not None:
        return parse_seeds(config.seeds, "--seeds")
    first = drawn if config.seed is None else config.seed
    return tuple(range(first, first + (config.n or _default_count(config))))


def pieces(config: SampleConfig, seeds: Sequence[int], model: str) -> list[Piece]:
    """The files of a command, in order. Raises UsageError for a loop through latents with a single stop."""
    groups = "-".join(config.groups)
    if config.interpolate == "latents" and len(seeds) < 2:
        raise UsageError("--interpolate latents needs two seeds or more to go between: --n 4, or --seeds 1,5,9")
    if config.interpolate is not None:
        path = "latents" if config.interpolate == "latents" else f"tags-{groups}"
        return [_piece("loop", seeds, f"{model}-{path}")]
    if len(config.groups) == 2:
        return [_piece("sheet", [seed], f"{model}-by-{groups}") for seed in seeds]
    if config.groups:
        return [_piece("sheet", seeds, f"{model}-by-{groups}")]
    if config.grid:
        return [_piece("grid", seeds, f"{model}-grid")]
    return [_piece("picture", [seed], model) for seed in seeds]


def draw_stills(config: SampleConfig, sampler: Sampler, given: Tags, planned: Sequence[Piece]) -> Iterator[Pixels]:
    """Each piece, (H, W, 3) uint8, in order; pictures of single seeds are drawn some at a time."""
    if planned[0].kind == "picture":
        seeds = [piece.seeds[0] for piece in planned]
        at_once = max(sampler.batch_size, _AT_ONCE // sampler.batch_size * sampler.batch_size)
        for start in range(0, len(seeds), at_once):
            yield from _pictures(config, sampler, given, seeds[start : start + at_once])
        return
    groups = [sampler.group(name) for name in config.groups]
    for piece in planned:
        if len(groups) == 2:
            yield by_two(sampler, piece.seeds[0], given, *groups, scale=config.scale)
        elif groups:
            yield by_one(sampler, piece.seeds, given, groups[0], scale=config.scale)
        else:
            yield grid(_pictures(config, sampler, given, piece.seeds))


def draw_loop(config: SampleConfig, sampler: Sampler, given: Tags, piece: Piece, progress: Progress) -> list[Pixels]:
    """The frames of a loop, (H, W, 3) uint8 each; one through tags needs its group."""
    if config.interpolate == "latents":
        return latent_loop(sampler, piece.seeds, given, frames=config.frames, scale=config.scale, progress=progress)
    group = sampler.group(config.groups[0])
    return tag_loop(sampler, piece.seeds, given, group, frames=config.frames, scale=config.scale, progress=progress)


def _pictures(config: SampleConfig, sampler: Sampler, given: Tags, seeds: Sequence[int]) -> Pixels:
    tags = sampler.encode([sampler.tags(seed, given) for seed in seeds])
    return enlarged(sampler.draw(sampler.latents(seeds), tags), config.scale)


def _piece(kind: Kind, seeds: Sequence[int], stem: str) -> Piece:
    padded = [f"{seed:04d}" for seed in seeds]
    if len(seeds) == 1:
        label = padded[0]
    elif seeds[-1] - seeds[0] == len(seeds) - 1 and list(seeds) == sorted(seeds):
        label = f"{padded[0]}-{padded[-1]}"
    else:
        label = format_seeds(seeds).replace(",", "+")
    if len(label) > _LONGEST_NAME:
        label = f"{padded[0]}+{len(seeds) - 1}"
    return Piece(kind=kind, seeds=tuple(seeds), name=f"{stem}-seed{label}")


def _default_count(config: SampleConfig) -> int:
    if config.interpolate is not None:
        return 4 if config.interpolate == "latents" else 1
    if config.groups:
        return 8 if len(config.groups) == 1 else 1
    return 16 if config.grid else 1
