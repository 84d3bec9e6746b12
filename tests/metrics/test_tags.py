"""The judge of tags: it learns what can be seen, says so of held-out pictures, and is not fooled by chance."""

import pytest
import torch

from artgan.data.vocabulary import Group, Vocabulary
from artgan.metrics.tags import TagClassifier, as_percent, train_classifier

COLOURS = {"red": (220, 40, 40), "green": (40, 200, 60), "blue": (50, 60, 220)}
VOCABULARY = Vocabulary((Group("sky", tuple(COLOURS)), Group("ground", tuple(COLOURS))))


def flags(count: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Pictures (N, 3, 16, 16) whose upper and lower halves have the colours that the tags say, with noise."""
    random = torch.Generator().manual_seed(seed)
    picks = torch.randint(3, (count, 2), generator=random)
    table = torch.tensor(list(COLOURS.values()), dtype=torch.float32)
    rows = torch.cat([table[picks[:, :1]].expand(-1, 8, -1), table[picks[:, 1:]].expand(-1, 8, -1)], dim=1)
    images = rows.permute(0, 2, 1)[..., None].expand(-1, -1, -1, 16)
    images = (images + 40 * torch.randn(images.shape, generator=random)).clamp(0, 255).to(torch.uint8)
    tags = torch.zeros(count, 6, dtype=torch.uint8)
    tags[torch.arange(count), picks[:, 0]] = 1
    tags[torch.arange(count), 3 + picks[:, 1]] = 1
    return images, tags


@pytest.fixture(scope="module")
def judge() -> TagClassifier:
    images, tags = flags(400, 0)
    return train_classifier(images, tags, VOCABULARY, steps=60, batch_size=32)


def test_it_learns_and_is_right_on_pictures_it_has_not_seen(judge: TagClassifier) -> None:
    images, tags = flags(100, 1)
    accuracy = judge.accuracy(images.float() / 127.5 - 1, tags)
    assert set(accuracy) == {"sky", "ground", "all"}
    assert min(accuracy.values()) > 0.9


def test_wrong_tags_are_seen_to_be_wrong(judge: TagClassifier) -> None:
    images, tags = flags(100, 1)
    swapped = torch.cat([tags[:, 3:], tags[:, :3]], dim=1)
    same = (tags[:, 3:] == tags[:, :3]).all(dim=1).float().mean()
    accuracy = judge.accuracy(images.float() / 127.5 - 1, swapped)
    assert accuracy["all"] == pytest.approx(float(same), abs=0.1)


def test_untagged_groups_and_double_tags_do_not_count(judge: TagClassifier) -> None:
    images, tags = flags(60, 2)
    floats = images.float() / 127.5 - 1
    only_sky = tags.clone()
    only_sky[:, 3:] = 0
    assert set(judge.accuracy(floats, only_sky)) == {"sky", "all"}
    spoiled = tags.clone()
    spoiled[:30, :3] = 1  # several values: says nothing
    assert judge.accuracy(floats, spoiled)["sky"] == pytest.approx(judge.accuracy(floats[30:], tags[30:])["sky"])
    assert judge.accuracy(floats, torch.zeros_like(tags)) == {}


def test_training_is_seeded_and_leaves_the_global_generator_alone() -> None:
    images, tags = flags(64, 0)
    before = torch.get_rng_state()
    first, second = (train_classifier(images, tags, VOCABULARY, steps=3, batch_size=16) for _ in range(2))
    assert torch.equal(before, torch.get_rng_state())
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), second.parameters(), strict=True))
    other = train_classifier(images, tags, VOCABULARY, steps=3, batch_size=16, seed=1)
    assert not torch.equal(first.head.weight, other.head.weight)


def test_accuracy_in_words() -> None:
    assert as_percent({"hair": 0.931, "all": 0.5}) == "hair 93 %, all 50 %"
