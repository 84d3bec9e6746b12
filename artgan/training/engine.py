"""The one training loop: steps, precision, averages, checkpoints, time, processes, and what callbacks are told.

It knows nothing of what a task trains.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from artgan.config.train import TrainConfig
from artgan.config.values import parse_duration
from artgan.errors import DivergedError
from artgan.training.averaging import Averages
from artgan.training.clock import Clock
from artgan.training.distributed import Processes
from artgan.training.feed import Feed
from artgan.training.runs import Run, save_model
from artgan.training.schedules import multiplier
from artgan.training.seeds import derived, generator, seed_default_generators
from artgan.training.state import Position, all_finite, load_state, save_state
from artgan.training.task import Step, Task

_STEPS_BETWEEN_AGREEMENTS = 10
_FIRST_SAVE = 0.1
_RECENT = 20
"""How many steps the losses shown live are the mean of."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """When a run ends, counted from its beginning; None does not limit."""

    steps: int | None
    seconds: float | None


@dataclass(frozen=True, kw_only=True)
class Moment:
    """Where a run stands, as callbacks see it."""

    step: int
    images_seen: int
    seconds: float
    seconds_left: float | None
    last: bool
    """Whether the run has reached its limit."""
    averaged: Mapping[str, nn.Module]
    """The averaged networks, in evaluation mode."""
    pictures_per_second: float


class Callback:
    """What may happen beside training. Each of these does nothing; none may change what is trained."""

    def stepped(self, moment: Moment) -> Mapping[str, float]:
        """After every step: must be quick when there is nothing to do. Scores given back make a line of metrics."""
        return {}

    def watched(self, moment: Moment, values: Mapping[str, float]) -> None:
        """About once a second, with the means of what recent steps returned."""

    def logged(self, line: Mapping[str, float]) -> None:
        """Every `log_every` steps: step, images_seen, seconds, pictures_per_second, means since the last line."""

    def ended(self, moment: Moment) -> None:
        """After the last checkpoint."""

    def described(self) -> Mapping[str, Any]:
        """What the shared model's metadata should say beside what the engine was given."""
        return {}


