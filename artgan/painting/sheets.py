"""What is made of many drawn pictures: sheets with labels, and loops without a seam."""

from collections.abc import Callable, Sequence
from math import ceil

import numpy as np

from artgan.data.vocabulary import Tags
from artgan.io.media import grid, labelled_grid
from artgan.painting.latents import lerp, slerp, stops
from artgan.painting.sampling import Pixels, Sampler, enlarged

FRAMES_BETWEEN_STOPS = 24

_LABELLED_SIDE = 64
"""Pictures of a labelled sheet are enlarged to at least this side, so that a label fits above each."""
_FULL_LABEL_SIDE = 96
"""From here on "orange hair" fits, and not only "orange"."""
_AT_ONCE = 256
"""Frames that are drawn between two looks at whether to go on."""

Progress = Callable[[int, int], None]
"""Called with the pictures drawn so far and in all."""


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
    tags = sampler.encode([sampler.tags(seed, given) for seed in seeds])
    drawn: list[Pixels] = []
    for start in range(0, len(places), _AT_ONCE):
        part = places[start : start + _AT_ONCE]
        z = keys.new_empty(len(part), keys.shape[1])
        mixed = None if tags is None else tags.new_empty(len(part), tags.shape[1])
        for number, (behind, ahead, share) in enumerate(part):
            z[number] = slerp(keys[behind], keys[ahead], share)
            if tags is not None and mixed is not None:
                mixed[number] = lerp(tags[behind], tags[ahead], share)
        drawn.extend(enlarged(sampler.draw(z, mixed), scale))
        progress(len(drawn), len(places))
    return drawn


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
    z = sampler.latents(seeds)
    keys = []
    for value in chosen.values:
        encoded = sampler.encode([{**sampler.tags(seed, given), chosen.name: (value,)} for seed in seeds])
        assert encoded is not None
        keys.append(encoded)
    drawn: list[Pixels] = []
    for behind, ahead, share in places:
        pictures = sampler.draw(z, lerp(keys[behind], keys[ahead], share))
        drawn.append(grid(enlarged(pictures, scale)))
        progress(len(drawn), len(places))
    return drawn


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
