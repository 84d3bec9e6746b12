"""Make the example photos that ship with artgan from free ones: python examples/make_example_photos.py --out FOLDER.

Two come with scikit-image, one with scikit-learn; both are in the development extra. The licences are in the card
beside the photos, artgan/assets/examples/CARD.md.
"""

import argparse
from importlib.util import find_spec
from pathlib import Path

from PIL import Image

# Name: package, file in it, box to keep (left, top, right, bottom), long side in pixels.
PHOTOS = {
    "portrait": ("skimage", "data/astronaut.png", (60, 0, 380, 384), 384),
    "cat": ("skimage", "data/chelsea.png", (30, 0, 430, 300), 512),
    "pavilion": ("sklearn", "datasets/images/china.jpg", (0, 0, 640, 427), 640),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="folder for the photos")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    for name, (package, file, box, long_side) in PHOTOS.items():
        spec = find_spec(package)
        if spec is None or spec.origin is None:
            raise SystemExit(f"{package} is missing: pip install 'artgan[dev]'")
        photo = Image.open(Path(spec.origin).parent / file).convert("RGB").crop(box)
        scale = long_side / max(photo.size)
        if scale != 1:
            photo = photo.resize((round(photo.width * scale), round(photo.height * scale)), Image.Resampling.LANCZOS)
        photo.save(out / f"{name}.jpg", quality=90, optimize=True)


if __name__ == "__main__":
    main()
