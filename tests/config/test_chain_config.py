"""Steps and paths as typed."""

import pytest

from artgan.config.chain import ChainConfig, parse_step
from artgan.errors import UsageError


@pytest.mark.parametrize(
    ("text", "kind", "name", "domain"),
    [
        ("photo2monet.safetensors:photo", "model", "photo2monet.safetensors", "photo"),
        ("runs/00003-cyclegan-a-b:a->b", "model", "runs/00003-cyclegan-a-b", "a->b"),
        ("runs/00003-cyclegan-a-b", "model", "runs/00003-cyclegan-a-b", None),
        (r"C:\art\m.safetensors", "model", r"C:\art\m.safetensors", None),
        (r"C:\art\m.safetensors:photo", "model", r"C:\art\m.safetensors", "photo"),
        ("a=b.safetensors:x", "model", "a=b.safetensors", "x"),
        ("style=starry.jpg", "style", "starry.jpg", None),
        ("style=a:b.jpg", "style", "a:b.jpg", None),
        ("sample=faces", "sample", "faces", None),
    ],
)
def test_a_step_taken_apart(text: str, kind: str, name: str, domain: str | None) -> None:
    step = parse_step(text)
    assert (step.kind, step.name, step.domain, step.text) == (kind, name, domain, text)


@pytest.mark.parametrize("text", ["", "style=", "sample=", "model:"])
def test_a_step_without_a_name(text: str) -> None:
    with pytest.raises(UsageError, match="--step"):
        ChainConfig(step=(text,))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "no steps: add --step"),
        ({"step": ("sample=m",)}, "no steps"),
        ({"step": ("m:a",), "path": "a,b"}, "--step and --path exclude each other"),
        ({"path": "a,b", "seeds": "1"}, "--seeds goes with --step sample=MODEL"),
        ({"step": ("m:a",), "tags": "red hair"}, "--tags goes with"),
    ],
)
def test_what_does_not_go_together(options: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        ChainConfig(**options).check_together()  # type: ignore[arg-type]
    assert message in str(caught.value)


def test_a_style_is_taken_apart_as_that_of_transfer() -> None:
    style = parse_step("style=dots@!sky.png,scale=2,layers=fine:0.7").style
    assert (style.name, style.weight, style.scale, style.layers) == ("dots", 0.7, 2.0, "fine")
    assert style.mask is not None
    assert (style.mask.name, style.mask.inverted) == ("sky.png", True)
    with pytest.raises(UsageError, match="--step style names no mask behind @: 'dots@'"):
        ChainConfig(step=("m:photo", "style=dots@"))


def test_samples_come_first_and_stops_are_named() -> None:
    with pytest.raises(UsageError, match="it is the first step or none"):
        ChainConfig(step=("m:a", "sample=n"))
    with pytest.raises(UsageError, match="commas between"):
        ChainConfig(path="a,,b")
    config = ChainConfig(step=("sample=n",), path="a, b", seeds="0-3")
    config.check_together()
    assert config.stops == ("a", "b")
    assert config.draws
