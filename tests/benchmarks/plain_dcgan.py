"""The DCGAN everybody has trained: one script, ImageFolder, DataLoader, two passes of D, one of G, losses printed.

It has the structure of PyTorch's public example (two backward passes for D with a target of ones and of zeros, then G
through D; Adam 2e-4 and 0.5; weights N(0, 0.02); `.item()` for a line every step), in its float32 or under
`torch.autocast`. Nothing of artgan is in it, so that artgan is measured against what a person would use otherwise.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader
from torchvision import transforms
from torchvision.datasets import ImageFolder

SIDE, LATENT = 64, 100


class Generator(nn.Module):
    """(N, 100, 1, 1) to (N, 3, 64, 64)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.main = nn.Sequential(
            nn.ConvTranspose2d(LATENT, width * 8, 4, 1, 0, bias=False),
            nn.BatchNorm2d(width * 8),
            nn.ReLU(True),
            nn.ConvTranspose2d(width * 8, width * 4, 4, 2, 1, bias=False),
            nn.BatchNorm2d(width * 4),
            nn.ReLU(True),
            nn.ConvTranspose2d(width * 4, width * 2, 4, 2, 1, bias=False),
            nn.BatchNorm2d(width * 2),
            nn.ReLU(True),
            nn.ConvTranspose2d(width * 2, width, 4, 2, 1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(True),
            nn.ConvTranspose2d(width, 3, 4, 2, 1, bias=False),
            nn.Tanh(),
        )

    def forward(self, noise: Tensor) -> Tensor:
        images: Tensor = self.main(noise)
        return images


class Discriminator(nn.Module):
    """(N, 3, 64, 64) to logits (N,)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.main = nn.Sequential(
            nn.Conv2d(3, width, 4, 2, 1, bias=False),
            nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(width, width * 2, 4, 2, 1, bias=False),
            nn.BatchNorm2d(width * 2),
            nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(width * 2, width * 4, 4, 2, 1, bias=False),
            nn.BatchNorm2d(width * 4),
            nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(width * 4, width * 8, 4, 2, 1, bias=False),
            nn.BatchNorm2d(width * 8),
            nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(width * 8, 1, 4, 1, 0, bias=False),
        )

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.main(images)
        return logits.view(-1)


def initialise(module: nn.Module) -> None:
    """N(0, 0.02) for convolutions, N(1, 0.02) for batch norm."""
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
        nn.init.normal_(module.weight, 0.0, 0.02)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, 0.02)
        nn.init.zeros_(module.bias)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a training made, and when each of its steps ended."""

    generator: Generator
    ends: list[float]
    """`time.perf_counter()` before the first step and after each."""

    @property
    def steps(self) -> int:
        """How many."""
        return len(self.ends) - 1


def train(
    folder: Path,
    *,
    seed: int,
    autocast: bool,
    enough: Callable[[int, float], bool],
    tell: Callable[[str], None],
    width: int = 64,
    batch_size: int = 64,
    workers: int = 2,
    one_batch: bool = False,
) -> Outcome:
    """Train on a folder of folders of pictures until `enough(steps, seconds)`, on the CPU.

    `one_batch` shows the first batch again and again: the step alone, without reading.
    """
    torch.manual_seed(seed)
    shape = [transforms.Resize(SIDE), transforms.CenterCrop(SIDE)]
    values = [transforms.ToTensor(), transforms.Normalize((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))]
    pictures = ImageFolder(str(folder), transform=transforms.Compose([*shape, *values]))
    loader = DataLoader(pictures, batch_size=batch_size, shuffle=True, num_workers=workers, drop_last=True)
    generator, discriminator = Generator(width), Discriminator(width)
    generator.apply(initialise)
    discriminator.apply(initialise)
    criterion = nn.BCEWithLogitsLoss()
    optimizer_d = torch.optim.Adam(discriminator.parameters(), lr=2e-4, betas=(0.5, 0.999))
    optimizer_g = torch.optim.Adam(generator.parameters(), lr=2e-4, betas=(0.5, 0.999))

    def cast() -> AbstractContextManager[Any]:
        return torch.autocast("cpu", dtype=torch.bfloat16) if autocast else nullcontext()

    ends = [time.perf_counter()]
    for real in _batches(loader, one_batch):
        ones, zeros = torch.ones(len(real)), torch.zeros(len(real))
        discriminator.zero_grad()
        with cast():
            output = discriminator(real)
        loss_real = criterion(output.float(), ones)
        loss_real.backward()
        on_real = output.mean().item()
        with cast():
            fake = generator(torch.randn(len(real), LATENT, 1, 1))
            output = discriminator(fake.detach())
        loss_fake = criterion(output.float(), zeros)
        loss_fake.backward()
        optimizer_d.step()

        generator.zero_grad()
        with cast():
            output = discriminator(fake)
        loss_g = criterion(output.float(), ones)
        loss_g.backward()
        on_fake = output.mean().item()
        optimizer_g.step()
        ends.append(time.perf_counter())
        steps = len(ends) - 1
        loss_d = (loss_real + loss_fake).item()
        tell(f"{steps}: loss D {loss_d:.4f}, loss G {loss_g.item():.4f}, D(x) {on_real:.4f}, D(G(z)) {on_fake:.4f}")
        if enough(steps, ends[-1] - ends[0]):
            break
    return Outcome(generator=generator, ends=ends)


def _batches(loader: "DataLoader[Any]", one_batch: bool) -> Iterator[Tensor]:
    """Epoch after epoch."""
    if one_batch:
        first, _ = next(iter(loader))
        while True:
            yield first
    while True:
        for images, _ in loader:
            yield images
