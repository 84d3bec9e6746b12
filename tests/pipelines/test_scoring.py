"""The judge of generators: what it compares, on how many pictures, and that it disturbs nothing."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from artgan.config.dcgan import DcganConfig
from artgan.data.datasets import Dataset, open_dataset
from artgan.events import Event, Summary
from artgan.io.checkpoints import load_tensors
from artgan.metrics import tagjudge
from artgan.metrics.features import Features
from artgan.models.encoder_weights import load_encoder
from artgan.pipelines import scoring
from artgan.pipelines.scoring import GanJudge
from artgan.pipelines.train import resume, train
from artgan.training.runs import Run

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def features(tiny_encoder: Path) -> Features:
    return Features(load_encoder("auto", weights=tiny_encoder))


@pytest.fixture(scope="module")
def faces() -> Dataset:
    return open_dataset("synthetic:faces,hair=red|green,eyes=brown,n=160", size=16, count=None, seed=0)


class Copyist(nn.Module):
    """Draws real pictures: those whose tags it is told, when `obedient`; `kinds` of them at most."""

    def __init__(self, dataset: Dataset, *, obedient: bool = True, kinds: int = 10**6) -> None:
        super().__init__()
        self.images = torch.from_numpy(dataset.pixels).permute(0, 3, 1, 2).float() / 127.5 - 1
        assert dataset.tags is not None
        self.tags = torch.from_numpy(dataset.tags).float()
        self.obedient, self.kinds, self.turn = obedient, kinds, 0

    def forward(self, z: Tensor, tags: Tensor | None = None) -> Tensor:
        places = ((z[:, 0].abs() * 1e4).long() % len(self.images)) % self.kinds
        if tags is not None and self.obedient:
            fits = tags @ self.tags.T == 2
            places = torch.stack(
                [row.nonzero().flatten()[place % int(row.sum())] for row, place in zip(fits, places, strict=True)]
            )
        return self.images[places]


def judge(features: Features, faces: Dataset, *, conditional: bool = False) -> GanJudge:
    return GanJudge(features, faces, latent_dim=4, conditional=conditional, device=CPU)


def test_good_samples_score_near_the_floor_and_bad_ones_far_from_it(features: Features, faces: Dataset) -> None:
    found = judge(features, faces)
    good, few = (found.quick({"generator": Copyist(faces, kinds=kinds)}, seconds=0).figures for kinds in (10**6, 3))
    noise = found.quick({"generator": Noise()}, seconds=0).figures
    assert next(iter(good)) == "score/distance"  # it decides the best
    assert good["score/distance"] < 2 * good["score/floor"]
    assert min(few["score/distance"], noise["score/distance"]) > 1.5 * good["score/distance"]
    assert few["score/ms_ssim"] > good["score/ms_ssim"] + 0.1


class Noise(nn.Module):
    def forward(self, z: Tensor) -> Tensor:
        return torch.rand(len(z), 3, 16, 16, generator=torch.Generator().manual_seed(0)) * 2 - 1


def test_every_figure_says_what_it_is_of(features: Features, faces: Dataset) -> None:
    verdict = judge(features, faces).full({"generator": Copyist(faces)}, seconds=0)
    record: Mapping[str, Any] = json.loads(json.dumps(verdict.record))
    assert (record["features"], record["measure"]) == ("embedded relu3_1+relu4_1", "sliced Wasserstein distance")
    assert (record["reals"], record["samples"]) == (64, 64)
    scores, floor = record["evaluation"]["scores"], record["evaluation"]["floor"]
    assert (scores["samples"], scores["reals"], floor["samples"], floor["reals"]) == (64, 64, 64, 64)
    assert record["evaluation"]["originality"] == pytest.approx(0, abs=0.05)  # it copies
    assert verdict.summary is not None
    assert verdict.summary.title == "64 samples against 64 real pictures, in features embedded relu3_1+relu4_1"


def test_there_are_more_samples_where_there_is_time(
    features: Features, faces: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scoring, "_QUICK", 32)
    monkeypatch.setattr(scoring, "_TINY", 16)
    monkeypatch.setattr(scoring, "_COUNTS", (2048, 32, 16))
    found = judge(features, faces)
    copyist = {"generator": Copyist(faces)}
    first = found.quick(copyist, seconds=2)
    assert first.record["samples"] == 32
    full = found.full(copyist, seconds=1000)
    assert full.record["evaluation"]["scores"]["samples"] == 72  # half of the pictures there are
    assert full.figures == first.figures  # which stay comparable
    assert found.full(copyist, seconds=0).record["evaluation"]["scores"]["samples"] == 32


def test_a_trial_s_few_samples_do_not_stay(features: Features, faces: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scoring, "_QUICK", 40)
    monkeypatch.setattr(scoring, "_TINY", 16)
    found, copyist = judge(features, faces), {"generator": Copyist(faces)}
    assert [found.quick(copyist, seconds=s).record["samples"] for s in (0.1, 0.2, 2, 0.1)] == [16, 16, 40, 40]


def test_copies_are_looked_for_among_all_pictures_where_there_is_time(
    features: Features, faces: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scoring, "_COUNTS", (32, 16))
    found = judge(features, faces)
    copyist = {"generator": Copyist(faces)}
    among = [found.full(copyist, seconds=s).record["evaluation"]["originality_pictures"] for s in (0, 1000)]
    assert among[0] < among[1] == len(faces.train)


def test_large_samples_are_fewer(features: Features, faces: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scoring, "_SAMPLED_BYTES", 70 * 12 * 16**2)
    found = judge(features, faces).full({"generator": Copyist(faces)}, seconds=1000)
    assert found.record["evaluation"]["scores"]["samples"] == 70  # of 72 that there are pictures for


@pytest.mark.parametrize("obedient", [True, False])
def test_tags_are_judged_beside_the_judge(
    features: Features, faces: Dataset, monkeypatch: pytest.MonkeyPatch, obedient: bool
) -> None:
    monkeypatch.setattr(tagjudge, "_FEWEST", 40)
    found = judge(features, faces, conditional=True)
    generator = {"generator": Copyist(faces, obedient=obedient)}
    assert "tags" not in found.quick(generator, seconds=0.3).record  # there is no time for a classifier
    verdict = found.full(generator, seconds=0.3)
    assert verdict.record["tags"]["classifier"]["hair"] > 0.9
    assert (verdict.figures["score/tags/hair"] > 0.85) is obedient
    assert verdict.summary is not None
    assert verdict.summary.rows[-1][0] == "all tags as asked"


def test_the_same_generator_scores_the_same_in_another_session(features: Features, faces: Dataset) -> None:
    torch.manual_seed(1)
    first = judge(features, faces).quick({"generator": Copyist(faces)}, seconds=0)
    torch.rand(5)
    state = torch.get_rng_state()
    assert judge(features, faces).quick({"generator": Copyist(faces)}, seconds=0) == first
    assert torch.equal(torch.get_rng_state(), state)


def test_few_pictures_and_none_at_all_are_not_scored(faces: Dataset, tmp_path: Path) -> None:
    small = {"size": 16, "width": 4, "latent_dim": 4, "batch_size": 4, "steps": 1, "seed": 1, "device": "cpu"}
    few = train("dcgan", DcganConfig(**small), ["synthetic:faces,n=5"], out=tmp_path)
    off = train("dcgan", DcganConfig(**small, features="none"), ["synthetic:faces,n=20"], out=tmp_path)
    for report in (few, off):
        assert report.run is not None
        assert not Run(report.run).scores.exists()


def test_a_run_is_scored_and_its_model_knows(tmp_path: Path) -> None:
    small = {"size": 16, "width": 4, "latent_dim": 4, "batch_size": 4, "seed": 1, "device": "cpu"}
    heard: list[Event] = []
    config = DcganConfig(**small, steps=4, evaluate_every=2)
    run = train("dcgan", config, ["synthetic:faces,n=20"], out=tmp_path, listener=heard.append).run
    assert run is not None
    scores = Run(run).read_scores()
    about = json.loads(load_tensors(run / "model.safetensors")[1]["artgan.about"])
    assert about["scores"] == scores
    assert (scores["step"], scores["reals"]) == (4, 9)
    assert [line["step"] for line in Run(run).read_metrics() if "score/distance" in line] == [2, 4]
    assert isinstance(heard[-2], Summary)
    resume(run, {"steps": 6})
    assert Run(run).read_scores()["step"] == 6
