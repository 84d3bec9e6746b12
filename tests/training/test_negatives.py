"""Wrong tags are wrong, right ones are never called wrong, and groups hide at the rate asked for."""

import pytest
import torch

from artgan.data.vocabulary import ANIME, Group, Vocabulary
from artgan.training.negatives import another, contradict, hide_groups, membership, wrong_tags

SMALL = Vocabulary((Group("hair", ("red", "blue", "green")), Group("eyes", ("black", "brown"))))
GROUPS = membership(SMALL, torch.device("cpu"))


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def tags(*texts: str) -> torch.Tensor:
    return torch.stack([torch.from_numpy(SMALL.encode(SMALL.parse(text))) for text in texts]).float()


def drawn(count: int) -> torch.Tensor:
    hair, eyes = torch.randint(12, (count,), generator=generator()), torch.randint(11, (count,), generator=generator(1))
    return torch.cat([torch.eye(12)[hair], torch.eye(11)[eyes]], 1)


def test_membership() -> None:
    assert GROUPS.tolist() == [[1, 0], [1, 0], [1, 0], [0, 1], [0, 1]]


@pytest.mark.parametrize(
    ("told", "true", "wrong"),
    [
        ("red hair, black eyes", "red hair, black eyes", False),
        ("blue hair, black eyes", "red hair, black eyes", True),
        ("red hair, brown eyes", "red hair, black eyes", True),
        ("red hair", "red hair, black eyes", False),
        ("blue hair", "red hair, black eyes", True),
        ("red hair, brown eyes", "red hair", False),  # the eyes are not known: it may be right
        ("brown eyes", "red hair", False),
        ("", "red hair", False),
    ],
)
def test_contradict(told: str, true: str, wrong: bool) -> None:
    assert contradict(tags(told), tags(true), GROUPS).tolist() == [wrong]


def test_one_of_two_colours_is_not_wrong() -> None:
    both = tags("red hair") + tags("blue hair")
    assert contradict(tags("red hair", "green hair"), both.expand(2, -1), GROUPS).tolist() == [False, True]


def test_half_of_the_wrong_tags_change_one_group_only() -> None:
    true, groups = drawn(4000), membership(ANIME, torch.device("cpu"))
    wrong = wrong_tags(true, groups, generator(2))
    changed = ((wrong != true).float() @ groups > 0).sum(1)
    # Another picture has the same hair with probability 1/12, the same eyes 1/11.
    both, one = 0.5 * 11 / 12 * 10 / 11, 0.5 * (11 / 12 + 10 / 11) / 2 + 0.5 * (11 / 12 / 11 + 10 / 11 / 12)
    assert (changed == 2).float().mean() == pytest.approx(both, abs=0.04)
    assert (changed == 1).float().mean() == pytest.approx(one, abs=0.04)
    assert torch.equal(contradict(wrong, true, groups), changed > 0)
    assert torch.equal(wrong @ groups, torch.ones(4000, 2))


def test_groups_hide_whole_and_apart() -> None:
    true, groups = drawn(4000), membership(ANIME, torch.device("cpu"))
    told = hide_groups(true, groups, 0.1, generator())
    known = told @ groups
    assert set(known.unique().tolist()) == {0.0, 1.0}
    assert known.mean(0).tolist() == pytest.approx([0.9, 0.9], abs=0.02)
    assert (known.sum(1) == 0).float().mean() == pytest.approx(0.01, abs=0.008)
    assert not contradict(told, true, groups).any()
    assert torch.equal(hide_groups(true, groups, 0.0, generator()), true)


def test_another_picture_is_never_the_same() -> None:
    assert {another(4, generator(seed)) for seed in range(60)} == {1, 2, 3}
    assert another(1, generator()) == 1
