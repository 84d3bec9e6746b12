import torch

from artgan.training.seeds import derived, generator, seed_default_generators


def test_labels_tell_seeds_apart() -> None:
    seeds = {derived(seed, label, step) for seed in (0, 1) for label in ("task", "order") for step in range(50)}
    assert len(seeds) == 200
    assert all(0 <= seed < 2**63 for seed in seeds)
    assert derived(1, 23) != derived(12, 3)


def test_seeds_are_the_same_in_every_process() -> None:
    assert derived(7, "order", 3) == 4973603909648859553  # hash() would differ


def test_generators_draw_what_their_labels_say() -> None:
    assert torch.equal(torch.rand(3, generator=generator(1, "a")), torch.rand(3, generator=generator(1, "a")))
    assert not torch.equal(torch.rand(3, generator=generator(1, "a")), torch.rand(3, generator=generator(1, "b")))
    seed_default_generators(4, torch.device("cpu"))
    first = torch.rand(2)
    seed_default_generators(4, torch.device("cpu"))
    assert torch.equal(torch.rand(2), first)
