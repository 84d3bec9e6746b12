"""Neural style transfer as everybody writes it: PyTorch's own layers, autograd, float32, L-BFGS from the content.

Gatys, Ecker and Bethge (CVPR 2016) on VGG19 at one size. It minimises the objective of `artgan transfer`, with its
default options, so that both can be judged by one loss; nothing of artgan is in it, so that artgan is measured against
what a person would use otherwise.
"""

from collections.abc import Iterator, Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional as F

BLOCKS = (2, 2, 4, 4, 1)
"""Convolutions in each block, to relu5_1."""
CONTENT = {"relu3_1": 0.2, "relu4_2": 0.8}
STYLE = dict.fromkeys(("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1"), 0.2)
CONTENT_WEIGHT, SMOOTHNESS = 0.05, 0.2
SCALE = 1e3
"""Of the loss, whose gradients would else be too small for L-BFGS's first step."""
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class Vgg19(nn.Module):
    """VGG19 to relu5_1, from torchvision's tensors ("features.0.weight", ...): pictures in [0, 1] to features."""

    def __init__(self, weights: Mapping[str, Tensor]) -> None:
        super().__init__()
        self.layers = nn.ModuleList()
        self.names: list[str | None] = []
        channels = 3
        for block, count in enumerate(BLOCKS, start=1):
            for number in range(1, count + 1):
                key = f"features.{len(self.layers)}"
                wide = len(weights[f"{key}.weight"])
                # The edge of the picture is repeated, as artgan does, for the same loss.
                padding = "replicate" if channels == 3 else "zeros"
                convolution = nn.Conv2d(channels, wide, 3, padding=1, padding_mode=padding)
                convolution.load_state_dict({part: weights[f"{key}.{part}"].float() for part in ("weight", "bias")})
                self.layers += [convolution, nn.ReLU()]
                self.names += [None, f"relu{block}_{number}"]
                channels = wide
            self.layers.append(nn.MaxPool2d(2))
            self.names.append(None)
        self.requires_grad_(False)
        self.register_buffer("mean", torch.tensor(MEAN).view(3, 1, 1))
        self.register_buffer("std", torch.tensor(STD).view(3, 1, 1))

    def forward(self, images: Tensor) -> dict[str, Tensor]:
        features = {}
        maps = (images - self.mean) / self.std
        for layer, name in zip(self.layers[:-1], self.names, strict=False):
            maps = layer(maps)
            if name is not None:
                features[name] = maps
        return features


def gram(features: Tensor) -> Tensor:
    """(1, C, H, W) -> (C, C)."""
    flat = features[0].flatten(1)
    return flat @ flat.T / flat.shape[1]


class Loss(nn.Module):
    """How far a picture is from the features of a content and the Gram matrices of a style, relative to theirs."""

    def __init__(self, vgg: Vgg19, content: Tensor, style: Tensor) -> None:
        super().__init__()
        self.vgg = vgg
        with torch.no_grad():
            self.content = vgg(content)
            self.style = {name: gram(features) for name, features in vgg(style).items() if name in STYLE}

    def forward(self, picture: Tensor) -> Tensor:
        features = self.vgg(picture)
        loss = torch.zeros(())
        for name, weight in CONTENT.items():
            loss = loss + CONTENT_WEIGHT * weight * relative(features[name], self.content[name])
        for name, weight in STYLE.items():
            loss = loss + weight * relative(gram(features[name]), self.style[name])
        down, right = picture.diff(dim=2), picture.diff(dim=3)
        return loss + SMOOTHNESS * (down.square().mean() + right.square().mean())


def relative(found: Tensor, wanted: Tensor) -> Tensor:
    return F.mse_loss(found, wanted, reduction="sum") / wanted.square().sum()


def descend(loss: Loss, content: Tensor) -> Iterator[Tensor]:
    """L-BFGS from the content; yields the picture after each step, without end."""
    picture = content.clone().requires_grad_(True)
    # One iteration a call, so that steps can be counted; more a call take the same way.
    optimizer = torch.optim.LBFGS([picture], max_iter=1, tolerance_grad=0, tolerance_change=0)

    def closure() -> float:
        optimizer.zero_grad()
        value = SCALE * loss(picture)
        value.backward()
        return value.item()

    while True:
        optimizer.step(closure)
        yield picture.detach()
