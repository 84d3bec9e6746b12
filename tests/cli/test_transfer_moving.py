"""`artgan transfer` of moving pictures, as typed."""

import json
import signal
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from artgan.io.receipts import read_receipt

from conftest import Run
from film_files import boxes, mp4_parts, pan, read_animation, write_animation, write_frames

Artgan = Callable[..., Run]
Picture = Callable[..., Path]
TIMES = [30, 70, 100, 40]


@pytest.fixture(autouse=True)
def _in_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def typed(picture: Picture, painter: Path) -> list[str]:
    """A style, the painter, and a size that is not the frames'."""
    return ["--style", str(picture("s.png", seed=1)), "--painter", str(painter), "--size", "40", "--device", "cpu"]


@pytest.mark.parametrize(("name", "loop"), [("cat.gif", 2), ("cat.webp", 3)])
def test_frames_times_and_loops_are_kept(artgan: Artgan, typed: list[str], name: str, loop: int) -> None:
    write_animation(Path(name), pan(), TIMES, loop=loop)
    run = artgan("transfer", name, *typed)
    assert run.code == 0, run.err
    made = Path(f"cat-s{Path(name).suffix}")
    assert run.lines == [str(made)]
    frames, times, seen = read_animation(made)
    assert (times, seen) == (TIMES, loop)
    assert {frame.shape for frame in frames} == {(30, 40, 4)}
    assert all((frame[..., 3] == 255).all() for frame in frames)
    receipt = read_receipt(made)
    assert receipt is not None
    assert (receipt["options"]["method"], receipt["frames"], receipt["scenes"]) == ("fast", 4, [0])
    assert receipt["content"]["name"] == name
    assert receipt["scores"]
    again = artgan("transfer", "--from-receipt", made, "--painter", typed[3], "-o", f"again{made.suffix}")
    assert again.code == 0, again.err
    assert Path(f"again{made.suffix}").read_bytes() == made.read_bytes()


def test_another_format_and_json(artgan: Artgan, typed: list[str]) -> None:
    write_animation(Path("cat.gif"), pan(), TIMES, loop=1)
    run = artgan("transfer", "cat.gif", *typed, "-o", "x.webp", "--json")
    assert run.code == 0, run.err
    (result,) = json.loads(run.out)["results"]
    assert (result["path"], result["frames"], result["width"], result["interrupted"]) == ("x.webp", 4, 40, False)
    frames, times, loop = read_animation(Path("x.webp"))
    assert (len(frames), times, loop) == (4, TIMES, 2)  # played twice, which a GIF calls once more


def test_beside_still_pictures(artgan: Artgan, picture: Picture, typed: list[str]) -> None:
    picture("in/a.png")
    write_animation(Path("in/b.gif"), pan(), TIMES, loop=0)
    Image.fromarray(pan(1)[0]).save("in/c.gif")
    Path("in/d.gif").write_bytes(Path("in/b.gif").read_bytes()[:-9])
    run = artgan("transfer", "in/", *typed, "-o", "out/")
    assert run.code == 3, run.err
    assert sorted(path.name for path in Path("out").iterdir()) == ["a-s.png", "b-s.gif", "c-s.png"]
    assert "d.gif': the file is truncated" in run.err
    with Image.open("out/c-s.png") as still:
        assert still.size == (40, 30)


def test_transparency_is_kept_where_there_is_some(artgan: Artgan, typed: list[str], stand_in_ffmpeg: object) -> None:
    frames = []
    for number, frame in enumerate(pan(3)):
        alpha = np.full(frame.shape[:2], 255, np.uint8)
        alpha[:, 8 * number : 8 * number + 8] = 0
        alpha[16:] = 120
        frames.append(np.dstack([frame, alpha]))
    write_animation(Path("cat.webp"), frames, TIMES[:3], loop=0, lossless=True)
    for suffix, note in ((".webp", None), (".gif", "knows no half transparency"), (".mp4", "is laid over white")):
        run = artgan("transfer", "cat.webp", *typed, "-o", f"x{suffix}")
        assert run.code == 0, run.err
        assert note is None or note in run.err
    seen, seen_in_gif = (read_animation(Path(name))[0] for name in ("x.webp", "x.gif"))
    for number, (webp, gif) in enumerate(zip(seen, seen_in_gif, strict=True)):
        assert (webp[4:12, 10 * number + 3 : 10 * number + 7, 3] == 0).all()
        assert (gif[4:12, 10 * number + 3 : 10 * number + 7, 3] == 0).all()
        assert np.abs(webp[24:28, 34:38, 3].astype(int) - 120).max() <= 2
        assert set(np.unique(gif[..., 3])) == {0, 255}
    facts, data = mp4_parts(Path("x.mp4"))
    assert facts["size"] == [40, 30]
    first = np.frombuffer(data, np.uint8).reshape(-1, 30, 40, 3)[0]
    assert (first[4:12, 3:7] == 255).all()


