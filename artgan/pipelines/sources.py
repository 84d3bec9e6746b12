"""What the datasets of a training are: one for a GAN; for translation a domain each, with names and more pictures."""

import dataclasses
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch

from artgan.config.cyclegan import CycleganConfig
from artgan.config.train import LIMITS, TrainConfig
from artgan.data.datasets import DEFAULT_SIZE, Dataset, open_dataset
from artgan.data.folder import DATASET, read_facts
from artgan.data.joining import joined
from artgan.data.synthetic import PREFIX, is_synthetic
from artgan.errors import ArtganError, UsageError
from artgan.events import Listener
from artgan.io.files import quoted
from artgan.training.feed import IMAGES

MORE = "+"
"""A source that begins so adds pictures to the domain before it."""
PREPARED = Path("data")
"""Where datasets are looked for when none is named."""

_LARGEST, _LARGEST_ON_CPU = 256, 128
_WIDTH, _WIDTH_ON_CPU = 64, 32
_BATCH = 4
_TIME_ON_CPU = "3h"
_EPOCHS = 200  # the paper's
_DRAWN = (f"{PREFIX}photos", f"{PREFIX}paintings")
_DRAWN_TIME = "15m"


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """A configuration that nothing is missing from, the sources, and what to say about them.

    `forecast`: the length was chosen here, so say before the first step how long it is.
    """

    config: TrainConfig
    data: list[str]
    notes: list[str] = field(default_factory=list)
    forecast: bool = False


def one_dataset(config: TrainConfig, data: Sequence[str], *, device: torch.device, world: int) -> Fitted:
    """The sources of a GAN. Raises UsageError unless there is one."""
    if len(data) != 1:
        raise UsageError(f"a GAN learns from 1 dataset, not {len(data)}")
    return Fitted(config=config, data=list(data))


def open_one(config: TrainConfig, data: Sequence[str], *, seed: int, listener: Listener) -> dict[str, Dataset]:
    """The one dataset, called "images"."""
    return {IMAGES: open_dataset(data[0], size=config.size, count=None, seed=seed, listener=listener)}


def domains_for(config: CycleganConfig, data: Sequence[str], *, device: torch.device, world: int) -> Fitted:
    """The sources of a CycleGAN, found if none is named; networks, size, width, batch and length, where left
    open, fit the machine.

    Of more than two domains the last is the hub.

    Raises:
        UsageError: there is one domain only, or more names or fewer than domains.
    """
    notes: list[str] = []
    forecast = False
    limited = any(getattr(config, name) is not None for name in LIMITS)
    if not data:
        data, note = _prepared_last()
        notes.append(note)
        if not limited and data == list(_DRAWN):
            config, limited = dataclasses.replace(config, budget=_DRAWN_TIME), True
    domains = domains_of(data)
    if len(domains) < 2:
        raise UsageError("a CycleGAN translates between two datasets or more: artgan train cyclegan A B")
    if config.domain_names is not None and len(config.domain_names) != len(domains):
        raise UsageError(f"--names names {len(config.domain_names)} domains, and there are {len(domains)}")
    small = device.type == "cpu"
    if config.size is None:
        side = min(
            [
                _LARGEST_ON_CPU if small else _LARGEST,
                *(side_of(name) or DEFAULT_SIZE for domain in domains for name in domain),
            ]
        )
        config = dataclasses.replace(config, size=2 ** (side.bit_length() - 1))
    config = dataclasses.replace(
        config,
        width=config.width or (_WIDTH_ON_CPU if small else _WIDTH),
        batch_size=config.batch_size or max(world, _BATCH),
        generator=config.generator_on(device.type),
        upsample=config.upsample_on(device.type),
    )
    if not limited:
        forecast = True
        if small:
            config, length = dataclasses.replace(config, budget=_TIME_ON_CPU), "for three hours"
        else:
            config, length = dataclasses.replace(config, epochs=_EPOCHS), f"{_EPOCHS} times through the larger domain"
        notes.append(f"trains {length}; --steps, --images, --epochs or --budget 30m say otherwise")
    effective = config.cycle * config.identity
    notes.append(
        f"{config.generator}, batches of {config.batch_size}, width {config.width}; weights: cycle {config.cycle:g}, "
        f"identity {effective:g} ({config.identity:g} of cycle)"
    )
    return Fitted(config=config, data=list(data), notes=notes, forecast=forecast)


