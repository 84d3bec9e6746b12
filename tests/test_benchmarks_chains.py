"""The measure of a chain beside a direct model: its figures by hand, and the page it writes."""

import importlib
import json
from pathlib import Path
from types import ModuleType

import pytest
import torch
from PIL import Image

from artgan.config.cyclegan import CycleganConfig
from artgan.pipelines.train import train

from conftest import REPOSITORY


@pytest.fixture
def chains(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(REPOSITORY / "tests" / "benchmarks"))
    return importlib.import_module("chains")


def test_light_and_dark(chains: ModuleType) -> None:
    images = torch.rand(2, 3, 6, 5, generator=torch.Generator().manual_seed(0)) * 2 - 1
    assert chains.light_kept(images, images * 0.3 + 0.2) == pytest.approx(1)
    assert chains.light_kept(images, torch.cat([images[:1], -images[1:]])) == pytest.approx(0, abs=1e-6)


def test_what_colours_alone_tell(chains: ModuleType) -> None:
    random = torch.Generator().manual_seed(0)
    images = torch.rand(2, 3, 40, 40, generator=random) * 2 - 1
    mixed = torch.einsum("oc,nchw->nohw", torch.rand(3, 3, generator=random), images) + 0.1
    assert chains.told_by_colours(images, mixed) == pytest.approx(1)
    noise = torch.randn(2, 3, 40, 40, generator=random) * mixed.std(dim=(2, 3), keepdim=True)
    assert chains.told_by_colours(images, mixed + noise) == pytest.approx(0.5, abs=0.05)


def test_a_chain_comes_onto_the_page(chains: ModuleType, tmp_path: Path) -> None:
    sources = {
        "red": "synthetic:faces,hair=red,n=40",
        "blue": "synthetic:faces,hair=blue,n=40",
        "green": "synthetic:faces,hair=green,n=40",
    }
    runs = {}
    for pair in (("red", "blue"), ("green", "blue"), ("red", "green")):
        config = CycleganConfig(
            size=16, width=4, blocks=1, batch_size=2, steps=1, seed=1, names=",".join(pair), features="none"
        )
        runs[pair] = train("cyclegan", config, [sources[name] for name in pair], out=tmp_path / "runs").run
    docs = tmp_path / "docs"
    docs.mkdir()
    given = [str(runs["red", "blue"]), str(runs["green", "blue"]), "--stops", "red,blue,green"]
    given += ["--direct", str(runs["red", "green"]), "--docs", str(docs), "--out", str(tmp_path / "records")]
    assert chains.main(given) == 0
    found = json.loads((tmp_path / "records" / "chain.json").read_text())
    assert list(found["ways"]) == ["red->blue->green", "green->blue->red"]
    there = {row["way"]: row for row in found["ways"]["red->blue->green"]}
    assert list(there) == ["untranslated", "colours matched", "by way of blue", "directly"]
    assert there["untranslated"]["closed"] == "0 %"
    assert there["untranslated"]["colours"] == pytest.approx(1)
    assert there["by way of blue"]["back"] > 0
    page = (docs / "results.md").read_text(encoding="utf-8")
    assert "| by way of blue |" in page
    with Image.open(docs / "images" / "result-chain-red-green.jpg") as picture:
        assert picture.height == 4 * 18 - 2
