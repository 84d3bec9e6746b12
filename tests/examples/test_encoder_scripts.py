"""The scripts that make the embedded encoder, at sizes that take seconds."""

import importlib
import json
import struct
import zipfile
from io import BytesIO
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from artgan.io.checkpoints import load_tensors, save_tensors
from artgan.models.encoder import Encoder
from artgan.models.encoder_weights import SOURCES, load_encoder

from conftest import REPOSITORY

DISTURBANCES = ("leave", "add_noise", "blend", "oversharpen", "clouds", "shuffle_patches", "blur")
WIDTHS = "4,4,4,6,6,6"


@pytest.fixture(autouse=True)
def _scripts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(REPOSITORY / "examples" / "encoder")


def script(name: str) -> ModuleType:
    return importlib.import_module(name)


def teacher_tensors(width: int = 8) -> dict[str, Tensor]:
    """A VGG19 of few channels with random weights, biased so that most channels are alive."""
    generator = torch.Generator().manual_seed(0)
    tensors, channels = {}, 3
    for key in SOURCES["vgg19"].layout().values():
        if key.endswith("weight"):
            scale = (2 / (9 * channels)) ** 0.5
            tensors[key] = torch.randn(width, channels, 3, 3, generator=generator) * scale
            channels = width
        else:
            tensors[key] = torch.rand(width, generator=generator) * 0.5
    return tensors


@pytest.fixture
def vgg19_file(tmp_path: Path) -> Path:
    tensors, path = teacher_tensors(), tmp_path / "vgg19.safetensors"
    save_tensors(path, {theirs: tensors[ours] for theirs, ours in SOURCES["vgg19"].layout().items()}, {})
    return path


