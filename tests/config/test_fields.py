import math

import pytest

from artgan.config.fields import convert, option_name
from artgan.config.transfer import TransferConfig
from artgan.errors import UsageError


def test_defaults_are_valid_and_frozen() -> None:
    config = TransferConfig()
    with pytest.raises(AttributeError):
        config.steps = 3  # type: ignore[misc]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"steps": 0}, "--steps is at least 1, not 0"),
        ({"size": 10**6}, "--size is at most 16384"),
        ({"content_weight": math.inf}, "--content-weight is a finite number"),
        ({"content_weight": math.nan}, "--content-weight is a finite number"),
        ({"steps": 1.5}, "--steps is a whole number"),
        ({"steps": True}, "--steps is a whole number"),
        ({"steps": "many"}, "--steps is a whole number"),
        ({"optimizer": "adamw"}, "--optimizer is one of adam, lbfgs, not 'adamw'. Did you mean 'adam'?"),
        ({"style": "swirls"}, "--style is a list"),
        ({"style": (1,)}, "--style is a text"),
        ({"budget": "soon"}, "--budget is a time"),
        ({"style_layers": "a,a"}, "--style-layers names a twice"),
        ({"style": ("a.jpg:0",)}, "--style takes weights above zero"),
        ({"content_weight": 0, "style_weight": 0}, "both zero"),
        ({"ratio": 0.1, "style_weight": 0}, "--ratio needs"),
    ],
)
def test_refused_with_the_option_s_name(values: dict[str, object], message: str) -> None:
    with pytest.raises(
        UsageError,
        match="^" + message.replace("?", r"\?").replace(".", r"\.") if message.startswith("--") else message,
    ):
        TransferConfig(**values)


def test_numbers_and_lists_are_converted() -> None:
    config = TransferConfig(content_weight=1, style=["a", "b"])
    assert config.style == ("a", "b")
    assert isinstance(config.content_weight, float)


def test_ratio_sets_the_content_weight() -> None:
    assert TransferConfig(ratio=0.001, style_weight=2.0).alpha == pytest.approx(0.002)
    assert TransferConfig(content_weight=0.3).alpha == 0.3


def test_optional_values_keep_none() -> None:
    assert convert(None, int | None, "--size") is None
    assert option_name("tv_weight") == "--tv-weight"
