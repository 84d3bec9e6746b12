"""`artgan chain` without a terminal: pictures through several models and styles, as floats from one to the next."""

import dataclasses
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from torch import Tensor

from artgan import __version__
from artgan.config.chain import ChainConfig, StepText
from artgan.errors import ArtganError, UsageError
from artgan.events import ItemsProgress, Listener, Note, PictureDone, PictureFailed, ignore
from artgan.io.files import check_writable
from artgan.pipelines.chain_sheet import Back, draw_sheet, way_back
from artgan.pipelines.domains import domain_graph
from artgan.pipelines.origins import Begun, Origin, from_files, from_gan
from artgan.pipelines.outputs import STDIO, plan_outputs
from artgan.pipelines.pictures import PicturesReport, check_stream, write_result
from artgan.pipelines.steps import ModelStep, Step, StyleStep, Told, model_step, step_named, style_step
from artgan.pipelines.translators import Translators
from artgan.runtime import draw_seed, resolve_device, resolve_precision

_NOT_IN_RECEIPTS = frozenset({"step", "path", "models", "seeds", "tags", "seed", "sheet", "stages"})
"""Told by the steps themselves, or changing nothing in the picture."""


def chain(
    config: ChainConfig,
    inputs: Sequence[str] = (),
    *,
    out: str | None = None,
    force: bool = False,
    listener: Listener = ignore,
    should_stop: Callable[[], bool] = lambda: False,
    stdin: BinaryIO | None = None,
    stdout: BinaryIO | None = None,
) -> PicturesReport:
    """Take pictures (files, folders, globs, "-", "example:NAME"; or a GAN's) through the steps of `config`.

    One picture that fails raises its ArtganError, which names the step; one of several is told to the listener and the
    others go on. When `should_stop` turns true, the step at hand ends, and what is finished stays.
    """
    config.check_together()
    if config.draws and inputs:
        raise UsageError("--step sample=MODEL draws the pictures: leave out the names of others")
    device = resolve_device(config.device)
    precision = resolve_precision(config.precision, device)
    translators = Translators(device=device, precision=precision, tiling=config.tiling, max_memory=config.memory_limit)
    seed = draw_seed() if config.seed is None else config.seed
    if config.draws:
        first = config.steps[0]
        with step_named(1, len(config.steps), first.text):
            origins = from_gan(first.name, config, translators, seed=seed)
    else:
        origins = from_files(inputs, translators, stdin)
    steps = _steps(config, translators, seed, listener)
    plans = _plan(config, origins, steps, out, force=force)
    check_stream(out, stdout)
    kind = str(precision).removeprefix("torch.")
    drawn = config.draws and config.seeds is None
    seeded = [f"seed {seed}"] if drawn or any(isinstance(step, StyleStep) for step in steps) else []
    listener(Note(text=", ".join([*(step.title for step in steps), f"{device.type} {kind}", *seeded])))

    common = {
        "artgan": __version__,
        "command": "chain",
        "options": {k: v for k, v in _plain(config).items() if v is not None and k not in _NOT_IN_RECEIPTS},
        "seed": seed,
        "device": device.type,
        "precision": kind,
    }
    work = _Work(config, steps, common, listener, should_stop, stdout, force, count=len(plans))
    done = failed = 0
    for number, (origin, plan) in enumerate(zip(origins, plans, strict=True), start=1):
        if should_stop():
            break
        try:
            done += work.picture(number, origin, plan)
        except ArtganError as error:
            if len(origins) == 1:
                raise
            failed += 1
            listener(PictureFailed(source=origin.name, error=str(error)))
    return PicturesReport(done=done, failed=failed, interrupted=should_stop())


def _steps(config: ChainConfig, translators: Translators, seed: int, listener: Listener) -> list[Step]:
    """The steps after the pictures themselves, every model loaded."""
    texts = list(config.steps[1:] if config.draws else config.steps)
    if config.path is not None:
        route = domain_graph(Path(config.models), listener).route(config.stops)
        ways = [(road.model, f"{road.source}->{road.target}") for road in route]
        texts = [StepText("model", model, way, f"{model}:{way}") for model, way in ways]
    steps: list[Step] = []
    before = int(config.draws)
    domain: str | None = None
    for number, text in enumerate(texts, start=1 + before):
        with step_named(number, len(texts) + before, text.text):
            if text.kind == "style":
                steps.append(style_step(text, config, seed=seed, listener=listener))
                continue
            step = model_step(text, translators, source=domain)
        if domain not in (None, step.source):
            listener(Note(text=f"{step.title} was trained on {step.source} and is given {domain}"))
        domain = step.target
        steps.append(step)
    return steps


@dataclass(frozen=True, kw_only=True)
class _Plan:
    """Where a picture's results go; None is standard output."""

    result: Path | None
    stages: tuple[Path, ...]
    sheet: Path | None


