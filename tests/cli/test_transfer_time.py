"""`artgan transfer` over time: pictures saved on the way, films, forecasts, and what goes on after Ctrl-C."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image

from artgan.io.receipts import read_receipt

from conftest import Run

Artgan = Callable[..., Run]
Picture = Callable[..., Path]

GIVEN = ("a.png", "b.png", "tiny.safetensors", "cache")


@pytest.fixture(autouse=True)
def _in_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def paint(artgan: Artgan, picture: Picture, tiny_encoder: Path) -> Artgan:
    """`artgan transfer a.png --style b.png`, which takes a moment."""
    Path("tiny.safetensors").write_bytes(tiny_encoder.read_bytes())
    picture("a.png"), picture("b.png", seed=1)
    quick = ["--encoder-weights", "tiny.safetensors", "--size", "32", "--device", "cpu", "--tolerance", "0"]

    def run(*options: str | Path) -> Run:
        return artgan("transfer", "a.png", "--style", "b.png", *quick, *options)

    return run


@pytest.fixture
def interrupted(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Ctrl-C after so many times that the painter asked; every picture asks once more than it takes steps."""

    def after(times: int) -> None:
        left = times

        @contextmanager
        def interrupts(*_: object) -> Iterator[Callable[[], bool]]:
            def asked() -> bool:
                nonlocal left
                left -= 1
                return left < 0

            yield asked

        monkeypatch.setattr("artgan.cli.transfer.graceful_interrupts", interrupts)

    return after


def names() -> list[str]:
    return sorted(path.name for path in Path().iterdir() if path.name not in GIVEN)


def test_pictures_on_the_way_and_a_film(artgan: Artgan, paint: Artgan) -> None:
    run = paint("--steps", "7", "--scales", "2", "--seed", "1", "--save-every", "3", "--animate", "gif", "-o", "o.png")
    assert (run.code, run.lines) == (0, ["o-step0003.png", "o-step0006.png", "o-film.gif", "o.png"])
    assert names() == sorted(run.lines), "no state is left of a finished painting"
    for name in run.lines:
        with Image.open(name) as image:
            assert image.size == (32, 24)
    with Image.open("o-film.gif") as film:
        assert film.n_frames == 7
        durations = []
        for number in range(7):
            film.seek(number)
            durations.append(film.info["duration"])
    assert durations == [80] * 6 + [2000]
    plain = paint("--steps", "7", "--scales", "2", "--seed", "1", "-o", "plain.png")
    assert plain.code == 0
    assert Path("plain.png").read_bytes() == Path("o.png").read_bytes(), "being watched changes nothing"
    receipt = read_receipt(Path("o-step0006.png"))
    assert receipt is not None
    assert receipt["steps"] == 6
    artgan("transfer", "--from-receipt", "o-step0006.png", "-o", "again.png")
    assert Path("again.png").read_bytes() == Path("o-step0006.png").read_bytes()


def test_resumed_is_the_uninterrupted_picture(paint: Artgan, interrupted: Callable[[int], None]) -> None:
    options = ["--steps", "9", "--scales", "2", "--init", "noise", "--animate", "webp"]
    interrupted(6)
    run = paint(*options, "-o", "o.png")
    assert (run.code, run.lines) == (130, ["o-film.webp", "o.png"])
    assert "the same command with --resume goes on from here" in run.err
    assert names() == ["o-film.webp", "o.png", "o.png.state.safetensors"]
    first = read_receipt(Path("o.png"))
    assert first is not None
    assert 0 < first["steps"] < 9
    interrupted(1000)
    run = paint(*options, "-o", "o.png")
    assert (run.code, "exists already" in run.err) == (1, True)
    run = paint(*options, "-o", "o.png", "--resume")
    assert (run.code, run.lines) == (0, ["o-film.webp", "o.png"]), run.err
    assert paint(*options, "-o", "whole.png", "--seed", str(first["seed"])).code == 0
    assert Path("o.png").read_bytes() == Path("whole.png").read_bytes()
    assert Path("o-film.webp").read_bytes() == Path("whole-film.webp").read_bytes()
    assert not Path("o.png.state.safetensors").exists()
    before = Path("o.png").stat().st_mtime_ns
    run = paint(*options, "-o", "o.png", "--resume")
    assert (run.code, run.lines, "o.png was finished before" in run.err) == (0, ["o.png"], True)
    assert Path("o.png").stat().st_mtime_ns == before


