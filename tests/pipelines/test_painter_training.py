"""A tiny painter learns; its judge knows better from worse; sources and sizes."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
import torch

from artgan.config.style import StyleConfig
from artgan.errors import UsageError, WeightsError
from artgan.events import Event, Note, Summary
from artgan.io.checkpoints import load_tensors
from artgan.models import registry
from artgan.pipelines.painter_training import PainterJudge, contents_and_styles
from artgan.pipelines.train import train

CPU = torch.device("cpu")
PAIR = ["synthetic:photos,n=60", "synthetic:paintings,n=60"]
TINY: dict[str, Any] = {
    "size": 32,
    "crop": 32,
    "width": 6,
    "blocks": 1,
    "batch_size": 4,
    "seed": 1,
    "encoder": "embedded",
    "device": "cpu",
    "precision": "float32",
}
LEARNED = 0.9
"""Of the loss of contents in the styles' colours, on pairs never seen, after so few steps."""


def fitted(*data: str, **options: Any) -> StyleConfig:
    found = contents_and_styles(StyleConfig(**options), data, device=CPU, world=1).config
    assert isinstance(found, StyleConfig)
    return found


def test_a_tiny_painter_beats_colours_on_pairs_it_never_saw(tmp_path: Path) -> None:
    heard: list[Event] = []
    config = StyleConfig(**TINY, steps=120, learning_rate=1e-3, ema_half_life=40)
    run = train("style", config, PAIR, out=tmp_path, listener=heard.append).run
    assert run is not None
    scores = json.loads((run / "scores.json").read_text())
    assert scores["loss"] < LEARNED * scores["rivals"]["content recoloured"]["loss"]
    assert scores["rivals"]["content"]["content"] < 1e-3  # a content is like itself
    assert scores["loss"] < scores["rivals"]["content"]["loss"]
    assert scores["held_out"] == {"content": False, "style": True}
    best, _ = registry.load(run / "best" / "model.safetensors")
    assert best.architecture == "style"
    table = next(event for event in heard if isinstance(event, Summary))
    assert [row[0] for row in table.rows] == ["painted", "content recoloured", "content"]


def test_runs_are_named_after_their_pictures(tmp_path: Path) -> None:
    config = StyleConfig(**TINY, steps=1, features="none")
    run = train("style", config, [*PAIR, "+synthetic:paintings,n=10,seed=1"], out=tmp_path).run
    assert run == tmp_path / "00000-style-photos-paintings-synthetic-paintings"


def test_what_is_left_open_fits_the_data(tmp_path: Path) -> None:
    (tmp_path / "dataset.json").write_text(json.dumps({"artgan_dataset": 1, "size": 96, "recipe": {}}))
    drawn, prepared = fitted(*PAIR), fitted(PAIR[0], str(tmp_path))
    assert (drawn.size, drawn.crop, drawn.budget) == (256, 128, "3h")
    assert (prepared.size, prepared.crop) == (64, 64)
    assert (fitted(*PAIR, size=32).crop, fitted(*PAIR, crop=64, steps=9).budget) == (32, None)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"crop": 24}, "--crop is a multiple of 16, such as 64, 96 or 128, not 24"),
        ({"crop": 48, "scales": 2}, "--crop is a multiple of 32 with --scales 2, not 48"),
        ({"crop": 64, "size": 32}, "--crop 64 does not fit into pictures of --size 32"),
        ({"content_weight": 0.0, "style_weight": 0.0}, "there is nothing to learn"),
        ({"style_layers": "relu1_1:x"}, "--style-layers"),
    ],
)
def test_options_that_cannot_be(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        StyleConfig(**options)


def test_models_do_not_say_where_files_were(tmp_path: Path) -> None:
    from importlib.resources import files

    weights = str(files("artgan.assets") / "encoder" / "embedded.safetensors")
    config = StyleConfig(**{**TINY, "encoder": "auto"}, encoder_weights=weights, steps=1, features="none")
    run = train("style", config, PAIR, out=tmp_path).run
    assert run is not None
    assert json.loads(metadata_of(run)["artgan.about"])["options"]["encoder_weights"] == "embedded.safetensors"
    assert json.loads((run / "config.json").read_text())["options"]["encoder_weights"] == weights
    assert dataclasses.asdict(config)["encoder_weights"] == weights


def test_goes_on_from_another_painter(tmp_path: Path) -> None:
    """The start counts with its width, and is what the first step changes; names of folders stay out of models."""
    begun = StyleConfig(**TINY, steps=60, learning_rate=1e-3, ema_half_life=20)
    first = train("style", begun, PAIR, out=tmp_path).run
    assert first is not None
    few = {**TINY, "width": 24, "blocks": 2, "steps": 1, "learning_rate": 1e-6}
    heard: list[Event] = []
    config = StyleConfig(**few, start=str(first))
    run = train("style", config, PAIR, out=tmp_path, listener=heard.append).run
    assert run is not None
    assert any(isinstance(event, Note) and "learns on from" in event.text for event in heard)
    about = json.loads(metadata_of(run)["artgan.about"])
    assert (about["options"]["start"], about["options"]["width"], about["options"]["blocks"]) == (first.name, 6, 1)
    scores, learned = (json.loads((each / "scores.json").read_text()) for each in (run, first))
    assert scores["loss"] == pytest.approx(learned["loss"], rel=1e-3)
    assert scores["loss"] < scores["rivals"]["content recoloured"]["loss"]


def test_the_built_in_painter_is_a_start() -> None:
    config = fitted(*PAIR, start="painter", steps=1)
    assert (config.width, config.blocks) == (24, 2)


@pytest.mark.parametrize(
    ("start", "message"), [("nowhere", "no model .nowhere."), ("faces", "is no painter but a cgan")]
)
def test_what_is_no_start(start: str, message: str) -> None:
    with pytest.raises(WeightsError, match=message):
        fitted(*PAIR, start=start)


def metadata_of(run: Path) -> dict[str, str]:
    return dict(load_tensors(run / "model.safetensors")[1])


def test_the_judge_is_for_enough_pictures() -> None:
    from artgan.data.datasets import open_dataset
    from artgan.events import ignore
    from artgan.pipelines.painter_training import painter_judge

    data = {name: open_dataset("synthetic:photos,n=3", size=16, count=None, seed=0) for name in ("content", "style")}
    more = {name: open_dataset("synthetic:photos,n=9", size=16, count=None, seed=0) for name in ("content", "style")}
    config = StyleConfig(**{**TINY, "size": 16, "crop": 16})
    named: dict[str, Any] = {"device": CPU, "precision": torch.float32, "listener": ignore}
    assert painter_judge(config, data, **named) is None
    assert painter_judge(dataclasses.replace(config, features="none"), more, **named) is None
    assert isinstance(painter_judge(config, more, **named), PainterJudge)
