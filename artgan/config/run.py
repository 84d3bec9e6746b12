"""Options that every command with tensors has: device, precision, seed. Standard library only."""

from dataclasses import dataclass
from typing import Literal

from artgan.config.fields import Config, option

RUNTIME = "Runtime"


@dataclass(frozen=True, kw_only=True)
class RunConfig(Config):
    """Where and how to compute."""

    device: str = option(
        "auto",
        "Where to compute: auto (cuda, else mps, else cpu), cpu, cuda, cuda:N or mps.",
        panel=RUNTIME,
        env="ARTGAN_DEVICE",
    )
    precision: Literal["auto", "bfloat16", "float32"] = option(
        "auto",
        "Arithmetic of the networks: auto takes bfloat16 where the device computes it natively, else float32.",
        panel=RUNTIME,
    )
    seed: int | None = option(
        None,
        "Seed of all randomness; drawn, printed and stored when not given.",
        panel=RUNTIME,
        minimum=0,
        maximum=2**63 - 1,
        env="ARTGAN_SEED",
    )
