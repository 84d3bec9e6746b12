"""How a picture passes through an encoder, and the gradient back to it: the hot loop of style transfer.

Autograd could do this. Written by hand it is faster, because a frozen network needs less than autograd prepares for:

- The gradient of a 3x3 convolution to its input is again a 3x3 convolution, with the kernel turned by 180 degrees and
  its channels swapped. That kernel is prepared once, and on CPUs both are kept in oneDNN's own layout, which plain
  calls work out anew each time, and the ReLU is part of the convolution.
- Gradients are masked and added in place instead of into new memory.
- The gradient that comes down to a max pooling is masked by its ReLU before it is spread, on a quarter of the pixels:
  the largest of four values is zero exactly where its own ReLU is. So the map before the pooling is not kept either.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

Pooling = Literal["max", "average"]

# torch's operators come without types.
_aten: Any = torch.ops.aten
_mkldnn: Any = torch.ops.mkldnn
_nn: Any = torch._C._nn


class Convolution:
    """A frozen 3x3 convolution with its ReLU; keeps the size of the picture.

    Args:
        weight: (C_out, C_in, 3, 3), on the device and in the type it computes in.
        bias: (C_out,), likewise.
        replicate: pad by repeating the edge instead of with zeros.
    """

    def __init__(self, weight: Tensor, bias: Tensor, *, replicate: bool = False) -> None:
        self.out_channels = weight.shape[0]
        turned = weight.flip(2, 3).transpose(0, 1)
        self._bias = bias.detach()
        self._replicate = replicate
        self._packed = _packs(weight)
        self._weight = _pack(weight) if self._packed else weight.detach().contiguous(memory_format=torch.channels_last)
        self._turned = _pack(turned) if self._packed else turned.detach().contiguous(memory_format=torch.channels_last)

    def forward(self, images: Tensor) -> Tensor:
        """(N, C_in, H, W) -> ReLU of the convolution, (N, C_out, H, W)."""
        padding = 1
        if self._replicate:
            images, padding = F.pad(images, (1, 1, 1, 1), mode="replicate"), 0
        if self._packed:
            return _packed_convolution(images, self._weight, self._bias, padding, "relu")
        return F.conv2d(images, self._weight, self._bias, padding=padding).relu_()

    def gradient(self, gradient: Tensor) -> Tensor:
        """The gradient to the convolution's input from the one to its output before the ReLU."""
        padding = 2 if self._replicate else 1
        if self._packed:
            spread = _packed_convolution(gradient, self._turned, None, padding, "none")
        else:
            spread = F.conv2d(gradient, self._turned, padding=padding)
        return _fold_border(spread) if self._replicate else spread


@dataclass(frozen=True)
class Stage:
    """One convolution of the stack, and whether its input is pooled first."""

    layer: str
    convolution: Convolution
    pool_before: bool


def encode(images: Tensor, stages: Sequence[Stage], wanted: Sequence[int], pooling: Pooling) -> tuple[Tensor, ...]:
    """Runs normalised pictures (N, 3, H, W) through the stages; returns the features after the wanted ones."""
    features: tuple[Tensor, ...] = _Encode.apply(images, stages, wanted, pooling)
    return features


