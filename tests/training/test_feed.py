"""Batches: every picture once an epoch, the same for the same step, whoever asks and from wherever they are kept."""

import dataclasses

import numpy as np
import pytest
import torch

from artgan.data.datasets import Dataset
from artgan.errors import UsageError
from artgan.training import feed as module
from artgan.training.feed import Feed

CPU = torch.device("cpu")


def feed(dataset: Dataset, **options: object) -> Feed:
    return Feed({"images": dataset}, **{"batch_size": 8, "seed": 1, "device": CPU, "mirror": False, **options})


def shown(batch: torch.Tensor, dataset: Dataset) -> list[int]:
    """Which pictures a batch holds."""
    raw = batch.add(1).mul(127.5).round().to(torch.uint8).permute(0, 2, 3, 1).numpy()
    return [int(np.flatnonzero((dataset.pixels == picture).all((1, 2, 3)))[0]) for picture in raw]


def test_an_epoch_shows_every_training_picture_once_and_none_held_out(pictures: Dataset) -> None:
    source = feed(pictures, batch_size=10)
    epochs = [
        [i for step in range(e * 3 + 1, e * 3 + 4) for i in shown(source.batch(step)["images"], pictures)]
        for e in (0, 1)
    ]
    assert sorted(epochs[0]) == sorted(epochs[1]) == list(range(30))
    assert epochs[0] != epochs[1] != list(range(30))


def test_batches_cross_epochs_without_gaps(pictures: Dataset) -> None:
    source = feed(pictures, batch_size=8)
    order = [i for step in range(1, 16) for i in shown(source.batch(step)["images"], pictures)]
    assert all(sorted(order[30 * e : 30 * e + 30]) == list(range(30)) for e in range(4))


def test_a_batch_may_be_larger_than_the_dataset(pictures: Dataset) -> None:
    found = shown(feed(pictures, batch_size=64).batch(1)["images"], pictures)
    assert len(found) == 64
    assert min(found.count(i) for i in range(30)) >= 2


def test_steps_do_not_depend_on_each_other(pictures: Dataset) -> None:
    straight, jumping = feed(pictures, mirror=True), feed(pictures, mirror=True)
    for step in range(1, 6):
        straight.batch(step)
    assert torch.equal(straight.batch(6)["images"], jumping.batch(6)["images"])
    assert not torch.equal(straight.batch(7)["images"], jumping.batch(6)["images"])


def test_values_tags_and_memory_layout(pictures: Dataset) -> None:
    batch = feed(pictures).batch(1)
    images, tags = batch["images"], batch["tags"]
    assert images.shape == (8, 3, 16, 16)
    assert images.dtype == tags.dtype == torch.float32
    assert -1 <= images.min() < -0.98
    assert 0.98 < images.max() <= 1
    assert images.is_contiguous(memory_format=torch.channels_last)
    assert np.array_equal(tags.numpy(), pictures.tags[shown(images, pictures)])


def test_mirroring_flips_about_half_and_nothing_else(pictures: Dataset) -> None:
    plain, mirrored = feed(pictures, batch_size=30), feed(pictures, batch_size=30, mirror=True)
    flips = 0
    for step in range(1, 5):
        for before, after in zip(plain.batch(step)["images"], mirrored.batch(step)["images"], strict=True):
            flips += torch.equal(before.flip(-1), after)
            assert torch.equal(before, after) or torch.equal(before.flip(-1), after)
    assert 30 < flips < 90


def test_processes_share_a_batch(pictures: Dataset) -> None:
    whole = shown(feed(pictures).batch(3)["images"], pictures)
    parts = [shown(feed(pictures, rank=rank, world=2).batch(3)["images"], pictures) for rank in (0, 1)]
    assert parts[0] + parts[1] == whole


def test_domains_have_orders_of_their_own(pictures: Dataset) -> None:
    fewer = dataclasses.replace(pictures, train=pictures.train[:7])
    source = Feed({"monet": pictures, "photo": fewer}, batch_size=7, seed=1, device=CPU, mirror=False)
    batch = source.batch(1)
    assert batch.keys() == {"monet", "monet/tags", "photo", "photo/tags"}
    assert sorted(shown(batch["photo"], pictures)) == list(range(7))
    assert shown(batch["monet"], pictures) != shown(batch["photo"], pictures)


def test_where_the_pictures_are_kept_makes_no_difference(pictures: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    host = [feed(pictures, mirror=True).batch(step)["images"] for step in (1, 2, 3)]
    monkeypatch.setattr(module, "_fits", lambda dataset, device: True)
    monkeypatch.setattr(module, "_PIECE_BYTES", 7 * pictures.pixels[0].nbytes)
    device = [feed(pictures, mirror=True).batch(step)["images"] for step in (1, 2, 3)]
    assert all(torch.equal(a, b) for a, b in zip(host, device, strict=True))


def test_a_memory_mapped_file_is_read_where_it_lies(pictures: Dataset, tmp_path) -> None:  # type: ignore[no-untyped-def]
    np.save(tmp_path / "pixels.npy", pictures.pixels)
    mapped = dataclasses.replace(pictures, pixels=np.load(tmp_path / "pixels.npy", mmap_mode="r"))
    assert torch.equal(feed(mapped).batch(2)["images"], feed(pictures).batch(2)["images"])


def test_the_next_batch_is_gathered_ahead(pictures: Dataset) -> None:
    source = module._OnHost(pictures, torch.device("meta"))  # any device that is not the CPU
    source.prefetch(np.array([3, 4]))
    assert source._ahead is not None
    assert np.array_equal(source._ahead[1].result().numpy(), pictures.pixels[[3, 4]])


def test_no_pictures_is_an_error(pictures: Dataset) -> None:
    with pytest.raises(UsageError, match="'noise' has no pictures to train on"):
        feed(dataclasses.replace(pictures, train=pictures.train[:0]))
