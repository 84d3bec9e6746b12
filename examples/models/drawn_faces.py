"""Are drawn portraits faces, and new ones? `python examples/models/drawn_faces.py portrait data/painted-faces`.

A detector looks for a face in samples, with and without truncation, and in the pictures that were learned from and held
out. In these it has found one already where `artgan prepare --crop faces` made the dataset, when they were larger and
had more around the face. Copies are looked for as `artgan train` does.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from artgan.config.sample import SampleConfig
from artgan.data.datasets import open_dataset
from artgan.data.face_detection import find_faces
from artgan.metrics.evaluation import Evaluator
from artgan.metrics.features import Features
from artgan.models.encoder_weights import load_encoder
from artgan.pipelines.sample import sample

_SIDE, _FRAME = 192, 32
"""Pixels a picture is enlarged to, and of its border repeated around it: the detector finds no face up to the edge."""


def has_face(pixels: NDArray[np.uint8]) -> bool:
    """Whether the detector finds a face in a picture (S, S, 3), uint8, that a face should fill."""
    large = Image.fromarray(pixels).resize((_SIDE, _SIDE), Image.Resampling.LANCZOS)
    return bool(find_faces(np.pad(np.asarray(large), ((_FRAME, _FRAME), (_FRAME, _FRAME), (0, 0)), mode="edge")))


def share_with_face(pictures: Iterable[NDArray[np.uint8]]) -> float:
    """The share of pictures with a face in them, 0 to 1."""
    return float(np.mean([has_face(pixels) for pixels in pictures]))


def drawn(model: str, count: int, truncation: float | None = None) -> NDArray[np.uint8]:
    """Samples (count, S, S, 3) of the seeds 0, 1, ..., uint8."""
    with tempfile.TemporaryDirectory() as folder:
        config = SampleConfig(seeds=f"0-{count - 1}", truncation=truncation)
        paths = sample(config, model, out=f"{folder}/").paths
        return np.stack([np.asarray(Image.open(path).convert("RGB")) for path in paths])


def facts(model: str, data: str, count: int, truncations: Sequence[float]) -> Iterator[tuple[str, str]]:
    """What a card tells of a model that draws portraits."""
    samples = drawn(model, count)
    dataset = open_dataset(data, size=samples.shape[1], count=None, seed=0)
    learned, held_out = dataset.pixels[dataset.train], dataset.pixels[dataset.held_out]
    yield "a face in", f"{share_with_face(samples):.0%} of {count} samples (seeds 0 to {count - 1})"
    for truncation in truncations:
        yield f"with truncation {truncation:g}", f"{share_with_face(drawn(model, count, truncation)):.0%}"
    for name, pictures in (("learned from", learned), ("held out", held_out)):
        yield f"of pictures {name}", f"{share_with_face(pictures):.0%} of {len(pictures)}"
    evaluator = Evaluator(Features(load_encoder("embedded")), _tensor(learned), _tensor(held_out))
    found = evaluator(_tensor(samples).float() / 127.5 - 1)
    told = f"{found.originality:.2f} times as far as held-out pictures, in features {evaluator.features}"
    yield "the nearest picture learned from", told


def _tensor(pictures: NDArray[np.uint8]) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(pictures)).permute(0, 3, 1, 2)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Are drawn portraits faces, and new ones?")
    parser.add_argument("model", metavar="MODEL", help="as artgan sample takes it")
    parser.add_argument("data", metavar="DATA", help="what it learned from, as artgan train takes it")
    parser.add_argument("--n", type=int, default=128, help="samples; default 128")
    parser.add_argument("--truncation", type=float, nargs="*", default=[1.0, 0.7], help="default 1 0.7")
    given = parser.parse_args(arguments)
    rows = facts(given.model, given.data, given.n, given.truncation)
    print("\n".join(f"| {name} | {value} |" for name, value in rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
