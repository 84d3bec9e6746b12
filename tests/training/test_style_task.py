"""The task of a painter in one pass: steps repeat, losses fall on pairs never seen, samples, what may not be."""

from contextlib import nullcontext
from typing import Any

import pytest
import torch
from torch import Tensor

from artgan.config.style import StyleConfig
from artgan.data.datasets import Dataset, open_dataset
from artgan.data.jitter import random_squares
from artgan.errors import UsageError
from artgan.models.encoder import Encoder
from artgan.models.encoder_weights import load_encoder
from artgan.models.fast_style import FastStyle
from artgan.models.registry import build
from artgan.training.coarse_to_fine import paint_pairs
from artgan.training.style import StyleTask, chosen_pictures, inner_channels
from artgan.training.task import Step

CPU = torch.device("cpu")
SIZE = 32
TINY: dict[str, Any] = {"size": SIZE, "crop": SIZE, "width": 4, "blocks": 1, "encoder": "embedded"}


@pytest.fixture(scope="module")
def eyes() -> Encoder:
    return load_encoder("embedded")


@pytest.fixture(scope="module")
def data() -> dict[str, Dataset]:
    sources = {"content": "synthetic:photos,n=30", "style": "synthetic:paintings,n=30"}
    return {name: open_dataset(source, size=SIZE, count=None, seed=0) for name, source in sources.items()}


def make(data: dict[str, Dataset], eyes: Encoder, **options: Any) -> StyleTask:
    return StyleTask(StyleConfig(**{**TINY, **options}), data, seed=1, device=CPU, eyes=eyes, judge=eyes)


def train(task: StyleTask, data: dict[str, Dataset], steps: int, *, bfloat16: bool = False) -> dict[str, float]:
    def update(name: str, loss: Tensor, *, retain: bool = False) -> None:
        loss.backward()
        task.optimizers[name].step()
        task.optimizers[name].zero_grad()

    told: dict[str, Tensor] = {}
    for number in range(1, steps + 1):
        random = torch.Generator().manual_seed(number)
        step = Step(
            number=number,
            images_seen=number * 2,
            random=random,
            device=CPU,
            autocast=(lambda: torch.autocast("cpu", torch.bfloat16)) if bfloat16 else nullcontext,
            update=update,
        )
        places = torch.randint(20, (2,), generator=random)
        batch = {
            name: torch.from_numpy(dataset.pixels[places]).permute(0, 3, 1, 2).float().div(127.5).sub(1)
            for name, dataset in data.items()
        }
        told = task.training_step(batch, step)
    assert all(v.shape == () and v.dtype == torch.float32 and not v.requires_grad for v in told.values())
    return {name: float(value) for name, value in told.items()}


@pytest.mark.parametrize("bfloat16", [False, True])
def test_steps_repeat(data: dict[str, Dataset], bfloat16: bool) -> None:
    eyes = load_encoder("embedded", precision=torch.bfloat16 if bfloat16 else torch.float32)
    one, two = make(data, eyes, identity=0.5, crop=16), make(data, eyes, identity=0.5, crop=16)
    assert train(one, data, 3, bfloat16=bfloat16) == train(two, data, 3, bfloat16=bfloat16)
    states = one.networks["painter"].state_dict(), two.networks["painter"].state_dict()
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])


def test_identity_leaves_alone(data: dict[str, Dataset], eyes: Encoder) -> None:
    """A content that is its own style is itself from the first step on: nothing to lose but smoothness."""
    told = train(make(data, eyes, identity=1.0), data, 1)
    assert told["loss/content"] < 1e-3
    assert told["loss/style"] < 0.02
    assert train(make(data, eyes, identity=0.0), data, 1)["loss/style"] > 0.1


def test_weights_count(data: dict[str, Dataset], eyes: Encoder) -> None:
    task = make(data, eyes, content_weight=2.0, style_weight=3.0, tv_weight=5.0)
    told = train(task, data, 1)
    wanted = 2 * told["loss/content"] + 3 * told["loss/style"] + 5 * told["loss/variation"]
    assert told["loss/painter"] == pytest.approx(wanted, rel=1e-4)


