"""Scores of translations: what is nearer to the other domain scores lower, in a table with floor and ceiling."""

from pathlib import Path

import pytest
import torch
from torch import nn

from artgan.config.cyclegan import CycleganConfig
from artgan.data.datasets import Dataset, open_dataset
from artgan.events import ignore
from artgan.pipelines.translation_scoring import TranslationJudge, gap_closed, recoloured, translation_judge

CPU = torch.device("cpu")


class Fixed(nn.Module):
    """Gives pictures of a dataset in turn, whatever comes in."""

    def __init__(self, dataset: Dataset) -> None:
        super().__init__()
        self.images = torch.from_numpy(dataset.pixels).permute(0, 3, 1, 2).float() / 127.5 - 1
        self.next = 0

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        self.next = (self.next + len(images)) % (len(self.images) - len(images))
        return self.images[self.next : self.next + len(images)]


@pytest.fixture(scope="module")
def data() -> dict[str, Dataset]:
    return {
        kind: open_dataset(f"synthetic:{kind}s,n=200", size=32, count=None, seed=0) for kind in ("photo", "painting")
    }


@pytest.fixture(scope="module")
def judge(data: dict[str, Dataset]) -> TranslationJudge:
    found = translation_judge(CycleganConfig(), data, device=CPU, precision=torch.float32, listener=ignore)
    assert found is not None
    return found


def test_real_pictures_close_the_gap_and_copies_do_not(judge: TranslationJudge, data: dict[str, Dataset]) -> None:
    real = {"photo->painting": Fixed(data["painting"]), "painting->photo": Fixed(data["photo"])}
    copies = {name: nn.Identity() for name in real}
    best, worst = (judge.full(networks, seconds=1) for networks in (real, copies))
    assert next(iter(best.figures)) == "score/distance"
    assert best.figures["score/distance"] < 0.5 * worst.figures["score/distance"]
    for found in worst.record["directions"].values():
        assert found["distance"] == pytest.approx(found["untranslated"], rel=1e-5)
    assert best.summary is not None
    assert worst.summary is not None
    assert [row[0] for row in best.summary.rows] == ["photo->painting", "painting->photo"]
    assert [row[-1] for row in worst.summary.rows] == ["0 %", "0 %"]
    assert all(int(row[-1].split()[0]) > 60 for row in best.summary.rows)


def test_colours_alone_come_nearer_but_not_near(judge: TranslationJudge) -> None:
    networks = {name: nn.Identity() for name in ("photo->painting", "painting->photo")}
    for found in judge.quick(networks, seconds=0).record["directions"].values():
        assert found["floor"] < found["recoloured"] < found["untranslated"]


def test_recoloured_pictures_have_the_wanted_palette() -> None:
    random = torch.Generator().manual_seed(0)
    images = 0.2 * torch.randn(5, 3, 8, 8, generator=random) - 0.2
    wanted = 0.1 * torch.randn(7, 3, 4, 4, generator=random) + torch.tensor([0.2, 0.0, -0.2]).view(1, 3, 1, 1)
    found = recoloured(images, wanted)
    assert found.shape == images.shape
    assert torch.allclose(found.mean((0, 2, 3)), wanted.mean((0, 2, 3)), atol=0.01)
    assert torch.allclose(found.std((0, 2, 3)), wanted.std((0, 2, 3)), atol=0.02)
    assert torch.equal(found, recoloured(images, wanted))
    # The same map for all: what was darker stays darker.
    assert torch.corrcoef(torch.stack([found.mean((1, 2, 3)), images.mean((1, 2, 3))]))[0, 1] > 0.9


def test_gap_closed() -> None:
    assert gap_closed({"distance": 0.4, "floor": 0.1, "untranslated": 1.1}) == pytest.approx(0.7)
    assert gap_closed({"distance": 0.4, "floor": 0.5, "untranslated": 0.5}) is None


def test_quick_figures_are_the_full_ones(judge: TranslationJudge) -> None:
    networks = {name: nn.Identity() for name in ("photo->painting", "painting->photo")}
    assert judge.quick(networks, seconds=0).figures == judge.full(networks, seconds=0).figures


def test_few_pictures_or_no_features_are_not_scored(data: dict[str, Dataset], tmp_path: Path) -> None:
    few = {**data, "photo": open_dataset("synthetic:photos,n=7", size=32, count=None, seed=0)}
    for config, sets in ((CycleganConfig(features="none"), data), (CycleganConfig(), few)):
        assert translation_judge(config, sets, device=CPU, precision=torch.float32, listener=ignore) is None
