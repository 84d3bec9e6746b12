"""Measures follow what was done to a picture; the default limits keep real pictures and drop spoilt ones."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from artgan.data.quality import Limits, Measures, measure, reject, without_bars

GOOD = Measures(blur=0.5, entropy=7.0, colour=80.0, bars=0.0, extremes=0.01)


def natural(side: int, seed: int = 0) -> NDArray[np.uint8]:
    """Coloured noise with the 1/f spectrum of natural pictures."""
    random = np.random.default_rng(seed)
    frequency = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.fftfreq(side)[None, :])
    frequency[0, 0] = 1.0
    planes = [np.fft.ifft2(np.fft.fft2(random.normal(size=(side, side))) / frequency).real for _ in range(3)]
    pixels = np.stack(planes, axis=-1) * 0.5 + planes[0][:, :, None]  # colours go together, as they do outdoors
    pixels = 128 + 45 * pixels / pixels.std()
    return np.clip(pixels, 0, 255).astype(np.uint8)


def blurred(pixels: NDArray[np.uint8], sigma: float) -> NDArray[np.uint8]:
    return np.asarray(Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(sigma)))


def test_blur_means_the_same_at_every_size() -> None:
    values = [measure(natural(side)).blur for side in (64, 128, 256)]
    assert max(values) - min(values) < 0.06


def test_blur_grows_with_the_filter_and_not_with_contrast() -> None:
    pixels = natural(128)
    values = [measure(blurred(pixels, sigma)).blur for sigma in (0, 0.7, 1.5, 3)]
    assert values == sorted(values)
    assert values[0] < 0.6 < 0.985 < values[-1]
    faint = (128 + (pixels.astype(float) - 128) / 3).astype(np.uint8)
    assert measure(faint).blur == pytest.approx(values[0], abs=0.03)


@pytest.mark.parametrize("levels", [1, 2, 16, 256])
def test_entropy_is_in_bits(levels: int) -> None:
    grey = (np.arange(64 * 64) % levels * (256 // levels)).astype(np.uint8).reshape(64, 64)
    assert measure(np.dstack([grey] * 3)).entropy == pytest.approx(np.log2(levels), abs=1e-6)


def test_grey_is_told_from_colour_in_spite_of_jpeg() -> None:
    grey = np.dstack([natural(128)[:, :, 0]] * 3).astype(np.int16)
    chroma = np.random.default_rng(0).integers(-4, 5, grey.shape)
    noisy = np.clip(grey + chroma, 0, 255).astype(np.uint8)
    stream = io.BytesIO()
    Image.fromarray(noisy).save(stream, "JPEG", quality=50)
    limits = Limits(min_colour=12.0)
    assert reject(measure(np.asarray(Image.open(stream))), (128, 128), limits) == "grayscale"
    spot = np.dstack([natural(128)[:, :, 0]] * 3)
    spot[40:70, 40:70, 0] //= 2
    assert reject(measure(spot), (128, 128), limits) is None


@pytest.mark.parametrize("colour", [0, 255, 90])
@pytest.mark.parametrize("quality", [None, 60])
@pytest.mark.parametrize(
    ("bars", "kept"),
    [((16, 16, 0, 0), (0, 16, 128, 112)), ((0, 0, 24, 24), (24, 0, 104, 128)), ((8, 8, 8, 8), (8, 8, 120, 120))],
)
def test_bars_and_frames(
    colour: int, quality: int | None, bars: tuple[int, ...], kept: tuple[int, int, int, int]
) -> None:
    top, bottom, left, right = bars
    pixels = natural(128).copy()
    pixels[:top] = pixels[128 - bottom :] = colour
    pixels[:, :left] = pixels[:, 128 - right :] = colour
    if quality is not None:
        stream = io.BytesIO()
        Image.fromarray(pixels).save(stream, "JPEG", quality=quality)
        pixels = np.asarray(Image.open(stream))
    found = without_bars(pixels).rounded()
    assert np.abs(np.array(found) - kept).max() <= (0 if quality is None else 2)
    assert reject(measure(pixels), (128, 128), Limits()) == "letterbox"


def test_a_plain_background_is_no_bar() -> None:
    y, x = np.mgrid[0:128, 0:128]
    pixels = np.full((128, 128, 3), 200, dtype=np.uint8)
    head = (y - 70) ** 2 + (x - 64) ** 2 < 45**2
    pixels[head] = natural(128)[head]
    assert without_bars(pixels).rounded() == (0, 0, 128, 128)


def test_a_bar_on_one_side_or_a_flat_picture_is_no_letterbox() -> None:
    sky = natural(64).copy()
    sky[:20] = 255
    assert without_bars(sky).rounded() == (0, 0, 64, 64)
    two = natural(64).copy()
    two[:10], two[-10:] = 255, 0
    assert without_bars(two).rounded() == (0, 0, 64, 64)
    assert without_bars(np.full((64, 64, 3), 7, dtype=np.uint8)).rounded() == (0, 0, 64, 64)


@pytest.mark.parametrize(
    ("measures", "size", "limits", "reason"),
    [
        (GOOD, (500, 400), Limits(), None),
        (GOOD, (500, 63), Limits(min_side=64, max_aspect=None), "too_small"),
        (GOOD, (64, 64), Limits(min_side=64), None),
        (GOOD, (1000, 300), Limits(), "aspect"),
        (GOOD, (300, 1000), Limits(), "aspect"),
        (GOOD, (900, 300), Limits(), None),
        (Measures(0.99, 7.0, 80.0, 0.0, 0.0), (9, 9), Limits(), "blurry"),
        (Measures(0.99, 7.0, 80.0, 0.0, 0.0), (9, 9), Limits(max_blur=None), None),
        (Measures(0.5, 2.0, 80.0, 0.0, 0.0), (9, 9), Limits(), "low_entropy"),
        (Measures(0.5, 7.0, 0.0, 0.0, 0.0), (9, 9), Limits(), None),
        (Measures(0.5, 7.0, 80.0, 0.2, 0.0), (9, 9), Limits(), "letterbox"),
        (Measures(0.5, 7.0, 80.0, 0.0, 0.95), (9, 9), Limits(), "blank"),
    ],
)
def test_reasons(measures: Measures, size: tuple[int, int], limits: Limits, reason: str | None) -> None:
    assert reject(measures, size, limits) == reason


@pytest.mark.parametrize("colour", [0, 255, 128])
def test_flat_pictures_are_dropped(colour: int) -> None:
    assert reject(measure(np.full((64, 64, 3), colour, dtype=np.uint8)), (64, 64), Limits()) is not None


def test_defaults_keep_real_pictures_and_drop_them_blurred(real_data: Path) -> None:
    for name in ("vangogh_pd.zip", "photos_yosemite_256.zip", "anime64_tagged.zip"):
        with zipfile.ZipFile(real_data / name) as archive:
            names = [each for each in sorted(archive.namelist()) if each.endswith((".jpg", ".png"))]
            names = names[:: max(1, len(names) // 60)]
            pictures = [np.asarray(Image.open(io.BytesIO(archive.read(each))).convert("RGB")) for each in names]
        kept = [reject(measure(pixels), (300, 300), Limits()) is None for pixels in pictures]
        assert np.mean(kept) > 0.97
        spoilt = [blurred(pixels, len(pixels) / 20) for pixels in pictures]
        dropped = [reject(measure(pixels), (300, 300), Limits()) == "blurry" for pixels in spoilt]
        assert np.mean(dropped) > 0.8
