"""`artgan train` without a terminal: a dataset in, a run folder out."""

import dataclasses
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from artgan import __version__
from artgan.config.files import find_recipe, read_config, recipe_names
from artgan.config.train import CHANGEABLE, LIMITS, TrainConfig
from artgan.data.datasets import Dataset
from artgan.errors import DeviceError, UsageError, WeightsError
from artgan.events import FolderDone, Listener, Note, ignore
from artgan.io.files import quoted
from artgan.io.locks import only_run
from artgan.pipelines.methods import METHODS
from artgan.pipelines.sources import located
from artgan.runtime import draw_seed, keep_freed_memory, resolve_device, resolve_precision
from artgan.training.callbacks import Metrics, Samples, Telling, TensorBoard, to_images
from artgan.training.distributed import Processes
from artgan.training.engine import Callback, Engine
from artgan.training.evaluation import Evaluation, Judge
from artgan.training.feed import Feed
from artgan.training.plan import Plan, limits, measure, trainable
from artgan.training.runs import Run
from artgan.training.task import Task
from artgan.training.trouble import Doctor, diversity

SMALL = "small"
FILES = ("encoder_weights", "start")
"""Options that name a file: models say what it is called, and not where it is."""
_REFERENCE_PICTURES = 64


@dataclass(frozen=True, kw_only=True)
class TrainReport:
    """How a training ended; for a dry run there is a plan and no folder, in other processes than the first neither."""

    run: Path | None
    steps: int = 0
    images_seen: int = 0
    seconds: float = 0.0
    interrupted: bool = False
    plan: Plan | None = None


def train(
    method: str,
    config: TrainConfig,
    data: Sequence[str],
    *,
    out: Path = Path("runs"),
    dry_run: bool = False,
    asked_for: Collection[str] | None = None,
    listener: Listener = ignore,
    should_stop: Callable[[], bool] = lambda: False,
) -> TrainReport:
    """Train a `method` of METHODS on datasets, one for each of its domains, in a new run folder below `out`.

    When `should_stop` turns true, the step at hand is ended and everything is saved. `dry_run` writes nothing and tells
    what the run would take. Of few pictures (see `Method.small_data`) the recipe "small" sets the options that are not
    among `asked_for`, names of fields; with None, as by default, the configuration is taken as it is.
    """
    session = _Session(method, config, data, asked_for=asked_for, listener=listener)
    with session.errors_named():
        if dry_run:
            plan = session.dry_run()
            return TrainReport(run=None, plan=plan if session.first else None)
        return session.train(lambda: session.new_run(out), should_stop)


def resume(
    path: Path,
    changes: Mapping[str, Any] | None = None,
    *,
    method: str | None = None,
    listener: Listener = ignore,
    should_stop: Callable[[], bool] = lambda: False,
) -> TrainReport:
    """Continue the run in the folder `path` as it was, but for `changes`, options by name.

    A new limit of the length replaces the old ones; limits count from the run's beginning.

    Raises:
        UsageError: no run folder, one of another `method`, data that is not what it was, options that cannot change.
    """
    run = Run.open(path)
    stored = run.read_config()
    name = str(stored.get("method"))
    folder = Path(str(stored.get("folder", ".")))
    data = [located(str(source), folder) for source in stored.get("data", [])]
    if name not in METHODS or (method is not None and name != method):
        raise UsageError(f"{quoted(path)} is a run of artgan train {name}: continue it with that command")
    options = {key: located(value, folder) if key in FILES else value for key, value in stored["options"].items()}
    config = _changed(METHODS[name].config, options, changes or {}, path)
    session = _Session(name, config, data, asked_for=None, listener=listener)
    if stored.get("fingerprints") != session.fingerprints:
        raise UsageError(f"the pictures of {', '.join(map(quoted, data))} are not those that the run began with")
    with session.errors_named():
        return session.train(lambda: run, should_stop)


