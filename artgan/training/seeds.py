"""Seeds of everything random in a run, derived from its one seed, so that a resumed run needs no generator's state."""

from hashlib import blake2b

import torch


def derived(seed: int, *labels: str | int) -> int:
    """A seed (63 bit) for what the labels name, such as ("noise", step, rank): another label, unrelated numbers."""
    text = "/".join(str(label) for label in (seed, *labels))
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little") >> 1


def generator(seed: int, *labels: str | int) -> torch.Generator:
    """A CPU generator seeded with `derived`."""
    return torch.Generator().manual_seed(derived(seed, *labels))


def seed_default_generators(seed: int, device: torch.device) -> None:
    """Seed what draws without a generator of its own, such as dropout, on the CPU and on the device."""
    # torch.manual_seed would, each time, write down the stack for devices that are not in use.
    torch.default_generator.manual_seed(seed)
    if device.type == "cuda":
        with torch.cuda.device(device):  # which need not be the current one
            torch.cuda.manual_seed(seed)
    elif device.type == "mps":
        torch.mps.manual_seed(seed)
