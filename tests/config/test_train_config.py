from typing import Any

import pytest

from artgan.config.train import CHANGEABLE, LIMITS, TrainConfig
from artgan.errors import UsageError


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"size": 48}, "--size is a power of two, such as 32, 64 or 128, not 48"),
        ({"size": 8}, "--size is at least 16"),
        ({"budget": "soon"}, "--budget is a time such as 90s, 15m or 1h30m"),
        ({"save_every": "0s"}, "--save-every is a time above zero"),
        ({"schedule": "cosin"}, "Did you mean 'cosine'"),
        ({"steps": 0}, "--steps is at least 1"),
        ({"batch_size": 1}, "--batch-size is at least 2"),
    ],
)
def test_wrong_options_are_named(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        TrainConfig(**options)


def test_names_of_fields_are_fields() -> None:
    assert set(TrainConfig.__dataclass_fields__) >= CHANGEABLE > LIMITS
