"""What `artgan train style` learns from and through, and what its painters are scored by."""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from artgan.config.style import CROP, StyleConfig
from artgan.config.train import LIMITS
from artgan.data.datasets import Dataset
from artgan.errors import UsageError
from artgan.events import Listener, Summary
from artgan.io.files import quoted
from artgan.losses.recolouring import recoloured
from artgan.models.encoder import Encoder
from artgan.models.encoder_weights import load_encoder
from artgan.pipelines.modelfiles import locate
from artgan.pipelines.painters import painter_of
from artgan.pipelines.sources import Fitted, domains_of, open_each, side_of
from artgan.training.coarse_to_fine import paint_pairs
from artgan.training.evaluation import Verdict
from artgan.training.style import CONTENT, PAINTER, STYLE, StyleTask, chosen_pictures, objective
from artgan.training.style_losses import PairObjective

_LARGEST = 256
_TIME = "3h"
_FEWEST = 4
"""Contents, and styles, below which painters are not scored."""
_CONTENTS, _STYLES = 8, 4
"""Held-out ones that are paired, each with each."""
_AT_ONCE = 4


def contents_and_styles(config: StyleConfig, data: Sequence[str], *, device: torch.device, world: int) -> Fitted:
    """The sources, contents first; the sizes and the length, where left open.

    Raises:
        UsageError: there are not two datasets.
        WeightsError: the painter to start from cannot be had, or was trained with another encoder.
    """
    domains = domains_of(data)
    if len(domains) != 2:
        raise UsageError(
            f"a painter learns from contents and styles, two datasets, not {len(domains)}: artgan train style "
            "CONTENT STYLE; +MORE adds pictures to the one before"
        )
    notes, forecast = [], False
    if config.start is not None:
        spec, _ = painter_of(locate(config.start), load_encoder("embedded", device=device))
        width, blocks = int(spec.options["width"]), int(spec.options["blocks"])
        notes.append(f"learns on from {quoted(config.start)}: width {width}, blocks {blocks}")
        config = dataclasses.replace(config, width=width, blocks=blocks)
    if config.size is None:
        side = min([_LARGEST, *(side for domain in domains for name in domain if (side := side_of(name)) is not None)])
        config = dataclasses.replace(config, size=2 ** (side.bit_length() - 1))
    assert config.size is not None
    config = dataclasses.replace(config, crop=config.crop or min(CROP, config.size))
    if all(getattr(config, name) is None for name in LIMITS):
        config, forecast = dataclasses.replace(config, budget=_TIME), True
        notes.append("trains for three hours; --steps, --images, --epochs or --budget 30m say otherwise")
    notes.append(
        f"squares of {config.crop} px out of {config.size}; weights: content {config.content_weight:g}, style "
        f"{config.style_weight:g}, total variation {config.tv_weight:g}"
        + (f"; painted in {config.scales} scales" if config.scales > 1 else "")
    )
    return Fitted(config=config, data=list(data), notes=notes, forecast=forecast)


def open_contents_and_styles(
    config: StyleConfig, data: Sequence[str], *, seed: int, listener: Listener
) -> dict[str, Dataset]:
    """Both datasets, called "content" and "style", each with what is added to it."""
    opened = open_each(data, size=config.size, seed=seed, listener=listener)
    return {name: dataset for name, (_, dataset) in zip((CONTENT, STYLE), opened, strict=True)}


def painter_task(
    config: StyleConfig,
    data: Mapping[str, Dataset],
    *,
    seed: int,
    device: torch.device,
    precision: torch.dtype,
    listener: Listener,
) -> StyleTask:
    """The task, with the encoders that it sees through.

    Raises:
        NetworkError, WeightsError: VGG19, or the painter to start from, was asked for and cannot be had.
        UsageError: layers that the encoder does not have, or squares too small for them.
    """
    judge = _judging_encoder(config, device, precision, listener)
    eyes = load_encoder("embedded", precision=precision, device=device)
    start = None if config.start is None else painter_of(locate(config.start), eyes)[1]
    return StyleTask(config, data, seed=seed, device=device, eyes=eyes, judge=judge, start=start)


def painter_judge(
    config: StyleConfig,
    data: Mapping[str, Dataset],
    *,
    device: torch.device,
    precision: torch.dtype,
    listener: Listener,
) -> "PainterJudge | None":
    """The judge of a run with these options; None when it is not to be scored, or has too few pictures for it."""
    if config.features == "none" or min(len(dataset.train) for dataset in data.values()) < _FEWEST:
        return None
    judge = _judging_encoder(config, device, precision, listener)
    eyes = load_encoder("embedded", precision=precision, device=device)
    return PainterJudge(config, data, eyes=eyes, seen_by=objective(config, judge), device=device)


