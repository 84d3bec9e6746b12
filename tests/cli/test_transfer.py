"""`artgan transfer` as typed: exit code, standard output, standard error, and what is left on disk."""

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from artgan.io.receipts import read_receipt

from conftest import Run

Artgan = Callable[..., Run]
Picture = Callable[..., Path]


@pytest.fixture
def quick(tiny_encoder: Path) -> list[str]:
    """Options that make a run take a moment."""
    return [
        "--encoder-weights",
        str(tiny_encoder),
        "--size",
        "32",
        "--steps",
        "3",
        "--seed",
        "1",
        "--device",
        "cpu",
    ]


@pytest.fixture(autouse=True)
def _in_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def leftovers(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.suffix not in (".toml",))


def test_paints_and_prints_the_path(artgan: Artgan, picture: Picture, quick: list[str]) -> None:
    run = artgan("transfer", picture("a.png"), "--style", picture("b.jpg", seed=1), *quick)
    assert run.code == 0
    assert run.lines == ["a-b.png"]
    assert "encoder embedded" in run.err
    assert "seed 1" in run.err
    with Image.open("a-b.png") as painted:
        assert painted.size == (32, 24)


def test_the_receipt_says_how(artgan: Artgan, picture: Picture, quick: list[str]) -> None:
    artgan("transfer", picture("a.png"), "--style", f"{picture('b.png')}:0.3", *quick, "-o", "out.jpg", "-q")
    receipt = read_receipt(Path("out.jpg"))
    assert receipt is not None
    assert receipt["command"] == "transfer"
    assert receipt["options"]["size"] == 32
    assert receipt["seed"] == 1
    assert receipt["steps"] == 3
    assert len(receipt["encoder"]["sha256"]) == len(receipt["content"]["sha256"]) == 64
    assert receipt["styles"][0]["weight"] == 0.3
    assert receipt["content"]["name"] == "a.png"
    assert str(Path.cwd()) not in json.dumps(receipt)  # names, never folders


def test_same_seed_same_file(artgan: Artgan, picture: Picture, quick: list[str]) -> None:
    arguments = [
        "transfer",
        str(picture("a.png")),
        "--style",
        str(picture("b.png")),
        *quick,
        "--init",
        "noise",
    ]
    for name in ("1.png", "2.png"):
        assert artgan(*arguments, "-o", name).code == 0
    assert Path("1.png").read_bytes() == Path("2.png").read_bytes()
    artgan(*arguments, "-o", "3.png", "--seed", "2")
    assert Path("1.png").read_bytes() != Path("3.png").read_bytes()


def test_a_seed_is_drawn_printed_and_stored(artgan: Artgan, picture: Picture, quick: list[str]) -> None:
    quick = [*quick[: quick.index("--seed")], *quick[quick.index("--seed") + 2 :]]
    run = artgan("transfer", picture("a.png"), "--style", picture("b.png"), *quick, "-o", "x.png")
    receipt = read_receipt(Path("x.png"))
    assert receipt is not None
    assert f"seed {receipt['seed']}" in run.err


def test_quiet_prints_only_the_path(artgan: Artgan, picture: Picture, quick: list[str]) -> None:
    run = artgan("transfer", picture("a.png"), "--style", picture("b.png"), *quick, "-q")
    assert (run.code, run.lines, run.err) == (0, ["a-b.png"], "")


def test_json_is_one_document(artgan: Artgan, picture: Picture, quick: list[str]) -> None:
    run = artgan("transfer", picture("a.png"), picture("c.png"), "--style", picture("b.png"), *quick, "--json")
    document = json.loads(run.out)
    assert [result["path"] for result in document["results"]] == ["a-b.png", "c-b.png"]
    assert document["results"][0]["steps"] == 3
    assert document["failed"] == []


def test_folders_globs_and_several_styles(artgan: Artgan, picture: Picture, quick: list[str]) -> None:
    for name in ("in/p2.png", "in/p10.png", "more/x.png"):
        picture(name)
    styles = ["--style", str(picture("s.png", seed=1)) + ":3", "--style", str(picture("t.png", seed=2))]
    run = artgan("transfer", "in", "more/*.png", *styles, *quick, "-o", "out")
    assert run.code == 0
    assert run.lines == ["out/p2-s+t.png", "out/p10-s+t.png", "out/x-s+t.png"]


def test_one_bad_picture_of_several_is_exit_3(artgan: Artgan, picture: Picture, quick: list[str]) -> None:
    picture("in/a.png")
    Path("in/b.png").write_bytes(b"no picture")
    run = artgan("transfer", "in", "--style", picture("s.png"), *quick, "-q")
    assert run.code == 3
    assert run.lines == ["a-s.png"]
    assert run.err.count("\n") == 1
    assert "b.png" in run.err


