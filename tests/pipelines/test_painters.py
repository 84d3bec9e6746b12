"""Which way of painting `--method auto` comes to."""

from typing import Any

import pytest

from artgan.config.transfer import TransferConfig
from artgan.pipelines import painters
from artgan.pipelines.painters import decided


def _method(**options: Any) -> str:
    return decided(TransferConfig(**{"style": ("swirls",), **options})).method


def test_the_built_in_painter_paints_where_vgg19_is_not_on_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _method() == "fast"
    monkeypatch.setattr(painters, "on_disk", lambda name: name == "vgg19")
    assert _method() == "optimize"
    assert _method(painter="brush.safetensors") == "fast"
    assert _method(method="fast") == "fast"


@pytest.mark.parametrize(
    "options",
    [
        {"steps": 100},
        {"encoder": "embedded"},
        {"encoder_weights": "vgg.pth"},
        {"pooling": "average"},
        {"ratio": 1e-3},
        {"content_layers": "relu2_2"},
        {"init": "noise"},
        {"init": "fast"},
        {"animate": "webp"},
        {"save_every": 10},
        {"resume": True},
        {"sweep": ("ratio=1e-3,1e-2",)},
        {"sweep": ("encoder=embedded,vgg19",)},
        {"style": ("swirls,layers=fine",)},
        {"style": ("van-gogh.style.safetensors",)},
        {"init": "fast", "painter": "brush.safetensors"},
        {"method": "optimize"},
    ],
)
def test_what_only_optimising_knows_is_optimised(options: dict[str, Any]) -> None:
    assert _method(**options) == "optimize"


@pytest.mark.parametrize(
    "options",
    [
        {"size": 256},
        {"strength": 30.0},
        {"keep_color": 1.0},
        {"style": ("swirls@mask.png", "waves:0.5")},
        {"style_scale": 2.0},
        {"preview": True},
        {"sweep": ("strength=20,50",)},
        {"seed": 1},
        {"device": "cpu"},
    ],
)
def test_what_both_know_is_painted_fast(options: dict[str, Any]) -> None:
    assert _method(**options) == "fast"


def test_every_cell_of_a_sheet_is_painted_in_one_way() -> None:
    swept = decided(TransferConfig(style=("swirls",), sweep=("content-weight=0.05,0.2",)))
    assert swept.method == "optimize"
