"""`artgan transfer --model` through its pipeline: sizes, directions, floats, transparency, receipts, events."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from artgan.config.transfer import TransferConfig
from artgan.errors import UsageError, WeightsError
from artgan.events import Event, ItemsProgress, PictureDone, PictureFailed
from artgan.io.images import read_picture
from artgan.io.receipts import read_receipt
from artgan.models.registry import load
from artgan.painting.translate import Translator
from artgan.pipelines.transfer import transfer
from artgan.pipelines.translators import Translators

from translation_models import write_model

Picture = Callable[..., Path]


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write_model(tmp_path / "m.safetensors", ("monet", "photo"))


def config(model: Path, **options: object) -> TransferConfig:
    return TransferConfig(model=str(model), device="cpu", precision="float32", **options)  # type: ignore[arg-type]


def pixels(path: Path) -> np.ndarray:
    return read_picture(path).pixels


def test_the_result_is_the_generators(model: Path, picture: Picture, tmp_path: Path) -> None:
    source, out = picture("a.png", 45, 31), tmp_path / "o.png"
    transfer(config(model, to="monet"), [str(source)], out=str(out))
    translator = Translator(load(model)[1]["photo->monet"], device=torch.device("cpu"))
    image = torch.from_numpy(pixels(source).copy()).permute(2, 0, 1)[None]
    wanted = translator.paint(image).image[0].permute(1, 2, 0).numpy()
    assert pixels(out).shape == (31, 45, 3)
    assert np.abs(pixels(out) - wanted).max() <= 0.5 / 255 + 1e-6


def test_strength(model: Path, picture: Picture, tmp_path: Path) -> None:
    source = picture("a.png")
    for strength in (0.0, 50.0, 100.0):
        transfer(config(model, to="monet", strength=strength), [str(source)], out=str(tmp_path / f"{strength}.png"))
    none, half, full = (pixels(tmp_path / f"{strength}.png") for strength in (0.0, 50.0, 100.0))
    np.testing.assert_array_equal(none, pixels(source))
    assert np.abs(half - (none + full) / 2).max() < 1.1 / 255


def test_size_scales_first(model: Path, picture: Picture, tmp_path: Path) -> None:
    transfer(config(model, to="monet", size=64), [str(picture("a.png", 48, 36))], out=str(tmp_path / "o.png"))
    assert pixels(tmp_path / "o.png").shape == (48, 64, 3)


@pytest.mark.parametrize("size", [None, 20])
def test_alpha_is_kept(model: Path, tmp_path: Path, size: int | None) -> None:
    levels = np.random.default_rng(0).integers(0, 256, (30, 40, 4), dtype=np.uint8)
    Image.fromarray(levels).save(tmp_path / "a.png")
    transfer(config(model, to="photo", size=size), [str(tmp_path / "a.png")], out=str(tmp_path / "o.png"))
    alpha = read_picture(tmp_path / "o.png").alpha
    assert alpha is not None
    if size is None:
        np.testing.assert_allclose(alpha, levels[..., 3] / 255, atol=1e-6)
    else:
        assert alpha.shape == (15, 20)


def test_a_folder_takes_one_model(
    model: Path, picture: Picture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        picture(f"in/{number}.png", seed=number)
    (tmp_path / "in" / "bad.png").write_bytes(b"no picture")
    loads = []
    monkeypatch.setattr("artgan.pipelines.translators.load", lambda path: loads.append(path) or load(path))
    events: list[Event] = []
    report = transfer(
        config(model, to="monet"), [str(tmp_path / "in")], out=str(tmp_path / "out"), listener=events.append
    )
    assert (report.done, report.failed, report.interrupted) == (3, 1, False)
    assert loads == [model]
    done = [event for event in events if isinstance(event, PictureDone)]
    assert [event.path for event in done] == [tmp_path / "out" / f"{n}-monet.png" for n in range(3)]
    assert done[0].details["direction"] == "photo->monet"
    assert [Path(event.source).name for event in events if isinstance(event, PictureFailed)] == ["bad.png"]
    assert [event.done for event in events if isinstance(event, ItemsProgress)] == [1, 2, 3, 4]


def test_stopped_after_the_picture_in_hand(model: Path, picture: Picture, tmp_path: Path) -> None:
    for number in range(3):
        picture(f"in/{number}.png", seed=number)
    seen: list[Event] = []
    report = transfer(
        config(model, to="monet"),
        [str(tmp_path / "in")],
        out=str(tmp_path / "out"),
        listener=seen.append,
        should_stop=lambda: any(isinstance(event, ItemsProgress) for event in seen),
    )
    assert (report.done, report.interrupted) == (1, True)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["0-monet.png"]


def test_the_receipt_names_the_model_and_repeats(model: Path, picture: Picture, tmp_path: Path) -> None:
    source = picture("a.png")
    for name in ("1.png", "2.png"):
        transfer(config(model, to="monet", tiling="exact"), [str(source)], out=str(tmp_path / name))
    assert (tmp_path / "1.png").read_bytes() == (tmp_path / "2.png").read_bytes()
    receipt = read_receipt(tmp_path / "1.png")
    assert receipt is not None
    assert receipt["direction"] == "photo->monet"
    assert receipt["tiling"] == "exact"
    assert len(receipt["model"]["sha256"]) == len(receipt["content"]["sha256"]) == 64
    assert receipt["model"]["spec"]["domains"] == ["monet", "photo"]
    assert receipt["options"] == {"tiling": "exact"}


def test_tilings_agree(model: Path, picture: Picture, tmp_path: Path) -> None:
    source = picture("a.png", 60, 52)
    for tiling in ("whole", "exact", "thumbnail"):  # a thumbnail of a small picture is the picture
        transfer(config(model, to="monet", tiling=tiling), [str(source)], out=str(tmp_path / f"{tiling}.png"))
    whole = pixels(tmp_path / "whole.png")
    for tiling in ("exact", "thumbnail"):
        assert np.abs(pixels(tmp_path / f"{tiling}.png") - whole).max() < 1.1 / 255


def test_memory_chooses_the_tiling(model: Path, picture: Picture, tmp_path: Path) -> None:
    translators = Translators(device=torch.device("cpu"), precision=torch.float32, max_memory=1e6)
    translator = translators.translator(str(model), "photo->monet")
    assert translators.translator(str(model), "photo->monet") is translator
    assert translator.choose(128, 128) == "whole"
    assert translator.choose(1024, 1024) == "thumbnail"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "'m' leads to photo and to monet: name one, as in --to photo"),
        ({"to": "vangogh"}, "does not lead to 'vangogh'"),
    ],
)
def test_directions_are_asked_for(model: Path, picture: Picture, options: dict[str, str], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        transfer(config(model, **options), [str(picture("a.png"))])
    assert message in str(caught.value)


def test_models_that_are_none(tiny_models: dict[str, Path], picture: Picture, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="'tiny-dcgan' translates no pictures"):
        transfer(config(tiny_models["dcgan"], to="monet"), [str(picture("a.png"))])
    with pytest.raises(WeightsError, match="no model"):
        transfer(config(tmp_path / "none.safetensors", to="monet"), [str(picture("a.png"))])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"model": "m", "style": ("dots",)}, "--style and --model exclude each other"),
        ({"model": "m", "steps": 3}, "--steps goes with --style and means nothing with --model"),
        ({"model": "m", "encoder": "vgg19"}, "--encoder goes with --style"),
        ({"model": "m", "style_scale": 2.0}, "--style-scale goes with --style"),
        ({"style": ("dots",), "to": "monet"}, "--to goes with --model"),
        ({"model": "m", "preview": True}, "--preview goes with --style"),
        ({"style": ("dots",), "tiling": "exact"}, "--tiling goes with --model"),
        ({"model": "m", "strength": 101.0}, "--strength is at most 100"),
    ],
)
def test_options_of_the_other_kind_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        TransferConfig(**options)  # type: ignore[arg-type]
    assert message in str(caught.value)
