"""Mean, covariance and Wasserstein's distance against values worked out by hand."""

import math

import pytest
import torch

from artgan.losses.moments import (
    by_eigenvalues,
    by_products,
    covariance_loss,
    feature_moments,
    target_root,
    wasserstein_loss,
)
from artgan.losses.perceptual import gram_matrix
from artgan.losses.transport import symmetric_root, transport_map

# Two channels, two positions: mean (1.5, 3.5), deviations (-+1/2, -+1/2).
FEATURES = torch.tensor([[[[1.0, 2.0]], [[3.0, 4.0]]]])


def moments(mean: list[float], covariance: list[list[float]]) -> torch.Tensor:
    """Of a Gaussian, as `feature_moments` gives them; double, so that gradients can be checked."""
    first, second = torch.tensor(mean, dtype=torch.float64), torch.tensor(covariance, dtype=torch.float64)
    return torch.cat([second + first.outer(first), first[None]])[None]


def distance(own: torch.Tensor, target: torch.Tensor, normalization: str = "mean") -> float:
    loss = wasserstein_loss(own, target, normalization, root=target_root(target))  # type: ignore[arg-type]
    return loss.item() * (own.shape[-1] if normalization == "mean" else 1)


def test_moments_by_hand() -> None:
    found = feature_moments(FEATURES)
    assert torch.allclose(found, torch.tensor([[[2.5, 5.5], [5.5, 12.5], [1.5, 3.5]]]))
    guided = feature_moments(FEATURES, torch.tensor([[[[0.0, 0.5]]]]))
    assert torch.allclose(guided, torch.tensor([[[4.0, 8.0], [8.0, 16.0], [2.0, 4.0]]]))


def test_moments_ignore_size_and_place() -> None:
    features = torch.rand(1, 5, 6, 7)
    tiled = features.repeat(1, 1, 2, 3)
    assert torch.allclose(feature_moments(features), feature_moments(tiled), atol=1e-6)
    assert torch.equal(feature_moments(features)[:, :-1], gram_matrix(features))


def test_between_diagonal_covariances() -> None:
    # |mean|^2 = 9 + 16; deviations 2 and 1, 3 and 3, 1 and 5: 1 + 0 + 16
    own = moments([3.0, 0.0, 1.0], torch.tensor([4.0, 9.0, 1.0]).diag().tolist())
    target = moments([0.0, 4.0, 1.0], torch.tensor([1.0, 9.0, 25.0]).diag().tolist())
    assert distance(own, target) == pytest.approx(25 + 17, rel=1e-6)
    # the target's mean square is 17 + 35
    assert distance(own, target, "relative") == pytest.approx(42 / 52, rel=1e-6)


def test_between_covariances_that_do_not_commute() -> None:
    # Of the optimal map T the distance is tr((T - 1) A (T - 1)).
    own, target = [[2.0, 1.0], [1.0, 3.0]], [[1.0, -0.5], [-0.5, 2.0]]
    a, b = (torch.tensor(of, dtype=torch.float64) for of in (own, target))
    step = transport_map(a, b) - torch.eye(2, dtype=torch.float64)
    found = distance(moments([0.0, 0.0], own), moments([0.0, 0.0], target))
    assert found == pytest.approx((step @ a @ step).trace().item(), rel=1e-6)


def test_the_same_is_at_zero_with_no_slope() -> None:
    target = feature_moments(torch.rand(1, 6, 9, 9, generator=torch.Generator().manual_seed(0)))
    own = target.clone().requires_grad_(True)
    root = target_root(target)
    loss = wasserstein_loss(own, target, "relative", root=root)
    assert loss.item() == pytest.approx(0, abs=1e-5)
    (gradient,) = torch.autograd.grad(loss, own)
    assert gradient.abs().max() < 1e-2
    assert covariance_loss(own, target, "relative").item() == 0


