"""What a painting will take: seconds from its first steps, memory from its size and the encoder's layers."""

from collections.abc import Collection

from artgan.models.encoder import Encoder

FORECAST_STEP = 6
"""Steps after which the time is foretold: the first few load libraries and see the styles."""

_WORKING_MAPS = 6
"""Maps of the first layer's size that a step holds at once beside those kept for the gradient."""
_PICTURES = 10
"""Float pictures: the canvas, the picture, its average, two moments, the gradient and what they are resampled to."""
_PROCESS = 0.8e9
"""Python, torch and an encoder on a CPU; these figures, with `tests/benchmarks/transfer.py` of docs/benchmarks.md."""


def painting_bytes(encoder: Encoder, layers: Collection[str], width: int, height: int, *, on_cpu: bool) -> float:
    """Memory that painting at this size takes, with the rest of the process on a CPU; good to about a quarter."""
    first = encoder.kept_bytes(encoder.layers[:1])
    each = encoder.kept_bytes(layers) + _WORKING_MAPS * first + _PICTURES * 3 * 4
    return width * height * each + (_PROCESS if on_cpu else 0)


def forecast(name: str, width: int, height: int, seconds: float, memory: float) -> str:
    """One line for the user."""
    return (
        f"{name}: about {_words(seconds)} and {memory / 1e9:.1f} GB of memory for {width}x{height}; "
        "a smaller --size, fewer --steps or --budget take less"
    )


def _words(seconds: float) -> str:
    if seconds < 5400:
        return f"{max(1, round(seconds / 60))} min"
    return f"{seconds / 3600:.1f} h"
