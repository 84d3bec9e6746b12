"""Wrong tags, and tags left out: what a conditional discriminator learns to tell from the right ones.

Tags are (N, D) float32 of 0 and 1, a group of which nothing is known all 0. `groups` (D, K) has a 1 where dimension d
belongs to group k. All draws come from a CPU generator.
"""

import torch
from torch import Tensor

from artgan.data.vocabulary import Vocabulary


def membership(vocabulary: Vocabulary, device: torch.device) -> Tensor:
    """Which dimension belongs to which group, (D, K) float32."""
    groups = torch.zeros(vocabulary.dimensions, len(vocabulary.groups))
    for number, place in enumerate(vocabulary.slices):
        groups[place, number] = 1
    return groups.to(device)


def hide_groups(tags: Tensor, groups: Tensor, probability: float, random: torch.Generator) -> Tensor:
    """Tags with each group left out with a probability, so that a generator learns to draw without being told it."""
    keep = torch.rand(len(tags), groups.shape[1], generator=random) >= probability
    return tags * (keep.to(tags.device, tags.dtype) @ groups.mT)


def another(count: int, random: torch.Generator) -> int:
    """How far to roll a batch so that every picture meets another one."""
    return int(torch.randint(1, max(count, 2), (), generator=random))


def wrong_tags(tags: Tensor, groups: Tensor, random: torch.Generator) -> Tensor:
    """Tags of other pictures: for about half of the pictures all groups, for the others one.

    Were all groups always wrong together, it would do to look at one of them, the hair, and the eyes would be
    learned slowly. They may happen to be right; see `contradict`.
    """
    count, kinds = len(tags), groups.shape[1]
    one = torch.nn.functional.one_hot(torch.randint(kinds, (count,), generator=random), kinds).bool()
    changed = one | (torch.rand(count, 1, generator=random) < 0.5)
    where = changed.to(tags.device, tags.dtype) @ groups.mT > 0
    return torch.where(where, tags.roll(another(count, random), 0), tags)


def contradict(told: Tensor, true: Tensor, groups: Tensor) -> Tensor:
    """Whether what is told is wrong for sure, (N,) bool: in some group both name values, and none in common."""
    both_known = (told @ groups > 0) & (true @ groups > 0)
    return (both_known & ((told * true) @ groups == 0)).any(1)