@pytest.mark.parametrize(
    ("normalization", "value"),
    [  # differences: mean (1, 2), covariance [[1, 2], [2, 0]]; target: mean (1, 0), covariance [[1, 1], [1, 2]]
        ("mean", (5 / 2 + 9 / 4) / 2),
        ("relative", (5 / 1 + 9 / 7) / 2),
    ],
)
def test_covariance_loss(normalization: str, value: float) -> None:
    own, target = moments([2.0, 2.0], [[2.0, 3.0], [3.0, 2.0]]), moments([1.0, 0.0], [[1.0, 1.0], [1.0, 2.0]])
    assert covariance_loss(own, target, normalization).item() == pytest.approx(value)  # type: ignore[arg-type]


@pytest.mark.parametrize("normalization", ["mean", "relative"])
def test_a_metric_compares_in_the_head_s_space(normalization: str) -> None:
    random = torch.Generator().manual_seed(1)
    head = torch.randn(7, 4, generator=random)
    metric = head.T @ head
    own, target = (torch.rand(1, 4, 5, 6, generator=random) for _ in range(2))
    seen, wanted = (feature_moments(torch.einsum("oc,nchw->nohw", head, f)) for f in (own, target))
    thin, thin_target = feature_moments(own), feature_moments(target)
    assert torch.allclose(
        covariance_loss(thin, thin_target, normalization, metric=metric, channels=7),  # type: ignore[arg-type]
        covariance_loss(seen, wanted, normalization),  # type: ignore[arg-type]
        rtol=1e-3,
    )
    root = target_root(thin_target, metric)
    assert torch.allclose(
        wasserstein_loss(thin, thin_target, normalization, root=root, metric=metric, channels=7),  # type: ignore[arg-type]
        wasserstein_loss(seen, wanted, normalization, root=target_root(wanted)),  # type: ignore[arg-type]
        rtol=1e-3,
    )


@pytest.mark.parametrize("normalization", ["mean", "relative"])
def test_gradients_are_those_of_the_formulas(normalization: str) -> None:
    random = torch.Generator().manual_seed(2)
    factors = [torch.randn(3, 5, generator=random, dtype=torch.float64) for _ in range(2)]
    own, target = (moments([0.5, 1.0, 2.0], (of @ of.T).tolist()) for of in factors)
    root = target_root(target)

    def wasserstein(given: torch.Tensor) -> torch.Tensor:
        symmetric = torch.cat([(given[:, :-1] + given[:, :-1].mT) / 2, given[:, -1:]], dim=1)
        return wasserstein_loss(symmetric, target, normalization, root=root)  # type: ignore[arg-type]

    def covariance(given: torch.Tensor) -> torch.Tensor:
        return covariance_loss(given, target, normalization)  # type: ignore[arg-type]

    own.requires_grad_(True)
    assert torch.autograd.gradcheck(wasserstein, (own,))
    assert torch.autograd.gradcheck(covariance, (own,))


@pytest.mark.parametrize("style", ["flat", "black", "noise"])
@pytest.mark.parametrize("content", ["flat", "black", "noise"])
def test_flat_pictures_have_finite_losses_and_slopes(style: str, content: str) -> None:
    kinds = {"flat": torch.full((1, 4, 6, 6), 0.5), "black": torch.zeros(1, 4, 6, 6), "noise": torch.rand(1, 4, 6, 6)}
    features = kinds[content].clone().requires_grad_(True)
    target = feature_moments(kinds[style])
    for loss in (
        wasserstein_loss(feature_moments(features), target, "relative", root=target_root(target)),
        covariance_loss(feature_moments(features), target, "relative"),
    ):
        (gradient,) = torch.autograd.grad(loss, features)
        assert math.isfinite(loss.item())
        assert torch.isfinite(gradient).all()


def test_products_come_to_what_eigenvalues_say() -> None:
    factor = torch.randn(20, 40, generator=torch.Generator().manual_seed(3))
    matrix = (factor @ factor.T / 40)[None]
    for way, precision in ((by_eigenvalues, 1e-4), (by_products, 2e-3)):
        trace, inverse = way(matrix)
        assert trace.item() == pytest.approx(
            symmetric_root(matrix.double()).diagonal(dim1=1, dim2=2).sum().item(), rel=1e-3
        )
        assert torch.allclose(inverse @ matrix @ inverse, torch.eye(20)[None], atol=20 * precision)
    assert torch.isfinite(by_products(torch.zeros(1, 3, 3))[1]).all()