def test_all_bad_is_exit_1(artgan: Artgan, picture: Picture, quick: list[str]) -> None:
    Path("in").mkdir()
    for name in ("a.png", "b.png"):
        Path("in", name).write_bytes(b"no picture")
    run = artgan("transfer", "in", "--style", picture("s.png"), *quick, "--json", "-q")
    assert run.code == 1
    assert [failure["source"] for failure in json.loads(run.out)["failed"]] == ["in/a.png", "in/b.png"]


def test_pipes(artgan: Artgan, picture: Picture, quick: list[str]) -> None:
    run = artgan("transfer", "-", "--style", picture("s.png"), *quick, "-o", "-", stdin=picture("a.png").read_bytes())
    assert run.code == 0
    with Image.open(io.BytesIO(run.out)) as painted:
        assert (painted.format, painted.size) == ("PNG", (32, 24))


def test_alpha_is_kept(artgan: Artgan, picture: Picture, quick: list[str]) -> None:
    pixels = np.zeros((24, 32, 4), np.uint8)
    pixels[:, :16] = (200, 30, 30, 255)
    Image.fromarray(pixels).save("a.png")
    assert artgan("transfer", "a.png", "--style", picture("s.png"), *quick, "-o", "out.png").code == 0
    with Image.open("out.png") as painted:
        assert painted.mode == "RGBA"
        assert np.array_equal(np.asarray(painted)[:, [0, 31], 3], np.tile([255, 0], (24, 1)))


@pytest.mark.parametrize("size", [(1, 200), (200, 1), (3, 3)])
def test_any_aspect_ratio(artgan: Artgan, picture: Picture, quick: list[str], size: tuple[int, int]) -> None:
    run = artgan("transfer", picture("a.png", *size), "--style", picture("s.png"), *quick, "-o", "o.png")
    assert run.code == 0, run.err
    with Image.open("o.png") as painted:
        assert max(painted.size) == 32


@pytest.mark.parametrize(
    "options",
    [
        ["--optimizer", "lbfgs"],
        ["--init", "noise"],
        ["--init", "noisy-content"],
        ["--pooling", "average"],
        ["--normalization", "gatys", "--style-weight", "1e-3"],
        ["--normalization", "mean"],
        ["--content-layers", "relu2_2,relu4_2:0.5", "--style-layers", "relu1_1:3"],
        ["--content-weight", "0"],
        ["--style-weight", "0"],
        ["--tv-weight", "100"],
        ["--scales", "2", "--steps", "3"],
        ["--style-scale", "0.5"],
        ["--budget", "60s"],
        ["--precision", "float32"],
        ["--precision", "bfloat16"],
        ["--ratio", "0.1"],
    ],
)
def test_every_knob_works_and_changes_something(
    artgan: Artgan, picture: Picture, quick: list[str], options: list[str]
) -> None:
    base = [
        "transfer",
        str(picture("a.png")),
        "--style",
        str(picture("b.png", 60, 60, 3)),
        *quick,
        "--precision",
        "float32",
    ]
    assert artgan(*base, "-o", "plain.png").code == 0
    run = artgan(*base, *options, "-o", "knob.png")
    assert run.code == 0, run.err
    with Image.open("plain.png") as plain, Image.open("knob.png") as knob:
        same = np.array_equal(np.asarray(plain), np.asarray(knob))
    assert same == (options[0] == "--budget" or options[1] == "float32")


def test_init_from_a_file(artgan: Artgan, picture: Picture, quick: list[str]) -> None:
    run = artgan("transfer", picture("a.png"), "--style", picture("s.png"), *quick, "--init", picture("i.png"))
    assert run.code == 0


