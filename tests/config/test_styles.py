"""A style as typed, taken apart: what is there wins, and errors say which style is meant."""

from pathlib import Path

import pytest

from artgan.config.styles import MaskReference, StyleReference, parse_styles
from artgan.errors import UsageError


def one(text: str) -> StyleReference:
    (style,) = parse_styles([text], "--style")
    return style


def masked(name: str, *, inverted: bool = False) -> MaskReference:
    return MaskReference(name=name, inverted=inverted)


@pytest.fixture(autouse=True)
def _in_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("text", "name", "mask", "weight"),
    [
        ("swirls", "swirls", None, 1.0),
        ("a.jpg:0.7", "a.jpg", None, 0.7),
        ("a.jpg@m.png", "a.jpg", masked("m.png"), 1.0),
        ("a.jpg@m.png:0.7", "a.jpg", masked("m.png"), 0.7),
        ("a.jpg@!m.png:2", "a.jpg", masked("m.png", inverted=True), 2.0),
        ("a.jpg@alpha", "a.jpg", masked("alpha"), 1.0),
        ("a.jpg@!alpha", "a.jpg", masked("alpha", inverted=True), 1.0),
        ("C:\\art\\a.jpg@C:\\m.png:.5", "C:\\art\\a.jpg", masked("C:\\m.png"), 0.5),
    ],
)
def test_a_style_taken_apart(text: str, name: str, mask: MaskReference | None, weight: float) -> None:
    style = one(text)
    assert (style.name, style.mask, style.weight) == (name, mask, weight)


@pytest.mark.parametrize(
    ("text", "scale", "layers", "weight"),
    [
        ("a.jpg,scale=2", 2.0, None, 1.0),
        ("a.jpg,scale=.5:0.7", 0.5, None, 0.7),
        ("a.jpg,layers=fine", 1.0, "fine", 1.0),
        ("a.jpg@m.png,layers=relu1_1-relu3_1,scale=1.5:3", 1.5, "relu1_1-relu3_1", 3.0),
    ],
)
def test_scale_and_layers(text: str, scale: float, layers: str | None, weight: float) -> None:
    style = one(text)
    assert (style.name, style.scale, style.layers, style.weight) == ("a.jpg", scale, layers, weight)
    assert style.mask == (masked("m.png") if "@" in text else None)


@pytest.mark.parametrize(
    ("text", "held", "not_held"),
    [
        ("fine", ["relu1_1", "relu2_2"], ["relu3_1", "relu5_4"]),
        ("coarse", ["relu3_1", "relu5_4"], ["relu1_1", "relu2_2"]),
        ("relu2_2-relu4_1", ["relu2_2", "relu3_4", "relu4_1"], ["relu2_1", "relu4_2", "mean"]),
        ("relu3_1", ["relu3_1"], ["relu2_2", "relu3_2"]),
    ],
)
def test_ranges_of_layers(text: str, held: list[str], not_held: list[str]) -> None:
    within = one(f"a.jpg,layers={text}").layer_range
    assert within is not None
    assert all(within.holds(layer) for layer in held)
    assert not any(within.holds(layer) for layer in not_held)


def test_files_that_are_there_win() -> None:
    for name in ("a,scale=2", "photo@2x.png", "m@2x.png", "!m.png"):
        Path(name).touch()
    assert one("photo@2x.png:0.5").name == "photo@2x.png"
    assert one("photo@2x.png:0.5").mask is None
    assert (one("a,scale=2").name, one("a,scale=2").scale) == ("a,scale=2", 1.0)
    assert (one("a,scale=2,scale=3").name, one("a,scale=2,scale=3").scale) == ("a,scale=2", 3.0)
    assert one("a.jpg@m@2x.png").mask == masked("m@2x.png")
    assert one("photo@2x.png@m@2x.png").name == "photo@2x.png"
    assert one("a.jpg@!m@2x.png").mask == masked("m@2x.png", inverted=True)
    assert one("a.jpg@!m.png").mask == masked("!m.png")


def test_only_alpha_is_the_content_s_own() -> None:
    assert masked("alpha").is_alpha
    assert not masked("alpha.png").is_alpha


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["a@"], "--style names no mask behind @: 'a@'"),
        (["a@!"], "--style names no mask behind @: 'a@!'"),
        (["@m.png"], "--style names no painting: '@m.png'"),
        ([""], "--style names no painting"),
        (["a", "b@:1", "c"], "--style 2 of 3 names no mask"),
        (["a,size=2"], "--style takes ,scale= and ,layers=, not ',size=2'"),
        (["a,scal=2"], "Did you mean 'scale'"),
        (["a", "b,scale=0"], "--style 2 of 2 has a scale from 0.05 to 10, not '0' as in 'b,scale=0'"),
        (["a,scale=big"], "--style has a scale from 0.05 to 10, not 'big'"),
        (["a,scale=1,scale=2"], "--style gives scale twice"),
        (["a,layers=fin"], "Did you mean 'fine'"),
        (["a,layers=relu3_1-relu2_1"], "--style has layers=fine, layers=coarse, or from one to another"),
        (["a", "b@m.png:0"], "--style 2 of 2 takes weights above zero"),
    ],
)
def test_errors_say_which(texts: list[str], message: str) -> None:
    with pytest.raises(UsageError, match=message.replace("(", r"\(")):
        parse_styles(texts, "--style")
