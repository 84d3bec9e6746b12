"""What a benchmark ran on: figures mean nothing without it. No names of hosts, people or folders."""

import os
import platform
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import torch

from artgan import __version__
from artgan.runtime import resolve_precision


@dataclass(frozen=True, kw_only=True)
class Machine:
    """Processor, memory and versions."""

    processor: str
    cores: int
    threads: int
    """Threads torch computes with."""
    memory_gb: float | None
    native_bfloat16: bool
    """Whether `--precision auto` takes bfloat16 on this processor."""
    load: float | None
    """Mean number of runnable processes in the minute before: above zero, something else was using the cores."""
    system: str
    python: str
    torch: str
    artgan: str
    date: str

    def markdown(self) -> str:
        """A list, one line a fact."""
        memory = "" if self.memory_gb is None else f", {self.memory_gb:.0f} GB of memory"
        load = "" if self.load is None else f"; load average of the minute before the start: {self.load:.2f}"
        return "\n".join(
            [
                f"- Machine: {self.processor}, {self.cores} cores{memory}; bfloat16 "
                + ("native" if self.native_bfloat16 else "not native, so that `--precision auto` is float32"),
                f"- Threads: {self.threads}{load}",
                f"- Versions: artgan {self.artgan}, torch {self.torch}, Python {self.python}, {self.system}",
                f"- Date: {self.date}",
            ]
        )


def describe() -> Machine:
    """The machine this runs on, now."""
    return Machine(
        processor=_processor(),
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        threads=torch.get_num_threads(),
        memory_gb=_memory_gb(),
        native_bfloat16=resolve_precision("auto", torch.device("cpu")) == torch.bfloat16,
        load=os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        system=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
        torch=str(torch.__version__),
        artgan=__version__,
        date=datetime.now(UTC).date().isoformat(),
    )


def _processor() -> str:
    facts = Path("/proc/cpuinfo")
    if facts.is_file():
        for line in facts.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return " ".join(line.partition(":")[2].split())
    if platform.system() == "Darwin":
        asked = ["sysctl", "-n", "machdep.cpu.brand_string"]
        return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
    return platform.processor() or platform.machine()


def _memory_gb() -> float | None:
    if not hasattr(os, "sysconf") or "SC_PHYS_PAGES" not in os.sysconf_names:
        return None
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9
