"""The CycleGAN of the paper (Zhu et al. 2017, arXiv:1703.10593, sections 3 to 5, appendix 7), as everybody writes it.

Each forward pass on its own; both generators in one step of Adam, with the discriminators frozen, then the
discriminators; every network made of PyTorch's own layers; in float32 or with `torch.autocast` around forward passes.
Nothing of artgan is in it, so that artgan is measured against what a person would use otherwise.
"""

import itertools
import random
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

CYCLE, IDENTITY, POOL = 10.0, 0.5, 50


class ResnetGenerator(nn.Module):
    """c7s1-64, d128, d256, nine R256, u128, u64, c7s1-3 (appendix 7.2): (N, 3, H, W) in [-1, 1] to the same."""

    def __init__(self, width: int, blocks: int) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.ReflectionPad2d(3), nn.Conv2d(3, width, 7), nn.InstanceNorm2d(width), nn.ReLU()]
        for wide in (2 * width, 4 * width):
            layers += [nn.Conv2d(wide // 2, wide, 3, stride=2, padding=1), nn.InstanceNorm2d(wide), nn.ReLU()]
        layers += [Residual(4 * width) for _ in range(blocks)]
        for wide in (2 * width, width):
            enlarging = nn.ConvTranspose2d(2 * wide, wide, 3, stride=2, padding=1, output_padding=1)
            layers += [enlarging, nn.InstanceNorm2d(wide), nn.ReLU()]
        self.main = nn.Sequential(*layers, nn.ReflectionPad2d(3), nn.Conv2d(width, 3, 7), nn.Tanh())

    def forward(self, images: Tensor) -> Tensor:
        translated: Tensor = self.main(images)
        return translated


class Residual(nn.Module):
    """R256."""

    def __init__(self, wide: int) -> None:
        super().__init__()
        self.main = nn.Sequential(
            nn.ReflectionPad2d(1),
            nn.Conv2d(wide, wide, 3),
            nn.InstanceNorm2d(wide),
            nn.ReLU(),
            nn.ReflectionPad2d(1),
            nn.Conv2d(wide, wide, 3),
            nn.InstanceNorm2d(wide),
        )

    def forward(self, maps: Tensor) -> Tensor:
        changed: Tensor = maps + self.main(maps)
        return changed


class UnetGenerator(nn.Module):
    """The U-Net of Isola et al. 2017 (arXiv:1611.07004, appendix 6.1.1), down to one pixel, without dropout."""

    def __init__(self, size: int, width: int) -> None:
        super().__init__()
        depth = size.bit_length() - 1
        wide = [width * min(8, 2**level) for level in range(depth)]
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        for level in range(depth):
            convolution = nn.Conv2d(wide[level - 1] if level else 3, wide[level], 4, stride=2, padding=1)
            # A single pixel has no deviation to be divided by.
            normed = [nn.InstanceNorm2d(wide[level])] if 0 < level < depth - 1 else []
            self.down.append(nn.Sequential(convolution, *normed, nn.LeakyReLU(0.2)))
        for level in reversed(range(1, depth)):
            before = wide[level] * (1 if level == depth - 1 else 2)
            convolution = nn.ConvTranspose2d(before, wide[level - 1], 4, stride=2, padding=1)
            self.up.append(nn.Sequential(convolution, nn.InstanceNorm2d(wide[level - 1]), nn.ReLU()))
        self.last = nn.ConvTranspose2d(2 * width, 3, 4, stride=2, padding=1)

    def forward(self, images: Tensor) -> Tensor:
        maps, skips = images, []
        for layer in self.down:
            maps = layer(maps)
            skips.append(maps)
        for layer, skip in zip(self.up, reversed(skips[:-1]), strict=True):
            maps = torch.cat([layer(maps), skip], 1)
        return torch.tanh(self.last(maps))


class PatchDiscriminator(nn.Module):
    """C64-C128-C256-C512 and a last convolution: (N, 3, H, W) to a verdict for each patch of 70x70 pixels."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.main = nn.Sequential(
            nn.Conv2d(3, width, 4, stride=2, padding=1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(width, width * 2, 4, stride=2, padding=1),
            nn.InstanceNorm2d(width * 2),
            nn.LeakyReLU(0.2),
            nn.Conv2d(width * 2, width * 4, 4, stride=2, padding=1),
            nn.InstanceNorm2d(width * 4),
            nn.LeakyReLU(0.2),
            nn.Conv2d(width * 4, width * 8, 4, stride=1, padding=1),
            nn.InstanceNorm2d(width * 8),
            nn.LeakyReLU(0.2),
            nn.Conv2d(width * 8, 1, 4, stride=1, padding=1),
        )

    def forward(self, images: Tensor) -> Tensor:
        verdicts: Tensor = self.main(images)
        return verdicts


def initialise(module: nn.Module) -> None:
    """N(0, 0.02) for convolutions."""
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
        nn.init.normal_(module.weight, 0.0, 0.02)
        if module.bias is not None:
            nn.init.zeros_(module.bias)


class Pool:
    """The last translations, one of which is shown instead of a new one half of the time (section 4)."""

    def __init__(self) -> None:
        self.kept: list[Tensor] = []

    def __call__(self, images: Tensor) -> Tensor:
        shown = []
        for image in images.detach().split(1):
            if len(self.kept) < POOL:
                self.kept.append(image)
                shown.append(image)
            elif random.random() < 0.5:
                place = random.randrange(POOL)
                shown.append(self.kept[place])
                self.kept[place] = image
            else:
                shown.append(image)
        return torch.cat(shown)


class CycleGan:
    """Two domains x and y, G from x to y, F from y to x; on the CPU."""

    def __init__(self, generator: str, *, size: int, width: int, blocks: int, seed: int, autocast: bool) -> None:
        torch.manual_seed(seed)
        random.seed(seed)

        def build() -> nn.Module:
            return ResnetGenerator(width, blocks) if generator == "resnet" else UnetGenerator(size, width)

        self.to_y, self.to_x = build().apply(initialise), build().apply(initialise)
        self.judge_x = PatchDiscriminator(width).apply(initialise)
        self.judge_y = PatchDiscriminator(width).apply(initialise)
        self.generators = torch.optim.Adam(
            itertools.chain(self.to_y.parameters(), self.to_x.parameters()), lr=2e-4, betas=(0.5, 0.999)
        )
        self.discriminators = torch.optim.Adam(
            itertools.chain(self.judge_x.parameters(), self.judge_y.parameters()), lr=2e-4, betas=(0.5, 0.999)
        )
        self.pool_x, self.pool_y = Pool(), Pool()
        self.autocast = autocast

    def step(self, x: Tensor, y: Tensor) -> dict[str, float]:
        """Learn from a batch of either domain, (N, 3, H, W) in [-1, 1]; returns the losses."""
        _train(self.judge_x, self.judge_y, learn=False)
        self.generators.zero_grad()
        with self._cast():
            same_y, same_x = self.to_y(y), self.to_x(x)
            fake_y, fake_x = self.to_y(x), self.to_x(y)
            back_x, back_y = self.to_x(fake_y), self.to_y(fake_x)
            on_y, on_x = self.judge_y(fake_y), self.judge_x(fake_x)
        adversarial = _squares(on_y, 1.0) + _squares(on_x, 1.0)
        cycle = F.l1_loss(back_x.float(), x) + F.l1_loss(back_y.float(), y)
        identity = F.l1_loss(same_y.float(), y) + F.l1_loss(same_x.float(), x)
        (adversarial + CYCLE * cycle + CYCLE * IDENTITY * identity).backward()
        self.generators.step()

        _train(self.judge_x, self.judge_y, learn=True)
        self.discriminators.zero_grad()
        losses = {"adversarial": adversarial, "cycle": cycle, "identity": identity}
        for name, judge, real, fake in (
            ("x", self.judge_x, x, self.pool_x(fake_x)),
            ("y", self.judge_y, y, self.pool_y(fake_y)),
        ):
            with self._cast():
                on_real, on_fake = judge(real), judge(fake)
            # Half, so that discriminators learn more slowly than generators.
            loss = (_squares(on_real, 1.0) + _squares(on_fake, 0.0)) / 2
            loss.backward()
            losses[f"discriminator {name}"] = loss
        self.discriminators.step()
        return {name: loss.item() for name, loss in losses.items()}

    def _cast(self) -> AbstractContextManager[Any]:
        return torch.autocast("cpu", dtype=torch.bfloat16) if self.autocast else nullcontext()


def _squares(verdicts: Tensor, target: float) -> Tensor:
    """The least-squares loss (section 4)."""
    return F.mse_loss(verdicts.float(), torch.full(verdicts.shape, target))


def _train(*networks: nn.Module, learn: bool) -> None:
    parameters: Iterable[nn.Parameter] = itertools.chain(*(network.parameters() for network in networks))
    for parameter in parameters:
        parameter.requires_grad_(learn)
