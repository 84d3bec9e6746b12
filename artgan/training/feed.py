"""Batches of pictures: kept as bytes, on the device when they fit, in an order that the seed and the step decide."""

from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from artgan.data.datasets import Dataset
from artgan.errors import UsageError
from artgan.training.seeds import derived, generator

IMAGES = "images"
"""What a single dataset is called among the domains; its tags are called "tags"."""

_SHARE_OF_FREE_MEMORY = 0.5
_LONGEST_ON_MPS = 2**31
_PIECE_BYTES = 2**28


class Feed:
    """Gives each step its batch, the same however often the run was interrupted.

    Every domain goes through its training pictures in an order drawn anew for each epoch. Of `batch_size` pictures a
    step, this process (`rank` of `world`) gets its equal share. `mirror` flips each picture with probability 1/2.
    """

    def __init__(
        self,
        domains: Mapping[str, Dataset],
        *,
        batch_size: int,
        seed: int,
        device: torch.device,
        mirror: bool,
        rank: int = 0,
        world: int = 1,
    ) -> None:
        self._batch_size, self._own, self._rank = batch_size, batch_size // world, rank
        self._device = device
        self._domains: dict[str, _OnDevice | _OnHost] = {}
        self._orders: dict[str, _Order] = {}
        self._tags: dict[str, tuple[str, Tensor]] = {}
        self._mirror_seed = derived(seed, "mirror", rank) if mirror else None
        for name, dataset in domains.items():
            if len(dataset.train) == 0:
                raise UsageError(f"'{dataset.name}' has no pictures to train on")
            self._orders[name] = _Order(len(dataset.train), derived(seed, "order", name))
            fits = _fits(dataset, device)
            self._domains[name] = _OnDevice(dataset, device) if fits else _OnHost(dataset, device)
            if dataset.tags is not None:
                key = "tags" if name == IMAGES else f"{name}/tags"
                self._tags[name] = (key, torch.from_numpy(dataset.tags[dataset.train]).to(device))

    def batch(self, step: int) -> dict[str, Tensor]:
        """The batch of a step, counted from 1: "images" or one entry a domain, (N, 3, S, S) float32 in [-1, 1] on the
        device, and the tags (N, D) float32 of domains that have them."""
        batch = {}
        for name, pictures in self._domains.items():
            places = self._places(name, step)
            raw = pictures.take(places)
            pictures.prefetch(self._places(name, step + 1))
            if self._mirror_seed is not None:
                raw = _mirrored(raw, generator(self._mirror_seed, name, step))
            # Channels stay last in memory, which convolutions like best and the bytes have anyway.
            batch[name] = raw.permute(0, 3, 1, 2).to(torch.float32).div_(127.5).sub_(1)
            if name in self._tags:
                key, tags = self._tags[name]
                batch[key] = tags[torch.from_numpy(places).to(self._device)].to(torch.float32)
        return batch

    def _places(self, name: str, step: int) -> NDArray[np.int64]:
        begin = (step - 1) * self._batch_size + self._rank * self._own
        return self._orders[name].places(begin, self._own)


class _Order:
    """An endless sequence of places in a dataset, a permutation an epoch."""

    def __init__(self, length: int, seed: int) -> None:
        self._length, self._seed = length, seed
        self._permutations: dict[int, NDArray[np.int64]] = {}

    def places(self, begin: int, count: int) -> NDArray[np.int64]:
        positions = np.arange(begin, begin + count)
        epochs, rests = positions // self._length, positions % self._length
        return np.concatenate([self._epoch(int(e))[rests[epochs == e]] for e in range(epochs[0], epochs[-1] + 1)])

    def _epoch(self, epoch: int) -> NDArray[np.int64]:
        if epoch not in self._permutations:
            self._permutations = {e: p for e, p in self._permutations.items() if e == epoch - 1}
            order = torch.randperm(self._length, generator=generator(self._seed, epoch))
            self._permutations[epoch] = order.numpy()
        return self._permutations[epoch]


class _OnDevice:
    """Training pictures whole on the device."""

    def __init__(self, dataset: Dataset, device: torch.device) -> None:
        train, pixels = dataset.train, dataset.pixels
        # Filled piece by piece: pieces that were joined on the device would take the room twice.
        self._pixels = torch.empty((len(train), *pixels.shape[1:]), dtype=torch.uint8, device=device)
        at_once = max(1, _PIECE_BYTES // _picture_bytes(dataset))
        for begin in range(0, len(train), at_once):
            self._pixels[begin : begin + at_once] = torch.from_numpy(pixels[train[begin : begin + at_once]])

    def take(self, places: NDArray[np.int64]) -> Tensor:
        return self._pixels[torch.from_numpy(places).to(self._pixels.device)]

    def prefetch(self, places: NDArray[np.int64]) -> None:
        """Nothing is far away."""


class _OnHost:
    """Training pictures in main memory, or in a file mapped to it; the next batch is gathered while a step runs."""

    def __init__(self, dataset: Dataset, device: torch.device) -> None:
        self._pixels, self._train, self._device = dataset.pixels, dataset.train, device
        self._worker = None if device.type == "cpu" else ThreadPoolExecutor(1)
        self._ahead: tuple[bytes, Future[Tensor]] | None = None

    def take(self, places: NDArray[np.int64]) -> Tensor:
        if self._ahead is not None and self._ahead[0] == places.tobytes():
            raw = self._ahead[1].result()
        else:
            raw = self._gather(places)
        return raw.to(self._device, non_blocking=True)

    def prefetch(self, places: NDArray[np.int64]) -> None:
        if self._worker is not None:  # a CPU that trains has no hand free
            self._ahead = (places.tobytes(), self._worker.submit(self._gather, places))

    def _gather(self, places: NDArray[np.int64]) -> Tensor:
        raw = torch.from_numpy(self._pixels[self._train[places]])
        return raw.pin_memory() if self._device.type == "cuda" else raw


def _mirrored(raw: Tensor, random: torch.Generator) -> Tensor:
    """Flip half of the pictures (N, H, W, 3)."""
    chosen = torch.rand(len(raw), generator=random) < 0.5
    return torch.where(chosen.to(raw.device)[:, None, None, None], raw.flip(2), raw)


def _picture_bytes(dataset: Dataset) -> int:
    return int(np.prod(dataset.pixels.shape[1:]))


def _fits(dataset: Dataset, device: torch.device) -> bool:
    """Whether the training pictures may take their place in the device's memory beside the networks."""
    needed = len(dataset.train) * _picture_bytes(dataset)
    if device.type == "cuda":
        return needed < _SHARE_OF_FREE_MEMORY * torch.cuda.mem_get_info(device)[0]
    return device.type == "mps" and needed < _LONGEST_ON_MPS
