"""Drawn landscapes: a photograph and a painting of one scene belong together, and of no other."""

import numpy as np
import pytest

from artgan.data.landscapes import draw_paintings, draw_photos, random_scenes

COUNT = 16


@pytest.fixture(scope="module")
def pair():  # type: ignore[no-untyped-def]
    scenes = random_scenes(COUNT, 5)
    return draw_photos(scenes, 64), draw_paintings(scenes, 64)


def coarse(pixels) -> np.ndarray:  # type: ignore[no-untyped-def, type-arg]
    """Averages over 8x8 pixels, mean 0 and length 1 a picture."""
    small = pixels.reshape(COUNT, 8, 8, 8, 8, 3).mean((2, 4)).reshape(COUNT, -1)
    small = small - small.mean(1, keepdims=True)
    return small / np.linalg.norm(small, axis=1, keepdims=True)


def test_each_photo_is_likest_to_the_painting_of_its_scene(pair) -> None:  # type: ignore[no-untyped-def]
    likeness = coarse(pair[0]) @ coarse(pair[1]).T
    assert (likeness.argmax(1) == np.arange(COUNT)).mean() > 0.9
    assert np.diag(likeness).mean() > 0.8
    assert np.diag(likeness).mean() > likeness[~np.eye(COUNT, dtype=bool)].mean() + 0.25


def test_paintings_are_richer_and_rougher(pair) -> None:  # type: ignore[no-untyped-def]
    photo, painting = (pixels.astype(np.float32) for pixels in pair)
    assert np.ptp(painting, axis=-1).mean() > np.ptp(photo, axis=-1).mean()
    sky = [np.abs(np.diff(pixels[:, :20].mean(-1), axis=2)).mean() for pixels in (photo, painting)]
    assert sky[1] > 1.5 * sky[0]


def test_scenes_differ(pair) -> None:  # type: ignore[no-untyped-def]
    for pixels in pair:
        flat = pixels.reshape(COUNT, -1).astype(np.float32) / 255
        distance = np.sqrt(((flat[:, None] - flat[None]) ** 2).mean(-1))
        assert distance[np.triu_indices(COUNT, 1)].min() > 0.06


def test_a_part_of_the_scenes_is_drawn_alike(pair) -> None:  # type: ignore[no-untyped-def]
    part = random_scenes(COUNT, 5)[3:5]
    assert len(part) == 2
    assert (draw_photos(part, 64) == pair[0][3:5]).all()
    assert (draw_paintings(part, 64) == pair[1][3:5]).all()


def test_other_numbers_are_other_places() -> None:
    assert (draw_photos(random_scenes(1, 0), 32) != draw_photos(random_scenes(1, 0, first=9), 32)).any()


def test_a_scene_is_the_same_place_at_every_size() -> None:
    scenes = random_scenes(4, 3)
    large = draw_photos(scenes, 128).reshape(4, 32, 4, 32, 4, 3).mean((2, 4))
    small = draw_photos(scenes, 64).reshape(4, 32, 2, 32, 2, 3).mean((2, 4))
    assert np.abs(large - small).mean() < 12