@pytest.mark.usefixtures("stand_in_ffmpeg")
def test_mp4_in_and_out(artgan: Artgan, typed: list[str]) -> None:
    writer = write_frames("cat.mp4", (32, 24), fps=25, output_params=[])
    for frame in (None, *pan(5)):
        writer.send(frame)
    writer.close()
    run = artgan("transfer", "cat.mp4", *typed)
    assert run.code == 0, run.err
    assert run.lines == ["cat-s.mp4"]
    facts, data = mp4_parts(Path("cat-s.mp4"))
    assert (facts["fps"], facts["size"], len(data)) == (25, [40, 30], 5 * 40 * 30 * 3)
    assert '"frames":5' in " ".join(facts["params"])
    run = artgan("transfer", "cat.mp4", *typed, "-o", "x.gif")
    assert run.code == 0, run.err
    _, times, loop = read_animation(Path("x.gif"))
    assert (times, loop) == ([40] * 5, 0)
    Path("none.mp4").write_bytes(boxes(ftyp=b"isom", moov=b'{"fps": 25, "size": [32, 24]}', mdat=b""))
    run = artgan("transfer", "none.mp4", *typed)
    assert (run.code, "cannot read 'none.mp4': it has no frames" in run.err) == (1, True)
    write_animation(Path("dog.gif"), pan(), [40, 80, 120, 40], loop=0)
    run = artgan("transfer", "dog.gif", *typed, "-o", "y.mp4")
    assert run.code == 0, run.err
    facts, data = mp4_parts(Path("y.mp4"))
    shown = np.frombuffer(data, np.uint8).reshape(-1, 30, 40, 3)
    assert facts["fps"] == 25
    assert [bool((one == other).all()) for one, other in pairwise(shown)] == [
        False, True, False, True, True, False,
    ]  # fmt: skip


def test_optimising_takes_the_first_frame_and_says_so(artgan: Artgan, picture: Picture, tiny_encoder: Path) -> None:
    write_animation(Path("cat.gif"), pan(), TIMES, loop=0)
    Image.fromarray(pan(1)[0]).save("cat.png")
    quick = ["--encoder-weights", str(tiny_encoder), "--size", "32", "--steps", "1", "--scales", "1", "--seed", "1"]
    run = artgan("transfer", "cat.gif", "--style", picture("s.png", seed=1), *quick, "-o", "x.png")
    assert run.code == 0, run.err
    assert "'cat.gif' is moving: only its first frame is painted; --method fast paints all" in run.err
    still = artgan("transfer", "cat.png", "--style", "s.png", *quick, "-o", "y.png")
    assert "moving" not in still.err


@pytest.mark.parametrize(
    ("content", "options", "code", "message"),
    [
        ("cat.gif", ["-o", "-"], 2, "-o - is one PNG, and 'cat.gif' is moving: give --out a file, as cat-s.gif"),
        ("cat.gif", ["-o", "x.png"], 2, "'cat.gif' is moving, so the name must end in one of .webp .gif .mp4"),
        ("cat.gif", ["-o", "there.gif"], 1, "'there.gif' exists already"),
        ("cat.gif", ["-o", "x.mp4"], 2, "mp4 needs the extra video"),
        ("cat.mp4", [], 2, "mp4 needs the extra video"),
        ("cut.gif", ["-o", "x.gif"], 1, "cannot read 'cut.gif': the file is truncated"),
        ("cut.webp", ["-o", "x.webp"], 1, "cannot read 'cut.webp': the file is"),
    ],
)
def test_what_does_not_go_is_one_line(
    artgan: Artgan,
    typed: list[str],
    monkeypatch: pytest.MonkeyPatch,
    content: str,
    options: list[str],
    code: int,
    message: str,
) -> None:
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    for suffix in (".gif", ".webp"):
        data = write_animation(Path(f"cat{suffix}"), pan(), TIMES, loop=0).read_bytes()
        Path(f"cut{suffix}").write_bytes(data[: len(data) * 3 // 4])
    Path("there.gif").write_bytes(b"here")
    Path("cat.mp4").write_bytes(b"film")
    run = artgan("transfer", content, *typed, *options)
    assert run.code == code, run.err
    assert message in " ".join(run.err.split())
    assert "Traceback" not in run.err
    assert run.out == b""
    assert not [path for path in Path().glob("*") if path.name.startswith(("x.", ".artgan"))]
    assert Path("there.gif").read_bytes() == b"here"


@pytest.mark.usefixtures("stand_in_ffmpeg")
@pytest.mark.parametrize(("during", "suffix"), [("reading", ".gif"), ("painting", ".gif"), ("painting", ".mp4")])
def test_interrupted_nothing_is_written(
    artgan: Artgan, typed: list[str], monkeypatch: pytest.MonkeyPatch, during: str, suffix: str
) -> None:
    from artgan.cli.progress import ProgressView
    from artgan.events import Event, ItemsProgress

    shown = ProgressView.__call__

    def interrupt(self: ProgressView, event: Event) -> None:
        shown(self, event)
        if isinstance(event, ItemsProgress) and during in event.activity and event.done == 2:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(ProgressView, "__call__", interrupt)
    write_animation(Path("cat.gif"), pan(), TIMES, loop=0)
    run = artgan("transfer", "cat.gif", *typed, "-o", f"new/x{suffix}")
    assert run.code == 130
    assert "moving pictures that are not finished are not saved" in run.err
    assert run.out == b""
    assert not Path("new").exists()
