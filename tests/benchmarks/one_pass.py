"""Seconds of painting in one pass, once everything is loaded."""

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from artgan.config.transfer import TransferConfig
from artgan.events import ignore
from artgan.io.images import read_picture
from artgan.io.shipped import find_content
from artgan.pipelines.pictures import write_result
from artgan.pipelines.studio import Studio

from page import Spread
from workload import CONTENT, STYLE


@dataclass(frozen=True)
class PassRow:
    size: Annotated[str, "long side"]
    part: Annotated[str, "part"]
    first: Annotated[Spread, "first picture, s"]
    later: Annotated[Spread, "later ones, s"]


def measure_passes(painter: str | None, sizes: tuple[int, ...], repeats: int, seed: int) -> list[PassRow]:
    """Each part of repainting one picture again and again, of a command that has loaded its networks. The first
    picture of a size also has the style looked at."""
    rows = []
    for size in sizes:
        config = TransferConfig(style=(STYLE,), method="fast", painter=painter, size=size, seed=seed, device="cpu")
        studio = Studio.open(config, listener=ignore)
        runs = [_parts(studio) for _ in range(1 + repeats)]
        for part in runs[0]:
            values = [run[part] for run in runs]
            rows.append(PassRow(f"{size} px", part, Spread.of(values[:1]), Spread.of(values[1:])))
    return rows


def _parts(studio: Studio) -> dict[str, float]:
    began = time.perf_counter()
    content = read_picture(find_content(CONTENT))
    read = time.perf_counter()
    painting = studio.paint(content)
    painted = time.perf_counter()
    scores = studio.scores(painting, content)
    scored = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        receipt = dict(studio.receipt(painting, content, CONTENT, scores))
        write_result(painting.image, None, Path(folder) / "out.png", receipt, None, force=False)
    written = time.perf_counter()
    return {
        "reading": read - began,
        "painting": painted - read,
        "scores": scored - painted,
        "writing": written - scored,
        "**all**": written - began,
    }
