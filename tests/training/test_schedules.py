import pytest

from artgan.training.schedules import multiplier


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ("constant", (1, 1, 1, 1, 1)),
        ("linear", (1, 0.75, 0.5, 0.25, 0)),
        ("cosine", (1, 0.853553, 0.5, 0.146447, 0)),
        ("hold-then-decay", (1, 1, 1, 0.5, 0)),
        ("hold-80", (1, 1, 1, 1, 0)),
    ],
)
def test_schedules(schedule: str, expected: tuple[float, ...]) -> None:
    assert [multiplier(schedule, share / 4) for share in range(5)] == pytest.approx(expected, abs=1e-6)
    assert multiplier(schedule, 1.5) == multiplier(schedule, 1)


def test_the_notebook_s_last_fifth() -> None:
    assert [multiplier("hold-80", share) for share in (0.8, 0.9, 0.95)] == pytest.approx([1, 0.5, 0.25])
