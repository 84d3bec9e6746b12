"""Jobs measured in turns, each in a process of its own."""

import dataclasses
import json
import sys
from collections.abc import Callable, Hashable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from processes import answer_of
from reporting import tell

Job = TypeVar("Job", bound=Hashable)


def in_turns(jobs: Sequence[Job], repeats: int, measure: Callable[[Job], float]) -> dict[Job, list[float]]:
    """What each job measures, `repeats` times, every other round backwards, so that a slow minute hits all alike."""
    found: dict[Job, list[float]] = {job: [] for job in jobs}
    for number in range(repeats):
        for job in jobs if number % 2 == 0 else reversed(jobs):
            found[job].append(measure(job))
            tell(f"round {number + 1}: {job}: {found[job][-1]:.3g}")
    return found


def apart(script: str, folder: Path) -> Callable[[Any], float]:
    """Measures a job, a dataclass, by `python SCRIPT JOB`, run from an empty folder; the job as JSON."""
    path = str(Path(__file__).with_name(script))
    return lambda job: float(json.loads(answer_of([sys.executable, path, json.dumps(dataclasses.asdict(job))], folder)))
