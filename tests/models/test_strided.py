"""The faster forms of strided convolutions compute what PyTorch's own do, derivatives included."""

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from artgan.models import strided
from artgan.models.strided import convolve, convolve_transposed

# Channels in, channels out, side of the maps, kernel, padding: the ends of a DCGAN and of the conditional GAN, a
# layer in the middle, and a smallest map that no end has.
HALVING = [(3, 6, 16, 4, 1), (5, 6, 8, 4, 1), (5, 6, 32, 4, 1), (3, 6, 19, 5, 0), (5, 6, 11, 5, 0), (5, 6, 4, 4, 1)]
DOUBLING = [(6, 3, 8, 4, 1), (6, 5, 4, 4, 1), (6, 5, 16, 4, 1), (6, 3, 8, 5, 1), (6, 5, 4, 5, 1), (6, 3, 8, 6, 2)]


def both(down: bool, maps: Tensor, weight: Tensor, bias: Tensor | None, padding: int) -> tuple[Tensor, Tensor]:
    if down:
        return convolve(maps, weight, bias, padding), F.conv2d(maps, weight, bias, 2, padding)
    return convolve_transposed(maps, weight, bias, padding), F.conv_transpose2d(maps, weight, bias, 2, padding)


def case(down: bool, shape: tuple[int, ...], *, bias: bool = False) -> tuple[Tensor, Tensor, Tensor | None, int]:
    before, after, side, kernel, padding = shape
    random = torch.Generator().manual_seed(0)
    maps = torch.randn(3, before, side, side, generator=random, dtype=torch.float64)
    channels = (after, before) if down else (before, after)
    weight = torch.randn(*channels, kernel, kernel, generator=random, dtype=torch.float64)
    shift = torch.randn(after, generator=random, dtype=torch.float64) if bias else None
    return maps, weight, shift, padding


@pytest.mark.parametrize(
    ("down", "shape"), [(True, shape) for shape in HALVING] + [(False, shape) for shape in DOUBLING]
)
@pytest.mark.parametrize("bias", [False, True])
def test_values_and_both_derivatives(down: bool, shape: tuple[int, ...], bias: bool) -> None:
    maps, weight, shift, padding = case(down, shape, bias=bias)
    leaves = [maps.requires_grad_(), weight.requires_grad_(), *([] if shift is None else [shift.requires_grad_()])]
    ours, theirs = both(down, maps, weight, shift, padding)
    torch.testing.assert_close(ours, theirs)
    upstream = torch.randn(ours.shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    first = [torch.autograd.grad(maps_out, leaves, upstream, create_graph=True) for maps_out in (ours, theirs)]
    for mine, reference in zip(*first, strict=True):
        torch.testing.assert_close(mine, reference)
    # As a penalty of gradients does: the norm of one derivative, differentiated by the other leaf.
    for of, by in ((0, weight), (1, maps)):
        second = [torch.autograd.grad(gradients[of].square().sum(), by, retain_graph=True)[0] for gradients in first]
        torch.testing.assert_close(*second)


@pytest.mark.parametrize(("down", "shape"), [(True, HALVING[0]), (True, HALVING[1]), (False, DOUBLING[0])])
def test_autocast_computes_in_its_type(down: bool, shape: tuple[int, ...]) -> None:
    maps, weight, shift, padding = (part.float() if isinstance(part, Tensor) else part for part in case(down, shape))
    weight.requires_grad_()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        ours, theirs = both(down, maps, weight, shift, padding)
    assert ours.dtype == theirs.dtype == torch.bfloat16
    torch.testing.assert_close(ours, theirs, rtol=0.02, atol=0.1)
    (gradient,) = torch.autograd.grad(ours.float().square().mean(), weight)
    assert gradient.dtype == torch.float32


@pytest.mark.parametrize(("down", "shape"), [(True, HALVING[0]), (True, HALVING[1]), (False, DOUBLING[1])])
def test_the_ends_take_the_faster_form(down: bool, shape: tuple[int, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    maps, weight, shift, padding = case(down, shape)
    ours, theirs = both(down, maps, weight.requires_grad_(), shift, padding)
    assert "Convolution" in type(ours.grad_fn).__name__
    assert type(ours.grad_fn) is not type(theirs.grad_fn)
    monkeypatch.setattr(strided, "_is_end", lambda *_: False)  # as on a GPU
    ours, theirs = both(down, maps, weight, shift, padding)
    assert type(ours.grad_fn) is type(theirs.grad_fn)


def test_maps_that_are_not_square_go_the_usual_way() -> None:
    maps, weight = torch.randn(2, 3, 8, 12), torch.randn(6, 3, 4, 4)
    torch.testing.assert_close(convolve(maps, weight, None, 1), F.conv2d(maps, weight, stride=2, padding=1))