BAD_USAGE = {
    "no style": (["a.png"], "no style: add --style FILE, or a built-in one such as --style"),
    "no content": (["--style", "s.png"], "no pictures: name some, as in artgan transfer example:portrait"),
    "unknown style": (["a.png", "--style", "swrils"], "Did you mean 'swirls'?"),
    "unknown option": (["a.png", "--stile", "s.png"], "No such option: --stile"),
    "bad choice": (
        ["a.png", "--style", "s.png", "--optimizer", "sgd"],
        "'sgd' is not one of 'adam', 'lbfgs'",
    ),
    "bad number": (["a.png", "--style", "s.png", "--steps", "many"], "should be a valid integer"),
    "out of range": (["a.png", "--style", "s.png", "--steps", "0"], "--steps is at least 1, not 0"),
    "infinite": (["a.png", "--style", "s.png", "--tv-weight", "inf"], "--tv-weight is a finite number"),
    "unknown layer": (
        ["a.png", "--style", "s.png", "--content-layers", "relu4_9"],
        "Did you mean 'relu4_1'?|Did you mean 'relu4_2'?",
    ),
    "bad weight": (["a.png", "--style", "s.png:-1"], "--style takes weights above zero"),
    "bad budget": (["a.png", "--style", "s.png", "--budget", "soon"], "--budget is a time such as 90s"),
    "bad device": (
        ["a.png", "--style", "s.png", "--device", "gpu"],
        "--device is auto, cpu, cuda, cuda:N or mps, not 'gpu'",
    ),
    "quiet and verbose": (["a.png", "--style", "s.png", "-q", "-v"], "exclude each other"),
    "two to one file": (["a.png", "c.png", "--style", "s.png", "-o", "x.png"], "give a folder"),
    "two to a pipe": (["a.png", "c.png", "--style", "s.png", "-o", "-"], "-o - takes one picture, not 2"),
    "same name twice": (["a.png", "d/a.png", "--style", "s.png", "-o", "out"], "would both be written to"),
    "unknown suffix": (["a.png", "--style", "s.png", "-o", "x.jpgg"], ".jpg"),
    "unknown recipe": (["a.png", "--style", "s.png", "--recipe", "gatis"], "Did you mean 'gatys'?"),
    "json and a pipe": (["a.png", "--style", "s.png", "--json", "-o", "-"], "both want standard output"),
    "stdin twice": (["-", "--style", "-"], "- can be the content or a style, not both"),
}


@pytest.mark.parametrize("case", BAD_USAGE, ids=str)
def test_wrong_usage_is_one_line_and_exit_2(artgan: Artgan, picture: Picture, quick: list[str], case: str) -> None:
    for name in ("a.png", "c.png", "d/a.png", "s.png"):
        picture(name)
    before = leftovers(Path())
    arguments, message = BAD_USAGE[case]
    overridden = {option for option in arguments if option.startswith("--")}
    kept = [x for pair in zip(quick[::2], quick[1::2], strict=True) if pair[0] not in overridden for x in pair]
    run = artgan("transfer", *arguments, *kept)
    assert run.code == 2 or (case == "unknown style" and run.code == 1)
    assert run.out == b""
    assert any(part in run.err for part in message.split("|")), run.err
    assert run.err.count("\n") == 1
    assert leftovers(Path()) == before


BAD_INPUT = {
    "missing": "cannot read",
    "empty": "empty",
    "text": "not a picture",
    "truncated": "truncated",
    "bomb": "pixels",
    "empty folder": "no pictures in",
    "no match": "match",
}


# A style is one file: folders and globs are contents only.
ROLES = [(case, "content") for case in BAD_INPUT] + [(case, "style") for case in list(BAD_INPUT)[:5]]


