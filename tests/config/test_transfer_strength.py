"""`--strength` and `--preview`: what they set, and what they cannot stand beside."""

import pytest

from artgan.config.transfer import TransferConfig
from artgan.errors import UsageError


def test_half_the_strength_is_the_default() -> None:
    assert TransferConfig(strength=50).alpha == TransferConfig().alpha
    assert TransferConfig(strength=50, style_weight=2).alpha == pytest.approx(2 * TransferConfig().alpha)


def test_a_quarter_less_is_ten_times_the_content() -> None:
    weights = [TransferConfig(strength=strength).alpha for strength in (0, 25, 50, 75, 100)]
    assert weights == pytest.approx([5, 0.5, 0.05, 0.005, 0.0005])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"ratio": 0.1}, "--strength and --ratio exclude each other"),
        ({"content_weight": 0.1}, "--strength and --content-weight exclude each other"),
        ({"normalization": "gatys"}, "--strength needs --normalization relative"),
    ],
)
def test_one_weight_of_the_content_is_enough(options: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        TransferConfig(style=("dots",), strength=30, **options)  # type: ignore[arg-type]


def test_a_model_s_result_is_mixed_in() -> None:
    assert TransferConfig(model="m").mixed_in == 1
    assert TransferConfig(model="m", strength=30).mixed_in == pytest.approx(0.3)


def test_a_preview_is_small_and_quick() -> None:
    preview = TransferConfig(style=("dots",), preview=True, strength=70).previewed()
    assert (preview.size, preview.steps, preview.preview, preview.strength) == (192, 120, False, 70)
    tiny = TransferConfig(size=64, steps=10, preview=True).previewed()
    assert (tiny.size, tiny.steps) == (64, 10)
