"""Drawn faces: what is tagged is what is seen, and only what is recoloured changes."""

import time

import numpy as np
import pytest
from skimage.color import rgb2lab

from artgan.data.drawing import colours
from artgan.data.drawing.chance import Chance
from artgan.data.faces import EYES, HAIR, NUMBERS, draw_faces, random_faces, recoloured
from artgan.data.vocabulary import ANIME
from artgan.errors import UsageError

SIZE = 64
COUNT = 160


@pytest.fixture(scope="module")
def faces():  # type: ignore[no-untyped-def]
    return random_faces(COUNT, 11)


@pytest.fixture(scope="module")
def pixels(faces):  # type: ignore[no-untyped-def]
    return draw_faces(faces, size=SIZE)


def where_hair(faces) -> np.ndarray:  # type: ignore[no-untyped-def, type-arg]
    """Pixels (N, S, S) that are another colour when the hair is."""
    two = [draw_faces(recoloured(faces, hair=hair), size=SIZE).astype(int) for hair in ("red", "blue")]
    return np.abs(two[0] - two[1]).max(-1)


def where_eyes(faces) -> np.ndarray:  # type: ignore[no-untyped-def, type-arg]
    two = [draw_faces(recoloured(faces, eyes=eyes), size=SIZE).astype(int) for eyes in ("red", "aqua")]
    return np.abs(two[0] - two[1]).max(-1)


def named(pixels, masks, table) -> list[str]:  # type: ignore[no-untyped-def, type-arg]
    """The colour of the vocabulary nearest to the median colour under each mask, in Lab."""
    names = list(table)
    references = rgb2lab(np.stack([table[name][1] for name in names])[None])[0]
    found = []
    for picture, mask in zip(pixels, masks, strict=True):
        colour = rgb2lab(np.median(picture[mask], axis=0)[None, None] / 255)[0, 0]
        distance = (references - colour) * (0.6, 1, 1)  # light changes lightness most
        found.append(names[int(np.linalg.norm(distance, axis=1).argmin())])
    return found


def test_hair_has_the_colour_its_tag_says(faces, pixels) -> None:  # type: ignore[no-untyped-def]
    seen = named(pixels, where_hair(faces) > 90, colours.HAIR)
    right = np.mean([HAIR[index] == name for index, name in zip(faces.hair, seen, strict=True)])
    assert right > 0.98


def test_eyes_have_the_colour_their_tag_says(faces, pixels) -> None:  # type: ignore[no-untyped-def]
    changed = where_eyes(faces)
    masks = [mask >= np.sort(mask.ravel())[-24] for mask in changed]
    seen = named(pixels, masks, colours.EYES)
    right = np.mean([EYES[index] == name for index, name in zip(faces.eyes, seen, strict=True)])
    assert right > 0.97


def test_irises_are_to_be_seen(faces) -> None:  # type: ignore[no-untyped-def]
    assert np.quantile((where_eyes(faces) > 40).sum((1, 2)), 0.05) > 50


def test_only_the_hair_changes_colour(faces, pixels) -> None:  # type: ignore[no-untyped-def]
    hair = where_hair(faces) > 0
    blonde = recoloured(faces, hair="blonde")
    changed = (draw_faces(blonde, size=SIZE) != pixels).any(-1)
    assert not (changed & ~hair).any()
    assert 0.1 < changed.mean() < 0.6
    assert (blonde.eyes == faces.eyes).all()
    assert (blonde.traits == faces.traits).all()
    assert {ANIME.decode(tags)["hair"] for tags in blonde.tags()} == {("blonde",)}


def test_recolouring_to_the_same_colour_changes_nothing(pixels, faces) -> None:  # type: ignore[no-untyped-def]
    red = random_faces(6, 2, hair="red")
    assert (draw_faces(recoloured(red, hair="red"), size=32) == draw_faces(red, size=32)).all()


def test_naming_a_colour_changes_nothing_else(faces) -> None:  # type: ignore[no-untyped-def]
    red = random_faces(COUNT, 11, hair="red")
    assert (red.traits == faces.traits).all()
    assert (red.eyes == faces.eyes).all()
    expected = draw_faces(recoloured(random_faces(5, 11), hair="red"), size=32)
    assert (draw_faces(random_faces(5, 11, hair="red"), size=32) == expected).all()


def test_colours_are_equally_frequent_and_all_there() -> None:
    faces = random_faces(3000, 0)
    for index, known in ((faces.hair, HAIR), (faces.eyes, EYES)):
        share = np.bincount(index, minlength=len(known)) / len(faces)
        assert abs(share * len(known) - 1).max() < 0.3


def test_faces_differ(pixels) -> None:  # type: ignore[no-untyped-def]
    flat = pixels.reshape(COUNT, -1).astype(np.float32) / 255
    squares = (flat**2).sum(1)
    distance = np.sqrt(np.maximum(squares[:, None] + squares[None] - 2 * flat @ flat.T, 0) / flat.shape[1])
    pairs = distance[np.triu_indices(COUNT, 1)]
    assert pairs.min() > 0.1
    assert pairs.mean() > 0.3


def test_shapes_differ_too_not_only_colours() -> None:
    faces = random_faces(40, 8, hair="black", eyes="blue")
    masks = where_hair(faces) > 60
    shared = (masks[:, None] & masks[None]).sum((2, 3)) / (masks[:, None] | masks[None]).sum((2, 3))
    assert shared[np.triu_indices(40, 1)].mean() < 0.75


def test_sizes_show_the_same_faces() -> None:
    faces = random_faces(6, 1)
    large = draw_faces(faces, size=128).reshape(6, 64, 2, 64, 2, 3).mean((2, 4))
    assert np.abs(large - draw_faces(faces, size=64)).mean() < 6


def test_no_faces_are_no_pictures() -> None:
    assert draw_faces(random_faces(0, 0), size=32).shape == (0, 32, 32, 3)


def test_unknown_colours_are_told_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="Did you mean 'purple'"):
        random_faces(1, 0, hair="purpel")
    with pytest.raises(UsageError, match="no eyes colour 'white'"):
        recoloured(random_faces(1, 0), eyes="white")


def test_chance_says_when_it_runs_out() -> None:
    with pytest.raises(IndexError, match=f"{NUMBERS} thrown"):
        Chance(np.zeros((1, NUMBERS), np.float32)).several(NUMBERS + 1, 0, 1)


def test_a_face_costs_the_same_in_a_large_set() -> None:
    def seconds(count: int) -> float:
        start = time.process_time()
        draw_faces(random_faces(count, 1), size=32)
        return time.process_time() - start

    seconds(2)
    assert seconds(240) < 12 * min(seconds(40) for _ in range(2))
