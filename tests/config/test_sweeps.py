"""What `--sweep` and `--compare` mean, and what they refuse."""

import pytest

from artgan.config.transfer import TransferConfig
from artgan.errors import UsageError


def axes(*sweeps: str, **options: object) -> list[tuple[str, tuple[object, ...], tuple[str, ...]]]:
    config = TransferConfig(sweep=sweeps, **options)  # type: ignore[arg-type]
    return [(axis.field, axis.values, axis.labels) for axis in config.axes]


def test_values_have_the_type_of_their_option() -> None:
    assert axes("ratio=1e-4,0.01") == [("ratio", (1e-4, 0.01), ("ratio 1e-4", "ratio 0.01"))]
    assert axes("steps=10, 20") == [("steps", (10, 20), ("steps 10", "steps 20"))]
    assert axes("--style-scale=1,2")[0][:2] == ("style_scale", (1.0, 2.0))
    assert axes("optimizer=adam,lbfgs")[0][1] == ("adam", "lbfgs")
    assert axes("seed=1,2,3")[0][1] == (1, 2, 3)


def test_a_plus_stands_for_a_comma() -> None:
    (axis,) = axes("style-layers=relu1_1,relu1_1:0.5+relu2_1")
    assert axis == (
        "style_layers",
        ("relu1_1", "relu1_1:0.5,relu2_1"),
        ("relu1_1", "relu1_1:0.5+relu2_1"),
    )
    assert axes("style=dots,dots:0.3+swirls")[0][1] == (("dots",), ("dots:0.3", "swirls"))


def test_styles_are_compared_one_by_one() -> None:
    found = axes("ratio=1,2", style=("swirls:0.5", "pictures/b.jpg"), compare=True)
    assert found[0] == ("style", (("swirls:0.5",), ("pictures/b.jpg",)), ("swirls", "b.jpg"))
    assert found[1][0] == "ratio"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sweep": ("ratio",)}, "is an option and its values"),
        ({"sweep": ("ratoi=1,2",)}, "Did you mean 'ratio'?"),
        ({"sweep": ("save-every=1,2",)}, "knows no option 'save-every'"),
        ({"sweep": ("ratio=1",)}, "two values or more"),
        ({"sweep": ("ratio=1,",)}, "two values or more"),
        ({"sweep": ("ratio=1,1",)}, "names a value twice"),
        ({"sweep": ("ratio=1,much",)}, "--sweep ratio goes through numbers, not 'much'"),
        ({"sweep": ("steps=1,1.5",)}, "--sweep steps goes through whole numbers, not '1.5'"),
        ({"sweep": ("optimizer=adam,sgd",)}, "--optimizer is one of adam, lbfgs"),
        ({"sweep": ("steps=1,2", "seed=1,2", "size=32,64")}, "rows and columns"),
        ({"sweep": ("steps=1,2", "steps=3,4")}, "another option"),
        ({"compare": True, "style": ("dots",), "sweep": ("style=dots,swirls",)}, "another option"),
        ({"compare": True}, "--compare needs styles"),
        ({"sweep": ("steps=1,2",), "save_every": 3}, "--save-every is for single paintings"),
        ({"sweep": ("steps=1,2",), "resume": True}, "--resume is for single paintings"),
        ({"model": "m", "sweep": ("size=16,32",)}, "--sweep goes with --style"),
    ],
)
def test_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message.replace("?", r"\?")):
        TransferConfig(**options)  # type: ignore[arg-type]
