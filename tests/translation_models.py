"""CycleGANs for tests: random weights, strong enough that the picture changes, in files as training shares them."""

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import nn

from artgan.models.registry import ModelSpec, build
from artgan.training.runs import save_model


def randomised(network: nn.Module, seed: int = 0) -> nn.Module:
    with torch.no_grad():
        for number, parameter in enumerate(network.parameters()):
            random = torch.Generator().manual_seed(1000 * seed + number)
            parameter.normal_(0.0, 0.2 if parameter.ndim > 1 else 0.05, generator=random)
    return network.eval()


def write_model(
    path: Path, domains: Sequence[str], *, seed: int = 0, hub: str | None = None, generator: str = "resnet"
) -> Path:
    """A model of two domains, or of several around a hub; ResNets of width 4, or U-Nets of 16 px."""
    options: dict[str, int | str] = {"generator": generator, "size": 16, "width": 4, "blocks": 1}
    if hub is not None:
        options["hub"] = hub
    spec = ModelSpec(architecture="cyclegan", version=1, options=options, domains=tuple(domains))
    networks = {name: randomised(network, seed + number) for number, (name, network) in enumerate(build(spec).items())}
    path.parent.mkdir(parents=True, exist_ok=True)
    save_model(path, spec, networks, {"data": list(domains), "step": 3})
    return path


def write_run(folder: Path, domains: Sequence[str], *, seed: int = 0) -> Path:
    """A run's folder with such a model."""
    write_model(folder / "model.safetensors", domains, seed=seed)
    (folder / "config.json").write_text("{}")
    return folder
