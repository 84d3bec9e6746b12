"""L-BFGS on one picture: one gradient a step, and a first guess of the curvature that is made for pictures.

J. Nocedal and S. Wright, "Numerical Optimization" (2006), algorithms 7.4 and 7.5, with steps of one and no line search,
which would cost evaluations. The recursion usually starts from a multiple of the identity. What an encoder sees changes
some ten times less with the coarse parts of a picture than with its strokes, so here it starts from a filter that is
the inverse of that: coarse parts are corrected in as few steps as fine ones.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

HISTORY = 20
"""Steps that are remembered."""

_FIRST_STEP = 0.01
"""Root mean square of the first step, in units of the pixels' range: the curvature is not known yet."""
_LONGEST_STEP = 0.1
"""Root mean square of the longest step. Where the loss falls evenly, as with few layers of a style, its curvature says
that the minimum is far outside all pictures; what is remembered of such a place would only allow tiny steps."""
_KNEE = 0.15
"""Frequency, in waves a pixel, along which the curvature is taken as four times that of the coarsest waves."""


class Lbfgs:
    """Steps of L-BFGS. Gradients are of any scale; `rate` is the length of a step, 1 being Newton's."""

    def __init__(self, picture: Tensor, rate: float) -> None:
        self._rate = rate
        self.resize(picture)

    def resize(self, picture: Tensor) -> None:
        """Start anew on a picture, (N, C, H, W), of whatever size: gradients of two sizes do not compare."""
        self._filter = _filter(picture)
        self._before: tuple[Tensor, Tensor] | None = None
        self._moves: list[Tensor] = []
        self._changes: list[Tensor] = []
        self._products: list[Tensor] = []

    def step(self, picture: Tensor, gradient: Tensor) -> None:
        """Move the picture, in place, against the gradient."""
        gradient = gradient.contiguous()
        if self._before is not None:
            self._remember(picture - self._before[0], gradient - self._before[1])
        direction = self._direction(gradient)
        self._before = picture.detach().clone(), gradient
        picture.sub_(direction, alpha=self._rate)

    def state(self) -> dict[str, Tensor]:
        """All that the next step depends on, without copies: no step changes what is remembered."""
        state = {"lbfgs.remembered": torch.tensor(len(self._moves))}
        if self._before is not None:
            state |= {"lbfgs.picture": self._before[0], "lbfgs.gradient": self._before[1]}
        for name, members in self._memories().items():
            state |= {f"lbfgs.{name}.{number}": member for number, member in enumerate(members)}
        return state

    def restore(self, state: Mapping[str, Tensor], device: torch.device) -> None:
        """Take up what `state` gave, bit for bit. Raises KeyError for what another optimiser gave."""
        if "lbfgs.picture" in state:
            self._before = state["lbfgs.picture"].to(device), state["lbfgs.gradient"].to(device)
        for name, members in self._memories().items():
            numbers = range(int(state["lbfgs.remembered"]))
            members[:] = [state[f"lbfgs.{name}.{number}"].to(device) for number in numbers]

    def _memories(self) -> dict[str, list[Tensor]]:
        return {"move": self._moves, "change": self._changes, "product": self._products}

    def _remember(self, move: Tensor, change: Tensor) -> None:
        product = _dot(move, change)
        if not product > 0:  # bends the wrong way: it would turn the direction uphill
            return
        for memory, new in ((self._moves, move), (self._changes, change), (self._products, product)):
            memory.append(new)
            del memory[:-HISTORY]

    def _direction(self, gradient: Tensor) -> Tensor:
        """The inverse curvature, as far as it is remembered, times the gradient: the two loops of algorithm 7.4."""
        if not self._moves:
            direction = self._smoothed(gradient)
            return direction * (_FIRST_STEP / direction.square().mean().sqrt().clamp_min(1e-30))
        direction = gradient.clone()
        remembered = list(zip(self._moves, self._changes, self._products, strict=True))
        shares = []
        for move, change, product in reversed(remembered):
            share = _dot(move, direction) / product
            direction.sub_(change * share)
            shares.append(share)
        last = self._changes[-1]
        direction = self._smoothed(direction) * (self._products[-1] / _dot(last, self._smoothed(last)))
        for (move, change, product), share in zip(remembered, reversed(shares), strict=True):
            direction.add_(move * (share - _dot(change, direction) / product))
        length = direction.square().mean().sqrt()
        return direction.mul_((_LONGEST_STEP / length).clamp(max=1))

    def _smoothed(self, picture: Tensor) -> Tensor:
        size = picture.shape[-2:]
        smoothed: Tensor = torch.fft.irfft2(torch.fft.rfft2(picture) * self._filter, s=size)
        return smoothed


def _filter(picture: Tensor) -> Tensor:
    """The inverse of the curvature that is expected along each wave of `torch.fft.rfft2`."""
    height, width = picture.shape[-2:]
    down = torch.fft.fftfreq(height, device=picture.device)[:, None]
    right = torch.fft.rfftfreq(width, device=picture.device)[None]
    frequency = (down.square() + right.square()).sqrt()
    curvature: Tensor = (1 + frequency / _KNEE).square()
    return curvature.reciprocal()


def _dot(one: Tensor, other: Tensor) -> Tensor:
    return torch.dot(one.flatten(), other.flatten())
