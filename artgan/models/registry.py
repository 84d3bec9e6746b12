"""What rebuilds a shared network from its file: a small versioned description, kept in the file's metadata."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from artgan.errors import UsageError, WeightsError, did_you_mean
from artgan.io.checkpoints import load_tensors
from artgan.io.files import quoted
from artgan.models import cgan, cyclegan, dcgan, fast_style

SPEC_KEY = "artgan.spec"
"""The metadata under which a model file keeps its description, as JSON."""

Option = int | float | str | bool


@dataclass(frozen=True, kw_only=True)
class ModelSpec:
    """What a model is, as far as rebuilding and using it goes.

    Attributes:
        architecture: a key of `ARCHITECTURES`: "dcgan", "cgan", "cyclegan", "style".
        version: of the architecture; a network that computes something else from the same weights is a new version.
        options: what its builder takes: sizes, widths, kinds of layers.
        vocabulary: values by group, both in the order of the tag vector's dimensions; None without tags.
        domains: names of the picture domains in order; empty without domains.
        value_range: of the pictures that come out and go in.
    """

    architecture: str
    version: int
    options: Mapping[str, Option]
    vocabulary: Mapping[str, tuple[str, ...]] | None = None
    domains: tuple[str, ...] = ()
    value_range: str = field(default="[-1, 1]")

    def to_json(self) -> dict[str, Any]:
        """An object for JSON; `from_json` takes it back."""
        groups = None if self.vocabulary is None else {name: list(values) for name, values in self.vocabulary.items()}
        return {
            "architecture": self.architecture,
            "version": self.version,
            "options": dict(self.options),
            "vocabulary": groups,
            "domains": list(self.domains),
            "value_range": self.value_range,
        }

    @classmethod
    def from_json(cls, value: Any) -> "ModelSpec":
        """The reverse of `to_json`; what a newer artgan adds beside the known keys is passed over.

        Raises:
            WeightsError: it is no such object.
        """
        try:
            groups = value.get("vocabulary")
            vocabulary = None if groups is None else {str(name): tuple(map(str, groups[name])) for name in groups}
            return cls(
                architecture=str(value["architecture"]),
                version=int(value["version"]),
                options=dict(value["options"]),
                vocabulary=vocabulary,
                domains=tuple(map(str, value.get("domains", ()))),
                value_range=str(value["value_range"]),
            )
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise WeightsError("the description of the model is damaged") from error


@dataclass(frozen=True)
class Architecture:
    """How networks of one kind are built: its newest version, and a function from a description to them."""

    version: int
    build: Callable[[ModelSpec], dict[str, nn.Module]]


def _dcgan(spec: ModelSpec) -> dict[str, nn.Module]:
    return {"generator": dcgan.Generator(**_options(spec))}


def _cgan(spec: ModelSpec) -> dict[str, nn.Module]:
    tags = sum(len(values) for values in (spec.vocabulary or {}).values())
    return {"generator": cgan.Generator(tags=tags, **_options(spec))}


def _cyclegan(spec: ModelSpec) -> dict[str, nn.Module]:
    return dict(cyclegan.build_generators(spec.domains, **_options(spec)))


def _style(spec: ModelSpec) -> dict[str, nn.Module]:
    return {"painter": fast_style.FastStyle(**_options(spec))}


ARCHITECTURES: Mapping[str, Architecture] = {
    "dcgan": Architecture(1, _dcgan),
    "cgan": Architecture(1, _cgan),
    "cyclegan": Architecture(1, _cyclegan),
    "style": Architecture(1, _style),
}


def build(spec: ModelSpec) -> dict[str, nn.Module]:
    """The networks of a description by name, freshly initialised, in evaluation mode.

    Raises:
        WeightsError: the architecture or its version is unknown to this artgan, or the options are not its own.
    """
    architecture = ARCHITECTURES.get(spec.architecture)
    if architecture is None:
        hint = did_you_mean(spec.architecture, ARCHITECTURES) or " A newer artgan may know it."
        raise WeightsError(f"unknown kind of model '{spec.architecture}'.{hint}")
    if spec.version > architecture.version:
        raise WeightsError(
            f"the model is version {spec.version} of {spec.architecture}, this artgan knows versions up to "
            f"{architecture.version}: update artgan"
        )
    try:
        networks = architecture.build(spec)
    except (TypeError, ValueError, RuntimeError, UsageError) as error:
        what = " ".join(str(error).split())[:200]  # PyTorch's are long
        raise WeightsError(f"the description of the {spec.architecture} model is damaged: {what}") from error
    return {name: network.eval() for name, network in networks.items()}


def load(path: Path) -> tuple[ModelSpec, dict[str, nn.Module]]:
    """The description and the networks of a model file, on the CPU, in float32 and evaluation mode.

    Raises:
        WeightsError: the file is missing, damaged or no model, or its tensors are not those of its description.
    """
    tensors, metadata = load_tensors(path)
    if SPEC_KEY not in metadata:
        raise WeightsError(f"{quoted(path)} is no model of artgan's: it has no '{SPEC_KEY}' in its metadata")
    try:
        spec = ModelSpec.from_json(json.loads(metadata[SPEC_KEY]))
        networks = build(spec)
        _fill(networks, tensors)
    except ValueError as error:
        raise WeightsError(f"cannot load {quoted(path)}: the description of the model is damaged") from error
    except WeightsError as error:
        raise WeightsError(f"cannot load {quoted(path)}: {error}") from error
    return spec, networks


def _fill(networks: Mapping[str, nn.Module], tensors: Mapping[str, Tensor]) -> None:
    """Copy tensors named NETWORK.PARAMETER into the networks: all of them, no others, of the right shapes."""
    wanted = {f"{name}.{key}": own for name, network in networks.items() for key, own in network.state_dict().items()}
    for name, own in wanted.items():
        if name not in tensors:
            raise WeightsError(f"the tensor {name} is missing")
        if tensors[name].shape != own.shape:
            found, needed = ("x".join(map(str, tensor.shape)) for tensor in (tensors[name], own))
            raise WeightsError(f"the tensor {name} is {found or 'a number'}; it must be {needed or 'a number'}")
    if foreign := sorted(tensors.keys() - wanted.keys()):
        raise WeightsError(f"there is a tensor too many: {foreign[0]}")
    for name, own in wanted.items():
        own.copy_(tensors[name])


def _options(spec: ModelSpec) -> dict[str, Any]:
    return dict(spec.options)
