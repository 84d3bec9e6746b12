"""Seconds of a whole `artgan transfer` by its parts: `python watched.py OPTIONS` paints and prints them as JSON.

Imports nothing of artgan beforehand: that is one of the parts. It may be an earlier version: what it lacks of the
functions below is not watched there, and counts to what surrounds it.
"""

import contextlib
import importlib
import importlib.util
import io
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from stopwatch import REST, Spent, Stopwatch, replaced

IMPORTS = "imports"

_MODULES = ("artgan.cli.app", "artgan.pipelines.transfer", "artgan.cli.progress", "artgan.pipelines.repaint")
"""What the command imports, before it can be watched."""


@dataclass(frozen=True)
class Watched:
    """A function, "module:name" or "module:Class.method", and the part of the time that it is."""

    function: str
    part: str
    closed: bool = False


WATCHED = (
    Watched("artgan.io.images:read_picture", "decoding"),
    Watched("artgan.painting.pyramid:resize", "resizing"),
    Watched("artgan.models.encoder_weights:load_encoder", "encoder's weights"),
    Watched("artgan.painting.objective:Objective.content_targets", "targets", closed=True),
    Watched("artgan.painting.objective:Objective.style_targets", "targets", closed=True),
    Watched("artgan.models.encoder:Encoder.forward", "encoder, forward"),
    Watched("artgan.models.encoder_passes:_Encode.backward", "encoder, backward"),
    Watched("artgan.losses.perceptual:gram_matrix", "Gram matrices"),
    Watched("artgan.losses.perceptual:_Moments.backward", "Gram matrices"),
    Watched("artgan.painting.objective:Objective.__call__", "losses"),
    Watched("torch.autograd:grad", "losses"),
    Watched("artgan.painting.optimise:Descent.step", "optimizer"),
    Watched("artgan.pipelines.judging:Judge.scores", "scores", closed=True),
    Watched("artgan.pipelines.pictures:write_result", "encoding", closed=True),
)
"""What runs inside another is taken off it: `losses` are without the encoder, `optimizer` without both."""
PARTS = (IMPORTS, *dict.fromkeys(watched.part for watched in WATCHED), REST)


def run_watched(options: Sequence[str]) -> dict[str, Spent]:
    """`artgan transfer OPTIONS` in this process; what was spent on each part. Raises RuntimeError if it fails."""
    stopwatch = Stopwatch()
    with stopwatch.charged(IMPORTS):
        command, *_ = [importlib.import_module(name) for name in _MODULES if _exists(name)]
    with contextlib.ExitStack() as stack:
        for watched in WATCHED:
            if (found := _found(watched.function)) is not None:
                stack.enter_context(replaced(*found, _charging(stopwatch, watched)))
        stack.enter_context(contextlib.redirect_stdout(io.TextIOWrapper(io.BytesIO())))
        code = command.main(["transfer", *options])
    stopwatch.stop()
    if code:
        raise RuntimeError(f"artgan transfer {' '.join(options)} ended with {code}")
    return stopwatch.spent


def _exists(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def _found(function: str) -> tuple[Any, str] | None:
    """The module or class that holds a function, and its name there; None in a version without it."""
    module, _, path = function.partition(":")
    if not _exists(module):
        return None
    owner: Any = importlib.import_module(module)
    *classes, name = path.split(".")
    for inner in classes:
        owner = getattr(owner, inner, None)
    return (owner, name) if hasattr(owner, name) else None


def _charging(stopwatch: Stopwatch, watched: Watched) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return lambda function: stopwatch.watch(function, watched.part, closed=watched.closed)


if __name__ == "__main__":
    print(json.dumps({part: asdict(spent) for part, spent in run_watched(sys.argv[1:]).items()}))
