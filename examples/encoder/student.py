"""The thin encoder that is taught: twelve convolutions of VGG's kind and, for each layer people ask for, a head.

A head is the linear map from the student's channels to VGG19's. It is never computed by `artgan transfer`: only its
inner product is needed there (`artgan.models.encoder.Encoder.metric`), so the student may be as thin as it is.
"""

from collections.abc import Collection, Mapping
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from artgan.io.checkpoints import save_tensors
from artgan.models.encoder import IMAGENET_MEAN, IMAGENET_STD

IMITATES = {
    "1_1": "1_1",
    "1_2": "1_2",
    "2_1": "2_1",
    "2_2": "2_2",
    "3_1": "3_1",
    "3_2": "3_2",
    "3_3": "3_4",
    "4_1": "4_1",
    "4_2": "4_2",
    "4_3": "4_4",
    "5_1": "5_1",
    "5_2": "5_2",
}
"""The student's layers in order, and the layer of VGG19 that each starts out as. Two convolutions are left out."""
TAPS = ("1_1", "2_1", "2_2", "3_1", "4_1", "4_2", "5_1", "5_2")
"""Layers with a head: those that styles and contents are compared at."""
STYLE_LAYERS = ("1_1", "2_1", "3_1", "4_1", "5_1")
CONTENT_LAYER = "4_2"


def normalised(images: Tensor) -> Tensor:
    """Pictures (N, 3, H, W) in [0, 1] as VGG was trained to see them."""
    mean, std = torch.tensor([IMAGENET_MEAN, IMAGENET_STD]).view(2, 1, 3, 1, 1)
    result: Tensor = (images - mean) / std
    return result


def parse_widths(text: str) -> dict[str, int]:
    """Channels by layer from "conv1_1,conv1_2,block2,block3,block4,block5"."""
    first, second, *blocks = (int(width) for width in text.split(","))
    if len(blocks) != 4:
        raise ValueError(f"six widths are needed, not {2 + len(blocks)}")
    by_block = dict(zip("2345", blocks, strict=True))
    return {layer: {"1_1": first, "1_2": second}.get(layer) or by_block[layer[0]] for layer in IMITATES}


class Student(nn.Module):
    """Pictures (N, 3, H, W) in [0, 1] to features of layers, {"1_1": (N, C, H, W), ...}.

    Its parameters have the names that artgan's embedded encoder is read by: `conv1_1.weight`, ..., `head1_1`, ...

    Args:
        widths: channels by layer, in order.
    """

    def __init__(self, widths: Mapping[str, int]) -> None:
        super().__init__()
        self.widths = dict(widths)
        self.taps = tuple(layer for layer in TAPS if layer in widths)
        channels = 3
        for layer, width in widths.items():
            self.add_module(f"conv{layer}", nn.Conv2d(channels, width, 3, padding=1))
            channels = width

    def convolution(self, layer: str) -> nn.Conv2d:
        module = self.get_submodule(f"conv{layer}")
        assert isinstance(module, nn.Conv2d)
        return module

    def head(self, layer: str) -> Tensor:
        """(C_teacher, C); there once it was set."""
        return self.get_parameter(f"head{layer}")

    def set_head(self, layer: str, head: Tensor) -> None:
        self.register_parameter(f"head{layer}", nn.Parameter(head))

    def metric(self, layer: str) -> Tensor:
        """What the shipped encoder will measure differences of features with, as it stands, (C, C)."""
        head = self.head(layer).detach()
        return head.T @ head

    def predict(self, layer: str, features: Tensor) -> Tensor:
        """The teacher's features that the student's, (N, C, H, W), stand for: (N, C_teacher, H, W)."""
        return F.conv2d(features, self.head(layer)[:, :, None, None])

    def forward(self, images: Tensor, layers: Collection[str] | None = None) -> dict[str, Tensor]:
        """Features of the layers, of all taps by default; nothing is computed beyond the deepest."""
        wanted = set(self.taps if layers is None else layers)
        maps, block = normalised(images).contiguous(memory_format=torch.channels_last), "1"
        features: dict[str, Tensor] = {}
        for layer in self.widths:
            if len(features) == len(wanted):
                break
            if layer[0] != block:
                maps, block = F.max_pool2d(maps, 2), layer[0]
            maps = F.relu(self.convolution(layer)(maps))
            if layer in wanted:
                features[layer] = maps
        return features


def export(path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> None:
    """Write the student's tensors as the embedded encoder is shipped, in float16."""
    save_tensors(path, {name: tensor.detach().half() for name, tensor in tensors.items()}, metadata)
