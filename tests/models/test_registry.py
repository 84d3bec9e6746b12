"""Models through a file and back; what is not a model is refused in one line."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from artgan.errors import WeightsError
from artgan.io.checkpoints import save_tensors
from artgan.models.registry import SPEC_KEY, ModelSpec, build, load

DCGAN = ModelSpec(
    architecture="dcgan",
    version=1,
    options={"size": 16, "width": 2, "latent_dim": 5, "upsample": "nearest"},
)
CGAN = ModelSpec(
    architecture="cgan",
    version=1,
    options={"size": 16, "width": 2, "latent_dim": 5, "condition_features": 0},
    vocabulary={"hair": ("red", "blue"), "eyes": ("green",)},
)


def write(path: Path, spec: ModelSpec, *, dtype: torch.dtype = torch.float32, **changes: Tensor | None) -> None:
    (network,) = build(spec).values()
    tensors = {
        f"generator.{key}": t.to(dtype) if t.is_floating_point() else t for key, t in network.state_dict().items()
    }
    for key, tensor in changes.items():
        name = f"generator.{key}"
        if tensor is None:
            del tensors[name]
        else:
            tensors[name] = tensor
    save_tensors(path, tensors, {SPEC_KEY: json.dumps(spec.to_json())})


@pytest.mark.parametrize("spec", [DCGAN, CGAN], ids=["dcgan", "cgan"])
def test_round_trip(spec: ModelSpec, tmp_path: Path) -> None:
    networks = build(spec)
    tensors = {f"{name}.{key}": t for name, network in networks.items() for key, t in network.state_dict().items()}
    save_tensors(tmp_path / "model.safetensors", tensors, {SPEC_KEY: json.dumps(spec.to_json()), "other": "told"})
    found, loaded = load(tmp_path / "model.safetensors")
    assert found == spec
    inputs = [torch.randn(2, 5)] + ([torch.ones(2, 3)] if spec.vocabulary else [])
    assert torch.equal(networks["generator"](*inputs), loaded["generator"](*inputs))
    assert not loaded["generator"].training


def test_half_precision_files_load_as_float32(tmp_path: Path) -> None:
    write(tmp_path / "m.safetensors", DCGAN, dtype=torch.float16)
    _, networks = load(tmp_path / "m.safetensors")
    assert {p.dtype for p in networks["generator"].parameters()} == {torch.float32}


def test_vocabulary_keeps_its_order() -> None:
    again = ModelSpec.from_json(json.loads(json.dumps(CGAN.to_json())))
    assert list((again.vocabulary or {}).items()) == [("hair", ("red", "blue")), ("eyes", ("green",))]


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (replace(DCGAN, architecture="dcgam"), "unknown kind of model 'dcgam'. Did you mean 'dcgan'?"),
        (replace(DCGAN, version=99), "version 99 of dcgan.*update artgan"),
        (replace(DCGAN, options={"size": 16}), "description of the dcgan model is damaged"),
        (replace(DCGAN, options={**DCGAN.options, "size": 17}), "description of the dcgan model is damaged.*17"),
        (replace(DCGAN, options={**DCGAN.options, "width": "wide"}), "description of the dcgan model is damaged"),
        (replace(DCGAN, options={**DCGAN.options, "width": -4}), "description of the dcgan model is damaged"),
        (replace(DCGAN, options={**DCGAN.options, "width": 10**15}), "description of the dcgan model is damaged"),
        (replace(CGAN, options={**CGAN.options, "depth": 2}), "description of the cgan model is damaged"),
    ],
)
def test_unknown_models_are_refused(spec: ModelSpec, message: str) -> None:
    with pytest.raises(WeightsError, match=message) as error:
        build(spec)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"layers.0.weight": None}, "generator.layers.0.weight is missing"),
        ({"layers.0.weight": torch.zeros(5, 4)}, "generator.layers.0.weight is 5x4; it must be 5x4x4x4"),
        ({"more": torch.zeros(1)}, "a tensor too many: generator.more"),
    ],
)
def test_other_tensors_are_refused(changes: dict[str, Tensor | None], message: str, tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    write(path, DCGAN, **changes)
    with pytest.raises(WeightsError, match=message) as error:
        load(path)
    assert "m.safetensors" in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "spec", ["", "no JSON", "[]", "{}", '{"architecture": "dcgan", "version": "x", "options": {}}']
)
def test_damaged_descriptions_are_refused(spec: str, tmp_path: Path) -> None:
    save_tensors(tmp_path / "m.safetensors", {"a": torch.zeros(1)}, {SPEC_KEY: spec})
    with pytest.raises(WeightsError, match=r"cannot load '?.*m\.safetensors'?: .*damaged"):
        load(tmp_path / "m.safetensors")


def test_other_safetensors_files_are_refused(tmp_path: Path) -> None:
    save_tensors(tmp_path / "m.safetensors", {"a": torch.zeros(1)}, {})
    with pytest.raises(WeightsError, match="no model of artgan's"):
        load(tmp_path / "m.safetensors")
