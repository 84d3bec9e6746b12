"""The lot of pairs, and the sheet that is painted of them."""

import importlib
import json
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest
from PIL import Image

from artgan.io.shipped import find_content, find_style

from conftest import REPOSITORY


@pytest.fixture
def pairs(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(REPOSITORY / "tests" / "benchmarks"))
    return importlib.import_module("pairs")


def named(count: int, kind: str) -> list[Path]:
    return [Path(f"{kind}{number}.jpg") for number in range(count)]


def test_everything_comes_up_before_anything_again(pairs: ModuleType) -> None:
    drawn = pairs.draw_pairs(named(8, "content"), named(8, "style"), count=10, seed=0)
    assert len(set(drawn)) == 10
    for side in zip(*drawn, strict=True):
        assert sorted(Counter(side).values()) == [1] * 6 + [2] * 2
    assert drawn == pairs.draw_pairs(named(8, "content")[::-1], named(8, "style"), count=10, seed=0)
    assert drawn != pairs.draw_pairs(named(8, "content"), named(8, "style"), count=10, seed=1)


@pytest.mark.parametrize(("contents", "styles"), [(2, 3), (3, 3), (2, 4)])
def test_all_pairs_are_drawn_once(pairs: ModuleType, contents: int, styles: int) -> None:
    sets = named(contents, "content"), named(styles, "style")
    assert len(set(pairs.draw_pairs(*sets, count=contents * styles, seed=0))) == contents * styles
    with pytest.raises(ValueError, match="pairs of"):
        pairs.draw_pairs(*sets, count=contents * styles + 1, seed=0)


def test_a_sheet_comes_onto_the_page(pairs: ModuleType, tmp_path: Path) -> None:
    for kind, source in (("contents", find_content("example:cat")), ("styles", find_style("swirls"))):
        (tmp_path / kind).mkdir()
        with Image.open(source) as image:
            image.resize((64, 48)).save(tmp_path / kind / f"my_{kind}.png")
    docs = tmp_path / "docs"
    given = [str(tmp_path / "contents"), str(tmp_path / "styles"), "--name", "few", "--count", "1", "--docs", str(docs)]
    options = ["--size", "48", "--steps", "2", "--encoder", "embedded"]
    assert pairs.main([*given, "--out", str(tmp_path), *options]) == 0
    page = (docs / "results.md").read_text(encoding="utf-8")
    assert "artgan transfer PICTURE --style STYLE --seed 0 --size 48 --steps 2 --encoder embedded\n" in page
    assert "| my_contents | my_styles | " in page
    (row,) = json.loads((tmp_path / "few.json").read_text())["rows"]
    assert row["fidelity"] == row["scores"]["content_fidelity"]["percent"]
    with Image.open(docs / "images" / "result-few.jpg") as picture:
        assert picture.width > 48
