"""The judge of a run's tags: trained when there is time, and reported with its own accuracy."""

import pytest
import torch

from artgan.data.vocabulary import Group, Vocabulary
from artgan.metrics import tagjudge
from artgan.metrics.tagjudge import TagJudge

VOCABULARY = Vocabulary((Group("light", ("day", "night")),))


def pictures(count: int, size: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    random = torch.Generator().manual_seed(seed)
    night = torch.randint(2, (count,), generator=random)
    images = (200 - 150 * night)[:, None, None, None] + 30 * torch.rand(count, 3, size, size, generator=random)
    return images.to(torch.uint8), torch.nn.functional.one_hot(night, 2).float()


def judge(size: int = 16) -> TagJudge:
    return TagJudge(*pictures(64, size, 0), *pictures(20, size, 1), VOCABULARY, device=torch.device("cpu"))


def test_it_waits_until_there_is_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tagjudge, "_FEWEST", 20)
    found = judge()
    found.prepare(1e-6, now=False)
    assert not found.ready
    with pytest.raises(ValueError, match="no classifier yet"):
        found(torch.zeros(1, 3, 16, 16), torch.ones(1, 2))
    found.prepare(1e-6, now=True)
    assert found.ready
    images, tags = pictures(30, 16, 2)
    scores = found(images.float() / 127.5 - 1, tags)
    assert (scores.classifier_steps, scores.classifier_reals, scores.samples) == (20, 20, 30)
    assert scores.classifier["light"] > 0.9
    assert scores.accuracy["light"] > 0.9
    assert found(images.float() / 127.5 - 1, 1 - tags).accuracy["light"] < 0.1


@torch.no_grad()
def test_it_is_trained_well_when_that_is_cheap_even_where_gradients_are_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tagjudge, "ENOUGH", 15)
    found = judge(size=80)  # seen at 64 px
    found.prepare(1e6, now=False)
    images, tags = pictures(5, 80, 2)
    assert found(images.float() / 127.5 - 1, tags).classifier_steps == 15
