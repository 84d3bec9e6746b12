"""A start without a step of training: channels are chosen, and every layer is fitted to VGG19's by least squares.

Layer by layer, the channels of VGG19 are chosen that explain most of the others, and the student's convolution is
fitted to give them from what the student's own layer before gives, so that errors of the layers before are corrected
as far as they can be. At the end a head a layer predicts all of VGG19's channels.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence

import torch
from pictures import Sampler
from student import IMITATES, Student, normalised
from torch import Tensor
from torch.nn import functional as F

from artgan.models.encoder import Encoder

RIDGE = 1e-4
"""Of the least squares, relative to the mean square of what is regressed on."""
HIDDEN = 0.35
"""How much a value counts that ReLU hides, relative to one that it lets pass."""
MOMENT_ROWS, FIT_ROWS = 20_000, 12_000
"""Positions a batch that channels are chosen by, and convolutions fitted to."""

_log = logging.getLogger(__name__)


def choose_channels(moments: Tensor, count: int) -> list[int]:
    """Indices of channels that explain most of the others linearly.

    Pivoted Cholesky decomposition of the second moments (C, C): each pivot is the channel whose own remainder takes
    most off the remainders of all. Far better than the largest channels, which are often alike.
    """
    moments = moments.double()
    remaining = moments.diagonal().clone()
    factor = torch.zeros(len(moments), count, dtype=torch.double)
    chosen: list[int] = []
    for column in range(count):
        remainder = moments - factor[:, :column] @ factor[:, :column].T
        explained = remainder.square().sum(0) / (remaining + 1e-9 * remaining.max())
        explained[chosen] = -1
        pivot = int(explained.argmax())
        chosen.append(pivot)
        factor[:, column] = remainder[:, pivot] / remaining[pivot].clamp_min(1e-12).sqrt()
        remaining = (remaining - factor[:, column].square()).clamp_min(1e-12)
    return chosen


def solve(gram: Tensor, products: Tensor, ridge: float) -> Tensor:
    """The X with the least |A X - Y|^2 from A^T A (K, K) and A^T Y (K, M), slightly shrunk: (K, M), float32."""
    shrink = ridge * gram.diagonal().mean() * torch.eye(len(gram), dtype=torch.double)
    solution: Tensor = torch.linalg.solve(gram + shrink, products)
    return solution.float()


@torch.no_grad()
def fit_convolutions(
    student: Student,
    teacher: Mapping[str, Tensor],
    sampler: Sampler,
    *,
    precision: torch.dtype,
    imitates: Mapping[str, str] = IMITATES,
    batches: int = 10,
    batch_size: int = 10,
    ridge: float = RIDGE,
) -> None:
    """Set the student's convolutions, from the first to the last.

    Args:
        teacher: `conv1_1.weight`, `conv1_1.bias`, ... of VGG19.
        precision: that the teacher computes in.
        imitates: the teacher's layer for each of the student's.
        batches, batch_size: of the pictures that are fitted to.
    """
    pictures = [sampler.disturb(sampler.batch(batch_size)) for _ in range(batches)]
    walk = _Walk(teacher, pictures, precision)
    own = [normalised(batch) for batch in pictures]
    block = "1"
    for layer, width in student.widths.items():
        if layer[0] != block:
            own, block = [F.max_pool2d(maps, 2) for maps in own], layer[0]
        before_relu = walk.before_relu(imitates[layer])
        rng = torch.Generator().manual_seed(1)
        moments = torch.zeros(())
        for maps in before_relu:
            rows = _some(_rows(F.relu(maps)), MOMENT_ROWS, rng).float()
            moments = moments + rows.T @ rows
        chosen = choose_channels(moments.double() / moments.diagonal().mean(), width)
        gram = products = torch.zeros((), dtype=torch.double)
        for maps, target in zip(own, before_relu, strict=True):
            patches = F.unfold(maps, 3, padding=1).permute(0, 2, 1).flatten(0, 1)
            kept = torch.randperm(len(patches), generator=rng)[:FIT_ROWS]
            inputs = torch.cat([patches[kept], torch.ones(len(kept), 1)], 1)
            wanted = _rows(target[:, chosen])[kept].float()
            # What ReLU hides matters less; one weight a position keeps it a single least-squares problem.
            weights = torch.where(wanted > 0, 1.0, HIDDEN).mean(1, keepdim=True)
            gram = gram + ((inputs * weights).T @ inputs).double()
            products = products + ((inputs * weights).T @ wanted).double()
        solution = solve(gram, products, ridge)
        convolution = student.convolution(layer)
        convolution.weight.copy_(solution[:-1].T.reshape(convolution.weight.shape))
        assert convolution.bias is not None
        convolution.bias.copy_(solution[-1])
        own = [F.relu(convolution(maps)) for maps in own]
        _log.info("start %s: error on the chosen channels %.3f", layer, _relative_error(own, before_relu, chosen))


@torch.no_grad()
def fit_heads(
    student: Student,
    teacher: Encoder,
    sampler: Sampler,
    *,
    batches: int = 6,
    batch_size: int = 10,
    ridge: float = RIDGE,
) -> None:
    """Set the student's heads: least squares from its features to the teacher's, without a constant."""
    gram = dict.fromkeys(student.taps, torch.zeros((), dtype=torch.double))
    products = dict(gram)
    for _ in range(batches):
        batch = sampler.disturb(sampler.batch(batch_size))
        own, wanted = student(batch), teacher(batch, [f"relu{layer}" for layer in student.taps])
        for layer in student.taps:
            inputs, outputs = _rows(own[layer])[::3].float(), _rows(wanted[f"relu{layer}"])[::3].float()
            gram[layer] = gram[layer] + (inputs.T @ inputs).double()
            products[layer] = products[layer] + (inputs.T @ outputs).double()
    for layer in student.taps:
        student.set_head(layer, solve(gram[layer], products[layer], ridge).T.contiguous())


class _Walk:
    """The teacher's maps of all batches, taken from layer to layer. (An `Encoder` gives none before ReLU.)"""

    def __init__(self, teacher: Mapping[str, Tensor], pictures: Iterable[Tensor], precision: torch.dtype) -> None:
        self._teacher = {name: tensor.to(precision) for name, tensor in teacher.items()}
        self._layers = [
            name.removeprefix("conv").removesuffix(".weight") for name in teacher if name.endswith(".weight")
        ]
        self._next = 0
        channels_last = torch.channels_last
        self._maps = [normalised(batch).to(precision, memory_format=channels_last) for batch in pictures]

    def before_relu(self, layer: str) -> list[Tensor]:
        """Of this layer, which must lie deeper than the one asked for before."""
        while True:
            name = self._layers[self._next]
            if self._next:
                self._maps = [F.relu(maps) for maps in self._maps]
                if name[0] != self._layers[self._next - 1][0]:
                    self._maps = [F.max_pool2d(maps, 2) for maps in self._maps]
            weight, bias = self._teacher[f"conv{name}.weight"], self._teacher[f"conv{name}.bias"]
            self._maps = [F.conv2d(maps, weight, bias, padding=1) for maps in self._maps]
            self._next += 1
            if name == layer:
                return self._maps


def _rows(maps: Tensor) -> Tensor:
    """(N, C, H, W) to (N H W, C)."""
    return maps.permute(0, 2, 3, 1).flatten(0, 2)


def _some(rows: Tensor, count: int, rng: torch.Generator) -> Tensor:
    return rows[torch.randperm(len(rows), generator=rng)[:count]]


def _relative_error(own: Sequence[Tensor], before_relu: Sequence[Tensor], chosen: list[int]) -> float:
    squares = norm = 0.0
    for maps, target in zip(own, before_relu, strict=True):
        wanted = F.relu(_rows(target[:, chosen])[::7]).float()
        squares += float((_rows(maps)[::7] - wanted).square().sum())
        norm += float(wanted.square().sum())
    return squares / norm if norm else 0.0
