"""Encoders: the frozen perceptual networks of style transfer, up to the deepest layer wanted and no further.

An `Encoder` is a stack of 3x3 convolutions, each with a ReLU, in blocks with 2x2 pooling between them: the
convolutional part of VGG16 or VGG19 (Simonyan & Zisserman 2015), or a thinner network trained to predict VGG19's
features. Where the weights come from is `encoder_weights`; how a gradient passes is `encoder_passes`.
"""

import re
from collections.abc import Callable, Collection, Mapping
from typing import Literal, Self

import torch
from torch import Tensor, nn

from artgan.errors import UsageError, WeightsError, did_you_mean
from artgan.models.encoder_passes import Convolution, Pooling, Stage, encode

Border = Literal["replicate", "zeros"]

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)

_CONVOLUTION = re.compile(r"conv(\d+_\d+)\.weight")


class Encoder(nn.Module):
    """Pictures in, features of named layers out. Frozen: a gradient reaches the picture and nothing else.

    Args:
        tensors: `conv1_1.weight` (C_out, C_in, 3, 3), `conv1_1.bias` (C_out,), `conv1_2.weight`, ... in any floating
            type, and, for an encoder that stands for another, `head1_1` (C_vgg, C): the linear map from its own
            features of a layer to those of the network it stands for. With heads, only layers that have one can be
            asked for.
        name: what it is called in messages and metadata: "vgg19", "vgg16", "embedded".
        pooling: "max" as VGG was trained, or "average", smoother to optimise through (Gatys et al. 2016, section 2).
            Like Gatys, the average is not rescaled: deeper features come out smaller than with "max".
        border: padding of the first convolution. "replicate" repeats the picture's edge, which leaves no frame of
            false edges in the features; "zeros" is how VGG was trained. Deeper convolutions always pad with zeros.
        precision: the type of the weights, the arithmetic and the features: float32 or bfloat16.
        sha256: of the file the weights were read from, for metadata; "" when there is no file.

    Raises:
        WeightsError: the tensors are no such stack.
    """

    def __init__(
        self,
        tensors: Mapping[str, Tensor],
        *,
        name: str,
        pooling: Pooling = "max",
        border: Border = "replicate",
        precision: torch.dtype = torch.float32,
        device: torch.device | None = None,
        sha256: str = "",
    ) -> None:
        super().__init__()
        self.name = name
        self.sha256 = sha256
        self.pooling: Pooling = pooling
        self.precision = precision
        self._stages = _stages(tensors, border, precision, device or torch.device("cpu"))
        heads = {key.removeprefix("head"): head for key, head in tensors.items() if key.startswith("head")}
        self.layers: tuple[str, ...] = tuple(
            stage.layer for stage in self._stages if not heads or stage.layer.removeprefix("relu") in heads
        )
        self.channels: dict[str, int] = {}
        self.strides: dict[str, int] = {}
        self._metrics: dict[str, Tensor] = {}
        self.plan: tuple[tuple[str, bool], ...] = tuple((stage.layer, stage.pool_before) for stage in self._stages)
        """Every convolution in order, by its layer, and whether its input is pooled first."""
        self._position = {stage.layer: position for position, stage in enumerate(self._stages)}
        stride = 1
        for stage in self._stages:
            stride *= 2 if stage.pool_before else 1
            if stage.layer not in self.layers:
                continue
            self.strides[stage.layer] = stride
            head = heads.get(stage.layer.removeprefix("relu"))
            own_channels = stage.convolution.out_channels
            if head is None:
                self.channels[stage.layer] = own_channels
                continue
            if head.ndim != 2 or head.shape[1] != own_channels:
                shape = "x".join(map(str, head.shape))
                raise WeightsError(f"the head of {stage.layer} is {shape}; it must be (any)x{own_channels}")
            self.channels[stage.layer] = head.shape[0]
            wide = head.to(device=device, dtype=torch.float32)
            self._metrics[stage.layer] = wide.T @ wide
        statistics = torch.tensor([IMAGENET_MEAN, IMAGENET_STD], device=device)
        self._mean, self._std = statistics.view(2, 1, 3, 1, 1)

    def forward(self, images: Tensor, layers: Collection[str]) -> dict[str, Tensor]:
        """Features of the layers asked for, in the order of depth.

        Args:
            images: (N, 3, H, W) RGB in [0, 1], on the encoder's device, in any floating type.
            layers: names out of `self.layers`; nothing is computed beyond the deepest.

        Returns:
            For each layer (N, C, H / stride, W / stride), rounded down, at least 0, in `self.precision`. They take
            part in one backward pass and must not be changed in place before it.

        Raises:
            UsageError: an unknown layer, or pictures smaller than `minimum_size(layers)`.
        """
        self._check(layers)
        if not layers:
            return {}
        smallest = self.minimum_size(layers)
        if min(images.shape[-2:]) < smallest:
            height, width = images.shape[-2:]
            raise UsageError(
                f"a picture of {width}x{height} px is too small for {self._deepest(layers)}: "
                f"both sides must be at least {smallest} px"
            )
        wanted = sorted(self._position[layer] for layer in set(layers))
        normalised = ((images - self._mean) / self._std).to(self.precision, memory_format=torch.channels_last)
        features = encode(normalised, self._stages[: wanted[-1] + 1], wanted, self.pooling)
        return {self._stages[position].layer: feature for position, feature in zip(wanted, features, strict=True)}

    def minimum_size(self, layers: Collection[str]) -> int:
        """The smallest side, in px, that leaves the deepest of the layers one pixel."""
        self._check(layers)
        return max((self.strides[layer] for layer in layers), default=1)

    def own_channels(self, layer: str) -> int:
        """Channels of the features of a layer, which are fewer than its nominal ones where there is a metric."""
        self._check((layer,))
        return self._stages[self._position[layer]].convolution.out_channels

    def kept_bytes(self, layers: Collection[str]) -> float:
        """Bytes for each pixel of a picture that a pass keeps for its gradient, up to the deepest of the layers."""
        self._check(layers)
        depth = max((self._position[layer] for layer in layers), default=-1) + 1
        size = self.precision.itemsize
        kept, area = 0.0, 1.0
        for position, stage in enumerate(self._stages[:depth]):
            channels = stage.convolution.out_channels
            pooled_next = position + 1 < depth and self._stages[position + 1].pool_before
            area /= 4 if stage.pool_before else 1
            if not pooled_next or stage.layer in layers:
                kept += channels * size * area
            if pooled_next:  # the pooled map, and where the maxima lay
                kept += channels * (size + 8) * area / 4
        return kept

    def metric(self, layer: str) -> Tensor | None:
        """The inner product in which this encoder's features measure like those it stands for.

        M = W^T W with W the layer's head, symmetric positive semi-definite (C, C), float32. With d a difference of
        features and D a difference of Gram matrices, d^T M d and tr(M D M D) are the squared distances between the
        predicted features and between their Gram matrices. None when the features are the real ones.
        """
        self._check((layer,))
        return self._metrics.get(layer)

    def _apply(self, fn: Callable[..., Tensor], recurse: bool = True) -> Self:
        """Called by `to`, `cuda`, `float`, ...: weights in the processor's own layout cannot follow."""
        raise TypeError("an Encoder stays where it was made: pass device and precision to its constructor")

    def _deepest(self, layers: Collection[str]) -> str:
        return max(layers, key=lambda layer: self._position[layer])

    def _check(self, layers: Collection[str]) -> None:
        for layer in layers:
            if layer not in self.layers:
                raise UsageError(
                    f"encoder {self.name} has no layer '{layer}'; it has {', '.join(self.layers)}."
                    + did_you_mean(layer, self.layers)
                )


