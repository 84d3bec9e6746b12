"""Faces in pictures through a cascade of local binary patterns: people's with scikit-image's own, others' from a file.

The cascade of a file is OpenCV's XML format with LBP features, such as lbpcascade_animeface.xml for drawn faces.
Source: Liao et al., "Learning multi-scale block local binary patterns for face recognition", 2007.
"""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from artgan.data.boxes import Box
from artgan.errors import UsageError
from artgan.io.files import quoted

# Searching is paid by the pixel. Smaller faces than this part of the shorter side are hardly what a picture is of, and
# most of what is found there is none: foliage, clouds.
_SEARCH_SIDE = 256
_SMALLEST_FACE = 0.15


def find_faces(pixels: NDArray[np.uint8], *, cascade: Path | None = None) -> list[Box]:
    """The boxes of faces in a picture (H, W, 3), uint8, in its pixels, largest first.

    Args:
        pixels: sRGB.
        cascade: an OpenCV cascade with LBP features; None: frontal faces of people.

    Raises:
        UsageError: scikit-image is not installed, or the file is no such cascade.
    """
    detector = _detector(cascade)
    height, width = pixels.shape[:2]
    scale = max(1.0, max(height, width) / _SEARCH_SIDE)
    image = Image.fromarray(pixels)
    if scale > 1.0:
        image = image.resize(
            (max(1, round(width / scale)), max(1, round(height / scale))), Image.Resampling.BILINEAR, reducing_gap=2.0
        )
    small = np.asarray(image)
    shortest = min(small.shape[:2])
    smallest = max(24, round(shortest * _SMALLEST_FACE))
    if shortest < smallest:
        return []
    found = detector.detect_multi_scale(
        img=small, scale_factor=1.15, step_ratio=1.0, min_size=(smallest, smallest), max_size=(shortest, shortest)
    )
    across, down = width / small.shape[1], height / small.shape[0]
    boxes = [
        Box(
            face["c"] * across,
            face["r"] * down,
            (face["c"] + face["width"]) * across,
            (face["r"] + face["height"]) * down,
        )
        for face in found
    ]
    return sorted(boxes, key=lambda box: (-box.side, box.top, box.left))


@lru_cache(maxsize=4)
def _detector(cascade: Path | None) -> Any:
    try:
        from skimage.data import lbp_frontal_face_cascade_filename  # noqa: PLC0415
        from skimage.feature import Cascade  # noqa: PLC0415
    except ImportError as error:
        raise UsageError("finding faces needs scikit-image: pip install 'artgan[faces]'") from error
    if cascade is None:
        bundled: Callable[[], str] = lbp_frontal_face_cascade_filename
        return Cascade(bundled())
    _check_cascade(cascade)
    return Cascade(str(cascade))


def _check_cascade(path: Path) -> None:
    """scikit-image reads past what is missing in a file, so it gets only what it can use."""
    try:
        kind = ElementTree.parse(path).findtext("./cascade/featureType")
    except OSError as error:
        raise UsageError(f"cannot read the cascade {quoted(path)}: {error.strerror or 'not readable'}") from error
    except ElementTree.ParseError as error:
        raise UsageError(f"{quoted(path)} is no cascade: an XML file of OpenCV is needed") from error
    if kind is None or kind.strip() != "LBP":
        raise UsageError(
            f"{quoted(path)} is no cascade with LBP features (Haar's are another kind); lbpcascade_animeface.xml is one"
        )