def painted(seed: int, height: int = 56, width: int = 64) -> np.ndarray:
    """Coloured blocks: a picture with edges and areas."""
    blocks = np.random.default_rng(seed).integers(0, 256, (height // 8, width // 8, 3), dtype=np.uint8)
    return blocks.repeat(8, 0).repeat(8, 1)


def encoded(pixels: np.ndarray, kind: str) -> bytes:
    stream = BytesIO()
    Image.fromarray(pixels).save(stream, kind)
    return stream.getvalue()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "pictures"
    found.mkdir()
    for seed in range(4):
        (found / f"{seed}.png").write_bytes(encoded(painted(seed), "PNG"))
    return found


def sampler_of(size: int = 32) -> object:
    return script("pictures").Sampler([painted(seed) for seed in range(4)], size, 0)


def test_distilled_encoder_loads_and_is_scored(
    vgg19_file: Path, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    sizes = ["--size", "32", "--batch", "4", "--pool", "4", "--start-batches", "2", "--widths", WIDTHS]
    common = ["--weights", str(vgg19_file), "--precision", "float32"]
    script("distill").main([*common, *sizes, "--pictures", str(folder), "--out", str(out), "--steps", "3"])

    encoder = load_encoder("embedded", weights=out / "embedded.safetensors")
    assert encoder.layers == tuple(f"relu{layer}" for layer in script("student").TAPS)
    assert encoder.channels["relu4_2"] == 8
    tensors, metadata = load_tensors(out / "embedded.safetensors")
    assert {tensor.dtype for tensor in tensors.values()} == {torch.float16}
    assert metadata["steps"] == "3"
    assert set(metadata) == {"steps", "seed", "widths", "minutes", "teacher", "licence"}
    start, _ = load_tensors(out / "start.safetensors")
    assert start.keys() == tensors.keys()
    assert any(not torch.equal(start[name], tensors[name]) for name in tensors), "nothing was learned"

    where = ["--content", str(folder), "--style", str(folder), "--json", str(tmp_path / "score.json")]
    what = ["--pairs", "0+1", "--content-weights", "0.04", "1", "--steps", "2", "--size", "48"]
    script("score").main([str(out / "embedded.safetensors"), *common, *where, *what, "--keep", str(tmp_path)])
    assert "mean ratio" in capsys.readouterr().out
    result = json.loads((tmp_path / "score.json").read_text())
    assert [row["content_weight"] for row in result["rows"]] == [0.04, 1]
    assert all(0 < row["cf"] <= 1 and row["rg"] > 0 for row in [*result["rows"], *result["vgg19"]])
    assert result["speed_up"] == pytest.approx(result["vgg19_seconds_a_step"] / result["seconds_a_step"])
    assert (tmp_path / "0+1-1-candidate.png").is_file()


def test_same_seed_and_steps_give_the_same_student(vgg19_file: Path, folder: Path, tmp_path: Path) -> None:
    sizes = ["--size", "16", "--batch", "2", "--pool", "2", "--start-batches", "1", "--widths", WIDTHS, "--steps", "2"]
    common = ["--weights", str(vgg19_file), "--pictures", str(folder), "--precision", "float32", "--seed", "7"]
    for name in ("a", "b"):
        script("distill").main([*common, *sizes, "--out", str(tmp_path / name)])
    first, second = (load_tensors(tmp_path / name / "embedded.safetensors")[0] for name in ("a", "b"))
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_student_as_wide_as_the_teacher_starts_as_the_teacher() -> None:
    """Least squares then has an exact solution at every layer, whatever order the channels are chosen in."""
    closed_form, student_module = script("closed_form"), script("student")
    tensors = {name: tensor for name, tensor in teacher_tensors(6).items() if name[4] in "123"}
    layers = [name[4:7] for name in tensors if name.endswith("weight")]
    teacher = Encoder(tensors, name="teacher", border="zeros")
    student = student_module.Student(dict.fromkeys(layers, 6))
    sampler = sampler_of()
    closed_form.fit_convolutions(
        student,
        tensors,
        sampler,
        precision=torch.float32,
        imitates={layer: layer for layer in layers},
        batches=4,
        ridge=1e-10,
    )
    closed_form.fit_heads(student, teacher, sampler, batches=2, ridge=1e-10)
    images = sampler.batch(2)  # none that was fitted to
    with torch.no_grad():
        own, wanted = student(images), teacher(images, [f"relu{layer}" for layer in student.taps])
        for layer in student.taps:
            target = wanted[f"relu{layer}"]
            error = (student.predict(layer, own[layer]) - target).norm() / target.norm()
            assert error < 2e-3, f"relu{layer}"


def test_channels_are_chosen_that_explain_the_others() -> None:
    """Three things are to be seen, two of them more than once, besides noise and a dead channel."""
    generator = torch.Generator().manual_seed(0)
    sources = torch.randn(5000, 3, generator=generator)
    noise = 0.01 * torch.randn(5000, 8, generator=generator)
    shown = sources[:, [0, 0, 1, 1, 1, 2, 0, 0]] * torch.tensor([3.0, 2.0, 1.0, 1.5, 1.2, 0.4, 0.0, 0.0])
    features = shown + noise * torch.tensor([1.0, 1, 1, 1, 1, 1, 1, 0])
    first, second, third, *rest = script("closed_form").choose_channels(features.T @ features, 8)
    assert first in (0, 1)
    assert second in (2, 3, 4)
    assert third == 5
    assert sorted([first, second, third, *rest]) == list(range(8))
    assert rest[-1] == 7


@pytest.mark.parametrize("name", DISTURBANCES)
def test_disturbed_pictures_stay_pictures(name: str) -> None:
    pictures = script("pictures")
    batch = sampler_of().batch(3)
    draws = pictures.Draws(np.random.default_rng(1), torch.Generator().manual_seed(1))
    for _ in range(12):
        picture = pictures.disturbed(batch[0], batch, draws, getattr(pictures, name))
        assert picture.shape == batch[0].shape
        assert torch.isfinite(picture).all()
        assert picture.min() >= 0
        assert picture.max() <= 1
        if name == "leave":
            assert torch.equal(picture, batch[0])
        elif name == "shuffle_patches":
            assert torch.equal(picture.flatten().sort().values, batch[0].flatten().sort().values)


def test_every_disturbance_is_drawn() -> None:
    pictures = script("pictures")
    assert [disturbance.__name__ for _, disturbance in pictures.DISTURBANCES] == list(DISTURBANCES)
    assert [until for until, _ in pictures.DISTURBANCES] == sorted(until for until, _ in pictures.DISTURBANCES)
    sampler = sampler_of()
    assert {sampler._disturbance().__name__ for _ in range(300)} == set(DISTURBANCES)


def test_pictures_are_gathered_from_folders_zips_and_records(folder: Path, tmp_path: Path) -> None:
    pictures = script("pictures")
    with zipfile.ZipFile(tmp_path / "more.zip", "w") as archive:
        archive.writestr("a/wide.png", encoded(painted(10, 400, 1600), "PNG"))
        archive.writestr("notes.txt", "no picture")
    records = [b"\x0a\x05image" + encoded(painted(seed), "JPEG") + b"\x12\x04tail" for seed in (11, 12)]
    framed = b"".join(struct.pack("<Q", len(r)) + b"crc." + r + b"crc." for r in records)
    (tmp_path / "some.tfrec").write_bytes(framed)

    found = pictures.gather([folder, tmp_path / "more.zip", tmp_path / "some.tfrec"])
    assert [picture.shape for picture in found] == [(56, 64, 3)] * 4 + [(320, 640, 3)] + [(56, 64, 3)] * 2
    assert np.array_equal(found[2], painted(2))
    assert np.abs(found[5].astype(float) - painted(11)).mean() < 20

    kept = pictures.without_twins(found, [np.asarray(Image.fromarray(painted(2)).resize((80, 70)))])
    assert len(kept) == 6
    assert not any(np.array_equal(picture, painted(2)) for picture in kept)


def test_pool_moves_towards_its_goals_and_starts_anew() -> None:
    closed_form, pool_module, student_module = (script(name) for name in ("closed_form", "pool", "student"))
    torch.manual_seed(0)
    sampler = sampler_of()
    student = student_module.Student(student_module.parse_widths(WIDTHS))
    teacher = Encoder(teacher_tensors(), name="teacher", border="zeros")
    closed_form.fit_convolutions(student, teacher_tensors(), sampler, precision=torch.float32, batches=1)
    closed_form.fit_heads(student, teacher, sampler, batches=1)
    pool = pool_module.Pool(3, student, sampler, np.random.default_rng(0), torch.float32)

    def style_error(number: int) -> float:
        with torch.no_grad():
            features = student(pool.pictures[number : number + 1], student_module.STYLE_LAYERS)
        goal = pool._goals[number].grams
        losses = [
            pool_module.style_loss(
                pool_module.gram_matrix(features[layer]), goal[layer], "relative", metric=student.metric(layer)
            ).item()
            for layer in goal
        ]
        return sum(losses)

    before, resting = [style_error(number) for number in range(3)], pool.pictures[2].clone()
    for _ in range(8):
        pool.move([0, 1])
    assert style_error(0) < before[0]
    assert style_error(1) < before[1]
    assert torch.equal(pool.pictures[2], resting)
    assert pool.pictures.min() >= 0
    assert pool.pictures.max() <= 1

    pool._life = [8, 9, 0]
    moved = pool.pictures.clone()
    pool.replace([0, 1])
    assert not torch.equal(pool.pictures[0], moved[0])
    assert torch.equal(pool.pictures[1:], moved[1:])
    assert pool._age == [0, 8, 0]


def test_identical_pictures_score_perfectly() -> None:
    score = script("score")
    vgg19 = Encoder(teacher_tensors(), name="vgg19", border="zeros")
    picture, other = sampler_of(48).batch(2)[:, None]
    assert score.judge(vgg19, picture, picture, picture) == pytest.approx((1, 0), abs=1e-6)
    cf, rg = score.judge(vgg19, picture, other, other)
    assert cf < 0.9999
    assert rg > 0.001


def test_candidates_are_compared_where_as_much_content_is_left() -> None:
    score = script("score")

    def scored(weight: float, cf: float, rg: float, seconds: float) -> object:
        return score.Score(pair="a+b", content_weight=weight, cf=cf, rg=rg, seconds_a_step=seconds)

    references = [scored(1, 0.7, 0.20, 0.3), scored(0.1, 0.5, 0.10, 0.3)]
    result = score.compare(references, [scored(0.1, 0.6, 0.30, 0.1), scored(1, 0.8, 0.40, 0.1)])
    assert [row["vgg19_rg"] for row in result["rows"]] == [pytest.approx(0.15), None]
    assert result["mean_ratio"] == pytest.approx(2)
    assert result["mean_ratio_by_content_weight"] == {"0.1": pytest.approx(2), "1": None}
    assert result["speed_up"] == pytest.approx(3)
    assert "beyond VGG19's" in score.table(result)
