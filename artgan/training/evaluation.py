"""Scores while a run goes on, at a price that it does not feel, and the best model so far in best/."""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import nn

from artgan.events import Listener, Summary
from artgan.training.engine import Callback, Moment
from artgan.training.runs import Run, save_model
from artgan.training.task import Task

SHARE = 0.05
"""How much of a run's time scores may take, and the least part of its age between two of them."""
_FIRST = 30.0
"""Seconds before which a run is not scored but at its end."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a judge found.

    Attributes:
        figures: for metrics.jsonl, by name; the first one is to be as low as can be, and decides what is the best.
        record: for scores.json and the metadata of models: the figures with what they were measured in and on.
        summary: a table for people.
    """

    figures: Mapping[str, float]
    record: Mapping[str, Any]
    summary: Summary | None = None


class Judge(Protocol):
    """Scores averaged networks, which are in evaluation mode; draws from generators of its own only."""

    def quick(self, averaged: Mapping[str, nn.Module], *, seconds: float) -> Verdict:
        """Scores of a moment; what is worth up to `seconds` of preparation may be prepared."""

    def full(self, averaged: Mapping[str, nn.Module], *, seconds: float) -> Verdict:
        """The quick scores and all others: how good the run has become, as well as can be told in about `seconds`."""


class Evaluation(Callback):
    """Asks the judge now and then, at the end for everything, and keeps the best model.

    Args:
        every: steps between scores; None asks as often as takes a twentieth of the time, at most once in a twentieth
            of the run's age.
        about: for the metadata of the best model.
    """

    def __init__(
        self, judge: Judge, run: Run, task: Task, *, every: int | None, about: Mapping[str, Any], listener: Listener
    ) -> None:
        self._judge, self._run, self._task, self._every, self._about = judge, run, task, every, about
        self._listener = listener
        self._best = run.best_score()
        self._record: Mapping[str, Any] = run.read_scores()
        self._summary: Summary | None = None
        self._since: float | None = None
        self._cost = 0.0

    def stepped(self, moment: Moment) -> Mapping[str, float]:
        """The scores, when it is time for them."""
        if not self._due(moment):
            return {}
        began = time.monotonic()
        with torch.no_grad():
            ask = self._judge.full if moment.last else self._judge.quick
            verdict = ask(moment.averaged, seconds=SHARE * moment.seconds)
        where = {"step": moment.step, "images_seen": moment.images_seen}
        self._record, self._summary = {**where, **verdict.record}, verdict.summary
        self._run.write_scores(self._record)
        decisive = next(iter(verdict.figures.values()))
        if math.isfinite(decisive) and (self._best is None or decisive < self._best):
            self._best = decisive
            about = {**self._about, **where, "best": decisive, "scores": self._record}
            save_model(self._run.best_model, self._task.spec(), moment.averaged, about)
        self._cost = time.monotonic() - began
        self._since = moment.seconds + self._cost
        return verdict.figures

    def ended(self, moment: Moment) -> None:
        """People are shown the scores."""
        if self._summary is not None:
            self._listener(self._summary)

    def described(self) -> Mapping[str, Any]:
        """The latest scores and the step they are of."""
        return {"scores": self._record} if self._record else {}

    def _due(self, moment: Moment) -> bool:
        if moment.last:
            return True
        if self._every is not None:
            return moment.step % self._every == 0
        if self._since is None:
            self._since = moment.seconds
        return moment.seconds - self._since >= max(_FIRST, self._cost / SHARE, SHARE * moment.seconds)
