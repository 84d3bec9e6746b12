"""Many small pictures on one: grids, grids with labels, and JPEGs that keep to a size."""

from collections.abc import Sequence
from io import BytesIO
from math import ceil, sqrt

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

WHITE = (255, 255, 255)

_LABEL_HEIGHT = 14
"""Height of the labels' letters in pixels."""
_PADDING = 6


def grid(
    pixels: NDArray[np.uint8],
    *,
    columns: int | None = None,
    gap: int = 2,
    background: tuple[int, int, int] = WHITE,
) -> NDArray[np.uint8]:
    """Pictures (N, H, W, 3) uint8 row by row on one picture, uint8; places left over show the background.

    Without `columns` the grid is about as wide as high. Raises ValueError for no pictures or no columns.
    """
    count, height, width, _ = pixels.shape
    if count < 1 or (columns is not None and columns < 1):
        raise ValueError(f"a grid of {count} pictures in {columns} columns")
    across = min(columns or ceil(sqrt(count)), count)
    down = ceil(count / across)
    size = (down * (height + gap) - gap, across * (width + gap) - gap)
    sheet = np.full((*size, 3), background, dtype=np.uint8)
    for number in range(count):
        top, left = (number // across) * (height + gap), (number % across) * (width + gap)
        sheet[top : top + height, left : left + width] = pixels[number]
    return sheet


def labelled_grid(
    rows: Sequence[NDArray[np.uint8]],
    *,
    row_labels: Sequence[str] | None = None,
    column_labels: Sequence[str] | None = None,
    gap: int = 2,
    background: tuple[int, int, int] = WHITE,
) -> NDArray[np.uint8]:
    """A grid of one row a label: each of `rows` is (N, H, W, 3) uint8, of one H and W; shorter rows end early.

    Labels stand left of the rows and above the columns, dark on a light background and light on a dark one; a column's
    label wider than its column is cut. Raises ValueError when labels and rows or columns do not match.
    """
    across = max((len(row) for row in rows), default=0)
    if across == 0:
        raise ValueError("a grid of no pictures")
    if row_labels is not None and len(row_labels) != len(rows):
        raise ValueError(f"{len(row_labels)} labels for {len(rows)} rows")
    if column_labels is not None and len(column_labels) != across:
        raise ValueError(f"{len(column_labels)} labels for {across} columns")
    height, width = next(row.shape[1:3] for row in rows if len(row))
    filled = np.full((len(rows), across, height, width, 3), background, dtype=np.uint8)
    for number, row in enumerate(rows):
        filled[number, : len(row)] = row
    body = grid(filled.reshape(-1, height, width, 3), columns=across, gap=gap, background=background)

    font = ImageFont.load_default(_LABEL_HEIGHT)
    left = 0 if row_labels is None else ceil(max(font.getlength(text) for text in row_labels)) + 2 * _PADDING
    top = 0 if column_labels is None else _LABEL_HEIGHT + 2 * _PADDING
    sheet = Image.new("RGB", (body.shape[1] + left, body.shape[0] + top), background)
    sheet.paste(Image.fromarray(body), (left, top))
    ink = _ink(background)
    draw = ImageDraw.Draw(sheet)
    for number, text in enumerate(row_labels or ()):
        middle = top + number * (height + gap) + height / 2
        draw.text((left - _PADDING, middle), text, ink, font, anchor="rm")
    for number, text in enumerate(column_labels or ()):
        while text and font.getlength(text) > width:
            text = text[:-1]
        draw.text((left + number * (width + gap) + width / 2, top - _PADDING), text, ink, font, anchor="ms")
    return np.asarray(sheet)


def captioned(
    rows: Sequence[Sequence[tuple[NDArray[np.uint8], str] | None]],
    *,
    gap: int = 8,
    background: tuple[int, int, int] = WHITE,
) -> NDArray[np.uint8]:
    """Pictures (H, W, 3) uint8, each with a caption above it, in rows and columns; None leaves a place empty.

    Pictures may differ in size: each stands in the middle of its column, at the top of its row. A caption wider than
    its column is cut. Raises ValueError for no pictures.
    """
    across = max((len(row) for row in rows), default=0)
    cells = [list(row) + [None] * (across - len(row)) for row in rows]
    if not any(cell is not None for row in cells for cell in row):
        raise ValueError("a sheet of no pictures")
    columns = [[row[i] for row in cells] for i in range(across)]
    widths = [max((cell[0].shape[1] for cell in column if cell is not None), default=0) for column in columns]
    heights = [max((cell[0].shape[0] for cell in row if cell is not None), default=0) for row in cells]
    caption = _LABEL_HEIGHT + 2 * _PADDING
    size = (sum(widths) + gap * (across + 1), sum(heights) + (caption + gap) * len(cells))
    sheet = Image.new("RGB", size, background)
    draw, font, ink = ImageDraw.Draw(sheet), ImageFont.load_default(_LABEL_HEIGHT), _ink(background)
    top = caption
    for row, height in zip(cells, heights, strict=True):
        left = gap
        for cell, width in zip(row, widths, strict=True):
            if cell is not None:
                pixels, text = cell
                sheet.paste(Image.fromarray(pixels), (left + (width - pixels.shape[1]) // 2, top))
                while text and font.getlength(text) > width:
                    text = text[:-1]
                draw.text((left + width / 2, top - _PADDING), text, ink, font, anchor="ms")
            left += width + gap
        top += height + gap + caption
    return np.asarray(sheet)


def _ink(background: tuple[int, int, int]) -> tuple[int, int, int]:
    """Dark on a light background, light on a dark one."""
    return (30, 30, 30) if sum(background) > 382 else (235, 235, 235)


def encode_jpeg(pixels: NDArray[np.uint8], *, most_bytes: int) -> bytes:
    """Pixels (H, W, 3) as a JPEG of at most `most_bytes`: at the best quality that fits, else smaller.

    Raises ValueError when a picture of 16 px would still be too large.
    """
    image = Image.fromarray(pixels)
    while max(image.size) >= 16:
        for quality in (92, 85, 75, 60):
            stream = BytesIO()
            image.save(stream, "JPEG", quality=quality)
            if stream.tell() <= most_bytes:
                return stream.getvalue()
        smaller = (max(1, image.width * 3 // 4), max(1, image.height * 3 // 4))
        image = image.resize(smaller, Image.Resampling.LANCZOS)
    raise ValueError(f"no JPEG fits into {most_bytes} bytes")