def test_a_resume_of_something_else_is_one_line(paint: Artgan, interrupted: Callable[[int], None]) -> None:
    interrupted(4)
    assert paint("--steps", "9", "-o", "o.png").code == 130
    state = Path("o.png.state.safetensors")
    whole = state.read_bytes()
    interrupted(1000)
    run = paint("--steps", "9", "--size", "40", "--style-scale", "2", "-o", "o.png", "--resume")
    assert (run.code, run.out) == (2, b"")
    assert "is of another painting (--size 32, --style-scale 1.0): repeat its command, or remove it" in run.err
    mine = Path("b.png").read_bytes()
    painted = Path("o.png").read_bytes()
    Path("o.png").write_bytes(mine)
    run = paint("--steps", "9", "-o", "o.png", "--resume")
    assert (run.code, "is not the picture that was interrupted; give --force" in run.err) == (1, True)
    assert Path("o.png").read_bytes() == mine
    Path("o.png").write_bytes(painted)
    for damaged in (whole[: len(whole) // 2], b"nothing"):
        state.write_bytes(damaged)
        run = paint("--steps", "9", "-o", "o.png", "--resume")
        assert (run.code, run.out, run.err.count("\n")) == (1, b"", 1), run.err
        assert "o.png.state.safetensors" in run.err


def test_a_killed_painting_goes_on_from_the_last_saved_step(
    artgan: Artgan, paint: Artgan, monkeypatch: pytest.MonkeyPatch
) -> None:
    from artgan.pipelines.sitting import Sitting

    options = ["--steps", "8", "--seed", "1", "--save-every", "3"]
    watch = Sitting._watch

    def killed(self: Sitting, glimpse) -> None:  # type: ignore[no-untyped-def]
        watch(self, glimpse)
        if glimpse.iterate.step == 5:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Sitting, "_watch", killed)
        assert paint(*options, "-o", "o.png").code == 130
    assert names() == ["o-step0003.png", "o.png.state.safetensors"]
    run = paint(*options, "-o", "o.png", "--resume")
    assert (run.code, run.lines) == (0, ["o-step0006.png", "o.png"]), run.err
    assert paint(*options, "-o", "whole.png").code == 0
    assert Path("o.png").read_bytes() == Path("whole.png").read_bytes()


def test_a_long_painting_is_foretold(paint: Artgan, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "GB of memory" not in paint("--steps", "8", "-o", "1.png").err
    monkeypatch.setattr("artgan.pipelines.sitting._WORTH_A_FORECAST", 0.0)
    run = paint("--steps", "8", "-o", "2.png")
    assert run.err.count("a.png: about 1 min and 0.8 GB of memory for 32x24; ") == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--animate", "film.avi"], "--animate is a file ending in .webp, .gif, .mp4, not 'film.avi'"),
        (["--animate", "o.webp", "-o", "o.webp"], "--animate and --out both name 'o.webp'"),
        (["--animate", "gif", "-o", "-"], "goes beside the result"),
        (["b.png", "--animate", "film.gif", "-o", "out/"], "--animate webp gives each its own"),
        (["--save-every", "2", "-o", "-"], "--save-every writes several files"),
        (["--resume", "-o", "-"], "give --out a file or folder, not -"),
        (["--save-every", "0"], "--save-every is at least 1"),
    ],
)
def test_wrong_usage_is_one_line(paint: Artgan, options: list[str], message: str) -> None:
    run = paint("--steps", "3", "-q", *options)
    assert (run.code, run.out, run.err.count("\n")) == (2, b"", 1), run.err
    assert message in run.err
    assert names() == []


def test_what_is_in_the_way_is_found_before_the_work(paint: Artgan) -> None:
    for name, option in (("o-step0004.png", ["--save-every", "2"]), ("o-film.gif", ["--animate", "gif"])):
        Path(name).write_bytes(b"mine")
        run = paint("--steps", "4", *option, "-o", "o.png", "-q")
        assert (run.code, run.out) == (1, b"")
        assert f"'{name}' exists already" in run.err
        assert Path(name).read_bytes() == b"mine"
