"""Networks and optimizers at the start of a run, drawn from its seed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import torch
from torch import nn

from artgan.models.layers import TrainableNetwork
from artgan.training.seeds import derived, generator

Network = TypeVar("Network", bound=TrainableNetwork)


def drawn(build: Callable[[], Network], seed: int, name: str, device: torch.device) -> Network:
    """A network with the first weights of this seed and name, on the device, channels last in memory, which bfloat16
    convolutions like best."""
    with torch.random.fork_rng(devices=[]):
        # What layers draw by themselves when they are made comes from PyTorch's own generator.
        torch.default_generator.manual_seed(derived(seed, "layers", name))
        network = build()
    network.initialise(generator(seed, "weights", name))
    network.to(device)
    network.to(memory_format=torch.channels_last)
    return network


def adam(network: nn.Module, learning_rate: float, betas: tuple[float, float]) -> torch.optim.Adam:
    """Adam in one pass over all parameters, on every device."""
    return torch.optim.Adam(network.parameters(), lr=learning_rate, betas=betas, fused=True)


@contextmanager
def frozen(network: nn.Module) -> Iterator[None]:
    """Forward passes inside leave out what only gradients of this network's weights would need."""
    trained = [parameter for parameter in network.parameters() if parameter.requires_grad]
    for parameter in trained:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter in trained:
            parameter.requires_grad_(True)
