"""Trained CycleGANs by name: found, loaded once, and ready to translate in a direction."""

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn

from artgan.models.registry import ModelSpec, load
from artgan.painting.routes import choose, directions
from artgan.painting.translate import Tiling, Translator
from artgan.pipelines.modelfiles import ModelFile, locate


@dataclass(frozen=True, kw_only=True)
class Model:
    """A model file and what is in it."""

    file: ModelFile
    spec: ModelSpec
    networks: dict[str, nn.Module]
    sha256: str

    def way(self, to: str | None, *, source: str | None = None, typed: str = "--to ") -> str:
        """The name of the generator to take; the arguments and errors are those of `artgan.painting.routes.choose`."""
        return choose(directions(self.spec), to, model=self.file.name, source=source, typed=typed)

    def record(self) -> dict[str, Any]:
        """How receipts name it."""
        return {"file": self.file.recorded, "sha256": self.sha256}


@dataclass(frozen=True, kw_only=True)
class Translators:
    """Models and translators on a device, each made once.

    `max_memory` and `tiling` are as in `artgan.painting.translate.Translator`.
    """

    device: torch.device
    precision: torch.dtype
    tiling: Tiling = "auto"
    max_memory: float | None = None
    _models: dict[str, Model] = field(default_factory=dict)
    _made: dict[tuple[str, str], Translator] = field(default_factory=dict)

    def model(self, name: str) -> Model:
        """The model of a file, run folder or built-in's name. Raises WeightsError when it is missing or damaged."""
        if name not in self._models:
            file = locate(name)
            spec, networks = load(file.path)
            self._models[name] = Model(file=file, spec=spec, networks=networks, sha256=file.sha256())
        return self._models[name]

    def translator(self, name: str, way: str) -> Translator:
        """The one for a direction of a model. Raises UsageError when it cannot be tiled as asked for."""
        if (name, way) not in self._made:
            self._made[name, way] = Translator(
                self.model(name).networks[way],
                device=self.device,
                precision=self.precision,
                tiling=self.tiling,
                max_memory=self.max_memory,
            )
        return self._made[name, way]