def test_samples_are_rows_of_contents_styles_and_paintings(data: dict[str, Dataset], eyes: Encoder) -> None:
    task = make(data, eyes)
    samples = task.samples(task.networks)
    assert samples.shape == (36, 3, SIZE, SIZE)
    assert samples.abs().max() <= 1
    contents, styles, paintings = (
        (rows + 1) / 2 for rows in samples.unflatten(0, (2, 3, 6)).transpose(0, 1).flatten(1, 2)
    )
    assert torch.allclose(contents, chosen_pictures(data["content"], 16, SIZE)[:12], atol=1e-5)
    assert torch.allclose(paintings, paint_pairs(task.networks["painter"], eyes, contents, styles), atol=2e-3)


def test_its_description_rebuilds_it(data: dict[str, Dataset], eyes: Encoder) -> None:
    task = make(data, eyes)
    spec = task.spec()
    assert spec.options == {"channels": "32,64,128,256", "width": 4, "blocks": 1, "encoder": eyes.sha256}
    rebuilt = build(spec)["painter"]
    rebuilt.load_state_dict(task.networks["painter"].state_dict())
    assert torch.allclose(task.samples({"painter": rebuilt}), task.samples(task.networks))


def test_channels_inside(eyes: Encoder) -> None:
    """Those of the thin network, not those of the one whose features it predicts."""
    assert inner_channels(eyes, CPU) == [32, 64, 128, 256]


def test_scales_learn_together(data: dict[str, Dataset], eyes: Encoder) -> None:
    """Steps repeat, the loss is the mean over the scales, and samples are painted in as many."""
    one, two = make(data, eyes, scales=2), make(data, eyes, scales=2)
    told = train(one, data, 3)
    assert told == train(two, data, 3)
    config = StyleConfig(**TINY)
    weighted = config.content_weight * told["loss/content"] + config.style_weight * told["loss/style"]
    assert told["loss/painter"] == pytest.approx(weighted + config.tv_weight * told["loss/variation"], rel=1e-3)
    contents, styles = (chosen_pictures(data[name], 16, SIZE)[:12] for name in ("content", "style"))
    finest = paint_pairs(one.networks["painter"], eyes, contents, styles, scales=2).mul(2).sub(1)
    rows = one.samples(one.networks).unflatten(0, (2, 3, 6))[:, 2].flatten(0, 1)
    assert torch.allclose(rows, finest, atol=2e-3)
    single = make(data, eyes)
    train(single, data, 3)
    assert not torch.equal(
        single.networks["painter"].state_dict()["leave.weight"], one.networks["painter"].state_dict()["leave.weight"]
    )


def test_learns_on_from_a_painter(data: dict[str, Dataset], eyes: Encoder) -> None:
    """Its weights, and what it took for usual, are those of the start, which stays as it is."""
    earlier = make(data, eyes)
    train(earlier, data, 2)
    start = earlier.networks["painter"]
    assert isinstance(start, FastStyle)
    state = {name: tensor.clone() for name, tensor in start.state_dict().items()}
    # Other pictures, of which other features are usual.
    others = {"content": data["style"], "style": data["content"]}
    task = StyleTask(StyleConfig(**TINY), others, seed=5, device=CPU, eyes=eyes, judge=eyes, start=start)
    found = task.networks["painter"].state_dict()
    assert all(torch.equal(found[name], tensor) for name, tensor in state.items())
    train(task, others, 1)
    assert not torch.equal(task.networks["painter"].state_dict()["leave.weight"], state["leave.weight"])
    assert all(torch.equal(start.state_dict()[name], tensor) for name, tensor in state.items())


def test_a_layer_that_is_not_there(data: dict[str, Dataset], eyes: Encoder) -> None:
    with pytest.raises(UsageError, match="relu6_1"):
        make(data, eyes, style_layers="relu6_1")


def test_random_squares_are_parts_of_all_sizes() -> None:
    ramp = torch.linspace(0, 1, 64).expand(200, 3, 64, 64)
    squares = random_squares(ramp, 16, torch.Generator().manual_seed(0))
    assert squares.shape == (200, 3, 16, 16)
    widths = squares[:, 0, 0, -1] - squares[:, 0, 0, 0]
    assert 0.15 < widths.min() < 0.27  # a quarter of the picture
    assert widths.max() > 0.85  # nearly all of it
    assert 0.35 < widths.median() < 0.6  # evenly by ratio
    assert torch.equal(squares, random_squares(ramp, 16, torch.Generator().manual_seed(0)))
    assert random_squares(ramp, 64, torch.Generator()) is ramp