def open_domains(config: CycleganConfig, data: Sequence[str], *, seed: int, listener: Listener) -> dict[str, Dataset]:
    """The datasets by the names of their domains.

    Raises:
        UsageError: two domains would have the same name.
    """
    opened = open_each(data, size=config.size, seed=seed, listener=listener)
    # What is added to a domain does not name it.
    names = config.domain_names or [domain_name(first) for first, _ in opened]
    if len(set(names)) != len(names):
        raise UsageError(f"two domains would be called '{names[0]}': name them, as in --names monet,photo")
    return {name: dataset for name, (_, dataset) in zip(names, opened, strict=True)}


def open_each(data: Sequence[str], *, size: int | None, seed: int, listener: Listener) -> list[tuple[str, Dataset]]:
    """Each domain's dataset with what is added to it, and before it the name of the first of them."""
    opened = []
    for sources in domains_of(data):
        first, *more = (open_dataset(name, size=size, count=None, seed=seed, listener=listener) for name in sources)
        opened.append((first.name, joined(first, more)))
    return opened


def domain_name(dataset: str) -> str:
    """What a domain is called after its dataset: "faces-hair-red" of synthetic:faces,hair=red,n=500."""
    if dataset.startswith(PREFIX):
        dataset = re.sub(r",(n|seed)=\d+", "", dataset.removeprefix(PREFIX))
    return re.sub(r"[^A-Za-z0-9_]+", "-", dataset).strip("-") or "pictures"


def names_of_domains(data: Mapping[str, Dataset]) -> str:
    """What a run's pictures are called: by their domains, and where there is one only, by its dataset."""
    return "-".join(data) if len(data) > 1 else next(iter(data.values())).name


def names_of_data(data: Mapping[str, Dataset]) -> str:
    """The same where domains are called by what they are for: by their datasets."""
    return "-".join(domain_name(dataset.name) for dataset in data.values())


def located(source: str, folder: Path) -> str:
    """The source as it was named, or from the folder where it was named, when the run is continued elsewhere."""
    plus = MORE if source.startswith(MORE) else ""
    name = source.removeprefix(plus)
    return f"{plus}{folder / name}" if not Path(name).exists() and (folder / name).exists() else source


def domains_of(data: Sequence[str]) -> list[tuple[str, ...]]:
    """Each domain's source and what is added to it."""
    domains: list[tuple[str, ...]] = []
    for source in data:
        if not source.startswith(MORE):
            domains.append((source,))
        elif not domains:
            raise UsageError(f"{quoted(source)} adds pictures to the dataset named before it, and there is none")
        else:
            domains[-1] = (*domains[-1], source.removeprefix(MORE))
    return domains


def _prepared_last() -> tuple[list[str], str]:
    """The two datasets prepared last, or drawn ones, and what to say."""
    found = sorted(PREPARED.glob(f"*/{DATASET}"), key=lambda path: path.stat().st_mtime)
    if len(found) < 2:
        there = f"only one dataset in ./{PREPARED}" if found else f"no dataset in ./{PREPARED}"
        return list(_DRAWN), (
            f"no data named, and {there}: drawn photos and paintings at {DEFAULT_SIZE} px, for fifteen minutes unless "
            "a length is given; artgan train cyclegan A B takes your own"
        )
    names = [str(path.parent) for path in found[-2:]]
    return names, f"no data named: the two datasets prepared last, {names[0]} and {names[1]}"


def side_of(name: str) -> int | None:
    """The side of a source's pictures, as far as it decides the size to train at; None of what is drawn at any."""
    if is_synthetic(name) and not Path(name).exists():
        return None
    if (Path(name) / DATASET).is_file():
        try:
            return int(read_facts(Path(name))["size"])
        except (ArtganError, KeyError, TypeError, ValueError):
            return _LARGEST  # opening it says what is wrong
    return _LARGEST
