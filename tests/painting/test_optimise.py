"""The descent really descends, carries its state between scales, and stops when told."""

from pathlib import Path

import pytest
import torch

from artgan.config.styles import RANGES
from artgan.errors import DivergedError, UsageError
from artgan.models.encoder import Encoder
from artgan.models.encoder_weights import load_encoder
from artgan.painting.objective import Objective, Targets
from artgan.painting.optimise import HOLD, MANY, Adam, Descent, Iterate, Limits, paint, steps_held
from artgan.painting.pyramid import Scale, plan, resize


@pytest.fixture(scope="module")
def encoder(tiny_encoder: Path) -> Encoder:
    return load_encoder(
        "auto", weights=tiny_encoder, pooling="max", precision=torch.float32, device=torch.device("cpu")
    )


def objective(encoder: Encoder, **changes: object) -> Objective:
    values: dict[str, object] = {
        "encoder": encoder,
        "content_layers": {"relu4_2": 1.0},
        "style_layers": {"relu1_1": 0.5, "relu3_1": 0.5},
        "content_weight": 0.1,
        "style_weight": 1.0,
        "tv_weight": 0.0,
        "normalization": "relative",
    }
    return Objective(**(values | changes))  # type: ignore[arg-type]


def pictures(side: int = 48) -> tuple[torch.Tensor, torch.Tensor]:
    random = torch.Generator().manual_seed(3)
    content = resize(torch.rand(1, 3, 6, 6, generator=random), side, side)
    style = resize(torch.rand(1, 3, 24, 24, generator=random), side, side)
    return content, style


def targets(of: Objective, content: torch.Tensor, style: torch.Tensor) -> Targets:
    return Targets(content=of.content_targets(content), style=of.everywhere(of.style_targets([style], [1.0])))


NEVER = Limits(tolerance=0, budget=None, should_stop=lambda: False)


@pytest.mark.parametrize("optimizer", ["adam", "lbfgs"])
def test_the_style_comes_closer_by_a_factor(encoder: Encoder, optimizer: str) -> None:
    aim = objective(encoder)
    content, style = pictures()
    goal = targets(aim, content, style)
    descent = Descent(content, optimizer=optimizer, learning_rate=None)
    before = aim(content, goal).total.item()
    for _ in range(40):
        descent.step(aim, goal)
    after = aim(descent.result, goal).total.item()
    assert after < 0.5 * before
    assert descent.result.min() >= 0
    assert descent.result.max() <= 1


@pytest.mark.parametrize("distance", ["wasserstein", "moments"])
@pytest.mark.parametrize("normalization", ["relative", "mean"])
def test_other_distances_descend_and_end_at_the_style(encoder: Encoder, distance: str, normalization: str) -> None:
    aim = objective(encoder, style_distance=distance, content_weight=0.0, normalization=normalization)
    content, style = pictures()
    goal = targets(aim, content, style)
    assert aim(style, goal).total.item() == pytest.approx(0, abs=1e-4)
    descent = Descent(content, optimizer="adam", learning_rate=None)
    before = aim(content, goal).total.item()
    for _ in range(40):
        descent.step(aim, goal)
    assert aim(descent.result, goal).total.item() < 0.5 * before


def test_zero_style_weight_keeps_the_content(encoder: Encoder) -> None:
    aim = objective(encoder, style_weight=0.0)
    content, style = pictures()
    goal = targets(aim, content, style)
    assert goal.style == {}
    assert aim(content, goal).total.item() == pytest.approx(0, abs=1e-9)


def test_the_style_of_the_style_is_at_zero(encoder: Encoder) -> None:
    aim = objective(encoder, content_weight=0.0)
    content, style = pictures()
    assert aim(style, targets(aim, content, style)).total.item() == pytest.approx(0, abs=1e-9)


def test_a_blend_of_styles_is_the_mean_of_their_grams(encoder: Encoder) -> None:
    aim = objective(encoder)
    content, style = pictures()
    blend = aim.style_targets([content, style], [1.0, 3.0])
    one, other = aim.style_targets([content], [2.0]), aim.style_targets([style], [5.0])
    for layer in blend:
        assert torch.allclose(blend[layer], 0.25 * one[layer] + 0.75 * other[layer], atol=1e-6)


