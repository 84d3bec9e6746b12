"""Fixtures for everything that goes over the network: a server on loopback, small different pictures, quick tries."""

import importlib.util
import io
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from PIL import Image
from urllib3 import Retry


def _sibling(name: str) -> ModuleType:
    """A module beside this file, which is no package."""
    full = f"collect_{name}"
    if full not in sys.modules:
        spec = importlib.util.spec_from_file_location(full, Path(__file__).parent / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[full] = module
        spec.loader.exec_module(module)
    return sys.modules[full]


@pytest.fixture
def server() -> Iterator[Any]:
    """See server.py."""
    server = _sibling("server").Server()
    yield server
    server.close()


@pytest.fixture
def other_server() -> Iterator[Any]:
    """Another one, which has another host's name: "localhost"."""
    server = _sibling("server").Server("localhost")
    yield server
    server.close()


@pytest.fixture(scope="session")
def photo() -> Callable[..., bytes]:
    """A small picture, encoded; those of different seeds are no near duplicates."""

    def encode(seed: int = 0, width: int = 96, height: int = 80, format: str = "JPEG", **options: Any) -> bytes:
        rng = np.random.default_rng(seed)
        small = rng.integers(0, 256, (9, 11, 3), dtype=np.uint8)
        image = Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)
        stream = io.BytesIO()
        image.save(stream, format, **options)
        return stream.getvalue()

    return encode


@pytest.fixture
def quick() -> Any:
    """Options of a client that waits for nothing but what a server asks for."""
    from artgan.collect.client import ClientOptions
    from artgan.io.download import Limits

    retry = Retry(total=6, connect=1, read=5, status=5, backoff_factor=0)
    limits = Limits(seconds=5, connect_seconds=2, silence_seconds=0.5)
    return ClientOptions(allow_private=True, per_second=1000, connections=4, retry=retry, limits=limits)
