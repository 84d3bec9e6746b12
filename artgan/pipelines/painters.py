"""Painters in one pass by name, and whether one is to paint: `artgan transfer --painter` and `--method`."""

from dataclasses import dataclass, replace
from typing import Any

import torch

from artgan.config.transfer import OF_OPTIMISING, TransferConfig
from artgan.errors import WeightsError
from artgan.io.files import quoted
from artgan.io.shipped import PAINTER
from artgan.models.encoder import Encoder
from artgan.models.encoder_weights import load_encoder, on_disk
from artgan.models.fast_style import FastStyle
from artgan.models.registry import ModelSpec, load
from artgan.pipelines.modelfiles import ModelFile, locate
from artgan.pipelines.recall import Earlier
from artgan.pipelines.stylefiles import is_style_file


@dataclass(frozen=True, kw_only=True)
class OnePass:
    """A painter's network on its device, the encoder it sees through, and the file."""

    file: ModelFile
    network: FastStyle
    eyes: Encoder
    sha256: str

    def record(self, earlier: Earlier | None) -> dict[str, Any]:
        """How receipts name it; `earlier` is what is painted again."""
        then = {} if earlier is None else earlier.records.get(self.sha256, {})
        return {"file": then.get("file", self.file.recorded), "sha256": self.sha256}


def decided(config: TransferConfig) -> TransferConfig:
    """The same painting in styles with `auto` replaced by what it comes to.

    A painter that is named paints. The built-in one does where VGG19 is not on disk, unless something is wanted that
    only optimising can do: whoever turns a knob of optimising wants to see what it does.
    """
    if config.method != "auto":
        return config
    return replace(config, method="fast" if _paints_fast(config) else "optimize")


def _paints_fast(config: TransferConfig) -> bool:
    if config.painter is not None:
        return config.fast_by_name(config.init)
    if on_disk("vgg19") or config.only_optimised(OF_OPTIMISING, {axis.field for axis in config.axes}):
        return False
    return not any(style.layers is not None or is_style_file(style.name) for style in config.styles)


def open_painter(config: TransferConfig, device: torch.device, precision: torch.dtype) -> OnePass:
    """The painter that the options name, else the built-in one.

    Raises:
        WeightsError: it is missing, damaged, no painter, or was trained with another encoder.
    """
    file = locate(config.painter or PAINTER)
    eyes = load_encoder("embedded", precision=precision, device=device)
    _, network = painter_of(file, eyes)
    network.to(device).to(memory_format=torch.channels_last)
    return OnePass(file=file, network=network, eyes=eyes, sha256=file.sha256())


def painter_of(file: ModelFile, eyes: Encoder) -> tuple[ModelSpec, FastStyle]:
    """The painter of a file, on the CPU, and its description.

    Raises:
        WeightsError: it is missing, damaged, no painter, or was trained with another encoder than these eyes.
    """
    spec, networks = load(file.path)
    network = networks.get("painter")
    if not isinstance(network, FastStyle):
        raise WeightsError(f"{quoted(file.path)} is no painter but a {spec.architecture}: artgan train style makes one")
    if network.encoder != eyes.sha256:
        raise WeightsError(
            f"{quoted(file.path)} was trained with another encoder ({network.encoder[:12]}...) than the one that comes "
            f"with this artgan ({eyes.sha256[:12]}...): train it again"
        )
    return spec, network