class _Session:
    """One process's part in training: everything between the options and the engine."""

    def __init__(
        self,
        name: str,
        config: TrainConfig,
        data: Sequence[str],
        *,
        asked_for: Collection[str] | None,
        listener: Listener,
    ) -> None:
        self._name, self._method = name, METHODS[name]
        self._processes = Processes()
        self._listener: Listener = listener if self.first else ignore
        self._device = self._processes.own_device(resolve_device(config.device))
        self._precision = resolve_precision(config.precision, self._device)
        self._seed = self._processes.same_number(draw_seed() if config.seed is None else config.seed)
        fitted = self._method.fit(config, data, device=self._device, world=self._processes.world)
        config, self._data, self._notes, self._forecast = fitted.config, fitted.data, fitted.notes, fitted.forecast
        self._processes.own_share(config.batch_size)
        self._datasets = self._method.open(config, self._data, seed=self._seed, listener=self._listener)
        counts = [len(dataset.train) for dataset in self._datasets.values()]
        if asked_for is not None and min(counts) < self._method.small_data:
            config = self._for_few_pictures(config, asked_for)
        self._config = dataclasses.replace(config, seed=self._seed, size=self._dataset.size)
        self._pictures = max(counts)
        self._limits, chosen = limits(self._config, self._pictures)
        self._notes = [*self._notes, *([chosen] if chosen else [])]
        # Every step has the same shapes.
        torch.backends.cudnn.benchmark = True
        if self._device.type == "cpu":
            keep_freed_memory()

    @property
    def first(self) -> bool:
        """Whether this process is the one that writes and tells."""
        return self._processes.first

    @property
    def _dataset(self) -> Dataset:
        return next(iter(self._datasets.values()))

    @property
    def fingerprints(self) -> list[str]:
        """Of the datasets, in order."""
        return [dataset.fingerprint for dataset in self._datasets.values()]

    def dry_run(self) -> Plan:
        """Measure a few steps and tell what was found."""
        plan = self._plan()
        for text in self._notes:
            self._listener(Note(text=text))
        self._listener(plan.summary())
        return plan

    def _plan(self) -> Plan:
        task = self._build()
        engine = self._engine(task, None)
        return measure(engine, task, self._config, self._limits, self._pictures, self._device, self._processes)

    def new_run(self, parent: Path) -> Run:
        """The folder, made by the first process; the others never write to it."""
        label = self._method.label(self._datasets)
        return Run.create(parent, self._name, label) if self.first else Run(parent)

    def train(self, open_run: Callable[[], Run], should_stop: Callable[[], bool]) -> TrainReport:
        """Train in a run's folder from its checkpoint, or from the beginning when it has none."""
        if self._forecast:
            self._notes = [*self._notes, self._plan().forecast()]
        task = self._build()
        judge = self._judge() if self.first else None
        run = open_run()  # not before the options are known to make sense
        with only_run(run.path) if self.first else nullcontext():
            return self._train_in(run, task, judge, should_stop)

    def _train_in(self, run: Run, task: Task, judge: Judge | None, should_stop: Callable[[], bool]) -> TrainReport:
        engine = self._engine(task, run)
        if run.state.is_file():
            engine.resume(run)
        callbacks: list[Callback] = []
        if self.first:
            run.sweep()
            run.write_config(
                {**self._described(), "options": self._options(), "data": self._data, "folder": str(Path.cwd())}
            )
            callbacks = self._callbacks(run, task, engine.position.step, judge)
        self._announce(run, task, engine.position.step)
        interrupted = engine.train(callbacks, should_stop=should_stop)
        report = TrainReport(
            run=run.path if self.first else None,
            steps=engine.position.step,
            images_seen=engine.position.images_seen,
            seconds=engine.position.seconds,
            interrupted=interrupted,
        )
        details = {key: value for key, value in dataclasses.asdict(report).items() if key not in ("run", "plan")}
        self._listener(FolderDone(path=run.path, details={**details, "model": str(run.model), "seed": self._seed}))
        return report

    @contextmanager
    def errors_named(self) -> Iterator[None]:
        """Turns an accelerator that is full into one line with the mend."""
        try:
            yield
        except torch.OutOfMemoryError:
            size, batch_size = self._config.size, self._config.batch_size
            raise DeviceError(f"out of memory at {size} px: lower --batch-size (now {batch_size}) or --size") from None
        finally:
            self._processes.close()

    def _for_few_pictures(self, config: TrainConfig, asked_for: Collection[str]) -> TrainConfig:
        command = f"train {self._name}"
        if SMALL not in recipe_names(command):
            return config
        values = read_config(find_recipe(SMALL, command), command, self._method.config)
        text = f"recipe {SMALL}, for fewer than {self._method.small_data} pictures; --recipe says otherwise"
        self._notes = [*self._notes, text]
        return dataclasses.replace(config, **{k: v for k, v in values.items() if k not in asked_for})

    def _build(self) -> Task:
        return self._method.build_task(
            self._config,
            self._datasets,
            seed=self._seed,
            device=self._device,
            precision=self._precision,
            listener=self._listener,
        )

    def _judge(self) -> Judge | None:
        """What scores the run; a judge of its own for each method."""
        return self._method.judge(
            self._config, self._datasets, device=self._device, precision=self._precision, listener=self._listener
        )

    def _engine(self, task: Task, run: Run | None) -> Engine:
        feed = Feed(
            self._datasets,
            batch_size=self._config.batch_size,
            seed=self._seed,
            device=self._device,
            mirror=self._config.mirror,
            rank=self._processes.rank,
            world=self._processes.world,
        )
        return Engine(
            task,
            feed,
            self._config,
            limits=self._limits,
            seed=self._seed,
            device=self._device,
            precision=self._precision,
            processes=self._processes,
            run=run,
            about=self._described(),
        )

    def _callbacks(self, run: Run, task: Task, step: int, judge: Judge | None) -> list[Callback]:
        config, lines = self._config, run.rewind(step)
        pictures = self._dataset.pixels[self._dataset.train[:_REFERENCE_PICTURES]]
        samples = Samples(run, task, every=config.sample_every, reference=diversity(to_images(pictures)))
        callbacks: list[Callback] = [samples]
        if judge is not None:
            about, every = self._described(), config.evaluate_every
            callbacks.append(Evaluation(judge, run, task, every=every, about=about, listener=self._listener))
        callbacks += [Telling(self._listener, run, samples, self._limits.steps), Metrics(run)]
        if config.tensorboard:
            callbacks.append(TensorBoard(run, step))
        return [*callbacks, Doctor(self._listener, lines, config.learning_rate)]

    def _announce(self, run: Run, task: Task, step: int) -> None:
        sizes = ", ".join(f"{name} {trainable(network):,}" for name, network in task.networks.items())
        data = ", ".join(f"'{dataset.name}' ({len(dataset.train):,} pictures)" for dataset in self._datasets.values())
        where = f"{self._device.type} {str(self._precision).removeprefix('torch.')}, seed {self._seed}"
        self._listener(Note(text=f"{data} at {self._dataset.size} px; parameters: {sizes}; {where}"))
        for text in self._notes:
            self._listener(Note(text=text))
        self._listener(
            Note(text=f"{'continuing' if step else 'run'} {run.path}" + (f" from step {step}" if step else ""))
        )

    def _options(self) -> dict[str, Any]:
        return {key: value for key, value in dataclasses.asdict(self._config).items() if value is not None}

    def _described(self) -> dict[str, Any]:
        """For people, and for resuming: in config.json and in the metadata of models. Names, never folders."""
        datasets = self._datasets.values()
        return {
            "artgan": __version__,
            "torch": str(torch.__version__),
            "method": self._name,
            "data": [dataset.name for dataset in datasets],
            "fingerprints": self.fingerprints,
            "pictures": [len(dataset.train) for dataset in datasets],
            "licences": [dict(dataset.licences) for dataset in datasets],
            "ai_training": [dict(dataset.ai_training) for dataset in datasets],
            "options": {key: Path(value).name if key in FILES else value for key, value in self._options().items()},
            "device": self._device.type,
            "precision": str(self._precision).removeprefix("torch."),
        }


def _changed(kind: type[TrainConfig], stored: Mapping[str, Any], changes: Mapping[str, Any], run: Path) -> TrainConfig:
    """The options of a resumed run."""
    known = {field.name for field in dataclasses.fields(kind)}
    if unknown := stored.keys() - known:
        raise WeightsError(f"{quoted(run)} has options that this artgan does not know ({', '.join(sorted(unknown))})")
    for name, value in changes.items():
        if name not in CHANGEABLE and value != stored.get(name):
            was = "not given" if name not in stored else repr(stored[name])
            raise UsageError(f"--{name.replace('_', '-')} cannot change in a run that has begun (it was {was})")
    options = dict(stored)
    if changes.keys() & LIMITS:
        options = {name: value for name, value in options.items() if name not in LIMITS}
    return kind(**{**options, **changes})
