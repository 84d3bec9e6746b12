"""Chains: floats all the way, every stage told, errors that name the step, and what is finished stays."""

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch

from artgan.config.chain import ChainConfig
from artgan.errors import OutputError, PictureError, UsageError, WeightsError
from artgan.events import Event, ItemsProgress, Note, PaintStep, PictureDone, PictureFailed
from artgan.io.images import read_picture, write_picture
from artgan.io.receipts import read_receipt
from artgan.models.registry import load
from artgan.painting.translate import Translator
from artgan.pipelines import pictures
from artgan.pipelines.chain import chain
from artgan.pipelines.chain_sheet import way_back
from artgan.pipelines.domains import domain_graph, list_directions

from translation_models import write_model, write_run

Picture = Callable[..., Path]
CPU = torch.device("cpu")


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """monet <-> photo as a run, photo <-> vangogh as a file."""
    write_run(tmp_path / "models" / "00001-cyclegan-monet-photo", ("monet", "photo"), seed=1)
    write_model(tmp_path / "models" / "vangogh.safetensors", ("vangogh", "photo"), seed=5)
    return tmp_path / "models"


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> dict[Path, np.ndarray]:
    """The floats of what is written, before they are rounded."""
    seen: dict[Path, np.ndarray] = {}
    write = pictures.write_picture

    def watching(pixels: np.ndarray, out: Path, **options: object) -> None:
        seen[out] = pixels.copy()
        write(pixels, out, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(pictures, "write_picture", watching)
    return seen


def config(**options: object) -> ChainConfig:
    return ChainConfig(**{"device": "cpu", "precision": "float32", "seed": 3, **options})  # type: ignore[arg-type]


def along(models: Path, path: str = "monet,photo,vangogh", **options: object) -> ChainConfig:
    return config(path=path, models=str(models), **options)


def through(image: torch.Tensor, *ways: tuple[Path, str]) -> list[torch.Tensor]:
    """What the models make of a picture in [0, 1], one after the other."""
    images = [image]
    for file, way in ways:
        images.append(Translator(load(file)[1][way], device=CPU).paint(images[-1]).image)
    return images


def tensor(path: Path) -> torch.Tensor:
    return torch.from_numpy(read_picture(path).pixels.copy()).permute(2, 0, 1)[None]


def test_floats_pass_between_models(
    models: Path, picture: Picture, tmp_path: Path, written: dict[Path, np.ndarray]
) -> None:
    source, out = picture("a.png", 41, 26), tmp_path / "o.png"
    run, file = models / "00001-cyclegan-monet-photo" / "model.safetensors", models / "vangogh.safetensors"
    chain(along(models), [str(source)], out=str(out))
    images = through(tensor(source), (run, "monet->photo"), (file, "photo->vangogh"))
    result = torch.from_numpy(written[out]).permute(2, 0, 1)[None]
    torch.testing.assert_close(result, images[-1], atol=1e-6, rtol=0)
    rounded = (images[1] * 255).round() / 255
    by_levels = through(rounded, (file, "photo->vangogh"))[-1]
    assert (by_levels - images[-1]).abs().max() > 1e-4  # so that the assertion above can fail


def test_steps_are_the_same_as_their_path(models: Path, picture: Picture, tmp_path: Path) -> None:
    source = str(picture("a.png"))
    steps = (f"{models}/00001-cyclegan-monet-photo:photo", f"{models}/vangogh.safetensors:vangogh")
    chain(along(models), [source], out=str(tmp_path / "path.png"))
    chain(config(step=steps), [source], out=str(tmp_path / "steps.png"))
    np.testing.assert_array_equal(
        read_picture(tmp_path / "path.png").pixels, read_picture(tmp_path / "steps.png").pixels
    )


def test_the_domain_before_decides(models: Path, picture: Picture, tmp_path: Path) -> None:
    hub = write_model(tmp_path / "hub.safetensors", ("monet", "vangogh", "photo"), hub="photo")
    notes: list[Event] = []
    steps = (f"{models}/00001-cyclegan-monet-photo:monet", f"{hub}:photo", str(models / "vangogh.safetensors"))
    chain(config(step=steps), [str(picture("a.png"))], out=str(tmp_path / "o.png"), listener=notes.append)
    receipt = read_receipt(tmp_path / "o.png")
    assert receipt is not None
    assert [step["direction"] for step in receipt["steps"]] == ["photo->monet", "monet->photo", "photo->vangogh"]


def test_a_foreign_domain_is_told(models: Path, picture: Picture, tmp_path: Path) -> None:
    notes: list[Event] = []
    steps = (f"{models}/00001-cyclegan-monet-photo:monet", f"{models}/vangogh.safetensors:vangogh")
    chain(config(step=steps), [str(picture("a.png"))], out=str(tmp_path / "o.png"), listener=notes.append)
    assert any("was trained on photo and is given monet" in note.text for note in notes if isinstance(note, Note))


def test_the_receipt_names_every_model(models: Path, picture: Picture, tmp_path: Path, tiny_encoder: Path) -> None:
    steps = (f"{models}/00001-cyclegan-monet-photo:photo", "style=dots")
    options = config(step=steps, style_steps=2, encoder_weights=str(tiny_encoder))
    chain(options, [str(picture("a.png"))], out=str(tmp_path / "o.png"))
    receipt = read_receipt(tmp_path / "o.png")
    assert receipt is not None
    model, style = receipt["steps"]
    assert (model["kind"], model["direction"], model["tiling"]) == ("model", "monet->photo", "whole")
    assert (style["kind"], style["name"], style["steps"]) == ("style", "dots.jpg", 2)
    digests = (model["sha256"], style["sha256"], style["encoder"]["sha256"], receipt["content"]["sha256"])
    assert [len(digest) for digest in digests] == [64] * 4
    assert receipt["seed"] == 3
    assert str(tiny_encoder.parent) not in str(receipt)


def test_a_style_takes_the_pictures_size(picture: Picture, tmp_path: Path, tiny_encoder: Path) -> None:
    events: list[Event] = []
    options = config(step=("style=dots",), style_steps=2, encoder_weights=str(tiny_encoder))
    chain(options, [str(picture("a.png", 50, 33))], out=str(tmp_path / "o.png"), listener=events.append)
    assert read_picture(tmp_path / "o.png").pixels.shape == (33, 50, 3)
    assert any(isinstance(event, PaintStep) for event in events)


def test_a_style_is_painted_in_one_pass_unless_steps_are_asked_for(picture: Picture, tmp_path: Path) -> None:
    content = str(picture("in.png", 48, 32))
    named = {}
    for name, options in (("fast", {}), ("slow", {"style_steps": 1})):
        out = tmp_path / f"{name}.png"
        chain(config(step=("style=swirls",), **options), [content], out=str(out))
        receipt = read_receipt(out)
        assert receipt is not None
        (named[name],) = receipt["steps"]
    assert named["fast"]["painter"]["file"] == "painter"
    assert "painter" not in named["slow"]


def test_a_style_stays_within_its_mask(picture: Picture, tmp_path: Path, tiny_encoder: Path) -> None:
    """The mask, of another size, is stretched to the picture at hand; what it leaves is that picture, to the bit."""
    mask = tmp_path / "left.png"
    write_picture(np.pad(np.ones((20, 16, 3), np.float32), ((0, 0), (0, 16), (0, 0))), mask, receipt=None, force=False)
    options = config(step=(f"style=dots@{mask}:0.8",), style_steps=3, encoder_weights=str(tiny_encoder))
    out = tmp_path / "o.png"
    chain(options, [str(picture("a.png", 64, 40))], out=str(out))
    before, after = read_picture(tmp_path / "a.png").pixels, read_picture(out).pixels
    np.testing.assert_array_equal(after[:, 40:], before[:, 40:])
    assert np.abs(after[:, :24] - before[:, :24]).mean() > 0.02
    receipt = read_receipt(out)
    assert receipt is not None
    (style,) = receipt["steps"]
    assert (style["name"], style["weight"], style["mask"]["name"]) == ("dots.jpg", 0.8, "left.png")


def test_a_style_where_the_picture_is_opaque(tmp_path: Path, tiny_encoder: Path) -> None:
    pixels = np.random.default_rng(0).random((40, 64, 3), np.float32)
    alpha = np.pad(np.ones((40, 32), np.float32), ((0, 0), (0, 32)))
    write_picture(pixels, tmp_path / "a.png", alpha=alpha, receipt=None, force=False)
    painted = {}
    for step in ("style=dots@alpha", "style=dots@!alpha"):
        options = config(step=(step,), style_steps=3, encoder_weights=str(tiny_encoder))
        chain(options, [str(tmp_path / "a.png")], out=str(tmp_path / "o.png"), force=True)
        changed = np.abs(read_picture(tmp_path / "o.png").pixels - read_picture(tmp_path / "a.png").pixels)
        painted[step] = changed[:, :24].mean()
    assert painted["style=dots@alpha"] > 0.02
    assert painted["style=dots@!alpha"] == 0


def test_samples_go_through_unrounded(
    models: Path, tiny_models: dict[str, Path], tmp_path: Path, written: dict[Path, np.ndarray]
) -> None:
    from artgan.painting.sampling import Sampler

    steps = (f"sample={tiny_models['cgan']}", f"{models}/vangogh.safetensors:vangogh")
    out = tmp_path / "out"
    report = chain(config(step=steps, seeds="4,7", tags="red hair"), out=str(out))
    assert report.done == 2
    sampler = Sampler(*load(tiny_models["cgan"]), name="x", device=CPU)
    drawn = sampler.images(sampler.latents([7]), sampler.encode([sampler.tags(7, {"hair": ("red",)})]))
    wanted = through((drawn + 1) / 2, (models / "vangogh.safetensors", "photo->vangogh"))[-1]
    path = out / "tiny-cgan-seed0007-vangogh.png"
    torch.testing.assert_close(torch.from_numpy(written[path]).permute(2, 0, 1)[None], wanted, atol=1e-6, rtol=0)
    receipt = read_receipt(path)
    assert receipt is not None
    assert receipt["steps"][0]["seed"] == 7
    assert receipt["steps"][0]["tags"]["hair"] == ["red"]


def test_stages_and_the_sheet(models: Path, picture: Picture, tmp_path: Path, written: dict[Path, np.ndarray]) -> None:
    source, out, events = picture("a.png", 40, 32), tmp_path / "o.png", []
    chain(along(models, sheet=True, stages=True), [str(source)], out=str(out), listener=events.append)
    done = [event for event in events if isinstance(event, PictureDone)]
    assert [event.path and event.path.name for event in done] == ["o-stage1-photo.png", "o.png", "o-sheet.png"]
    assert [event.details["kind"] for event in done] == ["stage", "picture", "sheet"]
    run, file = models / "00001-cyclegan-monet-photo" / "model.safetensors", models / "vangogh.safetensors"
    there = through(tensor(source), (run, "monet->photo"), (file, "photo->vangogh"))
    again = through(there[-1], (file, "vangogh->photo"), (run, "photo->monet"))
    errors = [(again[1] - there[1]).square().mean().sqrt() * 255, (again[2] - there[0]).square().mean().sqrt() * 255]
    told = done[1].details["back"]
    assert [one["to"] for one in told] == ["photo", "monet"]
    assert [one["rms"] for one in told] == pytest.approx([float(error) for error in errors], abs=0.006)
    height, width = written[tmp_path / "o-sheet.png"].shape[:2]
    assert width > 3 * 160
    assert height > 2 * 128
    stage = read_receipt(tmp_path / "o-stage1-photo.png")
    assert stage is not None
    assert len(stage["steps"]) == 1


def test_a_style_has_no_way_back(models: Path, picture: Picture, tmp_path: Path, tiny_encoder: Path) -> None:
    events: list[Event] = []
    steps = ("style=dots", f"{models}/vangogh.safetensors:vangogh")
    options = config(step=steps, style_steps=1, encoder_weights=str(tiny_encoder), sheet=True)
    chain(options, [str(picture("a.png"))], out=str(tmp_path / "o.png"), listener=events.append)
    details = next(event.details for event in events if isinstance(event, PictureDone))
    assert [one["to"] for one in details["back"]] == ["photo"]
    assert way_back([], [torch.zeros(1, 3, 4, 4)]) == []


def test_errors_name_the_step(models: Path, picture: Picture, tmp_path: Path) -> None:
    good, source = f"{models}/00001-cyclegan-monet-photo:photo", str(picture("a.png"))
    cases: list[tuple[Sequence[str], type[Exception], str]] = [
        ((good, "none.safetensors:photo"), WeightsError, "step 2 of 2 (none.safetensors:photo): no model"),
        ((good, f"{models}/vangogh.safetensors:monet"), UsageError, "does not lead to 'monet'"),
        ((f"{models}/vangogh.safetensors",), UsageError, "name one, as in --step"),
        ((good, "style=dotz"), PictureError, "step 2 of 2 (style=dotz): no style 'dotz'"),
        ((good, "style=dots@sky.png"), PictureError, "step 2 of 2 (style=dots@sky.png): cannot read 'sky.png'"),
        ((good, "style=-"), UsageError, "step 2 of 2 (style=-): - is for the pictures"),
        (("sample=none.safetensors", good), WeightsError, "step 1 of 2 (sample=none.safetensors): no model"),
    ]
    for steps, kind, message in cases:
        inputs = [] if steps[0].startswith("sample") else [source]
        with pytest.raises(kind) as caught:
            chain(config(step=tuple(steps)), inputs, out=str(tmp_path / "o.png"))
        assert message in str(caught.value)
        assert "\n" not in str(caught.value)
    assert not (tmp_path / "o.png").exists()


def test_what_was_finished_stays_when_a_step_fails(
    models: Path, picture: Picture, tmp_path: Path, tiny_encoder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from artgan.errors import DivergedError
    from artgan.painting.styling import StylePainter

    def fail(*_: object, **__: object) -> None:
        raise DivergedError("the loss is not a number")

    monkeypatch.setattr(StylePainter, "paint", fail)
    steps = (f"{models}/vangogh.safetensors:vangogh", "style=dots")
    options = config(step=steps, encoder_weights=str(tiny_encoder), stages=True)
    with pytest.raises(DivergedError, match=r"^step 2 of 2 \(style=dots\): the loss is not a number$"):
        chain(options, [str(picture("a.png"))], out=str(tmp_path / "out/o.png"))
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["o-stage1-vangogh.png"]


def test_one_of_several_pictures_fails(models: Path, picture: Picture, tmp_path: Path) -> None:
    for number in range(2):
        picture(f"in/{number}.png")
    (tmp_path / "in" / "bad.png").write_bytes(b"no picture")
    events: list[Event] = []
    report = chain(along(models), [str(tmp_path / "in")], out=str(tmp_path / "out"), listener=events.append)
    assert (report.done, report.failed) == (2, 1)
    assert len([event for event in events if isinstance(event, PictureFailed)]) == 1
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "0-photo-vangogh.png",
        "1-photo-vangogh.png",
    ]


def test_stopped_between_steps(models: Path, picture: Picture, tmp_path: Path) -> None:
    for number in range(2):
        picture(f"in/{number}.png")
    events: list[Event] = []

    def in_the_second_pictures_second_step() -> bool:
        return len([event for event in events if isinstance(event, ItemsProgress)]) >= 3

    report = chain(
        along(models, stages=True),
        [str(tmp_path / "in")],
        out=str(tmp_path / "out"),
        listener=events.append,
        should_stop=in_the_second_pictures_second_step,
    )
    assert (report.done, report.failed, report.interrupted) == (1, 0, True)
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["0-photo-vangogh-stage1-photo.png", "0-photo-vangogh.png", "1-photo-vangogh-stage1-photo.png"]


def test_a_style_that_is_stopped_is_kept_as_the_result(picture: Picture, tmp_path: Path, tiny_encoder: Path) -> None:
    events: list[Event] = []
    options = config(step=("style=dots",), style_steps=50, encoder_weights=str(tiny_encoder), sheet=True)
    report = chain(
        options,
        [str(picture("a.png"))],
        out=str(tmp_path / "o.png"),
        listener=events.append,
        should_stop=lambda: any(isinstance(event, PaintStep) for event in events),
    )
    assert (report.done, report.interrupted) == (1, True)
    receipt = read_receipt(tmp_path / "o.png")
    assert receipt is not None
    assert 1 <= receipt["steps"][0]["steps"] < 50


def test_collisions_are_found_before_work(models: Path, picture: Picture, tmp_path: Path) -> None:
    (tmp_path / "o-sheet.png").write_bytes(b"mine")
    with pytest.raises(OutputError, match=r"o-sheet\.png' exists already"):
        chain(along(models, sheet=True), [str(picture("a.png"))], out=str(tmp_path / "o.png"))
    assert not (tmp_path / "o.png").exists()


def test_the_graph_of_a_folder(models: Path, tiny_models: dict[str, Path]) -> None:
    (models / "broken.safetensors").write_bytes(b"x" * 100)
    (models / "faces.safetensors").write_bytes(tiny_models["dcgan"].read_bytes())
    notes: list[Event] = []
    graph = domain_graph(models, notes.append)
    assert set(graph.domains) == {"monet", "photo", "vangogh"}
    assert [note.text.split(" is passed over")[0] for note in notes if isinstance(note, Note)] == [
        str(models / "broken.safetensors")
    ]
    found = list_directions(models)
    assert [(one.source, one.target, one.path.name) for one in found] == [
        ("monet", "photo", "00001-cyclegan-monet-photo"),
        ("photo", "monet", "00001-cyclegan-monet-photo"),
        ("vangogh", "photo", "vangogh.safetensors"),
        ("photo", "vangogh", "vangogh.safetensors"),
    ]
    run = models / "00001-cyclegan-monet-photo"
    assert [one.path for one in list_directions(run)] == [run, run]


def test_the_best_model_of_a_run_is_taken(models: Path, picture: Picture, tmp_path: Path) -> None:
    run = models / "00001-cyclegan-monet-photo"
    best = write_model(run / "best" / "model.safetensors", ("monet", "photo"), seed=50)
    chain(along(models, "monet,photo"), [str(picture("a.png"))], out=str(tmp_path / "o.png"))
    from hashlib import sha256

    receipt = read_receipt(tmp_path / "o.png")
    assert receipt is not None
    assert receipt["steps"][0]["sha256"] == sha256(best.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("folder", "message"), [("nowhere", "no folder 'nowhere' of models"), (".", "knows domains; artgan train cyclegan")]
)
def test_no_models(folder: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError) as caught:
        list_directions(Path(folder))
    assert message in str(caught.value)


def test_a_gan_needs_no_pictures(tiny_models: dict[str, Path], picture: Picture) -> None:
    options = config(step=(f"sample={tiny_models['dcgan']}", "style=dots"))
    with pytest.raises(UsageError, match="leave out the names of others"):
        chain(options, [str(picture("a.png"))])
    with pytest.raises(UsageError, match="--sheet and --stages write several files"):
        chain(dataclasses.replace(options, sheet=True), out="-")
