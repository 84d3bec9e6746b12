"""The pictures a student learns from: gathered from folders, zips and TFRecord files, cropped, and disturbed.

Style transfer leads an encoder away from pictures as they are taken: through noise, over-sharp edges and patchwork. A
student that has only seen photographs is fooled there, so about half of what it learns from is pushed off.
"""

import io
import math
import struct
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from artgan.errors import PictureError
from artgan.io.images import read_picture

Pixels = NDArray[np.uint8]

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")
SHORT_SIDE, LONG_SIDE = 320, 640
"""Pictures are shrunk to this short side and cut to this long side: what crops of the default size need."""
TWIN = 0.9
"""Correlation of two 16x16 grey thumbnails above which pictures are taken for the same."""
PACKAGE_PICTURES = (
    *(("skimage", f"data/{name}.png") for name in ("coffee", "astronaut", "chelsea")),
    ("skimage", "data/rocket.jpg"),
    *(("skimage", f"data/{name}.png") for name in ("grass", "gravel", "brick")),
    ("skimage", "data/retina.jpg"),
    ("sklearn", "datasets/images/china.jpg"),
    ("sklearn", "datasets/images/flower.jpg"),
)


# Gathering


def gather(sources: Sequence[Path], *, short_side: int = SHORT_SIDE, long_side: int = LONG_SIDE) -> list[Pixels]:
    """All pictures, (H, W, 3) uint8, of folders (searched through), .zip and .tfrec files, and picture files.

    They are shrunk to the short side and cut to the long one.
    """
    files = (file for source in sources for file in _files_of(source))
    return [_decoded(data, label, short_side)[:long_side, :long_side] for data, label in files]


def package_pictures(pictures: Sequence[tuple[str, str]] = PACKAGE_PICTURES) -> list[Path]:
    """The free pictures that come with Python packages, which are in the development extra."""
    paths = []
    for package, file in pictures:
        spec = find_spec(package)
        if spec is None or spec.origin is None:
            raise SystemExit(f"{package} is missing: pip install 'artgan[dev]'")
        paths.append(Path(spec.origin).parent / file)
    return paths


def without_twins(pictures: Sequence[Pixels], references: Sequence[Pixels]) -> list[Pixels]:
    """Leave out those that are one of the references: a student is not scored on what it was taught."""
    if not references:
        return list(pictures)
    thumbnails = np.stack([_thumbnail(reference) for reference in references])
    return [picture for picture in pictures if (thumbnails @ _thumbnail(picture)).max() < TWIN]


def jpegs_of_tfrecord(data: bytes) -> Iterator[bytes]:
    """The JPEG in each record: a frame is length (8 bytes), its CRC (4), the record, its CRC (4)."""
    position = 0
    while position < len(data):
        (length,) = struct.unpack_from("<Q", data, position)
        record = data[position + 12 : position + 12 + length]
        position += length + 16
        yield record[record.find(b"\xff\xd8\xff") : record.rfind(b"\xff\xd9") + 2]


def _files_of(source: Path) -> Iterator[tuple[bytes, str]]:
    """Each picture's file and what to call it in errors."""
    if source.is_dir():
        for path in sorted(source.rglob("*")):
            if path.suffix.lower() in (*SUFFIXES, ".tfrec"):
                yield from _files_of(path)
    elif source.suffix == ".zip":
        with zipfile.ZipFile(source) as archive:
            for name in sorted(archive.namelist()):
                if name.lower().endswith(SUFFIXES):
                    yield archive.read(name), f"{name} in {source}"
    elif source.suffix == ".tfrec":
        for number, jpeg in enumerate(jpegs_of_tfrecord(source.read_bytes())):
            yield jpeg, f"record {number} of {source}"
    else:
        yield source.read_bytes(), str(source)


def _decoded(data: bytes, label: str, short_side: int) -> Pixels:
    try:
        picture = read_picture("-", stdin=io.BytesIO(data))
    except PictureError as error:
        raise SystemExit(f"{label}: {error}") from error
    image = Image.fromarray(np.rint(picture.pixels * 255).astype(np.uint8))
    factor = short_side / min(image.size)
    if factor < 1:
        size = (round(image.width * factor), round(image.height * factor))
        image = image.resize(size, Image.Resampling.LANCZOS)
    return np.asarray(image)


def _thumbnail(picture: Pixels) -> NDArray[np.float32]:
    small = Image.fromarray(picture).convert("L").resize((16, 16), Image.Resampling.BOX)
    values = np.array(small, dtype=np.float32).ravel()
    values -= values.mean()
    values /= np.linalg.norm(values) + 1e-6
    return values


# Disturbing: a picture (3, S, S), the batch it is in (N, 3, S, S), and the draws; clipped to [0, 1] afterwards.


@dataclass(frozen=True)
class Draws:
    """Where chance comes from: choices and single numbers from `rng`, whole tensors from `noise`."""

    rng: np.random.Generator
    noise: torch.Generator

    def between(self, low: float, high: float) -> float:
        return float(self.rng.uniform(low, high))

    def whole(self, low: int, high: int) -> int:
        """A whole number from `low` up to but without `high`."""
        return int(self.rng.integers(low, high))


