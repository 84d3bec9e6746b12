import pytest
import torch

from artgan.errors import DeviceError, UsageError
from artgan.runtime import draw_seed, generator, resolve_device, resolve_precision

CPU = torch.device("cpu")


def test_devices() -> None:
    assert resolve_device("cpu") == CPU
    assert resolve_device("auto").type in ("cpu", "cuda", "mps")


@pytest.mark.parametrize("name", ["gpu", "cuda:x", "meta", ""])
def test_devices_that_are_none(name: str) -> None:
    with pytest.raises(UsageError, match="--device is auto, cpu"):
        resolve_device(name)


def test_a_device_that_is_not_there() -> None:
    with pytest.raises(DeviceError, match="the device 'cuda:99' is not there"):
        resolve_device("cuda:99")


def test_precision() -> None:
    assert resolve_precision("float32", CPU) == torch.float32
    assert resolve_precision("bfloat16", CPU) == torch.bfloat16
    native = torch.cpu.get_capabilities() if hasattr(torch.cpu, "get_capabilities") else {}
    expected = torch.bfloat16 if native.get("avx512_bf16") or native.get("amx_bf16") else torch.float32
    assert resolve_precision("auto", CPU) == expected


def test_seeds() -> None:
    assert 0 <= draw_seed() < 2**32
    assert draw_seed() != draw_seed()
    assert torch.equal(torch.rand(3, generator=generator(7)), torch.rand(3, generator=generator(7)))
