"""Options of `artgan sample`: what goes together."""

from typing import Any

import pytest

from artgan.config.sample import SampleConfig
from artgan.errors import UsageError


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"seeds": "1", "n": 2}, "--seeds and --n exclude"),
        ({"seeds": "one"}, "--seeds is seeds such as"),
        ({"seed": 2**63 - 2, "n": 4}, "no room"),
        ({"by": "hair,eyes,hat"}, "one or two groups"),
        ({"by": "hair, hair"}, "one or two groups"),
        ({"truncation": 0.0}, "--truncation is at least"),
        ({"scale": 0}, "--scale is at least"),
        ({"format": "bmp"}, "--format is one of"),
    ],
)
def test_refused_when_made(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        SampleConfig(**options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"format": "gif"}, "--format gif is for loops"),
        ({"frames": 9}, "--frames is for loops"),
        ({"interpolate": "latents", "format": "png"}, "a loop is webp, gif or mp4"),
        ({"interpolate": "latents", "grid": True}, "--grid and --interpolate latents"),
        ({"interpolate": "latents", "by": "hair"}, "--by and --interpolate latents"),
        ({"interpolate": "tags", "by": "hair,eyes"}, "one group"),
    ],
)
def test_refused_together(options: dict[str, Any], message: str) -> None:
    config = SampleConfig(**options)  # may be changes to a picture drawn again
    with pytest.raises(UsageError, match=message):
        config.check_together()


def test_groups() -> None:
    assert SampleConfig().groups == ()
    assert SampleConfig(by="Hair, eyes").groups == ("hair", "eyes")
    SampleConfig(interpolate="tags", by="hair", frames=4, format="webp").check_together()


def test_seeds_win_over_the_first_seed() -> None:
    assert SampleConfig(seeds="3-5", seed=9).seeds == "3-5"  # --seed may stand in the environment
