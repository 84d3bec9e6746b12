"""Curves side by side, as one picture."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO

import matplotlib
import numpy as np
from numpy.typing import NDArray
from PIL import Image

matplotlib.use("Agg")

from matplotlib import pyplot
from matplotlib.ticker import EngFormatter

_SIZE = (4.2, 3.0)  # inches of one plot
_DPI = 110


@dataclass(frozen=True, kw_only=True)
class Curve:
    """One plot: lines by name over the same places, with None where there is no value; `level` is drawn across."""

    title: str
    lines: Mapping[str, Sequence[float | None]]
    level: float | None = None
    level_name: str = ""
    logarithmic: bool = False


def draw(places: Sequence[float], curves: Sequence[Curve], across: str) -> NDArray[np.uint8]:
    """Pixels (H, W, 3) of the plots side by side over the common places."""
    figure, axes = pyplot.subplots(1, len(curves), figsize=(_SIZE[0] * len(curves), _SIZE[1]), squeeze=False)
    for plot, curve in zip(axes[0], curves, strict=True):
        for name, values in curve.lines.items():
            there = [(x, y) for x, y in zip(places, values, strict=True) if y is not None]
            plot.plot(*zip(*there, strict=True), label=name) if there else None
        if curve.level is not None:
            plot.axhline(curve.level, color="black", linewidth=1, linestyle="--", label=curve.level_name)
        if curve.logarithmic:
            plot.set_yscale("log")
        plot.xaxis.set_major_formatter(EngFormatter())
        plot.set_title(curve.title, fontsize=10)
        plot.set_xlabel(across, fontsize=9)
        plot.tick_params(labelsize=8)
        plot.grid(alpha=0.3)
        plot.legend(fontsize=8)
    figure.tight_layout()
    stream = BytesIO()
    figure.savefig(stream, format="png", dpi=_DPI)
    pyplot.close(figure)
    return np.asarray(Image.open(stream).convert("RGB"))
