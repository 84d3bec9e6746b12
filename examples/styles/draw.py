"""Draw the built-in style paintings: python examples/styles/draw.py --out artgan/assets/styles [--only swirls].

Every stroke comes from a seeded generator, so the same versions of numpy and Pillow draw the same pictures. Needs
scipy, which the development extra brings with scikit-image.
"""

import argparse
import importlib
import io
import time
from pathlib import Path

import numpy as np
from brush import Canvas
from PIL import Image

SEEDS = {"swirls": 11, "dots": 5, "mosaic": 17, "shards": 23, "waves": 8, "water_lilies": 31}
LIMIT = 250_000  # bytes a picture may take in the wheel


def draw(module: str, long_side: int) -> Image.Image:
    """One painting, `long_side` pixels long."""
    style = importlib.import_module(module)
    width, height = style.SIZE
    canvas = Canvas(width, height, 2 * long_side / max(width, height))
    getattr(style, module)(canvas, np.random.default_rng(SEEDS[module]))
    return canvas.picture(**getattr(style, "LAMP", {}))


def save(picture: Image.Image, path: Path) -> int:
    """Write a JPEG of the best quality that stays within the limit; returns its bytes."""
    for quality in range(92, 50, -2):
        data = io.BytesIO()
        picture.save(data, "JPEG", quality=quality, optimize=True, progressive=True)
        if data.tell() <= LIMIT:
            break
    path.write_bytes(data.getvalue())
    return data.tell()


def main() -> None:
    names = [module.replace("_", "-") for module in SEEDS]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="folder for the pictures")
    parser.add_argument("--only", choices=names, action="append", help="draw this one; repeatable")
    parser.add_argument("--long-side", type=int, default=768, help="pixels")
    parser.add_argument("--format", choices=["jpg", "png"], default="jpg", help="png for looking closely")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for name in options.only or names:
        began = time.perf_counter()
        picture = draw(name.replace("-", "_"), options.long_side)
        path = options.out / f"{name}.{options.format}"
        size = save(picture, path) if options.format == "jpg" else picture.save(path)
        print(f"{path}  {picture.width}x{picture.height}  {size} bytes  {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
