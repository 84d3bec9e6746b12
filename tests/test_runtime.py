import platform
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from artgan.errors import DeviceError, UsageError
from artgan.runtime import draw_seed, free_memory, generator, is_out_of_memory, resolve_device, resolve_precision

CPU = torch.device("cpu")
MEBIBYTES = 64
CLEARED = f"""
import resource
import torch
from artgan.runtime import give_back_freed_memory, keep_freed_memory
page = resource.getpagesize()
for treat in (give_back_freed_memory, keep_freed_memory):
    treat()
    for _ in range(30):
        torch.ones({MEBIBYTES} * 2**18)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(20):
        torch.ones({MEBIBYTES} * 2**18)
    print((resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before) * page / 2**20)
give_back_freed_memory()
print(int(open("/proc/self/statm").read().split()[1]) * page / 2**20)
"""
"""MiB that the system cleared while twenty tensors came and went, after thirty others, in both ways; and MiB held at
the end."""


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


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (torch.OutOfMemoryError("CUDA out of memory"), True),
        (
            RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes"),
            True,
        ),
        (RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"), True),
        (MemoryError(), True),
        (RuntimeError("size mismatch"), False),
    ],
)
def test_memory_that_has_run_out(error: Exception, expected: bool) -> None:
    assert is_out_of_memory(error) == expected


@pytest.mark.parametrize(
    ("limit", "free"),
    [(None, 8000 * 1024), ("max", 8000 * 1024), ("1000000", 1000000 - 300000 + 200000), ("99999999", 8000 * 1024)],
)
def test_free_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str | None, free: float) -> None:
    known = tmp_path / "meminfo"
    known.write_text("MemTotal:       16000 kB\nMemFree:  10 kB\nMemAvailable:    8000 kB\n", encoding="ascii")
    if limit is not None:
        (tmp_path / "memory.max").write_text(f"{limit}\n", encoding="ascii")
        (tmp_path / "memory.current").write_text("300000\n", encoding="ascii")
        (tmp_path / "memory.stat").write_text("anon 100000\ninactive_file 200000\n", encoding="ascii")
    monkeypatch.setattr("artgan.runtime._MEMORY", known)
    monkeypatch.setattr("artgan.runtime._CONTROL_GROUP", tmp_path)
    assert free_memory(CPU) == free
    known.unlink()
    assert free_memory(CPU) is None, "not told on other systems"


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other allocators are left alone")
def test_freed_memory_is_kept_or_given_back() -> None:
    done = subprocess.run([sys.executable, "-c", CLEARED], capture_output=True, text=True, check=True)
    given_back, kept, held = map(float, done.stdout.split())
    assert given_back > 19 * MEBIBYTES
    assert kept < 2 * MEBIBYTES
    bare = subprocess.run(
        [sys.executable, "-c", re.sub(r"range\(\d+\)", "range(0)", CLEARED)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert held < float(bare.stdout.split()[-1]) + MEBIBYTES / 2
