"""L-BFGS on one picture: one gradient a step, and a first guess of the curvature that is made for pictures.

J. Nocedal and S. Wright, "Numerical Optimization" (2006), algorithms 7.4 and 7.5, with steps of one and no line search,
which would cost evaluations. The recursion usually starts from a multiple of the identity. What an encoder sees changes
some sixty times less with the coarsest waves of a picture than with the finest, and less where the picture is calm than
where it is rich, so here it starts from the inverse of that: a filter, and what gradients were seen to change around
each pixel. Coarse and calm parts are corrected in as few steps as fine and rich ones.
"""

import math
from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor

HISTORY = 20
"""Steps that are remembered."""

_FIRST_STEP = 0.008
"""Root mean square of the first step, in units of the pixels' range: the curvature is not known yet."""
_LONGEST_STEP = 0.1
"""Root mean square of the longest step. Where the loss falls evenly, as with few layers of a style, its curvature says
that the minimum is far outside all pictures; what is remembered of such a place would only allow tiny steps."""
_COARSEST, _FINE = 0.003, 0.3
"""Frequencies, in waves a pixel: between them the curvature grows with the frequency, below and above less and less."""
_AROUND = 2
"""Side of the squares of pixels that share a curvature."""
_MOST = 20.0
"""How many times larger or smaller than on average the curvature of a square may be."""


def remembered(steps: int) -> int:
    """As much as so many pictures in floats is held after so many steps, at most."""
    return math.ceil(min(HISTORY, steps) * (2 + 1 / _AROUND**2))


class Lbfgs:
    """Steps of L-BFGS. Gradients are of any scale; `rate` is the length of a step, 1 being Newton's."""

    def __init__(self, picture: Tensor, rate: float) -> None:
        self._rate = rate
        self.resize(picture)

    def resize(self, picture: Tensor) -> None:
        """Start anew on a picture, (N, C, H, W), of whatever size: gradients of two sizes do not compare."""
        self._filter = _filter(picture)
        self._bends: list[Tensor] = []
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
        self._bends = [_bend(change) for change in self._changes]

    def _memories(self) -> dict[str, list[Tensor]]:
        return {"move": self._moves, "change": self._changes, "product": self._products}

    def _remember(self, move: Tensor, change: Tensor) -> None:
        product = _dot(move, change)
        if not product > 0:  # bends the wrong way: it would turn the direction uphill
            return
        members = (self._moves, move), (self._changes, change), (self._products, product), (self._bends, _bend(change))
        for memory, new in members:
            memory.append(new)
            del memory[:-HISTORY]

    def _direction(self, gradient: Tensor) -> Tensor:
        """The inverse curvature, as far as it is remembered, times the gradient: the two loops of algorithm 7.4."""
        if not self._moves:
            direction = self._filtered(gradient)
            return direction * (_FIRST_STEP / direction.square().mean().sqrt().clamp_min(1e-30))
        calm = self._calm(gradient)
        direction = gradient.clone()
        steps = list(zip(self._moves, self._changes, self._products, strict=True))
        shares = []
        for move, change, product in reversed(steps):
            share = _dot(move, direction) / product
            direction.sub_(change * share)
            shares.append(share)
        last = self._changes[-1]
        guessed, of_last = (self._filtered(picture * calm) * calm for picture in (direction, last))
        direction = guessed * (self._products[-1] / _dot(last, of_last))
        for (move, change, product), share in zip(steps, reversed(shares), strict=True):
            direction.add_(move * (share - _dot(change, direction) / product))
        length = direction.square().mean().sqrt()
        return direction.mul_((_LONGEST_STEP / length).clamp(max=1))

    def _filtered(self, picture: Tensor) -> Tensor:
        size = picture.shape[-2:]
        filtered: Tensor = torch.fft.irfft2(torch.fft.rfft2(picture) * self._filter, s=size)
        return filtered

    def _calm(self, like: Tensor) -> Tensor:
        """The inverse root of the curvature around each value, relative to the average; the filter goes between two.

        Steps are taken for much the same everywhere, so that curvature is where gradients changed.
        """
        bend = torch.stack(self._bends).sum(dim=0).sqrt()
        relative = (bend / bend.mean().clamp_min(1e-30)).clamp(1 / _MOST, _MOST)
        return F.interpolate(relative.rsqrt(), size=like.shape[-2:], mode="bilinear")


def _bend(change: Tensor) -> Tensor:
    """How much a gradient changed, squared, in each channel of each square of pixels, relative to the average."""
    squares = F.avg_pool2d(change.square(), _AROUND, ceil_mode=True)
    return squares / squares.mean().clamp_min(1e-30)


def _filter(picture: Tensor) -> Tensor:
    """The inverse of the curvature that is expected along each wave of `torch.fft.rfft2`."""
    height, width = picture.shape[-2:]
    down = torch.fft.fftfreq(height, device=picture.device)[:, None]
    right = torch.fft.rfftfreq(width, device=picture.device)[None]
    frequency = (down.square() + right.square()).sqrt()
    curvature: Tensor = (frequency + _COARSEST) / (1 + frequency / _FINE)
    return curvature.reciprocal()


def _dot(one: Tensor, other: Tensor) -> Tensor:
    return torch.dot(one.flatten(), other.flatten())
