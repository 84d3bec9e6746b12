"""The loop: exact resuming, limits, schedules, averages, and what happens when a loss is not a number."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import torch

from artgan.errors import DivergedError, WeightsError
from artgan.io.checkpoints import load_tensors, read_metadata, save_tensors
from artgan.training import engine as module
from artgan.training.callbacks import Metrics
from artgan.training.clock import Clock
from artgan.training.engine import Callback, Engine, Moment
from artgan.training.runs import ABOUT_KEY, Run
from artgan.training.task import Step

ToyEngine = Callable[..., tuple[Engine, object]]


def changed(engine: Engine, task: object) -> dict[str, torch.Tensor]:
    found = {f"{n}.{k}": v.clone() for n, net in task.networks.items() for k, v in net.state_dict().items()}
    found |= {f"ema.{n}.{k}": v.clone() for n, net in engine.averaged.items() for k, v in net.state_dict().items()}
    return found | {"strength": task.strength.clone()}


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run.create(tmp_path, "toy", "noise")


@pytest.mark.parametrize("precision", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("stop", [1, 7, 10])
def test_a_resumed_run_is_the_uninterrupted_one(
    make_engine: ToyEngine, run: Run, tmp_path: Path, precision: torch.dtype, stop: int
) -> None:
    other = Run.create(tmp_path, "toy", "whole")
    whole, task = make_engine(run=other, precision=precision, schedule="cosine")
    whole.train([Metrics(other)])
    expected = changed(whole, task)

    first, _ = make_engine(run=run, precision=precision, schedule="cosine")
    first.train([Metrics(run)], should_stop=lambda: first.position.step == stop)
    assert first.position.step == stop
    torch.manual_seed(99)  # nothing may hang on the global generator
    second, task = make_engine(run=run, precision=precision, schedule="cosine")
    second.resume(run)
    run.rewind(second.position.step)
    second.train([Metrics(run)])

    found = changed(second, task)
    assert found.keys() == expected.keys()
    assert not [name for name in expected if not torch.equal(found[name], expected[name])]
    timeless = [
        [{k: v for k, v in line.items() if "second" not in k} for line in r.read_metrics()] for r in (run, other)
    ]
    assert timeless[0] == timeless[1]
    assert [line["step"] for line in timeless[0]] == [4, 8, 12, 16, 20]


def test_values_not_yet_logged_come_back_on_the_device(make_engine: ToyEngine, run: Run) -> None:
    engine, _ = make_engine(run=run, log_every=100)
    engine.train(should_stop=lambda: engine.position.step == 3)
    resumed, _ = make_engine(run=run, log_every=100)
    resumed._device = torch.device("meta")  # any device that is not the CPU
    resumed.resume(run)
    assert len(resumed._pending) == 3
    assert {value.device.type for step in resumed._pending for value in step.values()} == {"meta"}


def test_another_seed_is_another_run(make_engine: ToyEngine) -> None:
    ends = []
    for seed in (5, 6):
        engine, task = make_engine(seed=seed, steps=2)
        engine.train()
        ends.append(changed(engine, task))
    assert not torch.equal(ends[0]["discriminator.0.weight"], ends[1]["discriminator.0.weight"])


def test_callbacks_cannot_change_what_is_trained(make_engine: ToyEngine) -> None:
    class Noisy(Callback):
        def stepped(self, moment: Moment) -> Mapping[str, float]:
            torch.rand(7)
            return {}

    plain, task = make_engine()
    plain.train()
    noisy, other = make_engine()
    noisy.train([Noisy()])
    assert torch.equal(changed(plain, task)["generator.0.weight"], changed(noisy, other)["generator.0.weight"])


def test_an_update_moves_one_network_only(make_engine: ToyEngine) -> None:
    engine, task = make_engine()
    engine.step()
    for network in task.networks.values():
        assert all(parameter.grad is None for parameter in network.parameters())
    assert all(not parameter.requires_grad for parameter in engine.averaged["generator"].parameters())


@pytest.mark.parametrize(("minutes", "expected"), [(5, [5]), (7, [1, 5]), (61, [1, 2, 3, 4, 5])])
def test_the_first_checkpoint_is_early(
    make_engine: ToyEngine, run: Run, monkeypatch: pytest.MonkeyPatch, minutes: float, expected: list[int]
) -> None:
    saved = []
    monkeypatch.setattr(module, "save_state", lambda *arguments: saved.append(arguments[3].step))
    monkeypatch.setattr(Clock, "since_save", lambda self: 60 * minutes)
    engine, _ = make_engine(run=run, steps=5, save_every="1h")
    engine.train()
    assert saved == expected


def test_time_is_a_limit(make_engine: ToyEngine) -> None:
    engine, _ = make_engine(steps=None, seconds=0.2)
    assert engine.train() is False
    assert engine.position.seconds >= 0.2
    assert engine.position.step > 1


@pytest.mark.parametrize(("schedule", "rate"), [("constant", 1e-3), ("linear", 5e-5), ("hold-then-decay", 1e-4)])
def test_the_last_step_has_the_schedule_s_rate(make_engine: ToyEngine, schedule: str, rate: float) -> None:
    engine, task = make_engine(schedule=schedule, learning_rate=1e-3)
    engine.train()
    assert task.optimizers["generator"].param_groups[0]["lr"] == pytest.approx(rate)


def test_the_average_lags_behind(make_engine: ToyEngine) -> None:
    engine, task = make_engine(learning_rate=0.05)
    start = task.networks["generator"][0].weight.detach().clone()
    engine.train()
    last, averaged = task.networks["generator"][0].weight, engine.averaged["generator"][0].weight
    assert 0 < (averaged - start).norm() < (last - start).norm()
    assert not torch.equal(engine.averaged["generator"][1].running_mean, task.networks["generator"][1].running_mean)


def test_no_average_shares_the_last_weights(make_engine: ToyEngine) -> None:
    engine, task = make_engine(ema_half_life=0)
    engine.train()
    assert torch.equal(task.networks["generator"][0].weight, engine.averaged["generator"][0].weight)


def test_not_a_number_stops_and_keeps_the_last_good_state(make_engine: ToyEngine, run: Run) -> None:
    good, _ = make_engine(run=run, steps=6)
    good.train()
    kept = run.state.read_bytes()
    engine, task = make_engine(run=run, steps=50)
    engine.resume(run)
    task.poison = 9
    with pytest.raises(DivergedError, match=r"not a finite number at step 12; the state of step 6 is kept: --resume"):
        engine.train([Metrics(run)])
    assert run.state.read_bytes() == kept


def test_broken_weights_are_never_saved(make_engine: ToyEngine, run: Run) -> None:
    engine, task = make_engine(run=run, steps=3, log_every=1000)
    engine.step()
    with torch.no_grad():
        task.networks["discriminator"][0].weight[0, 0, 0, 0] = float("inf")
    with pytest.raises(DivergedError, match="nothing was saved yet: start again with --learning-rate"):
        engine.save()
    assert not run.state.exists()


def test_broken_weights_are_never_scored(make_engine: ToyEngine) -> None:
    told = []

    class Listening(Callback):
        def stepped(self, moment: Moment) -> Mapping[str, float]:
            told.append(moment.step)
            return {}

    engine, task = make_engine(steps=3)
    step = task.training_step

    def breaking(batch: object, moment: Step) -> object:
        values = step(batch, moment)
        if moment.number == 3:  # the loss was still a number
            task.networks["generator"][0].weight.data.fill_(float("nan"))
        return values

    task.training_step = breaking
    with pytest.raises(DivergedError, match="a weight is not a finite number at step 3"):
        engine.train([Listening()])
    assert told == [1, 2]


def test_a_crash_between_the_two_files_is_mended(make_engine: ToyEngine, run: Run) -> None:
    engine, _ = make_engine(run=run, steps=4)
    engine.train()
    older = run.model.read_bytes()
    engine, _ = make_engine(run=run, steps=8)
    engine.resume(run)
    engine.train()
    newer = load_tensors(run.model)
    run.model.write_bytes(older)
    again, _ = make_engine(run=run)
    again.resume(run)
    tensors, metadata = load_tensors(run.model)
    assert metadata == newer[1]
    assert all(torch.equal(tensors[name], value) for name, value in newer[0].items())
    assert run.model_step() == 8


def test_the_shared_model_is_the_average(make_engine: ToyEngine, run: Run) -> None:
    engine, _ = make_engine(run=run, steps=5)
    engine.train()
    tensors, metadata = load_tensors(run.model)
    expected = engine.averaged["generator"].state_dict()
    assert tensors.keys() == {f"generator.{name}" for name in expected}
    assert all(torch.equal(tensors[f"generator.{name}"], value) for name, value in expected.items())
    assert json.loads(metadata[ABOUT_KEY]) == {"data": ["noise"], "step": 5, "images_seen": 40}


def test_states_that_do_not_fit_are_refused(make_engine: ToyEngine, run: Run) -> None:
    engine, _ = make_engine(run=run, steps=1)
    engine.train()
    with pytest.raises(WeightsError, match="state of another run"):
        make_engine(seed=6)[0].resume(run)
    tensors, metadata = load_tensors(run.state)
    del tensors["network/generator/0.weight"]
    save_tensors(run.state, tensors, metadata)
    with pytest.raises(WeightsError, match=r"does not fit the networks: .*0\.weight"):
        make_engine()[0].resume(run)
    save_tensors(
        run.state, tensors, {name: text.replace('"version": 1', '"version": 9') for name, text in metadata.items()}
    )
    with pytest.raises(WeightsError, match="newer artgan"):
        make_engine()[0].resume(run)
    save_tensors(run.state, tensors, {})
    with pytest.raises(WeightsError, match="no state of a training run"):
        make_engine()[0].resume(run)


def test_moments_are_kept_by_name(make_engine: ToyEngine, run: Run) -> None:
    engine, task = make_engine(run=run, steps=3)
    engine.train()
    tensors, _ = load_tensors(run.state)
    moment = task.optimizers["generator"].state[task.networks["generator"][0].weight]["exp_avg"]
    assert torch.equal(tensors["optimizer/generator/generator.0.weight/exp_avg"], moment)
    assert "format" not in read_metadata(run.state)
