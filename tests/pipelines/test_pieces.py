"""Which files a command makes, and their names."""

from typing import Any

import pytest

from artgan.config.sample import SampleConfig
from artgan.pipelines.pieces import chosen_seeds, pieces


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({}, ["m-seed0100"]),
        ({"n": 2}, ["m-seed0100", "m-seed0101"]),
        ({"n": 2, "seed": 7}, ["m-seed0007", "m-seed0008"]),
        ({"seeds": "3,20000"}, ["m-seed0003", "m-seed20000"]),
        ({"grid": True}, ["m-grid-seed0100-0115"]),
        ({"grid": True, "seeds": "0-3,9"}, ["m-grid-seed0-3+9"]),
        ({"grid": True, "seeds": ",".join(map(str, range(0, 90, 3)))}, ["m-grid-seed0000+29"]),
        ({"by": "hair"}, ["m-by-hair-seed0100-0107"]),
        ({"by": "hair,eyes"}, ["m-by-hair-eyes-seed0100"]),
        ({"by": "hair,eyes", "seeds": "1,5"}, ["m-by-hair-eyes-seed0001", "m-by-hair-eyes-seed0005"]),
        ({"interpolate": "latents"}, ["m-latents-seed0100-0103"]),
        ({"interpolate": "tags", "by": "eyes", "seed": 1}, ["m-tags-eyes-seed0001"]),
    ],
)
def test_names(options: dict[str, Any], names: list[str]) -> None:
    config = SampleConfig(**options)
    assert [piece.name for piece in pieces(config, chosen_seeds(config, 100), "m")] == names
