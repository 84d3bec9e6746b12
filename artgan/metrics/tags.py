"""Do pictures show the tags they were asked for? A small classifier, trained on real tagged pictures, judges.

Its own accuracy on held-out real pictures is the bar: no generator can be seen to do better than the judge can see.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from artgan.data.vocabulary import Vocabulary

_WIDTHS = (32, 64, 128, 256)
_BATCH = 256
_SHIFT = 4  # pixels at 64 px


class TagClassifier(nn.Module):
    """Logits of every tag for pictures (N, 3, S, S) in [-1, 1], S at least 16."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        super().__init__()
        self.vocabulary = vocabulary
        stages: list[nn.Module] = []
        channels = 3
        for width in _WIDTHS:
            stages += [nn.Conv2d(channels, width, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
            channels = width
        self.stages = nn.Sequential(*stages, nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Dropout(0.3))
        self.head = nn.Linear(4 * channels, vocabulary.dimensions)

    def forward(self, images: Tensor) -> Tensor:
        """(N, dimensions) float32, group after group; a softmax over a group gives its probabilities."""
        logits: Tensor = self.head(self.stages(images))
        return logits.float()

    @torch.no_grad()
    def accuracy(self, images: Tensor, tags: Tensor) -> dict[str, float]:
        """How often the most likely value of each group is the one in `tags` (N, dimensions) of 0 and 1.

        By the group's name; "all" is how often every group that is tagged is right. Pictures with no value of a group,
        or with several, do not count for it; a group that counts for none is not there.
        """
        self.eval()
        logits = torch.cat([self(batch) for batch in torch.split(images, _BATCH)]).cpu()
        tags = tags.cpu()
        right_everywhere = torch.ones(len(tags), dtype=torch.bool)
        tagged_somewhere = torch.zeros(len(tags), dtype=torch.bool)
        result: dict[str, float] = {}
        for group, place in zip(self.vocabulary.groups, self.vocabulary.slices, strict=True):
            tagged = tags[:, place].sum(dim=1) == 1
            right = logits[:, place].argmax(dim=1) == tags[:, place].argmax(dim=1)
            if tagged.any():
                result[group.name] = float(right[tagged].float().mean())
            right_everywhere &= right | ~tagged
            tagged_somewhere |= tagged
        if tagged_somewhere.any():
            result["all"] = float(right_everywhere[tagged_somewhere].float().mean())
        return result


def train_classifier(
    images: Tensor,
    tags: Tensor,
    vocabulary: Vocabulary,
    *,
    steps: int = 1500,
    batch_size: int = 128,
    seed: int = 0,
    device: torch.device | None = None,
    autocast: Callable[[], AbstractContextManager[Any]] = nullcontext,
) -> TagClassifier:
    """A classifier of tags, in evaluation mode, trained on pictures (N, 3, S, S) uint8 with tags (N, dimensions).

    Each group is a softmax of its own; pictures with no value of a group, or several, teach nothing about it. Shifts
    and mirrored pictures stand in for more data; colours are left alone, since they are what is to be seen.
    """
    device = device or torch.device("cpu")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)  # weights and dropout draw from the global generator
        random = torch.Generator().manual_seed(seed)
        network = TagClassifier(vocabulary).to(device)
        optimizer = torch.optim.AdamW(network.parameters(), lr=2e-3, weight_decay=1e-2)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=2e-3, total_steps=steps)
        network.train()
        for _ in range(steps):
            chosen = torch.randint(len(images), (batch_size,), generator=random)
            batch = images[chosen].to(device).float() / 127.5 - 1
            with autocast():
                logits = network(_moved(batch, random))
            loss = _loss(logits, tags[chosen].to(device), vocabulary)
            optimizer.zero_grad()
            torch.autograd.backward(loss)
            optimizer.step()
            schedule.step()
    return network.eval()


def _loss(logits: Tensor, tags: Tensor, vocabulary: Vocabulary) -> Tensor:
    total = logits.sum() * 0
    for place in vocabulary.slices:
        tagged = tags[:, place].sum(dim=1) == 1
        losses = F.cross_entropy(logits[:, place], tags[:, place].argmax(dim=1), reduction="none")
        total = total + (losses * tagged).sum() / tagged.sum().clamp_min(1)
    return total


def _moved(images: Tensor, random: torch.Generator) -> Tensor:
    """The whole batch moved by a few pixels, edges repeated, and half of it mirrored."""
    reach = max(1, _SHIFT * images.shape[-1] // 64)
    right, down = (int(torch.randint(2 * reach + 1, (), generator=random)) for _ in range(2))
    padded = F.pad(images, (reach, reach, reach, reach), mode="replicate")
    moved = padded[..., down : down + images.shape[-2], right : right + images.shape[-1]]
    flip = torch.rand(len(images), generator=random) < 0.5
    return torch.where(flip.to(images.device)[:, None, None, None], moved.flip(3), moved)


def as_percent(accuracy: Mapping[str, float]) -> str:
    """For people: "hair 93 %, eyes 88 %, all 82 %"."""
    return ", ".join(f"{name} {value:.0%}".replace("%", " %") for name, value in accuracy.items())
