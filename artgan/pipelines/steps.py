"""The steps of a chain: each takes a picture and gives one, as floats; and what each says of itself."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from torch import Tensor

from artgan.config.chain import ChainConfig, StepText
from artgan.config.transfer import TransferConfig
from artgan.errors import ArtganError, UsageError
from artgan.events import ItemsProgress, Listener
from artgan.models.cyclegan import direction
from artgan.painting.fast import FastPainter
from artgan.painting.routes import ARROW, directions
from artgan.painting.styling import StylePainter
from artgan.painting.tiling import Progress
from artgan.painting.translate import Translator
from artgan.pipelines.outputs import STDIO, stem
from artgan.pipelines.painters import decided
from artgan.pipelines.pictures import painting_progress
from artgan.pipelines.studio import Studio
from artgan.pipelines.translators import Translators

Stop = Callable[[], bool]


@dataclass(frozen=True, kw_only=True)
class Told:
    """Where a step is at work, for its progress."""

    picture: str
    number: int
    pictures: int
    listener: Listener

    def share_of(self, title: str) -> Progress:
        """Tells of the share of a step that is done, where a picture is large enough to be computed in pieces."""
        began = time.monotonic()

        def tell(share: float) -> None:
            rate = share / max(time.monotonic() - began, 1e-6)
            self.listener(
                ItemsProgress(
                    activity=f"{self.picture}: {title}, %",
                    done=int(100 * share),
                    total=100,
                    reasons={},
                    per_second=100 * rate,
                    seconds_left=(1 - share) / rate if rate else None,
                )
            )

        return tell


class Step(Protocol):
    """What takes a picture and gives one."""

    @property
    def label(self) -> str:
        """Of what comes out."""

    @property
    def title(self) -> str:
        """Of the step, in errors."""

    def run(self, image: Tensor, alpha: Tensor | None, told: Told, should_stop: Stop) -> tuple[Tensor, dict[str, Any]]:
        """A picture (1, 3, H, W) in [0, 1] -> one of the same size, and what receipts say of how it came about.

        `alpha` is the transparency (1, 1, h, w) of what the chain began with, None where it is opaque.
        """


@dataclass(frozen=True, kw_only=True)
class ModelStep:
    """A generator. `back` leads the other way, where the model knows one."""

    name: str
    source: str
    target: str
    translator: Translator
    back: Translator | None
    record: dict[str, Any]

    @property
    def label(self) -> str:
        """The domain it leads to."""
        return self.target

    @property
    def title(self) -> str:
        """The model and the direction."""
        return f"{self.name}, {direction(self.source, self.target)}"

    def run(self, image: Tensor, alpha: Tensor | None, told: Told, should_stop: Stop) -> tuple[Tensor, dict[str, Any]]:
        """Translate."""
        translation = self.translator.paint(image, told.share_of(self.title))
        return translation.image, {**self.record, "tiling": translation.tiling}


@dataclass(frozen=True, kw_only=True)
class StyleStep:
    """A painting whose style is put on, as `artgan transfer --style` does."""

    label: str
    painter: StylePainter | FastPainter
    record: dict[str, Any]

    @property
    def title(self) -> str:
        """As typed."""
        return f"style={self.label}"

    def run(self, image: Tensor, alpha: Tensor | None, told: Told, should_stop: Stop) -> tuple[Tensor, dict[str, Any]]:
        """Repaint the picture, at its own size."""
        self.painter.size = max(image.shape[-2:])
        tell = painting_progress(told.listener, told.picture, told.number, told.pictures)
        image = image.clone()  # an inference tensor takes no part in gradients
        painting = self.painter.paint(image, tell, should_stop, alpha=alpha)
        return painting.image, {**self.record, "steps": painting.steps, "scales": painting.scales}


def model_step(step: StepText, translators: Translators, *, source: str | None) -> ModelStep:
    """The step of a model. `source` is the domain of what comes in, where it is known.

    Raises:
        WeightsError: the model is missing or damaged.
        UsageError: it has no such direction, or several.
    """
    # A file or run whose own name holds a colon is meant as a whole.
    whole = step.domain is not None and Path(step.text).exists()
    name, to = (step.text, None) if whole else (step.name, step.domain)
    model = translators.model(name)
    if to is None and source is not None:
        leading = [way for way in directions(model.spec) if way[0] == source]
        to = direction(*leading[0]) if len(leading) == 1 else None
    start, target = model.way(to, source=source, typed=f"--step {name}:").split(ARROW)
    way, reverse = direction(start, target), direction(target, start)
    return ModelStep(
        name=model.file.name,
        source=start,
        target=target,
        translator=translators.translator(name, way),
        back=translators.translator(name, reverse) if reverse in model.networks else None,
        record={"kind": "model", "direction": way, **model.record()},
    )


def style_step(step: StepText, config: ChainConfig, *, seed: int, listener: Listener) -> Step:
    """The step of a style.

    Raises:
        PictureError: there is no such painting or mask.
        WeightsError, NetworkError: the encoder cannot be had, or a style file is of another.
        UsageError: it is standard input, or has none of the layers that are compared.
    """
    if step.style.name == STDIO:
        raise UsageError("- is for the pictures: give the style's file")
    options = TransferConfig(
        style=(step.name,),
        steps=config.style_steps,
        encoder=config.encoder,
        encoder_weights=config.encoder_weights,
        max_memory=config.max_memory,
        seed=seed,
        device=config.device,
        precision=config.precision,
    )
    studio = Studio.open(decided(options), listener=listener)
    record = {
        "kind": "style",
        **studio.styles[0].record(None),
        "encoder": {"name": studio.encoder.name, "sha256": studio.encoder.sha256},
        **({} if studio.one_pass is None else {"painter": studio.one_pass.record(None)}),
    }
    return StyleStep(label=stem(step.style.name), painter=studio.painter, record=record)


@contextmanager
def step_named(number: int, count: int, title: str) -> Iterator[None]:
    """Puts the step before the line of an ArtganError raised in the block."""
    try:
        yield
    except ArtganError as error:
        raise type(error)(f"step {number} of {count} ({title}): {error}") from error
