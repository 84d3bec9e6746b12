"""Latent vectors by seed, their truncation, and closed paths."""

import pytest
import torch

from artgan.painting.latents import latent, slerp, stops


def test_a_seed_is_a_vector() -> None:
    assert torch.equal(latent(3, 50), latent(3, 50))
    assert not torch.equal(latent(3, 50), latent(4, 50))
    assert latent(3, 50).dtype == torch.float32


@pytest.mark.parametrize("bound", [0.1, 0.7, 2.0])
def test_truncation_is_the_truncated_normal(bound: float) -> None:
    z = torch.cat([latent(seed, 2000, truncation=bound) for seed in range(10)])
    assert float(z.abs().max()) <= bound
    drawn = torch.randn(400_000, generator=torch.Generator().manual_seed(0))
    kept = drawn[drawn.abs() <= bound]  # the definition: what falls outside is drawn again
    assert float(z.std()) == pytest.approx(float(kept.std()), rel=0.03)
    for share in (0.1, 0.25, 0.5, 0.75, 0.9):
        assert float(z.quantile(share)) == pytest.approx(float(kept[:100_000].quantile(share)), abs=0.04 * bound)


def test_a_seed_stays_itself_when_truncated() -> None:
    whole, calmer, calm = latent(5, 100), latent(5, 100, truncation=1.5), latent(5, 100, truncation=1.4)
    assert float(torch.dot(whole, calmer) / whole.norm() / calmer.norm()) > 0.97
    assert float((calmer - calm).abs().max()) < 0.1
    assert torch.equal(latent(5, 100, truncation=10), whole) or torch.allclose(
        latent(5, 100, truncation=10), whole, atol=1e-5
    )


def test_extreme_numbers_stay_finite() -> None:
    assert torch.isfinite(latent(0, 10**5, truncation=10)).all()


def test_arcs_keep_the_length() -> None:
    a, b = latent(0, 200), latent(1, 200)
    assert torch.equal(slerp(a, b, 0.0), a)
    assert torch.allclose(slerp(a, b, 1.0), b, atol=1e-6)
    middle = slerp(a, b, 0.5)
    assert float(middle.norm()) == pytest.approx(float((a.norm() + b.norm()) / 2), rel=0.01)
    assert float(torch.lerp(a, b, 0.5).norm()) < 0.8 * float(middle.norm())
    assert torch.dot(middle, a) / a.norm() == pytest.approx(float(torch.dot(middle, b) / b.norm()), rel=0.1)


@pytest.mark.parametrize("other", [1.0, 2.0, -1.0])
def test_vectors_in_line_are_joined_straight(other: float) -> None:
    a = latent(0, 20)
    assert torch.allclose(slerp(a, other * a, 0.25), a * (0.75 + 0.25 * other), atol=1e-4)


@pytest.mark.parametrize(("count", "frames"), [(1, 5), (2, 8), (3, 7), (12, 2), (4, 96)])
def test_a_loop_is_closed_and_even(count: int, frames: int) -> None:
    places = stops(count, frames)
    assert len(places) == frames
    assert places[0] == (0, 1 % count, 0.0)
    assert all(0 <= share < 1 and ahead == (behind + 1) % count for behind, ahead, share in places)
    positions = [behind + share for behind, _, share in places]
    assert positions == sorted(positions)


def test_the_seam_is_a_step_like_others() -> None:
    places = stops(3, 72)
    steps = [
        (after[0] + after[2] - before[0] - before[2]) % 3
        for before, after in zip(places, [*places[1:], places[0]], strict=True)
    ]
    assert sum(steps) == pytest.approx(3)
    assert max(steps) < 1.6 * 3 / 72
    assert steps[-1] == pytest.approx(steps[23])