@pytest.mark.parametrize(("case", "role"), ROLES)
def test_bad_pictures_are_one_line_and_exit_1(
    artgan: Artgan, picture: Picture, quick: list[str], case: str, role: str
) -> None:
    good = str(picture("good.png"))
    bad = {"empty folder": "folder", "no match": "*.nothing"}.get(case, f"{case}.png")
    if case == "empty":
        Path(bad).touch()
    elif case == "text":
        Path(bad).write_text("hello")
    elif case == "truncated":
        whole = picture("whole.png", 200, 200).read_bytes()
        Path(bad).write_bytes(whole[: len(whole) // 2])
    elif case == "bomb":
        header = bytearray(picture("small.png").read_bytes())
        header[16:24] = (100_000).to_bytes(4, "big") * 2
        import zlib

        header[29:33] = zlib.crc32(header[12:29]).to_bytes(4, "big")
        Path(bad).write_bytes(header)
    elif case == "empty folder":
        Path(bad).mkdir()
    before = leftovers(Path())
    content, style = (bad, good) if role == "content" else (good, bad)
    run = artgan("transfer", content, "--style", style, *quick, "-q")
    assert run.code == 1
    assert run.out == b""
    assert run.err.count("\n") == 1
    assert run.err.startswith("error: ")
    assert BAD_INPUT[case] in run.err or (case == "missing" and "no " in run.err), run.err
    assert leftovers(Path()) == before


def test_nothing_on_stdin(artgan: Artgan, picture: Picture, quick: list[str]) -> None:
    run = artgan("transfer", "-", "--style", picture("s.png"), *quick, "-o", "out.png", "-q")
    assert run.code == 1
    assert "stdin" in run.err


def test_nothing_is_overwritten_without_force(artgan: Artgan, picture: Picture, quick: list[str]) -> None:
    Path("out.png").write_bytes(b"mine")
    arguments = ["transfer", str(picture("a.png")), "--style", str(picture("s.png")), *quick, "-o", "out.png"]
    run = artgan(*arguments)
    assert run.code == 1
    assert "--force" in run.err
    assert Path("out.png").read_bytes() == b"mine"
    assert artgan(*arguments, "--force").code == 0
    assert Path("out.png").read_bytes() != b"mine"


def test_a_folder_that_cannot_be_written_is_found_before_the_work(
    artgan: Artgan, picture: Picture, quick: list[str]
) -> None:
    Path("file").write_text("not a folder")
    run = artgan("transfer", picture("a.png"), "--style", picture("s.png"), *quick, "-o", "file/out.png")
    assert run.code == 1
    assert run.out == b""
    assert run.err.startswith("error: cannot write 'file/out.png'")
    assert run.err.count("\n") == 1  # not even the encoder was loaded


def test_a_full_disk_leaves_nothing_half_written(artgan: Artgan, picture: Picture, quick: list[str]) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    with open("/dev/full", "wb") as full:  # noqa: PTH123  # a device, opened for a child process
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "artgan",
                "transfer",
                picture("a.png"),
                "--style",
                picture("s.png"),
                *quick,
                "-o",
                "-",
            ],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert "error: cannot write to standard output: " in done.stderr
    assert "disk is full" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_pipe_closed_early(picture: Picture, quick: list[str]) -> None:
    command = [
        sys.executable,
        "-m",
        "artgan",
        "transfer",
        picture("a.png"),
        "--style",
        picture("s.png"),
        *quick,
        "-o",
        "-",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        err = process.stderr.read().decode()
    assert process.returncode == 1
    assert "Traceback" not in err
    assert "Exception ignored" not in err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_saves_the_picture_so_far(picture: Picture, tiny_encoder: Path, number: signal.Signals) -> None:
    command = [sys.executable, "-m", "artgan", "transfer", picture("a.png"), "--style", picture("s.png")]
    command += [
        "--encoder-weights",
        str(tiny_encoder),
        "--size",
        "200",
        "--steps",
        "1000000",
        "--tolerance",
        "0",
        "-o",
        "out.png",
    ]
    for patience in (
        1,
        5,
        20,
    ):  # on a busy machine the first step may come late, and before it there is nothing to save
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            assert process.stderr is not None
            assert b"encoder" in process.stderr.readline()
            time.sleep(patience)
            os.kill(process.pid, number)
            out, err = process.communicate(timeout=60)
        if out:
            break
    assert process.returncode == 130
    assert out == b"out.png\n", err
    assert b"the picture so far is saved" in err
    assert b"Traceback" not in err
    receipt = read_receipt(Path("out.png"))
    assert receipt is not None
    assert receipt["steps"] > 0


def test_config_files_and_their_order(artgan: Artgan, picture: Picture, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("run.toml").write_text('[transfer]\nsteps = 7\nseed = 5\nstyle = ["b.png"]\ncontent-layers = "relu3_1"\n')
    monkeypatch.setenv("ARTGAN_SEED", "6")
    run = artgan("transfer", "--recipe", "gatys", "--config", "run.toml", "--steps", "9", "--dump-config")
    assert run.code == 0
    assert "steps = 9" in run.lines  # command line
    assert "seed = 6" in run.lines  # environment
    assert 'content-layers = "relu3_1"' in run.lines  # file
    assert 'optimizer = "lbfgs"' in run.lines  # recipe
    assert "style-scale = 1.0" in run.lines  # default
    Path("again.toml").write_bytes(run.out)
    again = artgan("transfer", "a.png", "--config", "again.toml", "--dump-config")
    assert again.out == run.out


def test_an_unknown_key_is_refused(artgan: Artgan) -> None:
    Path("run.toml").write_text("[transfer]\nstepz = 7\n")
    run = artgan("transfer", "a.png", "--config", "run.toml")
    assert run.code == 2
    assert "unknown key 'stepz' in 'run.toml'. Did you mean 'steps'?" in run.err


def test_scores_in_json_and_in_the_receipt(artgan: Artgan, picture: Picture, quick: list[str]) -> None:
    run = artgan("transfer", picture("a.png"), "--style", picture("b.png", seed=1), *quick, "--json", "-o", "o.png")
    scores = json.loads(run.out)["results"][0]["scores"]
    assert (scores["encoder"], scores["size"]) == ("embedded", 32)
    for name in ("content_fidelity", "style_similarity", "palette_distance", "ssim"):
        assert {"value", "of_content", "of_style", "percent"} == scores[name].keys()
        assert 0 <= scores[name]["percent"] <= 100
    receipt = read_receipt(Path("o.png"))
    assert receipt is not None
    assert receipt["scores"] == scores
    shown = artgan("show", "o.png").out.decode()
    assert f"value {scores['ssim']['value']:.6g}, of_content 1, of_style" in shown
