"""Painters in one pass by name: `artgan transfer --painter`."""

from dataclasses import dataclass
from typing import Any

import torch

from artgan.config.transfer import TransferConfig
from artgan.errors import UsageError, WeightsError
from artgan.io.files import quoted
from artgan.models.encoder import Encoder
from artgan.models.encoder_weights import load_encoder
from artgan.models.fast_style import FastStyle
from artgan.models.registry import load
from artgan.pipelines.modelfiles import ModelFile, locate


@dataclass(frozen=True, kw_only=True)
class OnePass:
    """A painter's network on its device, the encoder it sees through, and the file."""

    file: ModelFile
    network: FastStyle
    eyes: Encoder
    sha256: str

    def record(self) -> dict[str, Any]:
        """How receipts name it."""
        return {"file": self.file.recorded, "sha256": self.sha256}


def open_painter(config: TransferConfig, device: torch.device, precision: torch.dtype) -> OnePass:
    """The painter that the options name.

    Raises:
        UsageError: none is named.
        WeightsError: it is missing, damaged, no painter, or was trained with another encoder.
    """
    if config.painter is None:
        raise UsageError("no painter: name one with --painter; artgan train style CONTENT STYLE makes one")
    file = locate(config.painter)
    spec, networks = load(file.path)
    network = networks.get("painter")
    if not isinstance(network, FastStyle):
        raise WeightsError(f"{quoted(file.path)} is no painter but a {spec.architecture}: artgan train style makes one")
    eyes = load_encoder("embedded", precision=precision, device=device)
    if network.encoder != eyes.sha256:
        raise WeightsError(
            f"{quoted(file.path)} was trained with another encoder ({network.encoder[:12]}...) than the one that comes "
            f"with this artgan ({eyes.sha256[:12]}...): train it again"
        )
    network.to(device).to(memory_format=torch.channels_last)
    return OnePass(file=file, network=network, eyes=eyes, sha256=file.sha256())
