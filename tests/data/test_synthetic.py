"""Names of synthetic sets, and that the same name gives the same bytes."""

import subprocess
import sys

import numpy as np
import pytest

from artgan.data.landscapes import draw_paintings, draw_photos
from artgan.data.synthetic import SyntheticSpec, draw, is_synthetic, parse_synthetic, scenes_of
from artgan.data.vocabulary import ANIME
from artgan.errors import UsageError


@pytest.mark.parametrize(
    ("name", "spec"),
    [
        ("synthetic:faces", SyntheticSpec(kind="faces", n=2000)),
        ("synthetic:faces,hair=red", SyntheticSpec(kind="faces", hair=("red",), n=2000)),
        (
            "synthetic:faces,hair=red|blonde,eyes=blue,n=20,seed=3",
            SyntheticSpec(kind="faces", hair=("red", "blonde"), eyes=("blue",), n=20, seed=3),
        ),
        ("synthetic:faces, hair = grey | Blond", SyntheticSpec(kind="faces", hair=("gray", "blonde"), n=2000)),
        ("synthetic:photos,n=7", SyntheticSpec(kind="photos", n=7)),
        ("synthetic:paintings", SyntheticSpec(kind="paintings", n=500)),
    ],
)
def test_names_are_read_and_written_back(name: str, spec: SyntheticSpec) -> None:
    assert is_synthetic(name)
    assert parse_synthetic(name) == spec
    assert parse_synthetic(spec.name) == spec


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("synthetic:face", "Did you mean 'faces'?"),
        ("synthetic:", "Known: faces, photos, paintings"),
        ("synthetic:faces,hiar=red", "Did you mean 'hair'?"),
        ("synthetic:faces,hair=rde", "Did you mean 'red'?"),
        ("synthetic:faces,eyes=blonde", "no eyes colour 'blonde'"),
        ("synthetic:faces,hair=red,hair=blue", "given twice"),
        ("synthetic:faces,hair", "no value"),
        ("synthetic:faces,hair=red|", "no hair colour ''"),
        ("synthetic:faces,", "no option ''"),
        ("synthetic:photos,hair=red", "no option 'hair'"),
        ("synthetic:faces,n=0", "from 1 to"),
        ("synthetic:faces,n=" + "9" * 5000, "from 1 to"),
        ("synthetic:faces,n=many", "not 'many'"),
        ("synthetic:faces,seed=-1", "not '-1'"),
        ("faces", "begin with 'synthetic:'"),
    ],
)
def test_wrong_names_say_what_is_wrong(name: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_synthetic(name)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_folder_is_not_synthetic() -> None:
    assert not is_synthetic("data/synthetic")


@pytest.mark.parametrize("size", [32, 64, 100])
@pytest.mark.parametrize("kind", ["faces", "photos", "paintings"])
def test_pictures_have_the_size_asked_for(kind: str, size: int) -> None:
    pixels, tags = draw(parse_synthetic(f"synthetic:{kind},n=2"), size=size)
    assert pixels.shape == (2, size, size, 3)
    assert pixels.dtype == np.uint8
    assert (tags is not None) == (kind == "faces")


@pytest.mark.parametrize("size", [7, 1025])
def test_sizes_out_of_range_are_told(size: int) -> None:
    with pytest.raises(UsageError, match=f"not {size}"):
        draw(parse_synthetic("synthetic:faces,n=1"), size=size)


def test_tags_are_one_hair_and_one_eye_colour_as_asked() -> None:
    _, tags = draw(parse_synthetic("synthetic:faces,hair=red|blonde,eyes=blue,n=40"), size=8)
    assert tags is not None
    decoded = [ANIME.decode(vector) for vector in tags]
    assert {row["hair"] for row in decoded} == {("red",), ("blonde",)}
    assert {row["eyes"] for row in decoded} == {("blue",)}
    assert (tags.sum(1) == 2).all()


@pytest.mark.parametrize("kind", ["faces", "photos", "paintings"])
def test_more_pictures_leave_the_first_ones_as_they_were(kind: str) -> None:
    few, _ = draw(parse_synthetic(f"synthetic:{kind},n=3,seed=4"), size=32)
    more, _ = draw(parse_synthetic(f"synthetic:{kind},n=5,seed=4"), size=32)
    other, _ = draw(parse_synthetic(f"synthetic:{kind},n=3,seed=5"), size=32)
    assert (more[:3] == few).all()
    assert (other != few).any(axis=(1, 2, 3)).all()


def test_another_process_draws_the_same_bytes() -> None:
    script = (
        "import hashlib; from artgan.data.synthetic import draw, parse_synthetic\n"
        "for kind in ('faces', 'photos', 'paintings'):\n"
        "    print(hashlib.sha256(draw(parse_synthetic(f'synthetic:{kind},n=3'), size=32)[0].tobytes()).hexdigest())"
    )
    runs = [subprocess.run([sys.executable, "-c", script], capture_output=True, check=True).stdout for _ in range(2)]
    assert runs[0] == runs[1]
    assert len(set(runs[0].split())) == 3


def test_drawing_needs_no_torch() -> None:
    script = "import sys; import artgan.data.synthetic; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", script], check=True)


def test_photos_and_paintings_show_different_places_and_their_true_pairs_are_to_be_had() -> None:
    photos, paintings = parse_synthetic("synthetic:photos,n=4"), parse_synthetic("synthetic:paintings,n=4")
    assert not set(scenes_of(photos).numbers) & set(scenes_of(paintings).numbers)
    assert (draw_photos(scenes_of(photos), 32) == draw(photos, size=32)[0]).all()
    assert (draw_paintings(scenes_of(paintings), 32) == draw(paintings, size=32)[0]).all()
    with pytest.raises(UsageError, match="no landscapes"):
        scenes_of(parse_synthetic("synthetic:faces"))
