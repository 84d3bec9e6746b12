"""Pictures for tests that pass for photographs: detail at every scale, and no two alike but by intent."""

from pathlib import Path

import numpy as np
from PIL import Image


def paint(seed: int, width: int = 48, height: int = 40) -> Image.Image:
    """Noise of several scales, in colours of its own."""
    rng = np.random.default_rng(seed)
    total = np.zeros((height, width, 3))
    for side, weight in ((3, 1.0), (6, 0.6), (12, 0.4), (24, 0.3)):
        noise = rng.integers(0, 256, (side, side, 3), dtype=np.uint8)
        total += weight * np.asarray(Image.fromarray(noise).resize((width, height), Image.Resampling.BICUBIC))
    total -= total.min()
    return Image.fromarray((total / total.max() * 255).astype(np.uint8))


def save(path: Path, seed: int, width: int = 48, height: int = 40, **options: object) -> Path:
    """Write such a picture; JPEG is written at quality 92."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".jpg":
        options = {"quality": 92, **options}
    paint(seed, width, height).save(path, **options)
    return path