Disturbance = Callable[[Tensor, Tensor, Draws], Tensor]


def leave(picture: Tensor, batch: Tensor, draws: Draws) -> Tensor:
    return picture


def add_noise(picture: Tensor, batch: Tensor, draws: Draws) -> Tensor:
    return picture + torch.randn(picture.shape, generator=draws.noise) * draws.between(0.02, 0.35)


def blend(picture: Tensor, batch: Tensor, draws: Draws) -> Tensor:
    share = draws.between(0.3, 0.7)
    return share * picture + (1 - share) * batch[draws.whole(0, len(batch))]


def oversharpen(picture: Tensor, batch: Tensor, draws: Draws) -> Tensor:
    smooth = F.avg_pool2d(picture[None], 5, 1, 2, count_include_pad=False)[0]
    return picture + draws.between(0.5, 3) * (picture - smooth)


def clouds(picture: Tensor, batch: Tensor, draws: Draws) -> Tensor:
    """Coloured noise of one scale instead of the picture."""
    cells = 2 ** draws.whole(2, 8)
    noise = torch.randn(1, 3, cells, cells, generator=draws.noise)
    smooth = F.interpolate(noise, size=picture.shape[-2:], mode="bilinear")[0]
    return 0.5 + draws.between(0.1, 0.4) * smooth


def shuffle_patches(picture: Tensor, batch: Tensor, draws: Draws) -> Tensor:
    """Cut into squares that are put together in another order."""
    rows = 2 ** draws.whole(1, 5)
    patch = picture.shape[-1] // rows
    patches = picture.unfold(1, patch, patch).unfold(2, patch, patch).reshape(3, rows * rows, patch, patch)
    patches = patches[:, torch.randperm(rows * rows, generator=draws.noise)]
    return patches.reshape(3, rows, rows, patch, patch).permute(0, 1, 3, 2, 4).reshape(picture.shape)


def blur(picture: Tensor, batch: Tensor, draws: Draws) -> Tensor:
    smooth = F.avg_pool2d(picture[None], 2 * draws.whole(1, 4) + 1, 1)
    return F.interpolate(smooth, size=picture.shape[-2:], mode="bilinear")[0]


DISTURBANCES: tuple[tuple[float, Disturbance], ...] = (
    (0.45, leave),
    (0.58, add_noise),
    (0.68, blend),
    (0.80, oversharpen),
    (0.86, clouds),
    (0.92, shuffle_patches),
    (1.00, blur),
)
"""Each with the probability that it, or one before it, is taken."""


def disturbed(picture: Tensor, batch: Tensor, draws: Draws, disturbance: Disturbance) -> Tensor:
    return disturbance(picture, batch, draws).clamp(0, 1)


# Sampling


class Sampler:
    """Draws square crops of the pictures, (3, size, size) in [0, 1]. `size` is a multiple of 16."""

    def __init__(self, pictures: Sequence[Pixels], size: int, seed: int) -> None:
        if size % 16:
            raise ValueError(f"the size must be a multiple of 16, not {size}")
        self.pictures = pictures
        self.size = size
        self.draws = Draws(np.random.default_rng(seed), torch.Generator().manual_seed(seed))

    def batch(self, count: int) -> Tensor:
        """Fresh crops, (count, 3, size, size): zoomed, mirrored, turned, with colours and contrast changed."""
        return torch.stack([self._crop() for _ in range(count)])

    def disturb(self, batch: Tensor) -> Tensor:
        """The batch, (N, 3, size, size), with about half of it pushed off what pictures look like."""
        return torch.stack([disturbed(picture, batch, self.draws, self._disturbance()) for picture in batch])

    def _crop(self) -> Tensor:
        rng = self.draws.rng
        pixels = self.pictures[int(rng.integers(len(self.pictures)))]
        height, width = pixels.shape[:2]
        zoom = math.exp(rng.uniform(math.log(0.6), math.log(1.5)))  # above one enlarges
        side = int(min(height, width, self.size / zoom))
        top, left = rng.integers(height - side + 1), rng.integers(width - side + 1)
        crop = torch.from_numpy(pixels[top : top + side, left : left + side].copy()).permute(2, 0, 1)[None].float()
        size = (self.size, self.size)
        crop = F.interpolate(crop / 255, size=size, mode="bilinear", antialias=True, align_corners=False)[0]
        if rng.random() < 0.5:
            crop = crop.flip(-1)
        if rng.random() < 0.25:
            crop = crop.transpose(-1, -2)
        if rng.random() < 0.25:
            crop = crop[rng.permutation(3).tolist()]
        if rng.random() < 0.2:
            crop = 1 - crop
        if rng.random() < 0.3:
            crop = (crop - 0.5) * self.draws.between(0.4, 1.6) + 0.5 + self.draws.between(-0.2, 0.2)
        return crop.clamp(0, 1)

    def _disturbance(self) -> Disturbance:
        drawn = self.draws.rng.random()
        return next(disturbance for until, disturbance in DISTURBANCES if drawn < until)