class _Encode(torch.autograd.Function):
    """The whole stack as one differentiable function of the pictures."""

    @staticmethod
    def forward(
        ctx: Any, images: Tensor, stages: Sequence[Stage], wanted: Sequence[int], pooling: Pooling
    ) -> tuple[Tensor, ...]:
        differentiable = ctx.needs_input_grad[0]
        features: list[Tensor] = []
        inputs: list[torch.Size] = []
        masks: list[Tensor] = []  # per stage, positive where the gradient that comes down to it may pass its ReLU
        indices: list[Tensor | None] = []  # per stage, where the maxima of the pooling before it lay
        maps = images
        for position, stage in enumerate(stages):
            inputs.append(maps.shape)
            maxima: Tensor | None = None
            if stage.pool_before and pooling == "max":
                maps, maxima = _aten.max_pool2d_with_indices(maps, [2, 2], [2, 2])
                if differentiable:
                    masks[-1] = maps
            elif stage.pool_before:
                maps = F.avg_pool2d(maps, 2)
            maps = stage.convolution.forward(maps)
            if position in wanted:
                features.append(maps)
            if differentiable:
                masks.append(maps)
                indices.append(maxima)
        if differentiable:
            ctx.stages, ctx.wanted, ctx.inputs = stages, wanted, inputs
            ctx.set_materialize_grads(False)
            ctx.save_for_backward(*masks, *indices, *features)
        return tuple(features)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor | None) -> tuple[Tensor | None, None, None, None]:
        depth = len(ctx.stages)
        masks, indices, features = (
            ctx.saved_tensors[:depth],
            ctx.saved_tensors[depth : 2 * depth],
            dict(zip(ctx.wanted, ctx.saved_tensors[2 * depth :], strict=True)),
        )
        from_losses = dict(zip(ctx.wanted, gradients, strict=True))
        gradient: Tensor | None = None  # to the output of the stage at hand, before its ReLU; ours to write in
        for position in reversed(range(depth)):
            from_loss = from_losses.get(position)
            if from_loss is not None:
                from_loss = _aten.threshold_backward(_channels_last(from_loss), features[position], 0)
                gradient = from_loss if gradient is None else gradient.add_(from_loss)
            if gradient is None:
                continue
            gradient = ctx.stages[position].convolution.gradient(gradient)
            if position == 0:
                break
            below, maxima = masks[position - 1], indices[position]
            if maxima is not None:
                _aten.threshold_backward.grad_input(gradient, below, 0, grad_input=gradient)
                gradient = _unpool_maxima(gradient, ctx.inputs[position], maxima)
                continue
            if ctx.stages[position].pool_before:
                gradient = _aten.avg_pool2d_backward(gradient, below, [2, 2], [2, 2], [0, 0], False, True, None)
            _aten.threshold_backward.grad_input(gradient, below, 0, grad_input=gradient)
        return gradient, None, None, None


def _channels_last(maps: Tensor) -> Tensor:
    return maps.contiguous(memory_format=torch.channels_last)


def _unpool_maxima(gradient: Tensor, size: torch.Size, maxima: Tensor) -> Tensor:
    """The gradient to the input of a 2x2 max pooling: each value goes to where the largest of four was."""
    # Only its shape and layout are read.
    like_input = torch.empty(size, dtype=gradient.dtype, device=gradient.device, memory_format=torch.channels_last)
    spread: Tensor = _aten.max_pool2d_with_indices_backward(
        gradient, like_input, [2, 2], [2, 2], [0, 0], [1, 1], False, maxima
    )
    return spread


def _fold_border(gradient: Tensor) -> Tensor:
    """The gradient to a picture from the one to the picture with its edge repeated once around."""
    inner = gradient[..., 1:-1, 1:-1]  # only its shape is read
    folded: Tensor = _aten.replication_pad2d_backward(gradient, inner, [1, 1, 1, 1])
    return folded


def _packs(weight: Tensor) -> bool:
    """Whether oneDNN can keep the weight in its own layout: on CPUs, in types it computes in there."""
    # Internal to torch (its compiler lives on them): where a version lacks one, the plain calls do the work.
    if weight.device.type != "cpu" or not torch._C._has_mkldnn or not hasattr(_mkldnn, "_convolution_pointwise"):
        return False
    if weight.dtype == torch.bfloat16:
        return bool(_mkldnn._is_mkldnn_bf16_supported())
    return weight.dtype == torch.float32


def _pack(weight: Tensor) -> Tensor:
    # The size of the picture is a hint for the layout only; oneDNN reorders should another suit it better.
    size = [1, weight.shape[1], 64, 64]
    packed: Tensor = _nn.mkldnn_reorder_conv2d_weight(weight.detach().to_mkldnn(), [1, 1], [1, 1], [1, 1], 1, size)
    return packed


def _packed_convolution(
    maps: Tensor, weight: Tensor, bias: Tensor | None, padding: int, activation: Literal["relu", "none"]
) -> Tensor:
    both = [padding, padding]
    result: Tensor = _mkldnn._convolution_pointwise(maps, weight, bias, both, [1, 1], [1, 1], 1, activation, [], "")
    return result