def _plan(
    config: ChainConfig, origins: Sequence[Origin], steps: Sequence[Step], out: str | None, *, force: bool
) -> list[_Plan]:
    """Raises UsageError and OutputError, as `plan_outputs` does, before any work."""
    if out == STDIO and (config.sheet or config.stages):
        raise UsageError("--sheet and --stages write several files: give --out a file or folder, not -")
    label = "-".join(step.label for step in steps)
    plans = []
    for result in plan_outputs([origin.name for origin in origins], out, label=label, force=force):
        stages: list[Path] = []
        sheet = None
        if result is not None and config.stages:
            stages = [
                result.with_name(f"{result.stem}-stage{number}-{step.label}{result.suffix}")
                for number, step in enumerate(steps[:-1], start=1)
            ]
        if result is not None and config.sheet:
            sheet = result.with_name(f"{result.stem}-sheet.png")
        for path in [*stages, *([sheet] if sheet else [])]:
            check_writable(path, force=force)
        plans.append(_Plan(result=result, stages=tuple(stages), sheet=sheet))
    return plans


@dataclass(frozen=True)
class _Work:
    """What the pictures of a chain have in common."""

    config: ChainConfig
    steps: Sequence[Step]
    common: dict[str, Any]
    listener: Listener
    should_stop: Callable[[], bool]
    stdout: BinaryIO | None
    force: bool
    count: int
    began: float = dataclasses.field(default_factory=time.monotonic)

    def picture(self, number: int, origin: Origin, plan: _Plan) -> bool:
        """Take one picture through all steps; whether its result is written, and not given up on being stopped."""
        began = time.monotonic()
        told = Told(picture=Path(origin.name).name, number=number, pictures=self.count, listener=self.listener)
        total = len(self.steps) + self.config.draws
        if self.config.draws:
            with step_named(1, total, self.config.step[0]):
                begun = origin.load()
        else:
            begun = origin.load()
        images, records = [begun.image], [begun.record] if self.config.draws else []
        for position, step in enumerate(self.steps):
            if self.should_stop():
                return False
            self._progress(number, position, step)
            with step_named(position + 1 + self.config.draws, total, step.title):
                image, record = step.run(images[-1], begun.alpha, told, self.should_stop)
            last = position == len(self.steps) - 1
            # A style that was stopped is worth keeping as a result, as in transfer, but not as a stage.
            if self.should_stop() and isinstance(step, StyleStep) and not (last and record["steps"]):
                return False
            images.append(image)
            records.append(record)
            if not last and plan.stages:
                self._write(plan.stages[position], "stage", origin, begun, image, records)
        back = way_back(self.steps, images) if plan.sheet and not self.should_stop() else []
        details = {"steps": [step.label for step in self.steps], "seconds": round(time.monotonic() - began, 2)}
        if back:
            details["back"] = [{"to": one.label, "rms": round(one.rms, 2)} for one in back]
        self._write(plan.result, "picture", origin, begun, images[-1], records, details)
        if plan.sheet:
            self._write_sheet(plan.sheet, origin, begun, images, back, records)
        return True

    def _progress(self, number: int, position: int, step: Step) -> None:
        done, total = (number - 1) * len(self.steps) + position, self.count * len(self.steps)
        rate = done / max(time.monotonic() - self.began, 1e-6)
        self.listener(
            ItemsProgress(
                activity=f"{step.title}, step",
                done=done + 1,
                total=total,
                reasons={},
                per_second=rate,
                seconds_left=(total - done) / rate if rate else None,
            )
        )

    def _receipt(self, kind: str, begun: Begun, records: Sequence[dict[str, Any]]) -> dict[str, Any]:
        content = {} if begun.picture is None else {"content": begun.record}
        return {**self.common, "kind": kind, **content, "steps": list(records)}

    def _write(
        self,
        path: Path | None,
        kind: str,
        origin: Origin,
        begun: Begun,
        image: Tensor,
        records: Sequence[dict[str, Any]],
        details: dict[str, Any] | None = None,
    ) -> None:
        receipt = self._receipt(kind, begun, records)
        alpha = None if begun.picture is None else begun.picture.alpha
        write_result(image, alpha, path, receipt, self.stdout, force=self.force)
        size = {"kind": kind, "width": image.shape[-1], "height": image.shape[-2]}
        self.listener(PictureDone(source=origin.name, path=path, details={**size, **(details or {})}))

    def _write_sheet(
        self,
        path: Path,
        origin: Origin,
        begun: Begun,
        images: Sequence[Tensor],
        back: Sequence[Back],
        records: Sequence[dict[str, Any]],
    ) -> None:
        source = next((step.source for step in self.steps[:1] if isinstance(step, ModelStep)), None)
        labels = [source or ("sample" if begun.picture is None else "picture"), *(step.label for step in self.steps)]
        sheet = draw_sheet(images, labels, back)
        write_result(sheet, None, path, self._receipt("sheet", begun, records), None, force=self.force)
        details = {"kind": "sheet", "width": sheet.shape[-1], "height": sheet.shape[-2]}
        self.listener(PictureDone(source=origin.name, path=path, details=details))


def _plain(config: ChainConfig) -> dict[str, Any]:
    """The options, names of files without their folders."""
    values = dataclasses.asdict(config)
    if config.encoder_weights is not None:
        values["encoder_weights"] = Path(config.encoder_weights).name
    return values
