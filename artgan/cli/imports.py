"""Imports of what is heavy and stays until the end, without Python's collector of cycles looking through it again."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def lasting_imports() -> Iterator[None]:
    """Import what a command works with.

    Importing torch makes some 300,000 objects, none of them garbage. The collector would look through them again and
    again meanwhile, and when Python ends: a good part of a short command's time (tests/benchmarks/startup.py). It then
    leaves alone for good all that there is, so this is for processes of artgan's own, before any work.
    """
    if "torch" in sys.modules or not gc.isenabled():
        yield  # somebody else's process, or nothing left to save
        return
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
