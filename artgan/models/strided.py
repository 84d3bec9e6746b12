"""Convolutions of stride 2, plain and transposed, for the ends of a GAN's networks, where the usual kernels are slow on
a CPU. The mathematics are the usual ones; a GPU gets the usual kernels.

- Between 8x8 and 4x4 the weights outnumber the places they are used at: their gradient is taken as one matrix product,
  in two thirds of the time.
- Towards the three channels of a picture a transposed convolution is one of stride 1 that draws the four pixels of each
  2x2 block as channels (Shi et al. 2016, arXiv:1609.07009), in half the time.
- A transposed convolution's bias is added behind it: the kernel that adds it itself takes several times as long.
"""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

STRIDE = 2
_SMALL_SIDE = 4
_FEW_CHANNELS = 4


def convolve(maps: Tensor, weight: Tensor, bias: Tensor | None, padding: int) -> Tensor:
    """(N, in, H, W) with weights (out, in, k, k) -> (N, out, H', W'), as `torch.nn.functional.conv2d`."""
    side = (maps.shape[-1] + 2 * padding - weight.shape[-1]) // STRIDE + 1
    if _is_end(maps, side, weight):
        dtype = computing_dtype(maps)
        return _shifted(_Convolution.apply(maps.to(dtype), weight.to(dtype), padding), bias)
    return F.conv2d(maps, weight, bias, STRIDE, padding)


def convolve_transposed(maps: Tensor, weight: Tensor, bias: Tensor | None, padding: int) -> Tensor:
    """(N, in, H, W) with weights (in, out, k, k) -> (N, out, H', W'), as `torch.nn.functional.conv_transpose2d`."""
    if _is_end(maps, maps.shape[-1], weight):
        dtype = computing_dtype(maps)
        return _shifted(_TransposedConvolution.apply(maps.to(dtype), weight.to(dtype), padding), bias)
    if maps.device.type == "cpu":
        return _shifted(F.conv_transpose2d(maps, weight, None, STRIDE, padding), bias)
    return F.conv_transpose2d(maps, weight, bias, STRIDE, padding)


# Both backward passes are made of differentiable operations, so that penalties of gradients work. A function cannot
# know that backward(inputs=...) has no use for one of its gradients: freeze the weights that need none.


class _Convolution(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, maps: Tensor, weight: Tensor, padding: int) -> Tensor:
        ctx.save_for_backward(maps, weight)
        ctx.padding = padding
        return F.conv2d(maps, weight, stride=STRIDE, padding=padding)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, Tensor | None, None]:
        maps, weight = ctx.saved_tensors
        to_maps, to_weight, _ = ctx.needs_input_grad
        return (
            _transposed(gradients[0], weight, maps.shape[-1], ctx.padding) if to_maps else None,
            _weights_gradient(maps, gradients[0], weight.shape, ctx.padding) if to_weight else None,
            None,
        )


class _TransposedConvolution(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, maps: Tensor, weight: Tensor, padding: int) -> Tensor:
        ctx.save_for_backward(maps, weight)
        ctx.padding = padding
        return _transposed(maps, weight, STRIDE * (maps.shape[-1] - 1) + weight.shape[-1] - 2 * padding, padding)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, Tensor | None, None]:
        maps, weight = ctx.saved_tensors
        to_maps, to_weight, _ = ctx.needs_input_grad
        return (
            F.conv2d(gradients[0], weight, stride=STRIDE, padding=ctx.padding) if to_maps else None,
            _weights_gradient(gradients[0], maps, weight.shape, ctx.padding) if to_weight else None,
            None,
        )


def _transposed(smaller: Tensor, weight: Tensor, side: int, padding: int) -> Tensor:
    """The transposed convolution onto a square map of this side."""
    channels_in, channels_out, kernel = weight.shape[:3]
    if channels_out > _FEW_CHANNELS:
        lacking = side + 2 * padding - kernel - STRIDE * (smaller.shape[-1] - 1)
        return F.conv_transpose2d(smaller, weight, None, STRIDE, padding, lacking)
    # Pixel 2 b + p of block b gets the kernel's rows p, p + 2, ... of the maps' rows b, b - 1, ...
    blocks = -(-kernel // STRIDE)
    lacking = STRIDE * blocks - kernel
    taps = F.pad(weight, (0, lacking, 0, lacking)).view(channels_in, channels_out, blocks, STRIDE, blocks, STRIDE)
    taps = taps.permute(1, 3, 5, 0, 2, 4).flip(4, 5).reshape(-1, channels_in, blocks, blocks)
    drawn = F.conv2d(smaller, taps.contiguous(memory_format=torch.channels_last), padding=blocks - 1)
    window = slice(padding, padding + side)
    return F.pixel_shuffle(drawn, STRIDE)[..., window, window].contiguous(memory_format=torch.channels_last)


def _weights_gradient(larger: Tensor, smaller: Tensor, shape: torch.Size, padding: int) -> Tensor:
    """The gradient of weights (channels of the smaller map, of the larger one, k, k) between two maps, one of which is
    a gradient itself: the sum over places of the smaller map times the patch of the larger one that it looks at."""
    height, width = smaller.shape[-2:]
    if height > _SMALL_SIDE:
        strides, paddings, weight = [STRIDE] * 2, [padding] * 2, larger.new_empty(1).expand(shape)
        gradient: Tensor = torch.ops.aten.convolution_backward(
            smaller, larger, weight, None, strides, paddings, [1, 1], False, [0, 0], 1, (False, True, False)
        )[1]
        return gradient
    side = shape[-1]
    padded = F.pad(larger.permute(0, 2, 3, 1), (0, 0, padding, padding, padding, padding))
    rows, columns = STRIDE * height, STRIDE * width
    patches = torch.cat(
        [padded[:, y : y + rows : STRIDE, x : x + columns : STRIDE] for y in range(side) for x in range(side)], dim=-1
    )
    product = smaller.permute(0, 2, 3, 1).flatten(0, 2).t() @ patches.flatten(0, 2)
    return product.view(len(smaller[0]), side, side, -1).permute(0, 3, 1, 2)


def _is_end(maps: Tensor, smaller_side: int, weight: Tensor) -> bool:
    square = maps.shape[-1] == maps.shape[-2]
    return maps.device.type == "cpu" and square and (smaller_side <= _SMALL_SIDE or weight.shape[1] <= _FEW_CHANNELS)


def computing_dtype(maps: Tensor) -> torch.dtype:
    """What the usual kernels of a CPU would compute in here."""
    return torch.get_autocast_dtype("cpu") if torch.is_autocast_enabled("cpu") else maps.dtype


def _shifted(maps: Tensor, bias: Tensor | None) -> Tensor:
    return maps if bias is None else maps + bias.to(maps.dtype)[:, None, None]
