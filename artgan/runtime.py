"""Where and how to compute: device, precision, seeds."""

import ctypes
import secrets
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import torch

from artgan.errors import DeviceError, UsageError

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _MMAP_MAX = -1, -3, -4  # glibc's M_...
_NEVER = -1
_MOST_MAPPINGS = 65536  # glibc's own
_LARGE_BLOCK = 4 * 2**20
_MEMORY = Path("/proc/meminfo")
_CONTROL_GROUP = Path("/sys/fs/cgroup")
_LIMITS = ("memory.max", "memory.current", "memory.stat")


def resolve_device(name: str) -> torch.device:
    """The device for `--device`: auto takes cuda, else mps, else cpu. Raises UsageError or DeviceError in one line."""
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError:
        device = None
    if device is None or device.type not in ("cpu", "cuda", "mps"):
        raise UsageError(f"--device is auto, cpu, cuda, cuda:N or mps, not '{name}'")
    try:
        torch.empty((), device=device)
    except (RuntimeError, AssertionError):
        raise DeviceError(f"the device '{name}' is not there; --device auto takes what is") from None
    return device


def resolve_precision(name: str, device: torch.device) -> torch.dtype:
    """The dtype networks run in: auto is bfloat16 where the device computes it natively, else float32."""
    if name == "float32":
        return torch.float32
    if name == "bfloat16":
        return torch.bfloat16
    return torch.bfloat16 if _native_bfloat16(device) else torch.float32


def _native_bfloat16(device: torch.device) -> bool:
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device.type == "cpu":
        # Without these instructions the CPU emulates bfloat16, slower than float32.
        capabilities = torch.cpu.get_capabilities() if hasattr(torch.cpu, "get_capabilities") else {}
        return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))
    return False


def draw_seed() -> int:
    """A seed for those who gave none: short enough to type again."""
    return secrets.randbelow(2**32)


def generator(seed: int) -> torch.Generator:
    """A CPU generator, so that the same seed draws the same numbers whatever the device."""
    return torch.Generator().manual_seed(seed)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory has run out: accelerators have a class for it, CPU's allocator only words."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return any(words in str(error) for words in ("allocate memory", "out of memory", "ALLOC_FAILED"))


def free_memory(device: torch.device) -> float | None:
    """Bytes that are free on a device, the CPU's as far as this process may have them; None where nothing tells."""
    if device.type == "cuda":
        kept = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)  # by torch, for what comes
        return float(torch.cuda.mem_get_info(device)[0] + kept)
    if device.type == "mps":
        return float(torch.mps.recommended_max_memory() - torch.mps.current_allocated_memory())
    return _free_on_linux()


def keep_freed_memory() -> None:
    """From now on, keep what tensors on the CPU no longer use for the next ones: steps of one shape get faster by it.

    glibc else gives large blocks back as soon as they are freed, and the system clears each anew, page by page, when it
    is asked for the next one. It takes some more memory at most, for what does not fit where other maps were. Other
    allocators are left alone.
    """
    _tune(((_MMAP_MAX, 0), (_TRIM_THRESHOLD, _NEVER)))


def give_back_freed_memory() -> None:
    """Let the system have what tensors on the CPU no longer use, and from now on at once, for some speed.

    glibc else keeps freed blocks of up to 32 MiB, more and more of them, since where large maps of changing sizes come
    and go it finds no room for one among those that went. After `keep_freed_memory`, what fits into a hole between
    blocks in use lies there from then on. Other allocators are left alone.
    """
    libc = _tune(((_MMAP_MAX, _MOST_MAPPINGS), (_MMAP_THRESHOLD, _LARGE_BLOCK), (_TRIM_THRESHOLD, 2 * _LARGE_BLOCK)))
    if libc is not None:
        libc.malloc_trim(0)


def _tune(options: Sequence[tuple[int, int]]) -> ctypes.CDLL | None:
    """Set options of glibc's allocator; None where there is no glibc."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)
    if not (hasattr(libc, "mallopt") and hasattr(libc, "malloc_trim")):
        return None
    for name, value in options:
        libc.mallopt(name, value)
    return libc


def _free_on_linux() -> float | None:
    try:
        lines = _MEMORY.read_text(encoding="ascii").splitlines()
        (available,) = (line.split()[1] for line in lines if line.startswith("MemAvailable:"))
    except (OSError, ValueError):
        return None
    free = float(available) * 1024
    with suppress(OSError, ValueError):  # a container's own limit; "max", or no file, where there is none
        limit, used, facts = ((_CONTROL_GROUP / name).read_text(encoding="ascii") for name in _LIMITS)
        # Files that were read count as used, and go when their place is needed.
        files = dict(line.split() for line in facts.splitlines()).get("inactive_file", 0)
        free = min(free, float(limit) - float(used) + float(files))
    return free
