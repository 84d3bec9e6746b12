"""Each loss against a value worked out by hand."""

import pytest
import torch

from artgan.losses.perceptual import content_loss, gram_matrix, style_loss, total_variation

# Two channels, two positions: F = [[1, 2], [3, 4]] as in the paper's N x M layout.
FEATURES = torch.tensor([[[[1.0, 2.0]], [[3.0, 4.0]]]])
TARGET = torch.tensor([[[[1.0, 0.0]], [[3.0, 1.0]]]])


def test_gram_matrix_is_the_mean_product_of_channels() -> None:
    # F F^T = [[1+4, 3+8], [3+8, 9+16]] over M = 2 positions
    assert torch.allclose(gram_matrix(FEATURES), torch.tensor([[[2.5, 5.5], [5.5, 12.5]]]))


def test_gram_matrix_ignores_where_things_are() -> None:
    features = torch.rand(2, 5, 6, 7)
    shuffled = features.flatten(2)[..., torch.randperm(42)].view_as(features)
    assert torch.allclose(gram_matrix(features), gram_matrix(shuffled), atol=1e-6)


def test_a_guide_weighs_positions() -> None:
    # The first position counts 1/4, the second 3/4: (1/4) (1, 3)(1, 3)^T + (3/4) (2, 4)(2, 4)^T
    guided = gram_matrix(FEATURES, torch.tensor([[[[0.25, 0.75]]]]))
    assert torch.allclose(guided, torch.tensor([[[3.25, 6.75], [6.75, 14.25]]]))
    assert torch.allclose(gram_matrix(FEATURES, torch.full((1, 1, 1, 2), 0.3)), gram_matrix(FEATURES))
    assert torch.allclose(gram_matrix(FEATURES, torch.tensor([[[[1.0, 0.0]]]])), gram_matrix(FEATURES[..., :1]))


def test_gram_matrix_of_bfloat16_is_float32_and_close() -> None:
    features = torch.rand(1, 16, 32, 32, generator=torch.Generator().manual_seed(0))
    low = gram_matrix(features.bfloat16())
    assert low.dtype == torch.float32
    assert torch.allclose(low, gram_matrix(features), rtol=0.01)


@pytest.mark.parametrize(
    ("normalization", "value"),
    [
        ("gatys", (4 + 9) / 2),  # eq. 1: half the sum of squares of (0, 2, 0, 3)
        ("mean", (4 + 9) / 4),
        ("relative", (4 + 9) / (1 + 9 + 1)),
    ],
)
def test_content_loss(normalization: str, value: float) -> None:
    assert content_loss(FEATURES, TARGET, normalization).item() == pytest.approx(value)


@pytest.mark.parametrize(
    ("normalization", "value"),
    [
        # G = [[5, 11], [11, 25]], A = [[1, 3], [3, 10]]: eq. 4 with N = 2, M = 2
        ("gatys", (16 + 64 + 64 + 225) / (4 * 2**2 * 2**2)),
        ("mean", (16 + 64 + 64 + 225) / 2**2 / 4),
        ("relative", (16 + 64 + 64 + 225) / (1 + 9 + 9 + 100)),
    ],
)
def test_style_loss(normalization: str, value: float) -> None:
    loss = style_loss(gram_matrix(FEATURES), gram_matrix(TARGET), normalization)
    assert loss.item() == pytest.approx(value)


@pytest.mark.parametrize("normalization", ["gatys", "mean", "relative"])
def test_a_metric_compares_in_the_head_s_space(normalization: str) -> None:
    head = torch.randn(7, 4, generator=torch.Generator().manual_seed(1))
    metric = head.T @ head
    features, target = torch.rand(1, 4, 5, 6), torch.rand(1, 4, 5, 6)
    seen, seen_target = (torch.einsum("oc,nchw->nohw", head, f) for f in (features, target))
    assert torch.allclose(
        content_loss(features, target, normalization, metric=metric, channels=7),
        content_loss(seen, seen_target, normalization),
        rtol=1e-4,
    )
    assert torch.allclose(
        style_loss(gram_matrix(features), gram_matrix(target), normalization, metric=metric, channels=7),
        style_loss(gram_matrix(seen), gram_matrix(seen_target), normalization),
        rtol=1e-4,
    )


def test_the_gradient_of_the_gram_matrix_is_autograd_s() -> None:
    features = torch.rand(2, 3, 4, 5, requires_grad=True)
    weights = torch.randn(2, 3, 3)  # not symmetric: a loss may treat G_ij and G_ji differently
    (ours,) = torch.autograd.grad((gram_matrix(features) * weights).sum(), features)
    plain = torch.einsum("nchw,ndhw->ncd", features, features) / 20
    (theirs,) = torch.autograd.grad((plain * weights).sum(), features)
    assert torch.allclose(ours, theirs, atol=1e-6)


def test_the_gradient_of_a_measured_difference_is_autograd_s() -> None:
    random = torch.Generator().manual_seed(5)
    features = torch.randn(2, 4, 3, 5, generator=random, requires_grad=True)
    target, head = torch.randn(2, 4, 3, 5, generator=random), torch.randn(6, 4, generator=random)
    loss = content_loss(features, target, "gatys", metric=head.T @ head)
    plain = torch.einsum("oc,nchw->nohw", head, features - target).square().sum() / 2
    assert loss.item() == pytest.approx(plain.item(), rel=1e-5)
    wanted, found = (torch.autograd.grad(3 * value, features)[0] for value in (plain, loss))
    assert torch.allclose(found, wanted, rtol=1e-4, atol=1e-4)


def test_total_variation() -> None:
    images = torch.tensor([[[[0.0, 1.0], [0.0, 3.0]]]])
    # down: (0, 2) -> mean of squares 2; right: (1, 3) -> 5
    assert total_variation(images).item() == pytest.approx(7)


@pytest.mark.parametrize("normalization", ["gatys", "mean", "relative"])
def test_gradients_are_those_of_the_formulas(normalization: str) -> None:
    # style_loss casts nothing, so it can be checked in double precision
    gram = torch.rand(1, 3, 3, dtype=torch.float64, requires_grad=True)
    target = torch.rand(1, 3, 3, dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda g: style_loss(g, target, normalization), (gram,))
    images = torch.rand(1, 1, 4, 4, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(total_variation, (images,))