def test_fine_strokes_of_one_and_coarse_forms_of_the_other(encoder: Encoder) -> None:
    aim = objective(encoder, style_layers={"relu1_1": 1.0, "relu2_1": 1.0, "relu3_1": 1.0})
    content, style = pictures()
    mixed = aim.style_targets([content, style], [1.0, 5.0], [RANGES["fine"], RANGES["coarse"]])
    one, other = aim.style_targets([content], [1.0]), aim.style_targets([style], [1.0])
    for layer, own in (("relu1_1", one), ("relu2_1", one), ("relu3_1", other)):
        assert torch.equal(mixed[layer], own[layer])


def test_a_layer_is_averaged_over_the_styles_that_have_a_say(encoder: Encoder) -> None:
    aim = objective(encoder)
    content, style = pictures()
    mixed = aim.style_targets([content, style], [1.0, 3.0], [None, RANGES["coarse"]])
    one, blend = aim.style_targets([content], [1.0]), aim.style_targets([content, style], [1.0, 3.0])
    assert torch.equal(mixed["relu1_1"], one["relu1_1"])
    assert torch.equal(mixed["relu3_1"], blend["relu3_1"])
    alone = aim.style_targets([content], [1.0], [RANGES["fine"]])
    assert set(alone) == {"relu1_1"}
    assert aim(style, Targets(content=aim.content_targets(content), style=aim.everywhere(alone))).style > 0


def test_losses_by_weight(encoder: Encoder) -> None:
    content, style = pictures()
    plain = objective(encoder)
    goal = targets(plain, content, style)
    doubled = objective(encoder, content_weight=0.2, style_weight=3.0)
    a, b = plain(style * 0.5, goal), doubled(style * 0.5, goal)
    assert b.content.item() == pytest.approx(2 * a.content.item())
    assert b.style.item() == pytest.approx(3 * a.style.item())
    assert b.total.item() == pytest.approx((b.content + b.style).item())


def test_unknown_layers_are_refused(encoder: Encoder) -> None:
    with pytest.raises(UsageError, match="relu9_9"):
        objective(encoder, content_layers={"relu9_9": 1.0}).content_targets(pictures()[0])


def walk(descent: Descent, scales: list[Scale], aim: Objective, limits: Limits = NEVER) -> list[Iterate]:
    content, style = pictures()

    def at(scale: Scale) -> Targets:
        return targets(aim, resize(content, scale.height, scale.width), resize(style, scale.height, scale.width))

    return list(paint(descent, scales, aim, at, limits))


@pytest.mark.parametrize("optimizer", ["adam", "lbfgs"])
def test_walks_all_scales(encoder: Encoder, optimizer: str) -> None:
    scales = plan(3, 4, long_side=64, steps=9, scales=3)
    descent = Descent(pictures()[0], optimizer=optimizer, learning_rate=None)
    iterates = walk(descent, scales, objective(encoder))
    assert [i.step for i in iterates] == list(range(1, 10))
    assert [i.scale for i in iterates] == [1] * scales[0].steps + [2] * scales[1].steps + [3] * scales[2].steps
    assert descent.result.shape == (1, 3, 48, 64)
    assert iterates[-1].seconds_left == 0


def test_adam_s_moments_are_carried_over() -> None:
    picture = torch.rand(1, 3, 8, 8)
    adam = Adam(picture, 0.02)
    adam.step(picture, torch.ones_like(picture))
    adam.resize(torch.rand(1, 3, 12, 16))
    assert torch.allclose(adam.mean, torch.full((1, 3, 12, 16), 0.1), atol=1e-4)
    assert (adam.square > 0).all()


@pytest.mark.parametrize("optimizer", ["adam", "lbfgs"])
def test_detail_of_the_origin_is_there_at_the_next_scale(optimizer: str) -> None:
    random = torch.Generator().manual_seed(4)
    origin = torch.rand(1, 3, 24, 32, generator=random)
    descent = Descent(resize(origin, 12, 16), optimizer=optimizer, learning_rate=None, origin=origin)
    descent.resize(24, 32)
    assert torch.allclose(descent.picture, origin, atol=1e-6)
    with torch.no_grad():
        descent.picture.mul_(0.5)
    assert torch.allclose(descent.result, 0.5 * origin, atol=1e-6)
    blurred = Descent(resize(origin, 12, 16), optimizer=optimizer, learning_rate=None)
    blurred.resize(24, 32)
    assert (blurred.picture - origin).abs().mean() > 0.1