class PainterJudge:
    """Scores painters by the losses of pairs they never saw: held-out contents, each in every one of some held-out
    styles. Decisive is the sum that is trained on, without smoothness.

    The rival that learns nothing is the content with the style's colours; a content as it is has no content loss.
    """

    def __init__(
        self,
        config: StyleConfig,
        data: Mapping[str, Dataset],
        *,
        eyes: Encoder,
        seen_by: PairObjective,
        device: torch.device,
    ) -> None:
        self._config, self._eyes, self._objective = config, eyes, seen_by
        contents = chosen_pictures(data[CONTENT], _CONTENTS, config.crop).to(device)
        styles = chosen_pictures(data[STYLE], _STYLES, config.crop).to(device)
        self._contents = contents.repeat_interleave(_STYLES, 0)
        self._styles = styles.repeat(_CONTENTS, 1, 1, 1)
        self._held_out = {
            CONTENT: len(data[CONTENT].held_out) >= _CONTENTS,
            STYLE: len(data[STYLE].held_out) >= _STYLES,
        }
        self._rivals: dict[str, dict[str, float]] | None = None

    def quick(self, averaged: Mapping[str, nn.Module], *, seconds: float) -> Verdict:
        """The losses of all pairs."""
        return self._verdict(averaged)

    def full(self, averaged: Mapping[str, nn.Module], *, seconds: float) -> Verdict:
        """The same with a table for people."""
        verdict = self._verdict(averaged)
        rows = [("painted", verdict.record), *((name, found) for name, found in self._rivals_found().items())]
        told = tuple((name, *(f"{found[key]:.3f}" for key in ("loss", "content", "style"))) for name, found in rows)
        held_out = "held-out" if all(self._held_out.values()) else "some"
        title = (
            f"Losses of {len(self._contents)} pairs of {held_out} pictures, in features {self._objective.encoder.name}"
        )
        columns = ("", "weighted sum", "content", "style")
        return Verdict(
            figures=verdict.figures,
            record=verdict.record,
            summary=Summary(title=title, columns=columns, rows=told),
        )

    def _verdict(self, averaged: Mapping[str, nn.Module]) -> Verdict:
        painter = averaged[PAINTER]
        scales = self._config.scales
        found = self._losses([paint_pairs(painter, self._eyes, *pair, scales=scales) for pair in self._pairs()])
        figures = {f"score/{name}": round(found[name], 5) for name in ("loss", "content", "style")}
        record: dict[str, Any] = {
            "measure": "content and style losses of pairs",
            "features": self._objective.encoder.name,
            "pairs": len(self._contents),
            "held_out": self._held_out,
            **found,
            "rivals": self._rivals_found(),
        }
        return Verdict(figures=figures, record=record)

    def _rivals_found(self) -> dict[str, dict[str, float]]:
        if self._rivals is None:
            self._rivals = {
                "content recoloured": self._losses([recoloured(*pair) for pair in self._pairs()]),
                "content": self._losses([contents for contents, _ in self._pairs()]),
            }
        return self._rivals

    def _pairs(self) -> list[tuple[Tensor, Tensor]]:
        return list(zip(torch.split(self._contents, _AT_ONCE), torch.split(self._styles, _AT_ONCE), strict=True))

    @torch.no_grad()
    def _losses(self, paintings: Sequence[Tensor]) -> dict[str, float]:
        """Means over all pairs, and their sum by the run's weights."""
        content, style = [], []
        for pictures, pair in zip(paintings, self._pairs(), strict=True):
            losses = self._objective(pictures, self._objective.targets(*pair))
            content.append(losses.content)
            style.append(losses.style)
        of_content, of_style = (float(torch.cat(parts).mean()) for parts in (content, style))
        total = self._config.content_weight * of_content + self._config.style_weight * of_style
        return {"loss": total, "content": of_content, "style": of_style}


def _judging_encoder(config: StyleConfig, device: torch.device, precision: torch.dtype, listener: Listener) -> Encoder:
    weights = None if config.encoder_weights is None else Path(config.encoder_weights)
    return load_encoder(config.encoder, weights=weights, precision=precision, device=device, on_event=listener)