def _stages(
    tensors: Mapping[str, Tensor], border: Border, precision: torch.dtype, device: torch.device
) -> tuple[Stage, ...]:
    """The stack in order, with the shapes checked: every convolution 3x3, each fitting on the one before."""
    found = (_CONVOLUTION.fullmatch(key) for key in tensors)
    numbers = sorted(tuple(map(int, match[1].split("_"))) for match in found if match)
    stages: list[Stage] = []
    channels, block = 3, 1
    for number in numbers:
        name = "{}_{}".format(*number)
        weight, bias = tensors[f"conv{name}.weight"], tensors.get(f"conv{name}.bias")
        if tuple(weight.shape[1:]) != (channels, 3, 3) or bias is None or bias.shape != weight.shape[:1]:
            raise WeightsError(
                f"conv{name} does not fit: its weight must be (any)x{channels}x3x3, with a bias of that many values"
            )
        convolution = Convolution(
            weight.to(device=device, dtype=precision),
            bias.to(device=device, dtype=precision),
            replicate=border == "replicate" and not stages,
        )
        stages.append(Stage(f"relu{name}", convolution, pool_before=number[0] != block))
        channels, block = weight.shape[0], number[0]
    if not stages:
        raise WeightsError("there is no convolution among the tensors")
    return tuple(stages)