def test_lbfgs_is_pulled_back_into_the_range_of_pictures(encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    aim = objective(encoder, tv_weight=0.0)
    content, style = (picture.mul(3).sub(1).clamp(0, 1) for picture in pictures())
    goal = targets(aim, content, style)

    def lost_to_clipping() -> float:
        descent = Descent(content, optimizer="lbfgs", learning_rate=None)
        for _ in range(30):
            descent.step(aim, goal)
        return (aim(descent.result, goal).total - aim(descent.picture, goal).total).item()

    pulled = lost_to_clipping()
    monkeypatch.setattr("artgan.painting.optimise.OUTSIDE_WEIGHT", 0.0)
    assert pulled < 0.7 * lost_to_clipping()


def test_lbfgs_holds_to_the_content_at_first(encoder: Encoder) -> None:
    assert steps_held("lbfgs", "content", 100) == HOLD
    assert steps_held("lbfgs", "content", 8) == 2
    assert (steps_held("lbfgs", "fast", MANY), steps_held("lbfgs", "fast", MANY - 1)) == (16, 0)
    assert steps_held("lbfgs", "noise", 64) == steps_held("adam", "content", 64) == 0
    aim = objective(encoder)
    content, style = pictures()
    goal = targets(aim, content, style)

    def painted(hold: int) -> list[Iterate]:
        descent = Descent(content, optimizer="lbfgs", learning_rate=None)
        scale = Scale(height=content.shape[-2], width=content.shape[-1], steps=30)
        return list(paint(descent, [scale], aim, lambda scale: goal, NEVER, hold=hold))

    held, free = painted(10), painted(0)
    assert held[0].total == free[0].total
    # Less of the content is lost on the way, by its own weight, and in the end the same is sought.
    assert max(step.content for step in held[:10]) < 0.8 * max(step.content for step in free[:10])
    assert held[-1].total < 1.1 * free[-1].total
    assert held[5].total == pytest.approx(held[5].content + held[5].style)


def test_adam_is_torch_s_adam() -> None:
    start, random = torch.rand(1, 3, 6, 6), torch.Generator().manual_seed(0)
    ours, theirs = start.clone(), start.clone().requires_grad_(True)
    adam, reference = Adam(ours, 0.02), torch.optim.Adam([theirs], lr=0.02, betas=Adam.BETAS)
    for _ in range(5):
        gradient = torch.randn(1, 3, 6, 6, generator=random)
        adam.step(ours, gradient)
        theirs.grad = gradient.clone()
        reference.step()
    assert torch.allclose(ours, theirs, atol=1e-6)


def test_a_flat_loss_ends_a_scale(encoder: Encoder) -> None:
    aim = objective(encoder, style_weight=0.0)
    limits = Limits(tolerance=0.5, budget=None, should_stop=lambda: False)
    iterates = walk(
        Descent(pictures()[0], optimizer="adam", learning_rate=1e-6),
        [Scale(height=48, width=48, steps=1000)],
        aim,
        limits,
    )
    assert len(iterates) == 40


def test_the_budget_is_shared_by_the_scales(encoder: Encoder) -> None:
    scales = [Scale(height=32, width=32, steps=10**6), Scale(height=48, width=48, steps=10**6)]
    limits = Limits(tolerance=0, budget=0.6, should_stop=lambda: False)
    iterates = walk(Descent(pictures()[0], optimizer="adam", learning_rate=None), scales, objective(encoder), limits)
    assert {i.scale for i in iterates} == {1, 2}


def test_stops_when_asked(encoder: Encoder) -> None:
    answers = iter([False, False, True])
    limits = Limits(tolerance=0, budget=None, should_stop=lambda: next(answers))
    iterates = walk(
        Descent(pictures()[0], optimizer="adam", learning_rate=None),
        [Scale(height=48, width=48, steps=99)],
        objective(encoder),
        limits,
    )
    assert len(iterates) == 2


def test_a_loss_that_is_not_finite_is_one_line(encoder: Encoder) -> None:
    aim = objective(encoder, content_weight=1e300)  # beyond float32
    with pytest.raises(DivergedError, match="--learning-rate"):
        walk(Descent(pictures()[1], optimizer="adam", learning_rate=None), [Scale(height=48, width=48, steps=2)], aim)
