from pathlib import Path

import pytest

from artgan.errors import OutputError, UsageError
from artgan.pipelines.outputs import plan_named, plan_outputs, stem


@pytest.fixture(autouse=True)
def _in_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def planned(sources: list[str], out: str | None) -> list[str | None]:
    return [path and path.as_posix() for path in plan_outputs(sources, out, label="waves", force=False)]


@pytest.mark.parametrize(
    ("sources", "out", "paths"),
    [
        (["in/a.jpg"], None, ["a-waves.png"]),
        (["in/a.jpg"], "b.webp", ["b.webp"]),
        (["in/a.jpg"], "out/", ["out/a-waves.png"]),
        (["a.jpg", "b.jpg"], "out", ["out/a-waves.png", "out/b-waves.png"]),
        (["-"], None, ["stdin-waves.png"]),
        (["example:cat"], None, ["cat-waves.png"]),
        (["a.jpg"], "-", [None]),
    ],
)
def test_where_results_go(sources: list[str], out: str | None, paths: list[str | None]) -> None:
    assert planned(sources, out) == paths


def test_an_existing_folder_is_a_folder_whatever_its_name() -> None:
    Path("results.png").mkdir()
    assert planned(["a.jpg"], "results.png") == ["results.png/a-waves.png"]


def test_collisions_are_found() -> None:
    with pytest.raises(UsageError, match=r"'x/a.jpg' and 'y/a.png' would both be written to"):
        planned(["x/a.jpg", "y/a.png"], "out")


def test_what_exists_is_found_before_the_work() -> None:
    Path("b-waves.png").touch()
    with pytest.raises(OutputError, match="--force"):
        planned(["a.jpg", "b.jpg"], None)


def test_stems() -> None:
    assert [stem(source) for source in ("a/b.c.jpg", "example:portrait", "-")] == ["b.c", "portrait", "stdin"]


@pytest.mark.parametrize(
    ("out", "paths"),
    [
        (None, ["samples/a.png"]),
        ("-", [None]),
        ("x.jpg", ["x.jpg"]),
        ("x", ["x/a.png"]),
        ("v1.2/", ["v1.2/a.png"]),
        ("there.d", ["there.d/a.png"]),
    ],
)
def test_named_results(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, out: str | None, paths: list[str | None]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there.d").mkdir()
    planned = plan_named(["a"], out, suffix=".png", folder=Path("samples"), force=False)
    assert planned == [None if path is None else Path(path) for path in paths]


@pytest.mark.parametrize(("out", "message"), [("-", "one picture, not 2"), ("x.png", "one file for 2 pictures")])
def test_several_results_need_a_folder(out: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        plan_named(["a", "b"], out, suffix=".png", folder=Path("samples"), force=False)
