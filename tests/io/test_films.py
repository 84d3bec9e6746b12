"""Moving pictures come in frame by frame, whole, with their times."""

from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

from artgan.errors import PictureError
from artgan.io.films import film_suffix, open_film

from film_files import boxes, pan, write_animation, write_frames


@pytest.mark.parametrize("name", ["a.gif", "a.webp"])
def test_frames_times_and_loops(tmp_path: Path, name: str) -> None:
    frames, times = pan(), [30, 70, 100, 40]
    options = {"lossless": True} if name == "a.webp" else {}
    path = write_animation(tmp_path / name, frames, times, loop=3, **options)
    film = open_film(path)
    assert film_suffix(path) == film.suffix == path.suffix
    assert (film.name, film.rate, film.sound) == (name, None, False)
    assert film.plays == {"a.gif": 4, "a.webp": 3}[name]  # a GIF counts repetitions
    for _ in range(2):  # from the beginning again
        seen = list(film.frames())
        assert [frame.shown_ms for frame in seen] == times
        for frame, wanted in zip(seen, frames, strict=True):
            assert np.abs(frame.picture.pixels * 255 - wanted).mean() < 8
            assert (frame.picture.alpha, frame.picture.sha256) == (None, film.sha256)


@pytest.mark.parametrize(("options", "plays"), [({}, 1), ({"loop": 0}, 0), ({"loop": 1}, 2)])
def test_a_gif_counts_repetitions(tmp_path: Path, options: dict[str, int], plays: int) -> None:
    assert open_film(write_animation(tmp_path / "a.gif", pan(), [50] * 4, **options)).plays == plays


def test_only_one_frame_is_held(tmp_path: Path) -> None:
    """Frames are decoded when they are asked for."""
    film = open_film(write_animation(tmp_path / "a.gif", pan(3), [50] * 3, loop=0))
    frames = film.frames()
    first = next(frames)
    assert len(list(frames)) == 2
    assert first.picture.pixels.shape == (24, 32, 3)


def test_frames_are_laid_over_each_other(tmp_path: Path) -> None:
    """What a frame leaves out shows the one before; what is transparent stays so."""
    one = np.full((8, 8, 4), (200, 0, 0, 255), np.uint8)
    one[:, 4:, 3] = 0
    two = one.copy()
    two[:2, :4, :3] = (0, 0, 200)
    film = open_film(write_animation(tmp_path / "a.gif", [one, two], [50, 50], loop=0, disposal=1))
    last = list(film.frames())[-1].picture
    assert last.alpha is not None
    assert (last.alpha[:, :4].min(), last.alpha[:, 4:].max()) == (1, 0)
    assert np.allclose(last.pixels[6, 1] * 255, (200, 0, 0), atol=4)
    assert np.allclose(last.pixels[0, 1] * 255, (0, 0, 200), atol=4)


def test_still_pictures_do_not_move(tmp_path: Path) -> None:
    for name in ("a.gif", "a.webp", "a.png"):
        Image.fromarray(pan(1)[0]).save(tmp_path / name)
        assert film_suffix(tmp_path / name) is None
    (tmp_path / "b.gif").write_bytes(b"GIF89a")
    for name in ("b.gif", "missing.gif"):
        assert film_suffix(tmp_path / name) is None
    assert film_suffix(write_animation(tmp_path / "like.png", pan(), [50] * 4, format="GIF", loop=0)) == ".gif"


@pytest.mark.parametrize("name", ["a.gif", "a.webp"])
def test_cut_off_anywhere_is_told(tmp_path: Path, name: str) -> None:
    data = write_animation(tmp_path / name, pan(3), [50] * 3, loop=0).read_bytes()
    path = tmp_path / f"cut{name[1:]}"
    for length in [*range(1, len(data) - 1, 97), len(data) - 1]:
        path.write_bytes(data[:length])
        with pytest.raises(PictureError, match=r"cannot read .*cut"):
            list(open_film(path).frames())


def test_damage_is_told(tmp_path: Path) -> None:
    data = bytearray(write_animation(tmp_path / "a.webp", pan(3), [50] * 3).read_bytes())
    last = data.rfind(b"VP8 ")
    data[last + 8 : last + 40] = bytes(32)
    (tmp_path / "b.webp").write_bytes(data)
    with pytest.raises(PictureError, match="the file is"):
        list(open_film(tmp_path / "b.webp").frames())


@pytest.mark.usefixtures("stand_in_ffmpeg")
def test_an_mp4_comes_through_ffmpeg(tmp_path: Path) -> None:
    frames = pan(3)
    writer = write_frames(str(tmp_path / "a.mp4"), (32, 24), fps=12.5, output_params=[])
    writer.send(None)
    for frame in frames:
        writer.send(frame)
    writer.close()
    film = open_film(tmp_path / "a.mp4")
    assert (film.suffix, film.rate, film.plays, film.sound) == (".mp4", 12.5, 0, False)
    seen = list(film.frames())
    assert [frame.shown_ms for frame in seen] == [80, 80, 80]
    assert all(
        np.array_equal(np.rint(one.picture.pixels * 255), other) for one, other in zip(seen, frames, strict=True)
    )
    data = (tmp_path / "a.mp4").read_bytes()
    for content, message in (
        (data[:-1], "the file is truncated or damaged"),
        (data[:40], "the file is truncated or damaged"),
        (boxes(ftyp=b"isom", mdat=b""), "the file is truncated or damaged"),  # as a camera leaves it that lost power
        (boxes(ftyp=b"isom", moov=b"{}", mdat=b""), "ffmpeg finds no film in it"),
    ):
        (tmp_path / "b.mp4").write_bytes(content)
        with pytest.raises(PictureError, match=message):
            open_film(tmp_path / "b.mp4")
    with pytest.raises(PictureError, match="no such file"):
        open_film(tmp_path / "none.mp4")


def test_ffmpeg_reads_what_was_written(tmp_path: Path, real_ffmpeg: ModuleType) -> None:
    writer = real_ffmpeg.write_frames(str(tmp_path / "a.mp4"), (32, 24), fps=25, macro_block_size=1)
    writer.send(None)
    for frame in pan(5):
        writer.send(frame)
    writer.close()
    film = open_film(tmp_path / "a.mp4")
    seen = list(film.frames())
    assert (film.rate, len(seen)) == (25, 5)
    assert all(np.abs(one.picture.pixels * 255 - other).mean() < 12 for one, other in zip(seen, pan(5), strict=True))
    (tmp_path / "b.mp4").write_bytes((tmp_path / "a.mp4").read_bytes()[:-200])
    with pytest.raises(PictureError, match="truncated"):
        open_film(tmp_path / "b.mp4")
