"""The benchmark of painting in one pass: all pairs in all ways, each kept, and the strength that keeps as much."""

import importlib
import json
from pathlib import Path
from types import ModuleType

import pytest
from PIL import Image

from artgan.config.transfer import TransferConfig
from artgan.pipelines.painters import open_painter

from conftest import REPOSITORY


@pytest.fixture
def painters(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(REPOSITORY / "tests" / "benchmarks"))
    return importlib.import_module("painters")


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Two contents and two styles."""
    folder = tmp_path / "pictures"
    for number, name in enumerate(("content/a", "content/b", "style/s", "style/t")):
        path = folder / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.effect_noise((40, 30), 20 + 30 * number).convert("RGB").save(path)
    return folder


def records(folder: Path) -> dict[str, dict[str, dict[str, object]]]:
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.iterdir())}


def test_ways_and_race_come_onto_the_page_and_are_kept(
    painters: ModuleType, pictures: Path, painter: Path, tiny_vgg19: Path, tmp_path: Path
) -> None:
    page, kept = tmp_path / "page.md", tmp_path / "kept"
    typed = ["--quick", "--vgg19", str(tiny_vgg19), "--painter", str(painter), "--pictures", str(pictures)]
    typed += ["--size", "40", "--results", str(kept), "--out", str(page)]
    assert painters.main([*typed, "--pairs", "a:t"]) == 0
    text = page.read_text(encoding="utf-8")
    assert str(tmp_path) not in text
    assert "<!-- end of painters_ways -->\n\n<!-- painters_race -->\n" in text
    assert "--pictures DIR --painter RUN --quick --size 40 --pairs a:t --only race`" in text
    (record,) = records(kept / "painters-40").values()
    ways = importlib.import_module("ways")
    assert set(record) == {*ways.WAYS, ways.PACE}
    assert all(f"| {way} | " in text for way in ways.WAYS)
    assert ways.fidelity(record[ways.MATCHED]) >= ways.fidelity(record[ways.VGG19])
    assert 0 <= record[ways.MATCHED]["strength"] <= 100
    assert record[ways.THEN]["steps"] == record[ways.RETOUCHED]["steps"] == 2
    assert len(record[ways.RETOUCHED]["seconds"]) == painters.QUICK.ways.repeats
    (raced,) = records(kept / "race-40").values()
    assert raced["swift, from fast"]["looks"][0]["seconds"] > raced["swift, from fast"]["before"] > 0
    assert raced["swift, from the content"]["before"] < raced["swift, from fast"]["before"]
    assert str(tmp_path) not in json.dumps([record, raced])

    # Again: what is there stays as it is, and other pairs come to it.
    first = {path: path.read_bytes() for path in kept.rglob("*.json")}
    assert painters.main([*typed, "--only", "ways", "--pairs", "all"]) == 0
    assert list(records(kept / "painters-40")) == ["a-s", "a-t", "b-s", "b-t"]
    assert {path: path.read_bytes() for path in first} == first
    assert "a style: 4; long side: 40 px" in page.read_text(encoding="utf-8")


def test_another_painter_has_all_ways_measured_anew_beside_it(
    painters: ModuleType, pictures: Path, painter: Path, tiny_vgg19: Path, tmp_path: Path
) -> None:
    ways, workload, kept = (importlib.import_module(name) for name in ("ways", "workload", "kept"))
    encoders = workload.Encoders(weights={"vgg19": tiny_vgg19, "embedded": None})
    one_pass = open_painter(TransferConfig(method="fast", painter=str(painter)), workload.CPU, workload.torch.float32)
    networks = ways.Networks(encoders=encoders, one_pass=one_pass)
    files = pictures / "content" / "a.png", pictures / "style" / "s.png"
    plan = painters.QUICK.at(32).ways
    found = ways.measure_ways(files, networks, plan, kept.Kept(folder=tmp_path / "kept"))
    trained = ways.dataclasses.replace(one_pass, sha256="of one that has learned more")
    networks = ways.dataclasses.replace(networks, one_pass=trained)
    again = ways.measure_ways(files, networks, plan, kept.Kept(folder=tmp_path / "kept"))
    changed = {way for way in ways.WAYS if again[way]["settings"] != found[way]["settings"]}
    assert changed == {ways.FAST, ways.MATCHED, ways.RETOUCHED, ways.THEN}
    # Seconds are compared within one sitting; what takes longest stays, and only its pace is measured again.
    ever = {ways.EMBEDDED, ways.VGG19}
    assert all(again[way] == found[way] for way in ever)
    sitting = {*ways.WAYS, ways.PACE} - ever - {ways.RECOLOURED}
    assert all(again[part]["seconds"] != found[part]["seconds"] for part in sitting)
    # The painting is the same, so that its scores are, too.
    assert again[ways.MATCHED]["scores"] == found[ways.MATCHED]["scores"]


def test_the_strength_of_a_fidelity_is_found_by_halving(painters: ModuleType) -> None:
    find = importlib.import_module("ways").matching_strength
    asked: list[float] = []

    def fidelity_at(strength: float) -> float:
        asked.append(strength)
        return 1 - strength / 200

    # 0.8 is left at 40: between 37.5 and 43.75 after four halvings; the weaker one keeps no less than is wanted.
    assert find(fidelity_at, 0.8, 4) == 37.5
    assert asked == [100, 50, 25, 37.5, 43.75]
    assert find(fidelity_at, 0.5, 4) == 100
    assert find(fidelity_at, 0.2, 4) == 100
    assert find(fidelity_at, 1.0, 3) == 0


def test_pairs_by_name(painters: ModuleType, pictures: Path) -> None:
    named = importlib.import_module("kept").named_pairs

    def stems(choice: str) -> list[str]:
        return [f"{content.stem}{style.stem}" for content, style in named(pictures, choice)]

    assert stems("diagonal") == ["as", "bt"]
    assert stems("2") == ["as", "bt", "at", "bs"]
    assert stems("all") == ["as", "at", "bs", "bt"]
    assert stems("b:s") == ["bs"]
    assert stems("b:s,a:t") == ["bs", "at"]
    with pytest.raises(SystemExit, match="no pair 'b:x'"):
        named(pictures, "a:s,b:x")


def test_goals_are_counted_over_pairs(painters: ModuleType) -> None:
    ways = importlib.import_module("ways")

    def part(error: float, seconds: list[float]) -> dict[str, object]:
        return {"scores": {"style_similarity": {"value": 1 - error}}, "seconds": seconds}

    pace = {"steps": [20, 60], "seconds": {ways.VGG19: [3.0, 7.0]}}  # a tenth of a second a step: 50 in all
    optimised = part(0.1, [40.0]) | {"steps": 490}
    record = {ways.VGG19: optimised, ways.PACE: pace, ways.RETOUCHED: part(0.19, [0.5])}
    pairs = [record | {ways.MATCHED: part(0.15, [0.1, 0.4, 9.0])}, record | {ways.MATCHED: part(0.25, [0.6])}]
    errors, times, retouched, longer = painters._goal_rows(pairs)
    assert errors.found.values == pytest.approx((1.5, 2.5))
    assert times.found.values == pytest.approx((0.008, 0.012))
    assert (errors.pairs, times.pairs) == ("1 of 2", "1 of 2")
    assert retouched.found.values == pytest.approx((1.9, 1.9))
    assert longer.found.values == pytest.approx((0.01, 0.01))
    assert (retouched.pairs, longer.pairs) == ("2 of 2", "2 of 2")