class Engine:
    """Trains a task in this process, alone or among others.

    `run` is where the first process writes checkpoints, None for nowhere; `about` is told in the shared model's
    metadata.
    """

    def __init__(
        self,
        task: Task,
        feed: Feed,
        config: TrainConfig,
        *,
        limits: Limits,
        seed: int,
        device: torch.device,
        precision: torch.dtype,
        processes: Processes,
        run: Run | None = None,
        about: Mapping[str, Any] | None = None,
    ) -> None:
        self._task, self._feed, self._config, self._limits = task, feed, config, limits
        self._seed, self._device, self._precision, self._processes = seed, device, precision, processes
        self._run, self._about = run, dict(about or {})
        self._callbacks: tuple[Callback, ...] = ()
        self._save_every = parse_duration(config.save_every, "--save-every")
        self._parameters = {
            name: [parameter for group in optimizer.param_groups for parameter in group["params"]]
            for name, optimizer in task.optimizers.items()
        }
        self._rates = {name: [g["lr"] for g in opt.param_groups] for name, opt in task.optimizers.items()}
        self._averages = Averages(task.networks, task.averaged, config.ema_half_life)
        self._position = Position()
        self._pending: list[dict[str, Tensor]] = []
        self._saved_step: int | None = None
        self._clock = Clock()
        self._agreed_seconds = 0.0

    @property
    def position(self) -> Position:
        """Where the run stands."""
        return self._position

    @property
    def averaged(self) -> dict[str, nn.Module]:
        """The averaged networks, in evaluation mode."""
        return self._averages.networks

    def resume(self, run: Run) -> None:
        """Continue from a run's checkpoint. A shared model that a crash left behind its state is written anew."""
        self._position, pending = load_state(run.state, self._task, self._averages, self._seed)
        there = [values.to(self._device) for values in pending.values()]  # where those of later steps will be
        self._pending = [dict(zip(pending, values, strict=True)) for values in zip(*there, strict=True)]
        self._saved_step = self._position.step
        if self._processes.first and run.model_step() != self._position.step:
            save_model(run.model, self._task.spec(), self.averaged, self._described())

    def train(self, callbacks: Iterable[Callback] = (), *, should_stop: Callable[[], bool] = lambda: False) -> bool:
        """Train until a limit or until `should_stop`, saving now and then and at the end; whether it was stopped.

        Other processes than the first should have no callbacks.

        Raises:
            DivergedError: a loss or a weight is not finite. Nothing is saved then; the last checkpoint stays.
        """
        self._callbacks = tuple(callbacks)
        self._processes.broadcast(self._task.networks.values())
        self._processes.broadcast(self.averaged.values())
        self._clock = Clock(seconds=self._position.seconds, images_seen=self._position.images_seen)
        self._agreed_seconds = self._position.seconds
        stopped, over = self._finished(should_stop)
        while not over:
            self.step()
            stopped, over = self._finished(should_stop)
            if over:
                self._check_weights()  # before they are scored
            self._tell(self._moment(last=over and not stopped))
            if not over and self._save_due():
                self.save()
        self.save()
        for callback in self._callbacks:
            callback.ended(self._moment(last=True))
        return stopped

    def step(self) -> None:
        """One training step."""
        number = self._position.step + 1
        self._set_rates()
        seed_default_generators(derived(self._seed, "global", number, self._processes.rank), self._device)
        step = Step(
            number=number,
            images_seen=self._position.images_seen,
            random=generator(self._seed, "task", number, self._processes.rank),
            device=self._device,
            autocast=self._autocast,
            update=self._update,
        )
        self._pending.append(self._task.training_step(self._feed.batch(number), step))
        images_seen = self._position.images_seen + self._config.batch_size
        self._averages.update(self._task.networks, images_seen=images_seen, batch_size=self._config.batch_size)
        self._position = Position(step=number, images_seen=images_seen, seconds=self._clock.seconds())
        self._clock.stepped(number)

    def save(self) -> None:
        """Write a checkpoint: first the state, which holds all that the shared model is made of, then the model."""
        if self._run is None or not self._processes.first or self._saved_step == self._position.step:
            return
        with self._clock.aside():
            self._check_weights()
            pending = _by_name(self._pending)
            save_state(self._run.state, self._task, self._averages, self._position, pending, self._seed)
            save_model(self._run.model, self._task.spec(), self.averaged, self._described())
        self._saved_step = self._position.step
        self._clock.saved()

    def _save_due(self) -> bool:
        """The first checkpoint comes early, lest a kill in the first minutes costs them all."""
        wait = self._save_every if self._saved_step is not None else self._save_every * _FIRST_SAVE
        return self._clock.since_save() >= wait

    def _update(self, network_name: str, loss: Tensor, *, retain: bool = False) -> None:
        optimizer, parameters = self._task.optimizers[network_name], self._parameters[network_name]
        # Given inputs, autograd leaves out what only other networks' gradients would need.
        loss.backward(inputs=parameters, retain_graph=retain)  # type: ignore[no-untyped-call]
        self._processes.average_gradients(parameters)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    def _autocast(self) -> AbstractContextManager[Any]:
        if self._precision == torch.float32:
            return nullcontext()
        return torch.autocast(self._device.type, dtype=self._precision)

    def _set_rates(self) -> None:
        if self._config.schedule == "constant":
            return
        factor = multiplier(self._config.schedule, self._share_done())
        for name, optimizer in self._task.optimizers.items():
            for group, rate in zip(optimizer.param_groups, self._rates[name], strict=True):
                group["lr"] = rate * factor

    def _share_done(self) -> float:
        """How much of the run is done, by the limit that is nearer."""
        by_steps = self._position.step / self._limits.steps if self._limits.steps else 0.0
        by_time = self._agreed_seconds / self._limits.seconds if self._limits.seconds else 0.0
        return max(by_steps, by_time)

    def _finished(self, should_stop: Callable[[], bool]) -> tuple[bool, bool]:
        """Whether to stop because somebody asked, and whether to stop at all; the same in all processes."""
        stop = False
        if self._processes.world == 1 or self._position.step % _STEPS_BETWEEN_AGREEMENTS == 0:
            asked, self._agreed_seconds = self._processes.agree([float(should_stop()), self._position.seconds])
            stop = bool(asked)
        over = self._share_done() >= 1
        return stop and not over, stop or over

    def _tell(self, moment: Moment) -> None:
        """Callbacks and the lines of metrics after a step."""
        look = self._clock.look_due()
        due = moment.step % self._config.log_every == 0 or moment.last
        if look or due:
            recent = self._means(self._pending[-_RECENT:])
        scores: dict[str, float] = {}
        with self._clock.aside():
            for callback in self._callbacks:
                scores |= callback.stepped(moment)
                if look:
                    callback.watched(moment, recent)
        if (due or scores) and self._pending:
            self._log(moment, scores)

    def _log(self, moment: Moment, scores: Mapping[str, float]) -> None:
        means = self._means(self._pending)
        line = {
            "step": moment.step,
            "images_seen": moment.images_seen,
            "seconds": round(moment.seconds, 3),
            "pictures_per_second": round(self._clock.speed(moment.images_seen), 2),
            **means,
            **scores,
        }
        self._pending = []
        self._clock.line(moment.images_seen)
        for callback in self._callbacks:
            callback.logged(line)

    def _means(self, values: list[dict[str, Tensor]]) -> dict[str, float]:
        """Means over steps; the one place where the device is waited for."""
        names = list(values[-1])  # each step by name: those of before a checkpoint come in another order
        stacked = torch.stack([torch.stack([step[name].float() for name in names]) for step in values])
        means = dict(zip(names, stacked.mean(0).tolist(), strict=True))
        for name, mean in means.items():
            if not abs(mean) < float("inf"):
                raise self._diverged(f"{name}")
        return means

    def _check_weights(self) -> None:
        if not all_finite(self._task.networks.values()):
            raise self._diverged("a weight")

    def _diverged(self, what: str) -> DivergedError:
        rate = self._config.learning_rate
        if self._saved_step is not None and self._run is not None:
            kept = (
                f"the state of step {self._saved_step} is kept: --resume {self._run.path} --learning-rate {rate / 4:g}"
            )
        else:
            kept = f"nothing was saved yet: start again with --learning-rate {rate / 4:g}"
        return DivergedError(f"{what} is not a finite number at step {self._position.step}; {kept}")

    def _moment(self, *, last: bool) -> Moment:
        return Moment(
            step=self._position.step,
            images_seen=self._position.images_seen,
            seconds=self._position.seconds,
            seconds_left=self._clock.seconds_left(
                self._position.step, steps=self._limits.steps, seconds=self._limits.seconds
            ),
            last=last,
            averaged=self.averaged,
            pictures_per_second=self._clock.speed(self._position.images_seen),
        )

    def _described(self) -> dict[str, Any]:
        about = {**self._about, "step": self._position.step, "images_seen": self._position.images_seen}
        for callback in self._callbacks:
            about |= callback.described()
        return about


def _by_name(steps: list[dict[str, Tensor]]) -> dict[str, Tensor]:
    """What several steps returned, as one tensor (steps,) a name."""
    return {name: torch.stack([step[name] for step in steps]) for name in (steps[0] if steps else {})}
