"""Draw the sheet that docs/synthetic.md shows: `python docs/make_synthetic.py`. Takes some seconds."""

from pathlib import Path

import numpy as np
from PIL import Image

from artgan.data.faces import HAIR, Faces, draw_faces, random_faces, recoloured
from artgan.data.landscapes import draw_paintings, draw_photos, random_scenes

COLUMNS = 12
SIDE = 96
WIDE = SIDE * 3 // 2


def row(pixels: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
    """Pictures (N, S, S, 3) side by side."""
    return np.concatenate(list(pixels), axis=1)


def main() -> None:
    """Three rows of faces, one face in every hair colour, photographs, and the paintings of the same scenes."""
    faces = draw_faces(random_faces(3 * COLUMNS, 5), size=SIDE)
    one = random_faces(20, 3)
    one = Faces(traits=one.traits[11:12], hair=one.hair[11:12], eyes=one.eyes[11:12])
    every = np.concatenate([draw_faces(recoloured(one, hair=hair), size=SIDE) for hair in HAIR])
    scenes = random_scenes(COLUMNS * SIDE // WIDE, 1)
    rows = [row(faces[i : i + COLUMNS]) for i in range(0, len(faces), COLUMNS)]
    rows += [row(every), row(draw_photos(scenes, WIDE)), row(draw_paintings(scenes, WIDE))]
    path = Path(__file__).parent / "images" / "synthetic.jpg"
    Image.fromarray(np.concatenate(rows)).save(path, quality=86, optimize=True)


if __name__ == "__main__":
    main()
