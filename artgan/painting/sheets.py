"""What is made of many drawn pictures: sheets with labels, and loops without a seam."""

from collections.abc import Callable, Iterator, Sequence
from math import ceil

import numpy as np
import torch
from torch import Tensor

from artgan.data.vocabulary import Tags
from artgan.io.media import grid, labelled_grid
from artgan.painting.latents import Place, slerp, stops
from artgan.painting.sampling import Pixels, Sampler, enlarged

FRAMES_BETWEEN_STOPS = 24

_LABELLED_SIDE = 64
"""Pictures of a labelled sheet are enlarged to at least this side, so that a label fits above each."""
_FULL_LABEL_SIDE = 96
"""From here on "orange hair" fits, and not only "orange"."""
_AT_ONCE = 64
"""About so many pictures of a loop are drawn between two reports."""

Progress = Callable[[int, int], None]
"""Called with the frames drawn so far and in all."""


def by_one(sampler: Sampler, seeds: Sequence[int], given: Tags, group: int, *, scale: int) -> Pixels:
    """A labelled sheet (H, W, 3): a column for each value of a group, a row for each seed."""
    assert sampler.vocabulary is not None
    chosen = sampler.vocabulary.groups[group]
    rows = []
    for seed in seeds:
        tags = [{**sampler.tags(seed, given), chosen.name: (value,)} for value in chosen.values]
        rows.append(_row(sampler, seed, tags, scale))
    labels = _labels(chosen.name, chosen.values, rows[0])
    return labelled_grid(rows, row_labels=[f"seed {seed}" for seed in seeds], column_labels=labels)


def by_two(sampler: Sampler, seed: int, given: Tags, across: int, down: int, *, scale: int) -> Pixels:
    """A labelled sheet (H, W, 3) of one seed: a column for each value of one group, a row for each of another."""
    assert sampler.vocabulary is not None
    first, second = sampler.vocabulary.groups[across], sampler.vocabulary.groups[down]
    own = sampler.tags(seed, given)
    rows = []
    for value in second.values:
        tags = [{**own, first.name: (other,), second.name: (value,)} for other in first.values]
        rows.append(_row(sampler, seed, tags, scale))
    return labelled_grid(
        rows,
        row_labels=[f"{value} {second.name}" for value in second.values],
        column_labels=_labels(first.name, first.values, rows[0]),
    )


def latent_loop(
    sampler: Sampler, seeds: Sequence[int], given: Tags, *, frames: int | None, scale: int, progress: Progress
) -> list[Pixels]:
    """Frames (H, W, 3) from seed to seed and back to the first: latent vectors along arcs, tags along lines."""
    places = stops(len(seeds), frames or FRAMES_BETWEEN_STOPS * len(seeds))
    keys = sampler.latents(seeds)
    z = torch.stack([slerp(keys[behind], keys[ahead], share) for behind, ahead, share in places])
    tags = sampler.encode([sampler.tags(seed, given) for seed in seeds])
    mixed = None if tags is None else _along(tags, places)
    return [picture for pictures in _frames(sampler, z, mixed, 1, progress) for picture in enlarged(pictures, scale)]


def tag_loop(
    sampler: Sampler,
    seeds: Sequence[int],
    given: Tags,
    group: int,
    *,
    frames: int | None,
    scale: int,
    progress: Progress,
) -> list[Pixels]:
    """Frames (H, W, 3) through the values of a group of tags and back to the first; several seeds side by side."""
    assert sampler.vocabulary is not None
    chosen = sampler.vocabulary.groups[group]
    places = stops(len(chosen.values), frames or FRAMES_BETWEEN_STOPS * len(chosen.values))
    keys = [
        sampler.encode([{**sampler.tags(seed, given), chosen.name: (value,)} for seed in seeds])
        for value in chosen.values
    ]
    mixed = _along(torch.stack([key for key in keys if key is not None]), places).flatten(0, 1)
    z = sampler.latents(seeds).repeat(len(places), 1)
    return [grid(enlarged(pictures, scale)) for pictures in _frames(sampler, z, mixed, len(seeds), progress)]


def _along(keys: Tensor, places: Sequence[Place]) -> Tensor:
    """What lies at each place on the straight ways between keys (K, ...): (F, ...)."""
    return torch.stack([torch.lerp(keys[behind], keys[ahead], share) for behind, ahead, share in places])


def _frames(sampler: Sampler, z: Tensor, tags: Tensor | None, pictures: int, progress: Progress) -> Iterator[Pixels]:
    """The pictures (`pictures`, S, S, 3) of each frame."""
    total = len(z) // pictures
    at_once = max(1, _AT_ONCE // pictures)
    for start in range(0, total, at_once):
        part = slice(start * pictures, (start + at_once) * pictures)
        drawn = sampler.draw(z[part], None if tags is None else tags[part])
        yield from drawn.reshape(-1, pictures, *drawn.shape[1:])
        progress(min(start + at_once, total), total)


def _row(sampler: Sampler, seed: int, tags: Sequence[Tags], scale: int) -> Pixels:
    """Pictures of one latent vector with different tags, large enough for labels."""
    z = sampler.latents([seed]).repeat(len(tags), 1)
    pictures = sampler.draw(z, sampler.encode(tags))
    return enlarged(pictures, max(scale, ceil(_LABELLED_SIDE / pictures.shape[1])))


def _labels(group: str, values: Sequence[str], row: Pixels) -> list[str]:
    return [f"{value} {group}" if row.shape[2] >= _FULL_LABEL_SIDE else value for value in values]


def as_floats(pixels: Pixels) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """uint8 levels in [0, 1], as pictures are written from."""
    return np.divide(pixels, 255, dtype=np.float32)
